"""The experiment on robustness: what is trained is what was declared, and rows mean what they say."""

from collections import Counter
from dataclasses import replace
from math import isfinite
from pathlib import Path

import pandas as pd
import pytest

from modpack import networks, results, stored
from modpack.evaluation import rescore
from modpack.experiments import robustness, tuning
from modpack.experiments.robustness import BOUNDS, FORMS, PAIRS, PROFILES, SCHEDULES, cells, measure
from modpack.measures.choices import CHOICES
from modpack.modulation import form as make_form
from modpack.sweep import Plan
from modpack.training import from_record, untrained
from modpack.training.contexts import Belief, Clean, Noisy, Then
from modpack.training.trainer import check_alike

SMALL = PROFILES["small"]
SHIPPED = sorted((networks.FOLDER / "robustness").glob("*.safetensors"))
WITHIN, CROSS = ("excitability", "row+release"), ("bias+release", "gain+row")


def trained(config):
    return [robustness.networks(cell)[0] for cell in cells(config)]


def test_what_is_trained_is_what_was_declared():
    configs = trained(PROFILES["book"])
    assert len({repr(each) for each in configs}) == len(configs) == (11 + 4 + 4) * 3 * 12
    assert {each.model.seed for each in configs} == set(range(200, 212))
    assert {each.protocol.tasks for each in configs} == {tuning.EIGHT}
    assert Counter(each.protocol.data_seed for each in configs) == dict.fromkeys(
        (200, 201, 202), len(configs) // 3
    )
    steps = Counter((str(each.protocol.contexts), each.recipe.steps) for each in configs)
    assert len(steps) == 3 and steps[str(Clean()), 1500] == len(configs) // 3


def test_seeds_are_those_of_nothing_else():
    pilot, book = PROFILES["pilot"], PROFILES["book"]
    assert not set(book.seeds) & {*range(10), *tuning.PROFILES["full"].seeds, *pilot.seeds, *range(100, 110)}
    assert not set(book.data_seeds) & set(pilot.data_seeds)
    assert {repr(each) for each in trained(PROFILES["primary"])} < {repr(each) for each in trained(book)}


def test_networks_of_one_kind_and_block_are_trained_together():
    config = replace(PROFILES["book"], forms=("bias",), rotated=("bias",), rescaled=("bias",))
    groups = Plan(robustness, config, Path("nowhere"))._groups()
    assert {len(group) for group in groups} == {4} and len(groups) == 3 * 3 * 3
    for group in groups[::8]:
        check_alike(list(group.values()))


def test_other_schedules_begin_where_clean_training_ends():
    clean, noise, belief = trained(SMALL)[:3]
    n = clean.recipe.steps
    assert noise.protocol.contexts == Then(Clean(), Noisy(0.5), n)
    assert belief.protocol.contexts == Then(Clean(), Belief(), n)
    assert noise.recipe.steps == belief.recipe.steps == 2 * n


def test_of_every_form_and_schedule_the_first_network_is_shipped():
    records = {file.stem: stored.read(file).record for file in SHIPPED}
    configs = {name: from_record(record["config"]) for name, record in records.items()}
    assert set(records) == {f"{form}-{schedule}" for form in robustness.PRIMARY for schedule in SCHEDULES}
    assert {name: robustness.weights_name(config) for name, config in configs.items()} == {
        n: n for n in configs
    }
    assert {repr(config) for config in configs.values()} < {
        repr(each) for each in trained(PROFILES["primary"])
    }
    assert not any("dirty" in record["commit"] for record in records.values())


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_network_scores_as_its_record_says(file):
    network, record = stored.read(file)
    assert rescore(network) == pytest.approx(record["performance"], abs=0.03)


def test_the_other_scale_is_a_third_of_the_tuned_one():
    usual, other = (untrained(trained(SMALL)[k]).tensors["B"] for k in (0, 6))
    assert other.allclose(usual / 3) and usual.abs().max() > 0


@pytest.fixture(scope="module")
def tables():
    """The rows of untrained networks, by code and schedule."""
    probed = {("one-hot", "clean"), ("one-hot", "noise"), ("rotated", "belief")}
    usual = [replace(cell, n_trials=10) for cell in cells(SMALL)[:6] if (cell.code, cell.schedule) in probed]
    return {
        (cell.code, cell.schedule): pd.DataFrame(measure(cell, untrained(robustness.networks(cell)[0])))
        for cell in usual
    }


class TestRows:
    def test_every_row_says_where_it_is_from(self, tables):
        for (code, schedule), table in tables.items():
            assert set(table["code"]) == {code} and set(table["schedule"]) == {schedule}
            assert table["value"].map(isfinite).all()
            assert not table.duplicated(["tasks", "operator", "level", "measure"]).any()

    def test_regrets_are_those_of_a_network_that_answers_nothing_right(self, tables):
        table = tables["one-hot", "clean"]
        regrets = table[(table["operator"] == "in-line") & (table["measure"] == "regret")]
        assert len(regrets) == len(PAIRS) * len(BOUNDS)
        assert (regrets["value"] - regrets["level"]).abs().max() < 0.3
        assert "tolerance" not in set(table["measure"])

    def test_choices_add_up(self, tables):
        table = tables["rotated", "belief"]
        made = table[table["measure"].isin(CHOICES)]
        sums = made.groupby(["operator", "tasks", "level"])["value"].sum()
        assert len(sums) == 3 * 2 * 11 and sums.tolist() == pytest.approx([1] * len(sums))

    def test_coordinates_are_dropped_from_a_rotated_code_only(self, tables):
        dropped = {key for key, table in tables.items() if "drop" in set(table["operator"])}
        assert dropped == {("rotated", "belief")}


def invented(form, schedule, value, seeds=range(12), code="one-hot", scale=1.0, level=0.9, measure="regret"):
    """Rows of networks of a form that all have the same regret, give or take a thousandth."""
    about = {"form": form, "schedule": schedule, "code": code, "scale": scale, "operator": "in-line"}
    about |= {"level": level, "measure": measure}
    return [
        about | {"tasks": robustness.label(pair), "seed": seed, "value": value + 1e-3 * (-1) ** seed}
        for pair in PAIRS
        for seed in seeds
    ]


class TestVerdicts:
    def table(self, **regrets):
        """Regrets of all forms, 0.1 but for those given; rows that the family is not about disagree."""
        rows = []
        for schedule in SCHEDULES:
            for name in robustness.PRIMARY:
                value = regrets.get(name.replace("+", "_"), 0.1)
                rows += invented(name, schedule, value)
                rows += invented(name, schedule, 9.0, level=0.8) + invented(
                    name, schedule, 9.0, code="rotated"
                )
                rows += invented(name, schedule, 9.0, scale=1 / 3) + invented(
                    name, schedule, 9, measure="bound"
                )
        return pd.DataFrame(rows)

    def test_of_the_family(self):
        judged = robustness.summary(self.table(bias=0.2)).set_index("name")
        assert len(judged) == len(robustness.FAMILY) == 9 and set(judged["n"]) == {12}
        expected = {"bias - gain": ("higher", 0.1), "excitability - synaptic": ("equivalent", 0.0)}
        for name, (verdict, difference) in expected.items():
            for schedule in SCHEDULES:
                row = judged.loc[f"{name}: {schedule}"]
                assert row["verdict"] == verdict and row["difference"] == pytest.approx(difference)

    def test_of_families_of_pairs(self):
        table = self.table()
        decision = table["tasks"].str.startswith("context") & (table["form"] == "bias")
        table.loc[decision, "value"] += 0.2
        found = robustness.by_kind(table).set_index("name")
        assert found.loc["bias - gain: clean", "difference"] == pytest.approx(-0.2)
        assert found.loc["excitability - synaptic: clean", "difference"] == pytest.approx(0)

    def test_are_on_pairs_and_at_scales_that_tuning_chose(self):
        chosen = tuning.summary(results.load("tuning_eight").table).set_index("form")
        assert {n: (chosen["scale"][n], chosen["rate"][n]) for n in chosen.index} == robustness.TUNED
        assert set(FORMS) - set(robustness.TUNED) == {"none", "readout"}
        best = tuple(chosen["mean"][[*pairs]].idxmin() for pairs in (WITHIN, CROSS))
        assert best == robustness.CONTRASTS["within - cross"]

    def test_are_at_equal_parameters(self):
        for test in robustness.FAMILY:
            assert make_form(test.first, 8).count(32) == make_form(test.second, 8).count(32)


def test_forms_are_known_and_one_form_is_not_two():
    made = [make_form(name, 8) for name in FORMS]
    assert len(set(made)) == len(FORMS) == 11
    with pytest.raises(ValueError, match="form='biass'"):
        replace(SMALL, forms=("biass",))
    with pytest.raises(ValueError, match="data_seeds"):
        replace(SMALL, seeds=(60, 61, 62), data_seeds=(60, 61))
