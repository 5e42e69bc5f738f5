r"""How many tasks a network of N neurons holds: the size at which half of them are held, and bits.

A task is held where a network is right on nine of ten noisy trials. Of K tasks the fraction that is held
rises with the size of the network, and how it rises is a probit in octaves,

.. math:: p(N) = \Phi\!\left(\frac{\log_2 N - \log_2 N_{50}}{s}\right),

with a place :math:`N_{50}` for every order of tasks and one spread s for all orders of a condition (probit
analysis, Finney 1971). Held tasks of one network are not independent of each other, so that the likelihood
places :math:`N_{50}` and says nothing about how sure it is: intervals come from the orders.

If :math:`N_{50}` grows as :math:`K^\gamma`, a network of a given size holds about :math:`N^{1/\gamma}` tasks.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from modpack._checks import require, whole

Array = NDArray[np.float64]

HELD = 0.9
"""A task is held where at least this fraction of noisy trials is right."""

BEYOND = 1.0
"""Octaves beyond the smallest and the largest size in which a place is looked for."""


class HalfHeld(NamedTuple):
    """Where half of the tasks are held, for every order of tasks.

    Attributes
    ----------
    octaves : array, shape (order,)
        ``log2 N50``; where it lies beyond the sizes that were tried, that of the nearest size.
    beyond : array of int, shape (order,)
        -1 where N50 is below the smallest size, 1 where it is above the largest, else 0.
    spread : float
        s, in octaves.
    """

    octaves: Array
    beyond: NDArray[np.int64]
    spread: float

    @property
    def known(self) -> Array:
        """``log2 N50`` where it lies among the sizes that were tried, nan elsewhere."""
        return np.where(self.beyond == 0, self.octaves, np.nan)


def half_held(sizes: ArrayLike, held: ArrayLike, n_tasks: int) -> HalfHeld:
    """Return the sizes at which half of the tasks are held, by maximum likelihood.

    Parameters
    ----------
    sizes : array_like, shape (size,)
        Numbers of neurons, rising.
    held : array_like, shape (order, size)
        How many tasks each network holds; nan where there is no network.
    n_tasks : int
        K.

    Returns
    -------
    HalfHeld

    Raises
    ------
    ValueError
        If there are fewer than two sizes, they do not rise, or a count is not in 0 ... K.
    """
    octaves, counts = np.log2(np.asarray(sizes, float)), np.asarray(held, float)
    n_tasks = whole("n_tasks", n_tasks, 1)
    rises = octaves.ndim == 1 and len(octaves) >= 2 and bool((np.diff(octaves) > 0).all())
    require(rises, "sizes", sizes, "two or more positive numbers that rise")
    fits = counts.ndim == 2 and counts.shape[1] == len(octaves) and len(counts) > 0
    require(fits, "held.shape", counts.shape, f"(order, {len(octaves)}), as there are sizes")
    seen = ~np.isnan(counts)
    within = bool(((counts[seen] >= 0) & (counts[seen] <= n_tasks)).all()) and bool(seen.any(1).all())
    require(within, "held", held, f"in 0 ... {n_tasks}, and known for one size or more of every order")
    places, spread = _fit(octaves, np.nan_to_num(counts), np.where(seen, n_tasks - np.nan_to_num(counts), 0))
    low, high = octaves[0], octaves[-1]
    beyond = (places > high).astype(np.int64) - (places < low)
    return HalfHeld(places.clip(low, high), beyond, spread)


def _fit(octaves: Array, held: Array, lost: Array) -> tuple[Array, float]:
    """Return the place of every order and the spread of all that are most likely."""

    def negative(x: Array) -> tuple[float, Array]:
        spread = math.exp(x[-1])
        z = (octaves - x[:-1, None]) / spread
        log_held, log_lost = special.log_ndtr(z), special.log_ndtr(-z)
        log_density = -(z**2) / 2 - math.log(2 * math.pi) / 2
        by_z = held * np.exp(log_density - log_held) - lost * np.exp(log_density - log_lost)
        by_place, by_spread = -by_z.sum(1) / spread, -(by_z * z).sum()
        return -float((held * log_held + lost * log_lost).sum()), -np.append(by_place, by_spread)

    steps = np.diff(octaves)
    width = octaves[-1] - octaves[0]
    start = np.append(_middles(octaves, held, lost), math.log(steps.mean()))
    # A spread below the resolution of the sizes cannot be told from one just below it.
    limits = [(octaves[0] - BEYOND, octaves[-1] + BEYOND)] * len(held)
    limits.append((math.log(steps.min() / 4), math.log(4 * width)))
    start = start.clip(*np.transpose(limits))
    found = optimize.minimize(negative, start, jac=True, method="L-BFGS-B", bounds=limits)
    return found.x[:-1], math.exp(found.x[-1])


def _middles(octaves: Array, held: Array, lost: Array) -> Array:
    """Return where half of the tasks are held if their number rose along straight lines between sizes."""
    places = []
    for kept, gone in zip(held, lost, strict=True):
        seen = kept + gone > 0
        share = np.maximum.accumulate(kept[seen] / (kept + gone)[seen])
        ends = [octaves[0] - BEYOND, *octaves[seen], octaves[-1] + BEYOND]
        shares = np.array([0, *share, 1]) + 1e-9 * np.arange(len(ends))  # so that they rise
        places.append(np.interp(0.5, shares, ends))
    return np.array(places)


def places(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return ``log2 N50`` of every order in every condition of a table.

    Parameters
    ----------
    table : DataFrame
        With a row for each network whose ``measure`` is ``"held"`` and whose ``value`` is how many tasks it
        holds, and the columns ``n_tasks``, ``n_neurons``, ``seed`` (the order) and those of `by`.
    by : sequence of str
        Columns that name a condition, ``n_tasks`` among them.

    Returns
    -------
    DataFrame
        The columns of `by`, ``seed``, ``measure`` (``"log2 N50"``), ``value``, and ``beyond`` and ``spread``
        as in `HalfHeld`.
    """
    parts = []
    for key, group in table[table["measure"] == "held"].groupby(list(by), sort=False):
        condition: dict[str, Any] = dict(zip(by, key, strict=True))
        held = group.pivot(index="seed", columns="n_neurons", values="value")
        found = half_held(held.columns, held, condition["n_tasks"])
        numbers = {"value": found.octaves, "beyond": found.beyond, "spread": found.spread}
        about = condition | {"seed": held.index, "measure": "log2 N50"}
        parts.append(pd.DataFrame(about | numbers))
    return pd.concat(parts, ignore_index=True)


def sizes_around(octaves: float) -> tuple[int, ...]:
    """Return six sizes half an octave apart, with ``log2 N50`` in their middle.

    Two or more of them lie on either side of any other N50 within three quarters of an octave.
    """
    return tuple(np.rint(2 ** (octaves + np.arange(-1.25, 1.3, 0.5))).astype(int).tolist())


def mean_octaves(found: HalfHeld) -> float:
    """Return the mean of ``log2 N50`` over orders, with those beyond the sizes as no more than that.

    By maximum likelihood of a normal distribution of which some values are known only to lie below the
    smallest or above the largest size. Infinite where all orders lie beyond the same end, nan where they lie
    beyond both and none between.
    """
    inside, below, above = (found.octaves[found.beyond == side] for side in (0, -1, 1))
    if len(inside) == 0:
        ends = {-math.inf} if len(below) else set()
        ends |= {math.inf} if len(above) else set()
        return ends.pop() if len(ends) == 1 else math.nan
    if len(inside) == len(found.octaves) or np.ptp(found.octaves) == 0:
        return float(inside.mean())
    data = stats.CensoredData(uncensored=inside, left=below, right=above)
    return float(stats.norm.fit(data)[0])


def exponent(n_tasks: ArrayLike, octaves: ArrayLike) -> Array:
    r"""Return gamma of :math:`N_{50} \propto K^\gamma` for every order, by least squares in octaves.

    Parameters
    ----------
    n_tasks : array_like, shape (K,)
        Different numbers of tasks, two or more.
    octaves : array_like, shape (order, K)
        ``log2 N50``; an order with a nan has none.

    Returns
    -------
    array, shape (order,)
    """
    x, y = np.log2(np.asarray(n_tasks, float)), np.asarray(octaves, float)
    several = x.ndim == 1 and len(set(x)) == len(x) >= 2 and bool(np.isfinite(x).all())
    require(several, "n_tasks", n_tasks, "two or more different positive numbers")
    require(y.ndim == 2 and y.shape[1] == len(x), "octaves.shape", y.shape, f"(order, {len(x)})")
    x = x - x.mean()
    return y @ x / (x @ x)


def bits(n_held: float, n_directions: int) -> float:
    r"""Return what is known of so many held mappings, :math:`\log_2 m!` bits each.

    Parameters
    ----------
    n_held : float
    n_directions : int
        m, see :func:`modpack.tasks.mapping`.
    """
    return n_held * math.lgamma(whole("n_directions", n_directions, 1) + 1) / math.log(2)


def by_load(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return by how much a measure changes with every octave of the load K / N, for every form and order.

    By least squares over the networks that hold all of their tasks, so that no network is called intolerant
    for what it has not learned.

    Parameters
    ----------
    table : DataFrame
        With the columns ``form``, ``seed``, ``n_tasks``, ``n_neurons``, ``measure`` and ``value``; ``"held"``
        is among the measures.
    measure : str

    Returns
    -------
    DataFrame
        ``form``, ``seed``, ``measure`` (``"... per octave of load"``), ``value`` and ``n`` (networks); no row
        where fewer than three networks, or one load, are left.
    """
    keys = ["form", "seed", "n_tasks", "n_neurons"]
    wide = table.pivot(index=keys, columns="measure", values="value").reset_index()
    whole = wide[wide["held"] == wide["n_tasks"]].dropna(subset=[measure])
    load = np.log2(whole["n_tasks"] / whole["n_neurons"])
    rows = []
    for (form, seed), group in whole.assign(load=load).groupby(["form", "seed"], sort=False):
        if len(group) >= 3 and group["load"].nunique() > 1:
            slope = float(stats.linregress(group["load"], group[measure]).slope)
            rows.append([form, seed, f"{measure} per octave of load", slope, len(group)])
    return pd.DataFrame(rows, columns=["form", "seed", "measure", "value", "n"])
