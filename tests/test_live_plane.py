"""The phase plane: its traits in Python, its arithmetic in Node, and the figure in a built page."""

from itertools import cycle, product

import pytest
import torch
from book_figures import in_page
from figure_agreement import TOLERANCE, double, plane_agrees
from figure_links import links_hold
from live_page import drag, follow
from node_replay import replay, written

from modpack.live.phase_plane.figure import KNOBS, LIMITS, STEPS, PhasePlane
from modpack.measures.plane import SIZE


@pytest.fixture(scope="module")
def plane():
    return PhasePlane()


def in_state(state: dict, **pair: float) -> PhasePlane:
    return PhasePlane(**pair, **state)


def initial_of(plane: PhasePlane) -> dict:
    return {name: value for name, value, _ in plane.initial}


# ------------------------------------------------------------------------------------- in Python


def test_knobs_make_the_dynamics():
    dynamics = PhasePlane(threshold=0.2, slope=0.6, synapse=1.4).dynamics
    w, k = (torch.tensor(number).double() for number in (0.3, 2.0))
    W = torch.stack([torch.stack([w, -1.4 * k]), torch.stack([-k, w])])[None]
    torch.testing.assert_close(dynamics.W, W)
    torch.testing.assert_close(dynamics.b, double([[-0.2, 0.0]]))
    torch.testing.assert_close(dynamics.slope, double([[0.6, 1.0]]))


def test_neutral_knobs_leave_the_network_as_it_is(plane):
    assert plane.context.tolist() == [0.0, 0.0, 0.0]
    states = plane.fixed_points.states
    torch.testing.assert_close(states, states.flip(0, 1))  # the pair is symmetric
    assert (plane.fixed_points.n_unstable == 0).tolist() == [True, False, True]


def test_a_trajectory_begins_at_the_start_and_comes_to_rest(plane):
    path = plane.trajectory
    assert path.shape == (STEPS + 1, 2)
    assert path[0].tolist() == [plane.r1, plane.r2]
    field = plane.dynamics.field(path[None, :-1], plane.u.expand(1, STEPS, 2))[0]
    torch.testing.assert_close(path.diff(dim=0), plane.dynamics.alpha * field)
    assert (path[-1] - plane.fixed_points.states[-1]).norm() < 1e-6


@pytest.mark.parametrize("knob", KNOBS)
def test_the_closed_form_agrees_with_newton(knob):
    low, high, *_ = LIMITS[knob]
    for turned in torch.linspace(low, high, 9, dtype=torch.float64).tolist():
        plane = PhasePlane(**{"knob": knob, "threshold": 0.1, "slope": 0.9, knob: turned})
        values = plane.value_at(plane.fixed_points.states)
        torch.testing.assert_close(values, torch.full_like(values, getattr(plane, knob)))


@pytest.mark.parametrize("knob", KNOBS)
def test_the_branch_is_of_fixed_points(knob):
    plane = PhasePlane(knob=knob)
    for value, rate in zip(*(part[::50].tolist() for part in plane.branch), strict=True):
        if LIMITS[knob].low <= value <= LIMITS[knob].high:
            setattr(plane, knob, value)
            assert (plane.fixed_points.states[:, 0] - rate).abs().min() < TOLERANCE


@pytest.mark.parametrize("knob", KNOBS)
def test_every_knob_ends_the_memory(knob):
    counts = {len(PhasePlane(knob=knob, **{knob: end}).fixed_points.states) for end in LIMITS[knob][:2]}
    assert 1 in counts


@pytest.mark.parametrize(
    "state, message",
    [
        ({"knob": "treshold"}, "did you mean 'threshold'"),
        ({"self_excitation": 1.0}, "self_excitation must be below 1"),
        ({"inhibition": 0.0}, "inhibition must be positive"),
        ({"name": "plan"}, "did you mean 'plane'"),
    ],
)
def test_what_is_not_allowed(state, message):
    with pytest.raises(ValueError, match=message):
        PhasePlane(**state)


@pytest.mark.parametrize("name", LIMITS)
def test_sliders_have_limits(plane, name):
    with pytest.raises(Exception, match=name):
        setattr(plane, name, LIMITS[name].high + 1)


def test_other_pairs_are_named_in_the_line_of_python():
    plane = PhasePlane(inhibition=1.5, threshold=0.1)
    assert plane.python == ["PhasePlane", "inhibition=1.5", ".fixed_points"]
    again = eval(f"PhasePlane({plane.python[1]}, threshold=0.1)")
    torch.testing.assert_close(again.fixed_points.states, plane.fixed_points.states)
    assert repr(plane).startswith("PhasePlane(threshold 0.1, slope 1, synapse 1:")


# --------------------------------------------------------------------------------------- in Node

GRID = [
    {"threshold": threshold, "slope": slope, "synapse": synapse} | start
    for (threshold, slope, synapse), start in zip(
        product([-0.7, -0.3, 0.0, 0.22, 0.7], [0.4, 0.8, 1.0, 1.4], [0.0, 0.6, 1.0, 2.4]),
        cycle(
            [
                {"knob": "threshold", "r1": 0.0, "r2": 3.5},
                {"knob": "slope", "r1": 1.3, "r2": 2.21},
                {"knob": "synapse", "r1": 3.5, "r2": 0.0},
            ]
        ),
        strict=False,
    )
]


@pytest.mark.parametrize("pair", [{}, {"self_excitation": 0.5, "inhibition": 1.2, "input_strength": 1.1}])
def test_the_page_computes_the_same(pair, tmp_path):
    states = GRID if not pair else GRID[::5]
    sent = written(PhasePlane(**pair), tmp_path)
    computed = replay("plane.mjs", "computed", states=states, size=SIZE, steps=STEPS, **sent)
    counts = set()
    for state, page in zip(states, computed, strict=True):
        plane = in_state(state, **pair)
        found = plane.fixed_points
        torch.testing.assert_close(double(page["context"]), plane.context, rtol=0, atol=1e-15)
        assert page["stable"] == (found.n_unstable == 0).tolist(), state
        shown = double(page["states"]).reshape(-1, 2)
        torch.testing.assert_close(shown, found.states, rtol=0, atol=TOLERANCE)
        torch.testing.assert_close(double(page["path"]), plane.trajectory, rtol=0, atol=TOLERANCE)
        value, r1 = plane.branch
        values, rates = double(page["branch"]).T
        torch.testing.assert_close(rates, r1, rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(1 / values, 1 / value, rtol=1e-6, atol=TOLERANCE)
        counts.add(len(found.states))
    assert {1, 3} <= counts


def test_the_plain_field_is_that_of_the_engine(plane, tmp_path):
    at = torch.cartesian_prod(*[torch.linspace(0, SIZE, 5, dtype=torch.float64)] * 2)
    states = GRID[::7]
    fields = replay("plane.mjs", "fields", states=states, at=at, **written(plane, tmp_path))
    for state, rows in zip(states, fields, strict=True):
        dynamics, u = in_state(state).dynamics, plane.u.expand(1, len(at), 2)
        expected = dynamics.field(at[None], u)[0]
        jacobian = dynamics.jacobian(at[None], u)[0].flatten(1)
        plain, engine, plain_jacobian = (double(part) for part in zip(*rows, strict=True))
        for shown, wanted in ((plain, expected), (engine, expected), (plain_jacobian, jacobian)):
            torch.testing.assert_close(shown, wanted, rtol=0, atol=1e-12)


def test_nullclines_are_zeros_of_the_field(plane, tmp_path):
    along = replay("plane.mjs", "nullclines", states=GRID[::7], size=SIZE, **written(plane, tmp_path))
    for first, second in along:
        assert len(second) > 40
        assert max(map(abs, first + second)) < 5e-3
    assert sum(len(first) > 40 for first, _ in along) > len(along) - 2  # one leaves the plane altogether


def test_dragging_brings_the_nullcline_to_the_pointer(plane, tmp_path):
    states = [{**initial_of(plane), "knob": knob, "threshold": 0.1} for knob in KNOBS]
    for at in ([1.5, 0.3], [0.4, 1.5]):
        fields = replay("plane.mjs", "turned", states=states, at=at, **written(plane, tmp_path))
        assert double(fields).abs().max() < 1e-12


def test_the_whole_range_is_found_piece_by_piece(plane, tmp_path):
    state = initial_of(plane) | {"knob": "synapse", "threshold": 0.1}
    values = torch.linspace(0, 2.4, 7, dtype=torch.float64).tolist()
    sent = written(plane, tmp_path)
    range_of = replay("plane.mjs", "found", state=state, size=SIZE, values=values, **sent)
    assert range_of["steps"] == len(values)
    for value, points in zip(values, range_of["found"], strict=True):
        expected = in_state(state | {"synapse": value}).fixed_points
        shown = double([point["state"] for point in points])
        torch.testing.assert_close(shown, expected.states, rtol=0, atol=TOLERANCE)


def test_words(tmp_path):
    states = [{}, {"threshold": 0.4, "r1": 0.05, "r2": 2.21}, {"threshold": -0.68, "slope": 0.6}]
    whole = [initial_of(PhasePlane()) | state for state in states]
    sent = written(PhasePlane(), tmp_path)
    computed = replay("plane.mjs", "computed", states=whole, size=SIZE, steps=50, **sent)
    first, second, third = (page["words"] for page in computed)
    ends = [in_state(state).trajectory[50].tolist() for state in whole]
    on_its_way, at_rest, _ = (", ".join(f"{rate:.2f}" for rate in end) for end in ends)
    assert first == (
        "Threshold 0.00, slope 1.00, synaptic gain 1.00: 3 fixed points, 2 stable; either neuron can win, "
        "and the pair remembers which one was ahead. The start (3.00, 2.60) is still on its way "
        f"at ({on_its_way})."
    )
    assert second == (
        "Threshold +0.40, slope 1.00, synaptic gain 1.00: 1 fixed point, stable; from every start neuron 2 "
        f"wins. The start (0.05, 2.21) ends at ({at_rest}): neuron 2 wins."
    )
    assert third.startswith(
        "Threshold \N{MINUS SIGN}0.68, slope 0.60, synaptic gain 1.00: 1 fixed point, stable; from every "
        "start neuron 1 wins."
    )


def test_axes_have_round_ticks():
    limits = [[-0.0875, 3.5], [-0.735, 0.735], [0.375, 1.425], [-0.06, 2.46], [0, 1]]
    assert replay("plane.mjs", "ticks", limits=limits) == [
        [0, 1, 2, 3],
        [-0.5, 0, 0.5],
        [0.5, 1],
        [0, 1, 2],
        [0, 0.5, 1],
    ]


ALLOWED = {
    "knob:slope,slope:0.6": {"knob": "slope", "slope": 0.6},
    "threshold:-0.7": {"threshold": -0.7},
    "synapse:0,r1:0,r2:3.5": {"synapse": 0, "r1": 0, "r2": 3.5},
}
REFUSED = "knob:constructor knob:mixer slope:0 size:100 steps:9999999 numbers:0"


def test_links(plane):
    links_hold(plane, ALLOWED, REFUSED)


# ------------------------------------------------------------------------------------- in a page


@pytest.fixture(scope="module")
def figure(browser):
    with in_page(browser, "plane") as figure:
        figure.see()
        yield figure


def range_agrees(drawn) -> None:
    state = drawn["state"]
    for value, points in list(zip(drawn["values"], drawn["found"], strict=True))[::6]:
        expected = in_state(state | {state["knob"]: value}).fixed_points.states
        torch.testing.assert_close(
            double([point["state"] for point in points]), expected, rtol=0, atol=TOLERANCE
        )


def changed_by(figure, act) -> set[str]:
    """Parts of the state that an act changes; what is drawn then is what Python says of it."""
    before = figure.complete()["state"]
    act()
    drawn = figure.complete()
    plane_agrees(drawn, PhasePlane(**drawn["state"]))
    range_agrees(drawn)
    return {name for name, value in drawn["state"].items() if value != before[name]}


@pytest.mark.browser
@pytest.mark.parametrize("knob", KNOBS)
def test_the_nullcline_is_dragged_by_its_handle(figure, knob):
    follow(figure.page, f"#plane=knob:{knob}")
    x, y = figure.complete()["handle"]
    plane = figure.part.locator(".modpack-plane-map")
    assert changed_by(figure, lambda: drag(plane, (x, y), (x - 40, y))) == {knob}
    figure.reset()


@pytest.mark.browser
@pytest.mark.parametrize("knob", KNOBS)
def test_the_panel_below_turns_the_knob_in_hand(figure, knob):
    follow(figure.page, f"#plane=knob:{knob}")
    panel = figure.part.locator(".modpack-branches")
    ends = (1, panel.bounding_box()["width"] - 1)
    for x, value in zip(ends, LIMITS[knob], strict=False):
        assert changed_by(figure, lambda x=x: drag(panel, (200, 60), (x, 60))) == {knob}
        assert figure.drawn()["state"][knob] == value
    figure.reset()


@pytest.mark.browser
def test_elsewhere_in_the_plane_the_start_is_dragged(figure):
    plane = figure.part.locator(".modpack-plane-map")
    assert changed_by(figure, lambda: drag(plane, (300, 60), (90, 40))) == {"r1", "r2"}
    figure.reset()
