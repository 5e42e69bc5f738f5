"""The pages of the built book in Firefox, from disk and from a server: drawn, operated, no complaints."""

import json
import time

import pytest
from book_figures import CASES
from built_book import BOOK, CHECKS
from firefox import PATIENCE, Tab

pytestmark = pytest.mark.browser

PAGES = [page for page in BOOK.pages() if not page.startswith("reference/")]
HOME, END = "\ue011", "\ue010"
"""Keys, as WebDriver names them."""

LACKING = "[checks.missingImages(), checks.emptyWidgets(), checks.rawMaths()].flat()"
SILENT = """[...document.querySelectorAll(".modpack-live")]
  .filter((figure) => !figure.querySelector(".modpack-readout")?.textContent)
  .map((figure) => figure.className)"""
"""Figures that have not answered."""

SLIDER = """[...document.querySelectorAll(".modpack-live:not(.modpack-training)")]
  .map((figure) => ["[type=range]", ".modpack-readout"].map((part) => figure.querySelectorAll(part)))
  .map(([sliders, [sentence]]) => [sentence, [...sliders].find((slider) => slider.checkVisibility())])
  .filter(([, slider]) => slider)"""
"""The sentence and the first slider of every figure that answers sliders: networks are trained on request."""


def wait_for_none(tab: Tab, expression: str) -> None:
    """Wait until a list of what is wrong has no entry."""
    deadline = time.monotonic() + PATIENCE
    while (wrong := tab.evaluate(expression)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not wrong


def open_page(tab: Tab, origin: str, name: str) -> None:
    """Open a page, unfold all of it, and wait for what it draws, and for what every figure answers."""
    tab.goto(f"{origin}/{name}.html")
    tab.run(CHECKS.read_text())
    tab.evaluate("checks.openAll()")
    wait_for_none(tab, LACKING)
    wait_for_none(tab, SILENT)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_from_disk_and_the_sliders_of_its_figures(tab, name):
    """Every sentence is another once the first slider is at its other end."""
    open_page(tab, BOOK.html.as_uri(), name)
    tab.run(f"globalThis.pairs = {SLIDER}")
    before = tab.evaluate("pairs.map(([sentence]) => sentence.textContent)")
    for k, _ in enumerate(before):
        tab.evaluate(f"pairs[{k}][1].focus()")
        at_end = tab.evaluate(f"pairs[{k}][1].value === pairs[{k}][1].max")
        tab.press(HOME if at_end else END)
    tab.run(f"globalThis.before = {json.dumps(before)}")
    wait_for_none(tab, "before.filter((text, k) => pairs[k][0].textContent === text)")
    assert tab.forget() == []


@pytest.mark.parametrize("name", sorted({case.page for case in CASES.values()}))
def test_a_chapter_from_a_server(tab, server, name):
    open_page(tab, server, name)
    assert tab.forget() == []
