"""Exercises of chapters: the code of their solutions, which is run, and chapters without, for students."""

import re
import zipfile
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

SOLUTION = re.compile(
    r"^(?P<fence>`{3,})\{admonition\} Solution\b[^\n]*\n(?P<text>.*?)^(?P=fence)$", re.M | re.S
)
CODE = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)


def solutions(notebook: NotebookNode) -> list[str]:
    """Return the code of the solutions of a chapter, in their order."""
    texts = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return [code for solution in SOLUTION.finditer(texts) for code in CODE.findall(solution["text"])]


def with_solutions_run(notebook: NotebookNode) -> NotebookNode:
    """Return a chapter at whose end the code of its solutions runs, in cells that its page does not show."""
    longer = deepcopy(notebook)
    for number, code in enumerate(solutions(notebook), start=1):
        cell = new_code_cell(code.rstrip("\n"), id=f"solution-{number}")
        cell.metadata["tags"] = ["remove-cell", "solution"]
        longer.cells.append(cell)
    return longer


def for_students(notebook: NotebookNode) -> NotebookNode:
    """Return a chapter without results, with an empty cell in the place of each solution."""
    shorter = deepcopy(notebook)
    shorter.cells = [part for cell in notebook.cells for part in _asked(cell)]
    return shorter


def _asked(cell: NotebookNode) -> Iterable[NotebookNode]:
    if cell.cell_type != "markdown" or not SOLUTION.search(cell.source):
        yield cell
        return
    place = 0
    for solution in SOLUTION.finditer(cell.source):
        yield new_markdown_cell(cell.source[place : solution.start()].strip(), id=f"{cell.id}-{place}")
        yield new_code_cell("", id=f"{cell.id}-{place}-yours")
        place = solution.end()
    if rest := cell.source[place:].strip():
        yield new_markdown_cell(rest, id=f"{cell.id}-{place}")


def write_students(chapters: Iterable[Path], target: Path) -> None:
    """Write a zip of chapters for students."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for chapter in chapters:
            notebook = for_students(nbformat.read(chapter, as_version=4))
            archive.writestr(f"{target.stem}/{chapter.name}", nbformat.writes(notebook))
