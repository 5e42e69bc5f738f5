"""What the page is told of a table of the experiment on packing: every network, and where half is held."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from modpack import stored
from modpack._checks import require
from modpack.experiments.packing import STEPS, Cell, half_held_sizes, main_condition, networks, weights_name
from modpack.measures.capacity import HalfHeld, mean_octaves
from modpack.measures.learning import curves
from modpack.measures.statistics import interval
from modpack.results import Result
from modpack.training import from_record

POINT = ["form", "n_tasks", "n_neurons"]
"""What tells the points of all maps from each other."""

NETWORK = [*POINT, "seed"]
"""What tells their networks from each other."""


@dataclass(frozen=True)
class Points:
    """The networks of the main condition of a table, and those of them whose weights are there.

    Parameters
    ----------
    result : Result
        A table of :mod:`modpack.experiments.packing` and its record.
    folder : Path
        Where the weights are, by the names that the experiment gives them.

    Raises
    ------
    ValueError
        If the table has no network of the main condition.
    """

    result: Result
    folder: Path

    def __post_init__(self) -> None:
        require(len(self.main) > 0, "result", "a table", "one with networks of the main condition")

    @cached_property
    def main(self) -> pd.DataFrame:
        """The rows of the main condition."""
        return main_condition(self.result.table)

    @cached_property
    def whole(self) -> pd.DataFrame:
        """A row for each network and a column for each measure."""
        every = self.main[self.main["task"] == "all"]
        return every.pivot(index=NETWORK, columns="measure", values="value").reset_index()

    @property
    def n_tasks(self) -> list[int]:
        """The numbers of tasks, rising."""
        return sorted(self.main["n_tasks"].unique().tolist())

    def tasks(self, n_tasks: int) -> tuple[str, ...]:
        """Return the mappings of the first order."""
        every = self.main[(self.main["n_tasks"] == n_tasks) & (self.main["task"] != "all")]
        return tuple(every[every["seed"] == every["seed"].min()]["task"].unique())

    def scores(self, shows: str, form: str) -> pd.Series:
        """Return what a map shows of every network of a form, by number of tasks, neurons and order."""
        own = self.whole[self.whole["form"] == form].set_index(NETWORK[1:])
        return own["held"] if shows == "held" else own["performance"] - own["floor"]

    def files(self) -> dict[tuple[Any, ...], Path]:
        """Return the files of networks that were trained as the first order's of the table are."""
        first = self.whole[self.whole["seed"] == self.whole["seed"].min()]
        found = {}
        for key in zip(*(first[name] for name in NETWORK), strict=True):
            (config,) = networks(Cell(*key))
            file = self.folder / f"{weights_name(config)}.safetensors"
            if file.exists() and from_record(stored.read(file).record["config"]) == config:
                found[key] = file
        return found

    def half_held(self) -> pd.DataFrame:
        """Return ``log2 N50`` of every form, number of tasks and order for which several sizes were tried."""
        several = self.main.groupby(POINT[:2])["n_neurons"].nunique().max() > 1
        columns = [*POINT[:2], "seed", "value", "beyond"]
        return half_held_sizes(self.main)[columns] if several else pd.DataFrame(columns=columns)

    def describe(self, files: Mapping[tuple[Any, ...], Path]) -> dict[str, Any]:
        """Return all of this as the page reads it; lists stay in order, names in a notebook do not."""
        return {
            "forms": list(self.whole["form"].unique()),
            "rows": list(self._rows()),
            "points": list(self._points(files)),
            "half_held": [_describe_half_held(*each) for each in self.half_held().groupby(POINT[:2])],
        }

    def _rows(self) -> Iterator[dict[str, Any]]:
        """Every number of tasks with the sizes that were tried and the mappings of every order."""
        for n_tasks, group in self.main.groupby("n_tasks"):
            every = group[group["task"] != "all"].groupby("seed")["task"]
            orders = [{"seed": seed, "tasks": list(tasks.unique())} for seed, tasks in every]
            sizes = sorted(group["n_neurons"].unique().tolist())
            yield {"n_tasks": n_tasks, "sizes": sizes, "orders": orders}

    def _points(self, files: Mapping[tuple[Any, ...], Path]) -> Iterator[dict[str, Any]]:
        each_task = self.main[(self.main["task"] != "all") & (self.main["measure"] == "performance")]
        scores = each_task.groupby(NETWORK)["value"].agg(list)
        learned = self._learned()
        for point, group in self.whole.groupby(POINT, sort=False):
            keys = [(*point, seed) for seed in group["seed"]]
            learning = [learned.get(key, []) for key in keys]
            columns = {
                "seed": group["seed"].tolist(),
                "held": group["held"].astype(int).tolist(),
                "mean": group["performance"].round(6).tolist(),
                "floor": group["floor"].round(6).tolist(),
                "scores": [np.round(scores.loc[key], 4).tolist() for key in keys],
                "learned": [[round(value, 4) for _, value in curve] for curve in learning],
                "file": [files[key].stem if key in files else None for key in keys],
            }
            steps = [step for step, _ in max(learning, key=len)]
            yield dict(zip(POINT, point, strict=True)) | {"networks": columns, "steps": steps}

    def _learned(self) -> dict[tuple[Any, ...], list[tuple[int, float]]]:
        """Return steps and mean performances by network, of those whose record tells them."""
        told = [each for each in self.result.record["networks"] if "learned" in each]
        if not told:
            return {}
        found = curves(told)
        main = (found["code"] == "one_hot") & (found["steps"] == STEPS)
        main &= found["first_task"].str.startswith("delaymap4-")
        each = found[main].groupby(NETWORK)
        return {key: list(zip(group["step"], group["value"], strict=True)) for key, group in each}


def _describe_half_held(key: Sequence[Hashable], group: pd.DataFrame) -> dict[str, Any]:
    """Return the places of every order, their mean, and its interval where all of them are known."""
    octaves, beyond = group["value"].to_numpy(float), group["beyond"].to_numpy(int)
    mean = mean_octaves(HalfHeld(octaves, beyond, np.nan))
    found = interval(octaves) if (beyond == 0).all() else interval([])
    numbers = {"mean": mean, "low": found.low, "high": found.high}
    known = {name: float(x) if np.isfinite(x) else None for name, x in numbers.items()}
    places = {"octaves": octaves.tolist(), "beyond": beyond.tolist()}
    return dict(zip(POINT, key, strict=False)) | places | known
