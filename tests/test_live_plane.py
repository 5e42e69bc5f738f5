"""The phase plane: its traits in Python, its arithmetic in Node, and the figure in a built page."""

from itertools import cycle, product

import live_page
import pytest
import torch
from figure_agreement import TOLERANCE, double, plane_agrees
from figure_links import links_hold
from node_replay import replay, written
from small_book import build_page

from modpack.live.phase_plane.figure import KNOBS, LIMITS, STEPS, PhasePlane
from modpack.measures.plane import SIZE

PAGE = """\
from modpack.live.phase_plane import PhasePlane

PhasePlane(chapter="02_modulation")"""


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

FIGURE = "document.querySelector('.modpack-plane')"
COMPLETE = f"() => {FIGURE}?.drawn?.isComplete"
PICTURES = f"() => [...{FIGURE}.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL())"
WIDE = {"width": 1200, "height": 1600}


@pytest.fixture(scope="module")
def url(browser, tmp_path_factory):
    return build_page(tmp_path_factory.mktemp("book"), [PAGE]).as_uri()


def opened(browser, url, **options):
    return live_page.opened(browser, url, "plane", **({"viewport": WIDE} | options))


@pytest.fixture(scope="module")
def wide(browser, url):
    """A page that several tests share."""
    with opened(browser, url) as page:
        yield page


@pytest.fixture
def page(wide):
    """That page in the figure's first state."""
    wide.get_by_role("button", name="Reset").click()
    follow(wide, "#a-place")
    settled(wide)
    return wide


def follow(page, fragment):
    page.evaluate(
        """async (hash) => {
          if (location.hash === hash) return;
          const changed = new Promise((go) => window.addEventListener("hashchange", go, { once: true }));
          location.hash = hash;
          await changed;
        }""",
        fragment,
    )


def drawn(page):
    page.evaluate(live_page.NEXT_FRAME)
    return page.evaluate(f"() => {FIGURE}.drawn")


def settled(page):
    """What is drawn when nothing is left to compute."""
    drawn(page)
    page.wait_for_function(COMPLETE, timeout=60_000)
    return drawn(page)


def agree(shown) -> None:
    """What the page has drawn is what Python says of its state."""
    plane_agrees(shown, PhasePlane(**shown["state"]))


def range_agrees(shown) -> None:
    state = shown["state"]
    for value, points in list(zip(shown["values"], shown["found"], strict=True))[::6]:
        expected = in_state(state | {state["knob"]: value}).fixed_points.states
        torch.testing.assert_close(
            double([point["state"] for point in points]), expected, rtol=0, atol=TOLERANCE
        )


@pytest.mark.browser
def test_first_state(page):
    shown = settled(page)
    agree(shown)
    range_agrees(shown)
    assert shown["state"] == PhasePlane().state
    assert page.text_content(".modpack-python code") == "PhasePlane().fixed_points"
    papermill = page.text_content(".modpack-papermill code")
    assert papermill == "papermill notebooks/02_modulation.ipynb mine.ipynb -y '{\"plane\":{}}'"
    readout = page.locator(".modpack-readout")
    assert readout.get_attribute("aria-live") == "polite"
    page.wait_for_function(f"() => {FIGURE}.querySelector('.modpack-readout').textContent")
    assert "3 fixed points, 2 stable" in readout.inner_text()
    assert "ends at (2.15, 0.06): neuron 1 wins" in readout.inner_text()


def place_of(page, selector, x, y):
    """A place in a canvas, in px of the page."""
    box = page.locator(selector).bounding_box()
    return box["x"] + x, box["y"] + y


def pull(page, first, last):
    page.mouse.move(*first)
    page.mouse.down()
    page.mouse.move(*last, steps=5)
    page.mouse.up()


def pull_handle(page):
    x, y = drawn(page)["handle"]
    pull(page, place_of(page, ".modpack-plane-map", x, y), place_of(page, ".modpack-plane-map", x - 40, y))


def pull_start(page):
    pull(
        page,
        place_of(page, ".modpack-plane-map", 300, 60),
        place_of(page, ".modpack-plane-map", 90, 40),
    )


def pull_range(page):
    pull(page, place_of(page, ".modpack-branches", 200, 60), place_of(page, ".modpack-branches", 300, 60))


def slide(label, fraction):
    def act(page):
        box = page.get_by_label(label, exact=True).bounding_box()
        y = box["y"] + box["height"] / 2
        pull(page, (box["x"] + box["width"] / 2, y), (box["x"] + fraction * box["width"], y))

    return act


def press(label, *keys):
    def act(page):
        page.get_by_label(label, exact=True).focus()
        for key in keys:
            page.keyboard.press(key)

    return act


def take(name):
    return lambda page: page.get_by_role("button", name=name, exact=True).press("Enter")


# (fragment to begin with, what the reader does, the traits it changes)
CONTROLS = {
    "threshold": ("", slide("rise in threshold", 0.8), {"threshold"}),
    "slope": ("", slide("slope", 0.2), {"knob", "slope"}),
    "synapse by keyboard": ("", press("gain of the synapse", "ArrowLeft"), {"knob", "synapse"}),
    "knob": ("", take("synapse"), {"knob"}),
    "start 1": ("", press("rate of neuron 1", "Home"), {"r1"}),
    "start 2": ("", slide("rate of neuron 2", 0.95), {"r2"}),
    "start in the plane": ("", pull_start, {"r1", "r2"}),
    "threshold in the plane": ("", pull_handle, {"threshold"}),
    "slope in the plane": ("#plane=knob:slope", pull_handle, {"slope"}),
    "synapse in the plane": ("#plane=knob:synapse", pull_handle, {"synapse"}),
    "synapse in the panel": ("#plane=knob:synapse", pull_range, {"synapse"}),
}


@pytest.mark.browser
@pytest.mark.parametrize("control", CONTROLS)
def test_every_control(page, control):
    fragment, act, names = CONTROLS[control]
    follow(page, fragment or "#a-place")
    first, before = settled(page), page.evaluate(PICTURES)
    act(page)
    shown = settled(page)
    assert {name for name in names if shown["state"][name] == first["state"][name]} == set()
    assert {name for name in first["state"] if shown["state"][name] != first["state"][name]} == names
    agree(shown)
    range_agrees(shown)
    after = page.evaluate(PICTURES)
    assert before[0] != after[0]
    assert (before[1] != after[1]) == bool(names & set(KNOBS) | names & {"knob"})
    page.get_by_role("button", name="Reset").click()
    assert drawn(page)["state"] == PhasePlane().state


@pytest.mark.browser
def test_a_narrow_page_has_room_for_all(browser, url):
    with opened(browser, url, viewport={"width": 390, "height": 800}) as page:
        assert page.evaluate("() => document.documentElement.scrollWidth") == 390
        for canvas in page.locator(".modpack-plane canvas").all():
            assert canvas.bounding_box()["width"] >= 300


@pytest.mark.browser
def test_colours_follow_the_page(browser, url):
    with opened(browser, url, color_scheme="light") as page:
        settled(page)
        light = page.evaluate(PICTURES)
        page.evaluate("() => { document.documentElement.dataset.theme = 'dark'; }")
        drawn(page)
        assert all(one != other for one, other in zip(light, page.evaluate(PICTURES), strict=True))


@pytest.mark.browser
def test_nothing_is_searched_out_of_sight(browser, url):
    with opened(browser, url, viewport={"width": 1200, "height": 60}) as page:
        page.wait_for_timeout(500)
        assert all(points is None for points in drawn(page)["found"])
        page.locator(".modpack-branches").scroll_into_view_if_needed()
        page.wait_for_function(COMPLETE, timeout=60_000)
