"""How soon a learning curve reaches a level: trials in octaves, known up to the steps between evaluations.

A network is tested now and then while it learns, so that the moment at which it reaches a level is known to
lie between two evaluations. Where it is reached in none, it is known to lie beyond the last.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from modpack._checks import require


class Reached(NamedTuple):
    """When a curve reaches a level, as log2 of trials.

    Attributes
    ----------
    octaves : float
        Where the straight line between two evaluations crosses the level; of a curve that reaches it in none,
        that of the last evaluation, and of one that begins there, that of the first after the beginning.
    low, high : float
        What it is known to lie between: -inf where the curve begins at the level, inf where it is not
        reached.
    """

    octaves: float
    low: float
    high: float


def reached(trials: ArrayLike, performance: ArrayLike, level: float) -> Reached:
    """Return when a learning curve first reaches a level.

    Parameters
    ----------
    trials : array_like, shape (evaluation,)
        Trials seen before each evaluation; 0 and then rising.
    performance : array_like, shape (evaluation,)
    level : float

    Raises
    ------
    ValueError
        If there are fewer than two evaluations, trials do not rise from 0, or performance is not finite.
    """
    x, y = np.asarray(trials, float), np.asarray(performance, float)
    rises = x.ndim == 1 and len(x) >= 2 and x[0] == 0 and bool((np.diff(x) > 0).all())
    require(rises, "trials", trials, "0 and one or more numbers that rise")
    known = y.shape == x.shape and bool(np.isfinite(y).all())
    require(known, "performance", performance, f"{len(x)} finite numbers, as there are evaluations")
    there = np.flatnonzero(y >= level)
    if len(there) == 0:
        last = float(np.log2(x[-1]))
        return Reached(last, last, np.inf)
    k = int(there[0])
    if k == 0:
        first = float(np.log2(x[1]))
        return Reached(first, -np.inf, first)
    crossed = np.interp(level, y[k - 1 : k + 1], x[k - 1 : k + 1])
    low = -np.inf if k == 1 else float(np.log2(x[k - 1]))
    return Reached(float(np.log2(crossed)), low, float(np.log2(x[k])))


def times_to(table: pd.DataFrame, by: Sequence[str], level: float) -> pd.DataFrame:
    """Return when every learning curve of a table reaches a level.

    Parameters
    ----------
    table : DataFrame
        With the columns of `by`, ``trials`` and ``value``.
    by : sequence of str
        Columns that name a curve.
    level : float

    Returns
    -------
    DataFrame
        The columns of `by`, ``measure`` (``"log2 trials"``), ``value``, ``low`` and ``high`` as in `Reached`.
    """
    rows = []
    for key, curve in table.groupby(list(by), sort=False):
        ordered = curve.sort_values("trials")
        found = reached(ordered["trials"], ordered["value"], level)
        rows.append([*key, "log2 trials", *found])
    return pd.DataFrame(rows, columns=[*by, "measure", "value", "low", "high"])


def late(table: pd.DataFrame, by: Sequence[str], n: int = 4) -> pd.DataFrame:
    """Return the performance at the end of every learning curve: the mean of its last evaluations.

    Parameters
    ----------
    table, by
        As in `times_to`.
    n : int
        How many evaluations.

    Returns
    -------
    DataFrame
        The columns of `by`, ``measure`` (``"performance at the end"``) and ``value``.
    """
    last = table.sort_values("trials").groupby(list(by), sort=False).tail(n)
    means = last.groupby(list(by), sort=False)["value"].mean().reset_index()
    return means.assign(measure="performance at the end")


def learned_most(table: pd.DataFrame, by: str, setting: str) -> dict[str, float]:
    """Return the setting of the highest performance, the mean over all evaluations after the beginning.

    So it counts how soon a task is learned and how well.

    Parameters
    ----------
    table : DataFrame
        Learning curves: ``seed``, ``trials``, ``value`` and the columns named below.
    by : str
        Column that names what has a setting of its own (the form).
    setting : str
        Column of the setting (the rate). One that has not all seeds is ruled out.
    """
    settings = table[table["trials"] > 0].groupby([by, setting], sort=False)
    means = settings["value"].mean()[settings["seed"].nunique() == table["seed"].nunique()]
    return dict(means.groupby(by, sort=False).idxmax().tolist())


def told_apart(times: pd.DataFrame, by: str) -> tuple[str, ...]:
    """Return the groups of curves (tasks) of which at most half lie beyond either end.

    A group is left out of which more than half have reached the level by the first evaluation, so that it
    cannot be told how soon, or more than half not by the last.

    Parameters
    ----------
    times : DataFrame
        As from `times_to`.
    by : str
        Column that names the groups.
    """
    ends = times.assign(early=times["low"] == -np.inf, unreached=times["high"] == np.inf)
    shares = ends.groupby(by, sort=False)[["early", "unreached"]].mean().max(axis=1)
    return tuple(shares.index[shares <= 0.5])


def mean_octaves(low: ArrayLike, high: ArrayLike) -> float:
    """Return the mean of log2 trials of which each is known to lie between two numbers.

    By maximum likelihood of a normal distribution; infinite where no end is known above, nan where all lie
    below what can be told.

    Parameters
    ----------
    low, high : array_like, shape (curve,)
        As in `Reached`.
    """
    ends = np.column_stack([np.asarray(low, float), np.asarray(high, float)])
    if np.isinf(ends[:, 1]).all():
        return np.inf
    if np.isinf(ends[:, 0]).all():
        return np.nan
    data = stats.CensoredData.interval_censored(*ends.T)
    return float(stats.norm.fit(data)[0])
