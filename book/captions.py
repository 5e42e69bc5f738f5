"""Numbers of live figures in the built pages, by which they are cited and reached."""

import json
import re

from bs4 import BeautifulSoup, Tag
from chapters import Book
from stills import VIEW

TITLE = re.compile(r'^  static title = "(?P<title>[^"]+)";$', re.MULTILINE)
STATE = "script[type='application/vnd.jupyter.widget-state+json']"


def number_live_figures(page: BeautifulSoup, book: Book) -> None:
    """Give every live figure of a page a caption with its number, which is also the name of its place.

    Parameters
    ----------
    page : BeautifulSoup
        It is changed.
    book : Book
        Its package says what the figures are.
    """
    states = [json.loads(state.text)["state"] for state in page.select(STATE)]
    models = {name: model["state"] for models in states for name, model in models.items()}
    chapter = page.select_one("h1 .section-number")
    prefix = "" if chapter is None else chapter.get_text().strip()
    number = 0
    for view in page.select(VIEW):
        if title := _title(book, models[json.loads(view.text)["model_id"]].get("_anywidget_id", "")):
            number += 1
            _wrap(page, view, f"{prefix}{number}", title)


def _title(book: Book, module: str) -> str:
    """Return what a live figure of the package is; "" for another widget."""
    package, *rooms = module.split(".")
    script = book.root.joinpath(package, *rooms[:-2], "figure.js")
    if package != book.package or not script.exists():
        return ""
    found = TITLE.search(script.read_text("utf8"))
    return found["title"] if found else ""


def _wrap(page: BeautifulSoup, view: Tag, label: str, title: str) -> None:
    around = view.find_parent(class_="modpack-place")
    figure = (around or view).wrap(page.new_tag("figure", attrs={"class": "modpack-figure"}))
    figure["id"] = f"live-figure-{label.replace('.', '-')}"
    caption = page.new_tag("figcaption")
    number = page.new_tag("a", href=f"#{figure['id']}")
    number.string = f"Live figure {label}"
    caption.append(number)
    caption.append(f": {title}.")
    figure.append(caption)
