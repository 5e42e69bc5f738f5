"""Tables keep their values, types and records; the one that is shipped is what the code computes."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modpack import networks, results, stored
from modpack.experiments import TABLES, find_experiment, mechanisms, robustness, similarity
from modpack.experiments.dynamics import PAIRS, PROFILES, cells, measure, summary
from modpack.figures.measures import LABELS
from modpack.measures.statistics import FEWEST_FOR_VERDICT
from modpack.sweep import Plan

WEIGHTS = networks.FOLDER / "mechanisms"


def networks_of(cell):
    """The networks that a cell of a table was measured on."""
    return [stored.read(WEIGHTS / f"{cell.forms[0]}-{seed}.safetensors").network for seed in cell.seeds]


@pytest.fixture(scope="module")
def shipped() -> results.Result:
    return results.load("dynamics")


class TestFiles:
    table = pd.DataFrame({"form": ["a", "b"], "seed": [0, 1], "value": [0.1, np.pi], "n": [3, 4]})

    def test_a_round_trip_changes_nothing(self, tmp_path):
        path = tmp_path / "folder" / "table.parquet"
        results.write(path, self.table, {"commit": "abc", "config": {"pairs": [["x", "y"]]}})
        table, record = results.read(path)
        pd.testing.assert_frame_equal(table, self.table)
        assert record == {"commit": "abc", "config": {"pairs": [["x", "y"]]}}

    def test_equal_tables_are_equal_files(self, tmp_path):
        files = [tmp_path / name for name in ("a.parquet", "b.parquet")]
        for file in files:
            results.write(file, self.table, {"commit": "abc"})
        assert files[0].read_bytes() == files[1].read_bytes()

    def test_a_failed_write_leaves_the_old_file(self, tmp_path):
        path = tmp_path / "table.parquet"
        results.write(path, self.table, {"commit": "old"})
        with pytest.raises(TypeError):
            results.write(path, self.table, {"commit": object()})
        assert results.read(path).record == {"commit": "old"}
        assert list(tmp_path.iterdir()) == [path]

    def test_a_table_without_a_record_is_refused(self, tmp_path):
        path = tmp_path / "table.parquet"
        self.table.to_parquet(path)
        with pytest.raises(ValueError, match="path"):
            results.read(path)

    def test_a_damaged_table_is_refused_or_whole(self, tmp_path):
        path = tmp_path / "table.parquet"
        table = pd.DataFrame({"value": np.random.default_rng(0).normal(size=500), "seed": range(500)})
        results.write(path, table, {"commit": "abc"})
        content = path.read_bytes()
        for place in range(0, len(content), len(content) // 60):
            damaged = bytearray(content)
            damaged[place] ^= 16
            path.write_bytes(damaged)
            try:
                read = results.read(path)
            except ValueError as error:
                assert "table.parquet" in str(error)
            else:
                pd.testing.assert_frame_equal(read.table, table)
        for cut in (0, 4, len(content) // 2):
            path.write_bytes(content[:cut])
            with pytest.raises(ValueError, match=r"table\.parquet"):
                results.read(path)

    def test_an_unknown_name_is_answered_with_the_nearest(self):
        with pytest.raises(ValueError, match="did you mean 'dynamics'"):
            results.load("dynamic")


class TestShippedDynamics:
    def test_has_ten_networks_of_every_form_with_their_controls(self, shipped):
        seeds_of = shipped.table.groupby("form")["seed"].unique()
        assert set(seeds_of.index) == set(PROFILES["book"].forms)
        assert all(sorted(seeds) == list(range(100, 110)) for seeds in seeds_of)
        assert set(shipped.table["control"]) == {"none", "other_seed", "shuffled"}
        assert set(LABELS) <= set(shipped.table["measure"])

    def test_is_tidy(self, shipped):
        keys = ["form", "seed", "tasks", "epoch", "control", "measure"]
        assert [*shipped.table.columns[:2], *sorted(shipped.table.columns[2:])] == [
            "form",
            "seed",
            *sorted([*keys[2:], "value", "n"]),
        ]
        assert not shipped.table.duplicated(keys).any()
        assert np.isfinite(shipped.table["value"]).all() and (shipped.table["n"] >= 1).all()

    def test_values_lie_where_they_can(self, shipped):
        ranges = {
            "connected points": (0, 1),
            "principal angle": (0, np.pi / 2),
            "participation ratio": (1, 64),
            "potent effect": (0, 1),
            "potent displacement": (0, 1),
            "task switch": (0, 1),
            "task switch to bifurcation": (0, 1),
        }
        values = shipped.table.groupby("measure")["value"].agg(["min", "max"])
        assert (values["min"] >= 0).all()
        for name, (low, high) in ranges.items():
            assert low <= values.loc[name, "min"] <= values.loc[name, "max"] <= high

    def test_the_record_says_how_it_came_to_be(self, shipped):
        record = shipped.record
        assert record["config"] == json.loads(json.dumps(asdict(PROFILES["book"])))
        assert len(record["networks"]) == 50 and not record["failures"]
        assert min(network["mean"] for network in record["networks"]) > 0.95
        assert {network["config"]["model"]["form"] for network in record["networks"]} == set(
            PROFILES["book"].forms
        )
        assert not any("dirty" in commit for commit in record["commits"]) and record["seconds"] > 0
        assert {"torch", "scipy", "pyarrow"} <= set(record["versions"])

    def test_every_measure_has_a_verdict_that_follows_from_its_interval(self, shipped):
        found = summary(shipped.table)
        assert set(found["measure"]) == set(shipped.table["measure"])
        stated = found["verdict"] != "undecided"
        decided = ((found["low"] > 0) | (found["high"] < 0)) & (found["n"] >= FEWEST_FOR_VERDICT)
        assert (stated == decided).all()
        assert (found["n"] <= 10).all()

    @pytest.mark.slow
    @pytest.mark.parametrize("form", ["excitability", "combined"])
    def test_is_what_the_code_computes(self, shipped, form):
        alone = replace(PROFILES["book"], pairs=PAIRS[:1])
        cell = next(each for each in cells(alone) if each.forms == (form,))
        again = pd.DataFrame(measure(cell, *networks_of(cell)))
        table, names = shipped.table, [PAIRS[0].label, PAIRS[0].a, PAIRS[0].b]
        kept = table[(table["form"] == form) & (table["seed"] == 100) & table["tasks"].isin(names)]
        pd.testing.assert_frame_equal(again, kept.reset_index(drop=True)[again.columns], rtol=1e-4)


def test_of_every_shipped_table_the_profile_of_an_experiment_is_known():
    assert set(TABLES) == set(results.names())
    for name, (module, profile) in TABLES.items():
        config = json.loads(json.dumps(asdict(find_experiment(module).PROFILES[profile])))
        assert results.load(name).record["config"].items() <= config.items()


OTHERS = {"mechanisms": (mechanisms, "row", 120, 1e-6), "similarity": (similarity, "synaptic", 30, 0.02)}
"""Of other tables: the experiment, a form whose first network is measured again, how many networks there are,
and how exactly numbers come again (a search in single precision is not carried on to the last digit)."""


@pytest.mark.parametrize("name", OTHERS)
class TestOtherTables:
    def test_is_of_all_networks_and_of_one_commit(self, name):
        experiment, _, n, _ = OTHERS[name]
        table, record = results.load(name)
        config = experiment.PROFILES["book"]
        assert len(record["networks"]) == n == len(table.groupby(["form", "seed"])) and not record["failures"]
        assert set(table["form"]) == set(config.forms) and set(table["seed"]) == set(config.seeds)
        assert record["config"] == json.loads(json.dumps(asdict(config)))
        assert len(record["commits"]) == 1 and "dirty" not in record["commits"][0]
        assert np.isfinite(table["value"]).all()
        assert not table.duplicated(["form", "seed", "tasks", "measure"]).any()

    def test_is_what_the_code_computes(self, name):
        experiment, form, _, tolerance = OTHERS[name]
        table = results.load(name).table
        cell = next(c for c in experiment.cells(experiment.PROFILES["book"]) if c.forms == (form,))
        again = pd.DataFrame(experiment.measure(cell, *networks_of(cell)))
        kept = table[(table["form"] == form) & (table["seed"] == cell.seeds[0])]
        pd.testing.assert_frame_equal(again, kept.reset_index(drop=True)[again.columns], rtol=tolerance)


class TestRobustness:
    config = robustness.PROFILES["book"]
    keys = ("form", "schedule", "code", "scale", "seed", "data_seed")

    def test_is_of_all_networks_that_did_not_diverge_and_of_one_commit(self):
        table, record = results.load("robustness")
        declared = Plan(robustness, self.config, Path("nowhere")).cells
        names = {tuple(getattr(cell, key) for key in self.keys): name for name, cell in declared.items()}
        measured = set(table[list(self.keys)].itertuples(index=False, name=None))
        failed = {each["cell"] for each in record["failures"]} & set(declared)
        assert {names[key] for key in names.keys() - measured} == failed and measured < names.keys()
        assert len(measured) == len(record["networks"])
        assert record["config"] == json.loads(json.dumps(asdict(self.config)))
        assert len(record["commits"]) == 1 and "dirty" not in record["commits"][0]
        assert np.isfinite(table["value"]).all()
        assert not table.duplicated([*self.keys, "tasks", "operator", "level", "measure"]).any()

    def test_is_what_the_code_computes(self):
        wanted = ("gain", "noise", 200)
        cells = robustness.cells(robustness.PROFILES["primary"])
        (cell,) = (c for c in cells if (c.form, c.schedule, c.seed) == wanted)
        network = stored.read(networks.FOLDER / "robustness" / "gain-noise.safetensors").network
        again = pd.DataFrame(robustness.measure(cell, network))
        table = robustness.main_condition(results.load("robustness").table)
        kept = table[(table[["form", "schedule", "seed"]] == list(wanted)).all(axis=1)].reset_index(drop=True)
        assert again.drop(columns="value").equals(kept[again.columns].drop(columns="value"))
        # The trials are the same; another machine rounds differently, which may turn a few of them.
        off = (again["value"] - kept["value"]).abs()
        assert off.mean() < 1e-3 and off.max() < 0.05


OF_STREAMS = {
    "stream": ("arm", "stream", "row+bias", "stream/stream-row+bias"),
    "fading": ("arm", "stream", "gain+bias", "stream/stream-gain+bias"),
    "reliance": ("training", "clean", "bias+row", "reliance/clean-bias+row"),
}
"""Of tables whose rows are shares of trials: a column that tells cells apart beside form and seed, a value of
it and a form whose first network is measured again, and the file of that."""


@pytest.mark.parametrize("name", OF_STREAMS)
class TestStreams:
    def test_is_of_all_networks_that_did_not_diverge_and_of_committed_code(self, name):
        table, record = results.load(name)
        keys = [OF_STREAMS[name][0], "form", "seed"]
        module = find_experiment(name)
        declared = Plan(module, module.PROFILES["book"], Path("nowhere")).cells
        names = {tuple(getattr(cell, key) for key in keys): name for name, cell in declared.items()}
        measured = set(table[keys].itertuples(index=False, name=None))
        failed = {each["cell"] for each in record["failures"]} & set(declared)
        assert {names[key] for key in names.keys() - measured} == failed and measured < names.keys()
        assert not any("dirty" in commit for commit in record["commits"])
        assert not table.duplicated(table.columns.drop("value").tolist()).any()
        assert np.isfinite(table["value"]).all()

    def test_is_what_the_code_computes(self, name):
        column, value, form, file = OF_STREAMS[name]
        table, module = results.load(name).table, find_experiment(name)
        kept = table[(table[column] == value) & (table["form"] == form)]
        kept = kept[kept["seed"] == module.SEEDS[0]].reset_index(drop=True)
        wanted = (value, form, module.SEEDS[0])
        cells = module.cells(module.PROFILES["book"])
        (cell,) = (c for c in cells if (getattr(c, column), c.form, c.seed) == wanted)
        network = stored.read(networks.FOLDER / f"{file}.safetensors").network
        again = pd.DataFrame(module.measure(cell, network))
        assert again.drop(columns="value").equals(kept[again.columns].drop(columns="value"))
        off = (again["value"] - kept["value"]).abs()
        assert off.mean() < 2e-3 and off.max() < 0.05
