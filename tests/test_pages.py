"""The built pages from a server, in dark colours; test_accessibility.py has them from disk, in both."""

import pytest
from built_book import BOOK, PAGES, opened
from chapters import code_cells


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_page(browser, server, name):
    with opened(browser, server, name, color_scheme="dark") as page:
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert page.evaluate("checks.faintText()") == []


@pytest.mark.parametrize("chapter", BOOK.chapters(), ids=lambda chapter: chapter.stem)
def test_executed_chapter_shows_no_progress_bar_and_no_warning(chapter):
    executed = BOOK.executed / chapter.name
    assert executed.exists(), "run `make book` first"
    outputs = [output for cell in code_cells(executed) for output in cell.outputs]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    assert "FloatProgressModel" not in executed.read_text()


@pytest.mark.browser
def test_the_address_of_the_book_leads_to_its_first_page(browser):
    page = browser.new_page()
    page.goto((BOOK.html / "index.html").as_uri())
    page.wait_for_url(f"**/{PAGES[0]}.html")
    assert page.get_by_role("heading", level=1).count() == 1
    page.close()
