"""The task browser: its traits in Python, its arithmetic in Node, and the figure in a built page."""

import math

import pytest
from figure_agreement import network_agrees, trial_agrees
from figure_links import links_hold
from live_page import choose_option, click, drag, drawn, follow, opened, press, state_in_link
from node_replay import replay, written
from small_book import build_page

from modpack.live.engine.network import LiveNetworks
from modpack.live.task_browser import TaskBrowser
from modpack.live.task_browser.figure import SPEEDS, Seen
from modpack.tasks import TASKS, WITHHOLD, final, satisfies

PAGE = """\
from modpack.live.engine.network import LiveNetworks
from modpack.live.task_browser import TaskBrowser

TaskBrowser(LiveNetworks.shipped(["combined"], [0]), chapter="01_tasks")"""
NAMES = list(TASKS)


@pytest.fixture(scope="module")
def networks():
    return LiveNetworks.shipped(["combined"], [0])


# ------------------------------------------------------------------------------------- in Python


def test_a_trial_moment_by_moment(networks):
    shown = TaskBrowser(networks, task="delayanti", time=0, angle=90)
    assert (shown.epoch, shown.screen.cue, shown.screen.stimuli) == ("settle", 1.0, ())
    shown.time = 240
    assert shown.epoch == "stimulus1"
    assert shown.screen.stimuli == (Seen(1, 1, math.pi / 2, 1.0),)
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

TALL = {"width": 1200, "height": 1600}
PICTURES = """() => Object.fromEntries([...document.querySelectorAll(".modpack-trial canvas")]
  .map((canvas, k) => [["screen", "asked", "timeline"][k], canvas.toDataURL()]))"""


@pytest.fixture(scope="module")
def url(browser, tmp_path_factory):
    return build_page(tmp_path_factory.mktemp("book"), [PAGE]).as_uri()


@pytest.fixture(scope="module")
def page(browser, url):
    """One page for all tests that need none of their own; each begins with a fragment."""
    with opened(browser, url, "trial", viewport=TALL) as page:
        yield page


def begin(page, fragment):
    follow(page, "#begin")  # so that the fragment is a new one even where a test left it
    follow(page, fragment)


def browser_from(page, networks) -> TaskBrowser:
    """A task browser in the state that the page's link holds."""
    kinds = {"task": str, "ring1": int, "ring2": int, "stronger1": int, "stronger2": int}
    kinds["show_network"] = lambda value: value == "1"
    state = state_in_link(page, "trial")
    return TaskBrowser(networks, **{name: kinds.get(name, float)(value) for name, value in state.items()})


def agrees(page, networks) -> TaskBrowser:
    """Compare what is drawn with Python in the same state."""
    shown, expected = drawn(page, "trial"), browser_from(page, networks)
    trial_agrees(shown, expected)
    network_agrees(shown, expected)
    return expected


def turn(page):
    box = page.locator(".modpack-trial .modpack-ring").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x + 30, y - 50)
    page.mouse.down()
    page.mouse.move(x - 60, y, steps=5)
    page.mouse.up()


def scrub(page):
    box = page.locator(".modpack-timeline").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.5 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], y, steps=5)
    page.mouse.up()


PAIR = "#trial=task:dmsgo,time:320"
DECISION = "#trial=task:contextdm1,time:400"
EVERYTHING = {"screen", "asked", "timeline"}
ON = "#trial=task:fdgo,time:400"

START = "#trial=task:delaygo"

# (fragment to begin with, what the reader does, the trait it changes, what is drawn anew)
CONTROLS = {
    "task": ("", choose_option("Task", "fdanti"), "task", EVERYTHING),
    "time by mouse": ("", drag("time in the trial", 0.9), "time", EVERYTHING),
    "time by keyboard": ("", press("time in the trial", "ArrowRight", "ArrowRight"), "time", {"timeline"}),
    "timeline": ("", scrub, "time", EVERYTHING),
    "next epoch": ("", click("Next epoch"), "time", EVERYTHING),
    "previous epoch": ("", click("Previous epoch"), "time", {"screen", "timeline"}),
    "network": ("#trial=time:1200", press("show a trained network", "Space"), "show_network", {"timeline"}),
    "speed": ("", choose_option("Speed", "4"), "speed", set()),
    "direction": (ON, drag("direction of the stimulus", 0.9), "angle", EVERYTHING),
    "ring": (ON, turn, "angle", EVERYTHING),
    "ring 1": (ON, choose_option("ring of the stimulus", "2"), "ring1", {"screen", "timeline"}),
    "delay": ("", press("delay", "Home"), "delay", {"timeline"}),
    "direction 2": (PAIR, drag("direction of stimulus 2", 0.1), "angle2", {"screen", "timeline"}),
    "ring 2": (PAIR, choose_option("ring of stimulus 2", "2"), "ring2", {"screen", "timeline"}),
    "match": (PAIR, click("Make them the same"), "angle2", EVERYTHING),
    "coherence": (DECISION, drag("coherence", 0.95), "coherence", {"screen", "timeline"}),
    "stronger 1": (DECISION, choose_option("stronger in ring 1", "2"), "stronger1", EVERYTHING),
    "stronger 2": (DECISION, choose_option("stronger in ring 2", "1"), "stronger2", {"screen", "timeline"}),
}


@pytest.mark.browser
@pytest.mark.parametrize("control", CONTROLS)
def test_every_control(page, networks, control):
    fragment, act, name, redrawn = CONTROLS[control]
    begin(page, fragment or START)
    first, before = agrees(page, networks), page.evaluate(PICTURES)
    act(page)
    assert getattr(agrees(page, networks), name) != getattr(first, name)
    after = page.evaluate(PICTURES)
    for picture in redrawn:
        assert before[picture] != after[picture], picture
    click("Reset")(page)
    assert agrees(page, networks).state == TaskBrowser(networks).state


@pytest.mark.browser
def test_every_task_with_its_network(page, networks):
    begin(page, "#trial=show_network:1,time:1400")
    for task in NAMES:
        choose_option("Task", task)(page)
        expected = agrees(page, networks)
        assert expected.task == task
        wanted = "go on fixating" if expected.trial.answer.kind == WITHHOLD else "respond towards"
        assert wanted in page.locator(".modpack-trial section").last.inner_text()


@pytest.mark.browser
def test_the_readout_speaks(page):

    readout = page.locator(".modpack-readout")
    assert readout.get_attribute("aria-live") == "polite"
    for fragment, words in [
        ("#trial=task:fdanti,time:400", "Anti at 400 ms, stimulus 1. On the screen: fixation cue; ring"),
        ("#trial=task:dmsgo,time:1600,show_network:1", "Asked now: go on fixating. The combined network"),
    ]:
        follow(page, fragment)
        page.wait_for_function(
            "(text) => document.querySelector('.modpack-readout').textContent.includes(text)", arg=words
        )


STEPS = """async () => {
  const root = document.querySelector(".modpack-trial");
  const steps = [];
  do {
    await new Promise((go) => requestAnimationFrame(go));
    steps.push(root.drawn.step);
  } while (root.drawn.isPlaying);
  return steps;
}"""


def start_playing(page):
    click("Play")(page)
    page.wait_for_function("() => document.querySelector('.modpack-trial').drawn.isPlaying")


@pytest.mark.browser
def test_play_goes_through_the_trial_and_ends(page, networks):
    begin(page, "#trial=time:0,speed:4")
    assert not drawn(page, "trial")["isPlaying"]
    start_playing(page)
    steps = page.evaluate(STEPS)
    assert steps == sorted(steps)
    assert len(set(steps)) > 3
    last = TaskBrowser(networks).trial.n_steps - 1
    assert agrees(page, networks).step == last
    start_playing(page)
    assert drawn(page, "trial")["step"] < last  # once more from the start


@pytest.mark.browser
def test_the_reader_can_pause_and_take_over(page, networks):
    begin(page, "#trial=time:0,speed:0.25")
    start_playing(page)
    click("Pause")(page)
    assert not drawn(page, "trial")["isPlaying"]
    start_playing(page)
    press("time in the trial", "ArrowRight")(page)
    assert not drawn(page, "trial")["isPlaying"]
    assert agrees(page, networks).time > 0


@pytest.mark.browser
def test_nothing_plays_out_of_sight(browser, url):
    with opened(browser, url + "#trial=time:0,speed:0.25", "trial", viewport=TALL) as page:
        start_playing(page)
        page.evaluate("() => { document.querySelector('.modpack-trial').style.marginTop = '4000px'; }")
        page.evaluate("() => window.scrollTo(0, 0)")
        page.wait_for_function("() => !document.querySelector('.modpack-trial').drawn.isPlaying")


@pytest.mark.browser
def test_with_reduced_motion_play_goes_from_epoch_to_epoch(browser, url, networks):
    fragment = "#trial=time:0,speed:4"
    with opened(browser, url + fragment, "trial", viewport=TALL, reduced_motion="reduce") as page:
        assert not drawn(page, "trial")["isPlaying"]
        start_playing(page)
        trial = TaskBrowser(networks).trial
        assert set(page.evaluate(STEPS)) <= {*trial.onsets.flatten().tolist(), trial.n_steps - 1}


@pytest.mark.browser
def test_a_narrow_page_has_room_for_all(browser, url):
    with opened(browser, url + DECISION, "trial", viewport={"width": 390, "height": 800}) as page:
        assert page.evaluate("() => document.documentElement.scrollWidth") == 390
        for canvas in page.locator(".modpack-trial canvas").all():
            assert canvas.bounding_box()["width"] >= 140


@pytest.mark.browser
def test_colours_follow_the_page(browser, url):
    with opened(browser, url, "trial", color_scheme="light") as page:
        light = page.evaluate(PICTURES)
        page.evaluate("() => { document.documentElement.dataset.theme = 'dark'; }")
        drawn(page, "trial")
        dark = page.evaluate(PICTURES)
        assert all(light[name] != dark[name] for name in light)
