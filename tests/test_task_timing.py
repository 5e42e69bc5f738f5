"""Durations, onsets and grids of the battery against the published tables."""

import math
from dataclasses import replace

import pytest
import torch
from battery_tables import (
    BOTH_PRESETS,
    COMPACT_TABLE,
    GRID_SIZES,
    NAMES,
    YANG_GRID_TABLE,
    YANG_TABLE,
    compact_trials,
    published_trials,
    rows,
    seeded,
)
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from modpack.tasks import COMPACT, RESPOND, YANG, Fixed, Timing, Trials, generate, get, grid
from modpack.tasks.timing import GO, durations, to_steps


def epoch_steps(trials: Trials) -> Tensor:
    """Duration of each epoch but the last in steps, (epoch, task, trial)."""
    return trials.onsets.diff(dim=0)


def period_steps(trials: Trials) -> list[Tensor]:
    """Duration in steps of fixation, stimulus1, delay1, stimulus2, delay2, response of the only task."""
    settle, fixation, *middle, grace, response = epoch_steps(trials)[:, 0]
    return [settle + fixation, *middle, grace + response]


def steps_allowed(duration: object, dt: int) -> set[int]:
    if isinstance(duration, set):
        return {value // dt for value in duration}
    if duration == 0:
        return {0}
    low, high = duration
    return set(range(low // dt, math.ceil(high / dt)))


@pytest.mark.parametrize(("name", "row"), rows(YANG_TABLE))
def test_published_durations(name, row):
    for steps, duration in zip(period_steps(published_trials(name)), row, strict=True):
        allowed = steps_allowed(duration, 20)
        drawn = set(steps.tolist())
        assert drawn <= allowed
        # rare values of a wide uniform may be missing from 600 draws
        assert len(drawn) >= 0.9 * len(allowed)


@pytest.mark.parametrize(("name", "row"), rows(COMPACT_TABLE))
def test_compact_durations(name, row):
    compact, task = compact_trials(), NAMES.index(name)
    *periods, response = period_steps(replace(compact, onsets=compact.onsets[:, task : task + 1]))
    for steps, duration in zip(periods, row, strict=True):
        drawn, allowed = set(steps.tolist()), steps_allowed(duration, 40)
        assert drawn <= allowed
        assert len(drawn) >= 0.9 * len(allowed)
    assert (sum(periods) + response == 50).all()


@BOTH_PRESETS
def test_mean_length_of_a_trial(preset):
    """The mean over the published distributions is 2098 ms; compact trials last 2000."""
    trials = generate(NAMES, 2000, preset, seeded())
    mean = preset.dt * float(trials.end.double().mean())
    expected = 2098 if preset is YANG else 2000
    assert abs(mean - expected) < 15


@pytest.mark.parametrize(("name", "row"), rows(YANG_GRID_TABLE))
def test_published_grid_timing(name, row):
    trials = grid(name, YANG)
    go, end = row
    assert (20 * trials.onsets[GO] == go).all()
    assert (20 * trials.end == end).all()


@pytest.mark.parametrize(("name", "size"), rows(GRID_SIZES))
@BOTH_PRESETS
def test_grid_conditions(name, size, preset):
    trials = grid(name, preset)
    conditions = trials.conditions
    assert trials.n_trials == size
    assert trials.tasks == (get(name),)
    first = conditions.angle[0, :, 0].double()
    assert len(set(first.mul(1e4).round().tolist())) == 20
    # the published match grids hold only trials with a response
    assert (trials.answer.kind == RESPOND).all()
    distinct = torch.cat([conditions.angle.nan_to_num().flatten(2), conditions.strength.flatten(2)], -1)
    assert len(distinct[0].unique(dim=0)) == size


def test_compact_grid_takes_the_middle_of_each_duration():
    steps = [period[0].item() for period in period_steps(grid("delaydm1", COMPACT))]
    assert steps == [200 // 40, 300 // 40, 300 // 40, 300 // 40, 150 // 40, 50 - 5 - 7 - 7 - 7 - 3]


def test_grid_strengths():
    assert_strengths("dm1", [0.8, 0.88, 0.96, 1.04, 1.12])
    assert_strengths("delaydm1", [0.5, 0.7, 0.9, 1.1, 1.3])
    assert_strengths("contextdelaydm1", [0.8, 0.88, 0.96, 1.04, 1.12])


def assert_strengths(name: str, expected: list[float]) -> None:
    strength = grid(name, YANG, dtype=torch.float64).conditions.strength[0, :, :, 0]
    torch.testing.assert_close(strength[:, 0].unique(), torch.tensor(expected, dtype=torch.float64))
    torch.testing.assert_close(strength.sum(-1), torch.full((len(strength),), 2.0, dtype=torch.float64))


@given(duration=st.floats(0, 5000), dt=st.floats(0.5, 100))
def test_durations_are_truncated_to_steps(duration, dt):
    steps = int(to_steps(duration, dt))
    assert steps * dt <= duration + 1e-5 * dt
    assert (steps + 1) * dt > duration


@pytest.mark.parametrize("dt", [0.1, 0.3, 0.7, 1.1, 20, 40])
def test_whole_numbers_of_steps_survive_rounding(dt):
    assert [int(to_steps(n * dt, dt)) for n in range(200)] == list(range(200))


def test_settle_never_exceeds_fixation_and_grace_is_100_ms():
    trials = generate(NAMES, 200, replace(YANG, dt=30.0), seeded())
    settle, fixation = epoch_steps(trials)[:2]
    assert (fixation >= 0).all()
    assert (settle == 3).all()
    assert (epoch_steps(trials)[GO] == 3).all()


def test_short_fixation_is_all_settling():
    periods = Timing(fixation=Fixed(40)).draw(3, seeded())
    assert durations(periods, 20, None)[:, 0].tolist() == [2, 0, 0, 0, 0, 0, 5, 20]


class Undecided:
    """Can be drawn, and has no middle."""

    def draw(self, n_trials, generator):
        return torch.zeros(n_trials)


@pytest.mark.parametrize("period", [500, None, Undecided(), Undecided])
def test_what_is_no_distribution_of_durations_is_refused(period):
    with pytest.raises(ValueError, match=r"delay1=.*a distribution of durations"):
        Timing(Fixed(100), delay1=period)
