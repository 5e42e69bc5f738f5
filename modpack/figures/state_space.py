"""The state space of a network: paths, fixed points and flow in a plane, eigenvalues, branches."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from torch import Tensor

from modpack._checks import require
from modpack.colours import FAINT, INK
from modpack.dynamics import Dynamics
from modpack.figures.style import axes_or_new
from modpack.fixedpoints import Branch, Diagram, FixedPoints, Spectra
from modpack.measures.basis import Basis
from modpack.strokes import BOUND, EVENTS, UNSTABLE

GRID = 15
"""Arrows of a flow in each direction."""


def plot_paths(states: Tensor, basis: Basis, colour: str = INK, ax: Axes | None = None) -> Axes:
    """Draw where states go, in the plane of the first two coordinates of a basis; a dot is where each begins.

    Parameters
    ----------
    states : Tensor, shape (time, trial, neuron)
    basis : Basis
    colour : str
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
    """
    require(states.ndim == 3, "states", tuple(states.shape), "of shape (time, trial, neuron)")
    ax = _plane(basis, ax)
    x, y, _ = basis.project(states.double()).unbind(-1)
    ax.plot(x.numpy(), y.numpy(), color=colour, linewidth=0.8, alpha=0.6)
    ax.plot(x[0].numpy(), y[0].numpy(), ".", color=colour, markersize=4)
    return ax


def plot_points(points: FixedPoints, basis: Basis, colour: str = INK, ax: Axes | None = None) -> Axes:
    """Draw fixed points in the plane of the first two coordinates of a basis.

    Stable ones are filled and unstable ones hollow; slow points are small crosses.

    Parameters
    ----------
    points : FixedPoints
    basis : Basis
    colour : str
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = _plane(basis, ax)
    roots, slow = points.roots, points.slow
    marks: dict[str, Any] = {"markeredgecolor": colour, "linestyle": "none", "zorder": 5}
    for stable, face in ((True, colour), (False, "#ffffff")):
        x, y = _plane_of(roots.states[(roots.n_unstable == 0) == stable], basis)
        ax.plot(x, y, "o", markersize=7, markerfacecolor=face, markeredgewidth=1.4, **marks)
    x, y = _plane_of(slow.states, basis)
    ax.plot(x, y, "x", markersize=5, markeredgewidth=1, **marks)
    return ax


def point_legend(ax: Axes, **placement: Any) -> None:
    """Say what filled, hollow and crossed marks mean."""
    marks = {"stable": ("o", INK), "unstable": ("o", "#ffffff"), "slow": ("x", INK)}
    handles = [
        Line2D(
            [], [], marker=marker, markerfacecolor=face, markeredgecolor=INK, linestyle="none", label=label
        )
        for label, (marker, face) in marks.items()
    ]
    ax.legend(handles=handles, **{"fontsize": "small", "loc": "best"} | placement)


def plot_flow(
    dynamics: Dynamics,
    u: Tensor,
    basis: Basis,
    through: Tensor,
    relax: int = 0,
    ax: Axes | None = None,
) -> Axes:
    """Draw the flow near a plane of the state space, as arrows along the part of F(r, u) that lies in it.

    The longer of two arrows is the faster flow; what leaves the plane is not shown.

    Parameters
    ----------
    dynamics : Dynamics
        Of one context.
    u : Tensor, shape (channel,)
    basis : Basis
        Its first two vectors span the plane.
    through : Tensor, shape (neuron,)
        A state in the plane.
    relax : int
        Time steps for which states on a grid in the plane are let go before the arrows are drawn, where they
        are then: fast modes have faded by that time, and what is left is the flow along the slow ones.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    require(relax >= 0, "relax", relax, "at least 0")
    ax = _plane(basis, ax)
    side = torch.linspace(-basis.extent, basis.extent, GRID, dtype=torch.float64)
    offset = through - basis.project(through)[:2] @ basis.vectors[:2]
    r = (offset + torch.cartesian_prod(side, side) @ basis.vectors[:2]).to(dynamics.W)[None]
    inputs = u.to(r).expand(1, r.shape[1], -1)
    for _ in range(relax):
        r = dynamics.step(r, inputs)
    field = dynamics.field(r, inputs)[0].double() @ basis.vectors[:2].mT
    arrows: dict[str, Any] = {"angles": "xy", "pivot": "mid", "width": 0.005, "color": FAINT}
    ax.quiver(*_plane_of(r[0], basis), *field.mT.numpy(), **arrows)
    return ax


def plot_eigenvalues(spectra: Spectra, point: int, colour: str = INK, ax: Axes | None = None) -> Axes:
    """Draw the eigenvalues of the flow at one point in the complex plane.

    The flow is stable if all lie left of the vertical line, and the map of a time step if all lie inside the
    circle of ``|1 + alpha lambda| = 1``.

    Parameters
    ----------
    spectra : Spectra
    point : int
    colour : str
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    count = len(spectra.eigenvalues)
    require(0 <= point < count, "point", point, f"in 0 ... {count - 1}")
    ax = axes_or_new(ax, figsize=(3.4, 3.2))
    radius = 1 / spectra.alpha
    ax.axvline(0, color=FAINT, linewidth=1)
    ax.add_patch(Circle((-radius, 0), radius, fill=False, edgecolor=FAINT, linestyle=BOUND))
    values = spectra.eigenvalues[point].numpy()
    ax.plot(values.real, values.imag, ".", color=colour, markersize=6)
    left, right = min(-1.2, 1.1 * values.real.min()), max(0.3, 1.2 * values.real.max())
    height = 1.2 * max(0.3, np.abs(values.imag).max())
    ax.set(xlim=(left, right), ylim=(-height, height))
    ax.set(xlabel=r"growth, Re $\lambda$ (per $\tau$)", ylabel=r"rotation, Im $\lambda$ (per $\tau$)")
    return ax


def plot_branches(
    diagram: Diagram,
    coordinate: Callable[[Tensor], Tensor],
    colour: str = INK,
    period: float = math.inf,
    ax: Axes | None = None,
) -> Axes:
    """Draw one coordinate of all branches over the path: solid where stable, dotted where not, events marked.

    Parameters
    ----------
    diagram : Diagram
    coordinate : callable
        Maps states (step, neuron) to numbers (step,).
    colour : str
    period : float
        Where the coordinate is an angle, its period: a line that leaves on one side comes back on the other.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    ax = axes_or_new(ax)
    for branch in diagram.branches:
        for start, stop in _runs(branch):
            stable = int(branch.n_unstable[start]) == 0
            part = slice(start, stop + 1)
            style: dict[str, Any] = {"linewidth": 1.8} if stable else {"linewidth": 1, "linestyle": UNSTABLE}
            x, y = _broken(branch.lam[part], coordinate(branch.states[part]), period)
            ax.plot(x, y, color=colour, **style)
        for event in branch.events:
            height = coordinate(event.state[None]).item()
            ax.plot(event.lam, height, EVENTS[event.kind], color=INK, markersize=4, zorder=4)
    ax.set(xlabel="mix of the contexts")
    return ax


def event_legend(diagrams: list[Diagram], ax: Axes, **placement: Any) -> None:
    """Say which mark stands for which kind of event, for those that occur."""
    kinds = {event.kind for each in diagrams for branch in each.branches for event in branch.events}
    handles = [
        Line2D([], [], marker=EVENTS[kind], color=INK, linestyle="none", markersize=4, label=kind)
        for kind in EVENTS
        if kind in kinds
    ]
    handles += [
        Line2D([], [], color=INK, label="stable"),
        Line2D([], [], color=INK, linestyle=UNSTABLE, linewidth=1, label="unstable"),
    ]
    ax.legend(handles=handles, **{"fontsize": "x-small", "loc": "best"} | placement)


def _runs(branch: Branch) -> list[tuple[int, int]]:
    """Return the stretches of a branch that are all stable or all unstable, ends included."""
    stable = (branch.n_unstable == 0).tolist()
    changes = [k for k in range(1, len(stable)) if stable[k] != stable[k - 1]]
    starts, stops = [0, *changes], [*changes, len(stable) - 1]
    return list(zip(starts, stops, strict=True)) if stable else []


def _broken(x: Tensor, y: Tensor, period: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a line with a gap wherever it jumps by more than half a period."""
    jumps = np.flatnonzero(np.abs(np.diff(y.numpy())) > period / 2) + 1
    return np.insert(x.numpy(), jumps, np.nan), np.insert(y.numpy(), jumps, np.nan)


def _plane(basis: Basis, ax: Axes | None) -> Axes:
    ax = axes_or_new(ax, figsize=(3.6, 3.6))
    side = (-basis.extent, basis.extent)
    ax.set(xlim=side, ylim=side, aspect="equal", xlabel=basis.axes[0], ylabel=basis.axes[1])
    return ax


def _plane_of(states: Tensor, basis: Basis) -> tuple[np.ndarray, np.ndarray]:
    x, y, _ = basis.project(states.double()).unbind(-1)
    return x.numpy(), y.numpy()
