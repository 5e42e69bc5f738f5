"""Checkpoints: killed runs resume bit for bit; what is damaged or of another run is refused."""

import json
import math
from pathlib import Path

import pytest
import torch
from small_training import assert_identical, kill_after, quiet, quiet_together, short

from modpack import _files, training
from modpack.training import Noisy
from modpack.training.checkpoint import checkpoint_of, restore, save
from modpack.training.trainer import Trainer

pytestmark = pytest.mark.usefixtures("small_chunks")


def killed(monkeypatch, config, path: Path, n_chunks: int) -> None:
    """Start a run that is killed after some chunks."""
    with monkeypatch.context() as patch:
        kill_after(patch, n_chunks)
        with pytest.raises(KeyboardInterrupt):
            quiet(config, path)


@pytest.mark.parametrize("name", ["combined", "components", "gate", "none"])
@pytest.mark.parametrize("n_chunks", [1, 2])
def test_a_killed_run_resumes_to_the_identical_result(name, n_chunks, tmp_path, monkeypatch):
    config, path = short(form=name, steps=33, contexts=Noisy(0.3)), tmp_path / "run.safetensors"
    killed(monkeypatch, config, path, n_chunks)
    record = json.loads(_files.read_tensors(path)[1]["record"])
    assert record["step"] == 10 * n_chunks
    resumed = quiet(config, path)
    assert_identical(resumed, quiet(config))
    assert resumed.seconds > record["seconds"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("data_seed", [0, None])
def test_killed_networks_resume_together_to_the_identical_result(data_seed, tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    configs = [short(seed=seed, data_seed=data_seed) for seed in range(2)]
    with monkeypatch.context() as patch:
        kill_after(patch, 1)
        with pytest.raises(KeyboardInterrupt):
            quiet_together(configs, path)
    for one, other in zip(quiet_together(configs, path), quiet_together(configs), strict=True):
        assert_identical(one, other)


def test_a_run_killed_before_its_first_checkpoint_starts_again(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    killed(monkeypatch, short(), path, 0)
    assert not path.exists()
    assert_identical(quiet(short(), path), quiet(short()))


def test_a_run_killed_while_it_saves_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    path, trainer = tmp_path / "run.safetensors", Trainer([short()])
    trainer.advance()
    save(trainer, path)
    content = path.read_bytes()
    trainer.advance()

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            save(trainer, path)
    assert path.read_bytes() == content and list(tmp_path.iterdir()) == [path]
    assert_identical(quiet(short(), path), quiet(short()))


def test_a_finished_run_is_not_trained_again(tmp_path):
    path = tmp_path / "run.safetensors"
    first = quiet(short(), path)
    again = quiet(short(), path)
    assert_identical(first, again)
    assert again.seconds == first.seconds


def test_a_checkpoint_says_what_it_was_made_with(tmp_path):
    path = tmp_path / "run.safetensors"
    save(Trainer([short()]), path)
    record = json.loads(_files.read_tensors(path)[1]["record"])
    assert {"commit", "versions", "cpu"} <= record["provenance"].keys()


def test_every_output_has_a_checkpoint_of_its_own():
    outs = [Path("m") / name for name in ("run-0.1", "run-0.2", "run-0", "run-0.safetensors")]
    assert len({checkpoint_of(out) for out in outs} | set(outs)) == 8
    assert all(checkpoint_of(out).parent == out.parent for out in outs)


# --- what is refused


@pytest.fixture
def kept(tmp_path):
    """A checkpoint after the first chunk."""
    path, trainer = tmp_path / "run.safetensors", Trainer([short()])
    trainer.advance()
    save(trainer, path)
    return path


@pytest.mark.parametrize(("field", "value"), [("seed", 1), ("form", "gain"), ("steps", 40), ("clip", 2.0)])
def test_the_checkpoint_of_another_configuration_is_refused_and_kept(field, value, kept):
    content = kept.read_bytes()
    with pytest.raises(
        ValueError, match=rf"checkpoint=.*run\.safetensors.*different in \['{field}'\].*delete it"
    ):
        quiet(short(**{field: value}), kept)
    assert kept.read_bytes() == content


def cut(tensors, record):
    tensors["optimiser.mean.b"] = tensors["optimiser.mean.b"].flatten()[:1]


def renamed(tensors, record):
    tensors["leaf.other"] = tensors.pop("leaf.W")


def halved(tensors, record):
    tensors["leaf.W"] = tensors["leaf.W"].half()


def not_finite(tensors, record):
    tensors["optimiser.square.b"][0, 0] = math.nan


def no_generator(tensors, record):
    tensors["data.trials.0"] = torch.zeros_like(tensors["data.trials.0"])


def step_of_another_type(tensors, record):
    record["step"] = "10"


def too_far(tensors, record):
    record["step"] = 31


def without_history(tensors, record):
    del record["histories"]


def history_of_another(tensors, record):
    record["histories"] *= 2


def history_of_nothing(tensors, record):
    record["histories"] = [[{"step": 10}]]


def history_in_words(tensors, record):
    record["histories"][0][0]["mean"] = "much"


def seconds_in_words(tensors, record):
    record["seconds"] = "some"


def stopped_perhaps(tensors, record):
    record["stopped"] = None


DAMAGES = [
    *(cut, renamed, halved, not_finite, no_generator, step_of_another_type, too_far, without_history),
    *(history_of_another, history_of_nothing, history_in_words, seconds_in_words, stopped_perhaps),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_refused_before_anything_is_copied(damage, kept):
    tensors, metadata = _files.read_tensors(kept)
    record = json.loads(metadata["record"])
    damage(tensors, record)
    _files.write_tensors(kept, tensors, {"record": json.dumps(record)})
    trainer = Trainer([short()])
    before = {name: x.clone() for name, x in trainer.leaves.items()}
    with pytest.raises(ValueError, match=r"checkpoint=.*run\.safetensors.*delete it"):
        restore(trainer, kept)
    assert trainer.step == 0 and all(torch.equal(x, before[name]) for name, x in trainer.leaves.items())


@pytest.mark.parametrize("content", [b"", b"nothing that anybody could read"])
def test_a_file_that_is_no_checkpoint_is_named(content, tmp_path):
    path = tmp_path / "run.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"checkpoint=.*run\.safetensors.*delete it"):
        quiet(short(), path)


# --- divergence


def test_a_loss_that_is_not_finite_is_an_error_that_names_the_checkpoint_which_stays(kept, monkeypatch):
    content = kept.read_bytes()

    def not_finite(*given):
        loss, state = training.loss.loss_and_state(*given)
        return loss * math.nan, state

    with monkeypatch.context() as patch:
        patch.setattr(training.trainer, "loss_and_state", not_finite)
        with pytest.raises(FloatingPointError, match=r"(?m)seeds \[0\].*step 20: lower the rates$") as error:
            quiet(short(), kept)
    assert error.value.__notes__ == [f"delete {kept}, from which it would diverge again"]
    assert kept.read_bytes() == content


def test_weights_that_diverge_in_the_last_step_are_an_error(tmp_path):
    path = tmp_path / "run.safetensors"
    with pytest.raises(FloatingPointError, match=r"step 1: lower the rates$"):
        quiet(short(steps=1, adam_rate=1e30, trials_per_task=1, n_neurons=4), path)
    assert not path.exists()
