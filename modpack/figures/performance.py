"""Performance of trained networks: by task, by form of modulation, and with other tasks' rules."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter
from torch import Tensor

from modpack._checks import require
from modpack.colours import COLOURS, FAINT, INK, colour_of
from modpack.figures.style import axes_or_new, diverging, fading
from modpack.measures.statistics import proportion_interval
from modpack.strokes import IN_ORDER
from modpack.tasks import TASKS


def plot_performance(
    scores: Sequence[Mapping[str, float]],
    n_trials: int,
    colour: str = INK,
    label: str = "",
    offset: float = 0.0,
    ax: Axes | None = None,
) -> Axes:
    """Draw the performance per task of one or more networks of a kind.

    A single network is a dot with the 95 % interval of its trials; several are a dot each, with a bar at
    their mean and a line from the lowest to the highest. The legend says which, and how many there are.

    Parameters
    ----------
    scores : sequence of dict
        For each network the fraction of correct trials of every task.
    n_trials : int
        Trials per task and network.
    colour, label : str
    offset : float
        Shift across the rows, so that several kinds can be drawn into the same axes.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there are no networks, or if they know different tasks.
    """
    require(len(scores) > 0, "scores", scores, "the scores of one or more networks")
    tasks = list(scores[0])
    require(all(list(s) == tasks for s in scores), "scores", scores, "of the same tasks in every network")
    ax = axes_or_new(ax, figsize=(6.4, 4.8))
    values = np.array([[s[task] for task in tasks] for s in scores])
    rows = np.arange(len(tasks)) + offset
    if len(scores) == 1:
        low, high = np.array(
            [proportion_interval(round(value * n_trials), n_trials) for value in values[0].tolist()]
        ).T
        what = "1 network, 95 % interval"
    else:
        low, high = values.min(0), values.max(0)
        what = f"{len(scores)} networks, mean and range"
        ax.plot(values.mean(0), rows, "|", color=colour, markersize=9)
    ax.hlines(rows, low, high, color=colour, linewidth=1.2)
    named = f"{label}: {what}" if label else what
    for number, row in enumerate(values):
        ax.plot(row, rows, ".", color=colour, markersize=6, label=named if number == 0 else None)
    _label_tasks(ax, tasks)
    ax.set_xlabel(f"trials correct ({n_trials:,} per task and network)")
    ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1), borderaxespad=0.2)
    return ax


def _label_tasks(ax: Axes, tasks: Sequence[str]) -> None:
    ax.set_yticks(range(len(tasks)), [TASKS[t].label if t in TASKS else t for t in tasks], fontsize="small")
    ax.set_ylim(len(tasks) - 0.4, -0.6)
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.grid(axis="y", color=FAINT, linewidth=0.4, alpha=0.5)
    ax.set_axisbelow(True)


def plot_forms(rows: Sequence[Mapping[str, object]], ax: Axes | None = None) -> Axes:
    """Draw mean (filled) and worst (open) performance of networks by form, with their modulating parameters.

    Parameters
    ----------
    rows : sequence of dict
        Rows of :func:`modpack.measures.modulation.summarise` with an entry ``form``.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there are no rows.
    """
    require(len(rows) > 0, "rows", rows, "one or more rows")
    ax = axes_or_new(ax)
    forms = list(dict.fromkeys(str(row["form"]) for row in rows))
    counts = {str(row["form"]): row["modulating"] for row in rows}
    for position, form in enumerate(forms):
        mine = [row for row in rows if row["form"] == form]
        across = position + 0.09 * (np.arange(len(mine)) - (len(mine) - 1) / 2)
        for name, face in (("mean", colour_of(form)), ("worst", "none")):
            label = {"mean": "mean over tasks", "worst": "worst task"}[name] if position == 0 else None
            heights = [float(str(row[name])) for row in mine]
            ax.plot(across, heights, "o", color=colour_of(form), markerfacecolor=face, label=label)
    ax.set_xticks(range(len(forms)), [f"{form}\n{counts[form]:,}" for form in forms])
    ax.set(xlabel="form, and its modulating parameters", ylabel="trials correct", ylim=(-0.03, 1.03))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.legend(loc="lower right")
    return ax


def plot_agreement(
    agreement: Tensor,
    labels: Sequence[str],
    ax: Axes | None = None,
    meaning: str = "answered correctly",
) -> Axes:
    """Draw how often one task's rule gives the right answer, or another one, to another task's trials.

    Parameters
    ----------
    agreement : Tensor, shape (task, task)
        Fraction of the trials of the first task (row) that the rule of the second (column) answers
        correctly, or differently; nan where that rule has no answer.
    labels : sequence of str
        Names of the tasks.
    ax : Axes, optional
        Where to draw; a new figure by default.
    meaning : str
        What the fractions say, for the colour bar.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the labels do not fit the table.
    """
    shape = tuple(agreement.shape)
    require(shape == (len(labels), len(labels)), "agreement", shape, f"of shape {(len(labels),) * 2}")
    ax = axes_or_new(ax, figsize=(7.2, 6.2))
    image = ax.imshow(agreement.numpy(), vmin=0, vmax=1, cmap=fading(INK))
    for row, values in enumerate(agreement.tolist()):
        for column, value in enumerate(values):
            if math.isnan(value):
                ax.text(column, row, "·", ha="center", va="center", color=FAINT)
            else:
                ink = "white" if value > 0.6 else INK
                ax.text(column, row, f"{100 * value:.0f}", ha="center", va="center", fontsize=6.5, color=ink)
    ax.set_xticks(
        range(len(labels)), labels, rotation=60, ha="right", rotation_mode="anchor", fontsize="small"
    )
    ax.set_yticks(range(len(labels)), labels, fontsize="small")
    ax.set(xlabel="rule of ...", ylabel="trials of ...")
    ax.figure.colorbar(image, ax=ax, label=meaning, format=PercentFormatter(1), shrink=0.7)
    return ax


def plot_executed(
    settings: Sequence[float],
    fractions: Sequence[Mapping[str, float]],
    labels: Mapping[str, str],
    current: float = math.nan,
    ax: Axes | None = None,
) -> Axes:
    """Draw how often each task's answer is given along a path of contexts; a line marks the current one.

    Parameters
    ----------
    settings : sequence of float
        Positions along the path.
    fractions : sequence of dict
        For each position the fraction of trials by task, see :func:`modpack.measures.choices.executed`.
    labels : dict of str to str
        Tasks to draw and their names in the legend, the first with a solid line.
    current : float, optional
        The position to mark.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
    """
    ax = axes_or_new(ax)
    for (task, label), dashes in zip(labels.items(), IN_ORDER, strict=False):
        ax.plot(settings, [entry[task] for entry in fractions], dashes, marker=".", color=INK, label=label)
    if not math.isnan(current):
        ax.axvline(current, color=INK, linewidth=6, alpha=0.15)
    ax.set(ylim=(-0.04, 1.04), ylabel="trials answered so")
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.legend(loc="lower left", bbox_to_anchor=(-0.02, 1), ncols=3, borderaxespad=0.2)
    return ax


def plot_preference(
    settings: Sequence[float],
    preference: Tensor,
    ends: tuple[str, str],
    current: tuple[float, float],
    ax: Axes | None = None,
) -> Axes:
    """Draw which of two answers is given in a plane of settings; a square marks the current ones.

    Parameters
    ----------
    settings : sequence of float
        Evenly spaced positions along both axes.
    preference : Tensor, shape (setting, setting)
        -1 where all trials are answered in the one way, 1 in the other; the first axis is drawn upwards.
    ends : pair of str
        Names of the two answers.
    current : pair of float
        The positions to mark, on the first and on the second axis.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
    """
    ax = axes_or_new(ax, figsize=(3.8, 3.4))
    half = (settings[1] - settings[0]) / 2
    low, high = settings[0] - half, settings[-1] + half
    extent = (low, high, low, high)
    shown, between = preference.numpy(), diverging(COLOURS["combined"])
    image = ax.imshow(
        shown, origin="lower", extent=extent, vmin=-1, vmax=1, cmap=between, interpolation="none"
    )
    ax.add_patch(
        Rectangle((current[1] - half, current[0] - half), 2 * half, 2 * half, fill=False, color=INK, lw=2.5)
    )
    ax.set(xticks=settings, yticks=settings)
    ax.figure.colorbar(image, ax=ax).set_ticks([-1, 0, 1], labels=[ends[0], "mixed", ends[1]])
    return ax
