"""What every live figure does in its page of the built book, once for every kind of figure.

Its controls are those of test_controls.py; that the keyboard reaches them, that the page is narrow enough and
that nothing moves unasked, test_accessibility.py sees to on every page.
"""

from contextlib import suppress

import pytest
from book_figures import CASES, TELEPHONE, VIEW, in_page
from built_book import BOOK
from figure_agreement import agrees
from hostile_links import against_the_grammar, beyond_the_state, of_no_figure
from live_controls import lasting
from live_page import follow, swipe
from page_figures import models_of
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

LOW = {"viewport": {"width": 1280, "height": 60}}
NARROWEST = 80  # px of a picture on a telephone
COMPUTING = {"plane", "bench", "space"}  # what they compute takes a while
TOUCH = "canvas => getComputedStyle(canvas).touchAction"  # "auto" where a finger scrolls the page

IN_SIGHT = """(root) => {
  const { top, bottom } = root.getBoundingClientRect();
  return top < innerHeight && bottom > 0;
}"""
GROW = """async () => {
  document.documentElement.style.overflowAnchor = "none"; // as in some browsers
  document.body.prepend(Object.assign(document.createElement("div"), { style: "height: 9000px" }));
  await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
}"""

pytestmark = pytest.mark.browser


def test_every_kind_of_figure_in_the_book_is_tried():
    models = [
        model for page in BOOK.pages() if page.startswith("notebooks/") for model in models_of(page).values()
    ]
    assert {model["name"].rstrip("0123456789") for model in models if "python" in model} == set(CASES)


@pytest.fixture(scope="module", params=CASES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def figure(browser, name):
    """A figure that was out of sight at first; `unseen`: what it had drawn by then."""
    with in_page(browser, name, **LOW) as figure:
        figure.page.wait_for_timeout(300)
        figure.unseen = figure.root.evaluate("root => root.drawn")
        figure.page.set_viewport_size(VIEW["viewport"])
        figure.see()
        yield figure


@pytest.fixture(scope="module")
def telephone(browser, name):
    """A figure to which a link has led on a telephone."""
    with in_page(browser, name, f"#{name}={CASES[name].state}", **TELEPHONE) as figure:
        yield figure


def wait_for_words(figure) -> None:
    """Wait until the figure has said what it shows in the state of its case."""
    said = "([root, text]) => root.querySelector('.modpack-readout').textContent.startsWith(text)"
    figure.page.wait_for_function(said, arg=[figure.root, CASES[figure.name].says])


# --------------------------------------------------------------------------------- on a telephone


def test_a_link_leads_to_the_figure_in_its_state(telephone, name):
    telephone.page.wait_for_function(IN_SIGHT, arg=telephone.root)
    telephone.page.evaluate(GROW)
    telephone.page.wait_for_function(IN_SIGHT, arg=telephone.root)
    assert not telephone.is_noticed
    telephone.see()
    (written,) = (part for part in telephone.link[1:].split("&") if part.startswith(f"{name}="))
    assert set(written.removeprefix(f"{name}=").split(",")) <= set(CASES[name].state.split(","))
    assert telephone.twin().state != telephone.first_state
    agrees(telephone.drawn(), telephone.twin())


def test_pictures_have_room(telephone):
    telephone.see()
    for canvas in telephone.pictures():
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box["width"] >= NARROWEST
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390


def test_a_legend_stands_before_what_it_explains(telephone):
    assert telephone.check("lateLegends") == []


SCROLLED = "before => scrollY > before + 60"


def test_a_swipe_beside_what_can_be_taken_scrolls_the_page_and_changes_nothing(telephone):
    link, page = telephone.link, telephone.page
    for picture in telephone.pictures(":is(canvas, img)"):
        picture.evaluate("picture => picture.scrollIntoView({ block: 'center' })")
        box, before = picture.bounding_box(), page.evaluate("scrollY")
        x, y = 0.06 * box["width"], 0.96 * box["height"]
        swipe(picture, *((x, y - 15 * k) for k in range(9)))
        page.wait_for_function(SCROLLED, arg=before)
    assert telephone.link == link


def until(act, wait, patience=(3_000, 30_000, 90_000)) -> None:
    """Act, and again if nothing comes of it: while a machine is busy a tap may last too long to be one."""
    for timeout in patience[:-1]:
        act()
        with suppress(PlaywrightTimeoutError):
            return wait(timeout)
    act()
    wait(patience[-1])


def changes_link(figure, act) -> None:
    before = [figure.root, figure.link]
    changed = "([root, before]) => root.querySelector('a.modpack-link').hash !== before"
    until(act, lambda timeout: figure.page.wait_for_function(changed, arg=before, timeout=timeout))


def test_fingers_move_what_can_be_moved(telephone):
    telephone.button("Reset").click()
    pictures = [each for each in telephone.pictures("canvas.modpack-grab") if each.evaluate(TOUCH) != "auto"]
    movable = pictures or telephone.pictures("input[type=range]")
    assert movable
    for part in movable:
        box = part.bounding_box()
        path = [(x * box["width"], 0.4 * box["height"]) for x in (0.3, 0.5, 0.8)]
        changes_link(telephone, lambda part=part, path=path: swipe(part, *path))


def test_taps_reset_and_link(telephone, name):
    follow(telephone.page, "#begin")
    follow(telephone.page, f"#{name}={CASES[name].state}")
    assert telephone.twin().state != telephone.first_state
    wait_for_words(telephone)  # which may move what stands below them
    changes_link(telephone, telephone.button("Reset").tap)
    assert telephone.twin().state == telephone.first_state
    address = f"**/*{telephone.link}"
    tap = telephone.part.locator("a.modpack-link").tap
    until(tap, lambda timeout: telephone.page.wait_for_url(address, timeout=timeout))


# ------------------------------------------------------------------------------------ at a desk


def test_nothing_is_computed_out_of_sight(figure, name):
    if name in COMPUTING:
        assert figure.unseen is None or not figure.unseen["isComplete"]
        assert figure.complete()["isComplete"]


def test_the_readout_speaks(figure, name):
    assert figure.part.locator(".modpack-readout").get_attribute("aria-live") == "polite"
    follow(figure.page, f"#{name}={CASES[name].state}")
    wait_for_words(figure)


BELOW_WORDS = """(words) => [...words.parentElement.querySelectorAll("input, select, button, canvas")]
  .filter((part) => words.compareDocumentPosition(part) & Node.DOCUMENT_POSITION_FOLLOWING).length"""


def test_words_that_come_late_move_nothing_that_readers_operate(figure):
    assert figure.part.locator(".modpack-readout").evaluate(BELOW_WORDS) == 0


def test_colours_follow_the_page(figure):
    def pictures(theme):
        figure.page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        figure.complete()
        return [canvas.evaluate("canvas => canvas.toDataURL()") for canvas in figure.pictures()]

    light, dark, again = map(pictures, ("light", "dark", "light"))
    assert light or figure.kind == "flipbook"  # whose pictures have no ground
    assert all(one != other for one, other in zip(light, dark, strict=True))
    assert again == light


HEARD = """async ([root, hashes]) => {
  const heard = [];
  for (const hash of hashes) {
    const changed = new Promise((go) => window.addEventListener("hashchange", go, { once: true }));
    location.hash = hash;
    await changed;
    const [line, notice] = [".modpack-python code", ".modpack-notice"].map((x) => root.querySelector(x));
    heard.push([hash, line.textContent, notice.checkVisibility() && notice.children.length === 0]);
  }
  return heard;
}"""


def test_hostile_links_change_nothing(figure, name):
    page, state = figure.page, CASES[name].state
    dialogs = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())
    follow(page, f"#{name}={state}")
    before, line = figure.drawn(), figure.line
    elements = page.evaluate("document.querySelectorAll('*').length")
    hostile = against_the_grammar(name, state) + beyond_the_state(
        name, figure.first_state, figure.model["limits"]
    )
    for heard in page.evaluate(HEARD, [figure.root, hostile]):
        assert heard == [heard[0], line, True]
    for heard in page.evaluate(HEARD, [figure.root, of_no_figure(name, state)]):
        assert heard == [heard[0], line, False]
    assert lasting(figure.drawn()) == lasting(before)
    assert page.evaluate("document.querySelectorAll('*').length") == elements
    assert dialogs == []
    follow(page, "#begin")
    assert not figure.is_noticed
