"""Branches of fixed points as the live figure `StateSpace` sends them to a page: in a few of their points."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from modpack._checks import require
from modpack.fixedpoints import Branch, Event
from modpack.measures.basis import page_precision


class Happening(NamedTuple):
    """An event on a track: what, at which mix, after how many of its points."""

    kind: str
    mix: float
    point: int


@dataclass(frozen=True, eq=False)
class Track:
    """A branch of fixed points in a few of its points, good enough to find all others from.

    Parameters
    ----------
    mix : Tensor, shape (point,)
    states : Tensor, shape (point, neuron)
        Fixed points at these mixes.
    n_unstable : Tensor of int64, shape (point - 1,)
        Number of modes that grow from time step to time step, as the network is simulated, between each two
        points.
    events : tuple of Happening
        The events; each lies at one of the points.

    Raises
    ------
    ValueError
        If the shapes do not fit or there are fewer than two points.
    """

    mix: Tensor
    states: Tensor
    n_unstable: Tensor
    events: tuple[Happening, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.mix)
        fits = n >= 2 and len(self.states) == n and len(self.n_unstable) == n - 1
        require(fits, "mix", tuple(self.mix.shape), "two points or more, one for every state")
        object.__setattr__(self, "mix", page_precision(self.mix))
        object.__setattr__(self, "states", page_precision(self.states))

    @classmethod
    def of(cls, branch: Branch, n_points: int = 24) -> "Track":
        """Return a branch in some of its points, evenly along its length, and all its events.

        Parameters
        ----------
        branch : Branch
            Of at least two states.
        n_points : int
            How many points besides those of the events.
        """
        points = _points(branch, n_points)
        unstable: list[int] = []
        for place, _, event in points:
            known = int(branch.n_unstable_map[int(place)])
            unstable.append(known if event is None else unstable[-1] + event.change_map)
        happened = [(k, event) for k, (_, _, event) in enumerate(points) if event is not None]
        x = torch.stack([x for _, x, _ in points])
        return cls(
            mix=x[:, -1],
            states=x[:, :-1],
            n_unstable=torch.tensor(unstable[:-1]),
            events=tuple(Happening(event.kind, event.lam, k) for k, event in happened),
        )

    def crossings(self, mix: float) -> list[tuple[Tensor, int]]:
        """Return where the track passes a mix: a guess of the fixed point there, and its growing modes."""
        found = []
        for k, (here, there) in enumerate(zip(self.mix[:-1].tolist(), self.mix[1:].tolist(), strict=True)):
            if not _passes(here, there, mix, is_last=k == len(self.mix) - 2):
                continue
            folds = [self._is_fold(k), self._is_fold(k + 1)]
            share = _share((mix - here) / (there - here), *folds)
            guess = (1 - share) * self.states[k] + share * self.states[k + 1]
            found.append((guess, int(self.n_unstable[k])))
        return found

    def _is_fold(self, point: int) -> bool:
        return any(event.point == point and event.kind == "saddle-node" for event in self.events)


def _points(branch: Branch, n_points: int) -> list[tuple[float, Tensor, Event | None]]:
    """Return points of a branch in their order: place between its steps, rates and mix, and what happens."""
    x = torch.cat([branch.states, branch.lam[:, None]], dim=1)
    wanted = torch.linspace(0, branch.position[-1].item(), n_points, dtype=torch.float64)
    nearest = (branch.position - wanted[:, None]).abs().argmin(1).tolist()
    points: list[tuple[float, Tensor, Event | None]] = [
        (float(k), x[k], None) for k in {*nearest, len(x) - 1}
    ]
    for k, event in enumerate(branch.events):
        between = (k + 1) / (len(branch.events) + 1)  # several events of one step stay in their order
        there = torch.cat([event.state, event.state.new_tensor([event.lam])])
        points.append((event.step + between, there, event))
    return sorted(points, key=lambda point: point[0])


def _share(share: float, is_from_fold: bool, is_to_fold: bool) -> float:
    """Return how much of the way between two states; near a fold they change like the root of the mix."""
    if is_from_fold == is_to_fold:
        return share
    return math.sqrt(share) if is_from_fold else 1 - math.sqrt(1 - share)


def _passes(here: float, there: float, mix: float, is_last: bool) -> bool:
    """Whether a mix lies on the way from here to there; the end of a way belongs to the next one."""
    if here == there:
        return False
    return min(here, there) <= mix <= max(here, there) and (is_last or mix != there)
