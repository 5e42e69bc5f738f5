"""The phase plane of a network of two neurons: flow, nullclines, fixed points and trajectories.

Everything is read from the vector field of :class:`modpack.dynamics.Dynamics` and its Jacobian; nothing here
knows about modulation. The dynamics hold one context.
"""

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from torch import Tensor

from modpack.colours import FAINT, INK, NEURON_COLOURS
from modpack.dynamics import Dynamics
from modpack.figures.style import axes_or_new
from modpack.fixedpoints import FixedPoints
from modpack.measures.plane import SIZE, check_plane, fixed_points, grid

STARTS = ((0.2, 0.1), (0.1, 0.2), (1.0, 3.2), (3.2, 1.0), (3.2, 3.0), (3.0, 3.2))
"""Initial rates of the trajectories, unless told otherwise."""


def plot_flow(dynamics: Dynamics, u: Tensor, ax: Axes | None = None, size: float = SIZE) -> Axes:
    """Draw where the rates are going, as arrows of equal length along F(r, u).

    Parameters
    ----------
    dynamics, u, size
        As in `fixed_points`.
    ax : Axes, optional
    """
    ax = _plane(ax, size)
    dynamics = _double(dynamics)
    r = grid(size, 11)[None]
    direction = torch.nn.functional.normalize(dynamics.field(r, _inputs(u, r)), dim=-1)
    x, y, dx, dy = (part.numpy() for part in (*r[0].T, *direction[0].T))
    ax.quiver(x, y, dx, dy, color=FAINT, angles="xy", pivot="mid", scale=22, width=0.004)
    return ax


def plot_nullclines(
    dynamics: Dynamics,
    u: Tensor,
    ax: Axes | None = None,
    size: float = SIZE,
    colours: Sequence[str] = NEURON_COLOURS,
    dashes: str = "-",
) -> Axes:
    """Draw where each of the two rates stands still: the zeros of the two components of F(r, u).

    Parameters
    ----------
    dynamics, u, size
        As in `fixed_points`.
    ax : Axes, optional
    colours : pair of str
        Colour of the nullcline of neuron 1 and of neuron 2.
    dashes : str
        Matplotlib line style.
    """
    ax = _plane(ax, size)
    dynamics = _double(dynamics)
    r = grid(size, 161)[None]
    x, y = (part.reshape(161, 161).numpy() for part in r[0].T)
    for neuron, colour in enumerate(colours):
        change = dynamics.field(r, _inputs(u, r))[0, :, neuron].reshape(161, 161).numpy()
        ax.contour(x, y, change, levels=[0.0], colors=[colour], linestyles=[dashes], linewidths=1.8)
    return ax


def plot_fixed_points(dynamics: Dynamics, u: Tensor, ax: Axes | None = None, size: float = SIZE) -> Axes:
    """Draw the fixed points: filled where stable, hollow where not.

    Parameters
    ----------
    dynamics, u, size
        As in `fixed_points`.
    ax : Axes, optional
    """
    ax = _plane(ax, size)
    found = fixed_points(dynamics, u, size)
    for (x, y), stable in zip(found.states.tolist(), _stable(found), strict=True):
        ax.plot(x, y, "o", ms=8, mec=INK, mfc=_filling(stable), mew=1.5, zorder=5)
    return ax


def plot_trajectories(
    dynamics: Dynamics,
    u: Tensor,
    ax: Axes | None = None,
    size: float = SIZE,
    starts: Sequence[tuple[float, float]] = STARTS,
    steps: int = 400,
) -> Axes:
    """Simulate the network from some initial rates and draw the paths, each from a small dot.

    Parameters
    ----------
    dynamics, u, size
        As in `fixed_points`.
    ax : Axes, optional
    starts : sequence of pairs of float
        Initial rates of the two neurons.
    steps : int
        Time steps of `dynamics.dt` ms.
    """
    ax = _plane(ax, size)
    dynamics = _double(dynamics)
    first = torch.tensor([list(starts)], dtype=torch.float64)
    states = dynamics.hold(u, steps, first)
    for path in torch.cat([first[None], states])[:, 0].transpose(0, 1).numpy():
        ax.plot(*path.T, color=FAINT, lw=1.1)
        ax.plot(*path[0], ".", color=FAINT, ms=5)
    return ax


def plot_branches(
    values: Sequence[float], family: Sequence[Dynamics], u: Tensor, ax: Axes | None = None, size: float = SIZE
) -> Axes:
    """Draw the rate of neuron 1 at the fixed points of a family of networks: filled where stable.

    Parameters
    ----------
    values : sequence of float
        What differs between the networks; the horizontal axis.
    family : sequence of Dynamics
        One network for each value.
    u, size
        As in `fixed_points`.
    ax : Axes, optional
    """
    ax = axes_or_new(ax, figsize=(4.4, 2.2))
    for value, dynamics in zip(values, family, strict=True):
        found = fixed_points(dynamics, u, size)
        for rate, stable in zip(found.states[:, 0].tolist(), _stable(found), strict=True):
            ax.plot(value, rate, "o", ms=4.5, mec=INK, mfc=_filling(stable), mew=1)
    ax.set(ylim=(-size / 20, size), ylabel="rate of neuron 1")
    return ax


def plot_phase_plane(
    dynamics: Dynamics,
    u: Tensor,
    ax: Axes | None = None,
    size: float = SIZE,
    colours: Sequence[str] = NEURON_COLOURS,
) -> Axes:
    """Draw flow, trajectories, nullclines and fixed points together, and say whose nullcline is whose.

    Parameters
    ----------
    dynamics, u, size
        As in `fixed_points`.
    ax : Axes, optional
    colours : pair of str
        Colour of the nullcline of neuron 1 and of neuron 2.
    """
    ax = plot_flow(dynamics, u, ax, size)
    plot_trajectories(dynamics, u, ax, size)
    plot_nullclines(dynamics, u, ax, size, colours)
    for neuron, colour in enumerate(colours):
        text = f"nullcline of neuron {neuron + 1}"
        ax.text(neuron / 2, 1.03, text, color=colour, transform=ax.transAxes, fontsize="small")
    return plot_fixed_points(dynamics, u, ax, size)


def _plane(ax: Axes | None, size: float) -> Axes:
    """Return axes for the rates of the two neurons."""
    ax = axes_or_new(ax, figsize=(4.4, 4.2))
    margin = size / 40  # room for a fixed point at zero
    ax.set(xlim=(-margin, size), ylim=(-margin, size), aspect="equal")
    ax.set(xlabel="rate of neuron 1", ylabel="rate of neuron 2")
    return ax


def _stable(found: FixedPoints) -> list[bool]:
    """Return whether every point is stable: whether nearby states return."""
    return (found.n_unstable == 0).tolist()


def _filling(stable: bool) -> str:
    """Return the colour inside the mark of a fixed point."""
    return INK if stable else "#ffffff"


def _double(dynamics: Dynamics) -> Dynamics:
    """Return the dynamics in float64, after a check of their size."""
    check_plane(dynamics)
    return dynamics.to(torch.float64)


def _inputs(u: Tensor, r: Tensor) -> Tensor:
    """Return the input once for every state, shape (context, trial, channel)."""
    return u.double().expand(*r.shape[:-1], u.shape[-1])
