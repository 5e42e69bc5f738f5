"""Figures show the numbers they are given, draw where they are told to, and refuse what they cannot draw."""

import math

import matplotlib as mpl
import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from small_networks import seeded

from modpack.colours import COLOURS, INK, colour_of
from modpack.context import one_hot
from modpack.figures.activity import order_by_peak, plot_contexts, plot_outputs, plot_rates, plot_response
from modpack.figures.changes import plot_changes, plot_similarity
from modpack.figures.learning import plot_loss, plot_progress, plot_tasks_over_time
from modpack.figures.performance import (
    plot_agreement,
    plot_executed,
    plot_forms,
    plot_performance,
    plot_preference,
)
from modpack.figures.style import diverging, fading, style
from modpack.figures.trial import epoch_starts, plot_trial
from modpack.measures.statistics import proportion_interval
from modpack.modulation import FORMS, Full, form
from modpack.network import initial
from modpack.tasks import BATTERY, COMPACT, EPOCHS, TASKS, YANG, generate

PAIR = ("fdgo", "fdanti")
HISTORY = [
    {"step": 100, "seed": 3, "loss": 1.0, "mean": 0.5, "worst": 0.2, "fdgo": 0.8, "fdanti": 0.2},
    {"step": 100, "seed": 4, "loss": 0.8, "mean": 0.6, "worst": 0.4, "fdgo": 0.4, "fdanti": 0.8},
    {"step": 200, "seed": 3, "loss": 0.1, "mean": 0.9, "worst": 0.8, "fdgo": 1.0, "fdanti": 0.8},
    {"step": 200, "seed": 4, "loss": 0.2, "mean": 1.0, "worst": 1.0, "fdgo": 1.0, "fdanti": 1.0},
]


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture
def ax():
    return plt.subplots()[1]


def trials_of(name: str, n_trials: int = 3, preset=COMPACT):
    return generate([name], n_trials, preset, seeded(1))


def network(form_name: str = "combined"):
    modulation = form(form_name, len(TASKS))
    return initial(modulation, one_hot(list(TASKS)), COMPACT, 6, seeded(2))


def lines(ax) -> list[list[tuple[float, float]]]:
    return [list(map(tuple, np.round(line.get_xydata(), 6).tolist())) for line in ax.get_lines()]


class TestStyle:
    def test_block_restores_its_own_settings_and_keeps_those_made_inside(self):
        before, interactive = mpl.rcParams["font.size"], mpl.rcParams["interactive"]
        mpl.rcParams["font.size"] = 7.0
        with style():
            assert mpl.rcParams["font.size"] == 10
            mpl.rcParams["interactive"] = not interactive
        assert mpl.rcParams["font.size"] == 7.0
        assert mpl.rcParams["interactive"] is not interactive
        mpl.rcParams.update({"font.size": before, "interactive": interactive})

    @pytest.mark.parametrize(
        ("name", "pathway"),
        [("gain", "excitability"), ("full", "synaptic"), ("gain+full", "combined"), ("mine", "none")],
    )
    def test_a_form_has_the_colour_of_its_pathway(self, name, pathway):
        assert colour_of(name) == COLOURS[pathway]

    def test_a_form_of_a_reader_has_the_colour_of_its_pathway(self, monkeypatch):
        monkeypatch.setitem(FORMS, "mine", Full)
        assert colour_of("mine") == colour_of(Full(2)) == COLOURS["synaptic"]
        assert colour_of("gain+mine") == COLOURS["combined"]

    def test_nothing_is_transparent_and_the_ends_are_opaque(self):
        assert [fading(INK)(x)[3] for x in (0.0, 1.0)] == [0, 1]
        assert [round(diverging(INK)(x)[3], 1) for x in (0.0, 0.5, 1.0)] == [1, 0, 1]


class TestLearning:
    def test_loss_is_one_line_per_network_and_one_entry_in_the_legend(self, ax):
        assert plot_loss(HISTORY, label="both", ax=ax) is ax
        assert lines(ax) == [[(100, 1.0), (200, 0.1)], [(100, 0.8), (200, 0.2)]]
        assert ax.get_legend_handles_labels()[1] == ["both"]

    def test_progress_shows_mean_and_worst(self, ax):
        plot_progress(HISTORY[::2], ax=ax)
        assert lines(ax) == [[(100, 0.5), (200, 0.9)], [(100, 0.2), (200, 0.8)]]
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["mean over tasks", "worst task"]

    def test_tasks_over_time_are_means_over_networks(self):
        ax = plot_tasks_over_time(HISTORY)
        np.testing.assert_allclose(ax.collections[0].get_array(), [[0.6, 1.0], [0.5, 0.9]])
        assert [label.get_text() for label in ax.get_yticklabels()] == ["Go", "Anti"]

    @pytest.mark.parametrize("plot", [plot_loss, plot_progress, plot_tasks_over_time])
    def test_needs_a_history(self, plot):
        with pytest.raises(ValueError, match="history"):
            plot([])


class TestPerformance:
    def segments(self, ax):
        (collection,) = (c for c in ax.collections if isinstance(c, LineCollection))
        return [(round(a[0], 6), round(b[0], 6)) for a, b in collection.get_segments()]

    def test_one_network_has_the_interval_of_its_trials(self):
        ax = plot_performance([{"fdgo": 0.9, "fdanti": 1.0}], 1000, label="mine")
        intervals = [proportion_interval(n, 1000) for n in (900, 1000)]
        assert self.segments(ax) == [(round(low, 6), round(high, 6)) for low, high in intervals]
        assert ax.get_legend().get_texts()[0].get_text() == "mine: 1 network, 95 % interval"
        assert "1,000 per task" in ax.get_xlabel()

    def test_several_networks_have_mean_and_range(self, ax):
        scores = [{"fdgo": 0.9, "fdanti": 1.0}, {"fdgo": 0.6, "fdanti": 0.8}]
        assert plot_performance(scores, 10, offset=0.25, ax=ax) is ax
        assert self.segments(ax) == [(0.6, 0.9), (0.8, 1.0)]
        assert lines(ax)[0] == [(0.75, 0.25), (0.9, 1.25)]
        assert "2 networks" in ax.get_legend().get_texts()[0].get_text()

    def test_refuses_none_and_different_tasks(self):
        for scores in ([], [{"fdgo": 1.0}, {"fdanti": 1.0}]):
            with pytest.raises(ValueError, match="scores"):
                plot_performance(scores, 10)

    def test_forms_show_mean_worst_and_the_modulating_parameters(self, ax):
        rows = [{"form": "bias", "modulating": 1280, "mean": 0.9, "worst": 0.7}]
        rows += [{"form": "bias", "modulating": 1280, "mean": 0.8, "worst": 0.6}]
        rows += [{"form": "none", "modulating": 0, "mean": 0.5, "worst": 0.1}]
        plot_forms(rows, ax)
        heights = [[y for _, y in line] for line in lines(ax)]
        assert heights == [[0.9, 0.8], [0.7, 0.6], [0.5], [0.1]]
        assert [label.get_text() for label in ax.get_xticklabels()] == ["bias\n1,280", "none\n0"]
        with pytest.raises(ValueError, match="rows"):
            plot_forms([])

    def test_agreement_writes_percent_and_marks_what_is_undefined(self):
        table = torch.tensor([[1.0, 0.25], [math.nan, 1.0]])
        ax = plot_agreement(table, ["Go", "Anti"])
        assert [text.get_text() for text in ax.texts] == ["100", "25", "·", "100"]
        with pytest.raises(ValueError, match="agreement"):
            plot_agreement(table, ["Go"])

    def test_executed_follows_the_path_and_marks_where_it_is(self, ax):
        done = [{"fdgo": 1.0, "fdanti": 0.0}, {"fdgo": 0.25, "fdanti": 0.5}]
        plot_executed([0.0, 1.0], done, {"fdanti": "as Anti asks"}, current=1.0, ax=ax)
        assert lines(ax) == [[(0, 0.0), (1, 0.5)], [(1, 0), (1, 1)]]
        plot_executed([0.0, 1.0], done, {"fdanti": "as Anti asks"}, ax=ax)
        assert len(lines(ax)) == 3

    def test_preference_marks_the_current_setting(self):
        shown = torch.tensor([[-1.0, 0.0], [0.5, 1.0]])
        ax = plot_preference([0.0, 1.0], shown, ("Go", "Anti"), current=(1.0, 0.0))
        np.testing.assert_array_equal(ax.images[0].get_array(), shown)
        (square,) = (patch for patch in ax.patches if isinstance(patch, Rectangle))
        assert (square.get_x(), square.get_y(), square.get_width()) == (-0.5, 0.5, 1.0)


class TestActivity:
    def test_order_by_peak(self):
        rates = torch.tensor([[0.0, 1.0, 5.0], [1.0, 3.0, 5.0], [2.0, 0.0, 4.0]])
        assert order_by_peak(rates).tolist() == [2, 1, 0]

    def test_rates_are_in_the_given_order(self, ax):
        rates = torch.rand(5, 3, generator=seeded())
        plot_rates(rates, dt=40, order=torch.tensor([2, 0, 1]), peak=2.0, ax=ax)
        np.testing.assert_allclose(ax.images[0].get_array(), rates.T[[2, 0, 1]])
        assert ax.images[0].get_clim() == (0, 2)
        assert ax.images[0].get_extent()[1] == 5 * 40

    def test_outputs_with_their_targets(self, ax):
        trials = trials_of("fdgo")
        outputs = torch.rand(trials.n_steps, 3, generator=seeded())
        plot_outputs(outputs, trials, trial=1, ax=ax)
        drawn = [line.get_ydata() for line in ax.get_lines()]
        for channel in range(3):
            np.testing.assert_allclose(drawn[2 * channel], outputs[:, channel])
            np.testing.assert_allclose(drawn[2 * channel + 1], trials.dense_targets()[:, 0, 1, channel])

    @pytest.mark.parametrize("plot", [plot_outputs, lambda o, t: plot_response(o, t, PAIR)])
    def test_outputs_must_be_those_of_the_trial(self, plot):
        trials = trials_of("fdgo")
        with pytest.raises(ValueError, match="outputs"):
            plot(torch.zeros(trials.n_steps - 1, 3), trials)

    def test_contexts_share_order_and_colours(self):
        net = network()
        with style():
            axes = plot_contexts(net, [trials_of(name) for name in PAIR], trial=2)
        states = [net.run(trials_of(name)) for name in PAIR]
        order = order_by_peak(states[0][:, 0, 2])
        for ax, rates in zip(axes[:2], states, strict=True):
            np.testing.assert_allclose(ax.images[0].get_array(), rates[:, 0, 2, order].T)
        assert axes[0].images[0].get_clim() == axes[1].images[0].get_clim()
        assert [ax.get_title(loc="left") for ax in axes[:2]] == [
            "under the context of Go",
            "under the context of Anti",
        ]
        fixation = net.readout(states[0])[:, 0, 2, 0]
        np.testing.assert_allclose(axes[2].get_lines()[0].get_ydata(), fixation)

    def test_contexts_are_of_one_task_each(self):
        with pytest.raises(ValueError, match="trials"):
            plot_contexts(network(), [generate(list(PAIR), 1, COMPACT, seeded())])

    @pytest.mark.parametrize(("fixation", "fill"), [(0.0, INK), (1.0, "none")])
    def test_response_ends_in_a_dot_that_says_whether_fixation_is_released(self, fixation, fill):
        trials = trials_of("fdgo")
        outputs = torch.zeros(trials.n_steps, 3)
        outputs[-1] = torch.tensor([fixation, 0.6, 0.8])
        end = plot_response(outputs, trials, PAIR).get_lines()[-1]
        assert end.get_xydata().tolist() == [pytest.approx((0.6, 0.8))]
        assert end.get_markerfacecolor() == fill

    def test_response_marks_the_answers_that_are_responses(self):
        trials = trials_of("fdgo")
        ax = plot_response(torch.zeros(trials.n_steps, 3), trials, (*PAIR, "dm1"), trial=1)
        angle = float(trials.conditions.angle[0, 1, 0])
        circles = [line.get_xydata()[0] for line in ax.get_lines()[2:4]]
        np.testing.assert_allclose(circles[0], (math.cos(angle), math.sin(angle)), atol=1e-6)
        np.testing.assert_allclose(circles[1], (-math.cos(angle), -math.sin(angle)), atol=1e-6)
        assert [text.get_text() for text in ax.texts] == ["Go", "Anti"]


class TestChanges:
    def test_changes_are_centred_on_nothing(self, ax):
        change = torch.tensor([[0.5, -2.0], [0.0, 1.0]])
        plot_changes(change, ["Go", "Anti"], ax=ax)
        np.testing.assert_array_equal(ax.images[0].get_array(), change)
        assert ax.images[0].get_clim() == (-2, 2)

    def test_similarity_is_the_cosine(self, ax):
        changes = torch.tensor([[[1.0, 0.0]], [[1.0, 1.0]], [[-2.0, 0.0]]])
        plot_similarity(changes, ["a", "b", "c"], ax=ax)
        root = 0.5**0.5
        expected = [[1, root, -1], [root, 1, -root], [-1, -root, 1]]
        np.testing.assert_allclose(ax.images[0].get_array(), expected, atol=1e-6)

    @pytest.mark.parametrize("plot", [plot_changes, plot_similarity])
    def test_needs_a_label_for_every_task(self, plot):
        with pytest.raises(ValueError, match="labels"):
            plot(torch.zeros(2, 3), ["Go"])


class TestTrial:
    def test_epochs_of_a_trial_are_those_that_last(self):
        trials = trials_of("reactgo")
        starts = epoch_starts(trials, 0, 1)
        assert [label for label, _ in starts] == ["fixation", "", "go", ""]
        assert starts[2][1] == COMPACT.dt * float(trials.onsets[EPOCHS.index("grace"), 0, 1])

    @pytest.mark.parametrize("preset", [COMPACT, YANG], ids=lambda preset: preset.name)
    def test_draws_the_rings_of_both_readouts(self, preset):
        trials = trials_of("contextdm1", preset=preset)
        axes = plot_trial(trials, trial=1)
        shown = trials.dense_inputs()[: int(trials.end[0, 1]), 0, 1, 1 : 1 + preset.n_ring]
        np.testing.assert_allclose(axes[1].images[0].get_array(), shown.T)
        assert axes[0].get_title(loc="left") == "Ctx DM 1"

    def test_every_task_can_be_drawn(self):
        trials = generate(BATTERY, 1, COMPACT, seeded())
        for task in BATTERY:
            axes = plot_trial(trials, task.name)
            plt.close(axes[0].figure)
            assert axes[0].get_title(loc="left") == task.label
