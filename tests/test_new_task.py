"""The experiment on new tasks: what moves, what cannot, and rows that mean what they say."""

from dataclasses import replace

import pytest
import torch

from modpack.experiments.new_task import (
    CONDITIONS,
    HELD_OUT,
    LEARNED,
    MOVED,
    PROFILES,
    cells,
    learn,
    networks,
)
from modpack.tasks import TASKS
from modpack.training import train, untrained

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
    for name, base in bases.items():
        start = untrained(networks(replace(SMALL, form=name))[0])
        new, old = start.under(HELD_OUT), base.under(HELD_OUT)
        if name == "excitability":
            assert torch.equal(new.slope, old.slope)
            shift = [x.b - network.tensors["b"] for x, network in ((new, start), (old, base))]
            torch.testing.assert_close(*shift)
        else:
            factors = [x.W / network.tensors["W"] for x, network in ((new, start), (old, base))]
            torch.testing.assert_close(*factors, rtol=1e-3, atol=1e-3)


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
