"""What is left when one of two estimates fades? Exploratory, but declared before any network was so tested.

The networks are those of `modpack.experiments.stream`, in the worlds in which they were trained. In a test
one of the estimates that a network is told is mixed with none at all, every state being equally likely. What
a network *loses* is the fraction of right trials with both estimates, minus that with one of them faded.

`COMPARISONS` asks whether pairs across the pathways lose less than pairs within one, each of whose parts is
told one estimate, where the fast or the slow one is gone: a redundancy of pathways. What is seen on the
networks that the tests of the stream compare is said only together with what is seen on those that had to
decide which forms to compare, which are others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pandas as pd
import torch
from torch import Generator, Tensor

from modpack._checks import choose, number
from modpack.experiments import stream
from modpack.experiments.stream import ARMS, CROSS, PRIMARY, SEEDS, SELECTION, WITHIN, Cell
from modpack.experiments.tuning import VALIDATION_SEED
from modpack.measures.modulation import Row
from modpack.measures.streaming import SETTLED, answered, happened
from modpack.measures.verdicts import Comparison, judge
from modpack.network import ModulatedNetwork
from modpack.training.worlds import Told

PAIRS = tuple(name for name in WITHIN if "+" in name)
"""Pairs within a pathway; the first part is told the fast estimate."""

FADED = (0.5, 1.0)
"""How much of an estimate is gone."""

COMPARISONS = [
    Comparison(f"cross - within: {arm} without {estimate}", CROSS, PAIRS, f"lost, {arm}, {estimate}", 0.03)
    for arm, estimate in product(PRIMARY, ("fast", "slow"))
]
"""Exploratory; between the means over pairs of atoms, where the estimate is gone altogether."""

SECONDS = stream.SECONDS
networks, together = stream.networks, stream.together


@dataclass(frozen=True)
class Config:
    """Which networks are measured; fields as in :class:`modpack.experiments.stream.Config`."""

    arms: tuple[str, ...] = PRIMARY
    forms: tuple[str, ...] = (*PAIRS, *CROSS)
    seeds: tuple[int, ...] = SEEDS + SELECTION


PROFILES = {"small": Config(("stream",), ("bias+gain",), (60,)), "book": Config()}


def cells(config: Config) -> list[Cell]:
    """Return a cell for each network, as those of the stream."""
    return stream.cells(stream.Config(config.arms, config.forms, config.seeds))


def weights_name(config: object) -> str | None:
    """Return None: those networks that are in the package are the stream's."""
    return None


def measure(cell: Cell, network: ModulatedNetwork) -> list[Row]:
    """Return the rows of one network.

    ``arm``, ``form``, ``seed``; ``estimate`` (which one has faded), ``faded`` (how much of it is gone),
    ``measure`` (always ``"lost"``) and ``value``. All tests are of the same trials, cues and noise.
    """
    about: Row = {name: getattr(cell, name) for name in ("arm", "form", "seed")}
    whole, *less = _performances(cell, network)
    return [
        about | {"estimate": estimate, "faded": faded, "measure": "lost", "value": whole[2] - value}
        for estimate, faded, value in less
    ]


def _performances(cell: Cell, network: ModulatedNetwork) -> Iterator[tuple[str, float, float]]:
    """Yield which estimate has faded, how much, and the fraction of trials that are right; first of none."""
    arm = ARMS[cell.arm]
    for estimate, faded in [("fast", 0.0), *product(("fast", "slow"), FADED)]:
        generator = Generator().manual_seed(VALIDATION_SEED + cell.data_seed)
        told = happened(arm.stream, len(arm.tasks), cell.n_worlds, generator)
        right = answered(network, fade(told, estimate, faded), arm.tasks, generator)[SETTLED:]
        yield estimate, faded, float(right.double().mean())


def fade(told: Told, estimate: str, faded: float) -> Told:
    """Return what is told where an estimate has faded.

    Parameters
    ----------
    told : Told
    estimate : str
        ``"fast"`` or ``"slow"``.
    faded : float
        0 leaves it as it is; 1 leaves nothing of it.
    """
    choose("estimate", estimate, ("fast", "slow"))
    number("faded", faded, 0, 1)
    there: Tensor = getattr(told, estimate)
    nothing = torch.full_like(there, 1 / there.shape[-1])
    return told._replace(**{estimate: torch.lerp(there, nothing, faded)})


def compared(table: pd.DataFrame) -> pd.DataFrame:
    """Return what is lost where an estimate is gone; the measure says in which arm, and which estimate."""
    gone = table[table["faded"] == 1]
    return gone.assign(measure=gone["measure"] + ", " + gone["arm"] + ", " + gone["estimate"])


def summary(table: pd.DataFrame, seeds: tuple[int, ...] = SEEDS) -> pd.DataFrame:
    """Return what is found on some networks."""
    found = compared(table)
    return judge(found[found["seed"].isin(seeds)], COMPARISONS, cell="arm")
