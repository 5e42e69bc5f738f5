"""What a page says of itself where it is linked: description and picture (https://ogp.me)."""

from textwrap import shorten
from urllib.parse import urljoin

from bs4 import BeautifulSoup

LONGEST = 200
"""Characters of a description."""

STILL, FIGURE = "img.modpack-still", "article img[src*=_images]"


def describe(page: BeautifulSoup, name: str, address: str) -> None:
    """Add description, title and picture to the head of a page.

    Parameters
    ----------
    page : BeautifulSoup
        It is changed; a page without an article stays as it is.
    name : str
        Its path, without its ending.
    address : str
        Where the book is published, with a slash at its end; "" leaves addresses relative to the page.
    """
    title = page.select_one("article h1")
    if page.head is None or title is None:
        return
    here = f"{address}{name}.html" if address else ""
    picture = page.select_one(STILL) or page.select_one(FIGURE)
    found = {
        "og:type": "article",
        "og:title": _words(str(title)),
        "og:description": description(page),
        "og:url": here,
        "og:image": urljoin(here, str(picture["src"])) if picture else "",
        "og:image:alt": str(picture.get("alt", "")) if picture else "",
    }
    page.head.append(page.new_tag("meta", attrs={"name": "description", "content": found["og:description"]}))
    for key, content in found.items():
        if content:
            page.head.append(page.new_tag("meta", attrs={"property": key, "content": content}))


def description(page: BeautifulSoup) -> str:
    """Return the beginning of what a page says, in words."""
    said = " ".join(_words(str(paragraph)) for paragraph in page.select("article section > p")[:3])
    return shorten(said, LONGEST, placeholder=" …")


def _words(html: str) -> str:
    part = BeautifulSoup(html, "html.parser")
    for other in part.select(".headerlink, .section-number, .math"):
        other.decompose()
    return " ".join(part.get_text().split())
