"""Figures of streams: what is drawn where."""

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.colors import to_hex

from modpack.colours import colour_of
from modpack.figures.stream import plot_belief, plot_forms

TABLE = pd.DataFrame(
    [
        {"form": form, "seed": seed, "value": seed + k}
        for k, form in enumerate(("row", "bias"))
        for seed in range(6)
    ]
)


def test_beliefs_stand_by_state_and_trial_and_the_truth_on_its_state():
    belief = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    ax = plot_belief(belief, torch.tensor([0, 1, 1]))
    np.testing.assert_array_equal(ax.images[0].get_array(), belief.mT)
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[0, 0], [1, 1], [2, 1]])
    with pytest.raises(ValueError, match=r"state=\(2,\) .* of 3 trials"):
        plot_belief(belief, torch.tensor([0, 1]))


def test_forms_stand_in_the_order_asked_for_each_with_its_networks():
    ax = plot_forms(TABLE, ("bias", "gain", "row"), 4.0)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["bias", "row"]
    ideal, *rest = ax.lines
    assert list(ideal.get_xdata()) == [4, 4]
    for place, (name, mean) in enumerate((("bias", 3.5), ("row", 2.5))):
        dots, bar, middle = rest[3 * place : 3 * place + 3]
        assert sorted(dots.get_xdata()) == sorted(TABLE[TABLE["form"] == name]["value"])
        assert middle.get_xydata().tolist() == [[mean, place]]
        low, high = bar.get_xdata()
        assert low < mean < high
        assert to_hex(middle.get_color()) == to_hex(bar.get_color()) == colour_of(name)
    with pytest.raises(ValueError, match="without these forms"):
        plot_forms(TABLE, ("gain",), 4.0)
