"""Measures of many networks: every seed, mean and interval, beside their controls."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from modpack._checks import choose, require
from modpack.colours import FAINT, colour_of
from modpack.figures.style import axes_or_new
from modpack.measures.statistics import per_unit, summary

LABELS = {
    "displacement": "displacement of fixed points\n(sizes of the cloud)",
    "spectral change": "change of the spectrum\n(per time constant)",
    "connected points": "stable points connected\nby a branch (fraction)",
    "stable points": "stable points",
    "separation": "separation of trajectories\n(sizes of the cloud)",
    "principal angle": "principal angle of\ntask subspaces (rad)",
    "participation ratio": "participation ratio\n(dimensions)",
    "potent effect": "effect that the readout sees\n(fraction)",
    "potent displacement": "displacement that the\nreadout sees (fraction)",
    "bifurcations": "bifurcations found\non the way",
    "task switch": "switch of the task\n(mix of the contexts)",
    "task switch to bifurcation": "from switch to bifurcation\n(mix of the contexts)",
}
"""What the axis of each measure says."""

MARKERS = "osD^v"
LEGEND = {"other_seed": "another network", "shuffled": "context of an unrelated task"}
"""What the legend says of controls."""


def plot_measures(
    table: pd.DataFrame,
    measures: Sequence[str] = tuple(LABELS),
    ax: Sequence[Axes] | None = None,
    **columns: str,
) -> list[Axes]:
    """Draw several measures of many networks, one beside the other.

    Parameters
    ----------
    table, columns
        As in `plot_measure`.
    measures : sequence of str
    ax : sequence of Axes, optional
        Where to draw, one for each measure; a new figure by default.

    Returns
    -------
    list of Axes

    Raises
    ------
    ValueError
        For an unknown measure, or another number of axes.
    """
    if ax is None:
        width = min(4, len(measures))
        height = -(-len(measures) // width)
        _, grid = plt.subplots(height, width, figsize=(2.7 * width, 2.8 * height), squeeze=False)
        for empty in grid.flat[len(measures) :]:
            empty.remove()
        ax = list(grid.flat[: len(measures)])
    require(len(ax) == len(measures), "ax", len(ax), f"{len(measures)} axes, one for each measure")
    axes = [plot_measure(table, measure, each, **columns) for measure, each in zip(measures, ax, strict=True)]
    shown = [zip(*one.get_legend_handles_labels(), strict=True) for one in axes]
    legend = {label: handle for some in shown for handle, label in some}
    axes[0].figure.legend(list(legend.values()), list(legend), loc="outside upper left", ncols=2)
    return axes


def plot_measure(
    table: pd.DataFrame,
    measure: str,
    ax: Axes | None = None,
    compare: str = "form",
    control: str = "control",
    unit: str = "seed",
) -> Axes:
    """Draw one measure: a dot for each unit, mean and 95 % interval of each condition, and controls in grey.

    Parameters
    ----------
    table : DataFrame
        One row for each measured number, with the columns ``measure``, ``value`` and those named below.
    measure : str
    ax : Axes, optional
        Where to draw; a new figure by default.
    compare : str
        Column of the conditions, one beside the other: forms of modulation.
    control : str
        Column that says which control a row is of, or ``"none"``.
    unit : str
        Column that names what was drawn independently.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        For a measure that the table does not have.
    """
    choose("measure", measure, table["measure"].unique().tolist())
    controls = sorted(table[control].unique(), key=lambda name: name != "none")
    table = table[table["measure"] == measure]
    ax = axes_or_new(ax)
    names = table[compare].unique().tolist()
    for number, which in enumerate(controls):
        _draw(ax, table[table[control] == which], number, which, names, compare, unit)
    ax.set_xticks(range(len(names)), names, rotation=20, ha="right")
    ax.set_xlim(-0.6, len(names) - 0.4)
    ax.set_ylabel(LABELS.get(measure, measure))
    return ax


def _draw(
    ax: Axes, table: pd.DataFrame, number: int, control: str, names: Sequence[str], compare: str, unit: str
) -> None:
    """Draw the units of one control, and the mean and interval of each condition to their right."""
    dots = per_unit(table, [compare], unit).groupby(compare, sort=False)["value"]
    label = None if control == "none" else LEGEND.get(control, control)  # the axis names the conditions
    for name, mean, low, high, _ in summary(table, [compare], unit).itertuples(index=False):
        left = names.index(name) - 0.22 + 0.26 * number
        colour = colour_of(name) if control == "none" else FAINT
        values = dots.get_group(name)
        ax.plot(left + np.linspace(-0.07, 0.07, len(values)), values, ".", color=colour, markersize=4)
        ax.plot(left + 0.12, mean, MARKERS[number], color=colour, markersize=5, label=label)
        ax.vlines(left + 0.12, low, high, color=colour, linewidth=1.6)
        label = None
