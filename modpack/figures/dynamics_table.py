"""Measures of dynamics over many networks: every seed, mean and interval, beside their controls."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from modpack._checks import choose, require
from modpack.figures.style import FAINT, axes_or_new, colour_of
from modpack.measures.statistics import per_seed, summary

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
    "task flip": "flip of the task\n(mix of the contexts)",
    "task flip to bifurcation": "from flip to bifurcation\n(mix of the contexts)",
}
"""What the axis of each measure says."""

MARKERS = {"none": "o", "other_seed": "s", "shuffled": "D"}
LEGEND = {"none": None, "other_seed": "another network", "shuffled": "context of an unrelated task"}


def plot_measures(
    table: pd.DataFrame, measures: Sequence[str] = tuple(LABELS), ax: Sequence[Axes] | None = None
) -> list[Axes]:
    """Draw several measures of many networks, one beside the other.

    Parameters
    ----------
    table : DataFrame
        See :func:`modpack.experiments.dynamics_sweep.sweep`.
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
        columns = min(4, len(measures))
        rows = -(-len(measures) // columns)
        _, grid = plt.subplots(rows, columns, figsize=(2.7 * columns, 2.8 * rows), squeeze=False)
        for empty in grid.flat[len(measures) :]:
            empty.remove()
        ax = list(grid.flat[: len(measures)])
    require(len(ax) == len(measures), "ax", len(ax), f"{len(measures)} axes, one for each measure")
    axes = [plot_measure(table, *one) for one in zip(measures, ax, strict=True)]
    shown = [zip(*one.get_legend_handles_labels(), strict=True) for one in axes]
    legend = {label: handle for some in shown for handle, label in some}
    axes[0].figure.legend(list(legend.values()), list(legend), loc="outside upper left", ncols=2)
    return axes


def plot_measure(table: pd.DataFrame, measure: str, ax: Axes | None = None) -> Axes:
    """Draw one measure: a dot for each network, mean and 95 % interval of each form, and controls in grey.

    Parameters
    ----------
    table : DataFrame
        See :func:`modpack.experiments.dynamics_sweep.sweep`.
    measure : str
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        For a measure that the table does not have.
    """
    choose("measure", measure, table["measure"].unique().tolist())
    table = table[table["measure"] == measure]
    ax = axes_or_new(ax)
    forms = table["form"].unique().tolist()
    for control, rows in per_seed(table).groupby("control", sort=False):
        _draw(ax, rows, summary(table[table["control"] == control]), str(control), forms)
    ax.set_xticks(range(len(forms)), forms, rotation=20, ha="right")
    ax.set_xlim(-0.6, len(forms) - 0.4)
    ax.set_ylabel(LABELS.get(measure, measure))
    return ax


def _draw(ax: Axes, rows: pd.DataFrame, means: pd.DataFrame, control: str, forms: Sequence[str]) -> None:
    """Draw the seeds of one control, and the mean and interval of each form to their right."""
    offset = {"none": -0.22, "other_seed": 0.06, "shuffled": 0.3}[control]
    for number, (form, mean, low, high) in enumerate(means[["form", "mean", "low", "high"]].to_numpy()):
        left, colour = forms.index(form) + offset, colour_of(form) if control == "none" else FAINT
        values = rows.loc[rows["form"] == form, "value"]
        ax.plot(left + np.linspace(-0.07, 0.07, len(values)), values, ".", color=colour, markersize=4)
        label = LEGEND[control] if number == 0 else None  # the axis names the forms
        ax.plot(left + 0.12, mean, MARKERS[control], color=colour, markersize=5, label=label)
        ax.vlines(left + 0.12, low, high, color=colour, linewidth=1.6)
