"""The checks on packing: tasks that are what they are said to be, and rows that mean what they say."""

from dataclasses import replace

import pandas as pd
import pytest
import torch

from modpack.experiments import packing
from modpack.experiments.packing_checks import (
    FEWEST,
    ONE,
    PAIRED,
    PAIRS,
    PROFILES,
    cells,
    measure,
    networks,
    together,
)
from modpack.measures.capacity import places
from modpack.tasks import COMPACT, generate
from modpack.training import train, train_together, untrained


@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
def test_tasks_of_a_pair_have_the_same_input(pair):
    one, other = (generate([name], 8, COMPACT, torch.Generator().manual_seed(3)) for name in pair)
    assert torch.equal(one.patterns, other.patterns) and torch.equal(one.epoch_index, other.epoch_index)


def test_pairs_are_added_to_those_that_are_there():
    few, all_of_them = (next(c for c in PAIRED if c.n_tasks == k and c.seed == 300).tasks for k in (4, 14))
    assert all_of_them[:4] == few and set(all_of_them) == {name for pair in PAIRS for name in pair}
    assert {few[:2], few[2:]} <= set(PAIRS)


def test_one_task_is_the_first_of_those_that_larger_networks_learn():
    for cell in ONE:
        assert cell.tasks == packing.Cell("none", 8, 3, cell.seed).tasks[:1]
        (config,) = networks(cell)
        assert config.model.form == "none" and config.recipe.steps == packing.STEPS
    assert {cell.seed for cell in ONE} == set(packing.ORDERS)
    assert sum(size >= FEWEST for size in {cell.n_neurons for cell in ONE}) >= 2


def test_no_network_is_measured_twice_and_those_of_one_shape_train_together():
    every = cells(PROFILES["book"])
    assert len(set(every)) == len(every) == len(ONE) + len(PAIRED)
    for alike in (ONE[:12], PAIRED[:2]):
        configs = [networks(replace(cell, steps=2))[0] for cell in alike]
        assert len({together(config) for config in configs}) == 1
        assert len(train_together(configs, progress=False)) == len(alike)


def test_one_mapping_is_held_by_a_network_that_has_learned_it_and_not_by_one_that_has_not():
    cell = replace(ONE[0], n_neurons=16, steps=600)
    (config,) = networks(cell)
    trained, other = train(config, progress=False).network, untrained(config)
    tables = [
        pd.DataFrame(measure(cell, network)).set_index("measure")["value"] for network in (trained, other)
    ]
    assert [table["held"] for table in tables] == [1, 0]
    assert (tables[0]["performance"] >= 0.9).all() and tables[0]["performance"].nunique() == 1


def test_the_size_at_which_half_are_held_is_found_from_the_rows():
    rows = [
        vars(cell) | {"task": "all", "measure": "held", "value": float(cell.n_neurons > 3)} for cell in ONE
    ]
    found = places(pd.DataFrame(rows), ["form", "n_tasks"])
    assert found["value"].between(1.59, 2).all() and (found["beyond"] == 0).all() and len(found) == 12


@pytest.mark.parametrize(("field", "value"), [("kind", "pair"), ("form", "nonne"), ("n_tasks", 0)])
def test_a_cell_that_means_nothing_is_refused(field, value):
    with pytest.raises(ValueError, match=str(value)):
        replace(ONE[0], **{field: value})


@pytest.mark.parametrize("n_tasks", [3, 16])
def test_pairs_are_whole_and_no_more_than_there_are(n_tasks):
    with pytest.raises(ValueError, match=f"n_tasks={n_tasks}"):
        _ = replace(PAIRED[0], n_tasks=n_tasks).tasks
