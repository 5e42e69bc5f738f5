"""Worlds whose cues can be trusted for some time: against all hidden sequences, and what is declared."""

import math
from dataclasses import replace
from itertools import pairwise, product

import pandas as pd
import pytest
import torch
from small_networks import seeded

from modpack.experiments import reliability, stream
from modpack.experiments.reliability import PROFILES, cells, measure, networks, summary, weights_name
from modpack.experiments.stream import ARMS, CROSS, SEEDS, SELECTION, WITHIN
from modpack.measures.observers import best_trust, bound, right, trusting
from modpack.training import Reliability, from_record, untrained
from modpack.training.worlds import believed, filtered

WORLD = ARMS["reliability"].stream


def happened(world, n_trials=200, n_worlds=300, n_tasks=4, seed=0):
    generator = seeded(seed)
    return world.run(n_trials, world.start(n_worlds, n_tasks, generator), n_tasks, generator)[0]


def share(chosen, told) -> float:
    return float(right(chosen, told)[20:].double().mean())


def by_enumeration(world, cue, now: bool):
    """Probabilities of task and reliability at the end of one world, summed over all hidden sequences."""
    n_trials, k = cue.shape
    total = torch.zeros(k, 2, dtype=torch.float64)
    rights = (world.right, world.worse)
    for states in product(product(range(k), range(2)), repeat=n_trials):
        p = 1.0
        for (task, kind), (next_task, next_kind) in pairwise(states):
            p *= 1 - world.hazard if task == next_task else world.hazard / (k - 1)
            p *= 1 - 1 / world.tau if kind == next_kind else 1 / world.tau
        for t, (task, kind) in enumerate(states[: n_trials if now else -1]):
            p *= believed(cue[t], rights[kind])[task].item()
        total[states[-1]] += p
    return total / total.sum()


@pytest.mark.parametrize(("n_tasks", "n_trials"), [(2, 4), (3, 3)])
def test_what_is_told_and_what_is_ideal_are_sums_over_all_sequences(n_tasks, n_trials):
    world = Reliability(hazard=0.2, right=0.9, sigma=0.6, tau=4.0, worse=0.2)
    told = happened(world, n_trials, 2, n_tasks)
    ideal = world.ideal(told)
    for t, w in product(range(n_trials), range(2)):
        before, after = (by_enumeration(world, told.fast[: t + 1, w], now) for now in (False, True))
        torch.testing.assert_close(told.slow[t, w], before.sum(0))
        torch.testing.assert_close(ideal[t, w], after.sum(1))


def test_where_cues_are_always_as_good_it_is_the_world_of_blocks():
    world = replace(WORLD, worse=WORLD.right)
    told = happened(world, 50, 20)
    torch.testing.assert_close(told.slow, torch.full_like(told.slow, 0.5))
    expected = filtered(believed(told.fast, world.right), world.hazard)
    torch.testing.assert_close(world.ideal(told), expected)


def test_cues_are_right_as_often_as_they_should_be_and_for_as_long():
    told = happened(replace(WORLD, sigma=0.0, hazard=0.0, tau=1e9), 300, 400)
    named = (told.fast.argmax(-1) == told.task).double().mean(0)
    good = named > 0.5
    assert 0.4 < good.double().mean() < 0.6
    assert named[good].mean().item() == pytest.approx(0.95, abs=0.01)
    assert named[~good].mean().item() == pytest.approx(0.1, abs=0.01)
    assert (told.slow[-1].argmax(-1) == (~good).long()).double().mean() > 0.95


def test_a_stream_goes_on_where_it_was():
    generator = seeded(3)
    place = WORLD.start(6, 4, generator)
    for _ in range(2):
        before = place
        told, place = WORLD.run(10, place, 4, generator)
        torch.testing.assert_close(told.slow[0], before.slow.unflatten(-1, (4, 2)).sum(-2))
        assert torch.equal(place.hidden // 2, told.task[-1])
    never = replace(WORLD, hazard=0.0, tau=1e12)
    assert torch.equal(never.run(5, place, 4, generator)[1].hidden, place.hidden)


def test_to_trust_all_cues_alike_is_far_from_ideal():
    fitted, told = happened(WORLD), happened(WORLD, seed=1)
    ideal = WORLD.ideal(told)
    trust = best_trust(fitted, WORLD.hazard)
    alike = share(trusting(told, WORLD.hazard, trust), told)
    assert share(ideal.argmax(-1), told) > alike + 0.1
    assert share(ideal.argmax(-1), told) == pytest.approx(ideal[20:].amax(-1).mean().item(), abs=0.02)
    found = bound(WORLD, 4, 300)
    assert found["ideal"] > found["best sum"] + 0.1


@pytest.mark.parametrize(("field", "value"), [("worse", 1.1), ("worse", math.nan), ("tau", 0.5)])
def test_impossible_worlds_are_named(field, value):
    with pytest.raises(ValueError, match=f"{field}="):
        replace(WORLD, **{field: value})


def test_what_is_trained_is_what_was_declared():
    book = [networks(cell)[0] for cell in cells(PROFILES["book"])]
    assert len(book) == len(set(book)) == len((*WITHIN, *CROSS)) * len((*SEEDS, *SELECTION))
    assert {each.modulation().count(24) for each in book} == {24 * 6}
    assert all(each.protocol.contexts == WORLD and each.recipe.steps == 6000 for each in book)
    assert from_record(book[0].as_record()) == book[0]
    assert len({weights_name(each) for each in book}) == 16 + 1
    assert not set(book) & {networks(cell)[0] for cell in stream.cells(stream.PROFILES["book"])}


def test_rows_are_of_the_world_of_training_and_of_others():
    (cell, _) = cells(PROFILES["small"])
    table = pd.DataFrame(measure(cell, untrained(networks(cell)[0])))
    assert set(table["arm"]) == {"reliability"} and len(table[table["measure"] == "regret"]) == 9


def test_the_test_is_between_the_forms_that_other_networks_choose():
    rows = [
        {"arm": "reliability", "form": form, "seed": seed, "hazard": WORLD.hazard, "right": WORLD.right}
        | {"measure": "log-odds", "lag": -1}
        | {"value": 0.3 * (form == "gain+row") - 0.2 * (form == "bias") * (seed >= 600) + 1e-3 * (seed % 7)}
        for form in (*WITHIN, *CROSS)
        for seed in (*SEEDS, *SELECTION)
    ]
    (judged,) = summary(pd.DataFrame(rows)).to_dict("records")
    assert judged["name"] == reliability.FAMILY[0].name and judged["n"] == 16
    assert judged["verdict"] == "higher" and judged["difference"] == pytest.approx(0.3)
