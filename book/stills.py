"""A still of every live figure in its first state: it stands in the page until the figure answers."""

import io
import json
import shutil
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from browser import CHROMIUM, chromium
from bs4 import BeautifulSoup
from chapters import Book
from lighter import STATE
from PIL import Image
from playwright.sync_api import Browser, ElementHandle
from playwright.sync_api import Error as PlaywrightError

FOLDER = "_stills"
VIEW = "script[type='application/vnd.jupyter.widget-view+json']"
DRAWN = f"""number => document.querySelectorAll("{VIEW}")[number]
  .parentElement.querySelector(".modpack-live.modpack-drawn")"""
PATIENCE = 120_000
"""Milliseconds until a figure answers."""
REST = 500
"""Milliseconds in which a figure that is done does not change."""
COLOURS = 128
"""Colours of a still."""


def take_stills(book: Book, html: Path) -> None:
    """Photograph the figures of the pages in `html`, before `lighter` has taken anything from them.

    What a page shows at first has been photographed already if neither its widgets nor the style sheet have
    changed since. Without a Chromium that works there are no stills.
    """
    kept = book.built / "stills"
    wanted = {page: _name(html, page) for page in book.pages() if _has_figures(html, page)}
    for old in set(kept.glob("*")) - {kept / name for name in wanted.values()}:
        shutil.rmtree(old)
    missing = [page for page, name in wanted.items() if not (kept / name).exists()]
    if missing and CHROMIUM is None:
        print("There is no Chromium here, so live figures get no stills.")
    elif missing:
        try:
            _take(html, {page: kept / wanted[page] for page in missing})
        except PlaywrightError as error:
            print(f"Live figures get no stills, for Chromium fails: {str(error).splitlines()[0]}")
    for page, name in wanted.items():
        if (kept / name).exists():
            shutil.copytree(kept / name, html / FOLDER / page)


def _has_figures(html: Path, page: str) -> bool:
    path = html / f"{page}.html"
    return path.exists() and "widget-view+json" in path.read_text("utf8")


def _name(html: Path, page: str) -> str:
    """Return a name for the stills of a page, from all that its figures are made of."""
    states = "".join(found[2] for found in STATE.finditer((html / f"{page}.html").read_text("utf8")))
    look = (html / "_static" / "book.css").read_bytes()
    return f"{page.replace('/', '-')}-{sha256(states.encode() + look).hexdigest()[:16]}"


def _take(html: Path, targets: dict[str, Path]) -> None:
    with chromium() as browser:
        for page, target in targets.items():
            partial = target.with_name("partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            for number, still in _photographs(browser, html, page):
                still.save(partial / f"{number}.png", optimize=True)
            partial.replace(target)


def _photographs(browser: Browser, html: Path, name: str) -> Iterable[tuple[int, Image.Image]]:
    """Yield the pictures of the figures of a page that answer, with their numbers among all."""
    page = browser.new_page(
        viewport={"width": 1280, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    page.goto((html / f"{name}.html").as_uri(), timeout=PATIENCE)
    for number, view in enumerate(page.query_selector_all(VIEW)):
        try:
            view.evaluate("view => view.parentElement.scrollIntoView()")
            figure = page.wait_for_function(DRAWN, arg=number, timeout=PATIENCE).as_element()
        except PlaywrightError:
            print(f"{name}: figure {number + 1} does not answer, and has no still.")
            continue
        if figure is not None:
            yield number, _at_rest(figure)
    page.close()


def _at_rest(figure: ElementHandle) -> Image.Image:
    before, now = b"", figure.screenshot(timeout=PATIENCE)
    while now != before:
        figure.evaluate(f"() => new Promise((done) => setTimeout(done, {REST}))")
        before, now = now, figure.screenshot(timeout=PATIENCE)
    return Image.open(io.BytesIO(now)).convert("RGB").quantize(COLOURS)


def place_stills(page: BeautifulSoup, html: Path, name: str) -> None:
    """Put the stills of a page where its figures will be."""
    states = page.select("script[type='application/vnd.jupyter.widget-state+json']")
    models = {key: model for state in states for key, model in json.loads(state.text)["state"].items()}
    for number, view in enumerate(page.select(VIEW)):
        still = html / FOLDER / name / f"{number}.png"
        if still.exists():
            place = view.wrap(page.new_tag("div", attrs={"class": "modpack-place"}))
            place.append(picture := page.new_tag("img"))
            with Image.open(still) as image:
                width, height = image.size
            asked = models[json.loads(view.text)["model_id"]]["state"].get("question", "")
            picture.attrs |= {
                "src": f"{'../' * name.count('/')}{FOLDER}/{name}/{number}.png",
                "alt": f"The interactive figure at its beginning. {asked}",
                "class": "modpack-still",
                "width": str(width),
                "height": str(height),
                "loading": "lazy" if number else "eager",
            }
