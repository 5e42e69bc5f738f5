"""What the networks are shown in a step: trials, contexts and noise, each from a stream of its own."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple, cast

import torch
from torch import Generator, Tensor

from modpack._checks import require
from modpack._memory import require_memory
from modpack.tasks import PRESETS, Trials, generate, trials_of
from modpack.training import records
from modpack.training.contexts import Schedule
from modpack.training.records import TrainingConfig
from modpack.training.streams import streams
from modpack.training.worlds import Place, Stream

POOL = 2**23
"""Noise samples drawn once for all; every step reads a slice at a random offset.

Fresh normal numbers would cost a fifth of a step. Where a slice would take more than half of the pool, in
large networks, they are drawn nevertheless.
"""

STEP = 3
"""What a training step keeps of the size of its states: noise, states, what goes back through them."""

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


class Source(ABC):
    """Trials, contexts and noise of one data seed."""

    def __init__(self, config: TrainingConfig, device: str) -> None:
        self.protocol, self.device = config.protocol, device
        self.preset, self.n_neurons = PRESETS[config.model.preset], config.model.n_neurons
        self.trials, self.noise, _, self.contexts = streams(config.data_seed)
        self.std = self.preset.sigma_rec * math.sqrt(2 / self.preset.alpha)

    @abstractmethod
    def draw(self) -> None:
        """Draw the trials of the next chunk of steps."""

    @abstractmethod
    def shown(self, step: int, k: int) -> Trials:
        """Return the trials of a step, the k-th of its chunk."""

    @abstractmethod
    def told(self, step: int, k: int, vectors: Tensor) -> Tensor:
        """Return the contexts of these trials, (network, context, d), for codes (network, task, d)."""

    def noise_for(self, trials: Trials) -> Tensor:
        """Return noise for some trials, shape (time, context, trial, neuron)."""
        shape = (*trials.epoch_index.shape, self.n_neurons)
        count = math.prod(shape)
        n_trials = self.protocol.trials_per_task
        require_memory("trials_per_task", n_trials, STEP * 4 * count, self.device)
        if 2 * count > POOL:
            return (self.std * torch.randn(shape, generator=self.noise)).to(self.device)
        offset = int(torch.randint(POOL - count, (1,), generator=self.noise))
        return noise_pool(POOL, self.std, self.device)[offset : offset + count].view(shape)

    def rest(self) -> Tensor | None:
        """Return the state in which a network begins, (context, trial, neuron), if it is to be carried on."""
        return None

    def state(self) -> dict[str, Tensor]:
        """Return everything that decides what is drawn next."""
        return {name: getattr(self, name).get_state() for name in ("trials", "noise", "contexts")}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a state."""
        for name in ("trials", "noise", "contexts"):
            getattr(self, name).set_state(state[name])


class Independent(Source):
    """Trials each of which is drawn by itself, equally many of every task."""

    def draw(self) -> None:
        """Draw the trials of the next chunk of steps."""
        n_trials = records.CHUNK * self.protocol.trials_per_task
        self.chunk = generate(self.protocol.tasks, n_trials, self.preset, self.trials).to(self.device)

    def shown(self, step: int, k: int) -> Trials:
        """Return the trials of a step, the k-th of its chunk."""
        n = self.protocol.trials_per_task
        trials = self.chunk.select(slice(k * n, (k + 1) * n))
        return trials.regroup(self.protocol.contexts.per_task(step))

    def told(self, step: int, k: int, vectors: Tensor) -> Tensor:
        """Return what the schedule draws."""
        return cast(Schedule, self.protocol.contexts).draw(step, vectors, self.contexts)


class Following(Source):
    """Trials that follow each other in the worlds of a stream, as many in each as see one context."""

    def __init__(self, config: TrainingConfig, device: str) -> None:
        super().__init__(config, device)
        self.stream, self.tasks = cast(Stream, config.protocol.contexts), config.protocol.tasks
        per_task = self.stream.contexts_per_task
        self.n_worlds, self.n_trials = per_task * len(self.tasks), self.protocol.trials_per_task // per_task
        self.place = self.stream.start(self.n_worlds, len(self.tasks), self.contexts)

    def draw(self) -> None:
        """Draw the trials of the next chunk of steps."""
        self.happened, self.place = self.stream.run(records.CHUNK, self.place, len(self.tasks), self.contexts)
        rows = self.happened.task.flatten()
        self.chunk = trials_of(rows, self.tasks, self.n_trials, self.preset, self.trials).to(self.device)

    def shown(self, step: int, k: int) -> Trials:
        """Return the trials of a step, the k-th of its chunk, one entry of the task axis for each world."""
        return self.chunk.span(k * self.n_worlds, (k + 1) * self.n_worlds)

    def told(self, step: int, k: int, vectors: Tensor) -> Tensor:
        """Return both estimates."""
        return self.happened.contexts()[k].to(vectors).expand(len(vectors), -1, -1)

    def rest(self) -> Tensor:
        """Return zeros."""
        return torch.zeros(self.n_worlds, self.n_trials, self.n_neurons, device=self.device)

    def state(self) -> dict[str, Tensor]:
        """Return everything that decides what is drawn next."""
        return super().state() | self.place._asdict()

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a state."""
        super().restore(state)
        self.place = Place(**{name: state[name] for name in Place._fields})


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
        source = Following if isinstance(configs[0].protocol.contexts, Stream) else Independent
        self.sources: list[Source] = [source(configs[keys.index(key)], device) for key in different]
        self.source_of = [different.index(key) for key in keys]
        codes = [torch.stack([config.code()[task] for task in config.protocol.tasks]) for config in configs]
        self.vectors = torch.stack(codes).to(device)
        fits = len(different) == 1 or self.sources[0].preset.length is not None
        allowed = "one whose trials have a fixed length, as the networks see different ones"
        require(fits, "preset", configs[0].model.preset, allowed)
        networks = () if len(configs) == 1 else (len(configs),)
        rest = self.sources[0].rest()
        self.carried = None if rest is None else rest.expand(*networks, *rest.shape)

    def keep(self, state: Tensor) -> None:
        """Take the state after a step, from which the next trials of a stream go on."""
        if self.carried is not None:
            self.carried = state.detach()

    def draw(self) -> None:
        """Draw the trials of the next chunk of steps."""
        for source in self.sources:
            source.draw()

    def batch(self, step: int, k: int) -> Batch:
        """Return what is simulated in a step, the k-th of its chunk."""
        shown = [source.shown(step, k) for source in self.sources]
        drawn = [source.noise_for(trials) for source, trials in zip(self.sources, shown, strict=True)]
        contexts, noise = self._contexts(step, k), self._for_each(drawn)
        if len(self.vectors) == 1:
            contexts = contexts[0]
        elif len(shown) == 1:
            noise = noise.unsqueeze(1).expand(-1, len(self.vectors), -1, -1, -1)
        return Batch(
            patterns=self._for_each([trials.patterns for trials in shown]),
            epoch_index=self._for_each([trials.epoch_index for trials in shown]),
            targets=self._for_each([trials.targets for trials in shown]),
            weights=self._for_each([trials.weights for trials in shown]),
            contexts=contexts,
            noise=noise,
            state=self.carried,
        )

    def _contexts(self, step: int, k: int) -> Tensor:
        """Return the contexts of every network, (network, context, d)."""
        drawn = [source.told(step, k, self.vectors) for source in self.sources]
        return torch.stack([drawn[source][i] for i, source in enumerate(self.source_of)])

    def _for_each(self, parts: list[Tensor]) -> Tensor:
        """Return what the sources gave with a network axis behind the first; without where all share one."""
        return parts[0] if len(parts) == 1 else torch.stack([parts[s] for s in self.source_of], dim=1)

    def state(self) -> dict[str, Tensor]:
        """Return everything that decides what is shown next."""
        sources = {f"{k}.{i}": x for i, source in enumerate(self.sources) for k, x in source.state().items()}
        return sources if self.carried is None else sources | {"carried": self.carried}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a state."""
        if self.carried is not None:
            self.carried = state["carried"].to(self.carried)
        for i, source in enumerate(self.sources):
            source.restore({k: state[f"{k}.{i}"] for k in source.state()})
