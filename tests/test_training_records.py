"""What a run is: values are checked where they are made, and survive files."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_training import TINY, changed

from modpack import networks
from modpack.stored import read
from modpack.training import (
    Belief,
    Clean,
    Compressed,
    Correlated,
    Evaluation,
    FastSlow,
    Model,
    Noisy,
    OneHot,
    Orthogonal,
    Protocol,
    Recipe,
    Then,
    TrainingConfig,
    from_record,
    notation,
    shipped_config,
    with_seeds,
)
from modpack.training.codes import Code
from modpack.training.contexts import Contexts
from modpack.training.streams import streams

EARLY_NETWORKS = Path(__file__).parent / "fixtures" / "networks_of_the_table"
CODES = [OneHot(), Orthogonal(), Correlated(0.25), Compressed(1), FastSlow(), FastSlow(3)]
SCHEDULES = [
    Clean(),
    Noisy(0.5),
    Noisy(1e-3, 2, "isotropic"),
    Belief(2.0),
    Then(Clean(), Noisy(0.5), 1500),
    Then(Then(Clean(), Belief(), 10), Noisy(0.1), 50),
]


@given(st.integers(1, 5000), st.floats(0, 1))
def test_learning_rates_rise_and_fall(steps, warmup):
    recipe = Recipe(steps=steps, warmup=warmup)
    rates = [recipe.rate(step) for step in range(steps)]
    assert all(0 < rate <= 1 for rate in rates)
    assert rates[-1] == pytest.approx(0.01)
    peak = rates.index(max(rates))
    assert rates[:peak] == sorted(rates[:peak]) and rates[peak:] == sorted(rates[peak:], reverse=True)
    assert peak <= math.ceil(warmup * steps)


@given(st.integers(2, 300), st.data())
def test_a_restart_begins_a_new_rise(steps, data):
    at = data.draw(st.integers(1, steps - 1))
    rates = [Recipe(steps=steps).rate(step, (at,)) for step in range(steps)]
    first, second = Recipe(steps=at), Recipe(steps=steps - at)
    assert rates == [first.rate(step) for step in range(at)] + [second.rate(s) for s in range(steps - at)]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("form", "gian", "form='gian' is not known; did you mean 'gain'"),
        ("form", "components+components", "at most one replaces W"),
        ("form", "gate+full", None),
        ("activation", "rely", "did you mean 'relu'"),
        ("preset", "compat", "preset='compat' is not known; did you mean 'compact'"),
        ("code", "one_hot", "code='one_hot' is not allowed"),
        ("code", Compressed(2), "d=2"),
        ("contexts", "clean", "contexts='clean' is not allowed"),
        ("contexts", Noisy(0.1, 3), "contexts_per_task=3 .*divisor of trials_per_task=4"),
        ("tasks", ("fdgo", "fdgone"), "tasks='fdgone' is not known; did you mean 'fdgo'"),
        ("tasks", (), "tasks="),
        ("tasks", "fdgo", "tasks='fdgo' is not allowed"),
        ("tasks", ("fdgo", "fdgo"), "tasks="),
        ("knows", ("fdgo", "dm1"), "tasks='fdanti' is not known"),
        ("seed", "x", "seed='x'"),
        ("data_seed", -1, "data_seed=-1"),
        ("n_neurons", 0, "n_neurons=0"),
        ("n_neurons", 8.5, "n_neurons=8.5"),
        ("steps", 0, "steps=0"),
        ("steps", math.inf, "steps=inf"),
        ("trials_per_task", 0, "trials_per_task=0"),
        ("trials", 0, "trials=0"),
        ("every", 15, "every=15 .* multiple of 50"),
        ("muon_rate", 0.0, "muon_rate=0.0"),
        ("adam_rate", -1.0, "adam_rate=-1.0"),
        ("adam_rate", math.nan, "adam_rate=nan"),
        ("synaptic_rate", 0.0, "synaptic_rate=0.0"),
        ("excitability_scale", -1.0, "excitability_scale=-1.0"),
        ("clip", -1.0, "clip=-1.0"),
        ("warmup", 1.5, "warmup=1.5"),
        ("activity_penalty", -1.0, "activity_penalty=-1.0"),
        ("trained", ("modulations",), "did you mean 'modulation'"),
        ("stop_at", 1.5, "stop_at=1.5"),
    ],
)
def test_impossible_configurations_are_named(field, value, message):
    if message is None:
        changed(TINY, **{field: value})
    else:
        with pytest.raises(ValueError, match=message):
            changed(TINY, **{field: value})


@pytest.mark.parametrize("seven", [7, 7.0, np.int64(7), np.float32(7)])
def test_whole_numbers_of_any_type_are_ints(seven):
    config = changed(TINY, seed=seven, steps=seven, n_neurons=seven)
    assert config == changed(TINY, seed=7, steps=7, n_neurons=7)
    assert [type(x) for x in (config.model.seed, config.recipe.steps)] == [int, int]


def test_gates_need_a_code_of_one_context_per_coordinate():
    with pytest.raises(ValueError, match="code='orthogonal'"):
        changed(TINY, form="gate", code=Orthogonal())


# --- as text


@pytest.mark.parametrize("value", CODES)
def test_codes_survive_text(value):
    assert notation.read(str(value), Code) == value


@pytest.mark.parametrize("value", SCHEDULES)
def test_schedules_survive_text(value):
    assert notation.read(str(value), Contexts) == value


def test_text_may_leave_out_names_and_defaults():
    assert notation.read("then(clean, noisy(0.5), 1500)", Contexts) == SCHEDULES[4]
    assert notation.read("noisy(sigma=-0.0)", Contexts) == Noisy(0.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nosy(0.5)", "did you mean 'noisy'"),
        ("noisy", "cannot be read .*sigma"),
        ("noisy(0.5", "cannot be read"),
        ("noisy(-1)", "sigma=-1"),
        ("noisy(0.5, depth=2)", "cannot be read .*depth"),
        ("noisy(*x)", "cannot be read|malformed"),
        ("noisy(**{})", "arguments"),
        ("__import__('os').system('true')", "name=''"),
        ("then(clean, 3, 5)", "second=3"),
        ("one_hot", "name='one_hot'"),
    ],
)
def test_text_that_says_nothing_known_is_named(text, message):
    with pytest.raises(ValueError, match=message):
        notation.read(text, Contexts)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("contexts", SCHEDULES)
def test_a_configuration_survives_json(code, contexts):
    config = TrainingConfig(
        Model("bias", code, seed=3, knows=("fdgo", "fdanti", "dm1")),
        Protocol(("fdgo", "dm1"), 8, contexts, data_seed=4),
        Recipe(start="a.safetensors", synaptic_rate=0.1, trained=("modulation",)),
        Evaluation(stop_at=0.9),
    )
    assert from_record(json.loads(json.dumps(config.as_record()))) == config


@pytest.mark.parametrize("form", networks.SHIPPED_FORMS)
def test_the_shipped_networks_are_those_of_the_shipped_configuration(form):
    assert from_record(networks.load(form, 1).record["config"]) == shipped_config(form, 1)


@pytest.mark.parametrize("form", ("excitability", "synaptic", "combined"))
def test_early_records_are_read(form):
    early = read(EARLY_NETWORKS / f"{form}-1.safetensors")
    assert from_record(early.record["config"]) == changed(shipped_config(form, 1), steps=3600)


RECORD = json.loads(json.dumps(TINY.as_record()))
WRONG = (
    math.nan,
    -1,
    1.5,
    10**400,
    True,
    None,
    "",
    "x" * 5000,
    "-" * 5000 + "1",
    "one_hot(" * 300,
    [],
    [[1]],
    {},
)


@pytest.mark.parametrize("part", RECORD)
def test_a_record_that_is_damaged_is_refused_or_another_configuration(part):
    damaged = [{**RECORD, part: other} for other in (*WRONG, {**RECORD[part], "extra": 1})]
    damaged += [{**RECORD, part: {**RECORD[part], name: x}} for name in RECORD[part] for x in WRONG]
    damaged += [{name: x for name, x in RECORD.items() if name != part}, None, [], "text"]
    n_read = 0
    for record in damaged:
        try:
            config = from_record(record)
        except ValueError as error:
            assert str(error)
        else:
            assert from_record(json.loads(json.dumps(config.as_record()))) == config
            n_read += 1
    assert n_read < len(damaged) / 2


# --- seeds


def test_seeds_of_code_and_data_may_differ_from_that_of_the_model():
    config = changed(TINY, seed=1, code=Orthogonal())
    other = changed(config, seed=2, code_seed=1, data_seed=1)
    assert config.code().vectors.equal(other.code().vectors) and config.data_seed == other.data_seed == 1
    assert not config.code().vectors.equal(changed(config, seed=2).code().vectors)


def test_seeds_of_one_ensemble_share_code_and_data():
    configs = with_seeds(changed(TINY, seed=4, code=Orthogonal()), (4, 5))
    assert [config.model.seed for config in configs] == [4, 5]
    assert {config.data_seed for config in configs} == {config.model.code_seed for config in configs} == {4}


def test_streams_of_random_numbers_differ():
    import torch
    from small_networks import seeded

    draws = [torch.rand(5, generator=generator) for generator in (*streams(0), seeded(0))]
    pairs = [(a, b) for i, a in enumerate(draws) for b in draws[:i]]
    assert not any(torch.equal(a, b) for a, b in pairs)
