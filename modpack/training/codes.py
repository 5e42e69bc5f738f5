"""Context codes with their parameters, as parts of a configuration."""

from abc import abstractmethod
from dataclasses import dataclass

import torch
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


@dataclass(frozen=True)
class FastSlow(Code):
    """Two stretches, for a fast and a slow estimate: each gives every state a coordinate, its probability.

    A form of two parts is told the fast estimate by the first and the slow one by the second; any other form
    is told both. The context of a task is that of estimates that are certain.

    Parameters
    ----------
    slow : int or None
        States that the slow estimate is about, each task belonging to the first; None means the tasks
        themselves.
    """

    slow: int | None = None
    name = "fast_slow"

    def __post_init__(self) -> None:
        if self.slow is not None:
            object.__setattr__(self, "slow", whole("slow", self.slow, 1))

    def make(self, tasks: tuple[str, ...], generator: Generator) -> ContextCode:
        """Return the code; nothing is drawn."""
        k = len(tasks)
        fast = torch.eye(k)
        slow = fast if self.slow is None else torch.eye(self.slow)[:1].expand(k, -1)
        return ContextCode(self.name, tasks, torch.cat([fast, slow], dim=-1), (k, slow.shape[-1]))
