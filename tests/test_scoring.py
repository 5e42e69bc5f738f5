"""Scoring: known answers at the borders of each criterion, and ideal observers."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from modpack.tasks import (
    BATTERY,
    COMPACT,
    PUBLISHED,
    RESPOND,
    STRICT,
    UNDEFINED,
    YANG,
    Conditions,
    Trials,
    correct,
    decode,
    final,
    generate,
    get,
    performance,
    premature,
    premature_rate,
    satisfies,
)
from modpack.tasks.readout import bump
from modpack.tasks.timing import GO

N_TRIALS = 4000
PRESETS = pytest.mark.parametrize("preset", [YANG, COMPACT], ids=lambda preset: preset.name)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def outputs_of(trials: Trials, respond: Tensor, angle: Tensor) -> Tensor:
    """Outputs that hold fixation until go and then respond to `angle` where `respond` (task, trial)."""
    waiting = (trials.epoch_index < GO) | ~respond
    if trials.preset.readout == "vector":
        response = torch.stack([angle.cos(), angle.sin()], -1)
    else:
        response = 0.05 + bump(angle, trials.preset.n_ring)
    response = response.nan_to_num() * ~waiting.unsqueeze(-1)
    return torch.cat([waiting.to(response).unsqueeze(-1), response], -1)


def pro_observer(conditions: Conditions) -> tuple[Tensor, Tensor]:
    return torch.ones_like(conditions.sequential), conditions.angle[..., 0]


def anti_observer(conditions: Conditions) -> tuple[Tensor, Tensor]:
    return torch.ones_like(conditions.sequential), conditions.angle[..., 0] - math.pi


def integrating_observer(*rings: int) -> Callable[[Conditions], tuple[Tensor, Tensor]]:
    """Respond to the largest sum over rings, at random if the sums are equal."""

    def observe(conditions: Conditions) -> tuple[Tensor, Tensor]:
        evidence = conditions.strength[..., list(rings)].sum(-1)
        coin = 1e-5 * torch.rand(evidence.shape, generator=seeded(99))
        choice = (evidence + coin).argmax(-1, keepdim=True)
        return torch.ones_like(conditions.sequential), conditions.angle.gather(-1, choice).squeeze(-1)

    return observe


def pair_observer(category: bool, respond_if_same: bool) -> Callable[[Conditions], tuple[Tensor, Tensor]]:
    """Compare directions, or the halves of the circle they lie in."""

    def observe(conditions: Conditions) -> tuple[Tensor, Tensor]:
        first, second = conditions.angle.unbind(-1)
        same = (first.sin() > 0) == (second.sin() > 0) if category else torch.cos(first - second) > 0.99
        return same == respond_if_same, second

    return observe


OBSERVERS = {
    "fdgo": pro_observer,
    "reactgo": pro_observer,
    "delaygo": pro_observer,
    "fdanti": anti_observer,
    "reactanti": anti_observer,
    "delayanti": anti_observer,
    "dm1": integrating_observer(0),
    "dm2": integrating_observer(1),
    "contextdm1": integrating_observer(0),
    "contextdm2": integrating_observer(1),
    "multidm": integrating_observer(0, 1),
    "delaydm1": integrating_observer(0),
    "delaydm2": integrating_observer(1),
    "contextdelaydm1": integrating_observer(0),
    "contextdelaydm2": integrating_observer(1),
    "multidelaydm": integrating_observer(0, 1),
    "dmsgo": pair_observer(category=False, respond_if_same=True),
    "dmsnogo": pair_observer(category=False, respond_if_same=False),
    "dmcgo": pair_observer(category=True, respond_if_same=True),
    "dmcnogo": pair_observer(category=True, respond_if_same=False),
}


def observed_performance(task: str, observer: str, preset, n_trials: int = N_TRIALS) -> float:
    trials = generate([task], n_trials, preset, seeded())
    outputs = outputs_of(trials, *OBSERVERS[observer](trials.conditions))
    return performance(outputs, trials).item()


def assert_binomial(fraction: float, probability: float, n_trials: int = N_TRIALS) -> None:
    """Within 4.5 standard errors of the expected fraction: exactly, where that is 0 or 1."""
    error = math.sqrt(probability * (1 - probability) / n_trials)
    assert abs(fraction - probability) <= 4.5 * error


@PRESETS
@pytest.mark.parametrize("task", BATTERY, ids=lambda task: task.name)
def test_ideal_observer_of_each_task_is_always_right(task, preset):
    trials = generate([task], 300, preset, seeded())
    outputs = outputs_of(trials, *OBSERVERS[task.name](trials.conditions))
    assert correct(outputs, trials, PUBLISHED).all()
    assert correct(outputs, trials, STRICT).all()


@pytest.mark.parametrize("task", ["contextdm1", "contextdm2", "contextdelaydm1", "contextdelaydm2"])
def test_integrating_both_modalities_is_right_three_times_in_four(task):
    """With ties at random: 1/2 (both rings agree) + 1/2 x 1/2 (the attended ring outweighs the other)."""
    assert_binomial(observed_performance(task, "multidm", COMPACT), 0.75)


def test_integrating_both_modalities_at_published_coherences():
    assert_binomial(observed_performance("contextdm1", "multidm", YANG, 1000), 0.75, 1000)


@pytest.mark.parametrize(
    ("task", "observer", "expected"),
    [
        ("contextdm1", "contextdm2", 0.5),
        ("contextdelaydm2", "contextdelaydm1", 0.5),
        ("fdgo", "fdanti", 0.0),
        ("delayanti", "delaygo", 0.0),
        ("dmsgo", "dmsnogo", 0.0),
        ("dmcnogo", "dmcgo", 0.0),
        ("dm1", "multidm", 1.0),
        ("delaydm2", "contextdelaydm2", 1.0),
        # of the 100 pairs of directions the same-category rule and the match rule differ in 40: same side,
        # not the same direction
        ("dmcgo", "dmsgo", 0.6),
    ],
)
def test_another_tasks_rule_scores_what_arithmetic_says(task, observer, expected):
    fraction = observed_performance(task, observer, COMPACT)
    assert_binomial(fraction, expected)


def one_trial(preset=COMPACT, task: str = "fdgo") -> Trials:
    return generate([task], 1, preset, seeded(4))


@PRESETS
@pytest.mark.parametrize(
    ("criterion", "error", "right"),
    [(PUBLISHED, 35.9, True), (PUBLISHED, 36.1, False), (STRICT, 17.9, True), (STRICT, 18.1, False)],
)
@pytest.mark.parametrize("side", [-1, 1])
def test_tolerance(preset, criterion, error, right, side):
    trials = one_trial(preset).to(dtype=torch.float64)
    angle = trials.answer.angle + side * math.radians(error)
    outputs = outputs_of(trials, torch.ones(1, 1, dtype=torch.bool), angle)
    assert correct(outputs, trials, criterion).item() == right


@pytest.mark.parametrize(("fixation", "right"), [(0.49, True), (0.5, True), (0.51, False)])
def test_fixation_must_be_released_to_respond(fixation, right):
    trials = one_trial()
    outputs = outputs_of(trials, torch.ones(1, 1, dtype=torch.bool), trials.answer.angle)
    outputs[-1, ..., 0] = fixation
    assert correct(outputs, trials).item() == right


@pytest.mark.parametrize(("fixation", "right"), [(0.49, False), (0.51, True)])
def test_fixation_must_be_held_to_withhold(fixation, right):
    trials = generate(["dmsgo"], 40, COMPACT, seeded())
    withheld = trials.answer.kind != RESPOND
    outputs = outputs_of(trials, ~withheld, trials.answer.angle)
    outputs[-1, ..., 0] = torch.where(withheld, fixation, outputs[-1, ..., 0])
    assert (correct(outputs, trials)[withheld] == right).all()


def test_only_the_last_step_of_each_own_window_counts():
    trials = generate(["reactgo", "fdgo"], 20, YANG, seeded())
    target = trials.dense_targets()
    step = torch.arange(trials.n_steps)[:, None, None]
    spoiled = torch.where((step == trials.end - 1).unsqueeze(-1), target, torch.zeros_like(target))
    assert correct(spoiled, trials).all()
    late = torch.where((step < trials.end).unsqueeze(-1), target, torch.full_like(target, 7.0))
    assert correct(late, trials).all()
    broken = torch.where((step == trials.end - 1).unsqueeze(-1), torch.full_like(target, 0.7), target)
    assert not correct(broken, trials).any()


@PRESETS
@pytest.mark.parametrize(
    ("epoch", "error"), [(0, False), (1, True), (2, True), (3, True), (6, False), (7, False)]
)
def test_premature_responses(preset, epoch, error):
    trials = generate(["delaygo"], 30, preset, seeded())
    outputs = trials.dense_targets()
    outputs[..., 0] = torch.where(trials.epoch_index == epoch, 0.4, outputs[..., 0])
    happens = (trials.epoch_index == epoch).any(0)
    assert torch.equal(premature(outputs, trials), happens & error)
    rate = happens.double().mean(-1) if error else torch.zeros(1, dtype=torch.float64)
    assert torch.equal(premature_rate(outputs, trials), rate)
    assert correct(outputs, trials, PUBLISHED).all()
    assert torch.equal(correct(outputs, trials, STRICT), ~(happens & error))


def test_one_premature_step_is_enough():
    trials = one_trial()
    outputs = trials.dense_targets()
    outputs[trials.onsets[GO, 0, 0] - 1, ..., 0] = 0.3
    assert premature(outputs, trials).item()
    assert not premature(outputs, trials, fixation_threshold=0.2).item()


@given(angle=st.floats(0, 2 * math.pi), scale=st.floats(0.1, 3), baseline=st.floats(0, 1))
def test_decode_reads_direction_and_length(angle, scale, baseline):
    angle = torch.tensor(angle, dtype=torch.float64)
    vector = torch.stack([torch.tensor(0.3), scale * angle.cos(), scale * angle.sin()])
    ring = torch.cat([torch.tensor([0.3]), baseline + scale * bump(angle, 32)])
    for outputs, preset in ((vector, COMPACT), (ring, YANG)):
        decoded = decode(outputs, preset)
        assert abs(math.sin(float(decoded.angle - angle) / 2)) < 1e-5
        assert 0 <= float(decoded.angle) <= 2 * math.pi
        assert decoded.length.item() == pytest.approx(scale, rel=1e-6)
        assert decoded.fixation.item() == pytest.approx(0.3)


@PRESETS
def test_a_target_has_length_one_when_responding_and_none_before(preset):
    trials = generate(["fdgo", "delayanti", "dmsgo"], 20, preset, seeded()).to(dtype=torch.float64)
    targets = trials.dense_targets()
    asked = (trials.answer.kind == RESPOND).double()
    torch.testing.assert_close(final(targets, trials).length, asked, atol=1e-6, rtol=0)
    assert decode(targets[0], preset).length.max() < 1e-6


def test_several_networks_are_scored_at_once():
    trials = generate(["fdgo", "dmsgo", "dm1"], 8, COMPACT, seeded())
    good = trials.dense_targets()
    bad = good.flip(-1)
    together = torch.stack([good, bad, good], 1)
    for function in (correct, premature, performance, premature_rate):
        alone = torch.stack([function(outputs, trials) for outputs in (good, bad, good)])
        assert torch.equal(function(together, trials), alone)
    assert performance(together, trials).shape == (3, 3)
    assert performance(together, trials)[0].tolist() == [1, 1, 1]


def test_performance_is_the_fraction_of_correct_trials():
    trials = generate(["fdgo", "dm1"], 8, COMPACT, seeded())
    outputs = trials.dense_targets()
    outputs[:, 1, :2] = outputs[:, 1, :2].neg()
    assert performance(outputs, trials).tolist() == [1.0, 0.75]


def test_undefined_answers_are_never_satisfied():
    trials = generate(["fdgo"], 8, COMPACT, seeded())
    other = get("dm1").answer(trials.conditions)
    assert (other.kind == UNDEFINED).all()
    for outputs in (trials.dense_targets(), torch.ones_like(trials.dense_targets())):
        assert not satisfies(final(outputs, trials), other).any()


def test_outputs_that_answer_another_task():
    trials = generate(["fdgo"], 8, COMPACT, seeded())
    opposite = get("fdanti").answer(trials.conditions)
    outputs = outputs_of(trials, opposite.kind == RESPOND, opposite.angle)
    assert satisfies(final(outputs, trials), opposite, STRICT).all()
    assert not correct(outputs, trials).any()


@pytest.mark.parametrize("shape", [(49, 1, 1, 3), (50, 1, 2, 3), (50, 1, 1, 33), (50, 1, 3)])
def test_outputs_of_the_wrong_shape_are_rejected(shape):
    trials = one_trial()
    for function in (correct, premature):
        with pytest.raises(ValueError, match=r"outputs\.shape"):
            function(torch.zeros(shape), trials)


def test_decode_rejects_outputs_of_another_readout():
    with pytest.raises(ValueError, match="readout"):
        decode(torch.zeros(5, 33), COMPACT)


def test_criteria_are_as_published_and_half_of_it():
    assert PUBLISHED.tolerance == pytest.approx(math.radians(36))
    assert STRICT.tolerance == pytest.approx(math.radians(18))
    assert not PUBLISHED.premature_is_error
    lenient = replace(PUBLISHED, tolerance=math.pi + 0.1)
    trials = one_trial()
    outputs = outputs_of(trials, torch.ones(1, 1, dtype=torch.bool), trials.answer.angle + math.pi)
    assert correct(outputs, trials, lenient).all()


@pytest.mark.parametrize("broken", [torch.nan, torch.inf])
def test_outputs_that_are_not_finite_have_no_score(broken):
    trials = generate(["fdgo"], 3, COMPACT, seeded())
    outputs = trials.dense_targets().clone()
    outputs[0, 0, 1, 2] = broken
    with pytest.raises(ValueError, match=r"outputs='1 of \d+ numbers that are not finite'.*diverged"):
        performance(outputs, trials)
