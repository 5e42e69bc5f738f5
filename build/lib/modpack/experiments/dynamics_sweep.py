"""The table of :mod:`modpack.experiments.dynamics_table` over many seeds, built network by network."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from modpack import networks, provenance, results
from modpack._checks import require
from modpack.experiments.dynamics_table import MeasureConfig, measure
from modpack.modulation import form

PACKAGES = ("torch", "numpy", "scipy", "pandas", "pyarrow")


@dataclass(frozen=True)
class SweepConfig:
    """Which networks are measured, and how.

    Parameters
    ----------
    forms : tuple of str
        Modulation forms.
    n_seeds : int
        Networks of each form, with seeds 0, 1, ...; at least 2, as each is compared with the next.
    measures : MeasureConfig
    """

    forms: tuple[str, ...] = ("excitability", "synaptic", "combined")
    n_seeds: int = 10
    measures: MeasureConfig = field(default_factory=MeasureConfig)

    def __post_init__(self) -> None:
        different = len(set(self.forms)) == len(self.forms) > 0
        require(different, "forms", self.forms, "one or more different names")
        for name in self.forms:
            form(name, 1)
        require(self.n_seeds >= 2, "n_seeds", self.n_seeds, "at least 2")

    def members(self) -> Iterator[tuple[str, int]]:
        """Yield the form and the seed of every network."""
        for seed in range(self.n_seeds):
            yield from ((name, seed) for name in self.forms)


def network_path(folder: Path, form_name: str, seed: int) -> Path:
    """Return the file of a trained network: the one that is shipped, if any, or else one in the folder."""
    name = f"{form_name}-{seed}.safetensors"
    shipped = networks.FOLDER / name
    return shipped if shipped.exists() else folder / "networks" / name


def sweep(config: SweepConfig, folder: Path, progress: bool = True) -> results.Result:
    """Measure every network and return the rows as one table.

    The rows of each network are written as soon as they are there. A sweep that was killed goes on with the
    networks that have none, and with those that have changed since, to the same table.

    Parameters
    ----------
    config : SweepConfig
    folder : Path
        Holds ``networks``, trained with the seeds beyond those shipped, and ``rows``.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    Result
        A row for every network, pair of tasks, epoch, measure and control: ``form``, ``seed`` and the entries
        of :func:`modpack.experiments.dynamics_table.measure`; and the record.

    Raises
    ------
    ValueError
        If a network is not there.
    """
    members = list(config.members())
    for name, seed in members:
        path = network_path(folder, name, seed)
        require(path.exists(), "folder", str(folder), f"complete: {path.name} is not there")
    silent: dict[str, Any] = {} if progress else {"disable": True}  # if left out, TQDM_DISABLE decides
    parts = [_measured(config, folder, *one) for one in tqdm(members, unit="network", **silent)]
    record = {
        "config": asdict(config),
        "networks": [_origin(network_path(folder, *one)) for one in members],
        "commits": sorted({part.record["commit"] for part in parts}),
        "seconds": round(sum(part.record["seconds"] for part in parts), 1),
        **provenance.record(packages=PACKAGES),
    }
    return results.Result(pd.concat([part.table for part in parts], ignore_index=True), record)


def _measured(config: SweepConfig, folder: Path, form_name: str, seed: int) -> results.Result:
    """Return the rows of one network, from its file if they were measured on the same networks."""
    path = folder / "rows" / f"{form_name}-{seed}.parquet"
    used = [network_path(folder, form_name, s) for s in (seed, (seed + 1) % config.n_seeds)]
    source = {
        "config": repr(config.measures),
        "networks": [hashlib.sha256(file.read_bytes()).hexdigest() for file in used],
    }
    if path.exists():
        known = results.read(path)
        if {key: known.record[key] for key in source} == source:
            return known
    start = time.perf_counter()
    network, other = (networks.read(file).network for file in used)
    rows = measure(network, other, config.measures)
    table = pd.DataFrame([{"form": form_name, "seed": seed} | row for row in rows])
    seconds = time.perf_counter() - start
    results.write(path, table, source | {"commit": provenance.commit(), "seconds": seconds})
    return results.read(path)


def _origin(path: Path) -> dict[str, Any]:
    """Return what the record of a network says about how it was made and how well it does."""
    record = networks.read(path).record
    scores = record["performance"]
    return {
        "file": path.name,
        "config": record["config"],
        "commit": record["commit"],
        "mean": sum(scores.values()) / len(scores),
        "worst": min(scores.values()),
    }
