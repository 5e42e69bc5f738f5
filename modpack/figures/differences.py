"""Differences in many measures: a forest of rows, grey where nothing is decided."""

from collections.abc import Sequence

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from modpack._checks import require
from modpack.colours import FAINT, INK


def plot_differences(judged: pd.DataFrame, by: str, ax: Sequence[Axes] | None = None) -> list[Axes]:
    """Draw a panel for each contrast and a row for each measure, the first at the top.

    Parameters
    ----------
    judged : DataFrame
        A row for each difference: ``measure``, ``difference``, ``low``, ``high``, ``verdict``, and a column
        that names its contrast. Measures that share an axis are in comparable units.
    by : str
        The column of the contrast.
    ax : sequence of Axes, optional
        One for each contrast; a new figure by default.

    Returns
    -------
    list of Axes

    Raises
    ------
    ValueError
        For another number of axes than of contrasts.
    """
    contrasts, measures = (judged[column].unique().tolist() for column in (by, "measure"))
    if ax is None:
        size = 7.4, 0.9 + 0.3 * len(measures)
        ax = plt.subplots(1, len(contrasts), figsize=size, sharex=True, sharey=True, squeeze=False)[1][0]
    require(len(ax) == len(contrasts), "ax", len(ax), f"{len(contrasts)} axes, one for each contrast")
    for axes, contrast in zip(ax, contrasts, strict=True):
        axes.axvline(0, color=FAINT, lw=1)
        for row in judged[judged[by] == contrast].itertuples():
            place = measures.index(row.measure)
            colour = FAINT if row.verdict == "undecided" else INK
            axes.hlines(place, row.low, row.high, color=colour, lw=2)
            axes.plot(row.difference, place, "o", color=colour, markersize=5)
        axes.set_title(contrast, fontsize="medium")
        axes.set_yticks(range(len(measures)), measures, fontsize="small")
        axes.set_ylim(len(measures) - 0.5, -0.5)
    return list(ax)
