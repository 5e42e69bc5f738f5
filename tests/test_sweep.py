"""Sweeps over a small study of its own: what is computed again, what a failure costs, and what a kill."""

import importlib
import os
import re
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import psutil
import pytest
import torch

from modpack import cli, executors, fingerprint, networks, provenance, results, stored, training
from modpack.executors import in_process, in_processes, on_cluster
from modpack.sweep import Plan, copy_weights, sweep
from modpack.training import Model, Protocol, Recipe, TrainingConfig
from modpack.training.checkpoint import checkpoint_of

STUDY = {
    "__init__.py": "",
    "numbers.py": '''"""Numbers."""\n\n\ndef double(x):\n    """Twice x."""\n    return 2 * x\n''',
    "idle.py": "",
    "experiment.py": '''
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from study.numbers import double

SECONDS = {"network": 60, "cell": 1800}


@dataclass(frozen=True)
class Config:
    """Cells 0 ... n - 1, which leave a mark in a folder whenever they are measured."""

    folder: str
    n: int = 6
    broken: int = -1
    deadly: int = -1
    forgiving: bool = True
    seconds: float = 0.0
    trained: tuple = ()


@dataclass(frozen=True)
class Cell:
    number: int
    config: Config


def cells(config):
    return [Cell(number, config) for number in range(config.n)]


def networks(cell):
    return cell.config.trained[cell.number : cell.number + 1]


def measure(cell, *networks):
    marks = Path(cell.config.folder) / str(cell.number)
    first = not marks.exists()
    with marks.open("a") as file:
        file.write("x")
    time.sleep(cell.config.seconds)
    if cell.number == cell.config.broken:
        raise ValueError("it diverged")
    if cell.number == cell.config.deadly and (first or not cell.config.forgiving):
        os.kill(os.getpid(), signal.SIGKILL)
    return [{"number": cell.number, "value": value} for value in (double(cell.number), len(networks))]
''',
}

KILLED = """
from pathlib import Path
from study import experiment
from modpack.executors import in_processes
from modpack.sweep import Plan, sweep

if __name__ == "__main__":
    sweep(Plan(experiment, experiment.Config({marks!r}, seconds=0.4), Path({folder!r})), in_processes(2))
"""


class Study:
    """The package of a study in a folder, and the marks that its cells leave."""

    def __init__(self, root: Path) -> None:
        self.root, self.marks, self.folder = root, root / "marks", root / "kept"
        self.marks.mkdir()
        for name, text in STUDY.items():
            self.write(name, text)
        self.experiment = importlib.import_module("study.experiment")

    def write(self, name: str, text: str) -> None:
        path = self.root / "study" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def plan(self, **config) -> Plan:
        return Plan(self.experiment, self.experiment.Config(str(self.marks), **config), self.folder)

    def sweep(self, place=None, **config) -> results.Result:
        return sweep(self.plan(**config), place or in_process())

    def calls(self) -> list[int]:
        """How often each cell was measured."""
        return [len(path.read_text()) if path.exists() else 0 for path in map(self.marks.joinpath, "012345")]


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    yield Study(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "study"]:
        del sys.modules[name]


WHOLE = [value for number in range(6) for value in (2 * number, 0)]


def test_every_cell_is_measured_once_and_in_its_place(study):
    table, record = study.sweep()
    assert table["value"].tolist() == WHOLE and table["number"].is_monotonic_increasing
    assert record["config"]["n"] == 6 and record["failures"] == [] and record["seconds"] >= 0
    assert record["commits"] and {"torch", "scipy"} <= set(record["versions"])
    again, _ = study.sweep()
    pd.testing.assert_frame_equal(again, table)
    assert study.calls() == [1] * 6


def test_an_interrupted_sweep_goes_on_where_it_was(study, monkeypatch):
    measure = study.experiment.measure

    def interrupted(cell):
        if cell.number == 3:
            raise KeyboardInterrupt
        return measure(cell)

    monkeypatch.setattr(study.experiment, "measure", interrupted)
    with pytest.raises(KeyboardInterrupt):
        study.sweep()
    assert study.calls() == [1, 1, 1, 0, 0, 0]
    monkeypatch.undo()
    monkeypatch.syspath_prepend(study.root)
    assert study.sweep().table["value"].tolist() == WHOLE
    assert study.calls() == [1] * 6


@pytest.mark.parametrize(
    ("name", "text", "times"),
    [
        ("numbers.py", "def double(x):\n    return x + x\n", 2),
        ("numbers.py", STUDY["numbers.py"].replace("Twice x.", "The double of x.") + "# see above\n", 1),
        ("__init__.py", "VERSION = 2\n", 2),
        ("idle.py", "VALUE = 1\n", 1),
    ],
)
def test_what_other_code_computes_is_computed_again(study, name, text, times):
    study.sweep()
    study.write(name, text)
    study.sweep()
    assert study.calls() == [times] * 6


def test_cells_of_another_configuration_are_measured(study):
    study.sweep()
    study.sweep(seconds=0.001)
    assert study.calls() == [2] * 6


def test_a_failure_is_told_with_its_reason_and_costs_no_other_cell(study):
    table, record = study.sweep(broken=2)
    assert record["failures"] == [{"cell": "number=2", "reason": "ValueError: it diverged"}]
    assert table["number"].unique().tolist() == [0, 1, 3, 4, 5]
    study.sweep(broken=2)
    assert study.calls() == [1, 1, 2, 1, 1, 1]


def test_the_cost_is_told_beforehand(study):
    assert study.plan().cost() == "0 networks to train, 6 of 6 cells to measure: about 3 hours on one core"
    study.sweep(broken=2)
    assert study.plan(broken=2).cost().startswith("0 networks to train, 1 of 6 cells to measure: about 0.5 h")


def tiny(seed: int, **recipe) -> TrainingConfig:
    protocol = Protocol(tasks=("fdgo", "fdanti"), trials_per_task=2)
    return TrainingConfig(Model(n_neurons=4, seed=seed), protocol, Recipe(steps=50, **recipe))


def test_missing_networks_are_trained_once_and_one_that_diverges_costs_its_own_cells(study):
    trained = (tiny(1), tiny(1), tiny(2, adam_rate=1e30))
    table, record = study.sweep(n=3, trained=trained)
    assert table["value"].tolist() == [0, 1, 2, 1]
    (file,) = (study.folder / "networks").glob("*.safetensors")
    (origin,) = record["networks"]
    assert origin["file"] == file.name
    assert origin["learned"] == [(each["step"], each["mean"]) for each in stored.read(file).record["history"]]
    diverged, unfit = record["failures"]
    assert diverged["cell"].startswith("network ") and "seed=2" in diverged["cell"]
    assert unfit == {"cell": "number=2", "reason": "a network that it needs was not trained"}
    before = file.stat().st_mtime_ns
    study.sweep(n=3, trained=trained)
    assert file.stat().st_mtime_ns == before and study.calls()[:3] == [1, 1, 0]


def test_networks_that_share_their_data_are_trained_at_once(study, monkeypatch):
    def sharing(seed, data_seed):
        alone = tiny(seed)
        return replace(alone, protocol=replace(alone.protocol, data_seed=data_seed))

    calls, together = [], training.train_together

    def counted(configs, *arguments, **options):
        calls.append([config.model.seed for config in configs])
        return together(configs, *arguments, **options)

    monkeypatch.setattr(training, "train_together", counted)
    trained = (sharing(1, 7), sharing(2, 7), sharing(3, 8), tiny(4))
    assert "4 networks to train" in study.plan(n=4, trained=trained).cost()
    study.sweep(n=4, trained=trained)
    assert calls == [[1, 2], [3], [4]]
    plan = study.plan(n=4, trained=trained)
    first, second, *_ = plan.networks
    assert stored.read(second).record["config"]["model"]["seed"] == 2
    kept = first.read_bytes(), second.read_bytes()
    first.unlink()
    assert "1 networks to train" in plan.cost()
    study.sweep(n=4, trained=trained)
    assert calls[3:] == [[1, 2]] and second.read_bytes() == kept[1]
    weights = [
        stored.read(first).network.tensors["W"],
        together(trained[:1], progress=False)[0].network.tensors["W"],
    ]
    torch.testing.assert_close(*weights, rtol=0, atol=1e-4)
    assert not list(study.folder.rglob("*checkpoint*"))


def test_an_experiment_says_which_networks_are_trained_together(study, monkeypatch):
    trained = (*map(tiny, (1, 2)), tiny(3, clip=2.0), tiny(4))
    assert [len(item.arguments[0]) for item in study.plan(n=4, trained=trained).training()] == [1] * 4
    alone = stored_tensors(study, trained)
    for file in (study.folder / "networks").glob("*"):
        file.unlink()
    monkeypatch.setattr(study.experiment, "together", lambda config: None, raising=False)
    assert [len(item.arguments[0]) for item in study.plan(n=4, trained=trained).training()] == [3, 1]
    for one, other in zip(alone, stored_tensors(study, trained), strict=True):
        assert all(one[name].allclose(other[name], atol=1e-5) for name in one)
    assert not list(study.folder.rglob("*checkpoint*"))


def stored_tensors(study, trained) -> list[dict]:
    study.sweep(n=len(trained), trained=trained)
    return [stored.read(file).network.tensors for file in study.plan(n=4, trained=trained).networks]


def test_a_network_that_diverges_among_others_costs_no_other(study, monkeypatch):
    monkeypatch.setattr(study.experiment, "together", lambda config: None, raising=False)
    together = training.train_together

    def diverging(configs, *arguments, **options):
        assert options["device"] == "cpu"
        if any(config.model.seed == 2 for config in configs):
            raise FloatingPointError("networks with seeds [2] are not finite")
        return together(configs, *arguments, **options)

    monkeypatch.setattr(training, "train_together", diverging)
    table, record = study.sweep(n=3, trained=tuple(map(tiny, (1, 2, 3))))
    assert table["number"].unique().tolist() == [0, 2]
    assert record["failures"][0]["reason"] == "FloatingPointError: networks with seeds [2] are not finite"


def test_networks_that_were_being_trained_apart_are_trained_together_again(study, monkeypatch):
    monkeypatch.setattr(study.experiment, "together", lambda config: None, raising=False)
    trained = tuple(map(tiny, (1, 2)))
    first, _ = study.plan(n=2, trained=trained).networks
    first.parent.mkdir(parents=True)
    training.train(trained[0], checkpoint_of(first), progress=False)
    _, record = study.sweep(n=2, trained=trained)
    assert not record["failures"] and len(record["networks"]) == 2


def test_a_failure_names_no_place_of_the_machine(study):
    trained = (tiny(1),)
    (first,) = study.plan(n=1, trained=trained).networks
    first.parent.mkdir(parents=True)
    checkpoint_of(first).write_bytes(b"damaged")
    told, _ = study.sweep(n=1, trained=trained).record["failures"]
    assert f"networks{os.sep}{first.name}" in told["reason"] and str(study.folder) not in told["reason"]


def test_weights_are_copied_by_form_and_seed_and_found_by_how_they_were_trained(study, tmp_path, monkeypatch):
    package = tmp_path / "package"
    study.sweep(n=2, trained=(tiny(1), tiny(2, adam_rate=1e30)))
    copy_weights(study.plan(n=2, trained=(tiny(1), tiny(2, adam_rate=1e30))), package / "table")
    assert [file.name for file in package.rglob("*.*")] == ["combined-1.safetensors"]
    monkeypatch.setattr(networks, "FOLDER", package)
    same, other = study.plan(n=2, trained=(tiny(1), tiny(1, adam_rate=1e-3))).networks
    assert same == package / "table" / "combined-1.safetensors"
    assert other.parent == study.folder / "networks"


def test_an_experiment_says_which_networks_are_in_the_package_and_by_what_name(study, tmp_path, monkeypatch):
    def weights_name(config):
        return {1: "first", 2: None}[config.model.seed]

    monkeypatch.setattr(study.experiment, "weights_name", weights_name, raising=False)
    study.sweep(n=2, trained=(tiny(1), tiny(2)))
    copy_weights(study.plan(n=2, trained=(tiny(1), tiny(2))), tmp_path / "table")
    assert [file.name for file in tmp_path.rglob("table/*")] == ["first.safetensors"]
    monkeypatch.setattr(networks, "FOLDER", tmp_path)
    first, second = study.plan(n=2, trained=(tiny(1), tiny(2))).networks
    assert first == tmp_path / "table" / "first.safetensors" and second.parent == study.folder / "networks"


def cli_run(monkeypatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["modpack", *arguments])
    cli.main()


def test_the_page_on_clusters_states_what_whole_experiments_cost():
    page = Path(__file__).parents[1].joinpath("book", "cluster.md").read_text()
    stated = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|$", page, re.MULTILINE))
    for name, hours in stated.items():
        experiment = importlib.import_module(f"modpack.experiments.{name}")
        assert hours == f"{Plan(experiment, experiment.PROFILES['full'], Path('nowhere')).hours():.2g}", name
    assert {"packing", "robustness", "mechanisms"} <= set(stated)


@pytest.mark.parametrize("name", ["robustness", "packing"])
def test_networks_of_an_experiment_in_the_package_have_names_of_their_own(name):
    experiment = importlib.import_module(f"modpack.experiments.{name}")
    cells = experiment.cells(experiment.PROFILES["primary"])
    names = [experiment.weights_name(experiment.networks(cell)[0]) for cell in cells]
    shipped = [each for each in names if each]
    assert shipped and len(set(shipped)) == len(shipped) < len(names)


def test_shipped_networks_are_not_trained():
    experiment = importlib.import_module("modpack.experiments.dynamics")
    plan = Plan(experiment, experiment.PROFILES["small"], Path("nowhere"))
    folder = networks.FOLDER / "mechanisms"
    assert list(plan.networks) == [folder / f"bias-{seed}.safetensors" for seed in (100, 101)]
    assert plan.training() == [] and len(plan.measuring()) == 2


@pytest.mark.slow
class TestProcesses:
    def test_a_process_that_dies_costs_its_cell_only(self, study):
        table, record = study.sweep(in_processes(2), n=4, deadly=2, forgiving=False)
        assert record["failures"] == [{"cell": "number=2", "reason": "its process died"}]
        assert table["number"].unique().tolist() == [0, 1, 3]
        assert study.calls()[2] == 2 and sum(study.calls()) <= 4 + 2

    def test_a_killed_sweep_loses_nothing_and_leaves_nobody(self, study):
        script = study.root / "killed.py"
        script.write_text(KILLED.format(marks=str(study.marks), folder=str(study.folder)))
        process = psutil.Popen([sys.executable, str(script)])
        while len(list(study.folder.glob("rows/[!.]*"))) < 2:
            assert process.poll() is None
            time.sleep(0.02)
        workers = process.children(recursive=True)
        process.kill()
        process.wait()
        _, left = psutil.wait_procs(workers, timeout=60)
        assert workers and not left
        begun, done = sum(study.calls()), len(list(study.folder.glob("rows/[!.]*")))
        assert study.sweep(seconds=0.4).table["value"].tolist() == WHOLE
        assert sum(study.calls()) == begun + 6 - done


@pytest.mark.slow
def test_a_worker_of_a_cluster_that_is_killed_costs_its_cell_only(study):
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        table, record = study.sweep(on_cluster(cluster.scheduler_address), deadly=2, broken=4)
    assert record["failures"] == [{"cell": "number=4", "reason": "ValueError: it diverged"}]
    assert table["value"].tolist() == WHOLE[:8] + WHOLE[10:]
    assert study.calls() == [1, 1, 2, 1, 1, 1]


class TestCommand:
    def run(self, monkeypatch, *arguments: str) -> None:
        cli_run(monkeypatch, "sweep", *arguments)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["dynamcs"], "did you mean 'dynamics'"),
            (["dynamics", "--profile", "bok"], "did you mean 'book'"),
            (["dynamics", "--workers", "0"], "workers=0"),
        ],
    )
    def test_says_what_it_does_not_know(self, monkeypatch, arguments, message):
        with pytest.raises(SystemExit, match=message):
            self.run(monkeypatch, *arguments)

    def test_a_dry_run_does_nothing(self, monkeypatch, tmp_path, capsys):
        folder = tmp_path / "kept"
        self.run(monkeypatch, "dynamics", "--profile", "small", "--dry-run", "--folder", str(folder))
        assert capsys.readouterr().out.startswith("0 networks to train, 2 of 2 cells to measure: about ")
        assert not folder.exists()

    def test_a_shipped_table_is_made_by_committed_code_only(self, monkeypatch):
        monkeypatch.setattr(provenance, "commit", lambda: "abc-dirty")
        with pytest.raises(SystemExit, match="commit first"):
            self.run(monkeypatch, "dynamics", "--out", str(results.FOLDER / "dynamics.parquet"))

    def test_writes_the_table_and_ends_with_the_failures(self, monkeypatch, study, capsys):
        monkeypatch.setattr("modpack.experiments.find_experiment", lambda name: study.experiment)
        profile = {"small": study.experiment.Config(str(study.marks), broken=1)}
        monkeypatch.setattr(study.experiment, "PROFILES", profile, raising=False)
        with pytest.raises(SystemExit, match="failed: number=1: ValueError: it diverged"):
            self.run(monkeypatch, "study", "--profile", "small", "--folder", str(study.folder))
        out = study.folder / "study-small.parquet"
        assert capsys.readouterr().out == f"{out}: 10 rows from 0 networks\n"
        assert len(results.read(out).table) == 10

    def test_makes_shipped_tables_again_after_saying_what_it_costs(
        self, monkeypatch, study, tmp_path, capsys
    ):
        config = study.experiment.Config(str(study.marks), broken=1)
        monkeypatch.setattr("modpack.experiments.find_experiment", lambda name: study.experiment)
        monkeypatch.setattr(
            "modpack.experiments.TABLES", {"one": ("study", "book"), "two": ("study", "book")}
        )
        monkeypatch.setattr(study.experiment, "PROFILES", {"book": config}, raising=False)
        monkeypatch.setattr(results, "FOLDER", tmp_path)
        again = ("--folder", str(study.folder))
        cli_run(monkeypatch, "results", *again, "--dry-run")
        said = capsys.readouterr().out.splitlines()
        assert [line.partition(":")[0] for line in said] == ["one", "two", "in all"]
        assert said[0].endswith("3 hours on one core") and said[2] == "in all: about 6 hours on one core"
        assert not list(tmp_path.glob("*.parquet")) and study.calls() == [0] * 6
        with pytest.raises(SystemExit, match=r"^failed: number=1: ValueError: it diverged"):
            cli_run(monkeypatch, "results", "two", *again)
        assert [path.name for path in tmp_path.glob("*.parquet")] == ["two.parquet"]
        assert len(results.read(tmp_path / "two.parquet").table) == 10
        with pytest.raises(SystemExit, match="did you mean 'one'"):
            cli_run(monkeypatch, "results", "onne", *again)


def test_a_fingerprint_is_that_of_a_known_module():
    assert fingerprint.of("modpack.context") != fingerprint.of("modpack.tasks")
    with pytest.raises(ValueError, match="module="):
        fingerprint.of("modpack.contexts")
    with pytest.raises(ValueError, match="workers=0"):
        executors.in_processes(0)
