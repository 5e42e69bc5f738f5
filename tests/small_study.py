"""An experiment of three cells, each with a tiny network of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from small_training import changed, short

from modpack.measures.modulation import Row
from modpack.network import ModulatedNetwork
from modpack.training import TrainingConfig

SECONDS = MappingProxyType({"network": 1, "cell": 1})


@dataclass(frozen=True)
class Config:
    n: int = 3


@dataclass(frozen=True)
class Cell:
    seed: int


def cells(config: Config) -> Sequence[Cell]:
    return [Cell(seed) for seed in range(config.n)]


def networks(cell: Cell) -> Sequence[TrainingConfig]:
    return [changed(short(), seed=cell.seed, steps=20, n_neurons=4)]


def together(config: TrainingConfig) -> object:
    return config


def measure(cell: Cell, network: ModulatedNetwork) -> list[Row]:
    return [{"seed": cell.seed, "name": name, "sum": x.sum().item()} for name, x in network.tensors.items()]


PROFILES = MappingProxyType({"small": Config()})
