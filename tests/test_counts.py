"""What a chapter counts in its text is counted on what it analyses."""

import ast
import builtins
from pathlib import Path

import pytest
from chapters import Book, code_cells

BOOK = Book(Path(__file__).parent.parent)


def program(chapter: Path) -> ast.Module:
    """All code of a chapter; lines of magic are left out."""
    sources = "\n".join(cell.source for cell in code_cells(chapter))
    return ast.parse("\n".join(line for line in sources.splitlines() if not line.startswith(("%", "!"))))


def is_call_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name


def names_in(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def is_count(node: ast.AST) -> bool:
    return any(word in ast.unparse(node) for word in ("nunique", "len(", ".shape", ".size", "count"))


def loaded_whole(tree: ast.Module) -> set[str]:
    """The names of tables as they come from the file, with rows of all kinds."""
    loads = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("results.load(")
    ]
    return {name for node in loads for target in node.targets for name in names_in(target)}


def counts_of(tree: ast.Module) -> dict[str, ast.AST]:
    """Counts that have a name, and what they are."""
    assignments = [node for node in ast.walk(tree) if isinstance(node, ast.Assign) and is_count(node.value)]
    return {
        target.id: node.value
        for node in assignments
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def faults_of(tree: ast.Module) -> list[str]:
    """The glued numbers that are counted on a whole table, or on what nothing else in the chapter uses."""
    statements = tree.body
    glues = [node for node in ast.walk(tree) if is_call_of(node, "glue")]
    alone = [s for s in statements if isinstance(s, ast.Expr) and is_call_of(s.value, "glue")]
    others = [s for s in statements if s not in alone and not isinstance(s, ast.Assign)]
    counts = counts_of(tree)
    used = set().union(*map(names_in, others))
    used = used.union(*(names_in(s.value) for s in statements if isinstance(s, ast.Assign)))
    whole = loaded_whole(tree)
    found = []
    for glued in glues:
        value = counts.get(ast.unparse(glued.args[1]), glued.args[1])
        names = names_in(value) - set(dir(builtins))
        if names & whole or (is_count(value) and not names <= used):
            found.append(ast.unparse(glued))
    return found


@pytest.mark.parametrize("chapter", BOOK.chapters(), ids=lambda chapter: chapter.stem)
def test_glued_numbers_are_counted_on_what_is_analysed(chapter):
    assert faults_of(program(chapter)) == []


@pytest.mark.parametrize(
    ("code", "is_fault"),
    [
        ('table, _ = results.load("x")\nglue("n", table["tasks"].nunique())\nplot(table)', True),
        ('pairs = results.load("x").table\nglue("n", len(pairs))\nplot(pairs[pairs > 1])', True),
        ('table, _ = results.load("x")\npairs = table[1]\nglue("n", len(pairs))\nplot(table)', True),
        ('table, _ = results.load("x")\npairs = table[1]\nglue("n", len(pairs))\nplot(pairs)', False),
        ('table, _ = results.load("x")\nn = len(table)\nglue("n", n)\nplot(table)', True),
        ('table, _ = results.load("x")\nfor k in "ab":\n    glue(k, len(table))\nplot(table)', True),
        ('table, _ = results.load("x")\npairs = table[1]\nn = len(pairs)\nglue("n", n)\nplot(pairs)', False),
    ],
)
def test_a_count_of_other_rows_is_found(code, is_fault):
    assert bool(faults_of(ast.parse(code))) == is_fault
