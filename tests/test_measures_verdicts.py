"""Verdicts on a declared family: what is planted is found, and few seeds or many tests decide less."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from modpack.measures.statistics import FEWEST_FOR_VERDICT, interval
from modpack.measures.verdicts import Comparison, crossed_interval, differences, interactions, judge

UNIT_NORMAL = stats.norm.ppf((np.arange(12) + 0.5) / 12)
NOISE = np.random.default_rng(0).permutation(UNIT_NORMAL / UNIT_NORMAL.std(ddof=1))
"""Twelve differences of mean 0 and standard deviation 1."""


def table(measure="m", **values) -> pd.DataFrame:
    """Rows of one measure: a value for every condition, pair of tasks and seed; nan where there is none."""
    rows = [
        {"form": form, "tasks": f"t{k}", "seed": seed, "measure": measure, "value": value}
        for form, some in values.items()
        for k, cells in enumerate(np.atleast_2d(some))
        for seed, value in enumerate(cells)
    ]
    return pd.DataFrame(rows).dropna()


def family(*measures: str, margin: float = 0.1) -> list[Comparison]:
    return [Comparison(f"{m}: a - b", "a", "b", m, margin) for m in measures]


def of(difference, margin=0.1) -> pd.Series:
    """The verdict on one comparison whose differences are given, on top of what seeds have in common."""
    shared = 5 * NOISE[::-1][: len(difference)]
    return judge(table(a=shared + difference, b=shared), family("m", margin=margin)).iloc[0]


class TestVerdict:
    @pytest.mark.parametrize(
        ("mean", "spread", "margin", "expected"),
        [
            (1.0, 0.5, 0.1, "higher"),
            (-1.0, 0.5, 0.1, "lower"),
            (0.0, 1.0, 0.1, "undecided"),
            (0.0, 0.1, 0.1, "equivalent"),
            (0.05, 0.01, 0.1, "equivalent"),  # surely not zero, surely too small to matter: in this order
            (0.2, 0.01, 0.1, "higher"),
        ],
    )
    def test_states_what_was_planted(self, mean, spread, margin, expected):
        found = of(mean + spread * NOISE, margin)
        assert found["verdict"] == expected
        assert (found["difference"], found["n"]) == (pytest.approx(mean), 12)

    def test_statistics_are_those_of_the_paired_t_test(self):
        found, sample = of(0.3 + NOISE), 0.3 + NOISE
        assert found["p"] == found["p adjusted"] == pytest.approx(stats.ttest_rel(sample, 0 * sample).pvalue)
        half = stats.t.ppf(0.95, 11) / np.sqrt(12)
        assert (found["low"], found["high"]) == pytest.approx((0.3 - half, 0.3 + half))
        assert (found["bootstrap low"], found["bootstrap high"]) == pytest.approx(interval(sample)[1:3])

    def test_the_margin_is_met_where_two_one_sided_tests_say_so(self):
        half = stats.t.ppf(0.95, 11) / np.sqrt(12)
        assert of(0.3 + NOISE, 0.3 + half + 1e-9)["verdict"] == "equivalent"
        assert of(0.3 + NOISE, 0.3 + half - 1e-9)["verdict"] == "undecided"

    @pytest.mark.parametrize("n", [1, 3, FEWEST_FOR_VERDICT - 1])
    def test_few_seeds_decide_nothing(self, n):
        found = of(5 + 0.01 * NOISE[:n])
        assert (found["verdict"], found["n"], found["p"]) == ("undecided", n, 1)
        assert found[["low", "high", "crossed low", "crossed high"]].isna().all()

    def test_differences_that_are_all_the_same(self):
        assert of(np.full(10, 1.0))["verdict"] == "higher"
        assert of(np.zeros(10))["verdict"] == "equivalent"
        assert (of(np.zeros(10))["p"], of(np.full(10, 1.0))["p"]) == (1, 0)

    @settings(max_examples=8, deadline=None)  # a bootstrap each
    @given(st.lists(st.floats(-10, 10), min_size=12, max_size=12), st.floats(0.01, 20))
    def test_who_comes_first_turns_the_sign_and_nothing_else(self, sample, margin):
        one, other = of(np.round(sample, 3), margin), of(-np.round(sample, 3), margin)
        turned = {"higher": "lower", "lower": "higher"}
        assert other["verdict"] == turned.get(one["verdict"], one["verdict"])
        assert (other["low"], other["high"]) == pytest.approx((-one["high"], -one["low"]), abs=1e-9)


class TestFamily:
    def test_holm_adjusts_within_the_family(self):
        means = (0.65, 0.9, 0.02)
        parts = [table(f"m{k}", a=mean + NOISE, b=0 * NOISE) for k, mean in enumerate(means)]
        found = judge(pd.concat(parts), family("m0", "m1", "m2"))
        raw = found["p"].to_numpy()
        assert raw[1] < raw[0] < 0.05 < 2 * raw[0] < raw[2]
        by_hand = [max(3 * raw[1], 2 * raw[0]), 3 * raw[1], max(2 * raw[0], raw[2])]
        assert found["p adjusted"].tolist() == pytest.approx(by_hand)
        assert found["verdict"].tolist() == ["undecided", "higher", "undecided"]
        alone = judge(pd.concat(parts), family("m0"))
        assert alone["p adjusted"].item() == raw[0]

    def test_a_test_without_data_still_counts_in_the_family(self):
        some = table("m0", a=0.7 + NOISE, b=0 * NOISE)
        few = table("m1", a=[1.0, 2.0], b=[0.0, 0.0])
        found = judge(pd.concat([some, few]), family("m0", "m1"))
        assert found["p adjusted"].tolist() == pytest.approx([2 * found["p"][0], 1])

    def test_several_conditions_are_a_mean_within_each_seed(self):
        test = Comparison("within - cross", "w", ("c", "d"), "m", 1)
        found = differences(table(w=[5.0, 6.0], c=[1.0, 2.0], d=[3.0, np.nan]), test)
        assert found.to_dict() == {"t0": {0: 3.0}}

    def test_a_seed_counts_where_it_has_every_pair(self):
        some = table(a=[[1, 2, 3], [4, 5, np.nan], [9, 9, 9]], b=[[0, 0, 0], [0, 0, 0], [np.nan] * 3])
        found = differences(some, family("m")[0])
        assert found.columns.tolist() == ["t0", "t1"] and found.index.tolist() == [0, 1]

    @pytest.mark.parametrize(
        ("tests", "problem"),
        [
            ([], "family"),
            (family(*"abcdefghijklm"), "family"),
            (family("m", "m"), "different names"),
            ([Comparison("x", "a", "bb", "m", 1)], "did you mean 'b'"),
            ([Comparison("x", "a", "b", "mm", 1)], "did you mean 'm'"),
        ],
    )
    def test_refuses_a_family_that_cannot_be_judged(self, tests, problem):
        with pytest.raises(ValueError, match=problem):
            judge(table(a=[1.0], b=[2.0]), tests)

    def test_refuses_a_comparison_that_is_none(self):
        with pytest.raises(ValueError, match="margin=0"):
            Comparison("x", "a", "b", "m", 0)
        with pytest.raises(ValueError, match="second"):
            Comparison("x", ("a", "b"), "b", "m", 1)

    def test_a_failure_is_no_score(self):
        with pytest.raises(ValueError, match="value="):
            judge(table(a=[1.0, np.inf], b=[0.0, 0.0]), family("m"))


KINDS = {"t0": "context", "t1": "go", "t2": "go"}


class TestInteraction:
    def test_finds_the_difference_of_differences_and_no_main_effect(self):
        go = 2 + NOISE
        some = table(a=[go + 0.7 + 0.1 * NOISE[::-1], go, go - 0.2], b=[NOISE] * 3)
        (row,) = interactions(some, family("m"), KINDS).to_dict("records")
        assert (row["kinds"], row["verdict"], row["n"]) == ("context - go", "higher", 12)
        assert row["difference"] == pytest.approx(0.7 + 0.1)  # go: the mean of 2 and 1.8
        same = table(a=[go, go, go], b=[NOISE] * 3)
        assert interactions(same, family("m"), KINDS)["verdict"].tolist() == ["equivalent"]

    def test_every_cell_needs_a_kind_and_there_are_two(self):
        some = table(a=[NOISE] * 3, b=[NOISE] * 3)
        with pytest.raises(ValueError, match="tasks='t2'"):
            interactions(some, family("m"), {"t0": "x", "t1": "y"})
        with pytest.raises(ValueError, match="kinds"):
            interactions(some, family("m"), dict.fromkeys(KINDS, "x"))
        with pytest.raises(ValueError, match=r"table=.*1 kind"):
            interactions(table(a=NOISE, b=NOISE), family("m"), KINDS)


class TestCrossed:
    def test_variances_of_units_and_cells_add_up(self):
        # of values u_i + c_j, a resampled mean is that of the u plus that of the c, drawn independently
        cells = np.array([-1.5, 0.5, 1.0, 2.0, -2.0])
        found = crossed_interval(NOISE[:, None] + cells, resamples=40_000)
        spread = np.sqrt(NOISE.var() / 12 + cells.var() / 5)
        assert found.mean == pytest.approx(0, abs=1e-12)
        assert found.high - found.low == pytest.approx(2 * 1.96 * spread, rel=0.03)

    def test_of_one_cell_nothing_is_said(self):
        found = crossed_interval(NOISE[:, None] + 1)
        assert found.mean == pytest.approx(1) and found.n == 12 and np.isnan([found.low, found.high]).all()

    def test_stands_beside_the_verdict(self):
        some = table(a=[NOISE, NOISE + 3, NOISE - 3], b=[0 * NOISE] * 3)
        row = judge(some, family("m")).iloc[0]
        assert row["crossed high"] - row["crossed low"] > 2 * (row["bootstrap high"] - row["bootstrap low"])
        expected = crossed_interval(np.stack([NOISE, NOISE + 3, NOISE - 3], 1))
        assert (row["crossed low"], row["crossed high"]) == pytest.approx(expected[1:3])

    @pytest.mark.parametrize("values", [[1.0, 2.0], [[1.0, np.nan]]])
    def test_refuses_what_is_no_table(self, values):
        with pytest.raises(ValueError, match="values"):
            crossed_interval(values)
