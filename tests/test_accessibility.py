"""Every page of the built book, for readers with a keyboard, a screen reader, a telephone or a thin wire."""

from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

import axe
import pytest
from built_book import BOOK, CHECKS, PAGES, opened
from playwright.sync_api import TimeoutError as PlaywrightTimeout

WEIGHT = 1_400_000  # bytes of a page, its pictures and stills, beyond what all pages share
STILL = 0.5  # seconds in which a figure that was left alone does not change
SETTLED = 120  # seconds within which it has computed what it shows

FAULTY = """<!doctype html><html lang="en"><title>Faulty</title>
<style>input:focus { outline: 2px solid }</style><main><article>
  <h1>Faulty</h1>
  <p style="overflow: hidden; white-space: nowrap; width: 3em">These words are cut.</p>
  <p style="overflow-x: auto; white-space: nowrap; width: 3em" tabindex="0">These words scroll.</p>
  <pre style="overflow-x: auto; width: 3em" tabindex="0">This code scrolls.</pre>
  <p style="color: #aaaaaa">faint</p>
  <p style="transition: color 1s">slow</p>
  <div class="widget-subarea">
    <input aria-label="plain">
    <input aria-label="bare" style="outline: none">
    <input>
    <span role="button">out of reach</span>
  </div>
</article></main>"""

pytestmark = pytest.mark.browser


def test_the_checks_find_faults(browser):
    page = browser.new_page(color_scheme="light")
    page.set_content(FAULTY)
    page.evaluate(CHECKS.read_text())
    assert page.evaluate("checks.cutText()") == ["These words are cut."]
    assert [found.endswith("This code scrolls.") for found in page.evaluate("checks.partlySeen()")] == [True]
    assert [text.endswith(">faint</p>") for text in page.evaluate("checks.faintText()")] == [True]
    assert [text.endswith(">slow</p>") for text in page.evaluate("checks.moving()")] == [True]
    assert {found.partition(":")[0] for found in axe.violations(page)} == {"color-contrast", "label"}
    page.evaluate("checks.enter(checks.figures()[0])")
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("checks.focused()"))
    names = page.evaluate("checks.controls(checks.figures()[0]).map(checks.name)")
    assert names == ["plain", "bare", "<input>", "out of reach"]
    assert reached[:3] == [["plain", True], ["bare", False], ["<input>", True]]
    assert reached[3][0] != "out of reach"
    page.close()


@pytest.fixture(scope="module", params=PAGES)
def page(request, browser):
    """A page, from disk, for a reader who wants no motion."""
    with opened(browser, BOOK.html.as_uri(), request.param, reduced_motion="reduce") as page:
        yield page


@pytest.fixture
def figures(page):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.keyboard.press("Escape")
    found = page.evaluate_handle("checks.figures()").get_properties().values()
    return [figure.as_element() for figure in found]


# The theme lets the keyboard into what scrolls a while after the page, or a figure in it, has last changed.
ARRANGED = """() => [...document.querySelectorAll("pre, .output, .pst-scrollable-table-container")]
  .every((box) => box.tabIndex === 0 || box.scrollWidth <= box.clientWidth)"""


def show(page, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    with suppress(PlaywrightTimeout):  # axe-core says where the keyboard is locked out
        page.wait_for_function(ARRANGED, timeout=20_000)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page, scheme, width):
    show(page, scheme, width)
    assert axe.violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(page, scheme):
    show(page, scheme, 1280)
    assert page.evaluate("checks.faintText()") == []


def test_weight(page):
    files = {Path(unquote(urlsplit(url).path)) for url in page.evaluate("checks.loaded()")}
    own = {file for file in files if file.is_relative_to(BOOK.html)}
    own -= {file for file in own if file.is_relative_to(BOOK.html / "_static")}
    assert sum(file.stat().st_size for file in own) <= WEIGHT


def test_a_narrow_page_shows_all_its_text(page):
    show(page, "light", 390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("checks.cutText()") == []


@pytest.mark.parametrize("width", [1280, 390])
def test_code_and_tables_are_seen_whole(page, width):
    show(page, "light", width)
    assert page.evaluate("checks.partlySeen()") == []


def test_the_keyboard_reaches_every_control_and_the_focus_is_seen(page, figures):
    for figure in figures:
        names = figure.evaluate("figure => checks.controls(figure).map(checks.name)")
        assert names
        figure.evaluate("figure => checks.enter(figure)")
        for name in names:
            page.keyboard.press("Tab")
            assert page.evaluate("checks.focused()") == [name, True]


def test_nothing_moves_unasked(page, figures):
    assert page.evaluate("checks.moving()") == []
    for figure in figures:
        figure.scroll_into_view_if_needed()
        before = None
        for _ in range(int(SETTLED / STILL)):
            now = figure.evaluate("figure => checks.picture(figure)")
            if now == before:
                break
            before = now
            page.wait_for_timeout(1000 * STILL)
        else:
            pytest.fail("a figure does not come to rest")
