"""What holds on every branch of fixed points, whatever the network: checked on each that a test makes."""

import torch
from torch import Tensor

from modpack.fixedpoints import Branch, ContinuationOptions, Curve, Diagram, Event, Family, Reason
from modpack.fixedpoints.following import passes

ROUNDING = 1e-9


def check_diagram(diagram: Diagram, family: Family, options: ContinuationOptions | None = None) -> Diagram:
    """Check every branch of a diagram, and that no state of one lies on another as well."""
    curve = Curve(family)
    for branch in diagram.branches:
        check_branch(branch, family, options)
        for other in diagram.branches:
            if other is not branch and len(branch):
                assert not passes(curve, other, points(branch)[len(branch) // 2])
    loose = [stop for branch in diagram.branches for stop in branch.loose_ends]
    assert [row["advice"] for row in diagram.unconnected()] == [stop.reason.advice for stop in loose]
    assert len(diagram) == sum(level.n_new for level in diagram.levels) + sum(
        branch.start.reason == Reason.BRANCH_POINT for branch in diagram.branches
    )
    return diagram


def check_branch(branch: Branch, family: Family, options: ContinuationOptions | None = None) -> Branch:
    """Check all invariants of a branch, and return it."""
    options = options or ContinuationOptions()
    curve = Curve(family)
    assert [row["step"] for row in branch.table()] == list(range(len(branch)))
    if len(branch):
        check_states(branch, family, options)
        check_ends(branch)
        check_path(branch, curve, options)
        check_stability(branch, family)
        check_events(branch, family, options)
    else:
        assert branch.start == branch.end
        assert not branch.events
    return branch


def points(branch: Branch) -> Tensor:
    return torch.cat([branch.states, branch.lam[:, None]], dim=1)


def check_states(branch: Branch, family: Family, options: ContinuationOptions) -> None:
    """Every state is a fixed point inside the path, with the residual that is stored."""
    assert (branch.lam >= family.low).all() and (branch.lam <= family.high).all()
    for r, lam, residual in zip(branch.states, branch.lam, branch.residual, strict=True):
        size = max(1.0, r.abs().max().item())
        assert family.field(r, lam).abs().max() <= 2 * options.tolerance * size
        assert residual <= options.tolerance * size


def check_ends(branch: Branch) -> None:
    """The reasons for the two ends agree with where the ends are."""
    at_ends = [lam in (branch.low, branch.high) for lam in branch.lam[[0, -1]].tolist()]
    for stop, at_end in zip((branch.start, branch.end), at_ends, strict=True):
        assert stop.reason.advice in stop.text
        if stop.reason not in (Reason.MAX_STEPS, Reason.DIVERGED):
            assert at_end == (stop.reason == Reason.REACHED_END)
    loop = len(branch) > 1 and torch.equal(points(branch)[0], points(branch)[-1])
    assert branch.closed == loop


def check_path(branch: Branch, curve: Curve, options: ContinuationOptions) -> None:
    """Tangents are unit vectors of the curve, neighbours are close, and positions are lengths of chords."""
    x, t = points(branch), branch.tangents
    assert torch.allclose(curve.lengths(t), torch.ones(len(t), dtype=t.dtype), atol=ROUNDING)
    for k in range(len(branch)):
        here = curve.family.linearise(branch.states[k], branch.lam[k])
        assert (here.extended @ t[k]).abs().max() <= ROUNDING * max(1.0, here.extended.abs().max().item())
    chords = x[1:] - x[:-1]
    lengths = curve.lengths(chords)
    assert torch.allclose(branch.position.diff(), lengths, atol=ROUNDING)
    largest = options.max_step * branch.states.square().mean(-1).sqrt().clamp(min=1)[:-1]
    if options.method == "natural":  # whose steps are lengths in lam alone
        largest = largest / (t[:-1, -1].abs() / curve.family.span)
    assert (lengths <= largest * (1 + options.max_turn) + ROUNDING).all() or branch.closed
    for k, chord in enumerate(chords):
        assert curve.inner(t[k], chord) > 0 and curve.inner(t[k + 1], chord) > 0
        assert curve.inner(t[k], t[k + 1]) > 0.9


def check_stability(branch: Branch, family: Family) -> None:
    """Stored eigenvalues are those of the Jacobian, and the stored numbers of growing modes are theirs."""
    for k in range(len(branch)):
        here = torch.linalg.eigvals(family.jacobian(branch.states[k], branch.lam[k]))
        stored = branch.eigenvalues[k]
        assert (stored.real.diff() <= ROUNDING).all()
        # Matched sums of powers, as the order of eigenvalues with equal real parts is open.
        for power in (1, 2):
            assert torch.allclose((here**power).sum(), (stored**power).sum(), atol=1e-8)
        clear = (here.real.abs() > 1e-8).all() and (((1 + branch.alpha * here).abs() - 1).abs() > 1e-8).all()
        if clear:
            assert branch.n_unstable[k] == (here.real > 0).sum()
            assert branch.n_unstable_map[k] == ((1 + branch.alpha * here).abs() > 1).sum()


def check_events(branch: Branch, family: Family, options: ContinuationOptions) -> None:
    """Stability and direction change at the events and nowhere else; events are where and what they say."""
    steps = range(len(branch) - 1)
    for name, counts in (("change", branch.n_unstable), ("change_map", branch.n_unstable_map)):
        jumps = [sum(getattr(e, name) for e in branch.events if e.step == k) for k in steps]
        assert counts.diff().tolist() == jumps
    turned = branch.tangents[1:, -1] * branch.tangents[:-1, -1] < 0
    for k in turned.nonzero()[:, 0].tolist():
        assert any(e.kind in ("saddle-node", "pitchfork", "degenerate") for e in branch.events if e.step == k)
    positions = [event.position for event in branch.events]
    assert positions == sorted(positions)
    for event in branch.events:
        check_event(event, branch, family, options)


def check_event(event: Event, branch: Branch, family: Family, options: ContinuationOptions) -> None:
    low, high = event.bracket
    assert family.low <= low <= event.lam <= high <= family.high
    assert 0 <= event.step < len(branch) - 1
    before, after = branch.position[event.step : event.step + 2].tolist()
    assert before - ROUNDING <= event.position <= after + ROUNDING
    size = max(1.0, event.state.abs().max().item())
    assert family.field(event.state, event.lam).abs().max() <= 2 * options.tolerance * size
    if event.converged:
        assert event.precision <= options.precision
        assert high - low <= 2 * options.precision * (family.high - family.low)
        check_kind(event, torch.linalg.eigvals(family.jacobian(event.state, event.lam)), branch.alpha)


def check_kind(event: Event, eigenvalues: Tensor, alpha: float) -> None:
    """The spectrum at an event is that of its kind."""
    critical = eigenvalues[(eigenvalues - event.critical).abs().argmin()].item()
    assert abs(critical - event.critical) < 1e-6
    multiplier = 1 + alpha * critical
    if event.kind in ("saddle-node", "transcritical", "pitchfork"):
        assert abs(critical) < 1e-6
    elif event.kind == "Hopf":
        assert abs(critical.real) < 1e-6 and abs(critical.imag) > 0
        assert abs(event.change) == 2
    elif event.kind == "flip":
        assert abs(multiplier + 1) < 1e-6
        assert event.change == 0 and abs(event.change_map) == 1
    else:
        assert event.kind == "Neimark-Sacker"
        assert abs(abs(multiplier) - 1) < 1e-6 and abs(multiplier.imag) > 0
        assert event.change == 0 and abs(event.change_map) == 2
