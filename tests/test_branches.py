"""Branches of fixed points: bad input and hard cases, files and tables, and the checker itself."""

import math
from dataclasses import replace

import pandas as pd
import pytest
import torch
from branch_invariants import check_branch, check_diagram, points
from small_families import (
    NO_INPUT,
    ONE_UNIT_STARTS,
    bias_path,
    double,
    family,
    follow_all,
    follow_one,
    isola,
    ordinary,
    rest,
    rotation,
    softplus_fold,
)
from small_networks import dense_contexts, normal, small_network

from modpack import networks
from modpack.context import fade, mix_preserving_norm
from modpack.ensemble import ensemble
from modpack.fixedpoints import (
    Branch,
    Continuation,
    ContinuationOptions,
    Curve,
    Diagram,
    Family,
    NotConverged,
    Reason,
    context_path,
    continue_both_ways,
    continue_branch,
    mix_path,
)
from modpack.fixedpoints.following import passes
from modpack.modulation import PathwayContexts

# --- bad input and hard cases


def test_a_path_that_leaves_the_domain_ends_the_branch_and_says_why():
    network, u = small_network("gate", activation="tanh"), normal(2)
    one = network.code["fdgo"].double()
    gated = context_path(network, lambda lam: fade(one, lam), u, 0.0, 2.0)
    cases = {"sum to at most 1": (gated, 1.0)}
    dense, (a, b) = small_network("bias", activation="tanh"), dense_contexts()
    turning = context_path(dense, lambda lam: mix_preserving_norm(a, -a, lam), u)
    cases["has a direction"] = (turning, 0.5)
    cases["finite"] = (context_path(dense, lambda lam: a + (lam > 0.25) * (b - a) / (lam < 0.25), u), 0.25)
    for words, (path, edge) in cases.items():
        branch = follow_one(path, rest(path, 0.0), 0.0)
        assert branch.end.reason == Reason.LEFT_DOMAIN and words in branch.end.detail
        assert branch.lam[-1] == pytest.approx(edge, abs=1e-4) and branch.lam[-1] <= edge + 2e-6
        diagram = follow_all(path, normal(4, 4), between=())
        assert [row["reason"] for row in diagram.unconnected()].count("left domain") >= 1
    outside = continue_branch(dense_path := mix_path(dense, a, b, u), torch.zeros(4), 1.5)
    assert len(check_branch(outside, dense_path)) == 0 and outside.end.reason == Reason.LEFT_DOMAIN
    combined = small_network("gate+full", activation="tanh")
    both = context_path(combined, lambda lam: PathwayContexts(fade(one, lam), 5 * one), u, 0.0, 2.0)
    assert follow_one(both, rest(both, 0.0), 0.0).end.reason == Reason.LEFT_DOMAIN


def test_a_level_without_a_network_is_reported():
    a = dense_contexts()[0]
    network = small_network("bias", activation="tanh")
    path = context_path(network, lambda lam: mix_preserving_norm(a, -a, lam), normal(2))
    diagram = follow_all(path, normal(4, 4), between=(0.5,))
    assert "direction" in diagram.levels[-1].detail and diagram.levels[-1].n_roots == 0


def test_no_fixed_point_to_start_from():
    _, b = softplus_fold(2.0, 1.0)
    for path in (
        family(lambda lam: ordinary(2.0, b + 0.1 + lam)),
        family(lambda lam: ordinary(math.nan * lam)),
        family(lambda lam: ordinary(2.0, math.inf)),
    ):
        branch = follow_one(path, 0.0, 0.0)
        assert len(branch) == 0 and branch.end.reason == Reason.NO_START
        assert branch.summary().startswith("no branch: no start")
        assert branch.table() == [] and branch.event_table() == []
        assert len(check_branch(continue_both_ways(path, double([0.0]), 0.5), path)) == 0
        assert len(follow_all(path, ONE_UNIT_STARTS)) == 0
    far = follow_one(bias_path(), math.inf, -5.0)
    assert far.end.reason == Reason.NO_START


def test_a_fixed_point_that_goes_to_infinity():
    branch = follow_one(family(lambda lam: ordinary(lam, 0.5), 0.5, 1.5), 1.0, 0.5)
    assert branch.end.reason == Reason.DIVERGED and branch.lam[-1] == pytest.approx(1.0, abs=1e-3)
    assert branch.course == "not connected"


def test_a_continuum_is_not_taken_for_a_branch():
    line = ordinary(double([[0.5, 0.5], [0.5, 0.5]]), activation="identity")
    for W in (line.W[0], torch.eye(2)):
        path = family(lambda lam, W=W: ordinary(W, activation="identity"))
        branch = follow_one(path, 0.3, 0.0)
        assert len(branch) == 0 and branch.end.reason == Reason.NOT_UNIQUE
        assert "continuum" in branch.end.text


def test_a_branch_that_is_left_unfinished_says_so():
    options = ContinuationOptions(max_steps=3)
    branch = follow_one(bias_path(), 0.0, -5.0, options=options)
    assert len(branch) == 4 and branch.end.reason == Reason.MAX_STEPS
    kink = follow_one(family(lambda lam: ordinary(2.0, lam, 1.0, "relu"), -1.0, 1.0), 0.0, -1.0)
    assert kink.end.reason == Reason.STEP_TOO_SMALL and kink.lam[-1] == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("method", "arclenght", "did you mean 'arclength'"),
        ("step", 1.0, "step must be in"),
        ("step", math.nan, "step must be a positive number"),
        ("min_step", 0.0, "min_step must be a positive number"),
        ("max_step", math.inf, "max_step must be a positive number"),
        ("max_steps", 0, "at least 1"),
        ("max_turn", 2.0, "max_turn must be in"),
        ("tolerance", 0.0, "tolerance must be a positive number"),
        ("iterations", 0, "at least 1"),
        ("precision", 0.0, "precision must be a positive number"),
        ("escape", -1.0, "positive"),
    ],
)
def test_options_are_checked(name, value, words):
    with pytest.raises(ValueError, match=words):
        ContinuationOptions(**{name: value})


def test_bad_input_is_refused_with_advice():
    network, u, (a, b) = small_network("bias"), normal(2), dense_contexts()
    with pytest.raises(ValueError, match="did you mean 'fdgo'"):
        mix_path(network, "fdg", "reactgo", u)
    with pytest.raises(ValueError, match=r"of shape \(2,\)"):
        mix_path(network, a, b, normal(3))
    with pytest.raises(ValueError, match="a single network"):
        mix_path(ensemble([network, network]), a, b, u)
    with pytest.raises(ValueError, match="double"):
        context_path(network, lambda lam: fade(network.code["fdgo"], lam), u)
    with pytest.raises(ValueError, match="low, high"):
        Family(lambda lam: (ordinary(1.0), NO_INPUT), 1.0, 0.0)
    with pytest.raises(ValueError, match="direction"):
        Continuation(bias_path(), double([0.0]), -5.0, 0)
    with pytest.raises(ValueError, match="one state"):
        Continuation(bias_path(), double([[0.0]]), -5.0)
    several = Family(lambda lam: (network.under(dense_contexts()), u))
    with pytest.raises(ValueError, match="one context"):
        several.field(normal(4), 0.0)
    single = Family(lambda lam: (network.to(torch.float32).under("fdgo"), u.float()))
    with pytest.raises(ValueError, match="float64"):
        single.field(normal(4), 0.0)
    with pytest.raises(NotConverged, match="Newton steps"):
        Curve(bias_path(), iterations=1).at_level(double([5.0, -2.0]), 1)


# --- files and tables


def test_branches_and_diagrams_come_back_from_their_files(tmp_path):
    planar = family(lambda lam: ordinary(lam * rotation(0.5), activation="tanh"), 0.5, 2.0)
    for branch in (follow_one(planar, 0.0, 0.5), follow_one(planar, math.nan, 0.5)):
        branch.save(tmp_path / "branch.safetensors")
        back = check_branch(Branch.load(tmp_path / "branch.safetensors"), planar)
        assert back.table() == branch.table() and back.event_table() == branch.event_table()
        assert (back.start, back.end) == (branch.start, branch.end)
        for name in ("states", "tangents", "eigenvalues"):
            assert torch.equal(getattr(back, name), getattr(branch, name))
        for a, b in zip(back.events, branch.events, strict=True):
            assert torch.equal(a.state, b.state) and a.critical == b.critical
    diagram = follow_all(isola(), ONE_UNIT_STARTS)
    diagram.save(tmp_path / "diagram.safetensors")
    back = check_diagram(Diagram.load(tmp_path / "diagram.safetensors"), isola())
    assert back.table() == diagram.table() and back.levels == diagram.levels
    assert back.summary() == diagram.summary()
    for load in (Branch.load, Diagram.load):
        with pytest.raises(ValueError, match="path"):
            load(networks.FOLDER / "none-0.safetensors")


def test_tables_are_tidy():
    diagram = follow_all(isola(), ONE_UNIT_STARTS)
    states, events = pd.DataFrame(diagram.table()), pd.DataFrame(diagram.event_table())
    assert set(states["branch"]) == {0} and states["residual"].max() < 1e-12
    assert list(events["kind"]) == ["saddle-node"] * 2 and set(events["status"]) == {"converged"}
    assert ((events["lam_low"] <= events["lam"]) & (events["lam"] <= events["lam_high"])).all()


# --- the checker itself


def shifted(branch: Branch, name: str, change: float) -> Branch:
    x = getattr(branch, name).clone()
    x[len(branch) // 2] += change
    return replace(branch, **{name: x})


def with_event(branch: Branch, **changes: object) -> Branch:
    return replace(branch, events=(replace(branch.events[0], **changes), *branch.events[1:]))


BROKEN = {
    "a state off the branch": lambda b: shifted(b, "states", 1e-6),
    "a position off the branch": lambda b: shifted(b, "lam", 1e-6),
    "a wrong eigenvalue": lambda b: shifted(b, "eigenvalues", 1e-3),
    "a wrong tangent": lambda b: shifted(b, "tangents", 1e-3),
    "a wrong length": lambda b: shifted(b, "position", 1e-3),
    "a hidden event": lambda b: replace(b, events=()),
    "an event in the wrong step": lambda b: with_event(b, step=0),
    "an event outside its bracket": lambda b: with_event(b, bracket=(-3.0, -2.9)),
    "an event of the wrong kind": lambda b: with_event(b, kind="Hopf"),
    "an event that is no fixed point": lambda b: with_event(b, state=b.events[0].state + 1e-3),
    "a change of the wrong sign": lambda b: with_event(b, change=-1),
    "an end that is none": lambda b: replace(b, lam=b.lam[:-1], states=b.states[:-1]),
}


@pytest.mark.parametrize("how", BROKEN)
def test_the_checker_sees_what_is_wrong(how):
    branch = follow_one(bias_path(), 0.0, -5.0)
    with pytest.raises((AssertionError, IndexError, RuntimeError, ValueError)):
        check_branch(BROKEN[how](branch), bias_path())


@pytest.mark.parametrize("shift", [-1e-8, 1e-8])
def test_a_branch_passes_through_its_ends_as_another_search_finds_them(shift):
    way = bias_path()
    branch = follow_one(way, rest(way, way.low), way.low)
    for end in (0, -1):
        x = points(branch)[end].clone()
        x[0] += shift
        assert passes(Curve(way), branch, x)
