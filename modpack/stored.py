"""Trained networks in files, each with the record of how it came to be.

A file holds the weights (safetensors) and, as text, a record: configuration, seed, data specification, git
commit, package versions, device, wall time, history of training, and performance per task on fresh trials.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from modpack import _files, provenance
from modpack._checks import choose, number, require
from modpack.context import ContextCode
from modpack.modulation import form_for
from modpack.network import ModulatedNetwork
from modpack.tasks import PRESETS, Preset

EARLY = {
    "model": {k: k for k in ("form", "code", "n_neurons", "activation", "preset", "seed")},
    "protocol": {k: k for k in ("tasks", "trials_per_task")},
    "recipe": {k: k for k in ("steps", "muon_rate", "adam_rate", "warmup", "clip", "activity_penalty")},
    "evaluation": {"every": "evaluate_every", "trials": "evaluation_trials", "stop_at": "stop_at"},
}
"""Fields of a configuration by part, and what records called them that were not yet in parts."""


class Stored(NamedTuple):
    """A trained network and the record of how it came to be."""

    network: ModulatedNetwork
    record: dict[str, Any]


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
    record = record | {
        "preset": specification(network.preset),
        "code": network.code.name,
        "stretches": network.code.stretches,
    }
    _files.write_tensors(path, tensors, {"record": json.dumps(record)})


def read(path: Path) -> Stored:
    """Read a network and its record.

    Raises
    ------
    ValueError
        If the file holds no whole network, or if the preset of that name has changed since it was trained.
    """
    tensors, text = _files.read_tensors(path)
    try:
        record = json.loads(text["record"])
        record["config"] = _nested(record["config"])
        return Stored(_network(tensors, record), record)
    except (AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else error
        raise ValueError(f"path={str(path)!r} is not the file of a trained network: {reason}") from error


def _network(tensors: dict[str, Tensor], record: dict[str, Any]) -> ModulatedNetwork:
    """Return the network of a record that is complete."""
    model, tasks = record["config"]["model"], record["config"]["protocol"]["tasks"]
    scores = record["performance"]
    require(isinstance(scores, dict), "performance", scores, "given per task")
    for task, score in scores.items():
        number(f"performance in {task}", score, 0, 1)
    preset = PRESETS[choose("preset", model["preset"], PRESETS)]
    unchanged = record["preset"] == specification(preset)
    require(unchanged, "preset", model["preset"], "as it was when the network was trained")
    names, stretches = model.get("knows") or tasks, record.get("stretches", ())
    code = ContextCode(record["code"], tuple(names), tensors.pop("code"), tuple(stretches))
    modulation = form_for(model["form"], code).sized(preset.n_inputs, preset.n_outputs)
    noise_enters = model.get("noise_enters", "after")
    return ModulatedNetwork(modulation, code, preset, tensors, model["activation"], noise_enters)


def _nested(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration in its four parts, also where an early record holds one list of all fields."""
    if "model" in config:
        return config
    return {part: {name: config[early] for name, early in names.items()} for part, names in EARLY.items()}


def specification(preset: Preset) -> dict[str, Any]:
    """Return a preset as records hold it: as it looks after a round trip through JSON."""
    return json.loads(json.dumps(asdict(preset), default=repr))
