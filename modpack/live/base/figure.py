"""What every live figure shares: sliders with limits, the state that a link holds, how to make it again."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import anywidget
import traitlets

from modpack._checks import choose, number, require

FOLDER = Path(__file__).parents[1]


class Limits(NamedTuple):
    """Smallest and largest value of a control, its step and its unit."""

    low: float
    high: float
    step: float
    unit: str = ""


class _Finite(traitlets.Float[float, float]):
    """A number within limits, of which not-a-number is on neither side."""

    def validate(self, obj: Any, value: Any) -> float:
        return float(super().validate(obj, number(str(self.name), value)))


def slider(limits: Limits, value: float) -> traitlets.Float[float, float]:
    """Return a trait that follows a slider."""
    return _Finite(value, min=limits.low, max=limits.high).tag(sync=True)


def bundle(name: str) -> str:
    """Return a script and all that it imports as one module: a widget has no files in a page.

    Parameters
    ----------
    name : str
        Its path in ``live``. Every script stands once, after those that it imports from, without its own
        import lines.
    """
    lines = [line for path in scripts(FOLDER / name) for line in path.read_text("utf8").splitlines()]
    return "\n".join(_without_imports(lines)) + "\n"


def scripts(path: Path) -> list[Path]:
    """Return all scripts that a script needs, itself last: each after those that it imports from."""
    imported = re.findall(r'^(?:import\b.*|\}) from "(\..+)";$', path.read_text("utf8"), re.MULTILINE)
    needed = [each for name in imported for each in scripts((path.parent / name).resolve())]
    return [*dict.fromkeys(needed), path]


def _without_imports(lines: list[str]) -> list[str]:
    kept, inside = [], False
    for line in lines:
        inside = inside or line.startswith("import ")
        if not inside:
            kept.append(line)
        inside = inside and not line.endswith(";")
    return kept


def styles(*names: str) -> str:
    """Return style sheets joined to one."""
    return "".join((FOLDER / name).read_text("utf8") for name in names)


class LiveFigure(anywidget.AnyWidget):
    """A figure that answers in the page, with Python behind it or without.

    With a kernel, every trait of the state follows its control and setting it moves the control. The page
    shows a link that holds the state, the line of Python and the line of papermill that make it again.

    Parameters
    ----------
    chapter : str
        File name, without its ending, of the notebook that shows the figure and takes its state as a
        parameter with the figure's name; "" if there is none.
    question : str
        The question above the figure.
    name : str
        How links call the figure: by default that of its class; where a page shows several of one class, give
        the others names that end in a figure, as in "mixer2".
    state
        Values of the traits named in ``STATE``.

    Raises
    ------
    ValueError
        For a name that is not in ``STATE``, suggesting the nearest, and a value that is not allowed.
    """

    NAME: ClassVar[str]
    """How links call the figures of the class: one of those that links.js allows."""
    STATE: tuple[str, ...]
    """Traits that a link holds."""
    LIMITS: Mapping[str, Limits] = MappingProxyType({})
    """Its sliders."""
    READ: ClassVar[str] = ""
    """What of it the line of Python reads, as in ``.answer``."""

    question = traitlets.Unicode().tag(sync=True)
    chapter = traitlets.Unicode("").tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)
    limits = traitlets.Dict().tag(sync=True)
    initial: traitlets.List[Any] = traitlets.List().tag(sync=True)
    python: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, source: str = "", name: str = "", **state: Any) -> None:
        name = name or self.NAME
        choose("name", name, [self.NAME, *(f"{self.NAME}{k}" for k in range(2, 10))])
        for argument in state:
            if not self.has_trait(argument):
                choose("argument", argument, (*self.STATE, "chapter", "question", "name"))
        limits = {name: list(each) for name, each in self.LIMITS.items()}
        python = [type(self).__name__, source, self.READ]
        super().__init__(name=name, limits=limits, python=python, **state)
        defaults = self.trait_defaults()
        self.initial = [[name, getattr(self, name), defaults[name]] for name in self.STATE]

    @property
    def state(self) -> dict[str, Any]:
        """The present state: what makes the figure again."""
        return {name: getattr(self, name) for name in self.STATE}


def index_below(count: Callable[[Any], int]) -> Callable[[Any, Mapping[str, Any]], int]:
    """Return a validator of a trait that counts from 0, given how many there are."""

    def validate(figure: Any, proposal: Mapping[str, Any]) -> int:
        argument, value, n = proposal["trait"].name, proposal["value"], count(figure)
        require(0 <= value < n, argument, value, f"in 0 ... {n - 1}")
        return int(value)

    return validate


def one_of(options: Callable[[Any], list[str]]) -> Callable[[Any, Mapping[str, Any]], str]:
    """Return a validator of a trait that is one of some words."""

    def validate(figure: Any, proposal: Mapping[str, Any]) -> str:
        return choose(proposal["trait"].name, proposal["value"], options(figure))

    return validate
