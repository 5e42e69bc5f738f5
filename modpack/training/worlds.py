r"""Streams of trials: hidden states that go on from trial to trial, and two estimates of them.

Before every trial there is a cue. It names the true state with probability q, otherwise any other, and what
is seen of it is :math:`x = e_\mathrm{cue} + \sigma z` with standard normal z. The *fast* estimate is the
posterior that this cue alone leaves; the *slow* one, of what lasts, a leaky integral over *earlier* trials,

.. math:: s_{t+1} = (1 - 1/\tau)\, s_t + f_t / \tau.

Both are probabilities, of one coordinate for each state. The network is told nothing else.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from modpack._checks import number, require, set_fields, whole
from modpack.context import ContextCode
from modpack.training.contexts import Contexts


class Told(NamedTuple):
    """What happened in consecutive trials of some worlds.

    Attributes
    ----------
    task : Tensor of int64, shape (trial, world)
        Which task is asked for.
    state : Tensor of int64, shape (trial, world)
        The state that lasts; often the task itself.
    fast : Tensor of float64, shape (trial, world, state)
        The estimate from the cue of the trial.
    slow : Tensor of float64, shape (trial, world, state)
        The estimate from the cues of earlier trials.
    evidence : Tensor of float64, shape (trial, world, state)
        What the cue of every trial says of the states that last, in proportion to its likelihood.
    """

    task: Tensor
    state: Tensor
    fast: Tensor
    slow: Tensor
    evidence: Tensor

    def contexts(self) -> Tensor:
        """Return what a network is told, both estimates, shape (trial, world, d)."""
        return torch.cat([self.fast, self.slow], dim=-1)

    def since(self, trial: int) -> "Told":
        """Return what happened from a trial on."""
        return Told(*(x[trial:] for x in self))


class Place(NamedTuple):
    """Where some worlds are between two trials.

    Attributes
    ----------
    hidden : Tensor of int64, shape (world,)
        The state that lasts.
    slow : Tensor of float64, shape (world, state)
        Its slow estimate.
    """

    hidden: Tensor
    slow: Tensor


@dataclass(frozen=True)
class Stream(Contexts):
    """A stream of trials in many worlds at once: the trials of a step follow those of the step before.

    Parameters
    ----------
    hazard : float
        Probability that the state that lasts is another in the next trial; all others are equally likely.
    right : float
        q, probability that a cue is right.
    sigma : float
        Standard deviation of the noise on a cue.
    tau : float
        Time constant of the slow estimate in trials, at least 1.
    contexts_per_task : int
        There are as many worlds as tasks, times this; a divisor of the trials per task.
    """

    hazard: float = 0.1
    right: float = 0.8
    sigma: float = 0.5
    tau: float = 5.0
    contexts_per_task: int = 4

    def __post_init__(self) -> None:
        set_fields(
            self,
            hazard=number("hazard", self.hazard, 0, 1),
            right=number("right", self.right, 0, 1),
            sigma=number("sigma", self.sigma, 0),
            tau=number("tau", self.tau, 1),
            contexts_per_task=whole("contexts_per_task", self.contexts_per_task, 1),
        )

    def per_task(self, step: int) -> int:
        """Return the number of worlds for each task."""
        return self.contexts_per_task

    def check_code(self, code: ContextCode) -> None:
        """Raise a ValueError unless the code has a stretch for each estimate."""
        lengths = (len(code.tasks), self.n_states(len(code.tasks)))
        require(code.stretches == lengths, "code", code.name, f"of two stretches, {lengths}, see FastSlow")

    @abstractmethod
    def n_states(self, n_tasks: int) -> int:
        """Return how many states there are that last.

        Raises
        ------
        ValueError
            For a number of tasks that there is no such world of.
        """

    @abstractmethod
    def run(self, n_trials: int, place: Place, n_tasks: int, generator: Generator) -> tuple[Told, Place]:
        """Return what happens in the next trials of some worlds, and where they are then."""

    @abstractmethod
    def ideal(self, told: Told) -> Tensor:
        """Return the probability of every task for who knows the world and all cues up to every trial.

        Parameters
        ----------
        told : Told
            From the first trial on.

        Returns
        -------
        Tensor of float64, shape (trial, world, task)
        """

    def start(self, n_worlds: int, n_tasks: int, generator: Generator) -> Place:
        """Return worlds before their first trial, with any state, of which nothing is known."""
        n = self.n_states(n_tasks)
        hidden = torch.randint(n, (n_worlds,), generator=generator)
        return Place(hidden, torch.full((n_worlds, n), 1 / n, dtype=torch.float64))

    def cued(self, state: Tensor, n_states: int, generator: Generator) -> Tensor:
        """Return the posterior that one cue for each of some states leaves, shape (..., state)."""
        return believed(self.seen(state, self.right, n_states, generator), self.right)

    def seen(self, state: Tensor, right: float | Tensor, n_states: int, generator: Generator) -> Tensor:
        """Return the probability that a cue named each of the states, shape (..., state)."""
        other = torch.randint(1, n_states, state.shape, generator=generator)
        is_right = torch.rand(state.shape, generator=generator, dtype=torch.float64) < right
        named = torch.where(is_right, state, (state + other) % n_states)
        x = torch.nn.functional.one_hot(named, n_states).double()
        x = x + self.sigma * torch.randn(x.shape, generator=generator, dtype=torch.float64)
        # All e_j are equally long, so that the likelihood of a cue j is exp(x_j / sigma^2), up to a factor.
        return (x / max(self.sigma, TINY) ** 2).softmax(-1)

    def lasting(
        self, n_trials: int, place: Place, n_states: int, generator: Generator
    ) -> tuple[Tensor, Tensor, Tensor, Place]:
        """Return a state that lasts in the next trials, its cues and its slow estimate; and where it is."""
        state = switching(place.hidden, n_trials, n_states, self.hazard, generator)
        cues = self.cued(state, n_states, generator)
        slow = [place.slow]
        for cue in cues:
            slow.append(torch.lerp(slow[-1], cue, 1 / self.tau))
        return state, cues, torch.stack(slow[:-1]), Place(state[-1], slow[-1])


def switching(before: Tensor, n_trials: int, n_states: int, hazard: float, generator: Generator) -> Tensor:
    """Return a state of some worlds in the trials after the one `before`, shape (trial, world)."""
    shape = (n_trials, len(before))
    jump = torch.randint(1, n_states, shape, generator=generator)
    switches = torch.rand(shape, generator=generator, dtype=torch.float64) < hazard
    return (before + (jump * switches).cumsum(0)) % n_states


def believed(cue: Tensor, right: float | Tensor) -> Tensor:
    """Return the probability of every state, given the one that a cue named, which is `right` so often."""
    return right * cue + (1 - right) * (1 - cue) / (cue.shape[-1] - 1)


TINY = 1e-6
"""A cue with less noise than this has none."""


@dataclass(frozen=True)
class Blocks(Stream):
    """One task at a time, unannounced: both estimates are of the task, from the same cues."""

    name = "blocks"

    def n_states(self, n_tasks: int) -> int:
        """Return the number of tasks, two or more."""
        return several(n_tasks)

    def run(self, n_trials: int, place: Place, n_tasks: int, generator: Generator) -> tuple[Told, Place]:
        """Return what happens in the next trials of some worlds, and where they are then."""
        task, cues, slow, place = self.lasting(n_trials, place, n_tasks, generator)
        return Told(task, task, cues, slow, cues), place

    def ideal(self, told: Told) -> Tensor:
        """Return the probability of every task, given its cues up to every trial."""
        return filtered(told.evidence, self.hazard)


@dataclass(frozen=True)
class Hierarchy(Stream):
    """Two kinds of block: in one a symbol means its task, in the other its partner, an exclusive-or.

    Symbols are as many as tasks, and any of them comes in any trial; tasks 0 and 1 are partners, 2 and 3, and
    so on. The fast estimate is of the symbol, from its cue; the slow one is of the block, from other cues, in
    earlier trials.
    """

    name = "hierarchy"

    def n_states(self, n_tasks: int) -> int:
        """Return 2, for an even number of tasks."""
        require(several(n_tasks) % 2 == 0, "tasks", n_tasks, "an even number of tasks, each with a partner")
        return 2

    def run(self, n_trials: int, place: Place, n_tasks: int, generator: Generator) -> tuple[Told, Place]:
        """Return what happens in the next trials of some worlds, and where they are then."""
        block, evidence, slow, place = self.lasting(n_trials, place, 2, generator)
        symbol = torch.randint(n_tasks, block.shape, generator=generator)
        fast = self.cued(symbol, n_tasks, generator)
        return Told(symbol ^ block, block, fast, slow, evidence), place

    def ideal(self, told: Told) -> Tensor:
        """Return the probability of every task, given its symbol and the cues of blocks before the trial.

        The cue of a block that comes with a trial is not used: the networks are told of it afterwards.
        """
        block = expected(told.evidence, self.hazard)
        return block[..., :1] * told.fast + block[..., 1:] * of_partners(told.fast)


def of_partners(x: Tensor) -> Tensor:
    """Return what is known of tasks or symbols, (..., task), in the order of their partners."""
    return x.unflatten(-1, (-1, 2)).flip(-1).flatten(-2)


def expected(evidence: Tensor, hazard: float) -> Tensor:
    """Return the probability of every state before the evidence of each trial, shape (trial, world, state).

    The forward algorithm: the posterior of the trial before, and then a switch with probability `hazard`.

    Parameters
    ----------
    evidence : Tensor, shape (trial, world, state)
        In proportion to the likelihood of what is seen; in the first trial all states are equally likely.
    hazard : float
    """
    n = evidence.shape[-1]
    before = [torch.full_like(evidence[0], 1 / n)]
    for seen in evidence[:-1]:
        after = seen * before[-1]
        after = after / after.sum(-1, keepdim=True)
        before.append((1 - hazard) * after + hazard * (1 - after) / (n - 1))
    return torch.stack(before)


def filtered(evidence: Tensor, hazard: float) -> Tensor:
    """Return the probability of every state given the evidence up to each trial; see `expected`."""
    joint = evidence * expected(evidence, hazard)
    return joint / joint.sum(-1, keepdim=True)


def several(n_tasks: int) -> int:
    """Return a number of tasks, which has to be two or more."""
    require(n_tasks >= 2, "tasks", n_tasks, "two or more tasks")
    return n_tasks
