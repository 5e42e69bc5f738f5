"""Are modulation of excitability and of synapses two mechanisms or one? Tests that are declared beforehand.

Networks of every form are trained alike, with modulators whose initial scale and rate were tuned alike
(`modpack.experiments.tuning`). Three measures stand for three meanings of the question:

- *gating share*: what part of the change in preference for a ring of evidence, between two contexts that
  attend to different rings, is done to the input vector rather than to the selection vector;
- *exchange rate*: how much of what contexts do for performance the other pathway can do in their place; of
  networks with both pathways, the better of the two;
- *cancel*: on how many trials a network changes its mind by an answer that shrinks to nothing on the way.

``FAMILY`` holds the tests with their margins. Everything else that is measured is exploratory. No direction
is predicted. With ten networks of each form a paired test alone has a power of 80 % for a difference of one
standard deviation; as the first of the family by Holm's method it has about 35 %, and needs one and a half
standard deviations for nearly 80 %. Equivalence within the margin of .1 can be shown only where differences
spread by less than about .17. What spread to expect was seen in the shipped networks of three seeds, which
have been looked at and are no part of the table: less than that in exchange rates and gating shares, and
more in the fraction of trials that cancel, where "undecided" is to be expected of small differences. A test
counts the seeds that have all its numbers; with fewer than ten it is undecided.

The exchange rates of pathways alone and of pairs across pathways are no test: a pair is imitated by means
that are half its own, a pathway by foreign ones, and these are not the same quantity.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import isnan

import pandas as pd
import torch
from torch import Generator

from modpack._checks import distinct
from modpack.experiments.tuning import SHOWN, recipe
from modpack.measures.gating import gating
from modpack.measures.imitation import exchange
from modpack.measures.jacobians import at_same_states
from modpack.measures.modulation import Row
from modpack.measures.verdicts import Comparison, interactions, judge
from modpack.measures.visited import modulation_power
from modpack.measures.ways import WAYS, ways
from modpack.modulation import form
from modpack.network import ModulatedNetwork
from modpack.tasks import generate
from modpack.training import Model, TrainingConfig

PAIRS = {
    ("fdgo", "fdanti"): "response",
    ("reactgo", "reactanti"): "response",
    ("delaygo", "delayanti"): "response",
    ("contextdm1", "contextdm2"): "decision",
    ("contextdelaydm1", "contextdelaydm2"): "decision",
}
"""Pairs of tasks with the same input, and what their answers are about.

The two pairs of match tasks are left out: one of their answers is to withhold, so that a response that
shrinks is on its way to an answer and not between two.
"""

TUNED = {
    "excitability": (0.3, 1e-2),
    "synaptic": (1.0, 1e-2),
    "combined": (0.3, 5e-3),
    "bias": (1.0, 5e-3),
    "gain": (1.0, 1e-2),
    "row": (3.0, 1e-2),
    "release": (3.0, 1e-2),
    "bias+release": (0.3, 1e-2),
    "gain+row": (1.0, 1e-2),
    "synaptic-all": (1.0, 1e-2),
}
"""Initial scale and rate of the modulators: those of the lowest validation loss, `results/tuning.parquet`."""

UNTUNED = 1.0, 5e-3
"""Of forms without a modulator of either pathway."""

IMITATED_BY = {"threshold and slope": "excitability", "mask": "synaptic"}
"""The pathway of each imitation."""

MARGIN = 0.1
"""All three measures are shares, from 0 to about 1."""

CONTRASTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "excitability - synaptic": (("excitability",), ("synaptic",)),
    "bias - row": (("bias",), ("row",)),
    "gain - release": (("gain",), ("release",)),
    "within - cross": (("excitability", "synaptic"), ("bias+release", "gain+row")),
}
"""Two forms of 2 N d modulating parameters, two pairs of atoms of N d, and pathways alone or together."""

FAMILY = [
    Comparison(f"{name}: {measure}", first, second, measure, MARGIN)
    for measure in ("gating share", "exchange rate", "cancel")
    for name, (first, second) in CONTRASTS.items()
    if (name, measure) != ("within - cross", "exchange rate")
]
"""The primary tests, with Holm's adjustment for all of them."""

SECONDS = {"network": 60, "cell": 8}
"""About how long it takes to train a network and to measure a cell on one core."""


@dataclass(frozen=True)
class Config:
    """Which networks are measured, and on how much.

    Parameters
    ----------
    forms : tuple of str
        Modulation forms.
    seeds : tuple of int
        Networks of each form.
    steps : int
        Training steps.
    n_trials : int
        Random trials of every task, half of them to fit an imitation and half to judge it. Even.
    draw : int
        Seed that decides which trials.
    """

    forms: tuple[str, ...]
    seeds: tuple[int, ...] = tuple(range(100, 110))
    steps: int = 4200
    n_trials: int = 200
    draw: int = 0

    def __post_init__(self) -> None:
        for name in self.forms:
            form(name, 1)
        for name in ("forms", "seeds"):
            distinct(name, getattr(self, name))


FORMS = (
    *("excitability", "synaptic", "bias", "row", "gain", "release", "bias+release", "gain+row"),
    *("combined", "none", "synaptic-all", "readout"),
)
"""In the order in which they are trained: what does not fit into the time is left out from the end."""

PROFILES = {
    "small": Config(("bias", "row"), seeds=(100,), n_trials=8),
    "book": Config(FORMS),
    "full": Config(FORMS, seeds=tuple(range(100, 120))),
}


def cells(config: Config) -> list[Config]:
    """Return a configuration of each network alone."""
    return [replace(config, forms=(name,), seeds=(seed,)) for name in config.forms for seed in config.seeds]


def networks(cell: Config) -> list[TrainingConfig]:
    """Return how the network of a cell is trained."""
    return networks_of(cell.forms, cell.seeds, cell.steps)


def networks_of(
    forms: Sequence[str], seeds: Sequence[int], steps: int = Config.steps
) -> list[TrainingConfig]:
    """Return how the networks of some forms and seeds are trained, for this and other experiments."""
    trained = {name: recipe(*TUNED.get(name, UNTUNED), steps) for name in forms}
    return [TrainingConfig(Model(name, seed=seed), SHOWN, trained[name]) for name in forms for seed in seeds]


def neighbours(seeds: Sequence[int]) -> list[tuple[int, int]]:
    """Return every seed with the next one, the last with the first: networks to be compared."""
    return list(zip(seeds, (*seeds[1:], seeds[0]), strict=True))


def measure(cell: Config, network: ModulatedNetwork) -> list[Row]:
    """Return the rows of one network: ``form``, ``seed``, ``tasks``, ``measure`` and ``value``.

    ``tasks`` is a pair, or ``"all"``. What is not defined for a form has no row: gating where nothing changes
    between contexts, or rates of exchange where there is no effect to imitate.
    """
    network = network.to(torch.float64)
    about: Row = {"form": cell.forms[0], "seed": cell.seeds[0]}
    rows = chain(
        _gating(network),
        _exchange(cell, network),
        _power(cell, network),
        _ways(network),
        _same_states(network),
    )
    return [
        about | {"tasks": tasks, "measure": name, "value": value}
        for tasks, name, value in rows
        if not isnan(value)
    ]


Number = tuple[str, str, float]
"""Tasks, measure and value."""


def _gating(network: ModulatedNetwork) -> Iterator[Number]:
    for (a, b), kind in PAIRS.items():
        if kind == "decision":
            found = gating(network, a, b)
            yield f"{a} / {b}", "gating share", found.share
            yield f"{a} / {b}", "gating share at the same state", found.share_alone
            yield f"{a} / {b}", "gating share of sizes", found.share_of_size


def _exchange(cell: Config, network: ModulatedNetwork) -> Iterator[Number]:
    found = exchange(network, n_trials=cell.n_trials, seed=cell.draw)
    rates = {name: imitated.rate for name, imitated in found.items()}
    for name, rate in rates.items():
        yield "all", f"imitated by {name}", rate
    own = network.modulation.pathway
    yield "all", "exchange rate", max(rate for name, rate in rates.items() if IMITATED_BY[name] != own)


def _power(cell: Config, network: ModulatedNetwork) -> Iterator[Number]:
    generator = Generator().manual_seed(cell.draw)
    tasks = network.code.tasks
    trials = generate(tasks, cell.n_trials // 2, network.preset, generator, dtype=torch.float64)
    for pathway, power in modulation_power(network, trials).items():
        yield "all", f"modulation power: {pathway}", power


def _ways(network: ModulatedNetwork) -> Iterator[Number]:
    for a, b in PAIRS:
        found = ways(network, a, b)
        for name in WAYS[:-1]:
            yield f"{a} / {b}", name, found.fraction(name)
        yield f"{a} / {b}", "changes its mind", found.n / len(found.way)


def _same_states(network: ModulatedNetwork) -> Iterator[Number]:
    for a, b in PAIRS:
        found = at_same_states(network, a, b, n_states=50)
        yield f"{a} / {b}", "row angle", found.row_angle
        yield f"{a} / {b}", "change of the slowest modes", found.slow_change
        yield f"{a} / {b}", "constant share of the change", found.constant_share


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts on the primary family."""
    return judge(table, FAMILY)


def by_kind(table: pd.DataFrame) -> pd.DataFrame:
    """Return whether the contrasts in the fraction that cancels depend on the kind of the pair of tasks."""
    kinds = {f"{a} / {b}": kind for (a, b), kind in PAIRS.items()}
    return interactions(table, [test for test in FAMILY if test.measure == "cancel"], kinds)
