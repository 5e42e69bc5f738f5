"""Continuation: following a fixed point along the path of a family, as an iterator of states."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from modpack._checks import choose, positive, require, set_fields, whole
from modpack.fixedpoints.curve import Chord, Curve, NotConverged, Point
from modpack.fixedpoints.family import END_TOLERANCE, Family, LeftDomain
from modpack.fixedpoints.stops import Reason, Stop

COINCIDENT = 1e-6
"""Length below which two points of a curve are one."""


def _arclength(curve: Curve, tangent: Tensor) -> tuple[Tensor, Tensor]:
    return tangent, tangent


def _natural(curve: Curve, tangent: Tensor) -> tuple[Tensor, Tensor]:
    upwards = curve.along_path(tangent)
    slope = curve.inner(upwards, tangent)
    return tangent / abs(slope), math.copysign(1, slope) * upwards


METHODS: dict[str, Callable[[Curve, Tensor], tuple[Tensor, Tensor]]] = {
    "arclength": _arclength,
    "natural": _natural,
}
"""Direction of the prediction, and normal of the plane in which it is corrected, from the tangent.

``arclength``: both are the tangent (pseudo-arclength), which passes folds. ``natural``: the tangent at unit
speed in lam, corrected at fixed lam, which does not.
"""


@dataclass(frozen=True)
class ContinuationOptions:
    """How a branch is followed. Lengths are those of :mod:`modpack.fixedpoints.curve`.

    Parameters
    ----------
    method : str
        One of ``METHODS``.
    step : float
        First step.
    min_step, max_step : float
        A branch that needs shorter steps is given up. Where the rates exceed 1 in the root mean square, steps
        may be longer in proportion.
    max_steps : int
        Steps after which a branch is left unfinished.
    max_turn : float
        Largest angle between the tangents of neighbouring states in rad, up to 1; also bounds how far the
        correction may lead, as a fraction of the step, so that a step does not jump to another branch.
    tolerance : float
        Residual that counts as zero, see `Curve`.
    iterations : int
        Newton steps for one correction.
    precision : float
        Length to which the bracket of an event is narrowed.
    escape : float
        Rates beyond this count as diverged.
    """

    method: str = "arclength"
    step: float = 0.02
    min_step: float = 1e-6
    max_step: float = 0.1
    max_steps: int = 2000
    max_turn: float = 0.3
    tolerance: float = 1e-12
    iterations: int = 8
    precision: float = 1e-10
    escape: float = 1e4

    def __post_init__(self) -> None:
        choose("method", self.method, METHODS)
        for name in ("step", "min_step", "max_step", "max_turn", "tolerance", "precision", "escape"):
            set_fields(self, **{name: positive(name, getattr(self, name))})
        for name in ("max_steps", "iterations"):
            set_fields(self, **{name: whole(name, getattr(self, name), 1)})
        require(self.min_step <= self.max_step, "min_step", self.min_step, "in (0, max_step]")
        inside = self.min_step <= self.step <= self.max_step
        require(inside, "step", self.step, f"in [min_step, max_step] = [{self.min_step}, {self.max_step}]")
        require(self.max_turn <= 1, "max_turn", self.max_turn, "in (0, 1]")
        require(1e-15 <= self.tolerance < 1, "tolerance", self.tolerance, "in [1e-15, 1)")
        require(1e-14 <= self.precision < self.step, "precision", self.precision, "in [1e-14, step)")


CAREFUL = 1e-3
"""Branches that come nearer to each other than a step of this length are taken to cross."""


@dataclass(frozen=True, eq=False)
class ContinuationState:
    """One state of a continuation.

    Parameters
    ----------
    index : int
        Number of the state, 0 at the start.
    point : Point
        Rates, position on the path, tangent, eigenvalues, and the values that change sign at events.
    step : float
        Length of the prediction that led here, 0 at the start.
    position : float
        Length of the branch up to here, as the sum of its chords.
    values_before : Tensor, shape (1 + 2 neuron,)
        The values that change sign at events, at the previous state.
    """

    index: int
    point: Point
    step: float
    position: float
    values_before: Tensor


class Continuation(Iterator[ContinuationState]):
    """Iterator over the states of one branch in one direction; `stop` says in the end why there are no more.

    Parameters
    ----------
    family : Family
    r : Tensor, shape (neuron,)
        A fixed point at `lam`, or rates near one.
    lam : float
        Position of the start, in ``[family.low, family.high]``.
    direction : int, optional
        1 to set out up the path, -1 down. By default up, and down from the upper end.
    options : ContinuationOptions

    Attributes
    ----------
    stop : Stop or None
        None as long as the branch goes on.
    state : ContinuationState or None
        The latest state.
    """

    def __init__(
        self,
        family: Family,
        r: Tensor,
        lam: float,
        direction: int | None = None,
        options: ContinuationOptions | None = None,
    ) -> None:
        if direction is None:
            direction = -1 if lam >= family.high else 1
        require(direction in (-1, 1), "direction", direction, "1 (up the path) or -1 (down)")
        require(r.ndim == 1, "r", tuple(r.shape), "one state, of shape (neuron,)")
        self.options = options or ContinuationOptions()
        self.curve = Curve(family, self.options.tolerance, self.options.iterations)
        self.state: ContinuationState | None = None
        self.stop: Stop | None = None
        place = torch.full((1,), lam, dtype=torch.float64, device=r.device)
        self._given = torch.cat([r.detach().to(torch.float64), place]), direction
        self._step = self.options.step

    def __next__(self) -> ContinuationState:
        if self.stop is None:
            state = self._first() if self.state is None else self._following(self.state)
            if state is not None:
                self.state = state
                return state
        raise StopIteration

    def _first(self) -> ContinuationState | None:
        x, direction = self._given
        try:
            self._start = self.curve.at_level(x, direction)
            if self.curve.is_ambiguous(self._start.x):
                raise NotConverged("the Jacobian is singular")
        except (NotConverged, LeftDomain) as error:
            self.stop = self._given_up(x, error, Reason.NO_START)
            return None
        self.stop = self._finished(self._start, 0)
        return ContinuationState(0, self._start, 0.0, 0.0, self._start.values)

    def _following(self, state: ContinuationState) -> ContinuationState | None:
        step = min(self._step, self._longest(state.point))
        while True:
            try:
                point = self._advance(state.point, step)
                break
            except (NotConverged, LeftDomain) as error:
                step /= 2
                if step < self.options.min_step:
                    self.stop = self._given_up(state.point.x, error, Reason.STEP_TOO_SMALL)
                    return None
        turn = self._turn(state.point, point)
        self._step = step * min(1.5, max(0.5, self.options.max_turn / (2 * turn + 1e-12)))
        index = state.index + 1
        if index > 1 and self._closes(state.point, point):
            point, self.stop = self._start, Stop(Reason.CLOSED)
        else:
            self.stop = self._finished(point, index)
        position = state.position + self.curve.length(point.x - state.point.x)
        return ContinuationState(index, point, step, position, state.point.values)

    def _advance(self, point: Point, step: float) -> Point:
        """Return the next point; raise NotConverged or LeftDomain if the step is too long."""
        direction, normal = METHODS[self.options.method](self.curve, point.tangent)
        bound, room = self._room(point, direction)
        predicted = point.x + min(step, room) * direction
        if step < room:
            following = self.curve.correct(predicted, normal)
        else:
            predicted[-1] = bound
            following = self.curve.at_level(predicted, direction[-1].item())
        if self._turn(point, following) > self.options.max_turn:
            raise NotConverged("the branch turns too sharply")
        moved = self.curve.length(following.x - predicted)
        if moved > self.options.max_turn * min(step, room):
            raise NotConverged("the correction leads too far from the prediction")
        if min(step, room) > CAREFUL and self._is_doubtful(point, following):
            raise NotConverged("the step may have led to another branch")
        return following

    def _is_doubtful(self, a: Point, b: Point) -> bool:
        """Return whether a real eigenvalue crosses zero without a fold between a and b, or the reverse.

        That happens where branches cross, which is rare. Where they come near each other, which is not, a
        long step leads from the one to the other.
        """
        n = len(a.r)
        grow = [int((x.values[1 : 1 + n] > 0).sum()) for x in (a, b)]
        turns = bool(a.values[0] * b.values[0] < 0)
        return turns != bool((grow[0] - grow[1]) % 2)

    def _room(self, point: Point, direction: Tensor) -> tuple[float, float]:
        """Return the end of the path that lies ahead, and how long a step along `direction` leads there."""
        slope, family = direction[-1].item(), self.curve.family
        bound = family.high if slope > 0 else family.low
        return bound, (bound - point.lam) / slope if slope else math.inf

    def _turn(self, a: Point, b: Point) -> float:
        """Return the angle between two tangents in rad."""
        return math.acos(max(-1.0, min(1.0, self.curve.inner(a.tangent, b.tangent))))

    def _longest(self, point: Point) -> float:
        """Return the longest step allowed at a point: in proportion to rates beyond 1."""
        return self.options.max_step * max(1.0, point.r.square().mean().sqrt().item())

    def _closes(self, a: Point, b: Point) -> bool:
        """Return whether the branch passes through its start, in the direction of its start, from a to b."""
        same_way = self.curve.inner(b.tangent, self._start.tangent) > 0
        return same_way and Chord(self.curve, a.x, b.x).contains(self._start.x, COINCIDENT)

    def _finished(self, point: Point, index: int) -> Stop | None:
        """Return why the branch ends at a point, None if it goes on."""
        bound, _ = self._room(point, point.tangent)
        if abs(bound - point.lam) <= END_TOLERANCE * self.curve.family.span:
            return Stop(Reason.REACHED_END)
        if point.r.abs().max().item() > self.options.escape:
            return Stop(Reason.DIVERGED, f"a rate beyond {self.options.escape:g} at {point.lam:.6g}")
        if index >= self.options.max_steps:
            return Stop(Reason.MAX_STEPS, f"{index} steps, up to {point.lam:.6g}")
        return None

    def _given_up(self, x: Tensor, error: Exception, otherwise: Reason) -> Stop:
        """Return why no further point was found near x."""
        detail = f"at {x[-1].item():.6g}: {error}"
        if isinstance(error, LeftDomain):
            return Stop(Reason.LEFT_DOMAIN, detail)
        return Stop(Reason.NOT_UNIQUE if self.curve.is_ambiguous(x) else otherwise, detail)
