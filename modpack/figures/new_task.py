"""New tasks: how they are learned, how many trials that takes, and what moves meanwhile."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from modpack._checks import require
from modpack.colours import FAINT, colour_of
from modpack.figures.style import axes_or_new
from modpack.measures.statistics import summary
from modpack.strokes import LEARNED


def plot_curves(table: pd.DataFrame, level: float, ax: Axes | None = None) -> Axes:
    """Draw learning curves in one task: the mean over networks with its 95 % interval.

    Parameters
    ----------
    table : DataFrame
        ``form``, ``condition`` (one of ``LEARNED``), ``seed``, ``trials`` and ``value``.
    level : float
        Performance that counts as learned, a grey line.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the table is empty.
    """
    require(len(table) > 0, "table", "empty", "one with a row for each evaluation")
    ax = axes_or_new(ax)
    ax.axhline(level, color=FAINT, lw=0.8)
    found = summary(table, ["form", "condition", "trials"])
    for form, condition in dict.fromkeys(zip(found["form"], found["condition"], strict=True)):
        line = found[(found["form"] == form) & (found["condition"] == condition)]
        curve, colour = line.sort_values("trials"), colour_of(form)
        label = f"{form}, {condition}"
        ax.plot(curve["trials"], curve["mean"], LEARNED[condition], color=colour, label=label, lw=1.4)
        ax.fill_between(curve["trials"], curve["low"], curve["high"], color=colour, alpha=0.15, lw=0)
    ax.set_ylim(-0.02, 1.02)
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    return ax


def plot_times(times: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many trials networks need in each task: a dot for each, forms beside each other.

    Parameters
    ----------
    times : DataFrame
        ``form``, ``task``, and ``value``, ``low`` and ``high`` as from
        :func:`modpack.measures.reaching.times_to`, at least one row. Networks that have not reached the level
        by the last evaluation are open triangles that point up, those that had by the first point down.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the table is empty.
    """
    require(len(times) > 0, "times", "empty", "a table with a row for each network and task")
    ax = axes_or_new(ax, figsize=(6.4, 3.2))
    tasks, forms = (list(times[name].unique()) for name in ("task", "form"))
    width = 0.8 / len(forms)
    for number, form in enumerate(forms):
        own, colour = times[times["form"] == form], colour_of(form)
        for place, task in enumerate(tasks):
            rows = own[own["task"] == task]
            x = place + width * (number - (len(forms) - 1) / 2) + _spread(len(rows), 0.6 * width)
            _points(ax, x, rows, colour, form if place == 0 else None)
    ax.set_xticks(range(len(tasks)), tasks)
    ax.set(xlim=(-0.5, len(tasks) - 0.5), ylabel="trials")
    ax.yaxis.set_major_formatter(lambda octaves, _: f"{2**octaves:.0f}")
    return ax


def _points(ax: Axes, x: "np.ndarray", rows: pd.DataFrame, colour: str, label: str | None) -> None:
    """Draw networks of one form in one task; only the filled dots have a name in the legend."""
    value, low, high = (rows[name].to_numpy() for name in ("value", "low", "high"))
    inside = np.isfinite(low) & np.isfinite(high)
    ax.plot(x[inside], value[inside], "o", color=colour, markersize=4, label=label)
    for marker, beyond, end in (("v", np.isinf(low), high), ("^", np.isinf(high), low)):
        ax.plot(x[beyond], end[beyond], marker, color=colour, markersize=6, markerfacecolor="none")


def _spread(n: int, width: float) -> "np.ndarray":
    """Return places beside each other around 0."""
    return np.linspace(-width / 2, width / 2, n) if n > 1 else np.zeros(n)
