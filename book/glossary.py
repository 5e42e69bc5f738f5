"""Words of the glossary in the built pages: each is a link where a page uses it first, with its meaning."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement

PAGE = "glossary"
WORDS = "p, li, td, dd, figcaption"
"""What holds prose."""

NOT_PROSE = "a, code, pre, button, summary, script, style, .math, .cell_output, h1, h2, h3, h4"


class Entry(NamedTuple):
    """A word of the glossary: how it is written there, the name of its place, and what it means."""

    word: str
    place: str
    meaning: str


def entries(page: BeautifulSoup) -> list[Entry]:
    """Return what the built page of the glossary explains."""
    return [
        Entry(str(term.contents[0]).strip(), str(term["id"]), meaning.get_text().strip())
        for term in page.select("dl.glossary > dt[id]")
        for meaning in term.find_next_siblings("dd", limit=1)
    ]


def spelled(words: Mapping[str, Entry]) -> re.Pattern[str]:
    """Return a pattern of these words and their plurals, which may begin a sentence."""
    longest_first = sorted(words, key=len, reverse=True)
    either = "|".join(f"[{word[0].upper()}{word[0]}]{re.escape(word[1:])}" for word in longest_first)
    return re.compile(rf"(?<![\w-])(?P<word>{either})(?P<ending>e?s)?(?![\w-])")


def link_terms(page: BeautifulSoup, glossary: list[Entry], address: str) -> None:
    """Link each word where a page uses it first.

    Parameters
    ----------
    page : BeautifulSoup
        It is changed.
    glossary : list of Entry
    address : str
        Of the page of the glossary, as this page has it.
    """
    left = {entry.word: entry for entry in glossary}
    for text in list(_prose(page)):
        if left:
            text.replace_with(*_linked(page, str(text), left, address))


def _prose(page: BeautifulSoup) -> Iterator[NavigableString]:
    for article in page.select("article"):
        apart, prose = ({id(part) for part in article.select(kind)} for kind in (NOT_PROSE, WORDS))
        for text in article.find_all(string=True):
            around = set(map(id, text.parents))
            if type(text) is NavigableString and around & prose and not around & apart:
                yield text


def _linked(page: BeautifulSoup, text: str, left: dict[str, Entry], address: str) -> list[PageElement | str]:
    """Return a text in parts, with a link for every word that is left; it is left no longer."""
    parts: list[PageElement | str] = []
    while left and (found := spelled(left).search(text)):
        word = found["word"]
        entry = left.pop(word if word in left else word[0].lower() + word[1:])
        parts += [text[: found.start()], _link(page, found[0], entry, address)]
        text = text[found.end() :]
    return [*parts, text]


def _link(page: BeautifulSoup, text: str, entry: Entry, address: str) -> Tag:
    link = page.new_tag("a", href=f"{address}#{entry.place}")
    link["class"], link["data-means"], link.string = "term", entry.meaning, text
    return link
