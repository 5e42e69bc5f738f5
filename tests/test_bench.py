"""The lesion and noise bench: in Python, its arithmetic in Node, and the figure in a built page."""

import live_page
import pytest
import torch
from figure_agreement import bench_agrees
from figure_links import links_hold
from node_replay import replay, written
from small_book import build_page
from small_networks import normal

from modpack.live.bench import Bench
from modpack.live.bench.figure import RANKED_BY
from modpack.measures.lesions import damaged
from modpack.tasks import TASKS

N_TRIALS = 8
PAGE = f"""\
from modpack import networks
from modpack.live.bench import Bench
from modpack.live.engine.network import LiveNetworks

forms = {{form: [networks.load(form, s).network for s in (0, 1)] for form in ("excitability", "synaptic")}}
live = LiveNetworks(forms, n_trials={N_TRIALS}, source="live")
Bench(live, chapter="01_page")"""


@pytest.fixture(scope="module")
def live():
    """The networks of the page."""
    names = {}
    exec(PAGE.rsplit("\n", 1)[0], names)
    return names["live"]


# ------------------------------------------------------------------------------------- in Python


def test_what_can_be_read(live):
    bench = Bench(live, silenced=[3, 0], noise=0.2)
    assert bench.state == {"silenced": [0, 3], "noise": 0.2, "draw": 0, "seed": 0}
    assert list(bench.performance) == list(bench.intact) == ["excitability", "synaptic"]
    for form, order in bench.units.items():
        rates = bench.activity[form]
        assert rates.shape == (len(TASKS), 64)
        assert (rates.mean(0)[order].diff() <= 0).all()
        assert bench.performance[form].shape == (len(TASKS),)


def test_nothing_done_is_intact(live):
    bench = Bench(live, silenced=[])
    for form, performance in bench.performance.items():
        torch.testing.assert_close(performance, bench.intact[form])
        assert performance.mean() > 0.95


def test_lesions_and_noise_do_damage(live):
    everything = Bench(live, silenced=list(range(64)))
    loud = Bench(live, silenced=[], noise=1.0)
    for form, intact in everything.intact.items():
        assert everything.performance[form].mean() < 0.3 < intact.mean()
        assert loud.performance[form].mean() < intact.mean() - 0.2


def test_another_draw_is_other_noise(live):
    first, second = (Bench(live, silenced=[], noise=0.7, draw=draw) for draw in (0, 1))
    assert any((first.performance[form] != second.performance[form]).any() for form in first.performance)


def test_ranks_are_those_of_the_network_on_show(live):
    bench = Bench(live, silenced=[5], seed=1)
    network = live.networks["synaptic"][1]
    expected = damaged(network, live.trials, [bench.units["synaptic"][5]])
    torch.testing.assert_close(bench.performance["synaptic"], expected)


@pytest.mark.parametrize(
    "state, message",
    [
        ({"silenced": [64]}, "silenced="),
        ({"silenced": [-1]}, "silenced="),
        ({"silenced": [1, 1]}, "silenced="),
        ({"seed": 2}, "seed=2 is not allowed"),
        ({"draw": 64}, "draw"),
        ({"noise": 1.1}, "noise"),
    ],
)
def test_what_is_not_allowed(live, state, message):
    with pytest.raises(Exception, match=message):
        Bench(live, **state)


# --------------------------------------------------------------------------------------- in Node


@pytest.mark.parametrize("form, task", [("excitability", "fdgo"), ("synaptic", "multidelaydm")])
def test_silent_neurons_in_both_engines(live, tmp_path, form, task):
    neurons = [0, 17, 63]
    trials = live.trials.select(slice(1))
    k = live.code.tasks.index(task)
    noise = normal(trials.n_steps, 64, scale=0.1)
    dynamics = live.networks[form][0].under(task).silenced(neurons)
    states = dynamics.simulate(trials.patterns[:, [k]], trials.epoch_index[:, [k]], noise[:, None, None])
    page = replay(
        "bench.mjs",
        "silent",
        form=form,
        task=task,
        neurons=neurons,
        noise=noise.flatten(),
        **written(live, tmp_path),
    )
    page = torch.tensor(page, dtype=torch.float64).reshape(-1, 64)
    torch.testing.assert_close(page, states[:, 0, 0], rtol=0, atol=1e-8)
    assert (page[:, neurons] == 0).all()


STATES = [
    {"silenced": [], "noise": 0, "draw": 0, "seed": 0},
    {"silenced": [0, 1, 7], "noise": 0, "draw": 0, "seed": 1},
    {"silenced": [4], "noise": 0.55, "draw": 3, "seed": 0},
]


def test_the_page_measures_as_python(live, tmp_path):
    made = replay(
        "bench.mjs", "damaged", states=STATES, ranked_by=RANKED_BY, until=N_TRIALS, **written(live, tmp_path)
    )
    for state, page in zip(STATES, made, strict=True):
        bench_agrees(page, Bench(live, **state))


def test_painting():
    strokes = [
        [[], [3, 1], True],
        [[0, 1, 2, 5], [1, 1], False],
        [[0, 1, 2], [2, 4], True],
        [[4], [4, 4], False],
    ]
    assert replay("bench.mjs", "painting", strokes=strokes) == [
        [[1, 2, 3], 0],
        [[0, 2, 5], 1],
        [[0, 1, 2, 3, 4], 5],
        [[], 0],
    ]


ALLOWED = {
    "silenced:": {"silenced": []},
    "silenced:0.5.63,noise:0.25": {"silenced": [0, 5, 63], "noise": 0.25},
    "noise:1,draw:63,seed:1": {"noise": 1, "draw": 63, "seed": 1},
    "silenced:" + ".".join(map(str, range(64))): {"silenced": list(range(64))},
}
REFUSED = "silenced:64 silenced:-1 silenced:1.1 silenced:1..2 noise:1.05 draw:64 draw:0.5 seed:2"


def test_links(live, tmp_path):
    links_hold(Bench(live), ALLOWED, REFUSED, n_draws=Bench(live).n_draws, source=written(live, tmp_path))


# ------------------------------------------------------------------------------------- in a page

ROOT = "document.querySelector('.modpack-bench')"
READY = f"() => {ROOT}?.drawn?.orders"
COMPLETE = f"() => {ROOT}?.drawn?.isComplete"
PICTURES = f"() => [...{ROOT}.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL())"
BIG = {"width": 1200, "height": 1600}


@pytest.fixture(scope="module")
def url(browser, tmp_path_factory):
    return build_page(tmp_path_factory.mktemp("book"), [PAGE]).as_uri()


def opened(browser, url, **options):
    return live_page.opened(browser, url, "bench", **({"viewport": BIG} | options))


def drawn(page):
    """What is on show once everything is counted."""
    page.evaluate(live_page.NEXT_FRAME)
    page.wait_for_function(COMPLETE, timeout=120_000)
    return page.evaluate(f"() => {ROOT}.drawn")


def state_of(page):
    text = page.evaluate(f"() => {ROOT}.querySelector('.modpack-link').hash").removeprefix("#bench=")
    state = dict(entry.split(":") for entry in text.split(","))
    kinds = {"silenced": lambda value: [int(rank) for rank in value.split(".") if rank], "noise": float}
    return {name: kinds.get(name, int)(value) for name, value in state.items()}


def slide(label, fraction):
    def act(page):
        box = page.get_by_label(label, exact=True).bounding_box()
        page.mouse.move(box["x"] + 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + fraction * box["width"], box["y"] + box["height"] / 2, steps=3)
        page.mouse.up()

    return act


def paint(selector, *shares):
    def act(page):
        box = page.locator(selector).first.bounding_box()
        for k, share in enumerate(shares):
            page.mouse.move(box["x"] + share * box["width"], box["y"] + 20)
            if k == 0:
                page.mouse.down()
        page.mouse.up()

    return act


def type_keys(page):
    page.locator(".modpack-strip").focus()
    for key in ("ArrowRight", "ArrowRight", "Space", "Home", "Space", "End", "Space"):
        page.keyboard.press(key)


def click(name):
    return lambda page: page.get_by_role("button", name=name, exact=True).click()


# (fragment to begin with, what the reader does, the state that it leads to)
CONTROLS = {
    "strip": ("", paint(".modpack-strip", 10.5 / 64), {"silenced": [0, 1, 10]}),
    "strip, over many": ("", paint(".modpack-strip", 3.5 / 64, 6.5 / 64), {"silenced": [0, 1, 3, 4, 5, 6]}),
    "strip, waking": ("", paint(".modpack-strip", 1.5 / 64, 0.5 / 64), {"silenced": []}),
    "map": ("", paint(".modpack-panel", 0.0), {"silenced": [1]}),
    "keyboard": ("", type_keys, {"silenced": [1, 2, 63]}),
    "the first": ("", slide("silence the first", 0.0), {"silenced": []}),
    "none": ("", click("Wake all"), {"silenced": []}),
    "all": ("", click("Silence all"), {"silenced": list(range(64))}),
    "noise": ("", slide("noise of the units", 1.0), {"noise": 1.0}),
    "draw": ("#bench=noise:0.5", click("Draw the noise again"), {"noise": 0.5, "draw": 1}),
    "seed": ("", lambda page: page.get_by_label("Seed", exact=True).select_option("1"), {"seed": 1}),
}


@pytest.fixture(scope="module")
def bench_page(browser, url):
    with opened(browser, url) as page:
        yield page


@pytest.mark.browser
@pytest.mark.parametrize("control", CONTROLS)
def test_every_control(bench_page, live, control):
    page = bench_page
    fragment, act, expected = CONTROLS[control]
    page.evaluate("(hash) => { location.hash = hash; }", fragment)
    before = drawn(page)
    pictures = page.evaluate(PICTURES)
    act(page)
    shown = drawn(page)
    bench = Bench(live, **expected)
    assert {name: bench.state[name] for name in state_of(page)} == state_of(page)
    bench_agrees(shown, bench)
    assert shown["silenced"] == bench.silenced
    assert shown["performance"] != before["performance"]
    assert page.evaluate(PICTURES) != pictures
    click("Reset")(page)
    assert drawn(page)["silenced"] == [0, 1]
    assert drawn(page)["performance"] != shown["performance"]


@pytest.mark.browser
def test_first_state_and_words(browser, url, live):
    with opened(browser, url) as page:
        shown = drawn(page)
        bench = Bench(live)
        bench_agrees(shown, bench)
        for form, intact in bench.intact.items():
            assert shown["intact"][form] == pytest.approx(intact.tolist(), abs=1e-12)
        readout = page.locator(".modpack-readout")
        assert readout.get_attribute("aria-live") == "polite"
        means = {form: round(100 * each.mean().item()) for form, each in bench.performance.items()}
        page.wait_for_function(
            "(mean) => document.querySelector('.modpack-readout').textContent.includes(`synaptic: ${mean}`)",
            arg=means["synaptic"],
        )
        assert readout.inner_text().startswith("2 of 64 units silent, noise 0.00")
        assert page.text_content(".modpack-python code") == "Bench(live).performance"


@pytest.mark.browser
def test_a_narrow_page_has_room_and_colours_follow_the_page(browser, url):
    with opened(browser, url, viewport={"width": 390, "height": 1600}) as page:
        drawn(page)
        assert page.evaluate("() => document.documentElement.scrollWidth") == 390
        for canvas in page.locator(".modpack-bench canvas").all():
            assert canvas.bounding_box()["width"] >= 80
        light = page.evaluate(PICTURES)
        page.evaluate("() => { document.documentElement.dataset.theme = 'dark'; }")
        drawn(page)
        assert all(a != b for a, b in zip(light, page.evaluate(PICTURES), strict=True))


@pytest.mark.browser
def test_nothing_is_computed_out_of_sight(browser, url):
    with opened(browser, url, viewport={"width": 1200, "height": 40}) as page:
        page.wait_for_timeout(500)
        assert not page.evaluate(READY)
        page.locator(".modpack-strip").scroll_into_view_if_needed()
        drawn(page)
