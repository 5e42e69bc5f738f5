"""Verdicts on a family of comparisons declared beforehand: equivalent, higher, lower, or undecided.

The unit is the network (the seed). Conditions are compared by the differences within each unit, so that what
a verdict says holds for the pairs of tasks in the table and no others; the interval that draws these at
random, too, stands beside it.
"""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.multitest import multipletests

from modpack._checks import choose, positive, require
from modpack.measures.statistics import FEWEST_FOR_VERDICT, Interval, interval, per_unit

LEVEL = 0.05
"""A difference is stated where its p-value, adjusted by Holm's method, is below this."""

LARGEST_FAMILY = 12
"""Comparisons that one family may have."""


@dataclass(frozen=True)
class Comparison:
    """One comparison of a family, declared before the table is looked at.

    Parameters
    ----------
    name : str
        What it is called in tables and text.
    first, second : str or tuple of str
        Conditions; of several, the mean is taken within each unit.
    measure : str
        Name in the column ``measure``.
    margin : float
        Differences smaller than this do not matter; positive.
    """

    name: str
    first: str | tuple[str, ...]
    second: str | tuple[str, ...]
    measure: str
    margin: float

    def __post_init__(self) -> None:
        positive("margin", self.margin)
        both = set(_several(self.first)) & set(_several(self.second))
        require(not both, "second", self.second, f"other conditions than those of first, {self.first}")


def judge(
    table: pd.DataFrame,
    family: Sequence[Comparison],
    compare: str = "form",
    cell: str = "tasks",
    unit: str = "seed",
) -> pd.DataFrame:
    """Return the verdicts on a family of comparisons.

    In this order: *equivalent* where the 90 % interval of Student's t lies inside the margin on both sides of
    zero (two one-sided tests at 5 %, not adjusted); *higher* or *lower* (the first than the second) where the
    paired t-test is significant at 5 % after Holm's adjustment for the whole family; *undecided* otherwise,
    and always with fewer than ``FEWEST_FOR_VERDICT`` units.

    Parameters
    ----------
    table : DataFrame
        A row for each measured number, with the columns ``measure``, ``value`` and those named below.
    family : sequence of Comparison
        With different names, at most ``LARGEST_FAMILY``.
    compare : str
        Column that names the conditions.
    cell : str
        Column within which differences are taken (the pair of tasks). A unit counts where it has all cells
        that any unit has under both conditions, and all cells weigh the same.
    unit : str
        Column that names what was drawn independently.

    Returns
    -------
    DataFrame
        ``name``, ``measure``, ``difference`` (mean of first minus second), ``low`` and ``high`` (90 %
        interval of Student's t), ``bootstrap low`` and ``bootstrap high`` (95 %, over units, see
        :func:`modpack.measures.statistics.interval`), ``n`` (units), ``p``, ``p adjusted``, ``margin``,
        ``verdict``, and ``crossed low`` and ``crossed high`` (95 %, over units and cells, see
        `crossed_interval`). Intervals of Student's t and over cells are nan where there are too few units for
        a verdict.

    Raises
    ------
    ValueError
        For an empty or too large family, names that are not unique, or a column, condition or measure that
        the table does not have.
    """
    _check(family)
    found = [differences(table, test, compare, cell, unit) for test in family]
    judged = _judged([_about(test) for test in family], [d.mean(axis=1).to_numpy() for d in found])
    crossed = [crossed_interval(d) for d in found]
    return judged.assign(
        **{"crossed low": [x.low for x in crossed], "crossed high": [x.high for x in crossed]}
    )


def interactions(
    table: pd.DataFrame,
    family: Sequence[Comparison],
    kinds: Mapping[str, str],
    compare: str = "form",
    cell: str = "tasks",
    unit: str = "seed",
) -> pd.DataFrame:
    """Return whether differences depend on the kind of cell: a difference of differences for each unit.

    Parameters
    ----------
    table, family, compare, cell, unit
        As in `judge`; Holm's adjustment is for all rows.
    kinds : dict of str to str
        The kind of every cell (family of a pair of tasks).

    Returns
    -------
    DataFrame
        As from `judge`, a row for each comparison and two kinds, with the column ``kinds``, and without the
        interval over cells. ``difference`` is that of the first kind minus that of the second.

    Raises
    ------
    ValueError
        As `judge`, and for a cell whose kind is not given, or cells of fewer than two kinds.
    """
    _check(family)
    several = len(set(kinds.values())) >= 2
    require(several, "kinds", dict(kinds), "two or more different kinds of cells")
    about, values = [], []
    for test in family:
        found = differences(table, test, compare, cell, unit)
        for name in found.columns:
            choose(cell, name, kinds)
        by_kind = found.T.groupby(found.columns.map(kinds), sort=False).mean().T
        n = len(by_kind.columns)
        require(n >= 2, "table", f"one with cells of {n} kind(s) for {test.name}", "one with two or more")
        for one, other in combinations(by_kind.columns, 2):
            about.append(_about(test) | {"kinds": f"{one} - {other}"})
            values.append((by_kind[one] - by_kind[other]).to_numpy())
    return _judged(about, values)


def differences(
    table: pd.DataFrame, test: Comparison, compare: str = "form", cell: str = "tasks", unit: str = "seed"
) -> pd.DataFrame:
    """Return first minus second in every unit (row) and cell (column); parameters as in `judge`."""
    for column in ("measure", compare, cell, unit):
        choose("column", column, table.columns)
    choose("measure", test.measure, table["measure"].unique())
    means = per_unit(table[table["measure"] == test.measure], [compare, cell], unit)
    wide = means.pivot(index=unit, columns=[compare, cell], values="value")
    known = wide.columns.get_level_values(0).unique()
    first, second = (
        [pd.DataFrame(wide[choose(compare, name, known)]) for name in _several(side)]
        for side in (test.first, test.second)
    )
    between = reduce(operator.add, first) / len(first) - reduce(operator.add, second) / len(second)
    return between.dropna(axis=1, how="all").dropna()


def crossed_interval(values: ArrayLike, resamples: int = 9999, seed: int = 0) -> Interval:
    """Return the mean of values of crossed units and cells, and its 95 % interval over both.

    Units and cells are each drawn anew, with replacement, and percentiles taken: the pigeonhole bootstrap
    (Owen 2007, doi:10.1214/07-AOAS122). It is somewhat too wide for many units and cells; with k cells
    their part of the variance is too small by the factor (k - 1) / k, so that of two or three it says
    little, and of one nothing.

    Parameters
    ----------
    values : array_like, shape (unit, cell)
    resamples : int
        Number of bootstrap samples.
    seed : int
        Of the generator that draws them.

    Returns
    -------
    Interval
        ``n`` counts units. Without ends (nan) where these are too few for a verdict, or there is one cell.
    """
    sample = np.asarray(values, dtype=float)
    require(sample.ndim == 2, "values.shape", sample.shape, "(unit, cell)")
    require(bool(np.isfinite(sample).all()), "values", sample, "finite")
    n, cells = sample.shape
    mean = sample.mean() if sample.size else np.nan
    if n < FEWEST_FOR_VERDICT or cells < 2:
        return Interval(mean, np.nan, np.nan, n)
    rng = np.random.default_rng(seed)
    drawn = [rng.multinomial(k, [1 / k] * k, size=resamples) / k for k in (n, cells)]
    low, high = np.quantile((drawn[0] @ sample * drawn[1]).sum(1), [0.025, 0.975])
    return Interval(float(mean), float(low), float(high), n)


def _judged(about: Sequence[dict[str, Any]], values: Sequence[np.ndarray]) -> pd.DataFrame:
    """Return a row of statistics and a verdict for the differences of each comparison."""
    rows = [one | _tested(sample) for one, sample in zip(about, values, strict=True)]
    judged = pd.DataFrame(rows)
    judged["p adjusted"] = multipletests(judged["p"], method="holm")[1]
    judged["margin"] = judged.pop("margin")
    judged["verdict"] = [_verdict(row) for _, row in judged.iterrows()]
    return judged


def _tested(sample: np.ndarray) -> dict[str, Any]:
    """Return mean, intervals and p-value of some differences; with too few of them, p is 1."""
    boot = interval(sample)
    if boot.n < FEWEST_FOR_VERDICT:
        low, high, p = np.nan, np.nan, 1.0
    elif np.ptp(sample) == 0:  # all the same: Student's t is not defined
        low = high = boot.mean
        p = float(boot.mean == 0)
    else:
        test = stats.ttest_1samp(sample, 0)
        (low, high), p = test.confidence_interval(0.9), test.pvalue
    ends = {"low": low, "high": high, "bootstrap low": boot.low, "bootstrap high": boot.high}
    return {"difference": boot.mean, **ends, "n": boot.n, "p": p}


def _verdict(row: "pd.Series[Any]") -> str:
    if row["n"] < FEWEST_FOR_VERDICT:
        return "undecided"
    if -row["margin"] < row["low"] and row["high"] < row["margin"]:
        return "equivalent"
    if row["p adjusted"] >= LEVEL:
        return "undecided"
    return "higher" if row["difference"] > 0 else "lower"


def _about(test: Comparison) -> dict[str, Any]:
    return {"name": test.name, "measure": test.measure, "margin": test.margin}


def _several(conditions: str | tuple[str, ...]) -> tuple[str, ...]:
    return (conditions,) if isinstance(conditions, str) else conditions


def _check(family: Sequence[Comparison]) -> None:
    n = len(family)
    require(1 <= n <= LARGEST_FAMILY, "family", f"{n} comparisons", f"1 ... {LARGEST_FAMILY} comparisons")
    names = [test.name for test in family]
    require(len(set(names)) == n, "family", names, "of comparisons with different names")
