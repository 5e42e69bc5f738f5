"""Batches of trials: reproducible, piecewise constant, divisible; and their picture."""

import copy

import matplotlib
import pytest
import torch
from battery_tables import BOTH_PRESETS, DELAYED, NAMES, compact_trials, seeded
from matplotlib import pyplot as plt

from modpack.figures.trial import plot_trial
from modpack.tasks import COMPACT, EPOCHS, YANG, generate, get
from modpack.tasks.timing import GO

matplotlib.use("Agg")


@BOTH_PRESETS
def test_same_seed_same_trials(preset):
    first, second = (generate(NAMES, 7, preset, seeded(5)) for _ in range(2))
    for name in ("patterns", "epoch_index", "targets", "weights", "onsets", "end"):
        assert torch.equal(getattr(first, name), getattr(second, name))
    assert not torch.equal(first.patterns, generate(NAMES, 7, preset, seeded(6)).patterns)


def test_type_does_not_change_the_trials():
    single, double = (generate(NAMES, 9, YANG, seeded(2), dtype=t) for t in (torch.float32, torch.float64))
    assert torch.equal(single.epoch_index, double.epoch_index)
    assert torch.equal(single.answer.kind, double.answer.kind)
    torch.testing.assert_close(single.patterns.double(), double.patterns, atol=1e-5, rtol=0)


def test_every_trial_has_its_own_timing():
    compact = compact_trials()
    go = compact.onsets[GO]
    assert all(len(row.unique()) > 3 for row in go)


@BOTH_PRESETS
def test_epoch_index_follows_the_onsets(preset):
    trials = generate(NAMES, 11, preset, seeded())
    steps = torch.arange(trials.n_steps)[:, None, None, None]
    expected = (steps >= trials.onsets[1:].permute(1, 2, 0)).sum(-1)
    assert torch.equal(trials.epoch_index, expected)
    assert torch.equal(trials.end, trials.onsets[-1])
    assert trials.n_steps == int(trials.end.max())
    assert (trials.epoch_index.gather(0, trials.end[None] - 1) == EPOCHS.index("response")).all()


@pytest.mark.parametrize("part", [slice(None), slice(1, 4), torch.tensor([3, 0])])
def test_dense_views_agree_with_patterns(part):
    trials = generate(NAMES, 6, YANG, seeded()).select(part)
    for dense, patterns in (
        (trials.dense_inputs(), trials.patterns),
        (trials.dense_targets(), trials.targets),
        (trials.dense_weights(), trials.weights),
    ):
        index = trials.epoch_index.unsqueeze(-1).expand(*dense.shape)
        assert torch.equal(dense, patterns.gather(0, index))


def test_padding_repeats_the_response_and_weighs_nothing():
    trials = generate(NAMES, 5, YANG, seeded())
    assert torch.equal(trials.patterns[-1], trials.patterns[-2])
    assert torch.equal(trials.targets[-1], trials.targets[-2])
    assert (trials.weights[-1] == 0).all()


def test_weights_are_a_view():
    trials = generate(NAMES, 500, COMPACT, seeded())
    assert trials.weights.untyped_storage().nbytes() == 9 * 3 * 4
    regrouped = trials.select(slice(0, 100)).regroup(4)
    assert regrouped.weights.untyped_storage().nbytes() == 9 * 3 * 4


def test_select_restricts_to_some_trials():
    compact = compact_trials()
    index = torch.tensor([5, 1])
    chosen, sliced = compact.select(index), compact.select(slice(2, 6))
    assert (chosen.n_trials, sliced.n_trials) == (2, 4)
    assert torch.equal(chosen.dense_inputs(), compact.dense_inputs()[:, :, index])
    assert torch.equal(sliced.dense_targets(), compact.dense_targets()[:, :, 2:6])
    assert torch.equal(chosen.conditions.strength, compact.conditions.strength[:, index])
    assert torch.equal(sliced.answer.kind, compact.answer.kind[:, 2:6])
    assert sliced.patterns.untyped_storage().data_ptr() == compact.patterns.untyped_storage().data_ptr()


def test_regroup_divides_each_task_into_groups():
    compact = compact_trials()
    groups = compact.regroup(4)
    assert groups.patterns.shape == (9, 80, 150, 33)
    assert [task.name for task in groups.tasks[:5]] == ["fdgo"] * 4 + ["reactgo"]
    assert torch.equal(groups.patterns[:, 5], compact.patterns[:, 1, 150:300])
    assert torch.equal(groups.end[5], compact.end[1, 150:300])
    assert torch.equal(
        groups.conditions.angle[79].nan_to_num(), compact.conditions.angle[19, 450:].nan_to_num()
    )


@pytest.mark.parametrize("n_contexts", [0, 7, -2])
def test_regroup_needs_a_divisor(n_contexts):
    compact = compact_trials()
    with pytest.raises(ValueError, match="n_contexts"):
        compact.regroup(n_contexts)


def test_trials_change_type_and_copy():
    compact = compact_trials()
    double = compact.select(slice(3)).to(dtype=torch.float64)
    for tensor in (double.patterns, double.conditions.strength, double.answer.angle):
        assert tensor.dtype == torch.float64
    assert double.epoch_index.dtype == double.answer.kind.dtype == torch.int64
    assert torch.equal(copy.deepcopy(double).targets, double.targets)


@BOTH_PRESETS
@pytest.mark.parametrize("name", NAMES)
def test_plot_of_every_task(name, preset):
    trials = generate([name], 2, preset, seeded())
    axes = plot_trial(trials, task=name, trial=1)
    labels = [ax.get_ylabel().split(" (")[0] for ax in axes]
    assert labels == ["fixation", "modality 1", "modality 2", "target"]
    assert axes[-1].get_xlabel() == "time (ms)"
    assert axes[0].get_title(loc="left") == get(name).label
    assert axes[0].get_xlim()[1] == pytest.approx(preset.dt * int(trials.end[0, 1]), rel=0.06)
    named = {text.get_text() for text in axes[0].texts if text.get_text()}
    assert {"fixation", "go"} <= named
    assert ("delay 2" in named) == (name in DELAYED)
    plt.close("all")


def test_plot_draws_where_it_is_told():
    compact = compact_trials()
    _, given_axes = plt.subplots(4, 1)
    assert plot_trial(compact, task=3, trial=0, ax=given_axes) == list(given_axes)
    with pytest.raises(ValueError, match="sequence of 4 Axes"):
        plot_trial(compact, ax=given_axes[:2])
    with pytest.raises(ValueError, match="did you mean 'dmsgo'"):
        plot_trial(compact, task="dmsg")
    with pytest.raises(ValueError, match="trial=600"):
        plot_trial(compact, trial=600)
    with pytest.raises(ValueError, match="task=20"):
        plot_trial(compact, task=20)
    plt.close("all")


def test_trials_of_one_task_are_its_share():
    trials = generate(NAMES, 5, YANG, seeded())
    own = trials.of("dm1")
    index = NAMES.index("dm1")
    assert [task.name for task in own.tasks] == ["dm1"]
    assert torch.equal(own.patterns[:, 0], trials.patterns[:, index])
    assert torch.equal(own.conditions.strength[0], trials.conditions.strength[index])
    with pytest.raises(ValueError, match="task='dm3'"):
        trials.of("dm3")


def test_the_input_in_an_epoch_is_that_of_its_steps():
    trials = generate(NAMES, 5, COMPACT, seeded())
    dense, go = trials.dense_inputs(), trials.epoch_index == GO
    shown = trials.input_in("grace").expand(trials.n_steps, -1, -1, -1)
    assert torch.equal(dense[go], shown[go])
    with pytest.raises(ValueError, match="did you mean 'response'"):
        trials.input_in("respons")
