"""The shipped networks against their own records, and the files that hold them."""

import hashlib
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import mean

import pytest
import torch
from small_networks import ALL_FORMS
from small_training import changed

from modpack import _files, evaluation, networks, stored, training
from modpack.ensemble import ensemble
from modpack.tasks import COMPACT, PRESETS, TASKS
from modpack.training import (
    Model,
    Orthogonal,
    Protocol,
    Trained,
    TrainingConfig,
    from_record,
    shipped_config,
    train_together,
    untrained,
    with_seeds,
)

ROOT = Path(__file__).parents[1]
SHIPPED = [(form, seed) for form in networks.SHIPPED_FORMS for seed in networks.SHIPPED_SEEDS]
EVERY_SHIPPED = pytest.mark.parametrize(("form", "seed"), SHIPPED)
TINY = TrainingConfig(Model(n_neurons=8), Protocol(tasks=("fdgo", "fdanti")))


def tiny(**changes) -> Trained:
    """What training returns, before any step of it."""
    config = changed(TINY, **changes)
    return Trained(untrained(config), config, [], 0.04)


@pytest.fixture
def path(monkeypatch, tmp_path):
    """A file for a network, which is scored on a few trials only."""
    monkeypatch.setattr(evaluation, "EVALUATION_TRIALS", 5)
    return tmp_path / "network.safetensors"


# --- the shipped networks


def test_every_shipped_file_is_the_one_that_was_committed():
    """Early files hold no digest of their own.

    The list is ``git ls-files 'modpack/networks/*.safetensors' | xargs sha256sum``.
    """
    listed = set((ROOT / "tests" / "golden" / "networks.sha256").read_text().splitlines())
    found = {
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(ROOT).as_posix()}"
        for file in networks.FOLDER.rglob("*.safetensors")
    }
    assert found == listed and len(listed) > 200


@pytest.mark.slow
@EVERY_SHIPPED
def test_a_shipped_network_performs_as_its_record_says(form, seed):
    network, record = networks.load(form, seed)
    now = evaluation.rescore(network)
    assert now.keys() == record["performance"].keys() == TASKS.keys()
    # The trials are the same; another machine rounds differently, which may turn a few of them.
    assert mean(now.values()) == pytest.approx(mean(record["performance"].values()), abs=0.005)
    assert now == pytest.approx(record["performance"], abs=0.03)


@EVERY_SHIPPED
def test_a_shipped_network_is_what_its_name_says(form, seed):
    network, record = networks.load(form, seed)
    config = shipped_config(form, seed)
    assert from_record(record["config"]) == config
    assert config.evaluation.stop_at is None  # networks that are compared are trained equally long
    assert network.n_neurons == config.model.n_neurons == 64 and network.preset == COMPACT
    assert network.code.tasks == tuple(TASKS) and network.code.name == "one_hot"
    start = untrained(config)
    assert {name: x.shape for name, x in network.tensors.items()} == {
        name: x.shape for name, x in start.tensors.items()
    }
    assert all(x.isfinite().all() for x in network.tensors.values())
    assert record["history"][-1]["step"] == config.recipe.steps
    assert {"commit", "versions", "python", "device", "seconds"} <= set(record)


@EVERY_SHIPPED
def test_every_shipped_network_but_the_control_has_learnt_every_task(form, seed):
    scores = networks.load(form, seed).record["performance"].values()
    assert len(scores) == 20
    assert (mean(scores) >= 0.98 and min(scores) >= 0.90) or form == "none"


def test_shipped_networks_perform_on_average():
    modulated = [(form, seed) for form, seed in SHIPPED if form != "none"]
    means = [mean(networks.load(*key).record["performance"].values()) for key in modulated]
    assert len(means) == 12 and mean(means) >= 0.985


def test_the_control_has_not_learnt_the_battery():
    scores = [mean(networks.load("none", s).record["performance"].values()) for s in networks.SHIPPED_SEEDS]
    assert max(scores) < 0.9


def test_the_files_are_small():
    files = list(networks.FOLDER.glob("*.safetensors"))
    assert {path.stem for path in files} == {f"{form}-{seed}" for form, seed in SHIPPED}
    assert sum(path.stat().st_size for path in files) < 10e6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("combnied", 0), "form_name='combnied' is not known; did you mean 'combined'"),
        (("gain", 0), "form_name='gain' is not known"),
        (("bias", 3), "seed=3 is not allowed"),
    ],
)
def test_networks_that_are_not_shipped_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        networks.load(*arguments)


def test_shipped_networks_by_form_and_seed():
    some = networks.shipped(["bias", "none"], [1])
    assert list(some) == ["bias", "none"] and [len(members) for members in some.values()] == [1, 1]
    assert some["bias"][0].record == networks.load("bias", 1).record


# --- files


@pytest.mark.parametrize("name", ALL_FORMS)
def test_a_network_comes_back_as_it_was_written(name, path):
    trained = tiny(form=name)
    record = training.write(path, trained)
    network, read = stored.read(path)
    assert read == record
    assert network.modulation == trained.network.modulation
    assert (network.preset, network.activation) == (trained.network.preset, trained.network.activation)
    assert network.tensors.keys() == trained.network.tensors.keys()
    assert all(torch.equal(network.tensors[key], x) for key, x in trained.network.tensors.items())
    assert read["performance"] == evaluation.rescore(network)


def test_a_dense_code_comes_back(path):
    trained = tiny(code=Orthogonal())
    training.write(path, trained)
    code = stored.read(path).network.code
    assert code.name == "orthogonal" and code.tasks == TINY.protocol.tasks
    assert torch.equal(code.vectors, trained.network.code.vectors)


def test_every_network_of_an_ensemble_is_written_with_its_own_record(path):
    configs = with_seeds(changed(TINY, steps=1, trials=1, trials_per_task=1), (3, 4))
    for trained in train_together(configs, progress=False):
        training.write(path, trained)
        network, record = stored.read(path)
        assert from_record(record["config"]) == trained.config
        assert all(torch.equal(network.tensors[name], x) for name, x in trained.network.tensors.items())


def test_a_file_holds_one_network(path):
    network = ensemble([untrained(config) for config in with_seeds(TINY, (0, 1))])
    with pytest.raises(ValueError, match="network='an ensemble'"):
        stored.write(path, network, {})
    with pytest.raises(ValueError, match="network='an ensemble'"):
        evaluation.rescore(network)
    assert not path.exists()


@pytest.mark.parametrize(
    "change", [{"sigma_rec": 0.05}, {"dt": 20.0}, {"coherences": (0.1,)}, {"timing": {}}]
)
def test_a_network_made_for_another_preset_is_refused(change, path, monkeypatch):
    training.write(path, tiny())
    monkeypatch.setitem(PRESETS, "compact", replace(COMPACT, **change))
    with pytest.raises(ValueError, match=r"path=.*preset='compact'.*as it was when"):
        stored.read(path)


@pytest.mark.parametrize(
    "metadata",
    [{}, *({"record": text} for text in ("{", "null", "[]", '{"config": {}}', '{"config": {"model": {}}}'))],
)
def test_a_file_that_holds_no_network_is_named(metadata, path):
    _files.write_tensors(path, {"x": torch.zeros(2)}, metadata)
    with pytest.raises(ValueError, match=r"path=.*network\.safetensors"):
        stored.read(path)


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1", bytes(100)])
def test_a_file_of_another_kind_is_named(content, path):
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"path=.*network\.safetensors"):
        stored.read(path)


@pytest.mark.parametrize("name", ["W", "B"])
def test_a_network_that_diverged_is_neither_scored_nor_written(name, path):
    trained = tiny(form="bias")
    trained.network.tensors[name][0, 0] = math.nan
    with pytest.raises(ValueError, match=r"states=.*not finite"):
        evaluation.rescore(trained.network)
    with pytest.raises(ValueError, match=rf"network=.*not finite in \['{name}'\]"):
        stored.write(path, trained.network, {})
    assert not path.exists()


def test_reading_a_network_needs_no_trainer():
    code = "import sys, modpack.networks; sys.exit('modpack.training' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
