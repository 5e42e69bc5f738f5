"""States that a network visits in its tasks, and what contexts change in the total input of neurons there."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from modpack._checks import require, require_finite
from modpack.dynamics import Dynamics
from modpack.modulation import Combined, Modulation, PartContexts
from modpack.network import ContextLike, ModulatedNetwork
from modpack.tasks import Trials


@dataclass(frozen=True, eq=False)
class Visited:
    """What a network does on some trials, free of noise.

    Parameters
    ----------
    trials : Trials
    states : Tensor, shape (time, context, trial, neuron)
        State before each step.
    inputs : Tensor, shape (time, task, trial, channel)
        Input in it.
    counts : Tensor of bool, shape (time, task, trial)
        Steps before the end of each trial.
    """

    trials: Trials
    states: Tensor
    inputs: Tensor
    counts: Tensor

    @classmethod
    @torch.no_grad()
    def of(cls, network: ModulatedNetwork, trials: Trials, contexts: ContextLike | None = None) -> "Visited":
        """Run trials from rest, by default each task under its own context; see `ModulatedNetwork.run`.

        Raises
        ------
        ValueError
            If the network is an ensemble, or diverges.
        """
        network.require_single()
        states = network.run(trials, contexts)
        require_finite("states", states)
        before = torch.cat([torch.zeros_like(states[:1]), states[:-1]])
        steps = torch.arange(trials.n_steps, device=states.device)[:, None, None]
        return cls(trials, before, trials.dense_inputs().to(before), steps < trials.end)

    def total_input(self, dynamics: Dynamics) -> Tensor:
        """Return a of dynamics at these states, shape (time, context, trial, neuron)."""
        return dynamics.total_input(self.states, self.inputs)


@torch.no_grad()
def modulation_power(network: ModulatedNetwork, trials: Trials) -> dict[str, float]:
    """Return how much contexts change the total input of neurons on visited states, for each pathway.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network; measured in float64 and free of noise.
    trials : Trials
        Of tasks that the network knows, in float64; each is run under its own context.

    Returns
    -------
    dict of str to float
        Root mean square of a(c) - a(0) over tasks, trials, time and neurons, in units of the total input:
        ``"all"``, and for each pathway that of its parts alone, the others being told nothing. Changes of
        output gates and of the readout are no changes of the total input.

    Raises
    ------
    ValueError
        If the network is an ensemble, or diverges.
    """
    network = network.to(torch.float64)
    visited, form = Visited.of(network, trials), network.modulation
    contexts = network.code.of([task.name for task in trials.tasks])
    told = {"all": contexts} | {p: _to_pathway(form, contexts, p) for p in _pathways(form)}
    before = visited.total_input(network.under(form.neutral()))
    return {name: _rms(visited, network, c, before) for name, c in told.items()}


def _rms(visited: Visited, network: ModulatedNetwork, contexts: ContextLike, before: Tensor) -> float:
    change = (visited.total_input(network.under(contexts)) - before)[visited.counts]
    return change.square().mean().sqrt().item()


def _parts(form: Modulation) -> tuple[Modulation, ...]:
    return form.parts if isinstance(form, Combined) else (form,)


def _pathways(form: Modulation) -> list[str]:
    """Return the pathways of the parts, each once."""
    return list(dict.fromkeys(part.pathway for part in _parts(form)))


def _to_pathway(form: Modulation, contexts: Tensor, pathway: str) -> ContextLike:
    """Return contexts for the parts of one pathway, and nothing for the others."""
    parts, own = _parts(form), form.split(contexts)
    if len(parts) == 1:
        return contexts
    told = zip(parts, own, strict=True)
    return PartContexts(*(c if part.pathway == pathway else torch.zeros_like(c) for part, c in told))


@torch.no_grad()
def resemblance(network: ModulatedNetwork, trials: Trials, others: Sequence[str]) -> Tensor:
    """Return how alike what the context of a task and those of others change in the total input is.

    On the states that the network visits in the task itself, free of noise: the cosine between a(c) - a(0)
    under its context and under another, over time, trials and neurons.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network.
    trials : Trials
        Of one task that the network knows.
    others : sequence of str
        Tasks whose contexts are compared with that of the trials.

    Returns
    -------
    Tensor, shape (other,)

    Raises
    ------
    ValueError
        If the network is an ensemble, or diverges, or the trials are of several tasks.
    """
    require(len(trials.tasks) == 1, "trials", f"of {len(trials.tasks)} tasks", "of one task")
    visited, (own,) = Visited.of(network, trials), trials.tasks
    before = visited.total_input(network.under(network.modulation.neutral()))
    both = visited.total_input(network.under([own.name, *others])) - before
    changes = (both * visited.counts.unsqueeze(-1)).transpose(0, 1).flatten(1)
    return torch.cosine_similarity(changes[:1], changes[1:])
