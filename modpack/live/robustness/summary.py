"""What the table of `modpack.experiments.robustness` says over levels, and the networks that came with it."""

from collections.abc import Sequence
from functools import cache
from math import isfinite
from typing import Any

import pandas as pd

from modpack import networks, results, stored
from modpack.experiments.robustness import BOUNDS, PAIRS, POSITIONS, PRIMARY, SCHEDULES, label, main_condition
from modpack.live.engine.network import LiveNetworks
from modpack.measures.choices import CHOICES
from modpack.measures.statistics import summary

NOISES = ("in-line", "isotropic")
"""Operators with a bound; their levels are `BOUNDS`."""

PATHS = ("mix", "strength")
"""Operators without one; their levels are `POSITIONS`."""

Curve = dict[str, Any]
"""Of one form: ``n`` networks; a mean, ``low`` and ``high`` at every level, and of a path ``made``."""


def robustness_networks() -> LiveNetworks:
    """Return the first network of every form, one for each schedule in the order of `SCHEDULES`."""
    folder = networks.FOLDER / "robustness"
    loaded = {
        form: [stored.read(folder / f"{form}-{schedule}.safetensors").network for schedule in SCHEDULES]
        for form in PRIMARY
    }
    return LiveNetworks(loaded, source="robustness_networks()")


@cache
def curves() -> dict[str, Any]:
    """Return what the main condition of the shipped table says over levels.

    Returns
    -------
    dict
        By operator: of `NOISES` the regret, of `PATHS` how often rule a is followed (``mean``, with its 95 %
        interval) and how often each choice is made (``made``, in the order of `CHOICES`). In it by tasks (a
        family of pairs, or ``"all"``), schedule and form a `Curve`. Besides, ``bounds``: the bound of each of
        `NOISES` at its levels.
    """
    table = _with_kinds(main_condition(results.load("robustness").table))
    found: dict[str, Any] = {name: _regrets(table[table["operator"] == name]) for name in NOISES}
    found |= {name: _choices(table[table["operator"] == name]) for name in PATHS}
    isotropic = table[(table["operator"] == "isotropic") & (table["measure"] == "bound")]
    bounds = isotropic.groupby("level")["value"].mean()
    return found | {"bounds": {"in-line": list(BOUNDS), "isotropic": [float(bounds[b]) for b in BOUNDS]}}


def _with_kinds(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the family of every pair in the place of the pair."""
    return table.replace({"tasks": {label(pair): kind for pair, kind in PAIRS.items()}})


def _regrets(rows: pd.DataFrame) -> dict[str, Any]:
    return _nested(rows[rows["measure"] == "regret"], BOUNDS)


def _choices(rows: pd.DataFrame) -> dict[str, Any]:
    found = _nested(rows[rows["measure"] == "a"], POSITIONS)
    keys = ["tasks", "schedule", "form", "level", "measure"]
    means = rows[rows["measure"].isin(CHOICES)].groupby(keys)["value"].mean().unstack()[list(CHOICES)]
    for key, own in means.groupby(level=keys[:3]):
        tasks, schedule, form = map(str, key)
        made = own.droplevel([0, 1, 2]).loc[list(POSITIONS)]
        found[tasks][schedule][form]["made"] = made.to_numpy().round(4).tolist()
    return found


def _nested(rows: pd.DataFrame, levels: Sequence[float]) -> dict[str, dict[str, dict[str, Curve]]]:
    """Return a `Curve` by tasks, schedule and form, for levels in this order."""
    found: dict[str, dict[str, dict[str, Curve]]] = {}
    keys = ["tasks", "schedule", "form"]
    for key, own in summary(rows, [*keys, "level"]).groupby(keys):
        tasks, schedule, form = map(str, key)
        at = own.set_index("level").loc[list(levels)]
        curve: Curve = {name: [_plain(x) for x in at[name]] for name in ("mean", "low", "high")}
        curve["n"] = int(at["n"].iloc[0])
        found.setdefault(tasks, {}).setdefault(schedule, {})[form] = curve
    return found


def _plain(value: float) -> float | None:
    """Return a number as JSON can hold it: None where too few networks leave no interval."""
    return round(float(value), 4) if isfinite(value) else None
