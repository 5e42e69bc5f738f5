"""What a table allows to say: means, intervals, and differences paired by unit (the seed)."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from modpack._checks import choose, require

FEWEST_FOR_INTERVAL = 6
"""Values that an interval needs: the bootstrap of three of them covers their mean in 76 % of samples only."""

FEWEST_FOR_VERDICT = 10
"""Units that a verdict needs."""


class Interval(NamedTuple):
    """A mean, its 95 % interval, and how many values there were."""

    mean: float
    low: float
    high: float
    n: int


def interval(values: ArrayLike, resamples: int = 9999, seed: int = 0) -> Interval:
    r"""Return the mean of some values and its 95 % bootstrap interval.

    The percentile interval, expanded for small samples (Hesterberg 2015, doi:10.1080/00031305.2015.1089789):
    resampling n values shrinks their spread by :math:`\sqrt{(n-1)/n}` and knows no Student's t, so that the
    plain interval of ten values is a fifth too narrow. Its level is raised to
    :math:`1 - 2\Phi(-\sqrt{n/(n-1)}\, t_{0.975,\,n-1})`.

    Parameters
    ----------
    values : array_like, shape (seed,)
        Independent values, finite.
    resamples : int
        Number of bootstrap samples.
    seed : int
        Of the generator that draws them, so that the same values always have the same interval.

    Returns
    -------
    Interval
        Without ends (nan) where there are fewer than ``FEWEST_FOR_INTERVAL`` values, and without a mean where
        there are none.
    """
    sample = np.asarray(values, dtype=float)
    require(sample.ndim == 1 and bool(np.isfinite(sample).all()), "values", sample, "finite numbers in a row")
    n = len(sample)
    if n < FEWEST_FOR_INTERVAL:
        return Interval(sample.mean() if n else np.nan, np.nan, np.nan, n)
    tail = stats.norm.cdf(-np.sqrt(n / (n - 1)) * stats.t.ppf(0.975, n - 1))
    ends = stats.bootstrap(
        (sample,),
        np.mean,
        confidence_level=1 - 2 * tail,
        n_resamples=resamples,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(sample.mean()), float(ends.low), float(ends.high), n)


def proportion_interval(count: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a probability where `count` of `n` trials succeeded (Wilson 1927).

    Raises
    ------
    ValueError
        Unless ``0 <= count <= n`` and there is a trial.
    """
    require(n >= 1, "n", n, "at least 1")
    require(0 <= count <= n, "count", count, f"in 0 ... {n}")
    found = stats.binomtest(count, n).proportion_ci(confidence_level=0.95, method="wilson")
    return float(found.low), float(found.high)


def per_unit(table: pd.DataFrame, by: Sequence[str], unit: str = "seed") -> pd.DataFrame:
    """Return one ``value`` for each group of rows and each unit in it: the mean over its rows.

    Parameters
    ----------
    table : DataFrame
        One row for each measured number, with the columns of `by`, `unit` and ``value``.
    by : sequence of str
        Columns that name a group.
    unit : str
        Column that names what was drawn independently.

    Raises
    ------
    ValueError
        If a column is not there, or a value is not finite: failures are no scores.
    """
    for column in (*by, unit, "value"):
        choose("column", column, table.columns)
    finite = bool(np.isfinite(table["value"]).all())
    require(finite, "value", "not finite", "finite in every row of the table")
    return table.groupby([*by, unit], sort=False, observed=True)["value"].mean().reset_index()


def summary(table: pd.DataFrame, by: Sequence[str], unit: str = "seed") -> pd.DataFrame:
    """Return the mean of every group of rows over the units, with its interval.

    Parameters
    ----------
    table, by, unit
        As in `per_unit`. A unit counts with the mean of its rows.

    Returns
    -------
    DataFrame
        The columns of `by`, ``mean``, ``low``, ``high`` and ``n`` (how many units).
    """
    groups = per_unit(table, by, unit).groupby(list(by), sort=False, observed=True)["value"]
    rows = [[*key, *interval(values)] for key, values in groups]
    return pd.DataFrame(rows, columns=[*by, "mean", "low", "high", "n"])


def verdicts(
    table: pd.DataFrame,
    compare: str,
    within: Sequence[str] = (),
    unit: str = "seed",
    control: str | None = None,
) -> pd.DataFrame:
    """Compare the conditions of a table with each other, and each with its own controls, in every measure.

    Differences are taken between values of the same unit that agree in the columns `within`, averaged over
    what both conditions have, and stated only where their interval excludes zero and at least
    ``FEWEST_FOR_VERDICT`` units have them. Each is judged by itself: of twenty differences that are none, one
    is expected to be stated. Families declared beforehand are for :func:`modpack.measures.verdicts.judge`.

    Parameters
    ----------
    table : DataFrame
        As for `per_unit`, with a column ``measure``.
    compare : str
        Column that names the conditions.
    within : sequence of str
        Columns that a difference holds fixed, besides the unit.
    unit : str
        Column that names what was drawn independently.
    control : str, optional
        Column that says which control a row is of, or ``"none"``. The control of a condition is called
        ``condition (control)``.

    Returns
    -------
    DataFrame
        ``measure``, ``first`` and ``second`` (what is compared), ``difference`` (mean of first minus second),
        ``low``, ``high``, ``n`` (how many units), and ``verdict``: ``"higher"`` or ``"lower"`` (the first),
        or ``"undecided"``.
    """
    pairs = list(combinations(table[choose("compare", compare, table.columns)].unique(), 2))
    if control is not None:
        names = table[compare].where(table[control] == "none", table[compare] + " (" + table[control] + ")")
        every = dict.fromkeys(zip(table[compare], names, strict=True))
        pairs += [(own, other) for own, other in every if own != other]
        table = table.assign(**{compare: names})
    cells = per_unit(table, ["measure", compare, *within], unit)
    rows = []
    for measure, group in cells.groupby("measure", sort=False, observed=True):
        wide = group.pivot(index=[unit, *within], columns=compare, values="value")
        for first, second in pairs:
            if first in wide and second in wide:
                found = interval((wide[first] - wide[second]).dropna().groupby(unit).mean())
                rows.append([measure, first, second, *found, _verdict(found)])
    columns = ["measure", "first", "second", "difference", "low", "high", "n", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def _verdict(difference: Interval) -> str:
    if difference.n < FEWEST_FOR_VERDICT or difference.low <= 0 <= difference.high:
        return "undecided"
    return "higher" if difference.mean > 0 else "lower"
