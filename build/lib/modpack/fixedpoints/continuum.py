"""Continua of fixed points or slow points: line and ring attractors, exact or nearly so.

A memory of a continuous quantity is a connected set of states in which the network (almost) rests
(Khona and Fiete 2022, doi:10.1038/s41583-022-00642-0). A search finds single members of it. Here they are
joined: two members belong together if the network hardly moves on the way between them. How little "hardly"
is, the caller says; trained networks have no exact continua.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from modpack._checks import require
from modpack.dynamics import Dynamics
from modpack.fixedpoints.cloud import distances, neighbours, spread
from modpack.fixedpoints.points import FixedPoints
from modpack.fixedpoints.problem import Problem

FEWEST = 6
"""A continuum has at least this many landmarks."""

LANDMARKS = 64
"""Ways are tried between at most this many points, spread evenly; the others go with the nearest of them."""

SAG = 0.3
"""Half-way, a continuum is closer to a straight line than this part of its length: an arc of 120 degrees."""

WIDEST = 90.0
"""Largest angle in degrees between neighbours on a ring, seen from its middle."""

CORRECTIONS = 8
"""Steps that bring a state between two points back to the continuum."""


@dataclass(frozen=True, eq=False)
class Continuum:
    """A connected set of points between which a network hardly moves.

    Parameters
    ----------
    members : Tensor of int64, shape (member,)
        Numbers of the points; in the order around the ring if it is one.
    dimension : int
        1 for a line or a ring, 2 for a surface, and so on.
    closed : bool
        Whether it is a ring (only if the dimension is 1).
    attracting : bool
        Whether every mode decays that is not slow, at every member.
    fastest : float
        Largest length of F at the members.
    rate : float
        Largest abs(Re lambda) of the `dimension` slowest modes at the members.
    """

    members: Tensor
    dimension: int
    closed: bool
    attracting: bool
    fastest: float
    rate: float

    @property
    def label(self) -> str:
        """The name in words, such as "ring attractor"."""
        shape = (
            ("ring" if self.closed else "line") if self.dimension == 1 else f"{self.dimension}-dimensional"
        )
        return f"{shape} {'attractor' if self.attracting else 'continuum'}"


def continua(
    points: FixedPoints, dynamics: Dynamics, u: Tensor, *, rate: float = 0.1, drift: float = 0.01
) -> list[Continuum]:
    """Join fixed points and slow points to continua.

    Parameters
    ----------
    points : FixedPoints
        Of `dynamics` under `u`, from many starts.
    dynamics : Dynamics
    u : Tensor, shape (channel,)
    rate : float
        A mode is slow if abs(Re lambda) is at most this; with 0.1 it takes at least 10 time constants.
    drift : float
        The network hardly moves where the length of F is at most this fraction of the cloud of states; with
        0.01 it would take 100 time constants to cross the cloud.

    Returns
    -------
    list of Continuum
        The one with most members first; empty if all points stand alone.

    Raises
    ------
    ValueError
        If `rate` or `drift` is not positive, or if `dynamics` or `u` do not fit.
    """
    require(rate > 0, "rate", rate, "positive")
    require(drift > 0, "drift", drift, "positive")
    limit = drift * points.scale
    slow = (points.eigenvalues.real.abs() <= rate).any(-1) & (_length_of_field(points) <= limit)
    numbers = slow.nonzero()[:, 0]
    if len(numbers) < FEWEST:
        return []
    surroundings = _Surroundings(Problem.of(dynamics, u), rate, limit)
    landmarks = numbers[spread(points.states[numbers], LANDMARKS)]
    links = surroundings.links(points.states[landmarks])
    home = surroundings.home(points.states[numbers], points.states[landmarks])
    found = [
        _continuum(points, landmarks[x], links[x][:, x], numbers[torch.isin(home, x)], surroundings)
        for x in _groups(links)
        if len(x) >= FEWEST
    ]
    return sorted(found, key=lambda x: len(x.members), reverse=True)


@dataclass(frozen=True, eq=False)
class _Surroundings:
    """Where a network hardly moves: abs(F) at most `limit`, along modes not faster than `rate`."""

    problem: Problem
    rate: float
    limit: float

    def links(self, states: Tensor) -> Tensor:
        """Return which states are near each other and have a slow way between, bool, shape (state, state)."""
        pairs = neighbours(states)
        pairs = pairs[self.joined(states[pairs[:, 0]], states[pairs[:, 1]])]
        links = torch.zeros(len(states), len(states), dtype=torch.bool, device=states.device)
        links[pairs[:, 0], pairs[:, 1]] = links[pairs[:, 1], pairs[:, 0]] = True
        return links

    def home(self, states: Tensor, landmarks: Tensor) -> Tensor:
        """Return the number of the landmark nearest to each state, -1 where there is no slow way to it."""
        distance, nearest = distances(states, landmarks).min(-1)
        return torch.where((distance == 0) | self.joined(states, landmarks[nearest]), nearest, -1)

    def joined(self, a: Tensor, b: Tensor) -> Tensor:
        """Return whether each a and b (pair, neuron) have a slow way between them, tried at three places."""
        middle, is_slow = self._middle(a, b)
        return is_slow & self._middle(a, middle)[1] & self._middle(middle, b)[1]

    def _middle(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """Return the state half-way between each a and b, and whether the network hardly moves there."""
        chord = (a + b) / 2
        middle = self._settled(chord)
        between = (middle - chord).norm(dim=-1) < SAG * (a - b).norm(dim=-1)
        return middle, between & (self.problem.field(middle).norm(dim=-1) <= self.limit)

    def _settled(self, r: Tensor) -> Tensor:
        """Let fast modes come to rest, and slow ones stay: Newton steps damped by Tikhonov's rule."""
        for _ in range(CORRECTIONS):
            jacobian = self.problem.jacobian(r)
            square = jacobian.mT @ jacobian
            square.diagonal(dim1=-2, dim2=-1).add_(self.rate**2)
            gradient = jacobian.mT @ self.problem.field(r)[..., None]
            r = r - torch.cholesky_solve(gradient, torch.linalg.cholesky(square))[..., 0]
        return r


def _continuum(
    points: FixedPoints, landmarks: Tensor, links: Tensor, members: Tensor, surroundings: _Surroundings
) -> Continuum:
    """Describe one connected set of points by its landmarks and the links between them."""
    growth = points.eigenvalues.real[members]
    n_slow = int((growth.abs() <= surroundings.rate).sum(-1).median())
    dimension = min(_dimension(points.states[landmarks], links), n_slow)
    closed = dimension == 1 and _closes(points.states[landmarks], surroundings)
    if closed:
        members = members[_angles(points.states[members]).argsort()]
    return Continuum(
        members=members,
        dimension=dimension,
        closed=closed,
        attracting=bool((growth <= surroundings.rate).all()),
        fastest=_length_of_field(points)[members].max().item(),
        rate=growth.abs().sort(-1).values[:, :dimension].max().item(),
    )


def _length_of_field(points: FixedPoints) -> Tensor:
    """Return the length of F at each point."""
    return (2 * points.q).sqrt()


def _groups(links: Tensor) -> list[Tensor]:
    """Return the connected groups of a symmetric relation, as numbers of their members."""
    reach = links | torch.eye(len(links), dtype=torch.bool, device=links.device)
    for _ in range(len(links).bit_length()):
        reach = (reach.float() @ reach.float()) > 0  # ways of twice the length
    first = reach.to(torch.uint8).argmax(-1)
    return [(first == i).nonzero()[:, 0] for i in first.unique().tolist()]


def _dimension(states: Tensor, links: Tensor) -> int:
    """Estimate a dimension from the directions to linked states.

    The squared cosine between two random directions is 1 / dimension on average. The median keeps out states
    at the edge, all of whose links point the same way.
    """
    means = []
    for state, linked in zip(states, links, strict=True):
        directions = torch.nn.functional.normalize(states[linked] - state, dim=-1)
        row, column = torch.triu_indices(len(directions), len(directions), offset=1)
        means.append((directions @ directions.T).square()[row, column].mean())
    return round(1 / torch.stack(means).nanmedian().item())


def _closes(states: Tensor, surroundings: _Surroundings) -> bool:
    """Whether states surround their middle, each with a slow way to the next."""
    if states.shape[1] < 2:
        return False
    angle, order = _angles(states).sort()
    gaps = torch.cat([angle.diff(), angle[:1] + 360 - angle[-1:]])
    around = states[order]
    return bool(gaps.max() < WIDEST) and bool(surroundings.joined(around, around.roll(-1, 0)).all())


def _angles(states: Tensor) -> Tensor:
    """Return the angles in degrees at which states lie about their middle, in their principal plane."""
    offset = states - states.mean(0)
    x, y = (offset @ torch.linalg.svd(offset, full_matrices=False).Vh[:2].T).T
    return torch.atan2(y, x).rad2deg()
