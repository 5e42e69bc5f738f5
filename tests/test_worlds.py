"""Streams of trials: hidden states, cues and estimates by definition; training goes on where it was."""

import math
from dataclasses import fields, replace
from itertools import pairwise, product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_networks import seeded
from small_training import assert_identical, kill_after, quiet, quiet_together, short

from modpack import stored, training
from modpack.modulation import form_for
from modpack.tasks import COMPACT, Conditions, trials_of
from modpack.training import (
    Blocks,
    Clean,
    FastSlow,
    Hierarchy,
    NoisyCopy,
    OneHot,
    Then,
    TrainingConfig,
    notation,
)
from modpack.training.contexts import Contexts
from modpack.training.trainer import Trainer
from modpack.training.worlds import expected, filtered

TASKS = ("map4-0123", "map4-1230", "map4-2301", "map4-3012")
pytestmark = pytest.mark.usefixtures("small_chunks")

WORLDS = {"blocks": Blocks(), "hierarchy": Hierarchy()}
CODES = {"blocks": FastSlow(), "hierarchy": FastSlow(2)}


def happened(stream, n_trials=400, n_worlds=200, n_tasks=4, seed=0):
    generator = seeded(seed)
    return stream.run(n_trials, stream.start(n_worlds, n_tasks, generator), n_tasks, generator)[0]


def streaming(name="blocks", **values) -> TrainingConfig:
    """A short run of a form on a stream: eight worlds of four tasks, one trial of each in every step."""
    stream = replace(WORLDS[name], contexts_per_task=2)
    own = {"tasks": TASKS, "contexts": stream, "code": CODES[name], "trials_per_task": 2, "form": "bias"}
    return short(**own | values)


# --- what happens


@pytest.mark.parametrize("hazard", [0.02, 0.3, 1.0])
def test_the_state_switches_as_often_as_it_should_and_to_all_others_alike(hazard):
    task = happened(Blocks(hazard=hazard)).task
    jump = (task[1:] - task[:-1]) % 4
    shares = torch.bincount(jump.flatten(), minlength=4) / jump.numel()
    assert shares.tolist() == pytest.approx([1 - hazard, *[hazard / 3] * 3], abs=0.01)
    assert (torch.bincount(task.flatten()) / task.numel()).tolist() == pytest.approx([0.25] * 4, abs=0.05)


def assert_calibrated(belief, task):
    """Where the belief in a task is p, the task is that one in a fraction p of trials."""
    true = torch.nn.functional.one_hot(task, 4).double()
    torch.testing.assert_close(belief.sum(-1), torch.ones(task.shape).double())
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        here = (belief >= low) & (belief < low + 0.2)
        if here.sum() > 1000:
            assert belief[here].mean().item() == pytest.approx(true[here].mean().item(), abs=0.02)


@pytest.mark.parametrize("stream", [Blocks(0.1, 0.7, 0.4), Blocks(0.1, 0.7, 0.0), Blocks(0.1, 0.1, 0.6)])
def test_the_fast_estimate_is_calibrated(stream):
    """So it is the posterior that the cue leaves, of which it is a function."""
    told = happened(stream)
    assert_calibrated(told.fast, told.task)


@given(x=st.lists(st.floats(-2, 2), min_size=3, max_size=3), right=st.floats(0.05, 0.95))
def test_the_posterior_of_a_cue_is_that_of_a_mixture_of_normal_distributions(x, right):
    sigma, seen = 0.7, torch.tensor(x, dtype=torch.float64)
    density = [torch.distributions.Normal(e, sigma).log_prob(seen).sum().exp() for e in torch.eye(3).double()]
    wrong = (1 - right) / 2
    exact = torch.stack(
        [sum(d * (right if j == k else wrong) for j, d in enumerate(density)) for k in range(3)]
    )
    cue = (seen / sigma**2).softmax(-1)
    torch.testing.assert_close(right * cue + wrong * (1 - cue), exact / exact.sum())


def test_the_slow_estimate_leaks_and_knows_nothing_of_the_present():
    stream = Blocks(tau=4.0)
    told = happened(stream, 30, 5)
    assert torch.equal(told.slow[0], torch.full((5, 4), 0.25).double())
    for t in range(29):
        torch.testing.assert_close(told.slow[t + 1], 0.75 * told.slow[t] + told.fast[t] / 4)
    at_once = happened(Blocks(tau=1.0), 30, 5)
    torch.testing.assert_close(at_once.slow[1:], at_once.fast[:-1])


@pytest.mark.parametrize("name", WORLDS)
def test_a_stream_goes_on_where_it_was(name):
    stream, told, one = WORLDS[name], [], seeded(3)
    place = stream.start(6, 4, one)
    for _ in range(2):
        before = place
        part, place = stream.run(10, place, 4, one)
        told.append(part)
        torch.testing.assert_close(part.slow[0], before.slow)
    decay = torch.lerp(told[0].slow[-1], told[0].evidence[-1], 1 / stream.tau)
    torch.testing.assert_close(told[1].slow[0], decay)
    never = replace(stream, hazard=0.0)
    start = never.start(6, 4, one)
    assert torch.equal(never.run(5, start, 4, one)[1].hidden, start.hidden)


def test_in_the_second_block_every_symbol_means_its_partner():
    told = happened(Hierarchy(hazard=0.1, right=1.0, sigma=0.0, tau=1.0))
    symbol, block = told.fast.argmax(-1), told.evidence.argmax(-1)
    assert torch.equal(told.task, torch.where(block == 0, symbol, symbol + 1 - 2 * (symbol % 2)))
    assert told.slow.shape[-1] == 2 and 0.4 < block.double().mean() < 0.6


# --- the ideal observer, against all hidden sequences


def by_enumeration(evidence, hazard, now: bool):
    """The probability of every state at the end of one world, summed over all sequences of states."""
    n_trials, n = evidence.shape
    total = torch.zeros(n, dtype=torch.float64)
    for states in product(range(n), repeat=n_trials):
        p = 1 / n
        for a, b in pairwise(states):
            p *= 1 - hazard if a == b else hazard / (n - 1)
        for t, state in enumerate(states[: n_trials if now else -1]):
            p *= evidence[t, state].item()
        total[states[-1]] += p
    return total / total.sum()


@pytest.mark.parametrize(("n", "n_trials"), [(2, 7), (3, 5), (4, 4)])
@pytest.mark.parametrize("hazard", [0.0, 0.1, 0.6])
def test_the_forward_algorithm_is_the_sum_over_all_sequences(n, n_trials, hazard):
    evidence = torch.rand(n_trials, 1, n, generator=seeded(n), dtype=torch.float64)
    for t in range(1, n_trials + 1):
        seen = evidence[:t, 0]
        torch.testing.assert_close(filtered(evidence, hazard)[t - 1, 0], by_enumeration(seen, hazard, True))
        torch.testing.assert_close(expected(evidence, hazard)[t - 1, 0], by_enumeration(seen, hazard, False))


@pytest.mark.parametrize("name", WORLDS)
def test_what_the_ideal_observer_believes_is_calibrated_and_best(name):
    stream = WORLDS[name]
    told = happened(stream)
    belief = stream.ideal(told)
    assert_calibrated(belief, told.task)
    right = (belief.argmax(-1) == told.task).double().mean().item()
    assert right == pytest.approx(belief.amax(-1).mean().item(), abs=0.01)
    assert right > (told.fast.argmax(-1) == told.task).double().mean().item() + 0.05


def test_who_knows_block_and_symbol_knows_the_task():
    told = happened(Hierarchy(hazard=0.0, right=0.9, sigma=0.0), 60, 100)
    found = Hierarchy(hazard=0.0, right=0.9, sigma=0.0).ideal(told)[-1]
    assert found.amax(-1).mean().item() == pytest.approx(0.9, abs=1e-3)


# --- values


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hazard", -0.1),
        ("hazard", 1.1),
        ("right", math.nan),
        ("sigma", -1),
        ("tau", 0.5),
        ("contexts_per_task", 0),
        ("contexts_per_task", 1.5),
    ],
)
def test_impossible_streams_are_named(field, value):
    with pytest.raises(ValueError, match=f"{field}="):
        Blocks(**{field: value})


def test_a_stream_needs_tasks_a_code_and_nothing_around_it():
    with pytest.raises(ValueError, match=r"tasks=3 .* even"):
        streaming("hierarchy", tasks=TASKS[:3])
    with pytest.raises(ValueError, match="tasks=1"):
        streaming(tasks=TASKS[:1])
    for code in (OneHot(), FastSlow(2)):
        with pytest.raises(ValueError, match=r"code=.* \(4, 4\)"):
            streaming(code=code)
    with pytest.raises(ValueError, match="contexts_per_task=3"):
        streaming(contexts=Blocks(contexts_per_task=3))
    with pytest.raises(ValueError, match="second="):
        Then(Clean(), Blocks(), 5)


COPIES = [NoisyCopy(0.5, "second", 2), Then(Clean(), NoisyCopy(1.0), 5)]


@pytest.mark.parametrize("told", [*WORLDS.values(), Blocks(0.3, 0.6, 0.0, 1.0, 2), *COPIES])
def test_what_is_told_survives_text(told):
    assert notation.read(str(told), Contexts) == told


# --- trials row by row


def test_trials_of_rows_are_those_of_their_tasks_and_none_comes_twice():
    rows = torch.tensor([2, 0, 2, 2, 3, 0])
    trials = trials_of(rows, TASKS, 5, COMPACT, seeded())
    assert [task.name for task in trials.tasks] == [TASKS[row] for row in rows] and trials.n_trials == 5
    for k, task in enumerate(trials.tasks):
        own = Conditions(*(getattr(trials.conditions, f.name)[k] for f in fields(Conditions)))
        torch.testing.assert_close(task.answer(own).angle, trials.answer.angle[k], equal_nan=True)
    assert len(trials.onsets.flatten(1).unique(dim=1).T) > 20
    for wrong in (torch.tensor([4]), torch.tensor([-1]), torch.empty(0).long()):
        with pytest.raises(ValueError, match="rows="):
            trials_of(wrong, TASKS, 1, COMPACT, seeded())


# --- what is told to which part


@pytest.mark.parametrize("name", ["bias", "excitability", "bias+row", "row+bias", "gain+release"])
def test_two_parts_are_told_one_estimate_each_and_others_both(name):
    for code, (fast, slow) in {FastSlow(): (4, 4), FastSlow(2): (4, 2)}.items():
        made = form_for(name, code.make(TASKS, seeded()))
        assert made.lengths == ((fast, slow) if "+" in name else (fast + slow,))
    certain = FastSlow(2).make(TASKS, seeded()).vectors
    assert torch.equal(certain, torch.cat([torch.eye(4), torch.tensor([[1.0, 0.0]]).expand(4, 2)], dim=1))


# --- training


def test_trials_of_a_step_are_of_the_tasks_that_worlds_ask_for_and_contexts_are_the_estimates():
    trainer = Trainer([streaming()])
    trainer.data.draw()
    (source,) = trainer.data.sources
    for k in range(3):
        batch, told = trainer.data.batch(k, k), source.happened
        assert [TASKS.index(task.name) for task in source.shown(k, k).tasks] == told.task[k].tolist()
        torch.testing.assert_close(batch.contexts, torch.cat([told.fast[k], told.slow[k]], -1).float())


def test_the_state_is_carried_from_step_to_step():
    trainer = Trainer([streaming()])
    trainer.data.draw()
    assert not trainer.data.batch(0, 0).state.any()
    batch = trainer.data.batch(0, 0)
    trainer.descend(batch)
    carried = trainer.data.batch(1, 1).state
    assert carried.any() and not carried.requires_grad
    states = trainer.starts[0].under(batch.contexts)
    after = states.simulate(batch.patterns, batch.epoch_index, batch.noise, batch.state)[-1]
    torch.testing.assert_close(carried, after)


@pytest.mark.parametrize("form", ["bias", "gain+row"])
@pytest.mark.parametrize("name", WORLDS)
def test_a_killed_run_resumes_to_the_identical_result(name, form, tmp_path, monkeypatch):
    path, configs = tmp_path / "run.safetensors", [streaming(name, form=form, seed=s) for s in (0, 1)]
    with monkeypatch.context() as patch:
        kill_after(patch, 2)
        with pytest.raises(KeyboardInterrupt):
            quiet_together(configs, path)
    for one, other in zip(quiet_together(configs, path), quiet_together(configs), strict=True):
        assert_identical(one, other)


def test_a_network_of_an_ensemble_is_as_if_it_were_alone():
    configs = [streaming(form="row+bias", seed=s, steps=10) for s in (0, 1)]
    for together, config in zip(quiet_together(configs), configs, strict=True):
        for name, x in quiet(config).network.tensors.items():
            torch.testing.assert_close(together.network.tensors[name], x, atol=1e-5, rtol=1e-4)


def test_a_network_survives_its_file(tmp_path):
    config = streaming("hierarchy", form="row+gain", steps=5)
    training.write(tmp_path / "one.safetensors", quiet(config))
    network, record = stored.read(tmp_path / "one.safetensors")
    assert training.from_record(record["config"]) == config
    assert network.modulation == config.modulation() and network.code.stretches == (4, 2)
    trials = trials_of(torch.arange(4), TASKS, 1, COMPACT, seeded())
    assert network.outputs(trials).isfinite().all()
