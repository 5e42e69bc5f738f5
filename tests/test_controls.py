"""Every control of every live figure of the built book, operated as readers do, from pages on disk."""

from base64 import b64encode

import pytest
from book_figures import VIEW, figures_on
from built_book import BOOK, opened
from chapters import imported_names
from figure_agreement import agrees
from live_controls import PICTURES, UNDRAWN, OnPage, lasting, names_of, ways
from live_page import follow

CHAPTERS = [
    f"notebooks/{path.stem}"
    for path in BOOK.chapters()
    if any(name.startswith("modpack.live") for name in imported_names(path))
]
MANY = "notebooks/06_ambiguity"  # a chapter with figures of three kinds, one of them twice

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=CHAPTERS)
def chapter(request, browser):
    """A chapter in the browser, and its live figures."""
    with opened(browser, BOOK.html.as_uri(), request.param, **VIEW) as page:
        yield page, request.param


def test_every_chapter_has_a_figure(chapter):
    assert figures_on(*chapter)


UNLABELLED = """(root) => [...root.querySelectorAll("input, select")]
  .filter((control) => !root.contains(control.labels[0] ?? null))
  .map((control) => control.outerHTML)"""


def test_labels_are_those_of_their_own_figure(chapter):
    for figure in figures_on(*chapter):
        assert figure.root.evaluate(UNLABELLED) == []


# --------------------------------------------------------------------------------- live figures

BEGINNINGS = {
    "mixer": ["a:fdgo,b:fdanti,mix:0.5", "a:contextdelaydm1,b:contextdelaydm2,mix:0.5,noise:0.2"],
    "trial": ["task:fdgo,time:400,speed:4", "task:dmsgo,time:1100", "task:contextdm1,time:400"],
    "plane": ["knob:threshold", "knob:slope"],
    "bench": ["noise:0", "noise:0.5"],
    "prediction": ["guess:"],
    "gating": ["mix:0.5"],
    "robustness": ["operator:in-line", "operator:mix", "operator:strength"],
    "packed": ["minus:excitability"],
    "stream": ["seed:0"],
    "space": ["solid:0", "solid:1"],
}

# Controls, and why a figure may have them out of reach in all its states.
OUT_OF_REACH = {
    "one network of every form": {"Seed"},
    "the diagrams are not asked for": {"Diagram shows"},
    "compiled between two tasks": {
        *("Trials of", "Context moves towards", "direction of stimulus 2", "coherence", "delay"),
    },
}


def reasons(figure: OnPage) -> set[str]:
    """Controls of a figure that need not be within reach."""
    held = getattr(figure.twin(), "networks", None)
    out = set()
    if held is not None and held.n_seeds == 1:
        out |= OUT_OF_REACH["one network of every form"]
    if figure.model.get("diagrams") is False:
        out |= OUT_OF_REACH["the diagrams are not asked for"]
    if is_compiled(figure):
        out |= OUT_OF_REACH["compiled between two tasks"]
    return out


def is_compiled(figure: OnPage) -> bool:
    """Whether Python has compiled the networks at a few mixes."""
    source = figure.model.get("networks", "").removeprefix("IPY_MODEL_")
    return bool(source) and figure.models[source]["description"]["between"] is not None


def beginnings(figure: OnPage) -> list[str]:
    """States in which the controls of a figure are tried: each in the first in which it is within reach."""
    if figure.kind == "flipbook":
        return [f"#{figure.name}={name}:{limits[0]}" for name, limits in figure.model["limits"].items()]
    if figure.kind == "training":
        return [f"#{figure.name}=tasks:{next(iter(figure.model['description']['sets']))}"]
    states = BEGINNINGS[figure.kind]
    if is_compiled(figure):
        states = states[:1]
    if figure.kind == "prediction":
        states = [*states, f"guess:{'.'.join(['50'] * len(figure.model['x']))}"]
    return [f"#{figure.name}={state}" for state in states]


def begin(figure: OnPage, fragment: str) -> None:
    follow(figure.page, "#begin")  # so that the fragment is a new one, wherever the last act has led
    follow(figure.page, fragment)
    assert not figure.is_noticed
    figure.see()


def operate(figure: OnPage) -> set[int]:
    """Operate all controls in all ways; which controls that were."""
    tried = set()
    for fragment in beginnings(figure):
        begin(figure, fragment)
        before, state, pictures = figure.drawn(), figure.twin().state, figure.root.evaluate(PICTURES)
        for way in [way for way in ways(figure) if way.index not in tried]:
            begin(figure, fragment)
            way.act()
            shown, twin = figure.drawn(), figure.twin()
            assert lasting(shown) != lasting(before), way.name
            agrees(shown, twin)
            changed = {name for name, value in twin.state.items() if value != state[name]}
            assert changed and changed <= set(figure.changes[way.control].split()), way.name
            undrawn = UNDRAWN.get(figure.kind, set())
            assert figure.root.evaluate(PICTURES) != pictures or changed <= undrawn, way.name
            tried.add(way.index)
    return tried


@pytest.mark.slow
def test_what_is_drawn_follows_every_control(chapter):
    for figure in figures_on(*chapter):
        figure.see()
        agrees(figure.drawn(), figure.twin())
        tried = operate(figure)
        left = {name for index, name in names_of(figure).items() if index not in tried}
        assert left <= reasons(figure)
        link, last = figure.link, figure.drawn()
        figure.reset()
        agrees(figure.drawn(), figure.twin())
        assert figure.twin().state == figure.first_state
        begin(figure, link)
        assert lasting(figure.drawn()) == lasting(last)
        figure.reset()


# ------------------------------------------------------------------------------------ flipbooks

PICTURE = "root => root.querySelector('img').src"


def test_flipbooks_show_the_picture_of_their_sliders(chapter):
    for book in (figure for figure in figures_on(*chapter) if "frames" in figure.model):
        for fragment in beginnings(book):
            begin(book, fragment)
            frame = book.model["frames"][book.drawn()["frame"]]
            assert book.root.evaluate(PICTURE) == f"data:image/png;base64,{b64encode(frame).decode()}"
            assert book.root.query_selector("img").get_attribute("alt") == book.twin().alt


# ------------------------------------------------------------------------- several figures, links

LINES_AND_NOTICES = """() => [...document.querySelectorAll(".modpack-live")].map((root) =>
  [root.querySelector(".modpack-python code").textContent,
   root.querySelector(".modpack-notice").checkVisibility()])"""
BOTH = "#mixer=a:dmsgo,b:dmsnogo,mix:0.3&bench=silenced:4.5,draw:3"


@pytest.fixture
def several(browser):
    """A page with several figures."""
    with opened(browser, BOOK.html.as_uri(), MANY, **VIEW) as page:
        yield page


def called(page, name) -> OnPage:
    (figure,) = (figure for figure in figures_on(page, MANY) if figure.name == name)
    return figure


def test_a_link_restores_every_figure_of_which_it_speaks(browser):
    with opened(browser, BOOK.html.as_uri(), MANY, BOTH, **VIEW) as page:
        lines = [line for line, _ in page.evaluate(LINES_AND_NOTICES)]
        assert 'Mixer(shipped_networks(), a="dmsgo", b="dmsnogo", mix=0.3).answer' in lines
        assert "Bench(shipped_networks(), silenced=[4,5], draw=3).performance" in lines
        assert sum(line.startswith("Prediction(") and "guess" not in line for line in lines) == 2
        for name in ("mixer", "bench"):
            figure = called(page, name)
            figure.see()
            agrees(figure.drawn(), figure.twin())


def test_links_of_several_figures_add_up(several):
    for name, wanted in [("mixer", "mix, keyboard"), ("bench", "noise of the neurons, keyboard")]:
        figure = called(several, name)
        (way,) = (way for way in ways(figure) if way.name == wanted)
        way.act()
        figure.root.query_selector("a.modpack-link").click()
    assert several.url.endswith("#mixer=a:fdgo,mix:0&bench=silenced:0.1,noise:1")
