"""The committed notebooks are sources: clean, parametrised, in small cells."""

from pathlib import Path

import nbformat
import pytest
from chapters import Book, code_cells

BOOK = Book(Path(__file__).parent.parent)
NOTEBOOKS = sorted((BOOK.root / "notebooks").glob("*.ipynb"))


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
