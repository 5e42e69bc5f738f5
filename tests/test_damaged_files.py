"""Files of every kind, damaged in hundreds of ways: each is refused by name, or read as it was written."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from damaged_files import damaged
from hand_networks import hand_built, random_states, silence
from small_training import TINY, changed

from modpack import _files, results, stored
from modpack._files import read_tensors, write_tensors
from modpack.dynamics import Dynamics
from modpack.fixedpoints import Branch, Diagram, Family, FixedPoints, Level, continue_branch, find
from modpack.training import untrained
from modpack.training.checkpoint import restore, save
from modpack.training.trainer import Trainer

N = 200
"""Damaged copies of every kind of file, beside those that are foreign or hostile."""


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
EVERY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@EVERY_KIND
def test_a_damaged_file_is_refused_by_name_or_read_as_it_was_written(kind, tmp_path):
    path = tmp_path / "kept"
    kind.write(path)
    whole, tried, refused = kind.read(path), 0, 0
    for words, copy in damaged(path.read_bytes(), N, seed=0):
        path.write_bytes(copy)
        tried += 1
        try:
            found = kind.read(path)
        except ValueError as error:
            assert str(path) in str(error), words
            refused += 1
        else:
            assert kind.same(found, whole), words
    assert tried >= N and refused > tried / 2


@EVERY_KIND
def test_a_folder_and_nothing_are_named(kind, tmp_path):
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises((ValueError, OSError)) as refused:
            kind.read(path)
        assert str(path) in str(refused.value)


TENSORS = [name for name in KINDS if name != "table"]


@pytest.mark.parametrize("name", TENSORS)
def test_tensors_of_another_shape_or_type_are_refused_where_the_digest_is_right(name, tmp_path):
    path = tmp_path / "kept"
    KINDS[name].write(path)
    tensors, metadata = read_tensors(path)
    for key, x in tensors.items():
        others = {
            "missing": {k: v for k, v in tensors.items() if k != key},
            "longer": tensors | {key: x.reshape(-1).repeat(2)},
            "with an axis more": tensors | {key: x[None]},
        }
        for words, other in others.items():
            if words == "missing" or x.numel():
                write_tensors(path, other, metadata)
                with pytest.raises(ValueError, match="kept"):
                    KINDS[name].read(path)


@pytest.mark.parametrize("name", TENSORS)
@pytest.mark.parametrize("record", ["null", "[]", "{}", "7", '"text"', '{"config": null}', "{"])
def test_a_record_of_another_kind_is_refused(name, record, tmp_path):
    path = tmp_path / "kept"
    KINDS[name].write(path)
    tensors, metadata = read_tensors(path)
    write_tensors(path, tensors, metadata | {"record": record})
    with pytest.raises(ValueError, match="kept"):
        KINDS[name].read(path)


class TestWriting:
    """A file is there as a whole, or not at all; what killed processes left is cleared away."""

    def test_what_a_killed_process_left_goes_with_the_next_write(self, tmp_path):
        path = tmp_path / "run[1].safetensors"
        fresh, stale = (tmp_path / f".{path.name}.{pid}.part" for pid in (1, 2))
        for left in (fresh, stale):
            left.write_bytes(b"part")
        os.utime(stale, (0, 0))
        write_tensors(path, {"x": torch.zeros(1)}, {"record": json.dumps({})})
        assert sorted(tmp_path.iterdir()) == sorted([fresh, path])

    def test_everything_is_on_disk_before_it_takes_its_place(self, tmp_path, monkeypatch):
        done = []
        fsync, replace = _files.os.fsync, _files.os.replace
        monkeypatch.setattr(_files.os, "fsync", lambda file: done.append("fsync") or fsync(file))
        monkeypatch.setattr(_files.os, "replace", lambda *a: done.append("replace") or replace(*a))
        _files.write_bytes(tmp_path / "file", b"content")
        assert done == ["fsync", "replace"]
