"""A new task by modulation alone: what a trained network learns while all else in it is frozen.

A network learns fourteen of the twenty tasks; all twenty have a coordinate of the context from the start.
Then it learns each of the six others (``HELD_OUT``), every time from the same beginning, and only modulators
move. With one coordinate for each task those of the other tasks get no gradient, so that the network does
what it did before in every other context, to the last bit. What else may move is a factor, the condition:

- *modulation*: the modulators, of which a task has 2 N, or N where the form is a single atom;
- *untrained*: the same in a network that has learned nothing;
- *readout*: the shared readout alone;
- *all*: every weight, at the price of what is forgotten;
- *zero-shot*: nothing; the network is tested in the context of every task that it has learned.

``FAMILY`` holds the tests: synaptic against excitability, which have equally many modulators. The unit is the
network, of which there are ten of each form. No direction is predicted. The first test is of log2 of the
trials from which 90 % are right, in the tasks ``COUNTED``, with a margin of half an octave. Between two
evaluations a straight line decides. Where the budget does not do, the last evaluation counts, and the first
where the network begins at 90 %: both make a difference smaller than it is. How often is said beside the
verdict, with means that take bounds as bounds. The second test is of performance at the end, in all six
tasks, the mean of the last four evaluations, with a margin of .05; it asks what is learned at all.
Everything else is exploratory, and so are all controls, in the first six networks of each form.

All networks count, however well they do the tasks that they learned first: two thousand steps are few. Those
with 90 % in all of these are shown apart if there are six or more. One whose training is not finite is
missing, and with fewer than ten a test is undecided.

With ten networks a paired test alone has a power of 80 % for a difference of 1.0 standard deviations, as the
first of two by Holm's method for one of 1.15. Equivalence is shown with 80 % where differences spread by the
margin and are none in the mean. There was no pilot for the spread but the tuning, with two networks of each
form that are no part of the table: in these, synaptic networks needed .7 and .2 octaves fewer trials.

Scales of modulators are those with which twenty tasks are learned best (`modpack.experiments.mechanisms`),
and their rate was tuned here. Left out, to save time: other forms, and rates of controls.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import torch
from torch import Generator

from modpack import stored, training
from modpack._checks import choose, positive
from modpack.evaluation import evaluate
from modpack.experiments.mechanisms import TUNED as SCALES
from modpack.experiments.tuning import SHOWN, VALIDATION_SEED, recipe
from modpack.measures.capacity import HELD
from modpack.measures.modulation import Row
from modpack.measures.reaching import late, learned_most, times_to, told_apart
from modpack.measures.verdicts import Comparison, judge
from modpack.measures.visited import resemblance
from modpack.modulation import form
from modpack.network import ModulatedNetwork
from modpack.tasks import TASKS, generate, performance
from modpack.training import Evaluation, Model, Protocol, Trained, TrainingConfig
from modpack.training.records import GROUPS

HELD_OUT = ("dmsgo", "contextdelaydm1", "delayanti", "dm2", "reactanti", "dmcnogo")
LEARNED = tuple(name for name in TASKS if name not in HELD_OUT)

MOVED = {
    "modulation": ("modulation",),
    "untrained": ("modulation",),
    "readout": ("readout",),
    "all": (*GROUPS, "modulation"),
}
"""What moves while a new task is learned, by condition; see :class:`modpack.training.Recipe`."""

CONDITIONS = (*MOVED, "zero-shot")
ALL_SEEDS = ("modulation", "zero-shot")
"""Conditions in which every network is measured; in the others, which are controls, fewer are."""

RATES = {"excitability": 0.03, "synaptic": 0.03}
"""Rates of modulators by form: those with which most is learned, `results/new_task_tuning.parquet`."""

RATE = 5e-3
"""Of everything else: that with which networks learn their own tasks."""

DATA_SEED = 10**5
"""Added to that of a network, gives the seed of the trials from which it learns new tasks."""

EVERY, TRIALS = 50, 8
"""Steps between two evaluations, and trials of a step."""

PAIR = ("excitability", "synaptic")
SEEDS = tuple(range(400, 410))

COUNTED = ("contextdelaydm1", "delayanti", "reactanti", "dmcnogo")
"""New tasks whose trials are compared, as tuning chose them, see `counted`."""

FAMILY = [
    Comparison("synaptic - excitability: trials", *PAIR[::-1], "log2 trials", margin=0.5),
    Comparison("synaptic - excitability: at the end", *PAIR[::-1], "performance at the end", margin=0.05),
]
"""The primary tests, with Holm's adjustment for both: octaves, and the fraction of correct trials."""

SECONDS = {"network": 18, "cell": 8}
"""About how long it takes to train a network and to measure a cell on one core."""


@dataclass(frozen=True)
class Cell:
    """One network and what of it moves.

    Parameters
    ----------
    form : str
        Modulation form.
    condition : str
        One of ``CONDITIONS``.
    rate : float
        Peak learning rate of what moves; of the recurrent and input weights, four times as much.
    seed : int
        Of the network.
    base_steps : int
        Training steps in which the network learns its own tasks.
    steps : int
        Training steps in which it learns a new one, of eight trials each.
    n_trials : int
        Trials of an evaluation.
    """

    form: str
    condition: str
    rate: float
    seed: int
    base_steps: int = 2000
    steps: int = 1000
    n_trials: int = 100

    def __post_init__(self) -> None:
        form(self.form, 1)
        choose("condition", self.condition, CONDITIONS)
        positive("rate", self.rate)


@dataclass(frozen=True)
class Config:
    """Which networks learn what, how, and how fast.

    Parameters
    ----------
    kinds : tuple of (str, str)
        Forms and conditions, in the order in which they are measured.
    seeds : tuple of int
        Networks of each form.
    n_controls : int
        How many of them, the first, are measured in conditions other than modulation and zero-shot.
    rates : tuple of (str, tuple of float)
        Rates that are tried in a condition; in one that is not named, the rate is that of ``RATES``.
    base_steps, steps, n_trials : int
        As in :class:`Cell`.
    """

    kinds: tuple[tuple[str, str], ...]
    seeds: tuple[int, ...]
    n_controls: int = 6
    rates: tuple[tuple[str, tuple[float, ...]], ...] = ()
    base_steps: int = Cell.base_steps
    steps: int = Cell.steps
    n_trials: int = Cell.n_trials


TRIED = (("modulation", (0.01, 0.03, 0.1)),)
"""Rates that are tried in tuning; with .3, which was tried as well, no form stays finite."""

MODULATED = tuple(product(PAIR, ("modulation", "zero-shot")))
CONTROLS = tuple(product(PAIR, ("all", "readout", "untrained")))

PROFILES = {
    "small": Config((("bias", "modulation"), ("bias", "zero-shot")), (60,), 1, (), 10, 50, 10),
    "tuning": Config(tuple(product(PAIR, ("modulation",))), (50, 51), rates=TRIED),
    "primary": Config(MODULATED, SEEDS),
    "book": Config((*MODULATED, *CONTROLS), SEEDS),
    "full": Config((*MODULATED, *CONTROLS), tuple(range(400, 420)), 20, base_steps=4200),
}


def cells(config: Config) -> list[Cell]:
    """Return a cell for each form, condition, rate and network."""
    size = config.base_steps, config.steps, config.n_trials
    return [
        Cell(name, condition, rate, seed, *size)
        for name, condition in config.kinds
        for rate in dict(config.rates).get(condition, (rate_of(name, condition),))
        for seed in config.seeds[: None if condition in ALL_SEEDS else config.n_controls]
    ]


def rate_of(form_name: str, condition: str) -> float:
    """Return the rate in a condition: where modulators alone move it is theirs."""
    return RATES.get(form_name, RATE) if MOVED.get(condition) == ("modulation",) else RATE


def networks(cell: Cell) -> list[TrainingConfig]:
    """Return how the network of a cell learns its own tasks."""
    model = Model(cell.form, n_neurons=64, seed=cell.seed, knows=tuple(TASKS))
    own = recipe(*SCALES[cell.form], cell.base_steps)
    return [TrainingConfig(model, replace(SHOWN, tasks=LEARNED), own)]


def together(config: TrainingConfig) -> Hashable:
    """Return what networks have in common that are trained as an ensemble: blocks of five seeds."""
    return config.model.seed // 5


def weights_name(config: TrainingConfig) -> str | None:
    """Return what a network is called in the package: there is the first of every form."""
    return _in_package().get(config)


@cache
def _in_package() -> dict[TrainingConfig, str]:
    first = replace(PROFILES["book"], seeds=SEEDS[:1])
    return {networks(cell)[0]: f"{cell.form}-{cell.seed}" for cell in cells(first)}


def learning(cell: Cell, task: str, start: Path) -> TrainingConfig:
    """Return how the network of a cell, which is in a file, learns a new task."""
    (base,) = networks(cell)
    moves = replace(
        recipe(base.recipe.synaptic_scale, cell.rate, cell.steps),
        adam_rate=cell.rate,
        muon_rate=4 * cell.rate,
        trained=MOVED[cell.condition],
        start=None if cell.condition == "untrained" else str(start),
    )
    protocol = Protocol((task,), TRIALS, data_seed=DATA_SEED + cell.seed)
    return TrainingConfig(base.model, protocol, moves, Evaluation(EVERY, cell.n_trials))


def learn(cell: Cell, base: ModulatedNetwork, tasks: Sequence[str] = HELD_OUT) -> list[Trained]:
    """Return the network of a cell after each of some new tasks, learned from the same beginning."""
    (config,) = networks(cell)
    with TemporaryDirectory() as folder:
        start = Path(folder) / "base.safetensors"
        stored.write(start, base, {"config": config.as_record(), "performance": {}})
        configs = [learning(cell, task, start) for task in tasks]
        return training.train_together(configs, progress=False)


Number = tuple[str, str, str, int, float]
"""New task, task whose context or performance is meant, measure, trials that were learned from, and value."""


@torch.no_grad()
def measure(cell: Cell, base: ModulatedNetwork) -> list[Row]:
    """Return the rows of one network and condition.

    ``form``, ``condition``, ``rate`` and ``seed``; ``task`` (the new one), ``other``, ``trials`` (that were
    learned from), ``measure`` and ``value``:

    - *performance* in the new task, at the beginning and at every evaluation;
    - *performance* in the task ``other`` before anything new is learned, and *forgetting*: by how much less
      it is once the new one is, on the same trials;
    - *resemblance* of the new task's context to that of ``other``, once it is learned by modulation;
    - *zero-shot*: performance in the new task in the context of ``other``.
    """
    names = ("form", "condition", "rate", "seed")
    about: Row = {name: getattr(cell, name) for name in names}
    rows = _zero_shot(cell, base) if cell.condition == "zero-shot" else _learned(cell, base)
    return [
        about | {"task": task, "other": other, "measure": name, "trials": trials, "value": value}
        for task, other, name, trials, value in rows
    ]


def _zero_shot(cell: Cell, base: ModulatedNetwork) -> Iterator[Number]:
    for other, value in zip(LEARNED, _scores(cell, base, LEARNED), strict=True):
        yield "none", other, "performance", 0, value
    for task in HELD_OUT:
        generator = Generator().manual_seed(VALIDATION_SEED + cell.seed)
        trials = generate([task], cell.n_trials, base.preset, generator)
        outputs = base.outputs(trials, LEARNED, generator).unsqueeze(2)
        for other, value in zip(LEARNED, performance(outputs, trials).flatten().tolist(), strict=True):
            yield task, other, "zero-shot", 0, value


def _learned(cell: Cell, base: ModulatedNetwork) -> Iterator[Number]:
    start = training.untrained(networks(cell)[0]) if cell.condition == "untrained" else base
    begun, before = _scores(cell, start, HELD_OUT), _scores(cell, start, LEARNED)
    with torch.enable_grad():
        learned = learn(cell, base)
    for task, first, each in zip(HELD_OUT, begun, learned, strict=True):
        yield task, task, "performance", 0, first
        for row in each.history:
            yield task, task, "performance", int(row["step"]) * TRIALS, row["mean"]
        seen, after = cell.steps * TRIALS, _scores(cell, each.network, LEARNED)
        for other, old, new in zip(LEARNED, before, after, strict=True):
            yield task, other, "forgetting", seen, old - new
        if cell.condition == "modulation":
            trials = generate([task], cell.n_trials, base.preset, Generator().manual_seed(cell.seed))
            alike = resemblance(each.network, trials, LEARNED).tolist()
            for other, value in zip(LEARNED, alike, strict=True):
                yield task, other, "resemblance", seen, value


def _scores(cell: Cell, network: ModulatedNetwork, tasks: Sequence[str]) -> list[float]:
    """Return the performance in some tasks, for every state of a network on the same trials."""
    generator = Generator().manual_seed(VALIDATION_SEED + cell.seed)
    scores: list[float] = evaluate(network, cell.n_trials, generator, tasks=tasks).tolist()
    return scores


CURVE = ("form", "condition", "seed", "task")
"""What a learning curve belongs to."""


def curves(table: pd.DataFrame) -> pd.DataFrame:
    """Return the learning curves of new tasks: performance, a row for every evaluation."""
    return table[(table["measure"] == "performance") & (table["task"] == table["other"])]


def best_rates(tuning: pd.DataFrame) -> dict[str, float]:
    """Return the rate with which every form learns most: the rule by which `RATES` were chosen."""
    return learned_most(curves(tuning), "form", "rate")


def counted(tuning: pd.DataFrame) -> tuple[str, ...]:
    """Return the new tasks whose trials are compared: the rule by which `COUNTED` was chosen."""
    seen = curves(tuning)
    chosen = seen[seen["rate"] == seen["form"].map(best_rates(tuning))]
    return told_apart(times_to(chosen, CURVE, HELD), "task")


def primary(table: pd.DataFrame) -> pd.DataFrame:
    """Return what the family is about: trials in the tasks that count, performance at the end in all."""
    moved = curves(table[table["condition"] == "modulation"])
    needed = times_to(moved, CURVE, HELD)
    parts = [needed[needed["task"].isin(COUNTED)], late(moved, CURVE)]
    return pd.concat(parts, ignore_index=True)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts on the primary family."""
    return judge(primary(table), FAMILY, cell="task")
