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
   :no-value:
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


def shown_elsewhere(package: Path) -> dict[str, list[str]]:
    """Functions and classes by the module whose page leaves them out.

    What a package offers at its door is described there and not where it is defined, and what it passes on
    from other rooms is described in those.
    """
    elsewhere: dict[str, list[str]] = defaultdict(list)
    for door in package.rglob("__init__.py"):
        room = ".".join(door.parent.relative_to(package.parent).parts)
        for node in ast.parse(door.read_text("utf8")).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                place = node.module if node.module.startswith(f"{room}.") else room
                elsewhere[place] += [alias.name for alias in node.names if not alias.name.isupper()]
    return elsewhere


def page(modules: list[str], elsewhere: Mapping[str, list[str]]) -> str:
    """Return the page of a room: its own docstring and names, then its modules with what is only theirs."""
    sections: list[str] = []
    for name in modules:
        title = f"{name}\n{('-' if sections else '=') * len(name)}"
        sections.append(MODULE.format(name=name, title=title, elsewhere=", ".join(elsewhere.get(name, ()))))
    return "\n".join(sections)


def write_reference(package: Path, target: Path) -> None:
    """Fill the folder `target` with the pages of a package and their index."""
    rooms, elsewhere = defaultdict(list), shown_elsewhere(package)
    for name in public_modules(package):
        rooms[".".join(name.split(".")[:2])].append(name)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for room, modules in rooms.items():
        (target / f"{room}.rst").write_text(page(modules, elsewhere), "utf8")
    (target / "index.rst").write_text(INDEX.format(rooms="\n".join(f"   {room}" for room in rooms)), "utf8")
