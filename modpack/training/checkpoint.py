"""Checkpoints: everything that decides how training goes on, in one file."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from modpack import _files, provenance
from modpack._checks import number, require, whole
from modpack.training.trainer import Row, Trainer


def checkpoint_of(out: Path) -> Path:
    """Return the checkpoint that belongs to an output, and to no other."""
    return out.with_name(out.name + ".checkpoint.safetensors")


def save(trainer: Trainer, path: Path) -> None:
    """Write everything that decides how training goes on, and what it was done with, atomically."""
    record = {
        "configs": _configs(trainer),
        "step": trainer.step,
        "seconds": trainer.seconds,
        "histories": trainer.histories,
        "stopped": trainer.stopped,
        "provenance": provenance.record(trainer.device),
    }
    _files.write_tensors(path, _tensors(trainer), {"record": json.dumps(record)})


def restore(trainer: Trainer, path: Path) -> None:
    """Go on from a checkpoint, which is compared with what a fresh one would hold before anything is copied.

    Raises
    ------
    ValueError
        If the checkpoint belongs to another configuration or is damaged; it is left as it is.
    """
    try:
        tensors, metadata = _files.read_tensors(path)
        record = json.loads(metadata["record"])
        _check_configs(trainer, record["configs"])
        _check_tensors(_tensors(trainer), tensors)
        step = whole("step", record["step"])
        require(step <= trainer.configs[0].recipe.steps, "step", step, "one of the configuration's")
        trainer.data.restore(_part(tensors, "data"))
        seconds = number("seconds", record["seconds"], 0)
        histories, stopped = _histories(trainer, record["histories"]), record["stopped"]
        require(isinstance(stopped, bool), "stopped", stopped, "true or false")
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        message = f"checkpoint={str(path)!r} cannot be used ({error}): delete it to train from the beginning"
        raise ValueError(message) from error
    with torch.no_grad():
        for name, x in trainer.leaves.items():
            x.copy_(tensors[f"leaf.{name}"])
        for name, x in trainer.optimiser.state.items():
            x.copy_(tensors[f"optimiser.{name}"])
    vars(trainer).update(step=step, seconds=seconds, histories=histories, stopped=stopped)


def _configs(trainer: Trainer) -> list[dict[str, Any]]:
    return [config.as_record() for config in trainer.configs]


def _tensors(trainer: Trainer) -> dict[str, Tensor]:
    parts = {"leaf": trainer.leaves, "optimiser": trainer.optimiser.state, "data": trainer.data.state()}
    return {f"{part}.{name}": x for part, tensors in parts.items() for name, x in tensors.items()}


def _histories(trainer: Trainer, histories: Any) -> list[list[Row]]:
    """Return what is known of how each network learned, once it is seen to be that."""
    each = isinstance(histories, list) and len(histories) == len(trainer.configs)
    require(each, "histories", histories, "one for each network")
    for history in histories:
        require(isinstance(history, list), "history", history, "a list of rows")
        for row in history:
            whole_row = isinstance(row, dict) and {"step", "seed", "loss", "worst", "mean"} <= row.keys()
            require(whole_row, "row", row, "a whole one")
            for name, value in row.items():
                number(name, value)
    return histories


def _part(tensors: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}."): x for name, x in tensors.items() if name.startswith(f"{part}.")}


def _check_configs(trainer: Trainer, known: list[dict[str, Any]]) -> None:
    ours = _configs(trainer)
    require(len(known) == len(ours), "networks", len(known), f"{len(ours)}, as in the configuration")
    differing = {
        name
        for our, their in zip(ours, known, strict=True)
        for part in our
        for name in our[part]
        if our[part][name] != their[part].get(name)
    }
    require(not differing, "configuration", f"different in {sorted(differing)}", "the same")


def _check_tensors(expected: dict[str, Tensor], found: dict[str, Tensor]) -> None:
    names = sorted(expected.keys() ^ found.keys())
    require(not names, "tensors", f"different in {names}", "those of the configuration")
    for name, x in found.items():
        shape, dtype = (*x.shape, x.dtype), (*expected[name].shape, expected[name].dtype)
        require(shape == dtype, name, shape, f"{dtype}")
        require(bool(x.isfinite().all()), name, "not finite", "finite")
