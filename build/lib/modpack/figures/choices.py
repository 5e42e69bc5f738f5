"""How networks of different forms do along a path: of contexts, of lesions, of noise."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from torch import Tensor

from modpack._checks import choose
from modpack.colours import colour_of
from modpack.figures.style import axes_or_new
from modpack.measures.choices import CHOICES


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


def plot_choice_curves(
    positions: Sequence[float], curves: Mapping[str, Tensor], choice: str = "b", ax: Axes | None = None
) -> Axes:
    """Draw how often a choice is made along a path of contexts, a line for every network.

    Parameters
    ----------
    positions : sequence of float
        Positions along the path.
    curves : dict of str to Tensor, shape (network, position, choice)
        By modulation form, see :func:`modpack.measures.choices.choice_curve`.
    choice : str
        One of `CHOICES`.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        For an unknown choice.
    """
    index = CHOICES.index(choose("choice", choice, CHOICES))
    ax = plot_curves(positions, {form: fractions[..., index] for form, fractions in curves.items()}, ax)
    ax.set(xlabel="mix of the contexts", ylabel="trials answered so")
    return ax
