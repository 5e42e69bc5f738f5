"""Context codes with their parameters, as parts of a configuration."""

from abc import abstractmethod
from dataclasses import dataclass

from torch import Generator

from modpack import context
from modpack._checks import number, whole
from modpack.context import ContextCode
from modpack.training.notation import Written


class Code(Written):
    """How tasks become context vectors."""

    @abstractmethod
    def make(self, tasks: tuple[str, ...], generator: Generator) -> ContextCode:
        """Return the code of some tasks, drawn from `generator` if anything is drawn."""


@dataclass(frozen=True)
class OneHot(Code):
    """One coordinate per task, see :func:`modpack.context.one_hot`."""

    name = "one_hot"

    def make(self, tasks: tuple[str, ...], generator: Generator) -> ContextCode:
        """Return the code; nothing is drawn."""
        return context.one_hot(tasks)


@dataclass(frozen=True)
class Orthogonal(Code):
    """A rotated one-hot code, see :func:`modpack.context.orthogonal`."""

    name = "orthogonal"

    def make(self, tasks: tuple[str, ...], generator: Generator) -> ContextCode:
        """Return the code with a random rotation."""
        return context.orthogonal(tasks, generator)


@dataclass(frozen=True)
class Correlated(Code):
    """Contexts with one cosine between every two, see :func:`modpack.context.correlated`.

    Parameters
    ----------
    rho : float
    """

    rho: float
    name = "correlated"

    def __post_init__(self) -> None:
        object.__setattr__(self, "rho", number("rho", self.rho))

    def make(self, tasks: tuple[str, ...], generator: Generator) -> ContextCode:
        """Return the code with a random rotation."""
        return context.correlated(tasks, self.rho, generator)


@dataclass(frozen=True)
class Compressed(Code):
    """Random unit vectors of fewer coordinates than tasks, see :func:`modpack.context.compressed`.

    Parameters
    ----------
    d : int
        Length of a context.
    """

    d: int
    name = "compressed"

    def __post_init__(self) -> None:
        object.__setattr__(self, "d", whole("d", self.d, 1))

    def make(self, tasks: tuple[str, ...], generator: Generator) -> ContextCode:
        """Return the code with random vectors."""
        return context.compressed(tasks, self.d, generator)
