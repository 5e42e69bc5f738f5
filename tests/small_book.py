"""A book of one page, made by the project's builder, for tests of live figures."""

import shutil
from pathlib import Path

import nbformat
from build import render
from chapters import Book, execute
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from vendor import vendor

PROJECT = Book(Path(__file__).parent.parent)


def build_page(root: Path, cells: list[str]) -> Path:
    """Execute a notebook of these cells, build its page in `root`, and return the page."""
    vendor(PROJECT.source / "assets" / "vendor")
    book = Book(root)
    for folder in (book.source, root / "notebooks"):
        folder.mkdir(parents=True)
    shutil.copy(PROJECT.root / "_config.yml", root)
    shutil.copy(PROJECT.source / "references.bib", book.source)
    (book.source / "assets").symlink_to(PROJECT.source / "assets")
    (book.source / "index.md").write_text("# A book\n")
    (book.source / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n  - file: notebooks/01_page\n"
    )
    notebook = new_notebook(cells=[new_markdown_cell("# A page"), *map(new_code_cell, cells)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    source = root / "notebooks" / "01_page.ipynb"
    nbformat.write(notebook, source)
    outcome = execute(source, book.executed / source.name, {}, "")
    assert not outcome.failure, outcome.failure
    render(book)
    return book.html / "notebooks" / "01_page.html"
