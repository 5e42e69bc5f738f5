"""Verdicts on a family of comparisons: differences with intervals, margins and what they come to."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from modpack.colours import FAINT, INK

MARKERS = {"higher": ">", "lower": "<", "equivalent": "s", "undecided": "o"}
"""How a difference is drawn, by its verdict."""


def plot_verdicts(judged: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw a row for each comparison, the first at the top.

    Parameters
    ----------
    judged : DataFrame
        As from :func:`modpack.measures.verdicts.judge` or `interactions`, at least one row. The 90 %
        interval is a thick line, the bootstrap's 95 % interval a thin one, the margin a grey band.
    ax : Axes, optional
        Where to draw; a new figure by default, as high as there are rows.

    Returns
    -------
    Axes
    """
    if ax is None:
        ax = plt.subplots(figsize=(6.2, 0.7 + 0.36 * len(judged)))[1]
    places = range(len(judged))
    ax.barh(places, 2 * judged["margin"], 0.9, -judged["margin"], color=FAINT, alpha=0.25)
    ax.axvline(0, color=FAINT, lw=1)
    ax.hlines(places, judged["bootstrap low"], judged["bootstrap high"], color=INK, lw=0.8)
    ax.hlines(places, judged["low"], judged["high"], color=INK, lw=2.6)
    for place, difference, verdict in zip(places, judged["difference"], judged["verdict"], strict=True):
        inside = "white" if verdict == "undecided" else INK
        ax.plot(difference, place, MARKERS[verdict], color=INK, markersize=7, markerfacecolor=inside)
        ax.annotate(verdict, (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize="small")
    ax.set_yticks(places, judged["name"], fontsize="small")
    ax.set_ylim(len(judged) - 0.5, -0.5)
    return ax
