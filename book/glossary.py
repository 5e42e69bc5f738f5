"""Words of the glossary in the built pages: each is a link where a page uses it first, with its meaning."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement

PAGE = "glossary"
PLACES_OF_WORDS = "p, li, td, dd, figcaption"
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

    def link(text: str, word: str) -> Tag | None:
        entry = left.pop(word, None) or left.pop(word[0].lower() + word[1:], None)
        return entry and _link(page, text, entry, address)

    for article in page.select("article"):
        replace_words(article, spelled(left), link, PLACES_OF_WORDS, NOT_PROSE)


def replace_words(
    part: Tag, pattern: re.Pattern[str], link: Callable[[str, str], Tag | None], places: str, but_not: str
) -> None:
    """Replace words in a part of a page.

    Parameters
    ----------
    part : Tag
        It is changed.
    pattern : re.Pattern
        Of the words; its group "word" is what of a word is looked up.
    link : callable
        Takes a word as it is written and what is looked up; returns what stands in its place, or None.
    places, but_not : str
        Selectors of what holds words that count, and of what in it does not.
    """
    apart, prose = ({id(each) for each in part.select(kind)} for kind in (but_not, places))
    for text in part.find_all(string=True):
        around = set(map(id, text.parents))
        is_prose = type(text) is NavigableString and around & prose and not around & apart
        if is_prose and pattern.search(text):
            text.replace_with(*_replaced(str(text), pattern, link))


def _replaced(
    text: str, pattern: re.Pattern[str], link: Callable[[str, str], Tag | None]
) -> Iterator[PageElement | str]:
    end = 0
    for found in pattern.finditer(text):
        if (made := link(found[0], found["word"])) is not None:
            yield text[end : found.start()]
            yield made
            end = found.end()
    yield text[end:]


def _link(page: BeautifulSoup, text: str, entry: Entry, address: str) -> Tag:
    link = page.new_tag("a", href=f"{address}#{entry.place}")
    link["class"], link["data-means"], link.string = "term", entry.meaning, text
    return link
