"""Finding the fixed points and slow points of a network, from many starts at once.

First damped Newton steps on F(r, u) = 0 from every start. Then the network runs forward from every start, and
Newton's method begins again where it arrives and where it lingered on the way: the first leads to the stable
points, the second to saddles, which few other starts lead to. Where no Newton step pays, descent on
``q = |F|^2 / 2`` leads to a slow point, or to rest after all. Then the same from midpoints of neighbouring
fixed points and from beside the saddles, as long as that brings something new. No method of this kind can
promise to find all; where the indices of the points show that some are missing, the list says so.
"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from modpack._checks import number, positive, require, require_generator, set_fields, whole
from modpack._memory import require_memory
from modpack.dynamics import Dynamics
from modpack.fixedpoints.cloud import cloud_centre, radius_90
from modpack.fixedpoints.descent import descend
from modpack.fixedpoints.exploring import beside, between
from modpack.fixedpoints.newton import newton, polished
from modpack.fixedpoints.outcomes import Outcomes, Status
from modpack.fixedpoints.points import FixedPoints
from modpack.fixedpoints.problem import Problem
from modpack.fixedpoints.running import run_forward
from modpack.fixedpoints.search import MOVING, Search
from modpack.fixedpoints.stability import spectra
from modpack.fixedpoints.sum_rule import comes_home

REST = 1e-4
"""Length of F, as a fraction of the size of the cloud, below which a network has arrived."""


@dataclass(frozen=True)
class SearchOptions:
    """How to search.

    Parameters
    ----------
    tolerance : float
        Largest component of abs(F) at a fixed point.
    newton_iterations, descent_iterations : int
        Limits of the two stages.
    unique : float
        Points closer than this fraction of the cloud of states are one.
    escape : float
        Starts farther from the centre of the cloud than this many times its size have diverged.
    forward_steps : int
        Time steps for which the network runs forward from each start, unless it comes to rest before; with 0
        it does not, as where known points are refined.
    rounds : int
        Further rounds, from midpoints of neighbouring fixed points and from beside saddles; they end when one
        brings nothing new. A round has at most as many starts of each sort as were given.
    scale : float, optional
        Size of the cloud of states; by default measured from the starts, see `radius_90`.
    """

    tolerance: float = 1e-12
    newton_iterations: int = 60
    descent_iterations: int = 200
    unique: float = 1e-3
    escape: float = 1e3
    forward_steps: int = 2500
    rounds: int = 4
    scale: float | None = None

    def __post_init__(self) -> None:
        for name in ("tolerance", "unique", "escape"):
            set_fields(self, **{name: positive(name, getattr(self, name))})
        for name in ("newton_iterations", "descent_iterations", "forward_steps", "rounds"):
            set_fields(self, **{name: whole(name, getattr(self, name))})
        if self.scale is not None:
            set_fields(self, scale=positive("scale", self.scale))


def find(
    dynamics: Dynamics, u: Tensor, starts: Tensor, *, options: SearchOptions = SearchOptions()
) -> FixedPoints:
    """Find fixed points and slow points of one network under a constant input.

    Parameters
    ----------
    dynamics : Dynamics
        Of one context, in any precision and on any device; the search is in float64 and on the same device.
    u : Tensor, shape (channel,)
        The constant input.
    starts : Tensor, shape (start, neuron)
        Where to begin, see `starts_from`.
    options : SearchOptions

    Returns
    -------
    FixedPoints
        With an outcome for every start. Bad numbers, no fixed point or a continuum of them are outcomes, not
        errors.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    One neuron that excites itself has a saddle between two stable points:

    >>> one = torch.ones(1, 1)
    >>> neuron = Dynamics(2 * one[None], one, 0 * one, one, None, one, one[0], "tanh", "linear", 20, 100, 0)
    >>> points = find(neuron, torch.zeros(1), starts=torch.tensor([[-1.0], [0.1], [1.0]]))
    >>> points.states.squeeze(), points.n_unstable
    (tensor([-0.9575,  0.0000,  0.9575], dtype=torch.float64), tensor([0, 1, 0]))
    """
    problem = Problem.of(dynamics, u)
    shape, neurons = tuple(starts.shape), problem.n_neurons
    require(len(shape) == 2 and shape[1] == neurons, "starts", shape, f"of shape (start, {neurons})")
    require(not starts.is_complex(), "starts", starts.dtype, "real numbers")
    require_memory("starts", shape, 3 * 8 * starts.numel() * neurons, problem.u.device)
    starts = starts.detach().to(problem.u)
    scale = radius_90(starts[starts.isfinite().all(-1)]) if options.scale is None else options.scale
    bounds = (cloud_centre(starts), options.escape * scale)
    search = Search(problem, starts, options.tolerance, options.unique * scale, bounds)
    _solve(search, starts[:0], 1, options, scale)
    tried = 0
    for round_ in range(2, options.rounds + 2):
        roots = search.found[search.found_status == Status.CONVERGED]
        if len(roots) == tried:
            break
        search.add(between(problem, roots, tried)[: len(starts)], round_)
        aside = beside(problem, roots[tried:], scale)[: len(starts)]
        tried = len(roots)
        _solve(search, aside, round_, options, scale)
    return _points(search, scale)


def starts_from(states: Tensor, n: int, noise: float, generator: Generator) -> Tensor:
    """Draw starts for a search: states that the network visits, and noise.

    Parameters
    ----------
    states : Tensor, shape (..., neuron)
        Visited states, for instance from `Dynamics.simulate`.
    n : int
        Number of starts.
    noise : float
        Standard deviation of Gaussian noise in each neuron, as a fraction of the size of the cloud divided by
        the root of the number of neurons; with 1, a start is about as far from a state as states are apart.
    generator : Generator

    Returns
    -------
    Tensor of float64, shape (n, neuron)

    Raises
    ------
    ValueError
        If there are no states, or if `n` or `noise` is negative.
    """
    require(states.ndim > 1 and states.numel() > 0, "states", tuple(states.shape), "at least one state")
    require(not states.is_complex(), "states", states.dtype, "real numbers")
    states = states.detach().flatten(0, -2).double()
    n, noise = whole("n", n), number("noise", noise, 0)
    require_memory("n", n, 16 * n * states.shape[1])
    require_generator(generator)
    chosen = torch.randint(len(states), (n,), generator=generator, device=generator.device)
    draw = torch.randn(n, states.shape[1], generator=generator, dtype=torch.float64, device=generator.device)
    share = radius_90(states) / states.shape[1] ** 0.5
    return states[chosen.to(states.device)] + noise * share * draw.to(states.device)


def _solve(search: Search, aside: Tensor, number: int, options: SearchOptions, scale: float) -> None:
    """Bring every moving start to an outcome, and what running forward from it and from `aside` leads to."""
    index = search.moving
    begun = torch.cat([search.starts[index], aside])
    _newton(search, options, scale)
    if options.forward_steps and len(begun):
        ends, slowest = run_forward(search.problem, begun, REST * scale, options.forward_steps)
        _go_on(search, index, ends, slowest, number)
        _newton(search, options, scale)
    descend(search, options.descent_iterations)


def _go_on(search: Search, index: Tensor, ends: Tensor, slowest: Tensor, number: int) -> None:
    """Move the starts `index` that have no outcome to their `ends`; take the other ends as new starts."""
    stuck = torch.zeros_like(ends[:, 0], dtype=torch.bool)
    stuck[: len(index)] = search.status[index] == MOVING
    index = index[stuck[: len(index)]]
    search.move(index, ends[stuck], search.problem.field(ends[stuck]))
    new = torch.cat([ends[~stuck], slowest])
    search.add(new[new.isfinite().all(-1)], number)


def _newton(search: Search, options: SearchOptions, scale: float) -> None:
    """Move by Newton's method, in single precision and then in double."""
    for problem in (search.problem.to(torch.float32), search.problem):
        newton(search, options.newton_iterations, 10 * scale, problem)


def _points(search: Search, scale: float) -> FixedPoints:
    """Return what a search found as one container."""
    problem, states = search.problem, search.found.clone()
    roots = search.found_status == Status.CONVERGED
    states[roots] = polished(problem, states[roots], search.same)
    field = problem.field(states)
    outcomes = Outcomes(
        search.starts,
        search.r,
        search.status,
        search.point,
        search.F.abs().amax(-1),
        search.iterations,
        search.round,
    )
    return FixedPoints(
        states=states,
        status=search.found_status,
        residual=field.abs().amax(-1),
        q=field.square().sum(-1) / 2,
        spectra=spectra(problem.jacobian(states), problem.dynamics.alpha),
        outcomes=outcomes,
        scale=scale,
        tau=problem.dynamics.tau,
        comes_home=comes_home(problem),
    )
