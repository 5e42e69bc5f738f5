"""Intervals cover as often as they say, and verdicts state what the seeds allow and nothing else."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modpack.measures.statistics import (
    FEWEST_FOR_INTERVAL,
    interval,
    per_unit,
    proportion_interval,
    summary,
    verdicts,
)

samples = st.lists(st.floats(-100, 100), min_size=6, max_size=12)


def table(values: dict[str, list[float]], measure="m", tasks="t") -> pd.DataFrame:
    """Rows of one measure and pair of tasks: a value per seed for every form."""
    rows = [
        {"form": form, "seed": seed, "tasks": tasks, "measure": measure, "value": value}
        for form, some in values.items()
        for seed, value in enumerate(some)
    ]
    return pd.DataFrame(rows).dropna()


def compared(found: pd.DataFrame) -> pd.DataFrame:
    return verdicts(found, "form", ["tasks"])


def verdict(found: pd.DataFrame, first: str, second: str) -> pd.Series:
    (row,) = (r for _, r in found.iterrows() if (r["first"], r["second"]) == (first, second))
    return row


class TestInterval:
    def test_covers_the_mean_of_small_normal_samples(self):
        draws = np.random.default_rng(1).normal(3, 2, size=(500, 10))
        covered = [low <= 3 <= high for _, low, high, _ in (interval(d, 999) for d in draws)]
        assert 0.92 < np.mean(covered) < 0.98  # the plain percentile interval: 0.90

    def test_agrees_with_student_where_that_is_exact(self):
        sample = stats.norm.ppf((np.arange(40) + 0.5) / 40)
        expected = stats.t.interval(0.95, 39, sample.mean(), sample.std(ddof=1) / np.sqrt(40))
        assert interval(sample)[1:3] == pytest.approx(expected, rel=0.05)

    @given(samples, st.floats(-10, 10), st.floats(0.1, 10))
    def test_moves_with_the_values(self, sample, shift, unit):
        one = interval(sample, 199)
        other = interval(unit * np.array(sample) + shift, 199)
        assert other[:3] == pytest.approx([unit * x + shift for x in one[:3]], abs=1e-6)
        assert one.low - 1e-9 <= one.mean <= one.high + 1e-9

    def test_is_the_same_every_time(self):
        sample = np.arange(10.0) ** 2
        assert interval(sample) == interval(sample) != interval(sample, seed=1)

    def test_of_equal_values_is_a_point(self):
        assert interval([0.25] * 6) == (0.25, 0.25, 0.25, 6)

    def test_few_values_have_no_interval(self):
        assert np.isnan(interval([])[0]) and interval([])[3] == 0
        for some in ([2.0], [1.0, 2.0, 3.0], [2.0] * (FEWEST_FOR_INTERVAL - 1)):
            mean, low, high, n = interval(some)
            assert (mean, n) == (2.0, len(some)) and np.isnan(low) and np.isnan(high)

    @pytest.mark.parametrize("values", [[1.0, np.nan], [[1.0, 2.0]]])
    def test_refuses_what_is_no_list_of_numbers(self, values):
        with pytest.raises(ValueError, match="values"):
            interval(values)


class TestProportions:
    def test_known_intervals(self):
        # Newcombe (1998), Statistics in Medicine 17:857, table I, method 3
        for count, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)):
            assert proportion_interval(count, n) == pytest.approx((low, high), abs=5e-5)

    @pytest.mark.parametrize(("count", "n"), [(11, 10), (-1, 10), (0, 0)])
    def test_refuses_what_is_no_count(self, count, n):
        with pytest.raises(ValueError, match=r"count=|n="):
            proportion_interval(count, n)


class TestVerdicts:
    noise = np.random.default_rng(0).normal(0, 5, 10)

    def test_pairing_by_seed_takes_out_what_seeds_have_in_common(self):
        found = compared(table({"a": self.noise + 1, "b": self.noise}))
        assert verdict(found, "a", "b")["verdict"] == "higher"
        assert verdict(found, "a", "b")["difference"] == pytest.approx(1)
        swapped = compared(table({"b": self.noise, "a": self.noise + 1}))
        assert verdict(swapped, "b", "a")["verdict"] == "lower"

    def test_without_a_difference_nothing_is_stated(self):
        found = compared(table({"a": self.noise, "b": self.noise}))
        assert verdict(found, "a", "b")["verdict"] == "undecided"
        unpaired = compared(table({"a": self.noise + 1, "b": self.noise[::-1]}))
        assert verdict(unpaired, "a", "b")["verdict"] == "undecided"

    @pytest.mark.parametrize(("n", "expected"), [(1, "undecided"), (9, "undecided"), (10, "higher")])
    def test_few_seeds_decide_nothing(self, n, expected):
        found = compared(table({"a": [5.0] * n, "b": [1.0] * n}))
        assert verdict(found, "a", "b")["verdict"] == expected

    def test_only_tasks_that_both_have_are_compared(self):
        both = table({"a": [1, 2, 3], "b": [0, 1, 2]}, tasks="t")
        alone = table({"a": [900, 900, 900]}, tasks="another")
        row = verdict(compared(pd.concat([both, alone])), "a", "b")
        assert (row["difference"], row["n"]) == (1, 3)

    def test_seeds_without_a_partner_do_not_count(self):
        row = verdict(compared(table({"a": [1, 2, 300], "b": [0, 1, np.nan]})), "a", "b")
        assert (row["difference"], row["n"]) == (1, 2)

    def test_tasks_weigh_the_same_in_every_seed(self):
        some = [table({"a": [x, x + 1], "b": [0, 0]}, tasks=f"t{x}") for x in (1, 2, 6)]
        assert verdict(compared(pd.concat(some)), "a", "b")["difference"] == 3.5

    def test_any_columns_will_do(self):
        three = table({"a": [1, 2], "b": [0, 0], "c": [5, 5]})
        renamed = three.rename(columns={"form": "code", "seed": "order", "tasks": "K"})
        found = verdicts(renamed, "code", ["K"], unit="order")
        pd.testing.assert_frame_equal(found, compared(three))
        assert list(zip(found["first"], found["second"], found["difference"], strict=True)) == [
            ("a", "b", 1.5),
            ("a", "c", -3.5),
            ("b", "c", -5),
        ]
        with pytest.raises(ValueError, match=r"compare='kode'.*did you mean 'code'"):
            verdicts(renamed, "kode", unit="order")

    def test_conditions_are_compared_and_each_with_its_own_controls(self):
        controls = {"none": {"a": [1, 2], "b": [1, 2]}, "shuffled": {"a": [3, 4]}, "other": {"b": [0, 1]}}
        both = pd.concat([table(values).assign(control=name) for name, values in controls.items()])
        found = verdicts(both, "form", ["tasks"], control="control")
        assert found[["first", "second", "difference"]].values.tolist() == [
            ["a", "b", 0],
            ["a", "a (shuffled)", -2],
            ["b", "b (other)", 1],
        ]

    def test_a_failure_is_no_score(self):
        broken = table({"a": [1, 2]}).assign(value=[1, np.inf])
        with pytest.raises(ValueError, match="value="):
            compared(broken)


def test_summary_counts_each_network_once():
    rows = pd.concat([table({"a": [1, 3] * 3}, tasks="t"), table({"a": [3, 5] * 3}, tasks="u")])
    assert per_unit(rows, ["measure", "form"])["value"].tolist() == [2, 4] * 3
    (row,) = summary(rows, ["measure", "form"]).to_dict("records")
    assert (row["form"], row["mean"], row["n"]) == ("a", 3, 6)
    assert (row["low"], row["high"]) == interval([2, 4] * 3)[1:3]
