"""How large modulators begin and how fast they learn, tuned for every form by the validation loss.

Both move a form as much as forms differ, so that a comparison of forms needs them to be tuned alike: the same
grid for all, shorter runs, and seeds that are used for nothing else.
"""

from dataclasses import dataclass, replace
from itertools import product

import pandas as pd
import torch
from torch import Generator, Tensor

from modpack._checks import positive
from modpack.measures.modulation import Row
from modpack.modulation import form
from modpack.network import ModulatedNetwork
from modpack.tasks import TASKS, order
from modpack.training import Model, Protocol, Recipe, TrainingConfig
from modpack.training.data import Data
from modpack.training.loss import loss_of

VALIDATION_SEED = 10**6
"""Of the trials and noise on which networks are judged; far from the seeds of training."""

VALIDATION_BATCHES = 10

SHOWN = Protocol(trials_per_task=8)
"""Half of the usual trials in every step, at about half of the cost."""

SECONDS = {"network": 15, "cell": 1}
"""About how long it takes to train a network and to measure a cell on one core."""


@dataclass(frozen=True)
class Config:
    """Which forms are tuned, and the grid.

    Parameters
    ----------
    forms : tuple of str
        Modulation forms.
    scales : tuple of float
        Factors on the initial values of the modulating tensors.
    rates : tuple of float
        Peak learning rates of the modulating tensors.
    seeds : tuple of int
        Networks of each form, factor and rate.
    steps : int
        Training steps.
    n_neurons : int
    tasks : tuple of str
        What networks are trained on.
    data_seed : int or None
        Of the trials that all networks share; None gives every seed trials of its own.
    """

    forms: tuple[str, ...]
    scales: tuple[float, ...] = (0.3, 1.0, 3.0)
    rates: tuple[float, ...] = (2.5e-3, 5e-3, 1e-2)
    seeds: tuple[int, ...] = (50, 51)
    steps: int = 800
    n_neurons: int = 64
    tasks: tuple[str, ...] = tuple(TASKS)
    data_seed: int | None = None

    def __post_init__(self) -> None:
        for name in self.forms:
            form(name, 1)
        for name in ("scales", "rates"):
            for value in getattr(self, name):
                positive(name, value)


FORMS = (
    *("excitability", "synaptic", "combined", "bias", "gain", "row", "release"),
    *("bias+release", "gain+row", "synaptic-all"),
)
"""Those that modulate a pathway; a private readout has nothing that the grid would move."""

EIGHT = ("fdgo", "fdanti", "delaygo", "delayanti", "dm1", "dm2", "contextdm1", "contextdm2")
"""Tasks on which smaller networks are compared."""

EIGHT_TASKS = Config(
    (*(name for name in FORMS if name not in ("combined", "synaptic-all")), "row+release"),
    rates=(5e-3, 1e-2),
    steps=600,
    n_neurons=32,
    tasks=EIGHT,
    data_seed=50,
)

EIGHT_MAPPINGS = Config(
    ("excitability", "synaptic", "bias+release", "row+release", "bias"),
    scales=(0.1, 0.3, 1.0),
    seeds=(50, 51, 52, 53),
    steps=1000,
    n_neurons=16,
    tasks=order(4, 8, Generator().manual_seed(50)),
    data_seed=50,
)

PROFILES = {
    "small": Config(("bias",), scales=(1.0,), rates=(5e-3, 1e-2), seeds=(50,), steps=10),
    "book": Config(FORMS),
    "full": Config(FORMS, seeds=tuple(range(50, 60))),
    "eight": EIGHT_TASKS,
    "mappings": EIGHT_MAPPINGS,
}


def cells(config: Config) -> list[Config]:
    """Return a configuration for each network."""
    grid = product(config.forms, config.scales, config.rates, config.seeds)
    return [replace(config, forms=(f,), scales=(x,), rates=(r,), seeds=(s,)) for f, x, r, s in grid]


def networks(cell: Config) -> list[TrainingConfig]:
    """Return how the network of a cell is trained."""
    (name,), (scale,), (rate,), (seed,) = cell.forms, cell.scales, cell.rates, cell.seeds
    protocol = replace(SHOWN, tasks=cell.tasks, data_seed=cell.data_seed)
    model = Model(name, n_neurons=cell.n_neurons, seed=seed)
    return [TrainingConfig(model, protocol, recipe(scale, rate, cell.steps))]


def recipe(scale: float, rate: float, steps: int) -> Recipe:
    """Return the recipe in which the modulators, of both pathways alike, have this scale and rate."""
    return Recipe(
        steps=steps,
        excitability_scale=scale,
        synaptic_scale=scale,
        excitability_rate=rate,
        synaptic_rate=rate,
    )


@torch.no_grad()
def measure(cell: Config, network: ModulatedNetwork) -> list[Row]:
    """Return the loss of a network, without the penalty on activity, on trials that it was not trained on."""
    (config,) = networks(cell)
    (name,), (scale,), (rate,), (seed,) = cell.forms, cell.scales, cell.rates, cell.seeds
    about: Row = {"form": name, "scale": scale, "rate": rate, "seed": seed, "measure": "validation loss"}
    return [about | {"value": float(validation_loss(config, network))}]


def validation_loss(config: TrainingConfig, network: ModulatedNetwork) -> Tensor:
    """Return the loss of a network on trials that no network is trained on, without the penalty on activity.

    Parameters
    ----------
    config : TrainingConfig
        How the network was trained: says which trials it is shown.
    network : ModulatedNetwork
    """
    protocol = replace(config.protocol, data_seed=VALIDATION_SEED)
    validation = Data([replace(config, protocol=protocol)], "cpu")
    validation.draw()
    losses = [loss_of(network, validation.batch(0, k), 0.0) for k in range(VALIDATION_BATCHES)]
    return torch.stack(losses).mean()


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the scale and the rate of the lowest validation loss of every form, a row for each form.

    The mean over seeds decides, so a seed whose training failed rules its setting out.
    """
    settings = (
        table.groupby(["form", "scale", "rate"], sort=False)["value"].agg(["mean", "size"]).reset_index()
    )
    whole = settings[settings["size"] == table["seed"].nunique()]
    best = whole.loc[whole.groupby("form", sort=False)["mean"].idxmin()]
    return best.drop(columns="size").reset_index(drop=True)
