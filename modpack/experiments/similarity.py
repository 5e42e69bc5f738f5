"""How far apart the dynamics of two contexts are, in units of two networks trained alike. Exploratory.

Distances are those of :mod:`modpack.measures.similarity`, which know nothing of which neuron is which, so
that two networks can be compared at all. Within a network the two contexts of a pair of tasks are compared on
the same trials; between networks of neighbouring seeds, the same context.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd
import torch

from modpack._checks import distinct
from modpack.experiments import mechanisms
from modpack.measures.modulation import Row
from modpack.measures.pairs import probe_trials
from modpack.measures.similarity import dissimilarity
from modpack.measures.statistics import summary as intervals
from modpack.modulation import form
from modpack.network import ModulatedNetwork
from modpack.training import TrainingConfig

SECONDS = {"network": 60, "cell": 25}
"""About how long it takes to train a network and to measure a cell on one core."""


@dataclass(frozen=True)
class Config:
    """Which networks are compared.

    Parameters
    ----------
    forms : tuple of str
        Modulation forms.
    seeds : tuple of int
        Networks of each form; each is compared with the one of the next seed.
    pairs : tuple of pairs of str
        Tasks with the same input.
    n_trials : int
        Trials of each pair, of the test grid.
    draw : int
        Seed that decides which trials.
    """

    forms: tuple[str, ...] = ("excitability", "synaptic", "combined")
    seeds: tuple[int, ...] = tuple(range(100, 110))
    pairs: tuple[tuple[str, str], ...] = tuple(mechanisms.PAIRS)
    n_trials: int = 40
    draw: int = 0

    def __post_init__(self) -> None:
        for name in self.forms:
            form(name, 1)
        for name, fewest in {"forms": 1, "seeds": 2, "pairs": 1}.items():
            distinct(name, getattr(self, name), fewest)


PROFILES = {
    "small": Config(("bias",), (100, 101), (("fdgo", "fdanti"),), n_trials=8),
    "book": Config(),
    "full": Config(mechanisms.FORMS),
}


def cells(config: Config) -> list[Config]:
    """Return a configuration of each network and the next one."""
    pairs = mechanisms.neighbours(config.seeds)
    return [replace(config, forms=(name,), seeds=two) for two in pairs for name in config.forms]


def networks(cell: Config) -> list[TrainingConfig]:
    """Return how the networks are trained that `measure` takes: those of `modpack.experiments.mechanisms`."""
    return mechanisms.networks_of(cell.forms, cell.seeds)


def measure(cell: Config, network: ModulatedNetwork, other: ModulatedNetwork) -> list[Row]:
    """Return the rows of one network: ``form``, ``seed``, ``tasks``, ``measure`` and ``value``.

    ``between contexts`` and ``between networks`` are angles (rad), the latter a mean over both contexts, and
    ``contexts in units of networks`` is their ratio.
    """
    about: Row = {"form": cell.forms[0], "seed": cell.seeds[0]}
    both = network.to(torch.float64), other.to(torch.float64)
    return [about | row for pair in cell.pairs for row in _rows(cell, pair, *both)]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return means over networks with their intervals; no verdict is drawn."""
    return intervals(table, ["measure", "form", "tasks"])


def _rows(
    cell: Config, pair: tuple[str, str], network: ModulatedNetwork, other: ModulatedNetwork
) -> Iterator[Row]:
    trials = probe_trials(*pair, network.preset, cell.n_trials, cell.draw)
    own, others = (each.run(trials, list(pair)) for each in (network, other))
    contexts = dissimilarity(own[:, 0], own[:, 1])
    between = _mean([dissimilarity(own[:, k], others[:, k]) for k in range(2)])
    values = {"between contexts": contexts, "between networks": between}
    values |= {"contexts in units of networks": contexts / between}
    for name, value in values.items():
        yield {"tasks": f"{pair[0]} / {pair[1]}", "measure": name, "value": value}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
