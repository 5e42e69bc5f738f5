"""What answers a question in a page comes after the reader's guess, and is there for everybody else."""

import axe
import pytest
from built_book import BOOK, CHECKS, watch

CHAPTER = "notebooks/08_packing"
FIRST = "#fig-mapping-floor"
LATER = "#fig-packing-map"
HIDDEN = "document.querySelectorAll('.modpack-withheld')"
N_HIDDEN = f"[...{HIDDEN}].filter((part) => getComputedStyle(part).display === 'none').length"

pytestmark = pytest.mark.browser


@pytest.fixture
def visit(browser):
    contexts, complaints = [], []

    def visit(fragment="", **options):
        contexts.append(browser.new_context(**options))
        contexts[-1].add_init_script(path=CHECKS)
        page = contexts[-1].new_page()
        page.set_default_timeout(120_000)  # patience with a busy machine
        if options.get(
            "java_script_enabled", True
        ):  # without, scripts that a page asks for fail as they should
            complaints.append(watch(contexts[-1], page, BOOK.html.as_uri()))
        page.goto(f"{BOOK.html.as_uri()}/{CHAPTER}.html{fragment}", wait_until="load")
        page.wait_for_load_state("networkidle")
        return page

    yield visit
    assert not any(complaints), complaints
    for context in contexts:
        context.close()


def question_before(page, figure):
    """The form that hides a figure: the last one before it."""
    forms = page.locator("form.modpack-guess")
    before = "(form, figure) => form.compareDocumentPosition(document.querySelector(figure)) & 4"
    return [form for form in forms.all() if form.evaluate(before, figure)][-1]


def test_an_answer_comes_after_the_guess(visit):
    page = visit()
    assert not page.locator(FIRST).is_visible() and not page.locator(LATER).is_visible()
    form = question_before(page, FIRST)
    form.get_by_role("button", name="Commit and look").click()
    assert not page.locator(FIRST).is_visible()  # there is no guess yet
    form.get_by_label("My guess").fill("a quarter")
    form.get_by_label("My guess").press("Enter")
    assert page.locator(FIRST).is_visible() and not page.locator(LATER).is_visible()
    assert page.evaluate("document.activeElement.textContent") == "Your guess: a quarter"


def test_who_does_not_guess_may_look(visit):
    page = visit()
    question_before(page, FIRST).get_by_role("button", name="Look without a guess").click()
    assert page.locator(FIRST).is_visible()
    assert page.get_by_text("You looked without a guess.").count() == 1


def test_a_link_shows_what_it_leads_to(visit):
    page = visit(LATER)
    page.locator(LATER).wait_for(state="visible")
    assert not page.locator(FIRST).is_visible()
    page.evaluate(f"location.hash = '{FIRST}'")
    page.locator(FIRST).wait_for(state="visible")


def test_paper_and_pages_without_scripts_hold_everything(visit):
    page = visit()
    assert page.evaluate(N_HIDDEN) > 0
    page.emulate_media(media="print")
    assert page.evaluate(N_HIDDEN) == 0
    assert not page.locator("form.modpack-guess").first.is_visible()
    plain = visit(java_script_enabled=False)
    assert plain.locator(FIRST).is_visible() and plain.locator("form.modpack-guess").count() == 0


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_questions_are_for_all_readers(visit, scheme, width):
    page = visit(color_scheme=scheme, viewport={"width": width, "height": 900})
    page.locator("form.modpack-guess").first.wait_for()
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
