"""The pages of the API reference: one for each room of the package, made from its docstrings."""

import ast
import shutil
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

INDEX = """\
Reference
=========

Every public module of the package, from its docstrings. Shapes name their axes in the order that holds
everywhere: time (or epoch), network, context or task, trial, and last neuron or channel.

.. autosummary::

{rooms}
"""

MODULE = """\
{title}

.. automodule:: {name}
   :members:
   :exclude-members: {elsewhere}
"""


def public_modules(package: Path) -> list[str]:
    """Dotted names of the modules of a package, without the package itself and what is private."""
    names = []
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package.parent).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if len(parts) > 1 and not any(part.startswith("_") for part in parts):
            names.append(".".join(parts))
    return sorted(names)


def at_doors(package: Path) -> dict[str, list[str]]:
    """Functions and classes by the module that defines them, where the package around it offers them."""
    offered: dict[str, list[str]] = defaultdict(list)
    for door in package.rglob("__init__.py"):
        inside = ".".join(door.parent.relative_to(package.parent).parts) + "."
        for node in ast.parse(door.read_text("utf8")).body:
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(inside):
                offered[node.module] += [alias.name for alias in node.names if not alias.name.isupper()]
    return offered


def page(modules: list[str], offered: Mapping[str, list[str]]) -> str:
    """Return the page of a room: its own docstring and names, then its modules with what is only theirs."""
    sections: list[str] = []
    for name in modules:
        title = f"{name}\n{('-' if sections else '=') * len(name)}"
        sections.append(MODULE.format(name=name, title=title, elsewhere=", ".join(offered.get(name, ()))))
    return "\n".join(sections)


def write_reference(package: Path, target: Path) -> None:
    """Fill the folder `target` with the pages of a package and their index."""
    rooms, offered = defaultdict(list), at_doors(package)
    for name in public_modules(package):
        rooms[".".join(name.split(".")[:2])].append(name)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for room, modules in rooms.items():
        (target / f"{room}.rst").write_text(page(modules, offered), "utf8")
    (target / "index.rst").write_text(INDEX.format(rooms="\n".join(f"   {room}" for room in rooms)), "utf8")
