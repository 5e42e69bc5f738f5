"""Answers of every rule to trials of any task, and a task of a reader's own."""

import inspect
import math
from dataclasses import dataclass, replace

import pytest
import torch
from battery_tables import BOTH_PRESETS, CATEGORY, NAMES, compact_trials, seeded
from hypothesis import given, settings
from hypothesis import strategies as st

from modpack.figures.trial import plot_trial
from modpack.tasks import (
    COMPACT,
    RESPOND,
    UNDEFINED,
    WITHHOLD,
    YANG,
    Answer,
    Conditions,
    Fixed,
    Stronger,
    Task,
    Timing,
    Uniform,
    answer,
    anti,
    generate,
    get,
    grid,
    performance,
    pro,
)


def conditions_of(*stimuli: tuple[float, float, float], sequential: bool = False) -> Conditions:
    """One trial with stimuli given as (angle, strength in ring 1, strength in ring 2)."""
    padded = [*stimuli, (math.nan, 0.0, 0.0)][:2]
    table = torch.tensor([padded], dtype=torch.float64)
    return Conditions(table[..., 0], table[..., 1:], torch.tensor([sequential]))


# what is shown -> the answer each rule must give: an angle, "withhold" or None where it has none
KNOWN_ANSWERS = [
    (conditions_of((1.0, 0, 1)), {"fdgo": 1.0, "reactanti": 1 + math.pi, "dm1": None, "dmsgo": None}),
    (conditions_of((5.0, 1, 0)), {"delayanti": 5 - math.pi, "contextdm1": None, "dmcgo": None}),
    (
        conditions_of((1.0, 1.1, 0), (3.0, 0.9, 0)),
        {"dm1": 1.0, "delaydm1": 1.0, "contextdm1": 1.0, "dm2": None, "multidm": None, "fdgo": None},
    ),
    (
        conditions_of((1.0, 1.1, 0.7), (3.0, 0.9, 1.4)),
        {"dm1": 1.0, "contextdm2": 3.0, "multidm": 3.0, "dmsgo": None, "fdanti": None},
    ),
    (conditions_of((1.0, 1.1, 0.9), (3.0, 0.9, 1.1)), {"multidm": None, "dm2": 3.0}),
    (
        conditions_of((1.0, 1, 0), (1.0, 0, 1), sequential=True),
        {"dmsgo": 1.0, "dmsnogo": "withhold", "dmcgo": 1.0, "dmcnogo": "withhold", "delaydm1": None},
    ),
    (
        conditions_of((1.0, 1, 0), (2.0, 1, 0), sequential=True),
        {"dmsgo": "withhold", "dmsnogo": 2.0, "dmcgo": 2.0, "dmcnogo": "withhold", "delaydm1": None},
    ),
    (
        conditions_of((1.0, 1.2, 0), (4.0, 0.8, 0), sequential=True),
        {"dmcgo": "withhold", "dmcnogo": 4.0, "dmsnogo": 4.0, "delaydm1": 1.0, "dm1": 1.0, "fdgo": None},
    ),
]


@pytest.mark.parametrize(("conditions", "expected"), KNOWN_ANSWERS)
def test_answers_to_trials_of_any_task(conditions, expected):
    for name, value in expected.items():
        kind, angle = get(name).answer(conditions)
        if isinstance(value, float):
            assert kind.item() == RESPOND
            assert angle.item() == pytest.approx(value)
        else:
            assert kind.item() == (UNDEFINED if value is None else WITHHOLD)
            assert angle.isnan().all()


@pytest.mark.parametrize("other", NAMES)
def test_every_rule_judges_stacked_trials_of_every_task(other):
    compact = compact_trials()
    kind, angle = get(other).answer(compact.conditions)
    assert kind.shape == angle.shape == (20, 600)
    assert torch.equal(angle.isnan(), kind != RESPOND)
    assert ((angle >= 0) & (angle <= 2 * math.pi))[kind == RESPOND].all()
    own = NAMES.index(other)
    assert torch.equal(kind[own], compact.answer.kind[own])
    assert (kind[own] != UNDEFINED).all()


ROTATING = [name for name in NAMES if name not in CATEGORY]


@settings(max_examples=20)
@given(turn=st.floats(0, 6.28), seed=st.integers(0, 2**20), name=st.sampled_from(ROTATING))
def test_answers_turn_with_the_stimuli(turn, seed, name):
    task = get(name)
    conditions = task.stimuli.draw(20, YANG, seeded(seed))
    turned = Conditions(
        (conditions.angle + turn).remainder(2 * math.pi), conditions.strength, conditions.sequential
    )
    before, after = task.answer(conditions), task.answer(turned)
    assert torch.equal(before.kind, after.kind)
    difference = (after.angle - before.angle - turn).nan_to_num()
    assert (torch.sin(difference / 2).abs() < 1e-9).all()


def test_a_rule_must_answer_its_own_trials():
    with pytest.raises(ValueError, match="rule='fdgo'"):
        generate([replace(get("fdgo"), rule=Stronger((1,)))], 2, COMPACT, seeded())


def bring_your_own_task() -> Task:
    """A task of a reader's own: respond a quarter turn left of a remembered stimulus in ring 1."""

    @dataclass(frozen=True)
    class FirstRing:
        def draw(self, n_trials, preset, generator):
            return self.at(2 * math.pi * torch.rand(n_trials, generator=generator, dtype=torch.float64))

        def grid(self):
            return self.at(torch.arange(8, dtype=torch.float64) * math.pi / 4)

        def at(self, angle):
            angles = torch.stack([angle, torch.full_like(angle, math.nan)], -1)
            strength = torch.zeros(len(angle), 2, 2, dtype=angle.dtype)
            strength[:, 0, 0] = 1
            return Conditions(angles, strength, torch.zeros(len(angle), dtype=torch.bool))

    def quarter_turn(conditions: Conditions) -> Answer:
        defined = conditions.present.sum(-1) == 1
        return answer(defined, conditions.angle[..., 0] + math.pi / 2, defined)

    return Task(
        name="quarter",
        label="Quarter turn",
        timing=Timing(fixation=Uniform(200, 400), stimulus1=Fixed(300), delay1=Uniform(200, 600)),
        stimuli=FirstRing(),
        shown=(("stimulus1",), ()),
        rule=quarter_turn,
    )


@BOTH_PRESETS
def test_bring_your_own_task(preset):
    assert len(inspect.getsource(bring_your_own_task).splitlines()) <= 40
    task = bring_your_own_task()
    trials = generate(["fdgo", task], 30, preset, seeded())
    assert performance(trials.dense_targets(), trials).tolist() == [1, 1]
    kind, angle = task.answer(trials.conditions)
    assert (kind == RESPOND).all()
    torch.testing.assert_close(angle[1], trials.answer.angle[1])
    assert grid(task, preset).n_trials == 8
    assert len(plot_trial(trials, task="quarter")) == 4


def test_pro_and_anti_are_opposite():
    compact = compact_trials()
    towards, away = pro(compact.conditions), anti(compact.conditions)
    assert torch.equal(towards.kind, away.kind)
    gap = (towards.angle - away.angle).abs()[towards.kind == RESPOND]
    torch.testing.assert_close(gap, torch.full_like(gap, math.pi))


@pytest.mark.parametrize(("difference", "kind"), [(5e-5, UNDEFINED), (2e-4, RESPOND)])
def test_equal_strengths_have_no_stronger_one(difference, kind):
    conditions = conditions_of((1.0, 1.0 + difference, 0), (3.0, 1.0, 0))
    assert Stronger((1,))(conditions).kind.item() == kind
