"""The experiment on new tasks: what moves, what cannot, and rows that mean what they say."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from modpack import networks as shipped_networks
from modpack import results, stored
from modpack.experiments import tuning
from modpack.experiments.new_task import (
    ALL_SEEDS,
    CONDITIONS,
    COUNTED,
    FAMILY,
    HELD_OUT,
    LEARNED,
    MOVED,
    PAIR,
    PROFILES,
    RATES,
    SEEDS,
    TRIALS,
    best_rates,
    cells,
    counted,
    curves,
    learn,
    measure,
    networks,
    summary,
    together,
)
from modpack.measures.statistics import FEWEST_FOR_VERDICT
from modpack.modulation import form as make_form
from modpack.tasks import TASKS
from modpack.training import train, untrained
from modpack.training.trainer import check_alike

SMALL = cells(PROFILES["small"])[0]


@pytest.fixture(scope="module")
def bases():
    """A network of each form after a few steps in its own tasks."""
    forms = ("excitability", "synaptic")
    return {name: train(networks(replace(SMALL, form=name))[0], progress=False).network for name in forms}


def of(form, condition):
    return replace(SMALL, form=form, condition=condition)


def changed(one, other):
    return {name for name, x in one.tensors.items() if not torch.equal(x, other.tensors[name])}


def test_the_tasks_are_divided_into_those_that_are_learned_first_and_new_ones():
    assert len(HELD_OUT) == 6 and set(HELD_OUT).isdisjoint(LEARNED) and {*HELD_OUT, *LEARNED} == set(TASKS)


def test_no_context_of_a_new_task_has_moved_before_it_is_learned(bases):
    axis = {"B": -1, "G": -1, "m": 0, "n": 0}
    new = torch.tensor([list(TASKS).index(name) for name in HELD_OUT])
    for name, base in bases.items():
        start = untrained(networks(replace(SMALL, form=name))[0])
        for tensor in base.modulation.pathways():
            one, other = (x.tensors[tensor].index_select(axis[tensor], new) for x in (start, base))
            assert torch.equal(one, other) and not torch.equal(start.tensors[tensor], base.tensors[tensor])


@pytest.mark.parametrize("form", ["excitability", "synaptic"])
def test_modulation_alone_changes_nothing_in_any_other_context_to_the_last_bit(bases, form):
    base = bases[form]
    for task, each in zip(HELD_OUT, learn(of(form, "modulation"), base), strict=True):
        assert changed(base, each.network) == set(base.modulation.pathways())
        others = [name for name in TASKS if name != task]
        before, after = (vars(network.under(others)) for network in (base, each.network))
        for name, x in before.items():
            assert torch.equal(x, after[name]) if isinstance(x, torch.Tensor) else x == after[name]
        now = (network.under(task) for network in (base, each.network))
        assert len({str(x.W.sum()) + str(x.b.sum()) + str(x.slope.sum()) for x in now}) == 2


def test_in_every_condition_only_what_is_declared_moves(bases):
    base = bases["excitability"]
    for condition, groups in MOVED.items():
        start = untrained(networks(of("excitability", condition))[0]) if condition == "untrained" else base
        moved = changed(start, learn(of("excitability", condition), base)[0].network)
        own = {"modulation": {"B", "G"}, "readout": {"W_out", "b_out"}}
        if condition == "all":
            assert moved == set(base.tensors)
        else:
            assert moved == own[groups[0]]
    assert set(CONDITIONS) == {*MOVED, "zero-shot"}


def test_the_family_is_as_declared():
    assert [(test.measure, test.margin) for test in FAMILY] == [
        ("log2 trials", 0.5),
        ("performance at the end", 0.05),
    ]
    for test in FAMILY:
        assert make_form(test.first, 20).count(64) == make_form(test.second, 20).count(64) == 2 * 64 * 20
    assert set(COUNTED) <= set(HELD_OUT) and COUNTED


def test_rates_and_tasks_are_those_that_tuning_chose():
    table = results.load("new_task_tuning").table
    assert best_rates(table) == RATES and counted(table) == COUNTED


def test_seeds_are_those_of_nothing_else():
    seeds = {name: {cell.seed for cell in cells(config)} for name, config in PROFILES.items()}
    assert seeds["tuning"] < set(tuning.PROFILES["full"].seeds)
    assert seeds["primary"] == seeds["book"] == set(range(400, 410)) < seeds["full"]
    assert len(seeds["book"]) >= FEWEST_FOR_VERDICT


def test_a_network_learns_its_own_tasks_once_for_all_conditions():
    every = [networks(cell)[0] for cell in cells(PROFILES["book"])]
    assert len({repr(each) for each in every}) == 2 * 10
    for name in PAIR:
        blocks = [each for each in every if each.model.form == name and together(each) == 80]
        assert {each.model.seed for each in blocks} == set(range(400, 405))
        check_alike(blocks)
    assert {each.protocol.tasks for each in every} == {LEARNED}
    assert {each.known_tasks for each in every} == {tuple(TASKS)}


@pytest.fixture(scope="module")
def rows():
    """What is measured of an untrained network, by condition."""
    base = untrained(networks(SMALL)[0])
    return {
        condition: pd.DataFrame(measure(replace(SMALL, condition=condition), base))
        for condition in ("modulation", "readout", "zero-shot")
    }


def test_rows_of_learning_are_curves_what_is_forgotten_and_what_is_resembled(rows):
    found = rows["modulation"]
    own = found[found["measure"] == "performance"]
    assert set(own["trials"]) == {0, SMALL.steps * TRIALS} and (own["task"] == own["other"]).all()
    lost = found[found["measure"] == "forgetting"]
    assert len(lost) == len(HELD_OUT) * len(LEARNED) and (lost["value"] == 0).all()
    alike = found[found["measure"] == "resemblance"]["value"]
    assert len(alike) == len(lost) and alike.between(-1, 1).all()
    assert "resemblance" not in set(rows["readout"]["measure"])


def test_the_first_row_of_a_curve_is_that_of_the_network_before_it_learns(rows):
    begun = [
        each[(each["measure"] == "performance") & (each["trials"] == 0)].set_index("task")["value"]
        for each in (rows["modulation"], rows["readout"])
    ]
    pd.testing.assert_series_equal(*begun)


def test_zero_shot_is_the_performance_in_the_context_of_every_other_task(rows):
    found = rows["zero-shot"]
    tried = found[found["measure"] == "zero-shot"]
    assert len(tried) == len(HELD_OUT) * len(LEARNED) and tried["value"].between(0, 1).all()
    assert set(found[found["measure"] == "performance"]["other"]) == set(LEARNED)


def synthetic(octaves, seeds=range(10)):
    """Curves that rise along a line to the level at given octaves, and stay there."""
    rng, trials = np.random.default_rng(0), np.arange(0, 8001, 400)
    parts = []
    for name, place in octaves.items():
        for seed in seeds:
            for task in HELD_OUT:
                curve = np.minimum(0.9 * trials / 2 ** (place + rng.normal(0, 0.1)), 1)
                about = {"form": name, "condition": "modulation", "rate": 0.1, "seed": seed, "task": task}
                about |= {"other": task, "measure": "performance"}
                parts.append(pd.DataFrame(about | {"trials": trials, "value": curve}))
    return pd.concat(parts, ignore_index=True)


def test_a_difference_of_an_octave_is_found_and_a_small_one_is_none():
    apart = summary(synthetic({"excitability": 10, "synaptic": 11}))
    assert apart["verdict"].tolist() == ["higher", "equivalent"]
    assert apart["difference"][0] == pytest.approx(1, abs=0.1)
    assert summary(synthetic({"excitability": 10, "synaptic": 10.1}))["verdict"][0] == "equivalent"


def test_a_network_that_never_reaches_the_level_counts_as_if_it_did_at_the_last_evaluation():
    apart = summary(synthetic({"excitability": 10, "synaptic": 14}))
    assert apart["difference"][0] == pytest.approx(np.log2(8000) - 10, abs=0.1)


@pytest.fixture(scope="module")
def shipped():
    return results.load("new_task")


class TestTheShippedTable:
    def test_is_of_all_networks_and_of_one_commit(self, shipped):
        assert len(shipped.record["networks"]) == 2 * len(SEEDS) and not shipped.record["failures"]
        assert len(shipped.record["commits"]) == 1 and "dirty" not in shipped.record["commits"][0]
        kinds = shipped.table.groupby(["form", "condition"])["seed"].nunique().to_dict()
        assert kinds == {
            (name, condition): len(SEEDS) if condition in ALL_SEEDS else 6
            for name in PAIR
            for condition in CONDITIONS
        }

    def test_no_network_forgets_anything_by_modulation_and_all_do_where_all_weights_move(self, shipped):
        lost = shipped.table[shipped.table["measure"] == "forgetting"]
        assert (lost[lost["condition"] == "modulation"]["value"] == 0).all()
        most = lost[lost["condition"] == "all"].groupby(["form", "seed", "task"])["value"].max()
        assert (most > 0).all()

    @pytest.mark.slow
    @pytest.mark.parametrize("form", PAIR)
    def test_is_what_the_code_computes(self, shipped, form):
        cell = next(each for each in cells(PROFILES["book"]) if each.form == form)
        base = stored.read(shipped_networks.FOLDER / "new_task" / f"{form}-{cell.seed}.safetensors").network
        again = learn(cell, base)
        own = curves(shipped.table)
        chosen = (own["form"] == form) & (own["condition"] == "modulation") & (own["seed"] == cell.seed)
        kept = own[chosen & (own["trials"] > 0)].pivot(index="task", columns="trials", values="value")
        now = [[row["mean"] for row in each.history] for each in again]
        assert np.abs(kept.loc[list(HELD_OUT)].to_numpy() - now).mean() < 0.05
