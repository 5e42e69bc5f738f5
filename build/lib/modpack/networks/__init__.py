"""Shipped trained networks, each with its provenance, and how to read and write such files.

A file holds the weights (safetensors) and, as text, a record: configuration, seed, data specification, git
commit, package versions, device, wall time, history of training, and performance per task on fresh trials.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from torch import Generator

from modpack import _files, provenance
from modpack._checks import choose, require
from modpack.context import ContextCode
from modpack.evaluation import evaluate
from modpack.modulation import form
from modpack.network import ModulatedNetwork
from modpack.tasks import PRESETS, Preset

FOLDER = Path(__file__).parent
SHIPPED_FORMS = ("none", "bias", "excitability", "synaptic", "combined")
SHIPPED_SEEDS = (0, 1, 2)
EVALUATION_TRIALS = 1000
EVALUATION_SEED = 2**31
"""Seed of the fresh trials of a record, far from the seeds of training and of its evaluations."""


class Shipped(NamedTuple):
    """A trained network and the record of how it came to be."""

    network: ModulatedNetwork
    record: dict[str, Any]


def rescore(network: ModulatedNetwork) -> dict[str, float]:
    """Return the performance of one network per task on the 1,000 fresh trials that records are scored on.

    Raises
    ------
    ValueError
        If the network is an ensemble, or not finite.
    """
    require(not network.is_ensemble, "network", "an ensemble", "a single network: score its members")
    generator = Generator().manual_seed(EVALUATION_SEED)
    scores = evaluate(network, EVALUATION_TRIALS, generator).tolist()
    return dict(zip(network.code.tasks, scores, strict=True))


def write(path: Path, network: ModulatedNetwork, record: dict[str, Any]) -> None:
    """Write a single network with the record of how it came to be, atomically.

    Parameters
    ----------
    path : Path
    network : ModulatedNetwork
    record : dict
        ``config`` (of its training) and ``performance`` (per task), and whatever else is known.

    Raises
    ------
    ValueError
        If the network is an ensemble or not finite, or if `path` lies in the package and its code differs
        from any commit.
    """
    provenance.check_place(path)
    require(not network.is_ensemble, "network", "an ensemble", "a single network: write its members")
    tensors = network.tensors | {"code": network.code.vectors}
    broken = [name for name, x in tensors.items() if not x.isfinite().all()]
    require(not broken, "network", f"not finite in {broken}", "finite; did its training diverge?")
    record = record | {"preset": _specification(network.preset), "code": network.code.name}
    _files.write_tensors(path, tensors, {"record": json.dumps(record)})


def read(path: Path) -> Shipped:
    """Read a network and its record.

    Raises
    ------
    ValueError
        If the file holds no network, or if the preset of that name has changed since the network was trained.
    """
    tensors, text = _files.read_tensors(path)
    record = json.loads(text.get("record", "{}"))
    require("performance" in record, "path", str(path), "the file of a trained network")
    config = record["config"]
    preset = PRESETS[choose("preset", config["preset"], PRESETS)]
    require(record["preset"] == _specification(preset), "path", str(path), "made with the present preset")
    code = ContextCode(record["code"], tuple(config["tasks"]), tensors.pop("code"))
    network = ModulatedNetwork(form(config["form"], code.d), code, preset, tensors, config["activation"])
    return Shipped(network, record)


def load(form_name: str, seed: int = 0) -> Shipped:
    """Return a shipped network: compact tasks, N = 64.

    Parameters
    ----------
    form_name : str
        One of ``SHIPPED_FORMS``.
    seed : int
        One of ``SHIPPED_SEEDS``.

    Raises
    ------
    ValueError
        For a form or seed that is not shipped.
    """
    choose("form_name", form_name, SHIPPED_FORMS)
    require(seed in SHIPPED_SEEDS, "seed", seed, f"one of {SHIPPED_SEEDS}")
    return read(FOLDER / f"{form_name}-{seed}.safetensors")


def shipped(
    forms: Iterable[str] = SHIPPED_FORMS, seeds: Sequence[int] = SHIPPED_SEEDS
) -> dict[str, list[Shipped]]:
    """Return the shipped networks of some forms, one for each seed, by form; see `load`."""
    return {name: [load(name, seed) for seed in seeds] for name in forms}


def _specification(preset: Preset) -> dict[str, Any]:
    """Return the preset as it looks after a round trip through JSON."""
    return json.loads(json.dumps(asdict(preset), default=repr))
