"""Continuation of fixed points: folds, crossings and rotations known in closed form, and hard cases."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from branch_invariants import check_branch, points
from file_kinds import branch, tanh_unit
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_families import (
    ALPHA,
    ONE_UNIT_STARTS,
    bias_path,
    double,
    family,
    follow_all,
    follow_one,
    isola,
    kinds,
    ordinary,
    rest,
    rotation,
    softplus_fold,
)
from small_networks import ALL_FORMS, dense_contexts, normal, seeded, small_network

from modpack import networks
from modpack.context import fade
from modpack.fixedpoints import (
    KINDS,
    Continuation,
    ContinuationOptions,
    Curve,
    Family,
    Reason,
    SearchOptions,
    context_path,
    continue_both_ways,
    continue_branch,
    find,
    input_path,
    locate,
    mix_path,
    starts_from,
)
from modpack.fixedpoints.following import passes
from modpack.modulation import PathwayContexts
from modpack.tasks import COMPACT, generate

# --- events that are known in closed form


@settings(max_examples=6)
@given(st.floats(0.5, 3), st.floats(1.1, 5))
def test_softplus_has_one_fold_which_is_found_and_passed(g, gw):
    w = gw / g
    r, b = softplus_fold(w, g)
    branch = follow_one(family(lambda lam: ordinary(w, lam, g), b - 1.5, b + 1), 0.0, b - 1.5)
    assert kinds(branch) == ["saddle-node"]  # softplus is convex: never a pitchfork
    fold = branch.events[0]
    assert fold.converged
    assert fold.lam == pytest.approx(b, abs=1e-8) and fold.state.item() == pytest.approx(r, abs=1e-8)
    assert branch.lam[0] == branch.lam[-1] == b - 1.5 and branch.end.reason == Reason.REACHED_END
    assert branch.n_unstable[0] == 0 and branch.n_unstable[-1] == 1
    assert branch.states[0] < r < branch.states[-1]


@settings(max_examples=5)
@given(st.floats(0.5, 2), st.floats(1.2, 3))
def test_tanh_has_two_folds_in_the_bias_beyond_the_pitchfork(g, gw):
    w = gw / g
    r = math.sqrt(1 - 1 / gw)
    b = w * r - math.atanh(r) / g
    branch = follow_one(family(lambda lam: ordinary(w, lam, g, "tanh"), -b - 1, b + 1), -1.0, -b - 1)
    assert kinds(branch) == ["saddle-node", "saddle-node"]
    for event, sign in zip(branch.events, (1, -1), strict=True):
        assert event.lam == pytest.approx(sign * b, abs=1e-8)
        assert event.state.item() == pytest.approx(-sign * r, abs=1e-8)
    assert branch.lam[-1] == b + 1 and branch.course == "from end to end"


@settings(max_examples=5)
@given(st.floats(0.5, 2))
def test_tanh_has_a_pitchfork_where_slope_times_weight_is_one(g):
    unit = family(lambda lam: ordinary(lam, 0.0, g, "tanh"), 0.5 / g, 2 / g)
    trivial = follow_one(unit, 0.0, unit.low)
    assert kinds(trivial) == ["pitchfork"] and trivial.events[0].converged
    assert trivial.events[0].lam == pytest.approx(1 / g, abs=1e-8)
    assert trivial.states.abs().max() < 1e-12
    outer = follow_one(unit, 1.0, unit.high)
    assert kinds(outer) == ["pitchfork"] and outer.course == "back to the same end"
    assert outer.events[0].lam == pytest.approx(1 / g, abs=1e-8)
    assert outer.states[0] == pytest.approx(-outer.states[-1], abs=1e-10)


@pytest.mark.parametrize("bias", [1e-2, 1e-3, 1e-4, 1e-5])
def test_a_step_does_not_lead_to_a_branch_that_comes_near(bias):
    """A small bias parts the pitchfork of tanh: of two branches one is whole, the other turns in a fold."""
    way = family(lambda lam: ordinary(lam, bias, activation="tanh"), 0.5, 2.0)
    whole = follow_one(way, rest(way, 0.5), 0.5)
    assert kinds(whole) == []
    assert bool((whole.states > 0).all())
    other = follow_one(way, [0.0], 2.0)
    assert kinds(other) == ["saddle-node"]
    assert other.lam[-1] == 2.0


def test_branches_that_no_search_saw_are_followed_from_where_they_cross():
    unit = family(lambda lam: ordinary(lam, 0.0, 1.0, "tanh"), 0.5, 2.0)
    from_zero = SearchOptions(rounds=0, forward_steps=0)  # where it stays
    diagram = follow_all(unit, torch.zeros(1, 1, dtype=torch.float64), search=from_zero)
    courses = [branch.course for branch in diagram.branches]
    assert courses == ["from end to end", "from a crossing to an end", "from a crossing to an end"]
    ends = sorted(branch.states[-1].item() for branch in diagram.branches)
    assert ends[0] == pytest.approx(-ends[2]) and math.tanh(2 * ends[2]) == pytest.approx(ends[2])


def crossing_at(r: float):
    """One softplus unit that rests at r whatever its weight, lam: the other fixed point passes through r."""
    a = math.log(math.expm1(r))
    return family(lambda lam: ordinary(lam, a - lam * r), 0.6, 3.0), 1 / (1 - math.exp(-r))


def test_a_transcritical_point_and_both_branches_through_it():
    r = 1.0
    unit, w = crossing_at(r)
    branch = follow_one(unit, r, unit.low)
    assert kinds(branch) == ["transcritical"] and branch.events[0].lam == pytest.approx(w, abs=1e-8)
    diagram = follow_all(unit, double([[r]]))
    assert len(diagram) >= 2
    searched = follow_all(unit, ONE_UNIT_STARTS)
    both = [b for b in searched.branches if "transcritical" in kinds(b)]
    assert len(both) == 2
    upwards = [b if b.lam[-1] > b.lam[0] else b.reversed() for b in both]
    assert {b.events[kinds(b).index("transcritical")].change for b in upwards} == {-1, 1}


@settings(max_examples=5)
@given(st.floats(0.2, 1.2))
def test_a_rotation_loses_its_rest_first_in_steps_and_then_in_time(theta):
    """|1 + alpha (lam exp(i theta) - 1)| = 1 for the map, lam cos(theta) = 1 for the flow."""
    cosine = math.cos(theta)
    p, q = (1 - ALPHA) * cosine / ALPHA, ((1 - ALPHA) ** 2 - 1) / ALPHA**2
    in_steps = -p + math.sqrt(p**2 - q)
    planar = family(lambda lam: ordinary(lam * rotation(theta), activation="tanh"), 0.2, 1 / cosine + 1)
    branch = follow_one(planar, 0.0, 0.2)
    assert kinds(branch) == ["Neimark-Sacker", "Hopf"]
    of_map, of_flow = branch.events
    assert of_map.lam == pytest.approx(in_steps, abs=1e-8)
    assert of_flow.lam == pytest.approx(1 / cosine, abs=1e-8)
    assert of_flow.critical.imag == pytest.approx(math.tan(theta), abs=1e-7)
    assert branch.n_unstable.tolist() == [2 * (lam > 1 / cosine) for lam in branch.lam.tolist()]
    assert branch.n_unstable_map.tolist() == [2 * (lam > in_steps) for lam in branch.lam.tolist()]


def test_a_flip_of_the_map_is_no_event_of_the_flow():
    unit = family(lambda lam: ordinary(-lam, activation="tanh"), 0.5, 8.0)
    branch = follow_one(unit, 0.0, 0.5)
    assert kinds(branch) == ["flip"]
    assert branch.events[0].lam == pytest.approx(2 / ALPHA - 1, abs=1e-8)
    assert (branch.n_unstable == 0).all() and branch.n_unstable_map[-1] == 1


def test_a_linear_network_moves_on_a_straight_line():
    W, W_in, u0, u1 = normal(5, 5, scale=0.3), normal(5, 3, seed=1), normal(3, seed=2), normal(3, seed=3)
    dynamics = replace(ordinary(W, activation="identity"), W_in=W_in)
    path = input_path(dynamics, u0, u1)
    branch = follow_one(path, 0.0, 0.0)
    inverse = torch.linalg.inv(torch.eye(5, dtype=torch.float64) - W) @ W_in
    u = u0 + branch.lam[:, None] * (u1 - u0)
    torch.testing.assert_close(branch.states, u @ inverse.mT, atol=1e-11, rtol=0)
    exact = torch.linalg.eigvals(W) - 1
    for eigenvalues in branch.eigenvalues:
        assert (eigenvalues[:, None] - exact).abs().amin(0).max() < 1e-10
    assert not branch.events and branch.course == "from end to end"


def test_an_isolated_closed_branch_is_found_from_a_search_in_between():
    diagram = follow_all(isola(), ONE_UNIT_STARTS)
    assert [branch.course for branch in diagram.branches] == ["closed loop"]
    branch = diagram.branches[0]
    assert sorted(event.lam for event in branch.events) == pytest.approx([0.3, 0.7], abs=1e-8)
    assert kinds(branch) == ["saddle-node", "saddle-node"]
    assert [level.n_roots for level in diagram.levels] == [0, 0, 0, 0, 2, 2, 2, 0, 0]
    assert [level.n_new for level in diagram.levels] == [0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert not diagram.unconnected() and "found 1 branches" in diagram.summary()


def test_what_no_search_saw_is_not_claimed():
    diagram = follow_all(isola(), ONE_UNIT_STARTS, between=())
    assert len(diagram) == 0
    assert diagram.summary().startswith("found 0 branches from searches at 0, 1;")


# --- any network


@settings(max_examples=5)
@given(st.integers(0, 10**6), st.sampled_from(["softplus", "tanh"]))
def test_invariants_hold_on_every_branch_of_random_networks(seed, activation):
    W0, W1 = (normal(3, 3, seed=seed + k, scale=1.5) for k in range(2))
    b0, b1 = (normal(3, seed=seed + k, scale=1.0) for k in (2, 3))
    path = family(lambda lam: ordinary((1 - lam) * W0 + lam * W1, (1 - lam) * b0 + lam * b1, 1.0, activation))
    starts = normal(20, 3, seed=seed + 4, scale=2.0)
    diagram = follow_all(path, starts, between=(0.5,))
    for level in (0.0, 1.0):
        for r in find(*path.compile(level), starts).roots.states:
            on = [b for b in diagram.branches if passes(Curve(path), b, torch.cat([r, double([level])]))]
            assert len(on) == 1


@settings(max_examples=5)
@given(st.integers(0, 10**6))
def test_a_branch_followed_backwards_is_the_same_branch(seed):
    network = small_network("excitability+full", seed=seed, activation="tanh")
    path = mix_path(network, *dense_contexts(), normal(2, seed=seed))
    there = continue_branch(path, rest(path, 0.0), 0.0)
    assume(there.end.reason == Reason.REACHED_END)
    back = follow_one(path, there.states[-1], there.lam[-1].item()).reversed()
    check_branch(there, path)
    check_branch(back, path)
    assert kinds(there) == kinds(back)
    for a, b in zip(there.events, back.events, strict=True):
        assert a.lam == pytest.approx(b.lam, abs=1e-8)
        assert (a.change, a.change_map) == (b.change, b.change_map)
    for x in points(there)[1:-1:5]:
        assert passes(Curve(path), back, x)


def test_both_ways_from_the_middle_is_one_branch_from_end_to_end():
    unit = family(lambda lam: ordinary(1.5, lam, 1.0, "tanh"), -1.0, 1.0)
    whole = follow_one(unit, -1.0, -1.0)
    middle = len(whole) // 3
    r, lam = whole.states[middle], whole.lam[middle].item()
    joined = check_branch(continue_both_ways(unit, r, lam), unit)
    forwards = whole.lam[-1] == joined.lam[-1]
    same = joined if forwards else check_branch(joined.reversed(), unit)
    assert kinds(same) == kinds(whole) and same.course == whole.course
    assert [e.lam for e in same.events] == pytest.approx([e.lam for e in whole.events], abs=1e-8)
    half = follow_one(unit, r, lam)
    assert half.start.reason == Reason.STARTED_HERE and half.course == "not connected"


# --- method


@pytest.mark.parametrize("method", ["arclength", "natural"])
def test_the_prediction_is_of_second_order(method):
    """Along the tangent the error is the curvature times the step squared."""
    curve, moved = Curve(bias_path()), []
    start = curve.at_level(double([0.1, -2.5]), 1)
    for step in (0.02, 0.01, 0.005):
        along = start.tangent if method == "arclength" else start.tangent / (start.tangent[-1] / 5.0)
        normal = start.tangent if method == "arclength" else curve.along_path(start.x)
        predicted = start.x + step * along
        moved.append(curve.length(curve.correct(predicted, normal).x - predicted))
    for coarse, fine in pairwise(moved):
        assert math.log2(coarse / fine) == pytest.approx(2, abs=0.2)


def test_the_correction_is_of_second_order():
    """Each Newton step squares the residual: seen by stopping at ever smaller tolerances."""
    path, residuals = bias_path(), {}
    start = Curve(path).at_level(double([0.1, -2.5]), 1)
    for tolerance in 10.0 ** -torch.arange(1.0, 15.0):
        point = Curve(path, tolerance.item()).correct(start.x + 0.5 * start.tangent, start.tangent)
        residuals[point.iterations] = point.residual
    logs = [math.log(residual) for residual in residuals.values() if residual > 1e-14]
    orders = [(c - b) / (b - a) for a, b, c in zip(logs, logs[1:], logs[2:], strict=False)]
    assert len(orders) >= 1 and orders[-1] == pytest.approx(2, abs=0.2)


def test_the_natural_method_stops_at_a_fold_and_says_what_to_do():
    r, b = softplus_fold(2.0, 1.0)
    options = ContinuationOptions(method="natural")
    branch = follow_one(bias_path(), 0.0, -5.0, options=options)
    assert branch.end.reason == Reason.STEP_TOO_SMALL and "arclength" in branch.end.text
    assert b - 1e-2 < branch.lam[-1] < b and branch.states[-1] < r
    assert not branch.events and (branch.lam.diff() > 0).all()


def test_the_natural_method_takes_the_same_way_where_there_is_no_fold():
    path = family(lambda lam: ordinary(0.8, lam, 1.0, "tanh"), -1.0, 1.0)
    natural = follow_one(path, -1.0, -1.0, options=ContinuationOptions(method="natural"))
    assert natural.end.reason == Reason.REACHED_END
    arclength = follow_one(path, -1.0, -1.0)
    assert all(passes(Curve(path), arclength, x) for x in points(natural))


def test_states_come_one_by_one_and_the_reader_may_stop():
    walk = Continuation(bias_path(), double([0.0]), -5.0)
    first, second = next(walk), next(walk)
    assert (first.index, second.index) == (0, 1) and walk.stop is None and walk.state is second
    torch.testing.assert_close(second.values_before, first.point.values)
    rest = list(walk)
    assert walk.stop.reason == Reason.REACHED_END and list(walk) == []
    states = [first, second, *rest]
    branch = follow_one(bias_path(), 0.0, -5.0)
    assert [s.point.lam for s in states] == branch.lam.tolist()
    assert [s.index for s in states] == list(range(len(branch)))
    assert all(s.step > 0 for s in states[1:]) and first.step == 0
    crossing = [s for s in states if ((s.values_before > 0) != (s.point.values > 0)).any()]
    assert [s.index for s in crossing] == [event.step + 1 for event in branch.events]
    before, after = states[crossing[0].index - 1], crossing[0]
    (event,) = locate(walk.curve, before.point, after.point, before.index, before.position)
    assert event.kind == "saddle-node" and event.lam == branch.events[0].lam


def test_an_event_that_could_not_be_narrowed_is_a_guess():
    branch = follow_one(bias_path(), 0.0, -5.0)
    k = branch.events[0].step
    walk = Continuation(bias_path(), double([0.0]), -5.0)
    states = list(walk)
    impatient = Curve(bias_path(), iterations=1)
    (event,) = locate(impatient, states[k].point, states[k + 1].point)
    assert event.status == "guess" and event.precision > 1e-10
    assert event.kind in KINDS and event.bracket[0] <= event.lam <= event.bracket[1]


@pytest.mark.parametrize("activation", ["softplus", "tanh"])
@pytest.mark.parametrize("name", ALL_FORMS)
def test_the_derivative_along_the_path_is_exact_for_every_form(name, activation):
    network = small_network(name, activation=activation)
    path = mix_path(network, *dense_contexts(), normal(2))
    r, lam, h = normal(4, seed=1), double(0.3), 1e-5
    derivative = path.derivative(r, lam)
    by_component = torch.autograd.functional.jacobian(lambda at: path.field(r, at), lam)
    torch.testing.assert_close(derivative, by_component, atol=1e-13, rtol=1e-12)
    difference = (path.field(r, lam + h) - path.field(r, lam - h)) / (2 * h)
    torch.testing.assert_close(derivative, difference, atol=1e-8, rtol=0)
    linear = path.linearise(r, lam)
    torch.testing.assert_close(linear.field, path.field(r, lam))
    torch.testing.assert_close(linear.extended, torch.cat([path.jacobian(r, lam), derivative[:, None]], 1))
    v = normal(4, seed=2)
    bent = (path.jacobian(r + h * v, lam) - path.jacobian(r - h * v, lam)) @ v / (2 * h)
    torch.testing.assert_close(path.curvature(r, lam, v), bent, atol=1e-8, rtol=0)


def test_a_path_of_contexts_is_the_network_under_each():
    network, u = small_network("excitability+components", activation="tanh"), normal(2)
    a, b = dense_contexts()
    r = normal(4, seed=1)
    path = mix_path(network, a, b, u)
    for lam in (0.0, 0.4, 1.0):
        under = network.under((1 - lam) * a + lam * b)
        torch.testing.assert_close(path.field(r, lam), under.field(r[None, None], u[None, None])[0, 0])
    named = mix_path(network, "fdgo", "reactgo", u)
    faded = context_path(network, lambda lam: fade(network.code["fdgo"].double(), lam), u)
    torch.testing.assert_close(named.field(r, 0.0), faded.field(r, 1.0))
    for way in (named, faded):
        assert not follow_one(way, rest(way, 0.0), 0.0).loose_ends


def test_each_pathway_may_take_its_own_way():
    network, u = small_network("gain+scaling", activation="tanh"), normal(2)
    a, b = dense_contexts()
    still_excited = mix_path(network, a, PathwayContexts(a, b), u)
    r = normal(4, seed=1)
    under = network.under(PathwayContexts(a, 0.75 * a + 0.25 * b))
    torch.testing.assert_close(still_excited.field(r, 0.25), under.field(r[None, None], u[None, None])[0, 0])
    assert not follow_one(still_excited, rest(still_excited, 0.0), 0.0).loose_ends


# --- trained networks


@pytest.mark.slow
@pytest.mark.parametrize("form", ["excitability", "synaptic", "combined"])
def test_trained_networks_on_the_way_from_one_task_to_another(form):
    network = networks.load(form, 0).network.to(torch.float64)
    trials = generate(["fdgo", "fdanti"], 8, COMPACT, seeded())
    starts = starts_from(network.run(trials), 48, 0.5, seeded(1))
    path = mix_path(network, "fdgo", "fdanti", trials.patterns[1, 0, 0])
    diagram = follow_all(path, starts, between=())
    assert not diagram.unconnected() and len(diagram) >= 1
    assert all(event.converged for branch in diagram.branches for event in branch.events)
    assert all(len(branch) > 3 for branch in diagram.branches)
    for level in (path.low, path.high):
        for r in find(*path.compile(level), starts).roots.states:
            x = torch.cat([r, r.new_tensor([level])])
            assert sum(passes(Curve(path), branch, x) for branch in diagram.branches) == 1


@pytest.mark.parametrize(("low", "high"), [(-math.inf, 1.0), (0.0, math.inf), (math.nan, 1.0), (1.0, 1.0)])
def test_a_path_without_two_finite_ends_is_refused(low, high):
    with pytest.raises(ValueError, match=r"low, high=.*finite and in this order"):
        Family(tanh_unit, low, high)


def test_a_branch_passes_a_place_once_for_every_state_that_it_has_there():
    """The stable state of a tanh unit under growing input, r = tanh(2 r + u)."""
    line = branch()
    for u in (0.05, 0.11, 0.29):
        (state,) = line.at(u).flatten().tolist()
        assert state == pytest.approx(math.tanh(2 * state + u), abs=1e-3)
    assert len(line.at(0.5)) == len(line.at(-0.1)) == 0
