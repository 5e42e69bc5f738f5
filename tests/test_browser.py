"""The task browser: its traits in Python, its arithmetic in Node, and the figure in a built page."""

import math

import pytest
from book_figures import in_page
from figure_agreement import agrees, trial_agrees
from figure_links import links_hold
from live_page import follow, press
from node_replay import replay, written
from torch import Generator

from modpack.context import one_hot
from modpack.live.engine.network import LiveNetworks
from modpack.live.shipped import shipped_networks
from modpack.live.task_browser import TaskBrowser
from modpack.live.task_browser.figure import SPEEDS, ShownStimulus
from modpack.modulation import form
from modpack.network import initial
from modpack.tasks import COMPACT, TASKS, WITHHOLD, final, satisfies

NAMES = list(TASKS)


@pytest.fixture(scope="module")
def networks():
    return shipped_networks(["combined"], [0])


@pytest.fixture(scope="module")
def mappings():
    """An untrained network of mappings of four and of eight directions, and of a task of the battery."""
    code = one_hot(("delaymap4-2031", "fdgo", "map8-10325476", "map4-0123"))
    network = initial(form("bias", code.d), code, COMPACT, 8, Generator().manual_seed(0))
    return LiveNetworks({"bias": [network]})


# ------------------------------------------------------------------------------------- in Python


def test_the_stimulus_of_a_mapping_is_in_the_nearest_of_its_directions(mappings):
    for angle, shown_at, asked in [(40, 0, 180), (45, 90, 0), (180, 180, 270), (330, 0, 180)]:
        shown = TaskBrowser(mappings, task="delaymap4-2031", time=400, angle=angle, ring1=2)
        (stimulus,) = shown.screen.stimuli
        assert (stimulus.ring, stimulus.strength) == (1, 1.0)
        assert stimulus.angle == pytest.approx(math.radians(shown_at))
        assert shown.answer.angle == pytest.approx(math.radians(asked))
    assert "Dly Map 2031" in repr(shown)


def test_a_trial_moment_by_moment(networks):
    shown = TaskBrowser(networks, task="delayanti", time=0, angle=90)
    assert (shown.epoch, shown.screen.cue, shown.screen.stimuli) == ("settle", 1.0, ())
    shown.time = 240
    assert shown.epoch == "stimulus1"
    assert shown.screen.stimuli == (ShownStimulus(1, 1, math.pi / 2, 1.0),)
    shown.time = 5000
    assert shown.step == shown.trial.n_steps - 1
    assert (shown.screen.cue, shown.screen.stimuli) == (0.0, ())
    assert shown.answer.angle == pytest.approx(3 * math.pi / 2)
    assert shown.target.tolist() == pytest.approx([0, 0, -1], abs=1e-12)


def test_the_input_holds_what_is_on_the_screen(networks):
    shown = TaskBrowser(networks, task="fdgo", time=400, angle=90, ring1=2)
    ring1, ring2 = shown.input[1:].reshape(2, -1)
    assert ring1.abs().max() == 0
    assert ring2.argmax() == len(ring2) // 4
    assert float(ring2.max()) == pytest.approx(0.8)


@pytest.mark.parametrize("task", ["dm1", "dm2", "contextdm1", "contextdm2", "multidm", "multidelaydm"])
@pytest.mark.parametrize("stronger1", [1, 2])
@pytest.mark.parametrize("stronger2", [1, 2])
def test_the_stronger_stimulus_of_the_attended_rings_is_right(networks, task, stronger1, stronger2):
    chosen = {"angle": 30, "angle2": 200, "stronger1": stronger1, "stronger2": stronger2}
    shown = TaskBrowser(networks, task=task, **chosen)
    strength = shown.trial.conditions.strength[0, 0]
    attended = list(TASKS[task].rule.modalities)
    evidence = strength[:, [ring - 1 for ring in attended]].sum(-1)
    assert shown.answer.angle == pytest.approx(math.radians([30, 200][int(evidence.argmax())]))
    for ring, stronger in enumerate((stronger1, stronger2)):
        if strength[:, ring].sum() > 0:
            assert int(strength[:, ring].argmax()) == stronger - 1


def test_pairs_match_or_do_not(networks):
    asked = {
        task: [TaskBrowser(networks, task=task, angle2=angle2).answer.kind for angle2 in (60, 200)]
        for task in ("dmsgo", "dmsnogo", "dmcgo", "dmcnogo")
    }
    assert asked["dmsgo"] == asked["dmcgo"] == ["respond", "withhold"]
    assert asked["dmsnogo"] == asked["dmcnogo"] == ["withhold", "respond"]


def test_the_trained_network_answers_right(networks):
    right = []
    for task in NAMES:
        shown = TaskBrowser(networks, task=task)
        said = final(shown.network_outputs[:, None, None], shown.trial)
        right.append(bool(satisfies(said, shown.trial.answer)))
    assert sum(right) >= 18


@pytest.mark.parametrize(
    "state, message",
    [({"task": "fdgoo"}, "did you mean 'fdgo'"), ({"task": "none"}, "task='none' is not known")],
)
def test_what_is_not_allowed(networks, state, message):
    with pytest.raises(ValueError, match=message):
        TaskBrowser(networks, **state)


@pytest.mark.parametrize(
    "name, value",
    [("ring1", 0), ("ring2", 3), ("stronger1", 3), ("speed", 2.0), ("time", -1), ("coherence", 0)],
)
def test_traits_have_limits(networks, name, value):
    with pytest.raises(Exception, match=name):
        TaskBrowser(networks, **{name: value})


# --------------------------------------------------------------------------------------- in Node


def test_the_page_has_the_same_moments(networks, tmp_path):
    chosen = {"angle": 10, "angle2": 77, "coherence": 0.32, "delay": 440, "ring1": 2, "stronger1": 2}
    opposite = {"angle": 200, "angle2": 200, "coherence": 0.1, "delay": 2000, "ring2": 2, "stronger2": 1}
    browsers = [
        TaskBrowser(networks, task=task, time=time, **conditions)
        for task in NAMES
        for conditions in (chosen, opposite)
        for time in (230, 420, 700, 1010, 3000)
    ]
    states = [browser.state for browser in browsers]
    for browser, page in zip(
        browsers, replay("browser.mjs", "moments", states=states, **written(networks, tmp_path)), strict=True
    ):
        trial_agrees(page, browser)
        assert [band["start"] for band in page["bands"][1:]] == [band["stop"] for band in page["bands"][:-1]]
        assert (page["bands"][0]["start"], page["bands"][-1]["stop"]) == (0, browser.trial.n_steps)


def test_the_page_has_the_same_mappings(mappings, tmp_path):
    browsers = [
        TaskBrowser(mappings, task=task, time=time, angle=angle, ring1=2)
        for task in mappings.code.tasks
        for angle in (0, 22, 23, 45, 130, 225, 359)
        for time in (230, 420, 3000)
    ]
    states = [browser.state for browser in browsers]
    pages = replay("browser.mjs", "moments", states=states, **written(mappings, tmp_path))
    for browser, page in zip(browsers, pages, strict=True):
        trial_agrees(page, browser)
    assert "180° to 0°, 0° to 90°, 270° to 180°, 90° to 270°." in pages[0]["rule"]


def test_every_task_has_its_rule_in_words(networks, tmp_path):
    states = [TaskBrowser(networks, task=task).state for task in NAMES]
    moments = replay("browser.mjs", "moments", states=states, **written(networks, tmp_path))
    rules = {TASKS[name].rule: page["rule"] for name, page in zip(NAMES, moments, strict=True)}
    assert len(set(rules.values())) == len(rules)


ALLOWED = {
    "task:fdanti": {"task": "fdanti"},
    "task:dm2,time:1200,stronger2:1,coherence:0.1": {
        "task": "dm2",
        "time": 1200,
        "stronger2": 1,
        "coherence": 0.1,
    },
    "task:dmsgo,ring1:2,ring2:2,angle2:60": {"task": "dmsgo", "ring1": 2, "ring2": 2, "angle2": 60},
    **{f"show_network:1,speed:{speed:g}": {"show_network": True, "speed": speed} for speed in SPEEDS},
}
REFUSED = (
    "task:none ring1:0 ring2:3 ring1:01 stronger1:1.0 stronger2:both speed:2 speed:1.0 speed:0 show_network:2"
)


def test_links(networks, tmp_path):
    links_hold(TaskBrowser(networks), ALLOWED, REFUSED, source=written(networks, tmp_path))


# ------------------------------------------------------------------------------------- in a page

STEPS = """async (root) => {
  const steps = [];
  do {
    await new Promise((go) => requestAnimationFrame(go));
    steps.push(root.drawn.step);
  } while (root.drawn.isPlaying);
  return steps;
}"""
IS_PLAYING = "root => root.drawn.isPlaying"


@pytest.fixture(scope="module")
def figure(browser):
    with in_page(browser, "trial") as figure:
        yield figure


def start_playing(figure):
    figure.button("Play").click()
    figure.page.wait_for_function(IS_PLAYING, arg=figure.root)


def stops_early(figure):
    figure.page.wait_for_function("root => !root.drawn.isPlaying", arg=figure.root)
    return figure.root.evaluate("root => root.drawn.step") < figure.twin().trial.n_steps - 1


@pytest.mark.browser
@pytest.mark.slow
def test_every_task_with_its_network(figure):
    follow(figure.page, "#trial=show_network:1,time:1400")
    for task in NAMES:
        figure.part.get_by_label("Task", exact=True).select_option(task)
        browser = figure.twin()
        assert browser.task == task
        agrees(figure.drawn(), browser)
        wanted = "go on fixating" if browser.trial.answer.kind == WITHHOLD else "respond towards"
        assert wanted in figure.part.locator("section").last.inner_text()


@pytest.mark.browser
def test_play_goes_through_the_trial_and_ends(figure):
    follow(figure.page, "#trial=task:delaygo,time:0,speed:1")
    start_playing(figure)
    steps = figure.root.evaluate(STEPS)
    assert steps == sorted(steps)
    assert len(set(steps)) > 3
    assert figure.drawn()["step"] == figure.twin().step == figure.twin().trial.n_steps - 1
    start_playing(figure)
    assert figure.root.evaluate("root => root.drawn.step") < steps[-1]  # once more from the start


@pytest.mark.browser
def test_the_reader_can_pause_and_take_over(figure):
    follow(figure.page, "#trial=time:0,speed:0.25")
    start_playing(figure)
    figure.button("Pause").click()
    assert stops_early(figure)
    start_playing(figure)
    press(figure.part.get_by_label("time in the trial", exact=True), "ArrowRight")
    assert stops_early(figure)
    assert figure.twin().time > 0


@pytest.mark.browser
def test_nothing_plays_out_of_sight(figure):
    figure.page.set_viewport_size({"width": 1280, "height": 300})
    follow(figure.page, "#trial=time:0,speed:0.25,delay:0")
    figure.see()
    start_playing(figure)
    figure.page.evaluate("window.scrollTo(0, 0)")
    figure.page.wait_for_function(f"root => !({IS_PLAYING})(root)", arg=figure.root)
    assert figure.drawn()["step"] < figure.twin().trial.n_steps - 1


@pytest.mark.browser
def test_with_reduced_motion_play_goes_from_epoch_to_epoch(browser):
    with in_page(browser, "trial", "#trial=time:0,speed:1", reduced_motion="reduce") as figure:
        figure.see()
        start_playing(figure)
        trial = figure.twin().trial
        assert set(figure.root.evaluate(STEPS)) <= {*trial.onsets.flatten().tolist(), trial.n_steps - 1}
