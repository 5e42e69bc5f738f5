"""Figures of packing show the means that they are given, and learning curves come from the record."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from modpack.colours import COLOURS, colour_of
from modpack.figures.packing import plot_by_size, plot_map
from modpack.measures.learning import curves
from modpack.strokes import PACKED

TABLE = pd.DataFrame(
    [
        {"form": form, "n_tasks": k, "n_neurons": n, "seed": seed, "value": value + 0.01 * seed}
        for form in ("synaptic", "row+release", "excitability")
        for k, n, value in (
            (4, 3, 0.25),
            (4, 6, 0.35),
            (4, 12, 0.35),
            (8, 3, 0.25),
            (8, 6, 0.25),
            (8, 12, 0.35),
        )
        for seed in range(9)
    ]
)


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_a_map_has_a_square_with_its_mean_for_every_size_and_number_of_tasks():
    ax = plot_map(TABLE, "synaptic", {4: 0.5, 8: 0.4})
    squares = {(line.get_xdata()[0], line.get_ydata()[0]): line for line in ax.lines}
    texts = {text.xy: text.get_text() for text in ax.texts}
    assert squares.keys() == texts.keys() == {(np.log2(n), row) for n in (3, 6, 12) for row in (0, 1)}
    assert texts[np.log2(6), 0] == "39" and texts[np.log2(6), 1] == "29"
    darker, paler = (squares[np.log2(6), row].get_markerfacecolor() for row in (0, 1))
    assert darker[:3] == paler[:3] == to_rgb(COLOURS["synaptic"]) and darker[3] > paler[3]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["4\n(floor 50)", "8\n(floor 40)"]


def test_a_map_of_a_form_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="did you mean 'synaptic'"):
        plot_map(TABLE, "synaptik", {4: 0.5, 8: 0.4})


def test_lines_over_sizes_are_means_with_intervals_in_the_colour_and_with_the_mark_of_their_form():
    ax = plot_by_size(TABLE[TABLE["n_tasks"] == 4].sample(frac=1, random_state=0))
    for line, bars in zip(ax.lines, ax.collections, strict=True):
        form = line.get_label()
        assert line.get_color() == colour_of(form) and line.get_marker() == PACKED[form][0]
        np.testing.assert_allclose(line.get_ydata(), [0.29, 0.39, 0.39])
        np.testing.assert_allclose(np.exp2(line.get_xdata()), [3, 6, 12], rtol=0.03)
        for mean, ends in zip(line.get_ydata(), bars.get_segments(), strict=True):
            assert ends[0][1] < mean < ends[1][1]
    assert {line.get_label() for line in ax.lines} == set(TABLE["form"])


def test_forms_that_share_a_colour_have_marks_and_lines_of_their_own():
    assert len(set(PACKED.values())) == len({look[0] for look in PACKED.values()}) == len(PACKED)


def test_learning_curves_are_those_of_the_record():
    def network(seed, tasks, learned):
        model = {"form": "bias", "code": "one_hot", "n_neurons": 5, "seed": seed, "preset": "compact"}
        config = {"model": model, "protocol": {"tasks": tasks}, "recipe": {"steps": 600}}
        return {"config": config, "learned": learned, "mean": 0.9}

    first = network(3, ["map4-1032"], [[300, 0.25], [600, 0.75]])
    found = curves([first, network(4, ["map4-0123", "map4-1032"], [[600, 0.5]])])
    assert found[["seed", "step", "value"]].values.tolist() == [[3, 300, 0.25], [3, 600, 0.75], [4, 600, 0.5]]
    assert found["n_tasks"].tolist() == [1, 1, 2] and found["first_task"].iloc[2] == "map4-0123"
    assert set(found["steps"]) == {600} and set(found["form"]) == {"bias"} and set(found["n_neurons"]) == {5}
