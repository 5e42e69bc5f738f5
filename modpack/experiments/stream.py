r"""Is there synergy between two pathways, told a fast and a slow estimate? Tests declared beforehand.

Trials follow each other in a stream (:mod:`modpack.training.worlds`), and nobody announces which task is
asked for: to answer a stimulus in its own direction, or turned by one step, two, or more. Every network is
told both estimates, and every one has N modulating parameters for each coordinate of these. *Within* a
pathway, one atom is told both, or two atoms of one pathway are told one each; *across* pathways, an atom of
excitability and a synaptic one are told one each. All assignments are trained. The state is carried from
trial to trial, in training and afterwards.

Synergy is the log-odds of a right trial of the best form across pathways minus those of the best within one.
Which are best is decided on networks of their own (seeds from 600). ``FAMILY`` holds the tests, one for each
arm, with a margin of .15; everything else is exploratory. Theory predicts:

- ``"stream"``: one of four tasks at a time, and both estimates are of the task. Evidence adds up, and a sum
  of both is all but optimal (`bounds`: less than .012 below the ideal observer, as the time constant fits the
  hazard). A single pathway can form a sum, so that *no* synergy is predicted: a test of equivalence.
- ``"hierarchy"``: the slow estimate says in which of two blocks a trial is; in the second, each of six
  symbols, which the fast one is of, means the task of its partner. No sum does an exclusive-or (`bounds`).
  A product of pathways could, but so could any recurrent network told by one: no direction is predicted.

Networks are trained and tested at one hazard and one quality of cues; they are also tested, but not trained,
at eight others around it. Before they are trained, the scale of the modulators is tuned for every form, in
short runs in the first arm on seeds of their own (the profile ``tuning``, by the rule of `best_scales`); the
rate is the one that every form took in `modpack.experiments.robustness`. All networks enter the tests. From a
scale of 10 all forms but bias diverged in tuning; then this was added, before any network of the tests was
trained: a form of which a network diverges among those that decide is not chosen as the best, and a seed of
which a compared network diverges is left out of that test, which with fewer than ten seeds is undecided.
Whether training has converged in the second arm the profile ``pilot`` says, which has a third of the steps
beside all. Beside the family there are forms with other numbers of modulators or without any
(``REFERENCES``), and six tasks instead of four, in half of the networks.

With sixteen networks a paired test alone has a power of 80 % for a difference of .75 standard deviations, and
as the first of two by Holm's method for one of .84; equivalence is shown with 80 % where differences spread
by less than .19 and are none in the mean. There was no pilot for the spread. In first runs, one network each
of three forms on the seeds of the pilot, the log-odds in the first arm differed by .02 after a fifth of the
steps. With four tasks in the second arm, too, all three came within .013 of the ideal observer, in a quarter
of the steps: for this reason it has six, with which in as many steps one network of bias came within .16, and
one of gain+row within .38.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, product
from math import isnan
from typing import NamedTuple

import pandas as pd
import torch
from torch import Generator, Tensor

from modpack._checks import choose, positive, whole
from modpack.experiments.tuning import VALIDATION_SEED, recipe
from modpack.measures import observers
from modpack.measures.modulation import Row
from modpack.measures.observers import right
from modpack.measures.streaming import (
    SETTLED,
    answered,
    happened,
    log_odds,
    recovery,
    trials_lost,
    trials_since,
)
from modpack.measures.verdicts import Comparison, judge
from modpack.measures.visited import modulation_power
from modpack.modulation import form
from modpack.network import ModulatedNetwork
from modpack.tasks import generate, mapping
from modpack.training import Evaluation, Model, Protocol, TrainingConfig
from modpack.training.codes import FastSlow
from modpack.training.reliability import Reliability
from modpack.training.worlds import Blocks, Hierarchy, Stream, Told


def turned(m: int) -> tuple[str, ...]:
    """Return the names of m tasks, to answer turned by 0 ... m - 1 steps: to no stimulus do two agree."""
    return tuple(mapping([(i + k) % m for i in range(m)], delay=False).name for k in range(m))


EXCITABILITY, SYNAPTIC = ("bias", "gain"), ("row", "release")
ON_FAST = tuple(f"{e}+{s}" for e, s in product(EXCITABILITY, SYNAPTIC))
ON_SLOW = tuple(f"{s}+{e}" for e, s in product(EXCITABILITY, SYNAPTIC))
"""Pairs across pathways by what excitability is told; of a pair, the first is told the fast estimate."""

CROSS = (*ON_FAST, *ON_SLOW)
WITHIN = (*EXCITABILITY, *SYNAPTIC, "bias+gain", "gain+bias", "row+release", "release+row")
FORMS = (*WITHIN, *CROSS)


class Arm(NamedTuple):
    """A kind of stream, and what learns in it.

    Attributes
    ----------
    tasks : tuple of str
    stream : Stream
        In which networks are trained, and judged.
    code : FastSlow
    n_neurons, steps : int
    hazards, rights : tuple of float
        Where networks are tested: at every hazard with every probability that a cue is right.
    """

    tasks: tuple[str, ...]
    stream: Stream
    code: FastSlow
    n_neurons: int
    steps: int
    hazards: tuple[float, ...]
    rights: tuple[float, ...]

    def settings(self) -> list[Stream]:
        """Return the streams in which networks are tested, the one of training first."""
        every = product(self.hazards, self.rights)
        others = [replace(self.stream, hazard=hazard, right=right) for hazard, right in every]
        return [self.stream, *(each for each in others if each != self.stream)]


ARMS = {
    "stream": Arm(
        turned(4),
        Blocks(hazard=0.1, right=0.75, sigma=0.4, tau=3.0),
        FastSlow(),
        n_neurons=24,
        steps=3000,
        hazards=(0.02, 0.1, 0.3),
        rights=(0.6, 0.75, 0.9),
    ),
    "hierarchy": Arm(
        turned(6),
        Hierarchy(hazard=0.05, right=0.95, sigma=0.2, tau=3.0),
        FastSlow(2),
        n_neurons=16,
        steps=6000,
        hazards=(0.02, 0.05, 0.1),
        rights=(0.9, 0.95, 1.0),
    ),
}
ARMS["reliability"] = Arm(
    turned(4),
    Reliability(hazard=0.05, right=0.95, sigma=0.4, tau=50.0, worse=0.1),
    FastSlow(2),
    n_neurons=24,
    steps=6000,
    hazards=(0.02, 0.05, 0.1),
    rights=(0.9, 0.95, 1.0),
)
ARMS["six"] = ARMS["stream"]._replace(tasks=turned(6))

PRIMARY = ("stream", "hierarchy")
"""Arms that are tested here. The third is that of `modpack.experiments.reliability`, the last one the first
with six tasks, to see whether their number matters."""

MARGIN = 0.15
"""In log-odds: where 80 % are right, about two and a half in a hundred trials."""

FAMILY = [
    Comparison(f"cross - within: {arm}", "cross", "within", f"log-odds, {arm}", MARGIN) for arm in PRIMARY
]
"""The primary tests, with Holm's adjustment for both, between the forms that `best` chooses."""

EXPLORATORY = [
    Comparison(f"excitability on fast - on slow: {arm}", ON_FAST, ON_SLOW, f"log-odds, {arm}", MARGIN)
    for arm in PRIMARY
]
"""Which assignment is better, as a mean over the pairs of atoms."""

BLOCK = 4
"""Seeds in a row that share their trials, noise and cues."""

SEEDS, SELECTION = tuple(range(500, 516)), tuple(range(600, 608))
"""Networks that are compared, and those that decide which forms are."""

TRIALS = 8
"""Trials for each task in every step of training, two in each world."""

LAGS = 10
"""Trials after a switch that are looked at one by one."""

TUNED = {
    "bias": 10.0,
    "gain": 3.0,
    "row": 3.0,
    "release": 3.0,
    "bias+gain": 1.0,
    "gain+bias": 3.0,
    "row+release": 3.0,
    "release+row": 3.0,
    "bias+row": 1.0,
    "bias+release": 1.0,
    "gain+row": 3.0,
    "gain+release": 3.0,
    "row+bias": 3.0,
    "release+bias": 3.0,
    "row+gain": 3.0,
    "release+gain": 3.0,
}
"""Initial scale of the modulators by form: what `best_scales` says of `results/stream_tuning.parquet`."""

RATE = 0.01
"""Of the modulators."""

REFERENCES = ("none", "excitability", "synaptic", "readout")
"""Without modulators, with twice as many in one pathway, and with a readout of its own for every context."""

SECONDS = {"network": 6, "cell": 1}
"""About how long it takes to train a network and to measure a cell on one core."""


@dataclass(frozen=True)
class Cell:
    """One network.

    Parameters
    ----------
    arm : str
        One of ``ARMS``.
    form : str
        Modulation form; of two parts, the first is told the fast estimate.
    seed : int
    scale : float
        Of the modulators, at first.
    steps : int
        Training steps.
    n_worlds : int
        In which it is tested, at the setting of training; half as many at others.
    """

    arm: str
    form: str
    seed: int
    scale: float
    steps: int
    n_worlds: int = 100

    def __post_init__(self) -> None:
        choose("arm", self.arm, ARMS)
        form(self.form, 1)
        positive("scale", self.scale)
        whole("n_worlds", self.n_worlds, 2)

    @property
    def data_seed(self) -> int:
        """The seed of trials, noise and cues, which a block of networks shares."""
        return self.seed - self.seed % BLOCK


@dataclass(frozen=True)
class Config:
    """Which networks are trained and measured.

    Parameters
    ----------
    arms, forms : tuple of str
    seeds : tuple of int
        Networks of each form in each arm.
    scales : tuple of float
        What is tried; without, every form has its own of ``TUNED``.
    budgets : tuple of float
        Training steps, in multiples of those of the arm.
    n_worlds : int
        As in :class:`Cell`.
    also : tuple of Config
        Other networks, which come after these.
    """

    arms: tuple[str, ...] = PRIMARY
    forms: tuple[str, ...] = FORMS
    seeds: tuple[int, ...] = SEEDS + SELECTION
    scales: tuple[float, ...] = ()
    budgets: tuple[float, ...] = (1,)
    n_worlds: int = Cell.n_worlds
    also: tuple["Config", ...] = ()

    def scales_of(self, form: str) -> tuple[float, ...]:
        """Return the scales that are tried for a form, or the one that was tuned."""
        return self.scales or (TUNED.get(form, 1.0),)


HALF = SEEDS[::2]
"""Networks of what is looked at beside the family: two of every block."""

TESTED = Config()
BESIDE = (Config(forms=REFERENCES, seeds=HALF), Config(("six",), seeds=HALF))

PROFILES = {
    "small": Config(forms=("bias", "gain+row"), seeds=(60,), budgets=(0.01,), n_worlds=4),
    "tuning": Config(("stream",), seeds=(52, 53), scales=(1.0, 3.0, 10.0), budgets=(0.15,), n_worlds=40),
    "pilot": Config(("hierarchy",), ("bias", "gain+row"), seeds=(60, 61), budgets=(1 / 3, 1)),
    "stream": replace(TESTED, arms=("stream",)),
    "primary": TESTED,
    "book": replace(TESTED, also=BESIDE),
    "full": Config(seeds=(*range(500, 532), *range(600, 616)), also=BESIDE),
}
"""``"stream"`` is the part of ``"primary"`` with one arm, and ``"primary"`` what the tests need; what was
done for a part is not done again for the whole."""


def cells(config: Config) -> list[Cell]:
    """Return a cell for each network, arm by arm and form by form."""
    own = [
        Cell(arm, name, seed, scale, round(budget * ARMS[arm].steps), config.n_worlds)
        for arm, name in product(config.arms, config.forms)
        for scale, budget in product(config.scales_of(name), config.budgets)
        for seed in config.seeds
    ]
    return [*own, *chain.from_iterable(map(cells, config.also))]


def networks(cell: Cell) -> list[TrainingConfig]:
    """Return how the network of a cell is trained."""
    arm = ARMS[cell.arm]
    model = Model(cell.form, arm.code, n_neurons=arm.n_neurons, seed=cell.seed)
    protocol = Protocol(arm.tasks, TRIALS, arm.stream, cell.data_seed)
    last = Evaluation(every=50 * -(-cell.steps // 50))
    return [TrainingConfig(model, protocol, recipe(cell.scale, RATE, cell.steps), last)]


def together(config: TrainingConfig) -> Hashable:
    """Return what networks have in common that are trained as an ensemble: the hundred of their seed."""
    return config.model.seed // 100


def weights_name(config: TrainingConfig) -> str | None:
    """Return what a network is called in the package: of every arm and form there is the first compared."""
    return _in_package().get(config)


@cache
def _in_package() -> dict[TrainingConfig, str]:
    first = [cell for cell in cells(PROFILES["book"]) if cell.seed == SEEDS[0]]
    return {networks(cell)[0]: f"{cell.arm}-{cell.form}" for cell in first}


def measure(cell: Cell, network: ModulatedNetwork) -> list[Row]:
    """Return the rows of one network.

    ``arm``, ``form``, ``seed``, ``scale``, ``steps``; ``hazard`` and ``right`` of the stream that it is
    tested in; ``measure``, ``lag`` (trials after a switch, -1 where it does not matter) and ``value``.
    Networks of a block see the same trials, cues and noise. What is not defined has no row.
    """
    names = ("arm", "form", "seed", "scale", "steps")
    about: Row = {name: getattr(cell, name) for name in names}
    return [
        about | {"hazard": stream.hazard, "right": stream.right, "measure": name, "lag": lag, "value": value}
        for stream, name, lag, value in _numbers(cell, network)
        if not isnan(value)
    ]


Number = tuple[Stream, str, int, float]
"""Stream, measure, trials after a switch, and value."""


def _numbers(cell: Cell, network: ModulatedNetwork) -> Iterator[Number]:
    generator = Generator().manual_seed(VALIDATION_SEED + cell.data_seed)
    tasks, streams = ARMS[cell.arm].tasks, ARMS[cell.arm].settings()
    sizes = [cell.n_worlds, *[cell.n_worlds // 2] * (len(streams) - 1)]
    pairs = zip(streams, sizes, strict=True)
    parts = [happened(stream, len(tasks), size, generator) for stream, size in pairs]
    every = Told(*(torch.cat(tensors, dim=1) for tensors in zip(*parts, strict=True)))
    answers = answered(network, every, tasks, generator)[SETTLED:]
    of_parts = answers.split([part.task.shape[1] for part in parts], dim=1)
    for stream, told, good in zip(streams, parts, of_parts, strict=True):
        best = right(stream.ideal(told).argmax(-1), told)[SETTLED:]
        yield stream, "log-odds", -1, log_odds(good)
        yield stream, "performance", -1, _share(good)
        yield stream, "regret", -1, _share(best) - _share(good)
    curve = recovery(of_parts[0], trials_since(parts[0].state)[SETTLED:], LAGS)
    yield streams[0], "trials lost", -1, trials_lost(curve)
    for lag, value in enumerate(curve.tolist()):
        yield streams[0], "recovery", lag, value
    certain = generate(tasks, cell.n_worlds, network.preset, generator, dtype=torch.float64)
    for pathway, power in modulation_power(network, certain).items():
        yield streams[0], f"modulation power: {pathway}", -1, power


def _share(good: Tensor) -> float:
    return float(good.double().mean())


def bounds(arm: str, n_worlds: int = 1000) -> pd.DataFrame:
    """Return how often observers are right in the streams of an arm, see :func:`observers.bound`."""
    n_tasks = len(ARMS[arm].tasks)
    return pd.DataFrame([observers.bound(each, n_tasks, n_worlds) for each in ARMS[arm].settings()])


def middle(table: pd.DataFrame) -> pd.DataFrame:
    """Return the log-odds in the stream of training; the measure says of which arm."""
    trained = pd.DataFrame([(k, a.stream.hazard, a.stream.right) for k, a in ARMS.items()], columns=SETTING)
    chosen = table[table["measure"] == "log-odds"].merge(trained, on=SETTING)
    return chosen.assign(measure="log-odds, " + chosen["arm"])


SETTING = ["arm", "hazard", "right"]


def best_scales(tuning: pd.DataFrame) -> dict[str, float]:
    """Return the scale with the largest mean log-odds, by form: the rule by which `TUNED` were chosen.

    A scale counts where none of its networks has diverged.
    """
    groups = middle(tuning).groupby(["form", "scale"], sort=False)["value"]
    counts = groups.size()
    means = groups.mean()[counts == counts.max()].unstack()
    return {str(name): float(scale) for name, scale in means.idxmax(axis=1).items()}


def best(table: pd.DataFrame, arm: str, forms: tuple[str, ...]) -> str:
    """Return the form with the largest mean log-odds on the networks that decide, see `SELECTION`."""
    found = middle(table)
    own = found[(found["arm"] == arm) & (found["seed"] >= SELECTION[0])]
    means = own.groupby("form")["value"].agg(["mean", "size"]).loc[lambda x: x["size"] == x["size"].max()]
    return str(means["mean"].reindex(forms).idxmax())


def compared(table: pd.DataFrame) -> pd.DataFrame:
    """Return the log-odds in the streams of training of the networks that are compared."""
    found = middle(table)
    return found[found["seed"] < SELECTION[0]]


def primary(table: pd.DataFrame, arms: tuple[str, ...] = PRIMARY) -> pd.DataFrame:
    """Return what a family is about: of every arm the best form across pathways, and within one."""
    kinds = {"cross": CROSS, "within": WITHIN}
    chosen = {(arm, best(table, arm, kinds[kind])): kind for arm, kind in product(arms, kinds)}
    found = compared(table)
    kind = pd.Series(list(zip(found["arm"], found["form"], strict=True)), index=found.index).map(chosen)
    return found.assign(form=kind)[kind.notna()]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts on the primary family."""
    return judge(primary(table), FAMILY, cell="arm")


def by_assignment(table: pd.DataFrame) -> pd.DataFrame:
    """Return whether excitability is better told the fast estimate or the slow one; exploratory."""
    return judge(compared(table), EXPLORATORY, cell="arm")
