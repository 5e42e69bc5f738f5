"""How networks of several forms do at levels of some difficulty: mean and interval of every form."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from modpack.colours import colour_of
from modpack.figures.style import axes_or_new
from modpack.measures.statistics import summary
from modpack.strokes import LOOKS


def plot_levels(
    table: pd.DataFrame,
    ax: Axes | None = None,
    compare: str = "form",
    level: str = "level",
    unit: str = "seed",
) -> Axes:
    """Draw a line for every form, over levels at even distances in the order of the table.

    Parameters
    ----------
    table : DataFrame
        Rows of one measure, with a ``value`` and the columns named below.
    ax : Axes, optional
        Where to draw; a new figure by default.
    compare : str
        Column of the conditions: forms of modulation.
    level : str
        Column of the levels.
    unit : str
        Column that names what was drawn independently.

    Returns
    -------
    Axes
        With means and their 95 % intervals (none where units are too few for it), side by side.
    """
    ax = axes_or_new(ax)
    found = summary(table, [compare, level], unit)
    names, levels = found[compare].unique().tolist(), found[level].unique().tolist()
    aside = np.linspace(-0.16, 0.16, len(names)) if len(names) > 1 else [0.0]
    for k, name in enumerate(names):
        own = found[found[compare] == name].set_index(level).loc[levels]
        marker, line = LOOKS[k % len(LOOKS)]
        lines = ax.errorbar(
            np.arange(len(levels)) + aside[k],
            own["mean"],
            [own["mean"] - own["low"], own["high"] - own["mean"]],
            color=colour_of(name),
            label=name,
            elinewidth=1,
        )
        lines[0].set(marker=marker, linestyle=line, markersize=4)
    ax.set_xticks(range(len(levels)), [f"{each:g}" for each in levels])
    return ax
