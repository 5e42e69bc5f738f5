"""Mappings: what is shown and asked, what is right, their names, orders, and the exact floor."""

import math
from itertools import permutations, product

import pytest
import torch
from battery_tables import BOTH_PRESETS, seeded
from hypothesis import given
from hypothesis import strategies as st

from modpack.tasks import (
    COMPACT,
    EPOCHS,
    RESPOND,
    UNDEFINED,
    Permuted,
    correct,
    floor,
    generate,
    get,
    grid,
    mapping,
    order,
)
from modpack.tasks.mappings import permutation_of
from modpack.tasks.readout import READOUTS
from modpack.tasks.timing import GO

several = st.integers(2, 10).flatmap(lambda m: st.permutations(range(m)))


@given(permutation=several, delay=st.booleans())
def test_the_name_says_it_all(permutation, delay):
    task = mapping(permutation, delay)
    assert get(task.name) == task
    assert task.name.startswith("delaymap") == delay


@pytest.mark.parametrize("name", ["map4-2030", "map4-103", "map5-1032", "delaymap", "map1-0", "map4-1032x"])
def test_a_name_that_is_wrong_says_what_is_right(name):
    with pytest.raises(ValueError, match=f"name='{name}' is not allowed.*like 'map4-1032'"):
        get(name)


def test_the_nearest_name_is_suggested():
    with pytest.raises(ValueError, match="did you mean 'map4-1032'"):
        get("mpa4-1032")
    with pytest.raises(ValueError, match="name=5 is not known"):
        get(5)
    with pytest.raises(ValueError, match="2 to 10 directions"):
        mapping(range(11))
    with pytest.raises(ValueError, match=r"permutation=.0, 0. is not allowed"):
        Permuted((0, 0))


@BOTH_PRESETS
@pytest.mark.parametrize("delay", [False, True])
@pytest.mark.parametrize("m", [4, 8])
def test_the_stimulus_is_in_one_of_m_directions_of_ring_1(preset, delay, m):
    task = mapping(permutation_of(5, m), delay)
    trials = generate([task], 200, preset, seeded())
    index = trials.conditions.angle[0, :, 0] / (2 * math.pi / m)
    assert torch.allclose(index, index.round(), atol=1e-5)
    assert index.round().unique().tolist() == list(range(m))
    assert trials.conditions.strength[0].tolist() == [[[1, 0], [0, 0]]] * 200
    on = trials.patterns[:, 0, :, 1:].sum(-1) > 0
    last = {"stimulus1"} if delay else {"stimulus1", "grace", "response", "after"}
    assert {epoch for epoch, shown in zip(EPOCHS, on.any(1), strict=True) if shown} == last
    assert (trials.patterns[:, 0, :, 1 + preset.n_ring :] == 0).all()
    assert trials.patterns[:, 0, 0, 0].tolist() == [1] * GO + [0] * 3


def test_it_is_timed_like_the_task_of_the_battery_with_or_without_a_delay():
    for delay, like in [(True, "delaygo"), (False, "fdgo")]:
        task = mapping((1, 0), delay)
        assert task.timing_in(COMPACT) == get(like).timing_in(COMPACT)
        assert task.shown == get(like).shown


def test_every_direction_is_answered_as_the_permutation_says():
    trials = grid("map4-2031", COMPACT)
    assert (trials.answer.kind == RESPOND).all()
    turns = trials.answer.angle[0] / (math.pi / 2)
    assert turns.round().tolist() == [2, 0, 3, 1]
    expected = torch.stack([trials.answer.angle[0].cos(), trials.answer.angle[0].sin()], -1)
    torch.testing.assert_close(trials.targets[-1, 0, :, 1:], expected)


def test_other_stimuli_have_no_answer():
    rule = get("map4-1032").rule
    assert (rule(generate(["dm1"], 10, COMPACT, seeded()).conditions).kind == UNDEFINED).all()
    kinds = rule(grid("fdgo", COMPACT).conditions).kind[0]
    assert int((kinds == RESPOND).sum()) == 8  # of 20 directions in two rings, four are the mapping's
    assert (get("fdgo").answer(grid("map4-1032", COMPACT).conditions).kind == RESPOND).all()


@pytest.mark.parametrize("m", [4, 8])
def test_a_response_is_right_that_is_nearest_to_its_direction(m):
    names = [mapping(range(m)).name, "fdgo"]
    trials = generate(names, 50, COMPACT, seeded(), dtype=torch.float64)
    for share, right in [(0.98, [True, m < 5]), (1.02, [False, m > 5])]:
        angle = trials.answer.angle + share * math.pi / m
        said = READOUTS["vector"].encode(angle, COMPACT.n_ring)
        fixation = torch.zeros_like(said[..., :1])
        outputs = torch.cat([fixation, said], -1).expand(trials.n_steps, *said.shape[:-1], 3)
        within = [share * math.pi / m < limit for limit in (math.pi / m, 0.2 * math.pi)]
        assert correct(outputs, trials).all(-1).tolist() == within
        assert within[0] == right[0]


def test_fixation_counts_as_published():
    trials = generate(["map4-0123"], 20, COMPACT, seeded())
    outputs = trials.dense_targets().clone()
    assert correct(outputs, trials).all()
    outputs[..., 0] = 0.6
    assert not correct(outputs, trials).any()


def test_an_order_has_no_mapping_twice_and_begins_as_a_shorter_one():
    whole = order(4, 24, seeded(3))
    assert len(set(whole)) == 24
    assert order(4, 8, seeded(3)) == whole[:8] != order(4, 8, seeded(4))
    assert all(name.startswith("map8-") for name in order(8, 5, seeded(), delay=False))
    with pytest.raises(ValueError, match=r"length=25 is not allowed.*24"):
        order(4, 25, seeded())
    for wrong in ({"m": 9}, {"m": 1}, {"m": 3.5}, {"length": 0}, {"length": 2.5}):
        with pytest.raises(ValueError, match="is not allowed"):
            order(**({"m": 4, "length": 2} | wrong), generator=seeded())


@pytest.mark.parametrize("m", [2, 3, 5])
def test_ranks_number_the_permutations_in_order(m):
    assert [permutation_of(rank, m) for rank in range(math.factorial(m))] == list(permutations(range(m)))


@given(seed=st.integers(0, 1000), m=st.integers(2, 4), n=st.integers(1, 6))
def test_the_floor_is_the_best_of_all_answers_without_context(seed, m, n):
    names = order(m, min(n, math.factorial(m)), seeded(seed))
    known = [get(name).rule.permutation for name in names]
    scores = [
        sum(asked[i] == said[i] for asked in known for i in range(m)) / (m * len(known))
        for said in product(range(m), repeat=m)
    ]
    assert floor(names) == pytest.approx(max(scores))


def test_floors_in_closed_form():
    assert floor(["map4-2031"]) == 1
    assert floor([mapping(each) for each in permutations(range(4))]) == pytest.approx(1 / 4)
    with pytest.raises(ValueError, match="of one number of directions"):
        floor(["map4-1032", "map3-102"])
    with pytest.raises(ValueError, match="mappings"):
        floor([get("fdgo")])
