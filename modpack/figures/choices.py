"""How networks of different forms do along a path: of contexts, of lesions, of noise."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from torch import Tensor

from modpack.colours import CHOICE_COLOURS, colour_of
from modpack.figures.style import axes_or_new
from modpack.measures.choices import CHOICES

STACK = ("a", "turned", "cancelled", "fixating", "other", "b")
"""The choices from below: what is done at the one end of a path, what may lie between, and the other end."""


def plot_curves(positions: Sequence[float], curves: Mapping[str, Tensor], ax: Axes | None = None) -> Axes:
    """Draw fractions along a path, a line for every network.

    Parameters
    ----------
    positions : sequence of float
    curves : dict of str to Tensor, shape (network, position)
        Fractions in [0, 1] by modulation form.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
    """
    ax = axes_or_new(ax)
    for form, fractions in curves.items():
        for number, network in enumerate(fractions):
            label = f"{form}, {len(fractions)} networks" if number == 0 else None
            ax.plot(positions, network, color=colour_of(form), alpha=0.85, linewidth=1.3, label=label)
    ax.set(ylim=(-0.04, 1.04))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    return ax


def plot_choices(positions: Sequence[float], fractions: Tensor, ax: Axes | None = None) -> Axes:
    """Draw how often each choice is made along a path of contexts, as areas on top of each other.

    Parameters
    ----------
    positions : sequence of float
        Positions along the path.
    fractions : Tensor, shape (position, choice)
        See :func:`modpack.measures.choices.choice_curve`; of one network, or a mean over several.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
    """
    ax = axes_or_new(ax)
    areas = {choice: fractions[:, CHOICES.index(choice)] for choice in STACK}
    colours = [CHOICE_COLOURS[choice] for choice in STACK]
    ax.stackplot(list(positions), *areas.values(), labels=STACK, colors=colours)
    ax.set(xlim=(positions[0], positions[-1]), ylim=(0, 1))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    return ax
