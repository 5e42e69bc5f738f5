r"""How robust is each form of modulation to an ambiguous context? Tests that are declared beforehand.

Small networks learn eight tasks. Of these, twelve ordered pairs ask for different answers to trials of the
first: eight crosses of Go and Anti (``response``), and four that differ in the ring of evidence to attend to
(``decision``). They are trained on one of three schedules of contexts:

- *clean*: every trial has the context of its task. What such a network does with an ambiguous context is
  extrapolation, and is called that;
- *noise*: the same, and then as many steps with noise along the line to another task's context;
- *belief*: the same, and then as many steps with the mean of all contexts under the posterior that a noisy
  cue leaves. These networks are told what can be believed after the very cues that others are given raw.

The score is regret: how much less often a network is right than a decoder of the same cues
(`modpack.measures.ambiguity`). A mix of two contexts and a weaker context have no bound; there the table says
whose rule is followed.

``FAMILY`` holds the tests: three contrasts under each schedule, in the regret where the decoder of two tasks
is right in 90 % of trials, as a mean over the twelve pairs. Everything else is exploratory. No direction is
predicted. Of two pairs of atoms within a pathway and two across, those are compared that learned best in
tuning. That was done on clean contexts, in short runs, for all schedules; every form took the larger rate.

There are twelve networks of each kind, in three blocks that share their trials. A paired test alone has a
power of 80 % for a difference of 0.9 standard deviations; as the first of nine by Holm's method it needs 1.3.
Where differences spread by the margin of .03 and are none in the mean, nine of ten samples show equivalence.
In a pilot of three networks the difference between the last two forms spread by as much after clean training;
regrets of excitability spread by .007, and by .003 after noise; belief was not piloted.

The profile ``primary`` has the forms of the family alone and comes first; ``book`` adds the other forms, a
rotated code and another scale, in this order. To stay within two hours on one core, left out are 64 neurons
on all twenty tasks, more scales, other noise in training, and forms of another size.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, product
from math import isnan

import pandas as pd
import torch
from torch import Generator

from modpack._checks import require
from modpack.evaluation import evaluate
from modpack.experiments.tuning import EIGHT, SHOWN, recipe
from modpack.measures import ambiguity, probes
from modpack.measures.ambiguity import conflicting_pairs
from modpack.measures.bounds import discriminability
from modpack.measures.choices import CHOICES
from modpack.measures.modulation import Row
from modpack.measures.verdicts import Comparison, interactions, judge
from modpack.modulation import form
from modpack.network import ModulatedNetwork
from modpack.tasks import COMPACT
from modpack.training import Model, TrainingConfig
from modpack.training.codes import Code, OneHot, Orthogonal
from modpack.training.contexts import Belief, Clean, Noisy, Schedule, Then

SCHEDULES: dict[str, Schedule] = {"clean": Clean(), "noise": Noisy(0.5), "belief": Belief()}
"""Contexts of the second half of training; the noise is one of d' = 2.8."""

CODES: dict[str, Code] = {"one-hot": OneHot(), "rotated": Orthogonal()}

TOLD = {"clean": probes.raw, "noise": probes.raw, "belief": probes.believed}
"""What networks are told of cues: that to which their schedule has made them used."""

BOUNDS = (0.99, 0.95, 0.9, 0.8, 0.7)
"""Levels of noise, as how often the decoder of two tasks is right."""

D_PRIMES = tuple(discriminability(bound) for bound in BOUNDS)

DROPPED = (0.2, 0.4, 0.6, 0.8)
"""Probabilities with which a coordinate is dropped."""

PAIRS = {
    (a, b): "decision" if a.startswith("context") else "response"
    for a, b in conflicting_pairs(EIGHT, COMPACT)
}
"""Ordered pairs of tasks with conflicting answers, and what these are about."""

FAMILIES = {kind: [pair for pair in PAIRS if PAIRS[pair] == kind] for kind in ("response", "decision")}

POSITIONS = tuple(k / 10 for k in range(11))
"""Of a mix, from the context of the trials' own task to that of the other; or strengths of the own."""

TUNED = {
    "excitability": (0.3, 0.01),
    "synaptic": (1.0, 0.01),
    "bias": (1.0, 0.01),
    "gain": (1.0, 0.01),
    "row": (3.0, 0.01),
    "release": (0.3, 0.01),
    "bias+release": (1.0, 0.01),
    "gain+row": (1.0, 0.01),
    "row+release": (0.3, 0.01),
}
"""Initial scale and rate of the modulators, where there are any: those of `results/tuning_eight.parquet`."""

SECONDS = {"network": 7, "cell": 1.2}
"""About how long it takes to train a network and to measure a cell on one core."""


@dataclass(frozen=True)
class Config:
    """Which networks are trained and measured.

    Parameters
    ----------
    forms : tuple of str
        Modulation forms, with one coordinate of the context for each task and as they were tuned.
    rotated : tuple of str
        Forms that are also trained with a rotated code, whose coordinates can be dropped.
    rescaled : tuple of str
        Forms that are also trained from a third of the initial scale that was tuned.
    seeds : tuple of int
        Networks of each kind.
    data_seeds : tuple of int
        Of trials and noise: fixed blocks, each shared by equally many seeds in a row.
    steps : int
        Training steps of *clean*; the others take twice as many.
    n_trials : int
        Trials of every pair or task; of every position of a path, a fifth.
    """

    forms: tuple[str, ...]
    rotated: tuple[str, ...] = ()
    rescaled: tuple[str, ...] = ()
    seeds: tuple[int, ...] = tuple(range(200, 212))
    data_seeds: tuple[int, ...] = (200, 201, 202)
    steps: int = 1500
    n_trials: int = 200

    def __post_init__(self) -> None:
        for name in (*self.forms, *self.rotated, *self.rescaled):
            form(name, len(EIGHT))
        blocks = len(self.seeds) % len(self.data_seeds) == 0
        require(blocks, "data_seeds", self.data_seeds, f"a divisor of {len(self.seeds)} seeds in number")


@dataclass(frozen=True)
class Cell:
    """One network: what it is, how it is trained, and on how many trials it is measured."""

    form: str
    schedule: str
    code: str
    scale: float
    seed: int
    data_seed: int
    steps: int
    n_trials: int


CONTRASTS = {
    "bias - gain": ("bias", "gain"),
    "excitability - synaptic": ("excitability", "synaptic"),
    "within - cross": ("excitability", "gain+row"),
}
"""The last is between the pairs of atoms, of one pathway and of both, with the lowest loss in tuning."""

FAMILY = [
    Comparison(f"{name}: {schedule}", first, second, f"regret, {schedule}", margin=0.03)
    for schedule in SCHEDULES
    for name, (first, second) in CONTRASTS.items()
]
"""The primary tests, with Holm's adjustment for all of them."""

PRIMARY = ("bias", "gain", "excitability", "synaptic", "gain+row")

FORMS = (*PRIMARY, "row+release", "bias+release", "row", "release", "none", "readout")
"""In the order in which they are trained: what does not fit into the time is left out from the end."""

PROFILES = {
    "small": Config(("bias",), ("bias",), ("bias",), seeds=(60,), data_seeds=(60,), steps=10, n_trials=20),
    "pilot": Config(CONTRASTS["within - cross"], seeds=(60, 61, 62), data_seeds=(60,)),
    "primary": Config(PRIMARY),
    "book": Config(
        FORMS,
        rotated=("bias", "gain", "excitability", "synaptic"),
        rescaled=("bias", "gain", "row", "release"),
    ),
    "full": Config(FORMS, rotated=FORMS[:-2], rescaled=FORMS[:-2], seeds=tuple(range(200, 224))),
}


def cells(config: Config) -> list[Cell]:
    """Return the networks: of all forms, then with the other code, then from the other scale."""
    share = len(config.seeds) // len(config.data_seeds)
    kinds = [
        *((name, "one-hot", 1.0) for name in config.forms),
        *((name, "rotated", 1.0) for name in config.rotated),
        *((name, "one-hot", 1 / 3) for name in config.rescaled),
    ]
    return [
        Cell(name, schedule, code, scale, seed, config.data_seeds[k // share], config.steps, config.n_trials)
        for name, code, scale in kinds
        for schedule in SCHEDULES
        for k, seed in enumerate(config.seeds)
    ]


def label(pair: tuple[str, str]) -> str:
    """Return both names."""
    return f"{pair[0]} / {pair[1]}"


def networks(cell: Cell) -> list[TrainingConfig]:
    """Return how the network of a cell is trained."""
    scale, rate = TUNED.get(cell.form, (1.0, 5e-3))
    contexts, steps = SCHEDULES[cell.schedule], cell.steps
    if contexts != Clean():
        contexts, steps = Then(Clean(), contexts, cell.steps), 2 * cell.steps
    model = Model(cell.form, CODES[cell.code], n_neurons=32, seed=cell.seed)
    protocol = replace(SHOWN, tasks=EIGHT, contexts=contexts, data_seed=cell.data_seed)
    return [TrainingConfig(model, protocol, recipe(cell.scale * scale, rate, steps))]


def together(config: TrainingConfig) -> Hashable:
    """Return what networks have in common that are trained as an ensemble: the data and the kind of code."""
    return config.data_seed, str(config.model.code)


def weights_name(config: TrainingConfig) -> str | None:
    """Return what a network is called in the package: there is the first of every form and schedule."""
    return _in_package().get(config)


@cache
def _in_package() -> dict[TrainingConfig, str]:
    first = replace(PROFILES["primary"], seeds=(200,), data_seeds=(200,))
    return {networks(cell)[0]: f"{cell.form}-{cell.schedule}" for cell in cells(first)}


Number = tuple[str, str, float, str, float]
"""Tasks, operator, level, measure and value."""


def measure(cell: Cell, network: ModulatedNetwork) -> list[Row]:
    """Return the rows of one network.

    ``form``, ``schedule``, ``code``, ``scale`` (in units of the tuned one), ``seed`` and ``data_seed``;
    ``tasks`` (a pair, a task, a family of pairs, or ``"all"``), ``operator``, ``level`` (of noise: one of
    `BOUNDS`, or what has the same d'), ``measure`` and ``value``. All networks see the same trials, cues and
    noise. What is not defined has no row.
    """
    names = ("form", "schedule", "code", "scale", "seed", "data_seed")
    about: Row = {name: getattr(cell, name) for name in names}
    parts = (_performance, _in_line, _all_tasks, _paths)
    rows = chain.from_iterable(part(cell, network) for part in parts)
    return [
        about | {"tasks": tasks, "operator": operator, "level": level, "measure": name, "value": value}
        for tasks, operator, level, name, value in rows
        if not isnan(value)
    ]


def _performance(cell: Cell, network: ModulatedNetwork) -> Iterator[Number]:
    scores = evaluate(network, cell.n_trials, Generator().manual_seed(0)).tolist()
    for task, score in zip(network.code.tasks, scores, strict=True):
        yield task, "none", 0.0, "performance", score


def _in_line(cell: Cell, network: ModulatedNetwork) -> Iterator[Number]:
    regrets = probes.regret_in_line(network, list(PAIRS), D_PRIMES, cell.n_trials, TOLD[cell.schedule])
    for pair, row in zip(PAIRS, regrets.tolist(), strict=True):
        for bound, value in zip(BOUNDS, row, strict=True):
            yield label(pair), "in-line", bound, "regret", value
    for kind, pairs in FAMILIES.items():
        own = torch.tensor([pair in pairs for pair in PAIRS])
        right = torch.tensor(BOUNDS).to(regrets) - regrets[own].mean(0)
        yield kind, "in-line", ambiguity.TOLERATED, "tolerance", ambiguity.tolerance(D_PRIMES, right)


def _all_tasks(cell: Cell, network: ModulatedNetwork) -> Iterator[Number]:
    operators: dict[str, tuple[probes.Cued, tuple[float, ...], tuple[float, ...]]]
    operators = {"isotropic": (ambiguity.isotropic, D_PRIMES, BOUNDS)}
    if cell.code == "rotated":  # which alone has coordinates to drop
        operators["drop"] = (ambiguity.dropped, DROPPED, DROPPED)
    for operator, (cued, strengths, levels) in operators.items():
        found = probes.regret_of_all(network, cued, strengths, cell.n_trials, TOLD[cell.schedule])
        for name, values in found._asdict().items():
            for level, value in zip(levels, values.tolist(), strict=True):
                yield "all", operator, level, name, value


def _paths(cell: Cell, network: ModulatedNetwork) -> Iterator[Number]:
    at = torch.tensor(POSITIONS)
    for (operator, path), (kind, pairs) in product(probes.PATHS.items(), FAMILIES.items()):
        found = probes.followed(network, pairs, path, at, cell.n_trials // 5)
        curves = [*found.made.T.tolist(), *found.weights.tolist()]
        for name, values in zip((*CHOICES, *probes.WEIGHTS), curves, strict=True):
            for level, value in zip(POSITIONS, values, strict=True):
                yield kind, operator, level, name, value
        if operator != "strength":
            yield kind, operator, 0.5, "width", ambiguity.width(at, found.made)


def main_condition(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the forms of the family, with one coordinate for each task, as they were tuned."""
    return table[(table["code"] == "one-hot") & (table["scale"] == 1.0) & table["form"].isin(PRIMARY)]


def primary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the regrets that the family is about: noise in line at one bound, in the main condition."""
    about = {"operator": "in-line", "level": 0.9, "measure": "regret"}
    main = main_condition(table)
    chosen = main[(main[list(about)] == pd.Series(about)).all(axis=1)]
    return chosen.assign(measure="regret, " + chosen["schedule"])


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts on the primary family."""
    return judge(primary(table), FAMILY)


def by_kind(table: pd.DataFrame) -> pd.DataFrame:
    """Return whether differences in regret depend on the family of the pair of tasks."""
    return interactions(primary(table), FAMILY, {label(pair): kind for pair, kind in PAIRS.items()})
