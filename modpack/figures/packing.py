"""How many tasks fit: measures of networks of many sizes, by number of tasks and form."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from modpack._checks import choose
from modpack.colours import INK, colour_of
from modpack.figures.style import axes_or_new, fading
from modpack.measures.statistics import summary
from modpack.strokes import OTHER_PACKED, PACKED


def plot_map(table: pd.DataFrame, form: str, floors: Mapping[int, float], ax: Axes | None = None) -> Axes:
    """Draw the mean performance of the networks of one form, for every size and number of tasks.

    Parameters
    ----------
    table : DataFrame
        Performance over all tasks, a row for each network: ``form``, ``n_tasks``, ``n_neurons``, ``value``.
    form : str
    floors : dict of int to float
        For every number of tasks what the best answer gets that knows no context; written beside the row.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the table has no network of that form.
    """
    choose("form", form, table["form"].unique())
    ax, shades = axes_or_new(ax), ScalarMappable(Normalize(0, 1), fading(colour_of(form)))
    means = table[table["form"] == form].groupby(["n_tasks", "n_neurons"])["value"].mean().reset_index()
    rows = {k: row for row, k in enumerate(sorted(floors))}
    edge: dict[str, Any] = {"markeredgecolor": INK, "markeredgewidth": 0.3}
    for k, n, mean in means.itertuples(index=False):
        place, ink = (np.log2(n), rows[k]), "white" if mean > 0.6 else INK
        ax.plot(*place, "s", markersize=17, color=shades.to_rgba(mean), **edge)
        ax.annotate(f"{100 * mean:.0f}", place, ha="center", va="center", color=ink, fontsize="small")
    sizes = sorted(table["n_neurons"].unique())
    ax.set_xticks(np.log2(sizes), sizes, fontsize="small")
    ax.set_yticks(list(rows.values()), [f"{k}\n(floor {100 * floors[k]:.0f})" for k in rows])
    ax.set(ylim=(-0.6, len(rows) - 0.4), xlim=np.log2([sizes[0] / 1.25, sizes[-1] * 1.25]), title=form)
    return ax


def plot_by_size(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw a measure over the size of the network: mean over orders with its 95 % interval, a line a form.

    Parameters
    ----------
    table : DataFrame
        One measure of networks of one number of tasks: ``form``, ``n_neurons``, ``seed``, ``value``.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
    """
    ax = axes_or_new(ax)
    forms = table["form"].unique().tolist()
    found = summary(table, ["form", "n_neurons"])
    for number, form in enumerate(forms):
        line = found[found["form"] == form].sort_values("n_neurons")
        beside = 0.025 * (number - (len(forms) - 1) / 2)  # octaves, so that intervals can be told apart
        x, colour = np.log2(line["n_neurons"]) + beside, colour_of(form)
        ax.plot(
            x, line["mean"], PACKED.get(form, OTHER_PACKED), color=colour, label=form, markersize=5, lw=1.2
        )
        ax.vlines(x, line["low"], line["high"], color=colour, lw=1.2)
    sizes = sorted(table["n_neurons"].unique())
    ax.set_xticks(np.log2(sizes), sizes)
    ax.set_xlabel("neurons")
    return ax
