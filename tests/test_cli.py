"""The command line, in this process and as a reader's shell starts it."""

import errno
import os
import re
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import pytest
import torch

from modpack import _files, cli, evaluation, networks, stored
from modpack._endings import in_one_line
from modpack.tasks import COMPACT
from modpack.training import Model, Noisy, Protocol, Recipe, TrainingConfig, from_record

TINY = ["--tasks", "fdgo", "fdanti", "--n-neurons", "16", "--trials-per-task", "4"]
ROOT = Path(__file__).parents[1]


def run(monkeypatch, *arguments: str) -> None:
    """Run the command line in this process."""
    monkeypatch.setattr(sys, "argv", ["modpack", *arguments])
    cli.main()


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "modpack", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ
    )


def test_training_writes_a_network_with_a_complete_record(monkeypatch, tmp_path, capsys):
    out = tmp_path / "gain.safetensors"
    run(monkeypatch, "train", "--form", "gain", "--seed", "1", "--steps", "50", *TINY, "--out", str(out))
    assert re.fullmatch(rf"{out}: mean 0\.\d+, worst 0\.\d+ \(\w+\)\n", capsys.readouterr().out)
    assert list(tmp_path.iterdir()) == [out]  # the checkpoint is gone

    network, record = stored.read(out)
    assert from_record(record["config"]) == TrainingConfig(
        Model(form="gain", seed=1, n_neurons=16),
        Protocol(("fdgo", "fdanti"), trials_per_task=4),
        Recipe(steps=50),
    )
    assert record["preset"]["name"] == COMPACT.name and record["preset"]["timing"]["go"]
    assert record["code"] == "one_hot" and record["seconds"] > 0
    assert set(record["performance"]) == {"fdgo", "fdanti"}
    assert record["performance"] == evaluation.rescore(network)
    assert record["history"][-1]["step"] == 50
    assert record["versions"]["torch"] == metadata.version("torch") and record["python"]
    assert record["device"].startswith("cpu, ") and "1 thread" in record["device"]
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?|unknown", record["commit"])


def test_several_networks_are_trained_together_and_written_each(monkeypatch, tmp_path):
    monkeypatch.setattr(evaluation, "EVALUATION_TRIALS", 5)
    options = ["--steps", "2", "--seed", "3", "--networks", "2", "--contexts", "noisy(0.5)"]
    run(monkeypatch, "train", *options, *TINY, "--out", str(tmp_path / "run-0.1"))
    paths = [tmp_path / f"run-0.1-{seed}.safetensors" for seed in (3, 4)]
    assert sorted(tmp_path.iterdir()) == paths
    configs = [from_record(stored.read(path).record["config"]) for path in paths]
    assert [config.model.seed for config in configs] == [3, 4]
    assert all(config.protocol.contexts == Noisy(0.5) and config.data_seed == 3 for config in configs)


def test_an_interrupted_run_ends_without_a_traceback(monkeypatch, tmp_path):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "train_together", interrupted)
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, "train", *TINY, "--out", str(tmp_path / "run"))
    assert stopped.value.code == 130


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--form", "gian"], "form='gian' is not known; did you mean 'gain'"),
        (["--preset", "compat"], "preset='compat' is not known; did you mean 'compact'"),
        (["--steps", "0"], "steps=0 is not allowed: steps must be a whole number, at least 1"),
        (["--networks", "0"], "networks=0 is not allowed"),
        (["--steps", "1", "--adam-rate", "1e30"], "not finite before step 1: lower the rates"),
        (["--device", "gpu"], "device='gpu' is not allowed"),
        (["--device", "meta"], "device='meta' is not allowed"),
        (["--threads", "0"], "threads=0 is not allowed"),
    ],
)
def test_bad_values_end_with_one_clear_line(monkeypatch, tmp_path, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, "train", *TINY, *arguments)
    assert message in str(stopped.value) and "\n" not in str(stopped.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "--steps", "many"],
        ["train", "--code", "onehot"],
    ],
)
def test_bad_arguments_are_explained(monkeypatch, capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, *arguments)
    assert stopped.value.code == 2
    assert arguments[-1] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (["trian"], "train"),
        (["train", "--froms", "gain"], "--form"),
        (["train", "--n_neuron=8"], "--n-neurons"),
        (["sweep", "dynamics", "--worker", "2"], "--workers"),
    ],
)
def test_a_word_that_is_not_known_is_answered_with_the_nearest(monkeypatch, capsys, arguments, nearest):
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, *arguments)
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert f"did you mean {nearest!r}?" in said and said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["train", "networks"]),
        (["train", "--help"], ["--form", "--seed", "--steps", "--out", "--tasks", "--stop-at", "--contexts"]),
        (["networks", "--help"], ["--missing"]),
    ],
)
def test_help_names_the_options(monkeypatch, capsys, arguments, words):
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, *arguments)
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in words)


def forbidden(*_, **__):
    raise AssertionError("trained before the place of the output was tried")


@pytest.mark.parametrize(
    ("out", "reason"),
    [
        ("folder", "a folder or a device"),
        ("/dev/null", "a folder or a device"),
        ("file/network", "file/network"),
        ("n" * 400, "too long"),
        ("done", "delete this one"),
    ],
)
def test_a_place_where_nothing_can_be_written_is_named_before_training(monkeypatch, tmp_path, out, reason):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "train_together", forbidden)
    (tmp_path / "folder").mkdir()
    for name in ("file", "done"):
        (tmp_path / name).write_bytes(b"kept")
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, "train", *TINY, "--out", out)
    said = str(stopped.value)
    assert said.startswith("modpack: ") and reason in said and out[:60] in said and "\n" not in said
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "file", "done"}
    assert (tmp_path / "done").read_bytes() == b"kept" and not list((tmp_path / "folder").iterdir())


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_what_the_system_refuses_ends_with_one_line_that_names_the_file(monkeypatch, tmp_path, code):
    def refuse(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    out = tmp_path / "run"
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, "train", *TINY, "--steps", "1", "--out", str(out))
    assert os.strerror(code) in str(stopped.value) and str(out) in str(stopped.value)
    assert "\n" not in str(stopped.value) and not list(tmp_path.iterdir())


def test_a_program_that_was_called_and_failed_is_no_fault_of_this_one():
    with (
        pytest.raises(SystemExit, match=r"^modpack: Command .* returned non-zero exit status 1\.$"),
        in_one_line("modpack"),
    ):
        subprocess.run([sys.executable, "-c", "exit(1)"], check=True)


def test_a_damaged_checkpoint_is_named(monkeypatch, tmp_path):
    checkpoint = tmp_path / "run.checkpoint.safetensors"
    checkpoint.write_bytes(b"nothing")
    with pytest.raises(SystemExit, match=r"run\.checkpoint\.safetensors.*delete it"):
        run(monkeypatch, "train", *TINY, "--out", str(tmp_path / "run"))


def test_a_reader_who_leaves_is_no_error():
    command, pipe = [sys.executable, "-m", "modpack", "train", "--help"], subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:
        process.stdout.close()
        assert process.stderr.read() == "" and process.wait() == 1


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.0])
def test_an_interrupt_ends_without_a_traceback_at_any_time(tmp_path, seconds):
    process = start("train", *TINY, "--out", str(tmp_path / "run"))
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode in (130, -signal.SIGINT) and "Traceback" not in said


def test_the_package_runs_as_a_module():
    process = start("train", "--form", "gian")
    _, error = process.communicate()
    assert process.returncode == 1
    assert "did you mean 'gain'" in error and "Traceback" not in error


def test_missing_networks_are_trained_and_others_kept(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(networks, "FOLDER", tmp_path)
    monkeypatch.setattr(cli, "_train", lambda configs, out: asked.append((configs[0], out)))
    (tmp_path / "bias-1.safetensors").touch()
    run(monkeypatch, "networks", "--missing")
    everything = [(f, s) for f in networks.SHIPPED_FORMS for s in networks.SHIPPED_SEEDS]
    models = [config.model for config, _ in asked]
    assert [(model.form, model.seed) for model in models] == [x for x in everything if x != ("bias", 1)]
    expected = [tmp_path / f"{model.form}-{model.seed}.safetensors" for model in models]
    assert [out for _, out in asked] == expected
    asked.clear()
    run(monkeypatch, "networks")
    assert len(asked) == len(everything)


def killed_mid_run(arguments: list[str], checkpoint: Path) -> None:
    """Start training in a process of its own and kill it as soon as it has saved something."""
    process = start(*arguments)
    deadline = time.monotonic() + 120
    while not checkpoint.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_a_process_killed_in_the_middle_resumes_to_the_identical_network(monkeypatch, tmp_path):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    arguments = ["train", "--form", "combined", "--steps", "400", *TINY, "--out"]
    whole, killed = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"
    checkpoint = tmp_path / "killed.safetensors.checkpoint.safetensors"

    killed_mid_run([*arguments, str(killed)], checkpoint)
    assert checkpoint.exists() and not killed.exists()
    resumed = start(*arguments, str(killed))
    _, error = resumed.communicate()
    assert resumed.returncode == 0, error

    threads = torch.get_num_threads()
    run(monkeypatch, *arguments, str(whole))
    torch.set_num_threads(threads)
    one, other = (_files.read_tensors(path)[0] for path in (whole, killed))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    records = [stored.read(path).record for path in (whole, killed)]
    for key in ("config", "history", "performance"):
        assert records[0][key] == records[1][key]
