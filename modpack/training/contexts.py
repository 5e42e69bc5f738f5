"""Which contexts the trials of a training step see: clean, noisy, one after the other, or beliefs.

Here every trial is drawn by itself; in a stream (:mod:`modpack.training.worlds`) one follows from another.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from modpack._checks import choose, number, positive, require, whole
from modpack.context import ContextCode
from modpack.training.notation import Written


class Contexts(Written):
    """What decides which contexts trials see.

    Attributes
    ----------
    restarts : tuple of int
        Steps, other than the first, at which the learning rates start again.
    """

    restarts: tuple[int, ...] = ()

    @abstractmethod
    def per_task(self, step: int) -> int:
        """Return how many contexts the trials of one task see in a step, on average."""

    def check_code(self, code: ContextCode) -> None:
        """Raise a ValueError for a code whose contexts these cannot be; most suit every code."""


class Schedule(Contexts):
    """Contexts of trials each of which is drawn by itself."""

    @abstractmethod
    def draw(self, step: int, vectors: Tensor, generator: Generator) -> Tensor:
        """Return the contexts of a step.

        Parameters
        ----------
        step : int
        vectors : Tensor, shape (network, task, d)
            The code of every network; all get the same random numbers.
        generator : Generator

        Returns
        -------
        Tensor, shape (network, task * per_task, d)
        """


@dataclass(frozen=True)
class Clean(Schedule):
    """Every trial sees the context of its task."""

    name = "clean"

    def per_task(self, step: int) -> int:
        """Return 1."""
        return 1

    def draw(self, step: int, vectors: Tensor, generator: Generator) -> Tensor:
        """Return the vectors of the code."""
        return vectors


@dataclass(frozen=True)
class Noisy(Schedule):
    """Every trial sees the context of its task and Gaussian noise.

    Parameters
    ----------
    sigma : float
        Standard deviation of the noise, in the units of the code.
    contexts_per_task : int
        Contexts drawn for every task and step; a divisor of the trials per task.
    direction : str
        ``"in-line"``: along the line to the context of another task, drawn at random, so that nothing but the
        identity of the task becomes ambiguous; ``"isotropic"``: independent in every coordinate.
    """

    sigma: float
    contexts_per_task: int = 4
    direction: str = "in-line"
    name = "noisy"

    def __post_init__(self) -> None:
        object.__setattr__(self, "sigma", number("sigma", self.sigma, 0))
        object.__setattr__(self, "contexts_per_task", whole("contexts_per_task", self.contexts_per_task, 1))
        choose("direction", self.direction, DIRECTIONS)

    def per_task(self, step: int) -> int:
        """Return the number of contexts per task."""
        return self.contexts_per_task

    def draw(self, step: int, vectors: Tensor, generator: Generator) -> Tensor:
        """Return the vectors of the code with noise."""
        noise = DIRECTIONS[self.direction](vectors, self.contexts_per_task, generator)
        return (vectors.unsqueeze(-2) + self.sigma * noise).flatten(-3, -2)


@dataclass(frozen=True)
class NoisyCopy(Schedule):
    """Every trial sees the context of its task twice, and there is Gaussian noise on one of the copies.

    Parameters
    ----------
    sigma : float
        Standard deviation of the noise in every coordinate of that copy.
    copy : str
        ``"first"``, ``"second"``, or ``"either"``, which of them being drawn for every context.
    contexts_per_task : int
        Contexts drawn for every task and step; a divisor of the trials per task.
    """

    sigma: float
    copy: str = "either"
    contexts_per_task: int = 4
    name = "noisy_copy"

    def __post_init__(self) -> None:
        object.__setattr__(self, "sigma", number("sigma", self.sigma, 0))
        object.__setattr__(self, "contexts_per_task", whole("contexts_per_task", self.contexts_per_task, 1))
        choose("copy", self.copy, ("first", "second", "either"))

    def per_task(self, step: int) -> int:
        """Return the number of contexts per task."""
        return self.contexts_per_task

    def check_code(self, code: ContextCode) -> None:
        """Raise a ValueError unless the code has two stretches of one length."""
        first, second = code.stretches if len(code.stretches) == 2 else (0, 1)
        require(first == second, "code", code.name, "of two copies, see FastSlow")

    def draw(self, step: int, vectors: Tensor, generator: Generator) -> Tensor:
        """Return both copies, one of them with noise."""
        *_, n_tasks, d = vectors.shape
        n = n_tasks * self.contexts_per_task
        is_second = torch.randint(2, (n, 1), generator=generator) == 1
        if self.copy != "either":
            is_second = torch.full_like(is_second, self.copy == "second")
        noise = torch.randn(n, d // 2, generator=generator).to(vectors)
        there = is_second.to(vectors)
        told = vectors.repeat_interleave(self.contexts_per_task, dim=-2)
        return told + self.sigma * torch.cat([(1 - there) * noise, there * noise], dim=-1)


@dataclass(frozen=True)
class Belief(Schedule):
    r"""Every trial sees the mean of all contexts under the posterior that a noisy cue leaves.

    The cue is :math:`x = c_k + \sigma z` for the context of the trial's task, with sigma uniform between 0
    and `widest` times the smallest distance between two contexts, and the network is told
    :math:`\sum_j p(j \mid x, \sigma)\, c_j`: an ambiguous context, but one that says how ambiguous it is.

    Parameters
    ----------
    widest : float
        Largest standard deviation of the cue in distances between contexts.
    contexts_per_task : int
        Contexts drawn for every task and step; a divisor of the trials per task.
    """

    widest: float = 1.5
    contexts_per_task: int = 4
    name = "belief"

    def __post_init__(self) -> None:
        object.__setattr__(self, "widest", positive("widest", self.widest))
        object.__setattr__(self, "contexts_per_task", whole("contexts_per_task", self.contexts_per_task, 1))

    def per_task(self, step: int) -> int:
        """Return the number of contexts per task."""
        return self.contexts_per_task

    def draw(self, step: int, vectors: Tensor, generator: Generator) -> Tensor:
        """Return the posterior means."""
        *_, n_tasks, d = vectors.shape
        part = torch.rand(n_tasks * self.contexts_per_task, 1, generator=generator).to(vectors)
        sigma = self.widest * smallest_distance(vectors) * part
        z = torch.randn(len(part), d, generator=generator).to(vectors)
        cue = vectors.repeat_interleave(self.contexts_per_task, dim=-2) + sigma * z
        return posterior(cue, sigma, vectors) @ vectors


@dataclass(frozen=True)
class Then(Schedule):
    """One schedule until a step, another from then on; the learning rates start again in between.

    Parameters
    ----------
    first, second : Schedule
    at : int
        First step of the second schedule, which counts its own steps from 0.
    """

    first: Schedule
    second: Schedule
    at: int
    name = "then"

    def __post_init__(self) -> None:
        for part in ("first", "second"):
            value = getattr(self, part)
            require(isinstance(value, Schedule), part, value, "a schedule of contexts")
        object.__setattr__(self, "at", whole("at", self.at, 1))

    @property
    def restarts(self) -> tuple[int, ...]:  # type: ignore[override]
        """The steps at which any part starts."""
        early = tuple(step for step in self.first.restarts if step < self.at)
        return (*early, self.at, *(self.at + step for step in self.second.restarts))

    def check_code(self, code: ContextCode) -> None:
        """Raise a ValueError for a code that does not suit both parts."""
        self.first.check_code(code)
        self.second.check_code(code)

    def per_task(self, step: int) -> int:
        """Return what the schedule in force says."""
        return self.first.per_task(step) if step < self.at else self.second.per_task(step - self.at)

    def draw(self, step: int, vectors: Tensor, generator: Generator) -> Tensor:
        """Return what the schedule in force draws."""
        now, since = (self.first, 0) if step < self.at else (self.second, self.at)
        return now.draw(step - since, vectors, generator)


def smallest_distance(vectors: Tensor) -> Tensor:
    """Return the smallest distance between two contexts of a code, shape (..., 1, 1), for (..., task, d)."""
    distances = torch.cdist(vectors, vectors)
    distances.diagonal(dim1=-2, dim2=-1).fill_(torch.inf)
    return distances.amin(dim=(-2, -1), keepdim=True)


def posterior(cue: Tensor, sigma: Tensor, vectors: Tensor) -> Tensor:
    """Return the probability of every task given a cue with Gaussian noise, all tasks being equally likely.

    Parameters
    ----------
    cue : Tensor, shape (..., cue, d)
    sigma : Tensor, shape (..., cue, 1)
    vectors : Tensor, shape (..., task, d)

    Returns
    -------
    Tensor, shape (..., cue, task)
    """
    tiny = torch.finfo(cue.dtype).tiny
    return torch.softmax(-(torch.cdist(cue, vectors) ** 2) / (2 * sigma**2).clamp_min(tiny), dim=-1)


def _in_line(vectors: Tensor, n: int, generator: Generator) -> Tensor:
    """Return noise of unit size towards other tasks, shape (..., task, n, d)."""
    n_tasks = vectors.shape[-2]
    own = torch.arange(n_tasks).unsqueeze(-1)
    drawn = torch.randint(n_tasks - 1, (n_tasks, n), generator=generator)
    other = (drawn + (drawn >= own)).to(vectors.device)
    line = vectors[..., other, :] - vectors.unsqueeze(-2)
    z = torch.randn(n_tasks, n, 1, generator=generator).to(vectors)
    return z * line / line.norm(dim=-1, keepdim=True)


def _isotropic(vectors: Tensor, n: int, generator: Generator) -> Tensor:
    """Return independent noise of unit size in every coordinate, shape (task, n, d)."""
    *_, n_tasks, d = vectors.shape
    return torch.randn(n_tasks, n, d, generator=generator).to(vectors)


DIRECTIONS: dict[str, Callable[[Tensor, int, Generator], Tensor]] = {
    "in-line": _in_line,
    "isotropic": _isotropic,
}
