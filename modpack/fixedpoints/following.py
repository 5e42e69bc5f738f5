"""Following branches: one from a known fixed point, or all that searches along a path lead to."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import torch
from torch import Tensor

from modpack.dynamics import Dynamics
from modpack.fixedpoints.branches import Branch
from modpack.fixedpoints.continuation import COINCIDENT, Continuation, ContinuationOptions, ContinuationState
from modpack.fixedpoints.curve import Chord, Curve, NotConverged
from modpack.fixedpoints.diagram import Diagram, Level
from modpack.fixedpoints.events import Event, locate
from modpack.fixedpoints.family import END_TOLERANCE, Family, LeftDomain
from modpack.fixedpoints.points import FixedPoints
from modpack.fixedpoints.solver import SearchOptions, find
from modpack.fixedpoints.stops import Reason, Stop
from modpack.fixedpoints.sum_rule import SumRule

BETWEEN = tuple(k / 8 for k in range(1, 8))
"""Where on the path, besides its ends, fixed points are looked for: fractions of its length."""


def continue_branch(
    family: Family,
    r: Tensor,
    lam: float,
    direction: int | None = None,
    options: ContinuationOptions | None = None,
) -> Branch:
    """Follow a fixed point in one direction as far as its branch goes, and locate the events on the way.

    Parameters
    ----------
    family : Family
    r : Tensor, shape (neuron,)
        A fixed point at `lam`, or rates near one.
    lam : float
        Position of the start, in ``[family.low, family.high]``.
    direction : int, optional
        1 to set out up the path, -1 down. By default up, and down from the upper end.
    options : ContinuationOptions, optional

    Returns
    -------
    Branch
        Also where nothing could be followed: its `end` says why.
    """
    walk = Continuation(family, r, lam, direction, options)
    states = list(walk)
    assert walk.stop is not None
    if not states:
        return _nothing(family, r, walk.stop)
    curve, precision = walk.curve, walk.options.precision
    events = [
        event
        for before, after in pairwise(states)
        for event in locate(curve, before.point, after.point, before.index, before.position, precision)
    ]
    start = walk.stop if walk.stop.reason == Reason.CLOSED else _beginning(family, lam)
    return _branch(family, states, events, start, walk.stop)


def continue_both_ways(
    family: Family, r: Tensor, lam: float, options: ContinuationOptions | None = None
) -> Branch:
    """Follow a fixed point in both directions; the branch begins at the end that lies down the path.

    Arguments and result are those of `continue_branch`.
    """
    upwards = continue_branch(family, r, lam, 1, options)
    if upwards.closed or not len(upwards):
        return upwards
    return continue_branch(family, r, lam, -1, options).reversed().joined(upwards)


def _beginning(family: Family, lam: float) -> Stop:
    at_an_end = min(lam - family.low, family.high - lam) <= END_TOLERANCE * family.span
    return Stop(Reason.REACHED_END if at_an_end else Reason.STARTED_HERE)


def _branch(
    family: Family, states: list[ContinuationState], events: list[Event], start: Stop, end: Stop
) -> Branch:
    points = [state.point for state in states]
    x = torch.stack([point.x for point in points])
    return Branch(
        lam=x[:, -1],
        states=x[:, :-1],
        tangents=torch.stack([point.tangent for point in points]),
        eigenvalues=torch.stack([point.eigenvalues for point in points]),
        position=x.new_tensor([state.position for state in states]),
        residual=x.new_tensor([point.residual for point in points]),
        events=tuple(events),
        start=start,
        end=end,
        low=family.low,
        high=family.high,
        alpha=points[0].alpha,
    )


def _nothing(family: Family, r: Tensor, stop: Stop) -> Branch:
    empty = torch.zeros(0, len(r), dtype=torch.float64, device=r.device)
    none = empty.new_zeros(0)
    return Branch(
        lam=none,
        states=empty,
        tangents=empty.new_zeros(0, len(r) + 1),
        eigenvalues=empty.to(torch.complex128),
        position=none,
        residual=none,
        events=(),
        start=stop,
        end=stop,
        low=family.low,
        high=family.high,
        alpha=math.nan,
    )


def follow(
    family: Family,
    starts: Tensor,
    between: Sequence[float] = BETWEEN,
    options: ContinuationOptions | None = None,
    search: SearchOptions | None = None,
) -> Diagram:
    """Look for fixed points at both ends of a path and at places between, and follow the branch of each.

    A search begins also from where the branches known by then pass its level, and is made again from other
    starts where the indices of what it has found show a gap (`sum_rule`); levels say whether one remains.
    A fixed point on a branch that is known already is not followed again. Where branches cross (transcritical
    and pitchfork points), those that were not known are followed too.

    Parameters
    ----------
    family : Family
    starts : Tensor, shape (start, neuron)
        Where the searches begin, the same at every level; see `starts_from`.
    between : sequence of float
        Further levels, as fractions of the path; isolated branches that reach neither end are found only
        there.
    options : ContinuationOptions, optional
        How to follow a branch.
    search : SearchOptions, optional
        How to look for fixed points.

    Returns
    -------
    Diagram
    """
    options = options or ContinuationOptions()
    curve = Curve(family, options.tolerance, options.iterations)
    branches: list[Branch] = []
    levels = []
    for lam in (family.low, family.high, *(family.low + x * family.span for x in between)):
        try:
            dynamics, u = family.compile(lam)
        except LeftDomain as error:
            levels.append(Level(lam, 0, 0, str(error)))
            continue
        found = _found(dynamics, u, starts, [branch.at(lam) for branch in branches], search)
        roots, known = found.roots.states, len(branches)
        for r in roots:
            if not _known(curve, branches, torch.cat([r, r.new_tensor([lam])])):
                branches.append(_through(family, r, lam, options))
        new = len(branches) - known
        levels.append(Level(lam, len(roots), new, "", found.index_sum, found.sum_rule))
    for branch in branches:  # the list grows meanwhile: new branches may cross others
        for event in branch.events:
            branches.extend(_crossing(curve, branch, event, branches, options))
    return Diagram(tuple(branches), tuple(levels))


def _found(
    dynamics: Dynamics, u: Tensor, starts: Tensor, known: list[Tensor], search: SearchOptions | None
) -> FixedPoints:
    """Return what a search from starts and known points finds; where points are missing, of a second one."""
    options = search or SearchOptions()
    found = find(dynamics, u, torch.cat([starts.double(), *known]), options=options)
    if found.sum_rule != SumRule.INCOMPLETE:
        return found
    others = (starts + starts.roll(1, 0)).double() / 2
    return find(dynamics, u, torch.cat([found.roots.states, others]), options=options)


def _through(family: Family, r: Tensor, lam: float, options: ContinuationOptions) -> Branch:
    at_an_end = lam in (family.low, family.high)
    return (continue_branch if at_an_end else continue_both_ways)(family, r, lam, options=options)


def _known(curve: Curve, branches: Sequence[Branch], x: Tensor) -> bool:
    return any(passes(curve, branch, x) for branch in branches)


def passes(curve: Curve, branch: Branch, x: Tensor) -> bool:
    """Return whether a branch passes through a point x = (r, lam), shape (neuron + 1,)."""
    points = torch.cat([branch.states, branch.lam[:, None]], dim=1)
    if not len(points):
        return False
    away = curve.lengths(points - x)
    nearest = int(away.argmin())
    if away[nearest] <= COINCIDENT:  # at an end of the path, where a chord would have to leave it
        return True
    pieces = range(max(0, nearest - 1), min(nearest + 1, len(points) - 1))
    return any(Chord(curve, points[k], points[k + 1]).contains(x, COINCIDENT) for k in pieces)


def _crossing(
    curve: Curve, branch: Branch, event: Event, branches: Sequence[Branch], options: ContinuationOptions
) -> list[Branch]:
    """Return the branches, not known yet, that set out to both sides from a point where branches cross."""
    if event.kind not in ("transcritical", "pitchfork") or not event.converged:
        return []
    at = torch.cat([event.state, event.state.new_tensor([event.lam])])
    ends = torch.cat([branch.states, branch.lam[:, None]], dim=1)[event.step : event.step + 2]
    across = curve.across(at, ends[1] - ends[0])
    found: list[Branch] = []
    for side in (across, -across):
        try:
            point = curve.correct(at + options.step * side, side)
        except (NotConverged, LeftDomain):
            continue
        if not _known(curve, [*branches, *found], point.x):
            direction = 1 if point.tangent[-1] > 0 else -1
            new = continue_branch(curve.family, point.r, point.lam, direction, options)
            found.append(replace(new, start=Stop(Reason.BRANCH_POINT, f"{event.kind} at {event.lam:.6g}")))
    return found
