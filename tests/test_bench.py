"""The lesion and noise bench: in Python, its arithmetic in Node, and the figure in a built page."""

import pytest
import torch
from book_figures import in_page
from figure_agreement import bench_agrees
from figure_links import links_hold
from live_page import drag, press
from node_replay import replay, written
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

COLUMN = 1 / 64  # of the strip, which shows all units


@pytest.fixture(scope="module")
def figure(browser):
    with in_page(browser, "bench") as figure:
        figure.see()
        figure.page.wait_for_function("root => root.drawn?.orders", arg=figure.root, timeout=120_000)
        yield figure


def paint(figure, *ranks):
    """Drag the mouse over the middle of these units of the strip."""
    strip = figure.part.locator(".modpack-strip")
    width = strip.bounding_box()["width"]
    drag(strip, *(((rank + 0.5) * COLUMN * width, 20) for rank in ranks))


@pytest.mark.browser
@pytest.mark.parametrize(
    "ranks, silenced",
    [([10], [0, 1, 10]), ([3, 6], [0, 1, 3, 4, 5, 6]), ([1, 0], [])],
    ids=["one", "over many", "waking"],
)
def test_the_pointer_paints_on_the_strip(figure, ranks, silenced):
    figure.reset()
    paint(figure, *ranks)
    assert figure.twin().silenced == silenced


@pytest.mark.browser
def test_the_keyboard_moves_along_the_strip(figure):
    figure.reset()
    press(
        figure.part.locator(".modpack-strip"),
        "ArrowRight ArrowRight Space Home Space End Space",
    )
    assert figure.twin().silenced == [1, 2, 63]


@pytest.mark.browser
def test_the_map_takes_the_pointer_too(figure):
    figure.reset()
    drag(figure.part.locator(".modpack-panel").first, (0, 20))
    assert figure.twin().silenced == [1]


@pytest.mark.browser
def test_means_are_said_beside_those_of_intact_networks(figure):
    figure.reset()
    shown, bench = figure.complete(), figure.twin()
    for form, performance in bench.performance.items():
        assert shown["intact"][form] == pytest.approx(bench.intact[form].tolist(), abs=1e-12)
        said = f"{form}: {round(100 * performance.mean().item())}"
        figure.part.get_by_text(said).and_(figure.part.locator(".modpack-readout")).wait_for()
