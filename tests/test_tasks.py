"""What is shown and asked in each task, against the published tables."""

import math
from dataclasses import replace

import pytest
import torch
from battery_tables import (
    BOTH_PRESETS,
    CATEGORY,
    DELAYED,
    DELAYED_GO,
    GO_TASKS,
    LABELS,
    MATCH,
    NAMES,
    PAIRS,
    REACTION,
    SIMULTANEOUS,
    SINGLE,
    compact_trials,
    published_trials,
    seeded,
)
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from modpack.tasks import BATTERY, COMPACT, EPOCHS, PRESETS, RESPOND, TASKS, YANG, generate, get
from modpack.tasks.readout import bump
from modpack.tasks.timing import GO


def test_names_labels_and_order():
    assert [task.name for task in BATTERY] == NAMES == list(TASKS)
    assert [task.label for task in BATTERY] == LABELS
    assert list(PRESETS) == ["yang", "compact"]


@pytest.mark.parametrize("name", NAMES)
def test_fixation_cue(name):
    cue = published_trials(name).patterns[:, 0, :, 0]
    assert (cue[:GO] == 1).all()
    keeps = name in REACTION + PAIRS
    assert (cue[GO:] == float(keeps)).all()
    assert get(name).keeps_fixation_cue == keeps


@pytest.mark.parametrize(
    ("names", "first", "second"),
    [
        (GO_TASKS, {"stimulus1", "grace", "response", "after"}, set()),
        (REACTION, {"grace", "response", "after"}, set()),
        (DELAYED_GO, {"stimulus1"}, set()),
        (SIMULTANEOUS, {"stimulus1"}, {"stimulus1"}),
        (DELAYED, {"stimulus1"}, {"stimulus2"}),
        (PAIRS, {"stimulus1"}, {"grace", "response", "after"}),
    ],
)
def test_which_stimulus_is_on_when(names, first, second):
    for name in names:
        trials = published_trials(name)
        conditions = trials.conditions
        for index, epoch in enumerate(EPOCHS):
            expected = torch.zeros_like(trials.patterns[0, 0, :, 1:])
            for stimulus, on in enumerate((first, second)):
                if epoch in on:
                    angle, strength = conditions.angle[0, :, stimulus], conditions.strength[0, :, stimulus]
                    expected += (strength[..., None] * bump(angle, 32)[:, None]).flatten(1)
            torch.testing.assert_close(trials.patterns[index, 0, :, 1:], expected)


def test_bump_is_the_published_one():
    activity = bump(torch.tensor([2 * math.pi * 3 / 32], dtype=torch.float64), 32)[0]
    expected = [0.8 * math.exp(-(((k * math.pi / 16) / (math.pi / 8)) ** 2) / 2) for k in range(4)]
    torch.testing.assert_close(activity[3:7], torch.tensor(expected, dtype=torch.float64))
    torch.testing.assert_close(activity[[2, 1, 0, 31]], activity[[4, 5, 6, 7]])


@pytest.mark.parametrize(
    ("n_ring", "width"), [(8, math.pi / 4), (12, math.pi / 6), (16, math.pi / 8), (32, math.pi / 8)]
)
def test_bump_width(n_ring, width):
    assert replace(COMPACT, n_ring=n_ring).bump_width == width
    neighbour = bump(torch.zeros(1, dtype=torch.float64), n_ring)[0, 1].item()
    assert neighbour == pytest.approx(0.8 * math.exp(-((2 * math.pi / n_ring / width) ** 2) / 2))


@given(angle=st.floats(0, 6.28), n_ring=st.integers(8, 40))
def test_bump_turns_with_its_angle(angle, n_ring):
    angles = torch.tensor([angle, angle + 2 * math.pi / n_ring], dtype=torch.float64)
    first, turned = bump(angles, n_ring)
    torch.testing.assert_close(first.roll(1), turned)


@BOTH_PRESETS
def test_sizes(preset):
    trials = generate(["fdgo"], 3, preset, seeded())
    assert trials.patterns.shape == (9, 1, 3, preset.n_inputs)
    assert trials.targets.shape == trials.weights.shape == (9, 1, 3, preset.n_outputs)
    assert (preset.n_inputs, preset.n_outputs) == {"yang": (65, 33), "compact": (33, 3)}[preset.name]
    assert preset.alpha == {"yang": 0.2, "compact": 0.4}[preset.name]


@pytest.mark.parametrize("name", NAMES)
def test_published_targets(name):
    trials = published_trials(name)
    respond = trials.answer.kind[0] == RESPOND
    assert torch.equal(trials.targets[:GO, ..., 0], torch.full_like(trials.targets[:GO, ..., 0], 0.8))
    assert (trials.targets[:GO, ..., 1:] == 0.05).all()
    after = trials.targets[GO:, 0]
    assert torch.equal(after[..., 0], torch.where(respond, 0.05, 0.8).double().expand(3, -1))
    assert (after[:, ~respond, 1:] == 0.05).all()
    expected = 0.05 + bump(trials.answer.angle[0, respond], 32)
    torch.testing.assert_close(after[:, respond, 1:], expected.expand(3, -1, -1))
    assert bool(respond.all()) == (name not in PAIRS)


def test_compact_targets():
    compact = compact_trials()
    respond = compact.answer.kind == RESPOND
    angle = compact.answer.angle[respond]
    hold, after = torch.tensor([1.0, 0, 0]), compact.targets[GO:]
    assert (compact.targets[:GO] == hold).all()
    assert (after[:, ~respond] == hold).all()
    expected = torch.stack([torch.zeros_like(angle), angle.cos(), angle.sin()], -1)
    torch.testing.assert_close(after[:, respond], expected.expand(3, -1, -1))


@pytest.mark.parametrize(
    ("preset", "response", "fixation"), [(YANG, 25, 4), (COMPACT, 5, 1)], ids=["yang", "compact"]
)
def test_loss_weights(preset, response, fixation):
    """Published masks 0, 1, 0, 5, doubled for fixation, multiply the error inside the square."""
    weights = generate(["fdgo", "dmsgo"], 4, preset, seeded()).weights
    ring = torch.tensor([0.0, 1, 1, 1, 1, 1, 0, response, 0])
    assert torch.equal(weights[..., 1:], ring[:, None, None, None].expand_as(weights[..., 1:]))
    assert torch.equal(weights[..., 0], fixation * ring[:, None, None].expand_as(weights[..., 0]))


def test_single_stimuli():
    for name in SINGLE:
        conditions = published_trials(name).conditions
        assert conditions.angle[..., 1].isnan().all()
        assert torch.equal(conditions.strength.sum((-1, -2)), torch.ones(1, 600, dtype=torch.float64))
        assert set(conditions.modality[..., 0].flatten().tolist()) == {1, 2}
        assert not conditions.sequential.any()


@pytest.mark.parametrize("name", SINGLE)
def test_single_stimuli_are_uniform_on_the_circle(name):
    """Of a uniform direction every harmonic has mean zero, here to four standard errors."""
    angle = published_trials(name).conditions.angle[..., 0].flatten()
    assert ((angle >= 0) & (angle < 2 * math.pi)).all()
    for k in (1, 2, 3):
        assert torch.polar(torch.ones_like(angle), k * angle).mean().abs() < 4 / math.sqrt(len(angle))


@pytest.mark.parametrize("name", SIMULTANEOUS + DELAYED)
@BOTH_PRESETS
def test_decision_strengths(name, preset):
    conditions = generate([name], 600, preset, seeded(), dtype=torch.float64).conditions
    strength, shown = conditions.strength[0], conditions.present.all()
    assert shown
    assert conditions.sequential.all() == (name in DELAYED)
    distance = (conditions.angle[0, :, 0] - conditions.angle[0, :, 1]).abs()
    assert (torch.minimum(distance, 2 * math.pi - distance) >= math.pi / 2 - 1e-12).all()
    expected = preset.delayed_coherences if name in DELAYED else preset.coherences
    for ring in rings_with_evidence(name, strength):
        mean, coherence = ring.mean(-1), (ring[:, 0] - ring[:, 1]).abs() / 2
        assert (mean >= 0.8).all()
        assert (mean <= 1.2).all()
        drawn = coherence.mul(1e6).round().div(1e6).unique()
        torch.testing.assert_close(drawn, torch.tensor(expected, dtype=torch.float64))


def rings_with_evidence(name: str, strength: Tensor) -> list[Tensor]:
    """Return the strengths (trial, stimulus) that follow the decision rule, and check that others are 0."""
    if name.startswith("multi"):
        return [strength.mean(-1)]
    if "context" in name:
        return [strength[..., 0], strength[..., 1]]
    attended = int(name[-1]) - 1
    assert (strength[..., 1 - attended] == 0).all()
    return [strength[..., attended]]


@pytest.mark.parametrize("name", ["multidm", "multidelaydm"])
def test_multisensory_split(name):
    strength = published_trials(name).conditions.strength[0]
    share = (strength[..., 0] - strength[..., 1]) / strength.sum(-1)
    assert (share.abs() >= 0.1 - 1e-12).all()
    assert (share.abs() <= 0.4 + 1e-12).all()
    assert 0.4 < (share > 0).double().mean() < 0.6


def test_context_strengths_of_the_rings_are_independent():
    strength = published_trials("contextdm1").conditions.strength[0]
    signs = (strength[:, 0] > strength[:, 1]).double()
    assert abs(float(torch.corrcoef(signs.T)[0, 1])) < 0.15
    assert (strength[..., 0] != strength[..., 1]).all()


@pytest.mark.parametrize("name", PAIRS)
def test_pairs(name):
    conditions = published_trials(name).conditions
    assert conditions.sequential.all()
    assert (conditions.strength.sum(-1) == 1).all()
    combinations = conditions.modality[0].tolist()
    assert {tuple(pair) for pair in combinations} == {(1, 1), (1, 2), (2, 1), (2, 2)}
    assert 0.4 < (published_trials(name).answer.kind == RESPOND).double().mean() < 0.6


@pytest.mark.parametrize("name", MATCH)
def test_non_match_is_at_least_20_degrees_apart(name):
    conditions = published_trials(name).conditions
    first, second = conditions.angle[0].unbind(-1)
    distance = (first - second).abs()
    distance = torch.minimum(distance, 2 * math.pi - distance)
    same = conditions.match[0]
    assert (distance[same] == 0).all()
    assert (distance[~same] >= math.pi / 9 - 1e-12).all()
    assert torch.equal((published_trials(name).answer.kind[0] == RESPOND), same if name == "dmsgo" else ~same)


@pytest.mark.parametrize("name", CATEGORY)
def test_categories(name):
    conditions = published_trials(name).conditions
    tenths = conditions.angle.div(math.pi / 10).round().unique().tolist()
    assert tenths == [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]
    lower = conditions.angle[0] < math.pi
    same = lower[:, 0] == lower[:, 1]
    assert torch.equal(conditions.category[0] == 0, lower)
    respond = published_trials(name).answer.kind[0] == RESPOND
    assert torch.equal(respond, same if name == "dmcgo" else ~same)
