"""Short training runs shared by the tests of training."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch
from small_networks import seeded

from modpack.network import ModulatedNetwork
from modpack.tasks import COMPACT, Trials, generate
from modpack.training import (
    Evaluation,
    Model,
    Protocol,
    Recipe,
    Trained,
    TrainingConfig,
    train,
    train_together,
)
from modpack.training.data import Batch
from modpack.training.loss import loss_of
from modpack.training.trainer import Trainer

TINY = TrainingConfig(
    Model(n_neurons=16),
    Protocol(tasks=("fdgo", "fdanti"), trials_per_task=4),
    Recipe(steps=100),
    Evaluation(every=50, trials=20),
)


def changed(config: TrainingConfig, **values) -> TrainingConfig:
    """The configuration with other values of some fields, whichever part they are in."""
    parts = {part.name: getattr(config, part.name) for part in fields(config)}
    for name, part in parts.items():
        own = {field.name for field in fields(part)} & values.keys()
        parts[name] = replace(part, **{key: values.pop(key) for key in own})
    assert not values, values
    return TrainingConfig(**parts)


def short(**values) -> TrainingConfig:
    """Three small chunks with an evaluation after each."""
    return changed(TINY, **{"steps": 30, "every": 10} | values)


def quiet(config: TrainingConfig, checkpoint: Path | None = None, **options) -> Trained:
    return train(config, checkpoint, progress=False, **options)


def quiet_together(configs: list[TrainingConfig], checkpoint: Path | None = None) -> list[Trained]:
    return train_together(configs, checkpoint, progress=False)


def some_trials(n_trials: int = 50, seed: int = 12345) -> Trials:
    return generate(TINY.protocol.tasks, n_trials, COMPACT, seeded(seed))


def clean_batch(network: ModulatedNetwork, trials: Trials) -> Batch:
    """Trials under the contexts of their tasks, free of noise."""
    return Batch.of(trials, network.contexts([task.name for task in trials.tasks]))


def loss(network: ModulatedNetwork) -> float:
    return loss_of(network, clean_batch(network, some_trials()), 0.0).item()


def assert_identical(one: Trained, other: Trained) -> None:
    """Bit for bit."""
    assert one.network.tensors.keys() == other.network.tensors.keys()
    for name, x in one.network.tensors.items():
        assert torch.equal(x, other.network.tensors[name]), name
    assert one.history == other.history


def kill_after(monkeypatch: pytest.MonkeyPatch, n_chunks: int) -> None:
    """Kill the next training run after some chunks, each of which has been saved."""
    advance, done = Trainer.advance, []

    def killed(self: Trainer) -> float:
        if len(done) == n_chunks:
            raise KeyboardInterrupt
        done.append(1)
        return advance(self)

    monkeypatch.setattr(Trainer, "advance", killed)
