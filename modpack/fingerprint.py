"""Which modules an import executes, and a digest of their code: what tells a kept result from a stale one."""

import ast
import hashlib
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import grimp

from modpack._checks import require


def import_graph(*packages: str) -> grimp.ImportGraph:
    """Return which module of some packages imports which, as their sources are now."""
    return grimp.build_graph(*packages, exclude_type_checking_imports=True, cache_dir=None)


def imported_modules(graph: grimp.ImportGraph, names: Iterable[str]) -> set[str]:
    """Return the modules of a graph that importing `names` executes, with the packages around them."""
    found: set[str] = set()
    waiting = set(names) & graph.modules
    while waiting:
        module = waiting.pop()
        found.add(module)
        around = {module.rpartition(".")[0]} - {""}
        waiting |= (graph.find_modules_directly_imported_by(module) | around) - found
    return found


def of(module: str) -> str:
    """Return a digest of the code of a module and of all that it imports, of its package and of this one.

    Comments, docstrings and layout do not count: with an equal digest, the same is computed.

    Raises
    ------
    ValueError
        If there is no such module.
    """
    graph = import_graph(*{module.partition(".")[0], "modpack"})
    require(module in graph.modules, "module", module, "the full name of a module in a package")
    digest = hashlib.sha256()
    for name in sorted(imported_modules(graph, [module])):
        spec = find_spec(name)
        assert spec is not None and spec.origin is not None  # as it stands in the graph
        digest.update(f"\0{name}\0{_code(Path(spec.origin))}".encode())
    return digest.hexdigest()


def _code(file: Path) -> str:
    """Return what a source file does, as text."""
    tree = ast.parse(file.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [part for part in node.body if not _is_text(part)]
    return ast.dump(tree)


def _is_text(statement: ast.stmt) -> bool:
    """Return whether a statement is a string by itself, as docstrings are."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
