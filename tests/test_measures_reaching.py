"""When a learning curve reaches a level: curves and samples whose answer is known."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modpack.measures.reaching import late, learned_most, mean_octaves, reached, times_to, told_apart


def test_a_straight_line_reaches_the_level_where_it_crosses_it():
    found = reached([0, 400, 800, 1200], [0, 0.5, 0.7, 0.9], 0.8)
    assert found == pytest.approx((math.log2(1000), math.log2(800), math.log2(1200)))


def test_the_first_time_counts():
    assert reached([0, 100, 200, 300], [0, 0.9, 0.1, 0.9], 0.9).octaves == pytest.approx(math.log2(100))


def test_what_is_not_reached_lies_beyond_the_last_evaluation():
    assert reached([0, 64, 128], [0, 0.5, 0.89], 0.9) == (7, 7, math.inf)


def test_what_is_there_from_the_beginning_lies_below_the_first():
    assert reached([0, 64, 128], [0.95, 0.5, 0.5], 0.9) == (6, -math.inf, 6)
    assert reached([0, 64, 128], [0.5, 0.9, 0.5], 0.9) == (6, -math.inf, 6)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8), st.floats(0.05, 0.95))
def test_the_moment_lies_between_its_ends(performance, level):
    found = reached(64 * np.arange(len(performance)), performance, level)
    assert found.low <= found.octaves <= found.high
    assert math.isinf(found.high) == (max(performance) < level)


@pytest.mark.parametrize(
    ("trials", "performance", "named"),
    [
        ([0], [0.5], "trials"),
        ([1, 2], [0, 1], "trials"),
        ([0, 2, 2], [0, 1, 1], "trials"),
        ([0, 1], [0, 1, 1], "performance"),
        ([0, 1], [0, math.nan], "performance"),
    ],
)
def test_curves_that_are_none_are_refused(trials, performance, named):
    with pytest.raises(ValueError, match=named):
        reached(trials, performance, 0.9)


def test_every_curve_of_a_table_is_read_in_the_order_of_its_trials():
    curve = pd.DataFrame({"trials": [200, 0, 100], "value": [1.0, 0.0, 0.5]})
    table = pd.concat([curve.assign(form="bias", seed=1), curve.assign(form="gain", seed=1, value=0.0)])
    found = times_to(table, ["form", "seed"], 0.75)
    assert list(found["form"]) == ["bias", "gain"] and set(found["measure"]) == {"log2 trials"}
    assert found["value"].tolist() == pytest.approx([math.log2(150), math.log2(200)])
    assert found["high"].tolist() == pytest.approx([math.log2(200), math.inf])


def test_the_mean_of_a_sample_is_found_from_the_intervals_that_its_values_lie_in():
    values = np.random.default_rng(0).normal(10, 0.5, 400)
    ends = np.log2(400 * np.arange(1, 5))  # a tenth of the values lies beyond the last, 10.64
    low, high = np.append(-np.inf, ends), np.append(ends, np.inf)
    at = np.searchsorted(ends, values)
    assert mean_octaves(low[at], high[at]) == pytest.approx(values.mean(), abs=0.05)


def test_the_mean_of_what_is_known_on_one_side_only_is_not_known():
    assert mean_octaves([10, 10], [np.inf, np.inf]) == np.inf
    assert math.isnan(mean_octaves([-np.inf, -np.inf], [8, 8]))


def test_the_end_is_the_mean_of_the_last_evaluations():
    curve = pd.DataFrame({"trials": [400, 0, 100, 300, 200], "value": [1.0, 0.0, 0.0, 0.5, 0.3]})
    found = late(pd.concat([curve.assign(seed=1), curve.assign(seed=2, value=0.2)]), ["seed"], 2)
    assert found.set_index("seed")["value"].to_dict() == pytest.approx({1: 0.75, 2: 0.2})
    assert set(found["measure"]) == {"performance at the end"}


def test_groups_of_which_most_curves_lie_beyond_an_end_are_left_out():
    inf = math.inf
    ends = {"known": [(8, 9)] * 4, "half": [(8, 9), (9, 10), (-inf, 7), (-inf, 7)]}
    ends |= {"early": [(-inf, 7)] * 3 + [(8, 9)], "never": [(10, inf)] * 3 + [(8, 9)]}
    rows = [{"task": name, "low": low, "high": high} for name, each in ends.items() for low, high in each]
    assert told_apart(pd.DataFrame(rows), "task") == ("known", "half")


def test_the_setting_that_is_chosen_learned_most_in_all_networks():
    rows = [
        {"form": form, "rate": rate, "seed": seed, "trials": trials, "value": value if trials else 1 - value}
        for form, rate, value, seeds in [
            ("bias", 0.1, 0.5, (1, 2)),
            ("bias", 0.2, 0.7, (1, 2)),
            ("bias", 0.3, 0.9, (1,)),
            ("gain", 0.1, 0.6, (1, 2)),
        ]
        for seed in seeds
        for trials in (0, 400)
    ]
    assert learned_most(pd.DataFrame(rows), "form", "rate") == {"bias": 0.2, "gain": 0.1}
