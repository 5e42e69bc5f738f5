"""Small records as text, ``noisy(sigma=0.5)``: in files, in cells of a sweep, on the command line."""

import ast
from abc import ABC
from collections.abc import Iterator
from dataclasses import fields
from inspect import isabstract
from typing import Any, ClassVar, TypeVar

from modpack._checks import choose, require


class Written(ABC):
    """A frozen record with a name; its text is the name with the values of its fields, if there are any.

    Attributes
    ----------
    name : str
        Differs from those of its sisters.
    """

    name: ClassVar[str]

    def __str__(self) -> str:
        """Return the text that :func:`read` reads."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        shown = [f"{k}={v if isinstance(v, Written) else repr(v)}" for k, v in values.items()]
        return f"{self.name}({', '.join(shown)})" if shown else self.name


Kind = TypeVar("Kind", bound=Written)


def read(text: str, kind: type[Kind]) -> Kind:
    """Return the record that a text stands for; arguments may be given without their names.

    Parameters
    ----------
    text : str
    kind : type
        Whose subclasses are known, and theirs.

    Raises
    ------
    ValueError
        If the text cannot be read, naming what is wrong.
    """
    known = {each.name: each for each in _descendants(kind) if not isabstract(each)}
    try:
        return _build(ast.parse(text, mode="eval").body, known)
    except (MemoryError, RecursionError, SyntaxError, TypeError) as error:
        raise ValueError(f"{text!r} cannot be read ({error}): write e.g. {', '.join(known)}") from None


def _descendants(kind: type[Kind]) -> Iterator[type[Kind]]:
    for each in kind.__subclasses__():
        yield each
        yield from _descendants(each)


def _build(node: ast.expr, known: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        node = ast.Call(node, [], [])
    if not isinstance(node, ast.Call):
        return ast.literal_eval(node)
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    require(all(word.arg for word in node.keywords), "arguments", "**", "written one by one")
    options = {str(word.arg): _build(word.value, known) for word in node.keywords}
    return known[choose("name", name, known)](*(_build(value, known) for value in node.args), **options)
