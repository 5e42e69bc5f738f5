"""Networks in a stream of trials, whose state is carried on: right or wrong, and after a switch."""

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from modpack._checks import require
from modpack.network import ModulatedNetwork
from modpack.tasks import correct, trials_of
from modpack.training.worlds import Stream, Told

SETTLED, SCORED = 20, 40
"""Trials of every world that are not scored, and those after them that are."""


def happened(stream: Stream, n_tasks: int, n_worlds: int, generator: Generator) -> Told:
    """Return what happens in fresh worlds, in trials that are not scored and those that are."""
    start = stream.start(n_worlds, n_tasks, generator)
    return stream.run(SETTLED + SCORED, start, n_tasks, generator)[0]


@torch.no_grad()
def answered(network: ModulatedNetwork, told: Told, tasks: Sequence[str], generator: Generator) -> Tensor:
    """Return whether a network, or every one of an ensemble, is right in each trial of a stream.

    Parameters
    ----------
    network : ModulatedNetwork
        Begins at rest; its state is carried from trial to trial.
    told : Told
    tasks : sequence of str
        In the order in which the stream numbers them.
    generator : Generator
        Draws stimuli, times and noise.

    Returns
    -------
    Tensor of bool, shape (trial, [network], world)
    """
    right, state = [], None
    for rows, contexts in zip(told.task, told.contexts(), strict=True):
        trials = trials_of(rows, tasks, 1, network.preset, generator)
        states = network.run(trials, contexts, generator, state=state)
        outputs = network.readout(states, contexts if network.modulation.changes_readout else None)
        right.append(correct(outputs, trials).squeeze(-1))
        state = states[-1]
    return torch.stack(right)


def log_odds(right: Tensor) -> float:
    """Return the log-odds of a right trial, ``ln((k + 1/2) / (n - k + 1/2))`` for k of n that are right."""
    n, k = right.numel(), int(right.sum())
    require(n > 0, "right", "of no trials", "of one or more")
    return math.log((k + 0.5) / (n - k + 0.5))


def trials_since(state: Tensor) -> Tensor:
    """Return how many trials ago every world switched, shape (trial, world).

    Parameters
    ----------
    state : Tensor of int64, shape (trial, world)
        What lasts.

    Returns
    -------
    Tensor of int64
        0 in the first trial after a switch; -1 before the first switch of a world.
    """
    trial = torch.arange(len(state)).unsqueeze(1)
    switched = torch.zeros_like(state, dtype=torch.bool)
    switched[1:] = state[1:] != state[:-1]
    last = torch.where(switched, trial, -1).cummax(0).values
    return torch.where(last >= 0, trial - last, -1)


def recovery(right: Tensor, since: Tensor, n_trials: int) -> Tensor:
    """Return the fraction that is right in each of some trials after a switch, and later on.

    Parameters
    ----------
    right : Tensor of bool, shape (trial, world)
    since : Tensor of int64, shape (trial, world)
        See `trials_since`.
    n_trials : int

    Returns
    -------
    Tensor of float64, shape (n_trials + 1,)
        The last number is of all later trials; nan where there are none.
    """
    lag = since.clamp(max=n_trials)
    return torch.stack([right[lag == k].double().mean() for k in range(n_trials + 1)])


def trials_lost(curve: Tensor) -> float:
    """Return how many trials a switch costs: how far a curve of `recovery` stays below its end, summed up."""
    return float((curve[-1] - curve[:-1]).sum())
