"""Measure every cell of an experiment once, wherever a processor is free, and join the rows to one table.

What is done is kept in a folder that all workers see: a file for every trained network and one for the rows
of every cell. Its name is a digest of all that decides what is in it: the cell, the files it reads, the
versions of packages and the code that computes it. So a sweep that was killed goes on where it was, and what
is computed by code that has changed is computed again.
"""

import hashlib
import json
import os
import time
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import torch

from modpack import fingerprint, networks, provenance, results, stored, training
from modpack._files import write_bytes
from modpack.executors import Item, Place, run
from modpack.measures.modulation import Row
from modpack.training import TrainingConfig, from_record
from modpack.training.checkpoint import checkpoint_of
from modpack.training.trainer import shape

PACKAGES = ("torch", "numpy", "scipy", "pandas", "pyarrow")


class Experiment(Protocol):
    """What a module of `modpack.experiments` defines; configurations and cells are frozen dataclasses."""

    __name__: str
    PROFILES: Mapping[str, Any]
    SECONDS: Mapping[str, float]
    """About how long it takes to train a ``"network"`` and to measure a ``"cell"`` on one core."""

    def cells(self, config: Any) -> Sequence[Any]:
        """Return what can be measured by itself, in the order of the table."""

    def networks(self, cell: Any) -> Sequence[TrainingConfig]:
        """Return how the networks are trained that are measured in a cell."""

    def measure(self, cell: Any, *networks: Any) -> list[Row]:
        """Return the rows of a cell."""

    def together(self, config: TrainingConfig) -> Hashable:
        """Return what networks of one shape agree in that are trained at once; if left out, `share_data`."""

    def weights_name(self, config: TrainingConfig) -> str | None:
        """Return what a network is called in the package, None if it is not in it; or `form_and_seed`."""


@dataclass(frozen=True)
class Plan:
    """The cells of an experiment, and where what is done is kept.

    Parameters
    ----------
    experiment : Experiment
    config
        A configuration of the experiment.
    folder : Path
    device : str
        Torch device on which networks are trained; cells are measured on CPUs.
    """

    experiment: Experiment
    config: Any
    folder: Path
    device: str = "cpu"

    @cached_property
    def networks(self) -> dict[Path, TrainingConfig]:
        """How the network in every file is trained, in the order of the cells; shipped files are used."""
        return dict(pair for pairs in self._files.values() for pair in pairs)

    @cached_property
    def _files(self) -> dict[str, list[tuple[Path, TrainingConfig]]]:
        """The same for each cell by name."""
        trained = {name: self.experiment.networks(cell) for name, cell in self.cells.items()}
        return {name: [(self._file(each), each) for each in configs] for name, configs in trained.items()}

    def _file(self, config: TrainingConfig) -> Path:
        """Return the package's file of the network that was trained in this way, or one of the plan's own."""
        shipped = self.weights_name(config)
        for file in networks.FOLDER.rglob(shipped) if shipped else ():
            if from_record(stored.read(file).record["config"]) == config:
                return file
        name = _digest(config.as_record(), (), self._training_code)
        return self.folder / "networks" / f"{name}.safetensors"

    def weights_name(self, config: TrainingConfig) -> str | None:
        """Return what the file of a network is called in the package, or None if it is not to be in it."""
        name: str | None = getattr(self.experiment, "weights_name", form_and_seed)(config)
        return name and f"{name}.safetensors"

    @cached_property
    def _training_code(self) -> str:
        return fingerprint.of("modpack.training")

    @cached_property
    def cells(self) -> dict[str, Any]:
        """The cells by name."""
        cells = self.experiment.cells(self.config)
        return dict(zip(_names([asdict(cell) for cell in cells]), cells, strict=True))

    def training(self) -> list[Item]:
        """Return what is still to be trained: networks of one shape that belong together, at once."""
        groups = [group for group in self._groups() if not all(file.exists() for file in group)]
        names = _names([next(iter(group.values())).as_record() for group in groups])
        return [
            Item(
                f"network {name}",
                _train,
                [file for file in group if not file.exists()][-1],
                (group, self.device),
            )
            for name, group in zip(names, groups, strict=True)
        ]

    def _groups(self) -> list[dict[Path, TrainingConfig]]:
        """Return the networks in groups that are trained together."""
        together = getattr(self.experiment, "together", share_data)
        groups: dict[Any, dict[Path, TrainingConfig]] = {}
        for file, config in self.networks.items():
            groups.setdefault((json.dumps(shape(config)), together(config)), {})[file] = config
        return list(groups.values())

    def measuring(self) -> list[Item]:
        """Return the cells whose networks are there, measured or not."""
        module = self.experiment.__name__
        code, items = fingerprint.of(module), []
        for name, cell in self.cells.items():
            files = [file for file, _ in self._files[name]]
            if all(file.exists() for file in files):
                out = self.folder / "rows" / f"{_digest([module, asdict(cell)], files, code)}.parquet"
                items.append(Item(name, _measure, out, (module, cell, files)))
        return items

    def cost(self) -> str:
        """Say how much there is to do, and how long it takes."""
        n_networks, n_cells = self._missing()
        done = f"{n_networks} networks to train, {n_cells} of {len(self.cells)} cells to measure"
        return f"{done}: about {self.hours():.2g} hours on one core"

    def hours(self) -> float:
        """Return about how long one core has to work."""
        n_networks, n_cells = self._missing()
        seconds = self.experiment.SECONDS
        return (n_networks * seconds["network"] + n_cells * seconds["cell"]) / 3600

    def _missing(self) -> tuple[int, int]:
        """Return how many networks are to be trained and how many cells to be measured."""
        measured = sum(item.out.exists() for item in self.measuring())
        return sum(not file.exists() for file in self.networks), len(self.cells) - measured


def sweep(plan: Plan, place: Place) -> results.Result:
    """Train what is missing, measure every cell, and return the rows of all as one table.

    Parameters
    ----------
    plan : Plan
    place : Place
        Its workers must see the folder of the plan.

    Returns
    -------
    Result
        The rows, in the order of the cells, and the record. A cell that cannot be measured has no row but an
        entry in ``record["failures"]``, with its reason, and is tried again by the next sweep.
    """
    failures = run(plan.training(), place)
    items = plan.measuring()
    unfit = plan.cells.keys() - {item.name for item in items}
    failures |= {name: "a network that it needs was not trained" for name in plan.cells if name in unfit}
    failures |= run([item for item in items if not item.out.exists()], place)
    parts = [results.read(item.out) for item in items if item.out.exists()]
    record = provenance.record(packages=PACKAGES) | {
        "config": asdict(plan.config),
        "networks": [_origin(file) for file in plan.networks if file.exists()],
        "commits": sorted({part.record["commit"] for part in parts}),
        "seconds": round(sum(part.record["seconds"] for part in parts), 1),
        "failures": [
            {"cell": name, "reason": reason.replace(f"{plan.folder}{os.sep}", "")}  # no place of this machine
            for name, reason in failures.items()
        ],
    }
    table = pd.concat([part.table for part in parts], ignore_index=True) if parts else pd.DataFrame()
    return results.Result(table, record)


def share_data(config: TrainingConfig) -> Hashable:
    """Return what networks agree in that are to share their data: tasks and data seed, if one is given."""
    return config if config.protocol.data_seed is None else (config.protocol.tasks, config.data_seed)


def form_and_seed(config: TrainingConfig) -> str:
    """Return what tells the networks of an experiment from each other that trains all in one way."""
    return f"{config.model.form}-{config.model.seed}"


def copy_weights(plan: Plan, folder: Path) -> None:
    """Copy the networks of a plan to a folder that are there and have a name in the package."""
    for file, config in plan.networks.items():
        name = plan.weights_name(config)
        if name and file.exists():
            write_bytes(folder / name, file.read_bytes())


def _train(out: Path, group: Mapping[Path, TrainingConfig], device: str) -> None:
    """Train a group of networks, of which `out` is the last that is missing.

    Where one of them diverges, each is trained alone, so that it costs no other.
    """
    torch.set_num_threads(1)
    checkpoint = _checkpoint(group)
    try:
        trained = training.train_together(list(group.values()), checkpoint, progress=False, device=device)
    except FloatingPointError:
        if len(group) == 1:
            raise
        checkpoint.unlink(missing_ok=True)
        _train_apart({file: config for file, config in group.items() if not file.exists()}, device)
        return
    for file, each in zip(group, trained, strict=True):
        if not file.exists():
            training.write(file, each, device)
    checkpoint.unlink(missing_ok=True)


def _checkpoint(group: Iterable[Path]) -> Path:
    """Return the checkpoint of a group, and of no other: of several there is one of each alone, too."""
    first, *others = group
    name = hashlib.sha256("".join(file.name for file in (first, *others)).encode()).hexdigest()[:32]
    return checkpoint_of(first.with_name(f"{name}.safetensors") if others else first)


def _train_apart(group: Mapping[Path, TrainingConfig], device: str) -> None:
    """Train networks one after the other, all that can be, and say at the end which could not."""
    errors = []
    for file, config in group.items():
        try:
            _train(file, {file: config}, device)
        except FloatingPointError as error:
            errors.append(str(error))
    if errors:
        raise FloatingPointError("; ".join(errors))


def _measure(out: Path, module: str, cell: Any, files: Sequence[Path]) -> None:
    torch.set_num_threads(1)
    start = time.perf_counter()
    rows = import_module(module).measure(cell, *(stored.read(file).network for file in files))
    seconds = time.perf_counter() - start
    record = provenance.record(packages=PACKAGES) | {"cell": asdict(cell), "seconds": seconds}
    results.write(out, pd.DataFrame(rows), record)


def _digest(content: Any, files: Iterable[Path], code: str) -> str:
    """Return a name for what some code computes from some content and files."""
    read = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    text = json.dumps([content, read, code, provenance.versions(PACKAGES)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _names(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what tells each of some records from the others."""
    flat = [_flat(each) for each in records]
    varying = [key for key in (flat[0] if flat else ()) if len({repr(each.get(key)) for each in flat}) > 1]
    return [", ".join(f"{key}={each.get(key)}" for key in varying) or "the only one" for each in flat]


def _flat(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return the leaves of nested records by their own names."""
    leaves: dict[str, Any] = {}
    for key, value in tree.items():
        leaves |= _flat(value) if isinstance(value, Mapping) else {key: value}
    return leaves


def _origin(file: Path) -> dict[str, Any]:
    """Return what the record of a network says about how it was made, how it learned and how well it does."""
    record = stored.read(file).record
    scores = record["performance"].values()
    learned = [(each["step"], each["mean"]) for each in record["history"] if "mean" in each]
    how = {"config": record["config"], "commit": record["commit"], "learned": learned}
    return {"file": file.name, "mean": sum(scores) / len(scores), "worst": min(scores)} | how
