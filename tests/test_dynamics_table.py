"""The table of dynamics: controls mean what they say, and a killed sweep goes on to the same table."""

import sys
from dataclasses import asdict

import pandas as pd
import pytest
import torch
from small_networks import seeded

from modpack import cli, networks, results
from modpack.experiments import dynamics_sweep
from modpack.experiments.dynamics_sweep import SweepConfig, network_path, sweep
from modpack.experiments.dynamics_table import (
    Followed,
    MeasureConfig,
    diagrams_between,
    fixed_point_rows,
    measure,
    summary,
)
from modpack.fixedpoints import Diagram
from modpack.measures.choices import opposed
from modpack.measures.pairs import PAIRS, PairedRun, TaskPair, probe_trials, settle
from modpack.tasks import COMPACT, EPOCHS, TASKS, get

PAIR = TaskPair("fdgo", "fdanti", "dmcgo", ("stimulus1",))
SMALL = MeasureConfig(pairs=(PAIR,), n_trials=8, n_inputs=1, n_starts=4, n_components=3, n_mixes=5)


@pytest.fixture(scope="module")
def network():
    return networks.load("combined", 0).network.to(torch.float64)


def rows_of(rows, **keys) -> dict[tuple[str, str], float]:
    """The values of some rows by task, epoch and measure."""
    return {
        (row["tasks"], row["epoch"], row["measure"]): row["value"]
        for row in rows
        if all(row[key] == value for key, value in keys.items())
    }


class TestProbes:
    @pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.label)
    def test_trials_ask_for_different_answers(self, pair):
        trials = probe_trials(pair.a, pair.b, COMPACT, 40, 0)
        a, b = (get(name).answer(trials.conditions) for name in (pair.a, pair.b))
        assert trials.n_trials >= 40 and bool(opposed(a, b).all())
        assert bool(
            (trials.epoch_index == trials.epoch_index[:, :, :1]).all()
        )  # as `within` takes for granted

    @pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.label)
    def test_the_unrelated_task_is_of_another_family(self, pair):
        assert TASKS[pair.unrelated].timing != TASKS[pair.a].timing
        assert pair.unrelated not in (pair.a, pair.b)

    def test_tasks_that_agree_cannot_be_probed(self):
        with pytest.raises(ValueError, match="different answers"):
            probe_trials("fdgo", "delaygo", COMPACT, 4, 0)

    def test_a_pair_knows_its_tasks_and_epochs(self):
        with pytest.raises(ValueError, match="did you mean 'fdanti'"):
            TaskPair("fdgo", "fdant", "dmcgo", ("stimulus1",))
        with pytest.raises(ValueError, match="epochs"):
            TaskPair("fdgo", "fdanti", "dmcgo", ("stimulus",))

    def test_an_epoch_without_a_stimulus_has_one_input(self, network):
        trials = probe_trials("delaygo", "delayanti", COMPACT, 8, 0)
        run = PairedRun.of(network, ("delaygo", "delayanti"), trials)
        inputs, input_of = run.held_inputs("delay1", 5)
        assert len(inputs) == 1 and input_of.tolist() == [0] * 5
        inputs, input_of = run.held_inputs("stimulus1", 5)
        shown = trials.patterns[EPOCHS.index("stimulus1"), 0, :5]
        torch.testing.assert_close(inputs[input_of], shown)
        assert len(inputs) == len({tuple(row) for row in shown.tolist()})

    def test_states_settle_where_the_network_rests(self, network):
        run = PairedRun.of(network, ("fdgo", "fdanti"), probe_trials("fdgo", "fdanti", COMPACT, 4, 0))
        u = run.held_inputs("stimulus1", 1)[0][0]
        for dynamics, end in zip(run.dynamics, run.settled("stimulus1", u, 3, seeded()), strict=True):
            assert dynamics.field(end[None], u[None, None]).abs().max() < 1e-3
            torch.testing.assert_close(settle(dynamics, u, end, 1), end, atol=1e-3, rtol=0)


class TestMeasure:
    def test_a_control_that_changes_nothing_measures_the_same(self, network):
        same = MeasureConfig(
            **vars(SMALL) | {"pairs": (TaskPair("fdgo", "fdanti", "fdanti", ("stimulus1",)),)}
        )
        rows = measure(network, network, same)
        none, shuffled, other = (rows_of(rows, control=c) for c in ("none", "shuffled", "other_seed"))
        assert shuffled and {key: pytest.approx(none[key], rel=1e-6) for key in shuffled} == shuffled
        assert other[PAIR.label, "stimulus1", "spectral change"] == pytest.approx(0, abs=1e-6)
        assert other[PAIR.label, "", "principal angle"] == pytest.approx(0, abs=1e-6)
        for key in ((PAIR.label, "", "potent effect"), (PAIR.label, "stimulus1", "potent displacement")):
            assert other[key] == pytest.approx(none[key])

    def test_a_network_that_no_context_reaches_changes_nothing(self):
        deaf = networks.load("none", 0).network
        none = rows_of(measure(deaf, networks.load("none", 1).network, SMALL), control="none")
        for epoch, name in (
            ("stimulus1", "separation"),
            ("", "principal angle"),
            ("stimulus1", "displacement"),
        ):
            assert none[PAIR.label, epoch, name] == pytest.approx(0, abs=1e-6)
        assert none[PAIR.label, "stimulus1", "bifurcations"] == 0
        assert none[PAIR.label, "stimulus1", "connected points"] == 1
        assert none["fdgo", "", "participation ratio"] == none["fdanti", "", "participation ratio"]
        assert (PAIR.label, "", "potent effect") not in none and (PAIR.label, "", "task switch") not in none

    def test_an_input_at_which_nothing_rests_leaves_the_others_as_they_are(self, network):
        run = PairedRun.of(network, ("fdgo", "fdanti"), probe_trials("fdgo", "fdanti", COMPACT, 4, 0))
        found = diagrams_between(run, ["stimulus1"], SMALL, seeded())
        inputs, input_of, diagrams = found["stimulus1"]
        nothing = Diagram((), ())
        more = {"stimulus1": Followed(inputs, input_of, [nothing, *diagrams])}
        alone, both = ({row["measure"]: row for row in fixed_point_rows(run, some)} for some in (found, more))
        assert both["displacement"] == alone["displacement"]
        assert both["bifurcations"]["value"] == alone["bifurcations"]["value"] / 2
        assert both["stable points"]["value"] == alone["stable points"]["value"] / 2
        none = {"stimulus1": Followed(inputs, input_of, [nothing])}
        empty = {row["measure"]: row["n"] for row in fixed_point_rows(run, none)}
        assert empty["displacement"] == empty["spectral change"] == empty["connected points"] == 0

    @pytest.mark.parametrize(
        ("name", "value"), [("pairs", ()), ("n_trials", 0), ("n_inputs", 0), ("n_mixes", 1)]
    )
    def test_refuses_what_cannot_be_measured(self, name, value):
        with pytest.raises(ValueError, match=name):
            MeasureConfig(**{name: value})


def test_forms_are_compared_and_each_with_its_own_controls():
    values = {("a", "none"): [1, 2], ("b", "none"): [1, 2], ("a", "shuffled"): [3, 4]}
    rows = [
        {"form": form, "control": control, "seed": seed, "tasks": "t", "epoch": "", "measure": "m"}
        | {"value": value}
        for (form, control), some in (values | {("b", "other_seed"): [0, 1]}).items()
        for seed, value in enumerate(some)
    ]
    found = summary(pd.DataFrame(rows))
    assert found[["first", "second", "difference"]].values.tolist() == [
        ["a", "b", 0],
        ["a", "a (shuffled)", -2],
        ["b", "b (other_seed)", 1],
    ]


class TestSweep:
    config = SweepConfig(forms=("combined",), n_seeds=2, measures=SMALL)

    def test_goes_on_where_it_was_killed_to_the_same_table(self, tmp_path, monkeypatch):
        whole, record = sweep(self.config, tmp_path / "whole", progress=False)
        assert set(whole["seed"]) == {0, 1} and record["config"]["n_seeds"] == 2
        assert [origin["file"] for origin in record["networks"]] == [
            "combined-0.safetensors",
            "combined-1.safetensors",
        ]
        measured = []

        def killed_at_the_second(network, other, config):
            measured.append(network)
            if len(measured) == 2:
                raise KeyboardInterrupt
            return measure(network, other, config)

        monkeypatch.setattr(dynamics_sweep, "measure", killed_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            sweep(self.config, tmp_path / "killed", progress=False)
        assert [path.name for path in (tmp_path / "killed" / "rows").iterdir()] == ["combined-0.parquet"]
        again, _ = sweep(self.config, tmp_path / "killed", progress=False)
        assert len(measured) == 3  # the first network was not measured again
        pd.testing.assert_frame_equal(again, whole)

    def test_rows_of_another_configuration_or_network_are_not_kept(self, tmp_path, monkeypatch):
        asked = []
        monkeypatch.setattr(dynamics_sweep, "measure", lambda *given: asked.append(given) or [{"value": 1.0}])
        sweep(self.config, tmp_path, progress=False)
        sweep(self.config, tmp_path, progress=False)
        assert len(asked) == 2
        other = SweepConfig(**vars(self.config) | {"measures": MeasureConfig(**vars(SMALL) | {"seed": 1})})
        sweep(other, tmp_path, progress=False)
        assert len(asked) == 4
        monkeypatch.setattr(
            dynamics_sweep, "network_path", lambda folder, form, seed: network_path(folder, form, 2)
        )
        sweep(other, tmp_path, progress=False)
        assert len(asked) == 6

    def test_says_which_network_is_not_there(self, tmp_path):
        with pytest.raises(ValueError, match=r"combined-3\.safetensors is not there"):
            sweep(SweepConfig(forms=("combined",), n_seeds=4), tmp_path)

    @pytest.mark.parametrize(("name", "value"), [("forms", ("gian",)), ("forms", ()), ("n_seeds", 1)])
    def test_refuses_bad_configurations(self, name, value):
        with pytest.raises(ValueError, match=r"forms|form=|n_seeds"):
            SweepConfig(**{name: value})


def test_the_command_trains_what_is_missing_and_writes_the_table(tmp_path, monkeypatch, capsys):
    trained = []
    found = results.Result(pd.DataFrame({"value": [1.0]}), {"networks": [0], "config": asdict(SMALL)})
    monkeypatch.setattr(
        cli,
        "_train",
        lambda configs, out: trained.append((configs[0].model.form, configs[0].model.seed, out)),
    )
    monkeypatch.setattr(dynamics_sweep, "sweep", lambda config, folder: found)
    kept = tmp_path / "networks" / "synaptic-3.safetensors"
    kept.parent.mkdir()
    kept.touch()
    out = tmp_path / "dynamics.parquet"
    given = ["dynamics-table", "--seeds", "4", "--folder", str(tmp_path), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["modpack", *given])
    cli.main()
    assert trained == [(f, 3, kept.with_name(f"{f}-3.safetensors")) for f in ("excitability", "combined")]
    pd.testing.assert_frame_equal(results.read(out).table, found.table)
    assert capsys.readouterr().out == f"{out}: 1 rows from 1 networks\n"
