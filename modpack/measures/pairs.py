"""Networks on pairs of tasks with conflicting answers: the same stimuli under two contexts."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from modpack._checks import choose, require, require_finite
from modpack.dynamics import Dynamics
from modpack.fixedpoints import starts_from
from modpack.measures.choices import opposed
from modpack.measures.geometry import rms_radius
from modpack.network import ModulatedNetwork
from modpack.tasks import EPOCHS, Preset, Trials, get, grid

SETTLING_STEPS = 250
"""Time steps for which an input is held so that a network settles: a hundred time constants at 40 ms."""


@dataclass(frozen=True)
class TaskPair:
    """Two tasks that give different answers to the same stimuli.

    Parameters
    ----------
    a, b : str
        Names of tasks; the stimuli are those of a.
    unrelated : str
        A task of another family, whose context takes the place of b's in the shuffled control.
    epochs : tuple of str
        The epochs of `EPOCHS` whose inputs are held to look for fixed points.
    """

    a: str
    b: str
    unrelated: str
    epochs: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in (self.a, self.b, self.unrelated):
            get(name)
        for epoch in self.epochs:
            choose("epochs", epoch, EPOCHS)

    @property
    def label(self) -> str:
        """Both names."""
        return f"{self.a} / {self.b}"


@dataclass(frozen=True, eq=False)
class PairedRun:
    """A network on the same trials under two contexts, free of noise; make one with `PairedRun.of`.

    Parameters
    ----------
    network : ModulatedNetwork
        In float64.
    contexts : pair of str
        Names of the tasks whose contexts are given.
    trials : Trials
        Of one task, all with the same timing.
    states : Tensor, shape (time, context, trial, neuron)

    Raises
    ------
    ValueError
        If the states are not finite.
    """

    network: ModulatedNetwork
    contexts: tuple[str, str]
    trials: Trials
    states: Tensor

    def __post_init__(self) -> None:
        require_finite("states", self.states)

    @classmethod
    def of(cls, network: ModulatedNetwork, contexts: tuple[str, str], trials: Trials) -> "PairedRun":
        """Run trials under the contexts of two tasks."""
        network.require_single()
        network = network.to(torch.float64)
        with torch.no_grad():
            return cls(network, contexts, trials, network.run(trials, list(contexts)))

    @property
    def radius(self) -> float:
        """How far a state is from the mean of its context's states (root mean square)."""
        return rms_radius(self.states[:, 0], self.states[:, 1])

    @property
    def dynamics(self) -> tuple[Dynamics, Dynamics]:
        """The network under each of the contexts."""
        first, second = (self.network.under([name]) for name in self.contexts)
        return first, second

    def within(self, epoch: str) -> Tensor:
        """Return the states during one epoch, shape (time, context, trial, neuron)."""
        return self.states[self.trials.epoch_index[:, 0, 0] == EPOCHS.index(epoch)]

    def held_inputs(self, epoch: str, n: int) -> tuple[Tensor, Tensor]:
        """Return the different inputs of the first trials in one epoch.

        Returns
        -------
        inputs : Tensor, shape (input, channel)
        index : Tensor of int64, shape (n,)
            Which of them each of the first `n` trials has.
        """
        inputs, index = self.trials.input_in(epoch)[0, :n].unique(dim=0, return_inverse=True)
        return inputs, index

    def settled(self, epoch: str, u: Tensor, n: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Return where the network comes to under each context from states of an epoch, with its input held.

        Parameters
        ----------
        epoch : str
        u : Tensor, shape (channel,)
        n : int
            Number of starts; half a cloud of noise is added to the states.
        generator : Generator

        Returns
        -------
        pair of Tensor, shape (start, neuron)
        """
        visited = self.within(epoch)
        starts = [starts_from(visited[:, k], n, 0.5, generator) for k in (0, 1)]
        first, second = (settle(d, u, x) for d, x in zip(self.dynamics, starts, strict=True))
        return first, second


def probe_trials(a: str, b: str, preset: Preset, n: int, seed: int) -> Trials:
    """Return trials of the test grid of task a to which task b has another answer, in random order.

    Parameters
    ----------
    a, b : str
        Names of tasks.
    preset : Preset
    n : int
        Number of trials; all there are, if there are fewer.
    seed : int
        Decides which.

    Raises
    ------
    ValueError
        If there is no such trial.
    """
    trials = grid(a, preset, dtype=torch.float64)
    answers = [get(name).answer(trials.conditions) for name in (a, b)]
    conflicting = opposed(*answers)[0].nonzero()[:, 0]
    require(len(conflicting) > 0, "a, b", (a, b), "tasks with different answers to some trials of a")
    order = torch.randperm(len(conflicting), generator=Generator().manual_seed(seed))
    return trials.select(conflicting[order[:n]])


@torch.no_grad()
def settle(dynamics: Dynamics, u: Tensor, states: Tensor, n_steps: int = SETTLING_STEPS) -> Tensor:
    """Return where states (start, neuron) come to under a constant input (channel,) held for `n_steps`."""
    return dynamics.hold(u, n_steps, states[None])[-1, 0]
