"""The committed notebooks are sources: clean, parametrised, in small cells."""

import re
from pathlib import Path

import nbformat
import pytest
from chapters import Book, code_cells

BOOK = Book(Path(__file__).parent.parent)
NOTEBOOKS = sorted((BOOK.root / "notebooks").glob("*.ipynb"))

FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
OPEN_IN_A_CELL, OPEN_IN_A_CHAPTER = 3, 12
"""Lines of code that a reader sees unasked: those that are the idea of the chapter."""

ABOUT_CODE = {
    "90_bring_your_own": "a reader writes such classes",
    "91_live_figures": "a reader types such lines",
}
"""Chapters whose code is their subject, and why."""

SAID_ELSEWHERE = {
    "fig-stream-world": "it shows what is given, before anything is found",
    "fig-synthesis": "the next section is what it comes to",
}
"""Figures that no section ends with what was seen in them, and why."""


def unsaid(path: Path) -> list[str]:
    """The figures after which no text says what was seen before the next heading; not those of solutions."""
    waiting, left = [], []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and "hide-cell" not in cell.metadata.get("tags", []):
            waiting += [cell.metadata.get("mystnb", {}).get("figure", {}).get("name")]
        for mark in re.findall(
            r"^#{2,3} |\*\*What you saw", cell.source * (cell.cell_type == "markdown"), re.M
        ):
            left += waiting if mark.startswith("#") else []
            waiting = []
    return [name for name in (*left, *waiting) if name and name not in SAID_ELSEWHERE]


def open_lines(path: Path) -> list[int]:
    """How many lines of code each cell has that is not folded."""
    shown = [cell.source for cell in code_cells(path) if not FOLDED & set(cell.metadata.get("tags", []))]
    return [sum(bool(line.strip()) for line in source.splitlines()) for source in shown]


def test_every_chapter_has_a_notebook_and_every_notebook_is_a_chapter():
    assert sorted(BOOK.chapters()) == NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebook:
    def test_has_no_outputs(self, path):
        assert not [cell.source for cell in code_cells(path) if cell.outputs or cell.execution_count]

    def test_has_one_cell_of_parameters(self, path):
        assert sum("parameters" in cell.metadata.get("tags", []) for cell in code_cells(path)) == 1

    def test_names_its_language(self, path):
        kernel = nbformat.read(path, as_version=4).metadata.kernelspec
        assert (kernel.name, kernel.language) == ("python3", "python")

    def test_cells_fit_on_a_screen(self, path):
        assert not [cell.source for cell in code_cells(path) if len(cell.source.splitlines()) > 30]

    def test_folds_its_code_but_for_the_lines_that_are_its_idea(self, path):
        if path.stem not in ABOUT_CODE:
            assert max(open_lines(path), default=0) <= OPEN_IN_A_CELL
            assert sum(open_lines(path)) <= OPEN_IN_A_CHAPTER

    def test_says_what_was_seen_in_every_figure(self, path):
        assert unsaid(path) == []

    def test_folds_its_parameters(self, path):
        tags = [set(cell.metadata.get("tags", [])) for cell in code_cells(path)]
        assert [each for each in tags if "parameters" in each and not FOLDED & each] == []


def test_a_chapter_about_code_is_one():
    assert set(ABOUT_CODE) <= {path.stem for path in NOTEBOOKS}
