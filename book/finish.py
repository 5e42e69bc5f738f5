"""Built pages as readers get them: what Sphinx and the theme leave wrong or out."""

from pathlib import Path

import yaml
from accessible import make_accessible
from bs4 import BeautifulSoup
from captions import number_live_figures
from cards import link_tasks
from chapters import Book
from glossary import PAGE as GLOSSARY
from glossary import Entry, entries, link_terms
from head import describe
from lighter import drop_idle_scripts, lighter
from stills import place_stills, take_stills

REDIRECT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url={url}">
<title>The book</title>
<a href="{url}">The book</a>
</html>
"""
"""The page that leads to the first of the table of contents, where that has another name."""

NOT_FOUND = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<base href="{address}">
<title>No such page</title>
<main style="font-family: sans-serif; margin: 4rem auto; max-width: 30rem">
<h1>No such page</h1>
<p>It may have another name by now. <a href="index.html">The book begins here</a>, and here you can
<a href="search.html">search it</a>.</p>
</main>
</html>
"""
"""What servers show for an address that is none, however deep: its links begin at the address of the book."""

SNIPPET = '[".headerlink", "script", "style"]'
"""What Sphinx leaves out of a page before it quotes it among the results of a search."""

SNIPPET_IN_WORDS = '[".headerlink", "script", "style", ".math", ".cell_input", ".cell_output"]'


def finish(book: Book, html: Path) -> None:
    """Complete the pages that Sphinx has made, and lead to the first of them."""
    address = published_at(book)
    front = book.pages()[0]
    if front != "index":
        (html / "index.html").write_text(REDIRECT.format(url=f"{front}.html"), "utf8")
    words = glossary_of(html)
    take_stills(book, html)
    for path in [*html.glob("*.html"), *html.glob("[!_]*/*.html")]:
        page = BeautifulSoup(lighter(path.read_text("utf8"), book.package), "html.parser")
        name = path.relative_to(html).with_suffix("").as_posix()
        make_accessible(page)
        drop_idle_scripts(page, name)
        place_stills(page, html, name)
        describe(page, name, address)
        root = "../" * name.count("/")
        if name in book.pages() and not name.startswith("reference/"):
            if words and name != GLOSSARY:
                link_terms(page, words, f"{root}{GLOSSARY}.html")
            link_tasks(page, root)
        number_live_figures(page, book)
        path.write_text(str(page), "utf8")
    (html / "404.html").write_text(NOT_FOUND.format(address=address or "/"), "utf8")
    quote_words(html / "_static" / "searchtools.js")


def published_at(book: Book) -> str:
    """Return where the book is published, with a slash at its end; "" if its configuration does not say."""
    path = book.root / "_config.yml"
    address = yaml.safe_load(path.read_text("utf8"))["html"].get("baseurl", "") if path.exists() else ""
    return f"{address.rstrip('/')}/" if address else ""


def glossary_of(html: Path) -> list[Entry]:
    """Return the words of the built glossary, if there is one."""
    path = html / f"{GLOSSARY}.html"
    return entries(BeautifulSoup(path.read_text("utf8"), "html.parser")) if path.exists() else []


def quote_words(script: Path) -> None:
    """Let results of a search quote words, and neither formulas nor code."""
    if script.exists():
        text = script.read_text("utf8")
        if SNIPPET not in text:
            raise SystemExit(f"{script.name} is not that of the pinned Sphinx: formulas would be quoted.")
        script.write_text(text.replace(SNIPPET, SNIPPET_IN_WORDS), "utf8")
