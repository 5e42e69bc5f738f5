"""The experiment on packing: what was declared, and rows that mean what they say."""

import math
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from modpack import networks as package
from modpack import results, stored
from modpack.experiments import tuning
from modpack.experiments.packing import (
    BEST_WITHIN,
    COMPARED,
    D_PRIMES,
    FAMILY,
    FORMS,
    ORDERS,
    PROFILES,
    SIZES,
    STEPS,
    TUNED,
    WITHIN,
    Cell,
    best_within,
    cells,
    measure,
    networks,
    placed_sizes,
    primary,
    summary,
    together,
    tolerance_by_load,
    weights_name,
)
from modpack.measures.statistics import FEWEST_FOR_VERDICT
from modpack.modulation import form as make_form
from modpack.tasks import floor
from modpack.training import from_record, train, untrained
from modpack.training.trainer import check_alike

SMALL = cells(PROFILES["small"])

CELL = [field.name for field in fields(Cell) if field.name != "n_trials"]
"""Columns that name the network of a row."""


def test_the_family_is_as_declared():
    assert [(test.measure, test.margin) for test in FAMILY] == [("log2 N50", 0.25)] * 2
    compared = [make_form(name, 8).count(16) for test in FAMILY for name in (test.first, test.second)]
    assert len(set(compared)) == 1  # at equal parameters
    assert BEST_WITHIN in WITHIN and FAMILY[1].second == BEST_WITHIN
    assert len(ORDERS) >= FEWEST_FOR_VERDICT


def test_orders_have_seeds_that_nothing_else_has():
    seeds = {name: {cell.seed for cell in cells(config)} for name, config in PROFILES.items()}
    assert seeds["pilot"] == {60, 61} and seeds["book"] == set(range(300, 312)) < seeds["full"]
    assert set(tuning.PROFILES["mappings"].seeds) <= set(range(50, 60))


def test_every_network_is_trained_once_and_the_primary_ones_first():
    every = cells(PROFILES["book"])
    assert len(set(every)) == len(every)
    first = every[: len(FORMS) * 3 * 6 * len(ORDERS)]
    assert {(cell.form, cell.n_tasks) for cell in first} == {(name, k) for name in FORMS for k in SIZES}
    assert {(cell.steps, cell.delay, cell.n_directions, cell.code) for cell in first} == {
        (STEPS, True, 4, "one_hot")
    }
    assert cells(PROFILES["primary"]) == first
    assert cells(PROFILES["eight"]) == [cell for cell in first if cell.n_tasks == 8]
    assert {cell.steps for cell in every} == {STEPS // 3, STEPS, 3 * STEPS}


def test_all_forms_learn_the_same_mappings_at_their_own_scale_and_rate():
    made = {name: networks(Cell(name, 4, 8, 300))[0] for name in (*TUNED, "none")}
    assert len({(each.protocol, each.data_seed, each.recipe.steps) for each in made.values()}) == 1
    for name, (scale, rate) in TUNED.items():
        recipe = made[name].recipe
        assert recipe.excitability_scale == recipe.synaptic_scale == scale
        assert recipe.excitability_rate == recipe.synaptic_rate == rate
    assert networks(Cell("bias", 8, 8, 300))[0].protocol.tasks[:4] == made["bias"].protocol.tasks
    assert networks(Cell("bias", 4, 8, 301))[0].protocol.tasks != made["bias"].protocol.tasks
    assert set(TUNED) == {*FORMS, "bias"} and set(COMPARED) <= set(FORMS)


def test_scales_and_rates_are_those_that_tuning_chose():
    best = tuning.summary(results.load("tuning_mappings").table).set_index("form")
    assert {name: (best["scale"][name], best["rate"][name]) for name in best.index} == TUNED


def test_sizes_and_the_best_pair_are_those_that_the_pilot_chose():
    pilot = results.load("packing_pilot").table
    assert placed_sizes(pilot) == SIZES and best_within(pilot) == BEST_WITHIN
    assert set(pilot["seed"]) == {60, 61}


def test_what_is_trained_together_is_of_one_kind():
    every = [networks(cell)[0] for cell in cells(PROFILES["book"])[: 2 * len(ORDERS)]]
    assert len({together(config) for config in every}) == 1
    check_alike(every[: len(ORDERS)])
    kinds = [{}, {"delay": False}, {"n_directions": 8}, {"code": "compressed(8)"}]
    assert len({together(networks(Cell("bias", 16, 8, 300, **each))[0]) for each in kinds}) == 4


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """The measured rows of a small network that has learned two mappings, and of an untrained one."""
    cell = replace(SMALL[0], n_neurons=16, steps=600, delay=False)
    trained = train(networks(cell)[0], progress=False).network
    other = replace(cell, seed=61)
    parts = [measure(cell, trained), measure(other, untrained(networks(other)[0]))]
    return pd.DataFrame([row for part in parts for row in part])


def test_a_network_that_has_learned_holds_its_mappings(rows):
    value = rows[(rows["seed"] == 60) & (rows["task"] == "all")].set_index("measure")["value"]
    each = rows[(rows["seed"] == 60) & (rows["task"] != "all")]["value"]
    assert value["held"] == 2 == (each >= 0.9).sum() and value["performance"] == pytest.approx(each.mean())
    assert value["bits per neuron"] == pytest.approx(2 * math.log2(24) / 16)
    parameters = 16 * 16 + 16 * 33 + 16 + 3 * 16 + 3 + 2 * 16
    assert value["bits per trained parameter"] == pytest.approx(2 * math.log2(24) / parameters)
    assert value["floor"] == floor(networks(SMALL[0])[0].protocol.tasks)
    assert value["regret at bound 0.9"] < 0.2 and min(D_PRIMES) <= value["tolerated d'"] <= max(D_PRIMES)


def test_a_network_that_has_not_holds_none_and_has_no_tolerance(rows):
    value = rows[(rows["seed"] == 61) & (rows["task"] == "all")].set_index("measure")["value"]
    learned = rows[(rows["seed"] == 60) & (rows["task"] == "all")].set_index("measure")["value"]
    assert value["held"] == value["bits per neuron"] == 0 and "tolerated d'" not in value
    assert value["log loss"] > learned["log loss"] + 1


def synthetic(octaves: dict[str, float], seeds=range(12), per_task=0.6) -> pd.DataFrame:
    """A table of networks of every form whose N50 at eight mappings, and growth with them, are given."""
    rng = np.random.default_rng(0)
    shift = dict(zip(seeds, rng.normal(0, 0.1, len(seeds)), strict=True))
    rows = []
    for k, sizes in SIZES.items():
        for name, place in octaves.items():
            for seed in seeds:
                for size in sizes:
                    middle = place + per_task * math.log2(k / 8) + shift[seed]
                    held = k * stats.norm.cdf((math.log2(size) - middle) / 0.3)
                    cell = vars(Cell(name, k, size, seed)) | {"task": "all"}
                    tolerated = 2 + 0.5 * math.log2(k / size)
                    rows.append(cell | {"measure": "held", "value": round(held)})
                    rows.append(cell | {"measure": "tolerated d'", "value": tolerated})
    return pd.DataFrame(rows)


def test_a_difference_of_half_an_octave_is_found_and_a_small_one_is_none():
    other = next(name for name in WITHIN if name != BEST_WITHIN)
    places = {"excitability": 2.7, "synaptic": 3.2, "bias+release": 2.75, other: 2.7, BEST_WITHIN: 2.7}
    places["synaptic"] = places["excitability"] + 0.5
    found = summary(synthetic(places)).set_index("name")
    assert found["verdict"].tolist() == ["higher", "equivalent"] and (found["n"] == 12).all()
    assert found["difference"].iloc[0] == pytest.approx(0.5, abs=0.1)


def test_an_order_whose_place_is_not_known_does_not_count():
    table = synthetic({"excitability": 2.7, "synaptic": 2.9, "bias+release": 2.7, "row+release": 2.7})
    lost = (table["form"] == "synaptic") & (table["seed"] < 3) & (table["n_tasks"] == 8)
    table.loc[lost & (table["measure"] == "held"), "value"] = 0
    assert len(primary(table)) == 12 * 4 * 3 - 3
    found = summary(table)
    assert found["n"].tolist() == [9, 12] and found["verdict"].iloc[0] == "undecided"


def test_other_budgets_and_controls_are_no_part_of_the_tests():
    table = synthetic({"excitability": 2.7, "synaptic": 2.9, "bias+release": 2.7, "row+release": 2.7})
    longer = table[table["n_tasks"] == 8].assign(steps=3 * STEPS, value=0)
    control = table[(table["form"] == "synaptic") & (table["n_neurons"] == 13)].assign(form="none")
    narrow = table[table["n_tasks"] == 16].assign(code="compressed(8)", value=0)
    whole = pd.concat([table, longer, control, narrow])
    pd.testing.assert_frame_equal(summary(whole), summary(table))
    of_main = tolerance_by_load(whole)
    pd.testing.assert_frame_equal(of_main[of_main["form"] != "none"], tolerance_by_load(table))


def test_the_best_pair_within_a_pathway_is_the_one_of_the_smallest_networks():
    table = synthetic({"excitability": 2.9, "row+release": 2.7, "synaptic": 2.0})
    assert best_within(table) == "row+release"
    lacks = (table["form"] == "row+release") & (table["n_tasks"] != 16)
    assert best_within(table[~lacks]) == "row+release"  # compared at 16 mappings, the hardest, alone


def test_sizes_are_placed_around_the_mean_of_all_forms():
    placed = placed_sizes(synthetic({"excitability": 3.3, "synaptic": 3.7}, seeds=range(4)))
    assert set(placed) == set(SIZES)
    for k, sizes in placed.items():
        middle = 3.5 + 0.6 * math.log2(k / 8)
        expected = 2 ** (middle + np.array([-1.25, -0.75, -0.25, 0.25, 0.75, 1.25]))
        assert (np.abs(sizes - expected) <= 0.5 + 0.15 * expected).all()


def test_slopes_over_load_are_those_of_networks_that_hold_everything():
    table = synthetic({"bias+release": 2.5})
    forgetful = table["measure"].eq("tolerated d'") & (table["n_neurons"] < 7)
    table.loc[forgetful, "value"] = 0
    held = table["measure"].eq("held") & (table["n_neurons"] < 7)
    table.loc[held, "value"] = 0
    found = tolerance_by_load(table)
    assert (found["value"].sub(0.5).abs() < 1e-9).all() and len(found) == 12 and (found["n"] >= 3).all()
    assert tolerance_by_load(table[table["n_neurons"] < 5]).empty


@pytest.mark.parametrize(
    ("field", "value"), [("form", "baias"), ("steps", 1000), ("n_neurons", 0), ("code", "onehot")]
)
def test_a_cell_that_means_nothing_is_refused(field, value):
    with pytest.raises(ValueError, match=str(value)):
        replace(SMALL[0], **{field: value})


class TestShipped:
    """The table, and the networks of the first order that are shipped with it."""

    files = sorted((package.FOLDER / "packing").glob("*.safetensors"))

    def test_the_table_is_of_networks_of_the_design_and_of_one_commit(self):
        table, record = results.load("packing")
        measured = {Cell(**row) for row in table[CELL].drop_duplicates().to_dict("records")}
        assert measured <= set(cells(PROFILES["book"])) and len(record["networks"]) == len(measured)
        assert len(record["commits"]) == 1 and "dirty" not in record["commits"][0]
        assert not record["failures"] and not table.duplicated([*CELL, "task", "measure"]).any()
        assert np.isfinite(table["value"]).all()

    def test_networks_are_called_what_they_are(self):
        assert self.files
        for file in self.files:
            config = from_record(stored.read(file).record["config"])
            assert weights_name(config) == file.stem

    def test_rows_are_what_the_code_computes(self):
        table, cell = results.load("packing").table, Cell("row+release", 8, 11, ORDERS[0])
        file = package.FOLDER / "packing" / f"{cell.form}-{cell.n_tasks}-{cell.n_neurons}.safetensors"
        again = pd.DataFrame(measure(cell, stored.read(file).network))
        kept = table[(table[CELL] == pd.Series(vars(cell))[CELL]).all(axis=1)]
        pd.testing.assert_frame_equal(again, kept.reset_index(drop=True)[again.columns], rtol=1e-6)
