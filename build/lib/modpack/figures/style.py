"""One look for all figures: same colour = same thing (:mod:`modpack.colours`), on light and dark pages.

Figures have a transparent background and dark ink; the book's style sheet inverts their lightness (not their
hue) in dark mode.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb

from modpack.colours import INK, OPPOSITE

STYLE: dict[Any, Any] = {
    "figure.dpi": 110,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.bbox": "tight",
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": "medium",
    "axes.titlelocation": "left",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "font.size": 10,
    "image.cmap": "Greys",
    "lines.linewidth": 1.6,
    "svg.hashsalt": "modpack",
}


def use_style() -> None:
    """Set the book's look for all later figures of this kernel."""
    mpl.rcParams.update(STYLE)


@contextmanager
def style() -> Iterator[None]:
    """Apply the book's look inside a ``with`` block only."""
    # Not mpl.rc_context, which on leaving would also undo what a notebook's backend sets when first used.
    before = {name: mpl.rcParams[name] for name in STYLE}
    mpl.rcParams.update(STYLE)
    try:
        yield
    finally:
        mpl.rcParams.update(before)


def fading(colour: str) -> LinearSegmentedColormap:
    """Return the map of numbers to colours from nothing (the page shows through) to `colour`."""
    return LinearSegmentedColormap.from_list(f"fading {colour}", [(*to_rgb(colour), 0), (*to_rgb(colour), 1)])


def diverging(colour: str) -> LinearSegmentedColormap:
    """Return the map of numbers to colours from `OPPOSITE` through nothing to `colour`."""
    ends = ((0.0, OPPOSITE, 1), (0.5, OPPOSITE, 0), (0.5, colour, 0), (1.0, colour, 1))
    shades = [(position, (*to_rgb(shade), opacity)) for position, shade, opacity in ends]
    return LinearSegmentedColormap.from_list(f"diverging {colour}", shades)


def axes_or_new(ax: Axes | None, **subplot: Any) -> Axes:
    """Return `ax`, or the axes of a new figure."""
    return plt.subplots(**subplot)[1] if ax is None else ax
