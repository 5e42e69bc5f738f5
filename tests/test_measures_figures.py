"""Figures of the table of dynamics show its numbers, forms in their colours and controls in grey."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from modpack.colours import COLOURS, FAINT, INK
from modpack.figures.differences import plot_differences
from modpack.figures.levels import plot_levels
from modpack.figures.measures import LABELS, plot_measure, plot_measures
from modpack.figures.tables import table_of_means, written
from modpack.figures.verdicts import MARKERS, plot_verdicts
from modpack.measures.statistics import FEWEST_FOR_INTERVAL, interval
from modpack.measures.verdicts import Comparison, judge

VALUES = {
    ("excitability", "none"): [1.0, 2.0, 4.0, 2.0, 3.0, 2.5],
    ("synaptic", "none"): [0.0, 1.0, 5.0, 2.0, 1.0, 1.5],
    ("synaptic", "shuffled"): [7.0, 8.0, 9.0, 7.0, 8.0, 8.5],
}
TABLE = pd.DataFrame(
    [
        {"form": form, "control": control, "seed": seed, "tasks": "t", "epoch": "", "measure": measure}
        | {"value": value}
        for measure in ("displacement", "bifurcations")
        for (form, control), some in VALUES.items()
        for seed, value in enumerate(some)
    ]
)


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_shows_every_seed_the_mean_and_its_interval():
    ax = plt.subplots()[1]
    assert plot_measure(TABLE, "displacement", ax=ax) is ax
    dots = [line for line in ax.get_lines() if line.get_marker() == "."]
    assert [line.get_ydata().tolist() for line in dots] == list(VALUES.values())
    means = [line.get_ydata()[0] for line in ax.get_lines() if line.get_marker() != "."]
    np.testing.assert_allclose(means, [np.mean(some) for some in VALUES.values()])
    ends = [segment[:, 1] for bar in ax.collections for segment in bar.get_segments()]
    np.testing.assert_allclose(ends, [interval(some)[1:3] for some in VALUES.values()])


def test_forms_have_their_colours_and_controls_are_grey():
    ax = plot_measure(TABLE, "displacement")
    colours = [line.get_color() for line in ax.get_lines() if line.get_marker() == "."]
    assert colours == [COLOURS["excitability"], COLOURS["synaptic"], FAINT]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["excitability", "synaptic"]
    assert ax.get_legend_handles_labels()[1] == ["context of an unrelated task"]
    assert ax.get_ylabel() == LABELS["displacement"]


def test_several_measures_have_an_axes_each():
    axes = plot_measures(TABLE, ("displacement", "bifurcations"))
    assert [ax.get_ylabel() for ax in axes] == [LABELS["displacement"], LABELS["bifurcations"]]
    (legend,) = axes[0].figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["context of an unrelated task"]
    own = list(plt.subplots(1, 2)[1])
    assert plot_measures(TABLE, ("displacement", "bifurcations"), ax=own) == own


def test_refuses_what_it_cannot_draw():
    with pytest.raises(ValueError, match="did you mean 'displacement'"):
        plot_measure(TABLE, "displacements")
    with pytest.raises(ValueError, match="2 axes"):
        plot_measures(TABLE, ("displacement", "bifurcations"), ax=[plt.subplots()[1]])


def test_a_family_is_drawn_as_it_was_judged():
    rng = np.random.default_rng(0)
    rows = [
        {"form": form, "seed": seed, "tasks": "t", "measure": "m", "value": mean + 0.1 * rng.normal()}
        for form, mean in {"a": 0.0, "b": 0.0, "c": 2.0}.items()
        for seed in range(10)
    ]
    family = [Comparison("a - b", "a", "b", "m", 0.3), Comparison("a - c", "a", "c", "m", 0.3)]
    judged = judge(pd.DataFrame(rows), family)
    assert judged["verdict"].tolist() == ["equivalent", "lower"]
    ax = plot_verdicts(judged)
    drawn = [line for line in ax.get_lines() if line.get_marker() in MARKERS.values()]
    assert [line.get_xdata()[0] for line in drawn] == judged["difference"].tolist()
    assert [line.get_marker() for line in drawn] == [MARKERS["equivalent"], MARKERS["lower"]]
    assert [text.get_text() for text in ax.texts] == ["equivalent", "lower"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a - b", "a - c"]
    wide, narrow = (bars.get_segments() for bars in ax.collections)
    np.testing.assert_allclose([s[:, 0] for s in narrow], judged[["low", "high"]])
    np.testing.assert_allclose([s[:, 0] for s in wide], judged[["bootstrap low", "bootstrap high"]])
    np.testing.assert_allclose([bar.get_width() for bar in ax.patches], 0.6)


def test_levels_keep_the_order_of_the_table_and_few_networks_have_no_interval():
    rows = [
        {"form": form, "level": level, "seed": seed, "value": level + 0.1 * seed}
        for form, n in (("bias", 6), ("gain", 6), ("synaptic", 3))
        for level in (0.99, 0.9, 0.7)
        for seed in range(n)
    ]
    ax = plot_levels(pd.DataFrame(rows))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.99", "0.9", "0.7"]
    drawn = {bars.get_label(): bars for bars in ax.containers}
    for form, n in (("bias", 6), ("synaptic", 3)):
        line, _, (intervals,) = drawn[form]
        assert line.get_ydata() == pytest.approx([level + 0.05 * (n - 1) for level in (0.99, 0.9, 0.7)])
        assert line.get_color() == COLOURS["excitability" if form == "bias" else "synaptic"]
        segments = intervals.get_segments()
        if n < FEWEST_FOR_INTERVAL:
            assert not any(len(segment) for segment in segments)
        else:
            expected = interval([0.9 + 0.1 * seed for seed in range(n)])
            assert segments[1][:, 1] == pytest.approx([expected.low, expected.high])
    looks = [(bars[0].get_marker(), bars[0].get_linestyle()) for bars in ax.containers]
    assert len(set(looks)) == 3  # forms of one pathway have one colour


JUDGED = pd.DataFrame(
    {
        "contrast": ["a - b", "a - b", "a - c"],
        "measure": ["turn", "jump", "jump"],
        "difference": [0.5, -0.1, 0.2],
        "low": [0.2, -0.4, 0.1],
        "high": [0.8, 0.2, 0.3],
        "verdict": ["higher", "undecided", "higher"],
    }
)


class TestDifferences:
    def test_a_row_for_each_measure_grey_where_nothing_is_decided(self):
        first, second = plot_differences(JUDGED, "contrast")
        dots = [line for line in first.get_lines() if line.get_marker() == "o"]
        assert [(*line.get_xdata(), *line.get_ydata()) for line in dots] == [(0.5, 0), (-0.1, 1)]
        assert [line.get_color() for line in dots] == [INK, FAINT]
        assert [line.get_ydata()[0] for line in second.get_lines() if line.get_marker() == "o"] == [1]
        ends = [bar.get_segments()[0][:, 0].tolist() for bar in first.collections]
        assert ends == [[0.2, 0.8], [-0.4, 0.2]]

    def test_an_axis_for_each_contrast(self):
        with pytest.raises(ValueError, match="2 axes, one for each contrast"):
            plot_differences(JUDGED, "contrast", plt.subplots(1, 3)[1])


class TestTables:
    def test_a_mean_with_its_interval_and_how_many_it_is_of(self):
        shown = table_of_means(TABLE[TABLE["measure"] == "displacement"], ["form"], "control")
        mean, low, high, n = interval(VALUES["excitability", "none"])
        assert shown.loc["excitability", "none"] == f"{mean:.2f} [{low:.2f}, {high:.2f}], {n}"
        assert shown.loc["excitability", "shuffled"] == ""
        assert shown.columns.tolist() == ["none", "shuffled"]

    def test_a_few_values_have_a_mean_alone_and_no_zero_is_negative(self):
        assert written(interval([-0.001, 0.0, 0.0])) == "0.00, 3"

    def test_no_digit_is_missing(self):
        with pytest.raises(ValueError, match="digits"):
            written(interval([1.0]), -1)
