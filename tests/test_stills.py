"""Stills of live figures: taken once, placed where the figures will be, and gone as soon as these answer."""

import json

import pytest
import stills
from bs4 import BeautifulSoup
from built_book import BOOK, PAGES, opened
from chapters import Book
from PIL import Image
from stills import FOLDER, VIEW, place_stills, take_stills

STATE = "application/vnd.jupyter.widget-state+json"
PAGE = (
    f'<script type="{VIEW.split(chr(39))[1]}">{{"model_id": "m"}}</script>'
    f'<script type="{STATE}">{json.dumps({"state": {"m": {"state": {"question": "Which?"}}}})}</script>'
)


@pytest.fixture
def book(tmp_path):
    """A built book of one page with one figure."""
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "_toc.yml").write_text("format: jb-book\nroot: a\n")
    html = tmp_path / "html"
    (html / "_static").mkdir(parents=True)
    (html / "_static" / "book.css").write_text("")
    (html / "a.html").write_text(PAGE)
    return Book(tmp_path), html


def test_a_still_stands_where_its_figure_will_be(tmp_path):
    page = BeautifulSoup(PAGE, "html.parser")
    place_stills(page, tmp_path, "notebooks/a")
    assert page.select("img") == []
    (tmp_path / FOLDER / "notebooks" / "a").mkdir(parents=True)
    Image.new("RGB", (30, 20)).save(tmp_path / FOLDER / "notebooks" / "a" / "0.png")
    place_stills(page, tmp_path, "notebooks/a")
    (still,) = page.select(".modpack-place > script + img.modpack-still")
    assert still["src"] == f"../{FOLDER}/notebooks/a/0.png" and (still["width"], still["height"]) == (
        "30",
        "20",
    )
    assert still["alt"].endswith("Which?")


def test_without_a_browser_there_are_none_and_the_build_says_so(book, monkeypatch, capsys):
    monkeypatch.setattr(stills, "CHROMIUM", None)
    take_stills(*book)
    assert "no Chromium" in capsys.readouterr().out and not (book[1] / FOLDER).exists()


def test_a_still_is_kept_until_its_page_changes(book, monkeypatch):
    taken = []

    def take(html, targets):
        taken.extend(targets)
        for target in targets.values():
            target.mkdir(parents=True)
            (target / "0.png").touch()

    monkeypatch.setattr(stills, "CHROMIUM", "somewhere")
    monkeypatch.setattr(stills, "_take", take)
    for change, times in (("", 1), ("", 1), (" ", 2)):
        (book[1] / "a.html").write_text((book[1] / "a.html").read_text().replace("Which?", f"Which?{change}"))
        take_stills(*book)
        assert (book[1] / FOLDER / "a" / "0.png").exists() and len(taken) == times
        stills.shutil.rmtree(book[1] / FOLDER)
    assert len(list((book[0].built / "stills").iterdir())) == 1


@pytest.mark.browser
def test_the_still_of_the_front_page_is_seen_without_scripts_and_gives_way_to_the_figure(browser):
    page = browser.new_page(java_script_enabled=False)
    page.goto((BOOK.html / f"{PAGES[0]}.html").as_uri())
    assert page.locator(".modpack-still").first.is_visible()
    page.close()
    with opened(browser, BOOK.html.as_uri(), PAGES[0]) as page:
        page.wait_for_selector(".modpack-drawn")
        assert page.locator(".modpack-still").first.is_hidden()


@pytest.mark.browser
def test_every_live_figure_of_the_book_has_one(browser):
    pages = {name: BeautifulSoup((BOOK.html / f"{name}.html").read_text(), "html.parser") for name in PAGES}
    lacking = {
        name for name, page in pages.items() if len(page.select(VIEW)) != len(page.select(".modpack-still"))
    }
    assert not lacking
