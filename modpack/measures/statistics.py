"""What many seeds allow to say: means, bootstrap intervals, and verdicts on differences paired by seed."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from modpack._checks import require

CELL = ["tasks", "epoch"]
"""What a difference holds fixed, besides the seed."""

FEWEST = 6
"""Seeds that a verdict needs: n differences have all the same sign by chance with probability 2^(1 - n)."""


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
        Without ends (nan) where there are fewer than two values, and without a mean where there are none.
    """
    sample = np.asarray(values, dtype=float)
    require(sample.ndim == 1 and bool(np.isfinite(sample).all()), "values", sample, "finite numbers in a row")
    n = len(sample)
    if n < 2:
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


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of every measure over the seeds, with its interval.

    Parameters
    ----------
    table : DataFrame
        One row per network and cell, with the columns ``measure``, ``form``, ``control``, ``seed``, those of
        ``CELL``, and ``value``.

    Returns
    -------
    DataFrame
        ``measure``, ``form``, ``control``, ``mean``, ``low``, ``high`` and ``seeds``. A network counts with
        the mean of its cells.
    """
    keys = ["measure", "form", "control"]
    rows = []
    for key, group in per_seed(table).groupby(keys, sort=False, observed=True):
        mean, low, high, n = interval(group["value"])
        rows.append(dict(zip(keys, key, strict=True)) | {"mean": mean, "low": low, "high": high, "seeds": n})
    return pd.DataFrame(rows, columns=[*keys, "mean", "low", "high", "seeds"])


def per_seed(table: pd.DataFrame) -> pd.DataFrame:
    """Return one ``value`` per measure, form, control and seed: the mean over cells."""
    keys = ["measure", "form", "control", "seed"]
    return table.groupby(keys, sort=False, observed=True)["value"].mean().reset_index()


def verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """Compare forms with each other, and each form with its controls, in every measure.

    Differences are taken between values of the same seed and cell, averaged over the cells that both have,
    and stated only where their interval excludes zero and at least ``FEWEST`` seeds have them. Each is judged
    by itself: of twenty differences that are none, one is expected to be stated.

    Parameters
    ----------
    table : DataFrame
        As for `summary`. The forms are compared in the rows whose ``control`` is ``"none"``.

    Returns
    -------
    DataFrame
        ``measure``, ``first`` and ``second`` (what is compared), ``difference`` (mean of first minus second),
        ``low``, ``high``, ``seeds``, and ``verdict``: ``"higher"`` or ``"lower"`` (the first), or
        ``"undecided"``.
    """
    columns = ["measure", "first", "second", "difference", "low", "high", "seeds", "verdict"]
    rows = []
    for measure, group in table.groupby("measure", sort=False, observed=True):
        names = group["form"].where(group["control"] == "none", group["form"] + " (" + group["control"] + ")")
        wide = group.assign(name=names).pivot(index=["seed", *CELL], columns="name", values="value")
        for first, second in _comparisons(list(dict.fromkeys(names)), list(dict.fromkeys(group["form"]))):
            cells = (wide[first] - wide[second]).dropna()
            found = interval(cells.groupby("seed").mean())
            rows.append([measure, first, second, *found, _verdict(found)])
    return pd.DataFrame(rows, columns=columns)


def _comparisons(names: Sequence[str], forms: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs to compare: forms with each other, then each form with its controls."""
    yield from combinations([form for form in forms if form in names], 2)
    yield from ((form, name) for form in forms for name in names if name.startswith(f"{form} ("))


def _verdict(difference: Interval) -> str:
    if difference.n < FEWEST or difference.low <= 0 <= difference.high:
        return "undecided"
    return "higher" if difference.mean > 0 else "lower"
