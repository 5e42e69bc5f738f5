"""Events on a branch: where its stability or its direction changes, of what kind, and how closely known."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from modpack.fixedpoints.curve import NEUTRAL, Chord, Curve, NotConverged, Point
from modpack.fixedpoints.family import LeftDomain

KINDS = {
    "saddle-node": "the branch turns back in lam (a fold), and a real eigenvalue of the flow crosses zero",
    "transcritical": "a real eigenvalue of the flow crosses zero without a fold: another branch crosses here",
    "pitchfork": "the same in a symmetric way: two branches part from one, or meet in it",
    "Hopf": "a complex pair of eigenvalues of the flow crosses the imaginary axis",
    "flip": "a real multiplier of the map crosses -1",
    "Neimark-Sacker": "a complex pair of multipliers of the map crosses the unit circle",
    "degenerate": "several of these at once, or none of them clearly",
}
"""What can happen on a branch (Kuznetsov 2004, chapters 3, 4 and 7)."""

TOGETHER = 1e-5
"""A value counts as zero at an event below this fraction of its change over the step."""

MOST_POINTS = 60
"""Points computed at most to narrow a bracket."""

SYMMETRIC = 1e-6
"""Largest second derivative of F along the critical direction, per unit length, that counts as zero."""


@dataclass(frozen=True, eq=False)
class Event:
    """A change of stability or direction on a branch.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    step : int
        The event lies between the states `step` and ``step + 1`` of the branch.
    lam : float
        Position on the path.
    state : Tensor, shape (neuron,)
        Rates.
    critical : complex
        The eigenvalue of dF/dr that brings the event about: near zero, near the imaginary axis, or, for
        events of the map, with abs(1 + alpha lambda) near 1.
    bracket : tuple of float
        Interval of lam in which the event lies: that of the last two points computed on its two sides.
    position : float
        Length along the branch.
    precision : float
        Length of the bracket along the branch.
    converged : bool
        Whether the bracket is as narrow as was asked for and the kind is beyond doubt; otherwise a guess.
    change, change_map : int
        By how many the number of growing modes of the flow and of the map increases.
    """

    kind: str
    step: int
    lam: float
    state: Tensor
    critical: complex
    bracket: tuple[float, float]
    position: float
    precision: float
    converged: bool
    change: int
    change_map: int

    @property
    def status(self) -> str:
        """``"converged"`` or ``"guess"``."""
        return "converged" if self.converged else "guess"

    def row(self) -> dict[str, Any]:
        """Return a tidy row: everything but the state."""
        return {
            "kind": self.kind,
            "lam": self.lam,
            "lam_low": self.bracket[0],
            "lam_high": self.bracket[1],
            "precision": self.precision,
            "status": self.status,
            "growth": self.critical.real,
            "rotation": self.critical.imag,
            "change": self.change,
            "change_map": self.change_map,
            "step": self.step,
            "position": self.position,
        }

    @classmethod
    def from_row(cls, row: dict[str, Any], state: Tensor) -> "Event":
        """Return the event of a row of `row` and of its state."""
        same = ("kind", "lam", "precision", "change", "change_map", "step", "position")
        return cls(
            **{name: row[name] for name in same},
            state=state,
            critical=complex(row["growth"], row["rotation"]),
            bracket=(row["lam_low"], row["lam_high"]),
            converged=row["status"] == "converged",
        )


def locate(
    curve: Curve, before: Point, after: Point, step: int = 0, position: float = 0.0, precision: float = 1e-10
) -> list[Event]:
    """Return the events between two neighbouring points of a curve, in their order.

    Of each value that changes sign one zero is found, so two events of the same sort within a step go unseen.

    Parameters
    ----------
    curve : Curve
    before, after : Point
    step : int
        Number of the first point on its branch.
    position : float
        Length of the branch up to the first point.
    precision : float
        Length to which brackets are narrowed.
    """
    change = (after.values > 0).int() - (before.values > 0).int()
    small = (TOGETHER * (after.values - before.values).abs()).clamp(min=10 * NEUTRAL)
    left = set(change.nonzero()[:, 0].tolist())
    events = []
    while left:
        bracket = _narrow(Chord(curve, before.x, after.x), before, after, min(left), precision)
        crossed = (bracket.after.values > 0) != (bracket.before.values > 0)
        crossed |= bracket.nearest.values.abs() <= small
        together = [i for i in left if crossed[i]]
        left -= set(together)
        changes = [int(change[i]) if i in together else 0 for i in range(len(change))]
        events.append(_event(curve, bracket, changes, precision, step, position))
    return sorted(events, key=lambda event: event.position)


@dataclass(frozen=True, eq=False)
class _Bracket:
    """Two points of a curve between which one value changes sign, and where on their chord they lie."""

    index: int
    low: float
    high: float
    before: Point
    after: Point

    @property
    def nearest(self) -> Point:
        """The point at which the value is closer to zero."""
        return min(self.before, self.after, key=lambda point: abs(point.values[self.index].item()))


def _narrow(chord: Chord, before: Point, after: Point, index: int, width: float) -> _Bracket:
    """Narrow the bracket of a change of sign: the Illinois variant of regula falsi (Dowell and Jarratt 1971).

    New points keep a distance from both ends of the bracket, so that it closes from both sides. A bracket
    wider than `width` is returned if Newton's method fails in between.
    """
    low, high = 0.0, chord.length
    left, right = before.values[index].item(), after.values[index].item()
    last = 0  # the end that moved last: -1 the lower, 1 the upper
    for _ in range(MOST_POINTS):
        if high - low <= width:
            break
        s = (low * right - high * left) / (right - left)
        s = min(max(s, low + 0.4 * width), high - 0.4 * width)
        try:
            point = chord.at(s)
        except (NotConverged, LeftDomain):
            break
        value = point.values[index].item()
        # Halving the value of an end that stays draws the next point towards it.
        if (value > 0) == (left > 0):
            low, left, before, right, last = s, value, point, right / (2 if last < 0 else 1), -1
        else:
            high, right, after, left, last = s, value, point, left / (2 if last > 0 else 1), 1
    return _Bracket(index, low, high, before, after)


def _event(
    curve: Curve, bracket: _Bracket, changes: list[int], precision: float, step: int, position: float
) -> Event:
    point, n = bracket.nearest, len(bracket.nearest.r)
    slope, flow, steps = changes[:1], changes[1 : 1 + n], changes[1 + n :]
    critical = _critical(point, flow, steps)
    kind = _kind(any(slope), _count(flow), _count(steps), critical.imag != 0)
    sure = kind != "degenerate"
    if kind == "pitchfork":  # passed along the branches that meet in it, where no eigenvalue changes sign
        sure = abs(critical) < 1e-6
    if kind == "transcritical":
        kind, sure = _branch_point(curve, point)
    lams = bracket.before.lam, bracket.after.lam
    width = bracket.high - bracket.low
    return Event(
        kind=kind,
        step=step,
        lam=point.lam,
        state=point.r,
        critical=critical,
        bracket=(min(lams), max(lams)),
        position=position + (bracket.low if point is bracket.before else bracket.high),
        precision=width,
        converged=sure and width <= precision,
        change=sum(flow),
        change_map=sum(steps),
    )


def _count(changes: list[int]) -> int:
    return sum(map(abs, changes))


def _critical(point: Point, flow: list[int], steps: list[int]) -> complex:
    """Return the eigenvalue that crosses: of those that rank where the sign changes, the one with Im >= 0."""
    values = point.eigenvalues
    if any(flow):
        crossing = values[[bool(x) for x in flow]]
    elif any(steps):
        growth = (1 + point.alpha * values).abs()
        crossing = values[growth.argsort(descending=True, stable=True)][[bool(x) for x in steps]]
    else:
        crossing = values[values.abs().argmin()][None]
    return crossing[crossing.imag.argmax()].item()


def _kind(turns: bool, n_flow: int, n_map: int, rotates: bool) -> str:
    """Name an event by whether lam turns back, how many growths change sign, and whether they rotate."""
    if n_flow == 1 and not rotates:
        return "saddle-node" if turns else "transcritical"
    if n_flow == 2 and rotates and not turns:
        return "Hopf"
    if n_flow == 0 and turns and not n_map:
        return "pitchfork"
    if n_flow == 0 and not turns and n_map in (1, 2) and rotates == (n_map == 2):
        return "Neimark-Sacker" if rotates else "flip"
    return "degenerate"


def _branch_point(curve: Curve, point: Point) -> tuple[str, bool]:
    """Tell transcritical and pitchfork points apart, and whether it is sure that branches cross there.

    With the right and left null vectors v and w of dF/dr, branches cross if w . dF/dlam = 0, symmetrically if
    w . d2F/dr2 [v, v] = 0 (Seydel 2010, section 5.5).
    """
    u, _, vh = torch.linalg.svd(point.jacobian)
    w, v = u[:, -1], vh[-1]
    family = curve.family
    drive = family.derivative(point.r, point.lam)
    crosses = abs((w @ drive).item()) <= 1e-4 * max(1.0, drive.norm().item())
    bend = (w @ family.curvature(point.r, point.lam, v)).item()
    return "pitchfork" if abs(bend) <= SYMMETRIC else "transcritical", crosses
