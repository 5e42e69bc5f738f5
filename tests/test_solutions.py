"""Solutions of exercises: the code in them is run, and students get chapters without them."""

import zipfile

import nbformat
import pytest
from built_book import BOOK
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from solutions import for_students, solutions, with_solutions_run, write_students

EXERCISES = """## Exercises

**1.** How much is it?

````{admonition} Solution
:class: dropdown
Two:
```python
x = 1 + 1
```
```python
x
```
````

**2.** Why?

```{admonition} Solution
:class: dropdown
Because.
```

```{admonition} Summary
Not a solution.
```
"""

CHAPTER = new_notebook(cells=[new_code_cell("x = 1"), new_markdown_cell(EXERCISES)])


def test_the_code_of_solutions():
    assert solutions(CHAPTER) == ["x = 1 + 1\n", "x\n"]


def test_it_runs_at_the_end_of_its_chapter_and_its_page_does_not_show_it():
    longer = with_solutions_run(CHAPTER)
    assert longer.cells[:2] == CHAPTER.cells and len(CHAPTER.cells) == 2
    assert [cell.source for cell in longer.cells[2:]] == ["x = 1 + 1", "x"]
    assert all("remove-cell" in cell.metadata.tags for cell in longer.cells[2:])
    nbformat.validate(longer)


def test_students_get_an_empty_cell_in_the_place_of_a_solution():
    shorter = for_students(CHAPTER)
    nbformat.validate(shorter)
    kinds = [cell.cell_type for cell in shorter.cells]
    assert kinds == ["code", "markdown", "code", "markdown", "code", "markdown"]
    assert [cell.source for cell in shorter.cells if cell.cell_type == "code"] == ["x = 1", "", ""]
    text = "\n".join(cell.source for cell in shorter.cells)
    assert "} Solution" not in text and "Because" not in text
    assert "**2.** Why?" in text and "Not a solution." in text


def test_a_zip_of_all_chapters_for_students(tmp_path):
    write_students(BOOK.chapters(), tmp_path / "students.zip")
    with zipfile.ZipFile(tmp_path / "students.zip") as archive:
        assert archive.namelist() == [f"students/{chapter.name}" for chapter in BOOK.chapters()]
        assert not [name for name in archive.namelist() if b"} Solution" in archive.read(name)]


@pytest.mark.parametrize("chapter", BOOK.chapters(), ids=lambda chapter: chapter.stem)
def test_every_solution_of_the_book_was_run(chapter):
    wanted = [code.rstrip("\n") for code in solutions(nbformat.read(chapter, as_version=4))]
    executed = nbformat.read(BOOK.executed / chapter.name, as_version=4)
    ran = [cell for cell in executed.cells if "solution" in cell.metadata.get("tags", [])]
    assert [cell.source for cell in ran] == wanted
    assert all(cell.execution_count for cell in ran)
