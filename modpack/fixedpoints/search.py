"""A search from many starts at once: which still move, what became of the others, and what was found."""

import torch
from torch import Tensor

from modpack.fixedpoints.cloud import distances
from modpack.fixedpoints.outcomes import Status
from modpack.fixedpoints.problem import Problem

MOVING = -1
"""Status of a start that has no outcome yet."""

CLEAR = 1e-5
"""Rates of growth above this are told from zero: where two roots meet, they are as uncertain as this."""

ROUNDING = 1e-3
"""Roots closer than this fraction of the distance below which points are one are so whatever their modes."""


class Search:
    """All starts (axis 0 = start) and the distinct points that they have led to (axis 0 = point).

    Parameters
    ----------
    problem : Problem
    starts : Tensor, shape (start, neuron)
    tolerance : float
        Largest component of abs(F) at a fixed point.
    same : float
        Points closer than this are one, fixed points only if they have as many growing modes all the way.
    bounds : pair of Tensor, shape (neuron,), and float
        Centre and radius of the ball beyond which a start counts as diverged.
    """

    def __init__(
        self, problem: Problem, starts: Tensor, tolerance: float, same: float, bounds: tuple[Tensor, float]
    ) -> None:
        self.problem, self.tolerance, self.same, self.bounds = problem, tolerance, same, bounds
        none = torch.zeros(0, dtype=torch.int64, device=starts.device)
        self.starts = self.r = self.F = starts[:0]
        self.status = self.point = self.iterations = self.round = none
        self.found, self.found_status = starts[:0], none
        self.add(starts, 0)

    def add(self, starts: Tensor, number: int) -> None:
        """Add further starts, of the round `number`."""
        new = torch.zeros(len(starts), dtype=torch.int64, device=starts.device)
        field = self.problem.field(starts)
        finite = starts.isfinite().all(-1) & field.isfinite().all(-1)
        status = torch.where(finite, MOVING, Status.NOT_FINITE)
        self.starts, self.r = torch.cat([self.starts, starts]), torch.cat([self.r, starts])
        self.F = torch.cat([self.F, field])
        self.status, self.point = torch.cat([self.status, status]), torch.cat([self.point, new - 1])
        self.iterations, self.round = torch.cat([self.iterations, new]), torch.cat([self.round, new + number])
        self._judge(self.moving)

    @property
    def moving(self) -> Tensor:
        """Numbers of the starts without an outcome, shape (moving,)."""
        return (self.status == MOVING).nonzero()[:, 0]

    def move(self, index: Tensor, r: Tensor, field: Tensor) -> None:
        """Take the starts `index` to r, where F is `field`, and see whether that ends their way."""
        self.r[index], self.F[index] = r, field
        self._judge(index)

    def settle(self, index: Tensor, status: Status) -> None:
        """Give the starts `index` the outcome `status`: those that are alone make a new point."""
        self.status[index] = status
        while len(index := self._without_repetitions(index)):
            self.point[index[0]] = len(self.found)
            self.found = torch.cat([self.found, self.r[index[:1]]])
            self.found_status = torch.cat([self.found_status, self.status[index[:1]]])
            index = index[1:]

    def _judge(self, index: Tensor) -> None:
        """Give an outcome to those of the starts `index` that are at rest, at a slow point or far out."""
        at_rest = self.F[index].abs().amax(-1) < self.tolerance
        self.settle(index[at_rest], Status.CONVERGED)
        index = self._without_repetitions(index[~at_rest])
        centre, radius = self.bounds
        self.status[index[(self.r[index] - centre).norm(dim=-1) > radius]] = Status.DIVERGED

    def _without_repetitions(self, index: Tensor) -> Tensor:
        """Mark as duplicates the starts that are at a point found before; return the others."""
        if not len(self.found) or not len(index):
            return index
        distance, point = distances(self.r[index], self.found).min(-1)
        near = distance < self.same
        near[near.clone()] = self._are_one(index[near], point[near], distance[near])
        self.status[index[near]] = Status.DUPLICATE
        self.point[index[near]] = point[near]
        return index[~near]

    def _are_one(self, index: Tensor, point: Tensor, distance: Tensor) -> Tensor:
        """Whether starts near found points are at them: at rest with as many growing modes, or both slow.

        Where starts lie far apart, much is near. So there are to be as many growing modes on the way, too.
        """
        rests = self.found_status[point] == Status.CONVERGED
        one = rests == (self.status[index] == Status.CONVERGED)
        for k in (one & rests & (distance > ROUNDING * self.same)).nonzero()[:, 0].tolist():
            a, b = self.r[index[k]], self.found[point[k]]
            way = torch.stack([a, (a + b) / 2, b])
            growing = (torch.linalg.eigvals(self.problem.jacobian(way)).real > CLEAR).sum(-1)
            one[k] = (growing == growing[0]).all()
        return one
