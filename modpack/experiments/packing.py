"""How many tasks fit into a network of N neurons? The size that a number of tasks needs, form by form.

Networks learn K mappings of four directions with a delay (:mod:`modpack.tasks.mappings`): the same input, the
same timing, and another answer for every context. Half of the mappings are held at the size N50, found by a
probit over six sizes for every order of mappings (:mod:`modpack.measures.capacity`). All networks train for
the same number of steps. What that number decides is shown by a third of it and by three times as much: what
still moves when training is tripled is the speed of learning, not capacity.

``FAMILY`` holds the tests with their margin; the unit is the order of mappings, of which every form and size
learns the same. Everything else that is measured is exploratory. No direction is predicted. An order counts
where N50 lies among the sizes that were tried for every K and both forms that are compared; with fewer than
ten of them a test is undecided. With twelve orders a paired test alone has a power of 80 % for a difference
of .9 standard deviations, and as the first of two by Holm's method for one of 1.0; equivalence within the
margin can be shown only where differences spread by less than about half an octave. In the pilot, six numbers
from two orders that are no part of the table, those of synaptic and excitability spread by .44 octaves.

Three forms are trained for other budgets, without the delay, with eight directions and with a code of eight
coordinates for sixteen mappings, on half of the orders and one number of tasks each. Not measured are
networks of one task side by side, and tasks of the battery.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import chain, product
from math import isnan
from typing import Any

import pandas as pd
import torch
from torch import Generator

from modpack._checks import require, whole
from modpack.evaluation import evaluate
from modpack.experiments.tuning import SHOWN, VALIDATION_SEED, recipe, validation_loss
from modpack.measures.ambiguity import conflicting_trials, in_line, regret, said_to, tolerance
from modpack.measures.bounds import discriminability
from modpack.measures.capacity import HELD, bits, by_load, places, sizes_around
from modpack.measures.modulation import Row
from modpack.measures.verdicts import Comparison, judge
from modpack.modulation import form
from modpack.network import ModulatedNetwork
from modpack.tasks import floor, order
from modpack.training import Evaluation, Model, TrainingConfig
from modpack.training.codes import Code
from modpack.training.notation import read

TUNED = {
    "excitability": (0.3, 5e-3),
    "synaptic": (0.1, 1e-2),
    "bias+release": (0.1, 2.5e-3),
    "row+release": (0.1, 5e-3),
    "bias": (0.1, 1e-2),
}
"""Initial scale and rate of the modulators: those of the lowest validation loss on eight mappings,
`results/tuning_mappings.parquet`. Four forms of five are best at the smallest scale that was tried.
"""

UNTUNED = 1.0, 5e-3
"""Of networks without modulators."""

FORMS = ("excitability", "synaptic", "bias+release", "row+release")
"""All have the same number of modulating parameters, 2 N K."""

SIZES = {4: (2, 3, 4, 6, 9, 13), 8: (3, 4, 5, 7, 11, 15), 16: (4, 6, 9, 13, 18, 25)}
"""Neurons, by the number of tasks, as the pilot places them (`results/packing_pilot.parquet`)."""

STEPS = 3600
"""The middle of three budgets of training."""

WITHIN = ("excitability", "row+release")
"""Pairs of atoms within a pathway. Which is best is decided on the seeds of the pilot, see `best_within`."""

BEST_WITHIN = "row+release"

MARGIN = 0.25
"""Octaves: networks that need less than a fifth more neurons need as many."""

FAMILY = [
    Comparison("synaptic - excitability", "synaptic", "excitability", "log2 N50", MARGIN),
    Comparison("bias+release - best within a pathway", "bias+release", BEST_WITHIN, "log2 N50", MARGIN),
]
"""The primary tests, with Holm's adjustment for both."""

D_PRIMES = tuple(discriminability(bound) for bound in (0.99, 0.95, 0.9, 0.8, 0.7))
"""Levels of noise in line with two contexts; the middle one is that of the regret."""

PROBED = 640
"""Trials under each level of noise, divided among the mappings."""

SECONDS = {"network": 7, "cell": 0.6}
"""About how long it takes to train a network and to measure a cell on one core."""


@dataclass(frozen=True)
class Cell:
    """One network.

    Parameters
    ----------
    form : str
        Modulation form.
    n_tasks : int
        K.
    n_neurons : int
        N.
    seed : int
        Of the order of mappings, and of the network.
    steps : int
        Training steps; a multiple of 300.
    n_directions : int
        m.
    delay : bool
        Whether the stimulus is gone before the answer is asked for.
    code : str
        Context code, e.g. ``"compressed(8)"``.
    n_trials : int
        Noisy trials of every mapping.
    """

    form: str
    n_tasks: int
    n_neurons: int
    seed: int
    steps: int = STEPS
    n_directions: int = 4
    delay: bool = True
    code: str = "one_hot"
    n_trials: int = 400

    def __post_init__(self) -> None:
        form(self.form, 1)
        read(self.code, Code)  # type: ignore[type-abstract]
        for name in ("n_tasks", "n_neurons", "n_trials"):
            whole(name, getattr(self, name), 1)
        require(self.steps > 0 and self.steps % 300 == 0, "steps", self.steps, "a multiple of 300")

    @property
    def tasks(self) -> tuple[str, ...]:
        """The mappings, the first of their order."""
        return order(self.n_directions, self.n_tasks, Generator().manual_seed(self.seed), self.delay)


@dataclass(frozen=True)
class Block:
    """Networks of all forms, sizes and seeds for one number of tasks, which differ in nothing else.

    Parameters
    ----------
    forms : tuple of str
    n_tasks : int
    sizes : tuple of int
    seeds : tuple of int
    options : tuple of (str, value)
        Other fields of their :class:`Cell`.
    """

    forms: tuple[str, ...]
    n_tasks: int
    sizes: tuple[int, ...]
    seeds: tuple[int, ...]
    options: tuple[tuple[str, Any], ...] = ()

    def cells(self) -> list[Cell]:
        """Return a cell for each network, size by size: those of one shape follow each other."""
        every = product(self.sizes, self.forms, self.seeds)
        options = dict(self.options)
        return [Cell(name, self.n_tasks, size, seed, **options) for size, name, seed in every]


@dataclass(frozen=True)
class Config:
    """Which networks are measured: blocks, in the order in which they are trained."""

    blocks: tuple[Block, ...]


ORDERS = tuple(range(300, 312))
SOME = ORDERS[:6]
COMPARED = ("excitability", "synaptic", "bias+release")


def design(seeds: tuple[int, ...], some: tuple[int, ...]) -> Config:
    """Return the whole design: what is left out, if time runs out, is left out from its end."""
    main = (Block(FORMS, k, SIZES[k], seeds) for k in (8, 16, 4))
    atom = (Block(("bias",), k, SIZES[k], seeds) for k in (8, 16, 4))
    controls = (Block(("none",), k, SIZES[k][-1:], seeds) for k in SIZES)
    variants: list[tuple[int, dict[str, Any]]] = [
        (8, {"steps": STEPS // 3}),
        (8, {"steps": 3 * STEPS}),
        (8, {"delay": False}),
        (8, {"n_directions": 8}),
        (16, {"code": "compressed(8)"}),
    ]
    others = (Block(COMPARED, k, SIZES[k], some, tuple(each.items())) for k, each in variants)
    return Config((*main, *controls, *others, *atom))


PILOT = Config(
    (
        Block(FORMS, 8, (5, 6, 8, 12), (60, 61)),
        Block(FORMS[:2], 16, (6, 10, 16), (60, 61)),
        Block(FORMS[:2], 4, (4, 6), (60, 61)),
    )
)
"""Places the sizes, on seeds that nothing else uses."""

BOOK = design(ORDERS, SOME)

PROFILES = {
    "small": Config((Block(("bias",), 2, (4, 6), (60,), (("steps", 300), ("n_trials", 50))),)),
    "pilot": PILOT,
    "eight": Config(BOOK.blocks[:1]),
    "primary": Config(BOOK.blocks[:3]),
    "book": BOOK,
    "full": design(tuple(range(300, 320)), tuple(range(300, 320))),
}
"""``"eight"`` is the part of ``"book"`` with eight mappings, ``"primary"`` what the tests need: what was done
for a part is not done again for the whole."""


def cells(config: Config) -> list[Cell]:
    """Return a cell for each network."""
    return list(chain.from_iterable(block.cells() for block in config.blocks))


def networks(cell: Cell) -> list[TrainingConfig]:
    """Return how the network of a cell is trained."""
    scale, rate = TUNED.get(cell.form, UNTUNED)
    code = read(cell.code, Code)  # type: ignore[type-abstract]
    model = Model(cell.form, code, n_neurons=cell.n_neurons, seed=cell.seed)
    protocol = replace(SHOWN, tasks=cell.tasks)
    evaluation = Evaluation(every=cell.steps // 6, trials=50)
    return [TrainingConfig(model, protocol, recipe(scale, rate, cell.steps), evaluation)]


def together(config: TrainingConfig) -> Hashable:
    """Return what networks have in common that are trained as an ensemble: the kind of mapping and code."""
    return config.protocol.tasks[0].partition("-")[0], str(config.model.code)


def weights_name(config: TrainingConfig) -> str | None:
    """Return what a network is called in the package: there is the first of every point of the map."""
    return _in_package().get(config)


@cache
def _in_package() -> dict[TrainingConfig, str]:
    first = (Block(FORMS, k, sizes, ORDERS[:1]) for k, sizes in SIZES.items())
    return {
        networks(cell)[0]: f"{cell.form}-{cell.n_tasks}-{cell.n_neurons}"
        for cell in cells(Config(tuple(first)))
    }


@torch.no_grad()
def measure(cell: Cell, network: ModulatedNetwork) -> list[Row]:
    """Return the rows of a network: the fields of its cell, ``task``, ``measure`` and ``value``.

    ``task`` is a mapping, or ``"all"``. A network that does not start above what is tolerated has no row for
    its tolerance.
    """
    about: Row = {field.name: getattr(cell, field.name) for field in fields(cell)}
    del about["n_trials"]
    rows = chain(_performance(cell, network), _ambiguity(cell, network))
    return [about | {"task": task, "measure": name, "value": value} for task, name, value in rows]


Number = tuple[str, str, float]
"""Task, measure and value."""


def _performance(cell: Cell, network: ModulatedNetwork) -> Iterator[Number]:
    scores = evaluate(network, cell.n_trials, Generator().manual_seed(VALIDATION_SEED + cell.seed))
    for task, score in zip(cell.tasks, scores.tolist(), strict=True):
        yield task, "performance", score
    held = int((scores >= HELD).sum())
    known = bits(held, cell.n_directions)
    yield "all", "performance", float(scores.mean())
    yield "all", "floor", floor(cell.tasks)
    yield "all", "held", held
    yield "all", "log loss", validation_loss(networks(cell)[0], network).log().item()
    yield "all", "bits per neuron", known / network.n_neurons
    yield "all", "bits per trained parameter", known / network.n_parameters()


def _ambiguity(cell: Cell, network: ModulatedNetwork) -> Iterator[Number]:
    """Measure every mapping under noise in line with the context of the next one."""
    generator = Generator().manual_seed(VALIDATION_SEED + cell.seed)
    tasks, n = cell.tasks, max(1, PROBED // cell.n_tasks)
    missed, bound = [], torch.empty(0)
    for own, other in zip(tasks, (*tasks[1:], tasks[0]), strict=True):
        trials = conflicting_trials(own, other, network.preset, n, generator)
        cues = in_line(network.code, trials, other, D_PRIMES, generator)
        missed.append(regret(said_to(network, trials, cues.contexts, generator), cues))
        bound = cues.bound
    mean = torch.stack(missed).mean(0)
    yield "all", "regret at bound 0.9", float(mean[len(D_PRIMES) // 2])
    tolerated = tolerance(D_PRIMES, bound - mean)
    if not isnan(tolerated):
        yield "all", "tolerated d'", tolerated


CONDITION = ("form", "n_tasks", "steps", "n_directions", "delay", "code")
"""What the size at which half of the mappings are held depends on."""


def half_held_sizes(table: pd.DataFrame) -> pd.DataFrame:
    """Return ``log2 N50`` of every order in every condition, see :func:`modpack.measures.capacity.places`."""
    varied = table.groupby(list(CONDITION))["n_neurons"].transform("nunique") > 1
    return places(table[varied], CONDITION)


def main_condition(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `FORMS` with the middle budget, four directions, a delay and a one-hot code."""
    learned = (table["steps"] == STEPS) & (table["n_directions"] == 4) & table["delay"]
    return table[learned & (table["code"] == "one_hot") & table["form"].isin(FORMS)]


def primary(table: pd.DataFrame) -> pd.DataFrame:
    """Return what the family is about: ``log2 N50`` where it is known, in the main condition."""
    found = half_held_sizes(main_condition(table))
    return found[found["beyond"] == 0]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts on the primary family."""
    return judge(primary(table), FAMILY, cell="n_tasks")


def tolerance_by_load(table: pd.DataFrame) -> pd.DataFrame:
    """Return by how much the tolerated d' changes with every octave of the load K / N; exploratory."""
    main = main_condition(table)
    return by_load(main[main["task"] == "all"], "tolerated d'")


def placed_sizes(pilot: pd.DataFrame) -> dict[int, tuple[int, ...]]:
    """Return six sizes for every number of tasks, half an octave apart, around N50 in the mean over forms.

    The rule by which `SIZES` were placed, on the seeds of the pilot. At least two sizes lie on either side of
    N50 of every form that is within three quarters of an octave of the mean.
    """
    found = half_held_sizes(pilot)
    forms = found.groupby(["n_tasks", "form"])["value"].mean()
    middles = forms.groupby("n_tasks").mean()
    return {k: sizes_around(middle) for k, middle in zip(middles.index, middles, strict=True)}


def best_within(pilot: pd.DataFrame, pairs: Iterable[str] = WITHIN) -> str:
    """Return the pair within a pathway with the smallest ``log2 N50``, on average over numbers of tasks.

    The rule by which `BEST_WITHIN` was chosen, on the seeds of the pilot: over the numbers of tasks that all
    pairs have learned. An order whose N50 lies beyond the sizes that were tried counts with the nearest.
    """
    means = half_held_sizes(pilot).groupby(["n_tasks", "form"])["value"].mean().unstack()[list(pairs)]
    return str(means.dropna().mean().idxmin())
