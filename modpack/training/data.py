"""What the networks are shown in a step: trials, contexts and noise, each from a stream of its own."""

import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from modpack._checks import require
from modpack.tasks import PRESETS, Trials, generate
from modpack.training import records
from modpack.training.records import TrainingConfig
from modpack.training.streams import streams

POOL = 2**23
"""Noise samples drawn once for all; every step reads a slice at a random offset.

Fresh normal numbers would cost a fifth of a step. Where a slice would take more than half of the pool, in
large networks, they are drawn nevertheless.
"""

POOL_SEED = 2**40
"""Far from the seeds of networks."""


@cache
def noise_pool(size: int, std: float, device: str) -> Tensor:
    """Return normal numbers of a standard deviation, the same in every call."""
    return (std * torch.randn(size, generator=Generator().manual_seed(POOL_SEED))).to(device)


class Batch(NamedTuple):
    """What is simulated in a step; the network axis of trials is left out where all see the same.

    Parameters
    ----------
    patterns : Tensor, shape (epoch, [network], context, trial, channel)
    epoch_index : Tensor of int64, shape (time, [network], context, trial)
    targets, weights : Tensor, shape (epoch, [network], context, trial, output)
    contexts : Tensor, shape ([network], context, d)
    noise : Tensor, shape (time, [network], context, trial, neuron), or None
    state : Tensor, shape ([network], context, trial, neuron), or None
        Before the first time step; None means zero.
    """

    patterns: Tensor
    epoch_index: Tensor
    targets: Tensor
    weights: Tensor
    contexts: Tensor
    noise: Tensor | None = None
    state: Tensor | None = None

    @classmethod
    def of(cls, trials: Trials, contexts: Tensor, noise: Tensor | None = None) -> "Batch":
        """Return the batch of some trials, one context for each entry of their task axis."""
        shown = (trials.patterns, trials.epoch_index, trials.targets, trials.weights)
        return cls(*shown, contexts, noise)


class Source:
    """Trials and noise of one data seed."""

    def __init__(self, config: TrainingConfig, device: str) -> None:
        self.protocol, self.device = config.protocol, device
        self.preset, self.n_neurons = PRESETS[config.model.preset], config.model.n_neurons
        self.trials, self.noise, _, self.contexts = streams(config.data_seed)
        self.std = self.preset.sigma_rec * math.sqrt(2 / self.preset.alpha)

    def draw(self) -> None:
        """Draw the trials of the next chunk of steps."""
        n_trials = records.CHUNK * self.protocol.trials_per_task
        self.chunk = generate(self.protocol.tasks, n_trials, self.preset, self.trials).to(self.device)

    def shown(self, step: int, k: int) -> tuple[Trials, Tensor]:
        """Return the trials of a step, the k-th of its chunk, and noise (time, context, trial, neuron)."""
        n = self.protocol.trials_per_task
        trials = self.chunk.select(slice(k * n, (k + 1) * n))
        trials = trials.regroup(self.protocol.contexts.per_task(step))
        shape = (*trials.epoch_index.shape, self.n_neurons)
        count = math.prod(shape)
        if 2 * count > POOL:
            return trials, (self.std * torch.randn(shape, generator=self.noise)).to(self.device)
        offset = int(torch.randint(POOL - count, (1,), generator=self.noise))
        return trials, noise_pool(POOL, self.std, self.device)[offset : offset + count].view(shape)


class Data:
    """What some networks are shown; those with the same tasks and data seed share trials and noise.

    Parameters
    ----------
    configs : sequence of TrainingConfig
        Of one shape.
    device : str
    """

    def __init__(self, configs: Sequence[TrainingConfig], device: str) -> None:
        keys = [(config.protocol.tasks, config.data_seed) for config in configs]
        different = list(dict.fromkeys(keys))
        self.sources = [Source(configs[keys.index(key)], device) for key in different]
        self.source_of = [different.index(key) for key in keys]
        self.schedule = configs[0].protocol.contexts
        codes = [torch.stack([config.code()[task] for task in config.protocol.tasks]) for config in configs]
        self.vectors = torch.stack(codes).to(device)
        fits = len(different) == 1 or self.sources[0].preset.length is not None
        allowed = "one whose trials have a fixed length, as the networks see different ones"
        require(fits, "preset", configs[0].model.preset, allowed)

    def draw(self) -> None:
        """Draw the trials of the next chunk of steps."""
        for source in self.sources:
            source.draw()

    def batch(self, step: int, k: int) -> Batch:
        """Return what is simulated in a step, the k-th of its chunk."""
        shown = [source.shown(step, k) for source in self.sources]
        contexts, noise = self._contexts(step), self._for_each([noise for _, noise in shown])
        if len(self.vectors) == 1:
            contexts = contexts[0]
        elif len(shown) == 1:
            noise = noise.unsqueeze(1).expand(-1, len(self.vectors), -1, -1, -1)
        return Batch(
            patterns=self._for_each([trials.patterns for trials, _ in shown]),
            epoch_index=self._for_each([trials.epoch_index for trials, _ in shown]),
            targets=self._for_each([trials.targets for trials, _ in shown]),
            weights=self._for_each([trials.weights for trials, _ in shown]),
            contexts=contexts,
            noise=noise,
        )

    def _contexts(self, step: int) -> Tensor:
        """Return the contexts of every network, (network, context, d)."""
        drawn = [self.schedule.draw(step, self.vectors, source.contexts) for source in self.sources]
        return torch.stack([drawn[source][i] for i, source in enumerate(self.source_of)])

    def _for_each(self, parts: list[Tensor]) -> Tensor:
        """Return what the sources gave with a network axis behind the first; without where all share one."""
        return parts[0] if len(parts) == 1 else torch.stack([parts[s] for s in self.source_of], dim=1)

    def state(self) -> dict[str, Tensor]:
        """Return the states of all generators that training advances."""
        state = {}
        for i, source in enumerate(self.sources):
            for name in ("trials", "noise", "contexts"):
                state[f"{name}.{i}"] = getattr(source, name).get_state()
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        """Set the states of all generators."""
        for key, value in state.items():
            name, index = key.split(".")
            getattr(self.sources[int(index)], name).set_state(value)
