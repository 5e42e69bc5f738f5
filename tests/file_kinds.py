"""Every kind of file that the package writes: how a small one is made, and all that is read of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from hand_networks import hand_built, random_states, silence
from small_training import TINY, changed

from modpack import results, stored
from modpack._files import read_tensors
from modpack.dynamics import Dynamics
from modpack.fixedpoints import Branch, Diagram, Family, FixedPoints, Level, continue_branch, find
from modpack.training import untrained
from modpack.training.checkpoint import restore, save
from modpack.training.trainer import Trainer


@dataclass(frozen=True)
class FileKind:
    """How a kind of file is made, and how all that a reader takes from it is told from something else."""

    write: Callable[[Path], None]
    read: Callable[[Path], Any]
    same: Callable[[Any, Any], bool] = lambda a, b: a == b


def tanh_unit() -> Dynamics:
    return hand_built([[2.0]], activation="tanh")


def points(path: Path) -> None:
    network = hand_built([[2.0, 0.0], [0.0, 0.5]], activation="tanh")
    find(network, silence(network), random_states(8, 2, 0)).save(path)


def branch() -> Branch:
    """A stable point of one tanh unit under growing input."""
    network = tanh_unit()
    family = Family(lambda lam: (network, lam.reshape(1)), 0.0, 0.3)
    return continue_branch(family, torch.tensor([0.96], dtype=torch.float64), 0.0)


def network(path: Path) -> None:
    config = changed(TINY, form="bias")
    record = {"config": config.as_record(), "performance": {"fdgo": 0.5, "fdanti": 1.0}}
    stored.write(path, untrained(config), record)


@cache
def trainer() -> Trainer:
    """A run of one chunk."""
    begun = Trainer([TINY])
    begun.advance()
    return begun


def gone_on(path: Path) -> tuple[Any, ...]:
    restore(trainer(), path)
    run = trainer()
    tensors = {**run.leaves, **run.optimiser.state, **run.data.state()}
    content = {name: x.tolist() for name, x in tensors.items()}
    return content, run.step, run.histories, run.stopped, run.seconds


def table(path: Path) -> None:
    values = np.random.default_rng(0).normal(size=200)
    results.write(path, pd.DataFrame({"form": ["a", "b"] * 100, "value": values}), {"commit": "abc"})


def read_network(path: Path) -> tuple[Any, ...]:
    network, record = stored.read(path)
    return record, network.code.vectors.tolist(), {k: x.tolist() for k, x in network.tensors.items()}


def content(load: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Return a reader of all that a container holds, which is what it writes."""

    def read(path: Path) -> Any:
        again = path.with_name("again")
        load(path).save(again)
        tensors, text = read_tensors(again)
        return text, {name: x.numpy().tobytes() for name, x in tensors.items()}

    return read


KINDS = {
    "network": FileKind(network, read_network),
    "checkpoint": FileKind(lambda path: save(trainer(), path), gone_on),
    "fixed points": FileKind(points, content(FixedPoints.load)),
    "branch": FileKind(lambda path: branch().save(path), content(Branch.load)),
    "diagram": FileKind(
        lambda path: Diagram((branch(),), (Level(0.0, 1, 1),)).save(path), content(Diagram.load)
    ),
    "table": FileKind(table, results.read, lambda a, b: a.table.equals(b.table) and a.record == b.record),
}
