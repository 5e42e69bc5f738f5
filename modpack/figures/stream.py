"""Streams of trials: what is believed of the task, and how well networks do who are told as much."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from torch import Tensor

from modpack._checks import require
from modpack.colours import FAINT, INK, OPPOSITE, colour_of
from modpack.figures.style import axes_or_new, fading
from modpack.measures.statistics import summary
from modpack.strokes import BOUND


def plot_belief(belief: Tensor, state: Tensor, ax: Axes | None = None) -> Axes:
    """Draw probabilities of some states from trial to trial, with the true state as a dot.

    Parameters
    ----------
    belief : Tensor, shape (trial, state)
        Probabilities; the darker, the more likely.
    state : Tensor of int64, shape (trial,)
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there are not as many states as beliefs.
    """
    require(belief.ndim == 2, "belief", tuple(belief.shape), "of shape (trial, state)")
    require(state.shape == belief.shape[:1], "state", tuple(state.shape), f"of {len(belief)} trials")
    ax = axes_or_new(ax, figsize=(6.4, 1.4))
    ax.imshow(belief.mT.numpy(), cmap=fading(INK), vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    ax.plot(range(len(state)), state, "o", color=OPPOSITE, markersize=2.5)
    ax.set_yticks(range(belief.shape[1]))
    return ax


def plot_forms(table: pd.DataFrame, forms: Sequence[str], ideal: float, ax: Axes | None = None) -> Axes:
    """Draw a row for every form: a small dot for each network, and the mean with its 95 % interval.

    Parameters
    ----------
    table : DataFrame
        ``form``, ``seed`` and ``value``, a row for each network.
    forms : sequence of str
        From the top; those that the table has not are left out.
    ideal : float
        What the ideal observer reaches, a dashed line.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the table has none of the forms.
    """
    found = summary(table, ["form"]).set_index("form")
    shown = [name for name in forms if name in found.index]
    require(bool(shown), "table", "without these forms", f"one with some of {tuple(forms)}")
    ax = axes_or_new(ax, figsize=(5.2, 0.8 + 0.24 * len(shown)))
    ax.axvline(ideal, color=INK, ls=BOUND, lw=1)
    for place, name in enumerate(shown):
        values, row = table.loc[table["form"] == name, "value"], found.loc[name]
        aside = place + np.linspace(-0.28, 0.28, len(values))
        ax.plot(values, aside, ".", color=FAINT, markersize=3, zorder=1)
        ax.plot([row["low"], row["high"]], [place, place], color=colour_of(name), lw=3)
        ax.plot(row["mean"], place, "o", color=colour_of(name), markersize=6)
    ax.set_yticks(range(len(shown)), shown, fontsize="small")
    ax.set_ylim(len(shown) - 0.5, -0.5)
    return ax
