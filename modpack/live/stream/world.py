"""The worlds that the page shows, in Python: from the random numbers of the page's engine."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import islice
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from modpack.live.engine.generator import _uniforms, normals
from modpack.network import ModulatedNetwork
from modpack.tasks import COMPACT, Conditions, Task, Trials, Uniform, decode, get, own_criterion, satisfies
from modpack.tasks.generation import assemble
from modpack.tasks.timing import Duration, durations
from modpack.training.worlds import TINY, Blocks, Told

SPAN = 10**8
"""Seeds of the generators of a world: two for every trial, one for uniform and one for normal numbers."""

NONE = -1
"""The answer of no task."""


class Draws(NamedTuple):
    """The random numbers of some trials, as `drawn` of the engine returns them.

    Attributes
    ----------
    switches, right : Tensor of float64, shape (trial, world)
        In [0, 1): the state switches below the hazard, the cue is right below the probability of that.
    jump, other : Tensor of int64, shape (trial, world)
        To which state it switches, and which the cue names if it is wrong: so many further.
    z : Tensor of float64, shape (trial, world, state)
        Standard normal numbers, the noise on the cue.
    """

    switches: Tensor
    jump: Tensor
    right: Tensor
    other: Tensor
    z: Tensor


def told_from(stream: Blocks, hidden: Tensor, draws: Draws) -> Told:
    """Return what happens in worlds whose random numbers are given, as `Blocks.run` does with its own.

    Parameters
    ----------
    stream : Blocks
    hidden : Tensor of int64, shape (world,)
        The states before the first trial.
    draws : Draws
    """
    n = draws.z.shape[-1]
    task = (hidden + (draws.jump * (draws.switches < stream.hazard)).cumsum(0)) % n
    named = torch.where(draws.right < stream.right, task, (task + draws.other) % n)
    x = torch.nn.functional.one_hot(named, n) + stream.sigma * draws.z
    cue = (x / max(stream.sigma, TINY) ** 2).softmax(-1)
    fast = stream.right * cue + (1 - stream.right) * (1 - cue) / (n - 1)
    slow = [torch.full_like(fast[0], 1 / n)]
    for each in fast[:-1]:
        slow.append(torch.lerp(slow[-1], each, 1 / stream.tau))
    return Told(task, task, fast, torch.stack(slow), fast)


class World(NamedTuple):
    """The first trials of a world of the page.

    Attributes
    ----------
    tasks : tuple of str
    told : Told
        Of one world.
    trials : Trials, axes (trial of the world, 1)
        What is shown.
    z : Tensor of float64, shape (trial, number)
        Standard normal numbers, the noise on the neurons.
    """

    tasks: tuple[str, ...]
    told: Told
    trials: Trials
    z: Tensor

    def states(self, network: ModulatedNetwork) -> Tensor:
        """Return the state of a network after each trial, carried on, shape (trial, 1, neuron)."""
        found, state = [], None
        for t, context in enumerate(self.told.contexts().to(network.tensors["b"])):
            trial, dynamics = self.trials.span(t, t + 1), network.under(context)
            noise = dynamics.noise_std * self.z[t].view(trial.n_steps, 1, 1, network.n_neurons)
            state = dynamics.simulate(trial.patterns, trial.epoch_index, noise, state)[-1]
            found.append(state[0])
        return torch.stack(found)

    def answered(self, network: ModulatedNetwork) -> Tensor:
        """Return which task's answer a network gives in each trial, or `NONE`, shape (trial,)."""
        preset, conditions = network.preset, self.trials.conditions
        said = decode(network.readout(self.states(network)), preset)
        fits = [
            satisfies(said, get(name).answer(conditions), own_criterion(self.trials)) for name in self.tasks
        ]
        found = torch.stack(fits).squeeze(-1)
        return torch.where(found.any(0), found.int().argmax(0), NONE)


def world(stream: Blocks, tasks: Sequence[str], seed: int, n_trials: int, n_neurons: int) -> World:
    """Return the first trials of the page's world of a seed.

    Parameters
    ----------
    stream : Blocks
    tasks : sequence of str
        Mappings that differ in nothing but their permutation.
    seed : int
        0 ... 19.
    n_trials : int
    n_neurons : int
        Of the networks, each of which gets noise.
    """
    assert COMPACT.length is not None
    n, first = len(tasks), 2 * seed * SPAN
    seeds = [first + 2 * (1 + t) for t in range(n_trials)]
    hidden = torch.from_numpy(n * next(_uniforms(np.array([first], np.uint32)))).long()
    uniforms = map(torch.from_numpy, _uniforms(np.array(seeds, np.uint32)))
    numbers = torch.from_numpy(
        normals([each + 1 for each in seeds], n + round(COMPACT.length / COMPACT.dt) * n_neurons)
    ).T
    told = told_from(stream, hidden, _draws(uniforms, numbers[:, :n]))
    trials = _trials([get(tasks[k]) for k in told.task[:, 0].tolist()], uniforms)
    return World(tuple(tasks), told, trials, numbers[:, n:])


def _draws(uniforms: Iterator[Tensor], z: Tensor) -> Draws:
    """Return the random numbers of one world, in the order in which the page draws them."""
    switches, jump, right, other = (each.unsqueeze(1) for each in islice(uniforms, 4))
    steps = z.shape[-1] - 1
    return Draws(switches, 1 + (steps * jump).long(), right, 1 + (steps * other).long(), z.unsqueeze(1))


def _trials(tasks: list[Task], uniforms: Iterator[Tensor]) -> Trials:
    """Return a trial of each task, one after the other."""
    grid = tasks[0].stimuli.grid()
    index = (len(grid.sequential) * next(uniforms)).long()
    chosen = (x[index].unsqueeze(1) for x in (grid.angle, grid.strength, grid.sequential))
    timing = tasks[0].timing_in(COMPACT)
    periods = [_periods(getattr(timing, each.name), uniforms, index) for each in fields(timing)]
    lengths = durations(torch.stack(periods), COMPACT.dt, COMPACT.length).unsqueeze(-1)
    return assemble(tuple(tasks), COMPACT, Conditions(*chosen), lengths)


def _periods(duration: Duration, uniforms: Iterator[Tensor], like: Tensor) -> Tensor:
    """Return how long a period lasts in each trial (ms)."""
    if isinstance(duration, Uniform):
        return duration.low + (duration.high - duration.low) * next(uniforms)
    return torch.full_like(like, duration.middle(), dtype=torch.float64)
