"""Learning curves: what the history of a training run says."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from modpack._checks import require
from modpack.colours import INK
from modpack.figures.style import axes_or_new, fading
from modpack.strokes import IN_ORDER
from modpack.tasks import TASKS, get, is_called_mapping

History = Sequence[Mapping[str, float]]
"""Rows of ``history`` in :class:`modpack.training.Trained`: one per evaluation and network."""


def plot_loss(history: History, colour: str = INK, label: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the training loss over steps, one line per network, on a logarithmic axis.

    Parameters
    ----------
    history : sequence of dict
        With the entries ``step``, ``seed`` and ``loss``.
    colour : str
    label : str, optional
        Name of the lines in the legend.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the history is empty.
    """
    ax = axes_or_new(ax)
    for rows in _by_seed(history):
        ax.plot(_column(rows, "step"), _column(rows, "loss"), marker=".", color=colour, label=label)
        label = None
    ax.set(yscale="log", xlabel="training step", ylabel="loss")
    return ax


def plot_progress(history: History, colour: str = INK, ax: Axes | None = None) -> Axes:
    """Draw the performance on held-out trials over steps: mean over tasks (solid) and worst task (dashed).

    Parameters
    ----------
    history : sequence of dict
        With the entries ``step``, ``seed``, ``mean`` and ``worst``.
    colour : str
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the history is empty.
    """
    ax = axes_or_new(ax)
    for number, rows in enumerate(_by_seed(history)):
        for name, dashes in zip(("mean over tasks", "worst task"), IN_ORDER, strict=False):
            values = _column(rows, name.split()[0])
            label = name if number == 0 else None
            ax.plot(_column(rows, "step"), values, dashes, marker=".", color=colour, label=label)
    ax.set(ylim=(-0.02, 1.02), xlabel="training step", ylabel="trials correct")
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.legend(loc="lower right")
    return ax


def plot_tasks_over_time(history: History, colour: str = INK, ax: Axes | None = None) -> Axes:
    """Draw when each task is learned: performance by task and step, the mean over networks.

    Parameters
    ----------
    history : sequence of dict
        With the entries ``step`` and ``seed``, and one entry for each task.
    colour : str
        Colour of a task without errors.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the history is empty.
    """
    ax = axes_or_new(ax, figsize=(6.4, 4.8))
    networks = _by_seed(history)
    tasks = [name for name in networks[0][0] if name in TASKS or is_called_mapping(name)]
    values = np.mean([[_column(rows, task) for task in tasks] for rows in networks], axis=0)
    steps = _column(networks[0], "step")
    edges = np.append(0.0, steps)
    mesh = ax.pcolormesh(edges, np.arange(len(tasks) + 1) - 0.5, values, vmin=0, vmax=1, cmap=fading(colour))
    ax.set_yticks(range(len(tasks)), [get(task).label for task in tasks], fontsize="small")
    ax.invert_yaxis()
    ax.set_xlabel("training step")
    ax.figure.colorbar(mesh, ax=ax, label="trials correct", format=PercentFormatter(1))
    return ax


def _by_seed(history: History) -> list[list[Mapping[str, float]]]:
    """Return the rows of each network, in the order in which the networks first appear."""
    require(len(history) > 0, "history", history, "a history of one or more evaluations")
    seeds = dict.fromkeys(row["seed"] for row in history)
    return [[row for row in history if row["seed"] == seed] for seed in seeds]


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    return [float(row[name]) for row in rows]
