"""The context mixer: its traits in Python, its arithmetic in Node, and the figure in a built page."""

from itertools import product

import pytest
import torch
from figure_agreement import choice_curves_agree, mixer_agrees
from figure_links import links_hold
from live_page import choose_option, click, drag, drawn, opened, press, state_in_link
from node_replay import replay, written
from small_book import build_page

from modpack.live.engine.network import LiveNetworks
from modpack.live.mixer.figure import LIMITS, Mixer
from modpack.measures.choices import CHOICES
from modpack.tasks import COMPACT, TASKS, UNDEFINED

PAGE = """\
from modpack.live.mixer import Mixer
from modpack.live.engine.network import LiveNetworks

Mixer(LiveNetworks.shipped())"""


@pytest.fixture(scope="module")
def networks():
    return LiveNetworks.shipped()


def state_of(mixer: Mixer) -> dict:
    return {name: getattr(mixer, name) for name in Mixer.STATE}


# ------------------------------------------------------------------------------------- in Python


def test_context_trial_and_answer_can_be_read(networks):
    mixer = Mixer(networks, mix=0.25, fade=0.8, angle=90)
    a, b = (networks.code.tasks.index(name) for name in ("fdgo", "fdanti"))
    expected = torch.zeros(len(TASKS), dtype=torch.float64)
    expected[a], expected[b] = 0.8 * 0.75, 0.8 * 0.25
    torch.testing.assert_close(mixer.context, expected)
    assert mixer.trial.tasks[0].name == "fdgo"
    assert mixer.trial.answer.angle.item() == pytest.approx(torch.pi / 2)
    assert list(mixer.answer) == ["excitability", "synaptic", "combined"]


def test_at_the_ends_of_the_mix_a_trained_network_does_its_task(networks):
    for form, said in Mixer(networks, mix=0.0).answer.items():
        assert said.choice == "a", form
    for form, said in Mixer(networks, mix=1.0).answer.items():
        assert said.choice == "b", form
    for fractions in Mixer(networks).curve([0.0, 1.0]).values():
        assert fractions[0, CHOICES.index("a")] > 0.9
        assert fractions[1, CHOICES.index("b")] > 0.9


def test_a_trial_to_which_both_tasks_have_one_answer(networks):
    mixer = Mixer(networks, a="dmsgo", b="dmcgo", mix=0.0, angle=30, angle2=30)
    assert {said.choice for said in mixer.answer.values()} <= {"both", "neither"}
    assert "both" in {said.choice for said in mixer.answer.values()}


def test_noise_of_the_context_is_that_of_the_trial(networks):
    mixer = Mixer(networks, noise=0.1, draw=3)
    quiet = Mixer(networks, noise=0.0)
    torch.testing.assert_close(mixer.context - quiet.context, 0.1 * networks.deviates[3])


def test_a_new_task_keeps_a_pair(networks):
    mixer = Mixer(networks)
    mixer.a = "dmsgo"
    assert mixer.b in networks.opponents["dmsgo"]
    mixer.b = "dmcnogo" if "dmcnogo" in networks.opponents["dmsgo"] else mixer.b


@pytest.mark.parametrize(
    "state, message",
    [
        ({"a": "dm1"}, "a='dm1' is not known"),
        ({"b": "dm1"}, "b='dm1' is not known"),
        ({"a": "fdgoo"}, "did you mean 'fdgo'"),
        ({"seed": 3}, "seed=3 is not allowed"),
        ({"draw": 64}, "draw=64 is not allowed"),
    ],
)
def test_what_is_not_allowed(networks, state, message):
    with pytest.raises(ValueError, match=message):
        Mixer(networks, **state)


@pytest.mark.parametrize("name", LIMITS)
def test_sliders_have_limits(networks, name):
    mixer = Mixer(networks)
    with pytest.raises(Exception, match=name):
        setattr(mixer, name, LIMITS[name].high + 1)


# --------------------------------------------------------------------------------------- in Node


def test_the_page_builds_the_same_trials_and_contexts(networks, tmp_path):
    states = []
    for a, others in networks.opponents.items():
        for b, (angle, delay) in product(others[:1], [(10, 0), (200, 440), (359, 2000)]):
            choice = {"a": a, "b": b, "angle": angle, "angle2": 77, "delay": delay, "coherence": 0.32}
            states.append(
                choice | {"mix": 0.34, "keep_norm": angle > 100, "fade": 0.7, "noise": 0.2, "draw": 5}
            )
    made = replay("mixer.mjs", "chosen", states=states, **written(networks, tmp_path))
    for state, page in zip(states, made, strict=True):
        mixer = Mixer(networks, **state)
        trial = mixer.trial
        torch.testing.assert_close(
            torch.tensor(page["patterns"], dtype=torch.float64), trial.patterns[:, 0, 0], rtol=0, atol=1e-12
        )
        assert page["onsets"] == trial.onsets[:, 0, 0].tolist()
        assert page["answer"][0] == trial.answer.kind.item() != UNDEFINED
        torch.testing.assert_close(torch.tensor(page["context"], dtype=torch.float64), mixer.context)


def test_chosen_decisions_matter_for_the_ring_that_is_attended(networks):
    for a, b in [("contextdm1", "contextdm2"), ("multidm", "contextdm2")]:
        mixer = Mixer(networks, a=a, b=b, angle=30, angle2=210)
        answers = [TASKS[name].answer(mixer.trial.conditions).angle.item() for name in (a, b)]
        assert answers[0] != pytest.approx(answers[1])


ALLOWED = {
    "mix:0.2": {"mix": 0.2},
    "mix:1,seed:2,keep_norm:1": {"mix": 1, "seed": 2, "keep_norm": True},
    "b:delayanti": {"b": "delayanti"},
    "a:dmsgo,b:dmcgo,delay:440": {"a": "dmsgo", "b": "dmcgo", "delay": 440},
}
REFUSED = "a:fdanti a:dm1,b:dm2 b:fdgo a:constructor seed:3 seed:1.5 draw:64 keep_norm:2 angle:360"


def test_links(networks, tmp_path):
    links_hold(Mixer(networks), ALLOWED, REFUSED, source=written(networks, tmp_path))


def test_the_curve_grows_from_coarse_to_fine():
    for count, order in zip(
        (2, 3, 51, 64), replay("mixer.mjs", "orders", counts=[2, 3, 51, 64]), strict=True
    ):
        assert sorted(order) == list(range(count))
        assert order[:2] == [0, count - 1]


# ------------------------------------------------------------------------------------- in a page

TALL = {"width": 1200, "height": 1600}
COMPLETE = "() => document.querySelector('.modpack-mixer')?.drawn?.isComplete"
PICTURES = """() => Object.fromEntries(["ring", "map", "outputs", "curve"].map((name) =>
  [name, [...document.querySelectorAll(`.modpack-network .modpack-${name}`)].map((c) => c.toDataURL())]))"""


@pytest.fixture(scope="module")
def url(browser, tmp_path_factory):
    return build_page(tmp_path_factory.mktemp("book"), [PAGE]).as_uri()


def curves_agree(page, mixer: Mixer) -> None:
    page.wait_for_function(COMPLETE, timeout=120_000)
    assert page.evaluate("() => document.querySelector('.modpack-readout').textContent")
    choice_curves_agree(drawn(page, "mixer")["curves"], mixer)


@pytest.mark.browser
def test_first_state(browser, url, networks):
    with opened(browser, url, "mixer") as page:
        mixer = Mixer(networks)
        mixer_agrees(drawn(page, "mixer"), mixer)
        curves_agree(page, mixer)
        assert page.text_content(".modpack-python code") == "Mixer(LiveNetworks.shipped()).answer"


def turn(page):
    box = page.locator(".modpack-input .modpack-ring").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x + 30, y - 50)
    page.mouse.down()
    page.mouse.move(x - 60, y, steps=5)
    page.mouse.up()


DECISION = "#mixer=a:contextdelaydm1,b:contextdelaydm2"

# (fragment to begin with, what the reader does, the trait it changes, what is drawn anew)
CONTROLS = {
    "mix by mouse": ("", drag("mix", 0.8), "mix", {"ring", "map", "outputs", "curve"}),
    "mix by keyboard": ("", press("mix", "ArrowRight", "ArrowRight"), "mix", {"ring", "map", "outputs"}),
    "fade": ("", drag("fade: strength of the context", 0.3), "fade", {"ring", "map", "outputs", "curve"}),
    "noise": ("", drag("noise of the context", 0.6), "noise", {"ring", "map", "outputs", "curve"}),
    "length": (
        "",
        press("the mix keeps its length", "Space"),
        "keep_norm",
        {"ring", "map", "outputs", "curve"},
    ),
    "draw": (
        "#mixer=noise:0.2",
        click("Draw the noise again"),
        "draw",
        {"ring", "map", "outputs"},
    ),
    "seed": ("", choose_option("Seed", "1"), "seed", {"ring", "map", "outputs", "curve"}),
    "trials": ("", choose_option("Trials of", "dmsgo"), "a", {"ring", "map", "outputs", "curve"}),
    "towards": (
        "",
        choose_option("Context moves towards", "delayanti"),
        "b",
        {"ring", "map", "outputs", "curve"},
    ),
    "direction": ("", drag("direction of the stimulus", 0.9), "angle", {"ring", "map", "outputs"}),
    "ring": ("", turn, "angle", {"ring", "map", "outputs"}),
    "direction 2": (DECISION, drag("direction of stimulus 2", 0.9), "angle2", {"ring", "map", "outputs"}),
    "coherence": (DECISION, drag("coherence", 0.95), "coherence", {"ring", "map", "outputs"}),
    "delay": (DECISION, press("delay", "Home"), "delay", {"ring", "map", "outputs"}),
}


def mixer_from(page, networks) -> Mixer:
    """A mixer in the state that the page's link holds."""
    kinds = {"a": str, "b": str, "seed": int, "draw": int, "keep_norm": lambda value: value == "1"}
    state = state_in_link(page, "mixer")
    return Mixer(networks, **{name: kinds.get(name, float)(value) for name, value in state.items()})


@pytest.mark.browser
@pytest.mark.parametrize("control", CONTROLS)
def test_every_control(browser, url, networks, control):
    fragment, act, name, redrawn = CONTROLS[control]
    with opened(browser, url + fragment, "mixer", viewport=TALL) as page:
        if "curve" in redrawn:
            page.wait_for_function(COMPLETE, timeout=120_000)
        before, first = page.evaluate(PICTURES), mixer_from(page, networks)
        mixer_agrees(drawn(page, "mixer"), first)
        act(page)
        shown = drawn(page, "mixer")
        mixer = mixer_from(page, networks)
        assert getattr(mixer, name) != getattr(first, name)
        mixer_agrees(shown, mixer)
        if name != "mix" and "curve" in redrawn:
            curves_agree(page, mixer)
        after = page.evaluate(PICTURES)
        for picture in redrawn:
            assert before[picture] != after[picture], picture
        click("Reset")(page)
        mixer_agrees(drawn(page, "mixer"), Mixer(networks))


@pytest.mark.browser
def test_a_narrow_page_has_room_for_all(browser, url):
    with opened(browser, url, "mixer", viewport={"width": 390, "height": 800}) as page:
        assert page.evaluate("() => document.documentElement.scrollWidth") == 390
        for canvas in page.locator(".modpack-mixer canvas").all():
            assert canvas.bounding_box()["width"] >= 90


@pytest.mark.browser
def test_colours_follow_the_page(browser, url):
    with opened(browser, url, "mixer", color_scheme="light", viewport=TALL) as page:
        page.wait_for_function(COMPLETE, timeout=120_000)
        light = page.evaluate(PICTURES)
        page.evaluate("() => { document.documentElement.dataset.theme = 'dark'; }")
        drawn(page, "mixer")
        dark = page.evaluate(PICTURES)
        assert all(light[name] != dark[name] for name in light)


@pytest.mark.browser
def test_nothing_is_computed_out_of_sight(browser, url):
    with opened(browser, url, "mixer", viewport={"width": 1200, "height": 100}) as page:
        page.wait_for_timeout(500)
        curves = drawn(page, "mixer")["curves"]
        assert all(point is None for curve in curves.values() for point in curve)
        page.locator(".modpack-curve").first.scroll_into_view_if_needed()
        page.wait_for_function(COMPLETE, timeout=120_000)


@pytest.mark.browser
def test_the_readout_speaks(browser, url):
    with opened(browser, url, "mixer", viewport=TALL) as page:
        readout = page.locator(".modpack-readout")
        assert readout.get_attribute("aria-live") == "polite"
        page.wait_for_function(COMPLETE, timeout=120_000)
        drag("mix", 0.0)(page)
        page.wait_for_function(
            "() => document.querySelector('.modpack-readout').textContent.includes('Mix 0.00 of Go and Anti')"
        )
        assert "over 64 trials Go 100\N{NO-BREAK SPACE}%" in readout.inner_text()


def test_only_the_vector_readout():
    live = LiveNetworks.shipped(["combined"], [0])
    live.preset = type("Preset", (), {"readout": "ring"})()
    with pytest.raises(ValueError, match="ring readout"):
        Mixer(live)
    assert COMPACT.readout == "vector"
