"""Figures of new tasks: what is drawn where, and that what is not known looks different."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from modpack.colours import colour_of
from modpack.figures.new_task import plot_curves, plot_times
from modpack.strokes import LEARNED


def curves() -> pd.DataFrame:
    rows = [
        {"form": form, "condition": condition, "seed": seed, "trials": trials, "value": trials / 800}
        for form in ("bias", "synaptic")
        for condition in ("modulation", "readout")
        for seed in range(6)
        for trials in (400, 0, 800)
    ]
    return pd.DataFrame(rows)


def test_a_curve_is_the_mean_over_networks_in_the_order_of_trials():
    ax = plot_curves(curves(), 0.9)
    level, *lines = ax.lines
    assert list(level.get_ydata()) == [0.9, 0.9] and len(lines) == 4
    for line in lines:
        form, condition = line.get_label().split(", ")
        assert line.get_linestyle() == LEARNED[condition] and to_hex(line.get_color()) == colour_of(form)
        np.testing.assert_allclose(line.get_xydata(), [[0, 0], [400, 0.5], [800, 1]])


def test_what_lies_beyond_an_end_is_drawn_open_at_its_end():
    inf = np.inf
    times = pd.DataFrame(
        [("bias", "dm2", 9.5, 9, 10), ("bias", "dm2", 12, 12, inf), ("bias", "fdgo", 7.3, -inf, 8)],
        columns=["form", "task", "value", "low", "high"],
    )
    ax = plot_times(times)
    drawn = {(line.get_marker(), y) for line in ax.lines for y in line.get_ydata()}
    assert drawn == {("o", 9.5), ("^", 12.0), ("v", 8.0)}
    assert all(line.get_markerfacecolor() == "none" for line in ax.lines if line.get_marker() != "o")
    assert [text.get_text() for text in ax.get_xticklabels()] == ["dm2", "fdgo"]
    assert ax.yaxis.get_major_formatter()(10, 0) == "1024"


@pytest.mark.parametrize("draw", [lambda table: plot_curves(table, 0.9), plot_times])
def test_an_empty_table_is_refused(draw):
    with pytest.raises(ValueError, match="empty"):
        draw(curves().iloc[:0])
