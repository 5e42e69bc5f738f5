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
  of both estimates is all but optimal (`bounds`: within .012 of the ideal observer where the time constant
  fits the hazard). A single pathway can form a sum, so that *no* synergy is predicted: a test of equivalence.
- ``"hierarchy"``: the slow estimate says in which of two blocks a trial is; in the second, each of six
  symbols, which the fast one is of, means the task of its partner. No sum does an exclusive-or (`bounds`).
  A product of pathways could, but so could any recurrent network told by one: no direction is predicted.

Networks are trained and tested at one hazard and one quality of cues; they are also tested, but not trained,
at eight others around it. The scale of the modulators is tuned for every form and arm.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import isnan
from typing import NamedTuple

import pandas as pd
import torch
from torch import Generator, Tensor

from modpack._checks import choose, positive, whole
from modpack.experiments.tuning import VALIDATION_SEED, recipe
from modpack.measures.modulation import Row
from modpack.measures.observers import added, best_in_pairs, best_weight, right
from modpack.measures.streaming import answered, log_odds, recovery, trials_lost, trials_since
from modpack.measures.verdicts import Comparison, judge
from modpack.measures.visited import modulation_power
from modpack.modulation import form
from modpack.network import ModulatedNetwork
from modpack.tasks import generate, mapping
from modpack.training import Evaluation, Model, Protocol, TrainingConfig
from modpack.training.codes import FastSlow
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

MARGIN = 0.15
"""In log-odds: where 80 % are right, about two and a half in a hundred trials."""

FAMILY = [Comparison(f"cross - within: {arm}", "cross", "within", f"log-odds, {arm}", MARGIN) for arm in ARMS]
"""The primary tests, with Holm's adjustment for all of them, between the forms that `best` chooses."""

EXPLORATORY = [
    Comparison(f"excitability on fast - on slow: {arm}", ON_FAST, ON_SLOW, f"log-odds, {arm}", MARGIN)
    for arm in ARMS
]
"""Which assignment is better, as a mean over the pairs of atoms."""

BLOCK = 4
"""Seeds in a row that share their trials, noise and cues."""

SEEDS, SELECTION = tuple(range(500, 516)), tuple(range(600, 608))
"""Networks that are compared, and those that decide which forms are."""

SETTLED, SCORED = 20, 40
"""Trials of every world that are not scored, and those after them that are."""

TRIALS = 8
"""Trials for each task in every step of training, two in each world."""

LAGS = 10
"""Trials after a switch that are looked at one by one."""

TUNED: dict[tuple[str, str], tuple[float, float]] = {}
"""Initial scale and rate of the modulators by arm and form, see `best_settings`."""

UNTUNED = (1.0, 1e-2)

SECONDS = {"network": 8, "cell": 3}
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
    scale, rate : float
        Of the modulators.
    steps : int
        Training steps.
    n_worlds : int
        In which it is tested, at the setting of training; half as many at others.
    """

    arm: str
    form: str
    seed: int
    scale: float
    rate: float
    steps: int
    n_worlds: int = 100

    def __post_init__(self) -> None:
        choose("arm", self.arm, ARMS)
        form(self.form, 1)
        positive("scale", self.scale)
        positive("rate", self.rate)
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
    scales, rates : tuple of float
        What is tried; without, every form has its own of ``TUNED``.
    budgets : tuple of float
        Training steps, in multiples of those of the arm.
    n_worlds : int
        As in :class:`Cell`.
    """

    arms: tuple[str, ...] = tuple(ARMS)
    forms: tuple[str, ...] = FORMS
    seeds: tuple[int, ...] = SEEDS + SELECTION
    scales: tuple[float, ...] = ()
    rates: tuple[float, ...] = ()
    budgets: tuple[float, ...] = (1,)
    n_worlds: int = Cell.n_worlds

    def settings(self, arm: str, form: str) -> list[tuple[float, float]]:
        """Return the scales and rates that are tried for a form, or those that were tuned."""
        return list(product(self.scales, self.rates)) or [TUNED.get((arm, form), UNTUNED)]


PROFILES = {
    "small": Config(forms=("bias", "gain+row"), seeds=(60,), budgets=(0.01,), n_worlds=4),
    "tuning": Config(seeds=(52, 53), scales=(0.3, 1.0, 3.0), rates=(0.01,), budgets=(0.15,), n_worlds=40),
    "pilot": Config(forms=("bias", "gain+row"), seeds=(60, 61, 62, 63), budgets=(1 / 3, 1)),
    "stream": Config(arms=("stream",)),
    "book": Config(),
    "full": Config(seeds=(*range(500, 532), *range(600, 616))),
}
"""``"stream"`` is the part of ``"book"`` with one arm; what was done for it is not done again for both."""


def cells(config: Config) -> list[Cell]:
    """Return a cell for each network, arm by arm and form by form."""
    return [
        Cell(arm, name, seed, scale, rate, round(budget * ARMS[arm].steps), config.n_worlds)
        for arm, name in product(config.arms, config.forms)
        for (scale, rate), budget in product(config.settings(arm, name), config.budgets)
        for seed in config.seeds
    ]


def networks(cell: Cell) -> list[TrainingConfig]:
    """Return how the network of a cell is trained."""
    arm = ARMS[cell.arm]
    model = Model(cell.form, arm.code, n_neurons=arm.n_neurons, seed=cell.seed)
    protocol = Protocol(arm.tasks, TRIALS, arm.stream, cell.data_seed)
    last = Evaluation(every=50 * -(-cell.steps // 50))
    return [TrainingConfig(model, protocol, recipe(cell.scale, cell.rate, cell.steps), last)]


def together(config: TrainingConfig) -> Hashable:
    """Return what networks have in common that are trained as an ensemble: the hundred of their seed."""
    return config.model.seed // 100


def weights_name(config: TrainingConfig) -> str | None:
    """Return what a network is called in the package: there is the first that is compared of every form."""
    if config.model.seed != SEEDS[0]:
        return None
    return f"{config.protocol.contexts.name}-{config.model.form}"


def measure(cell: Cell, network: ModulatedNetwork) -> list[Row]:
    """Return the rows of one network.

    ``arm``, ``form``, ``seed``, ``scale``, ``rate``, ``steps``; ``hazard`` and ``right`` of the stream that
    it is tested in; ``measure``, ``lag`` (trials after a switch, -1 where it does not matter) and ``value``.
    Networks of a block see the same trials, cues and noise. What is not defined has no row.
    """
    names = ("arm", "form", "seed", "scale", "rate", "steps")
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
    parts = [_happened(stream, size, len(tasks), generator) for stream, size in pairs]
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
    certain = generate(tasks, cell.n_worlds, network.preset, generator)
    for pathway, power in modulation_power(network, certain).items():
        yield streams[0], f"modulation power: {pathway}", -1, power


def _happened(stream: Stream, n_worlds: int, n_tasks: int, generator: Generator) -> Told:
    start = stream.start(n_worlds, n_tasks, generator)
    return stream.run(SETTLED + SCORED, start, n_tasks, generator)[0]


def _share(good: Tensor) -> float:
    return float(good.double().mean())


def bounds(arm: str, n_worlds: int = 1000) -> pd.DataFrame:
    """Return how often observers are right in the streams of an arm, see `bound`, a row for each."""
    return pd.DataFrame([bound(stream, len(ARMS[arm].tasks), n_worlds) for stream in ARMS[arm].settings()])


def bound(stream: Stream, n_tasks: int, n_worlds: int = 1000) -> Row:
    """Return how often observers are right in a stream, see :mod:`modpack.measures.observers`.

    Returns
    -------
    dict
        ``hazard``, ``right``, and the fractions of trials that are right: ``ideal``, ``best sum``, with the
        weights that are best on other trials of the same stream, ``fast`` and ``slow`` (each estimate as if
        it were of the task).
    """
    generator = Generator().manual_seed(VALIDATION_SEED)
    fitted, told = (_happened(stream, n_worlds, n_tasks, generator) for _ in range(2))
    chosen = {"ideal": stream.ideal(told).argmax(-1), "best sum": _best_sum(stream, fitted, told)}
    chosen |= {"fast": told.fast.argmax(-1), "slow": told.slow.argmax(-1)}
    about: Row = {"hazard": stream.hazard, "right": stream.right}
    return about | {name: _share(right(k, told)[SETTLED:]) for name, k in chosen.items()}


def _best_sum(stream: Stream, fitted: Told, told: Told) -> Tensor:
    """Return what is chosen by the sum that is best on other trials."""
    if isinstance(stream, Hierarchy):
        return best_in_pairs(fitted.since(SETTLED)).chosen(told)
    return added(told, best_weight(fitted.since(SETTLED)))


def middle(table: pd.DataFrame) -> pd.DataFrame:
    """Return the log-odds in the stream of training; the measure says of which arm."""
    trained = pd.DataFrame([(k, a.stream.hazard, a.stream.right) for k, a in ARMS.items()], columns=SETTING)
    chosen = table[table["measure"] == "log-odds"].merge(trained, on=SETTING)
    return chosen.assign(measure="log-odds, " + chosen["arm"])


SETTING = ["arm", "hazard", "right"]


def best_settings(tuning: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float]]:
    """Return the scale and the rate with the largest mean log-odds, by arm and form: the rule of `TUNED`."""
    means = middle(tuning).groupby(["arm", "form", "scale", "rate"])["value"].mean()
    chosen = means.groupby(["arm", "form"], sort=False).idxmax()
    return {(arm, name): (scale, rate) for arm, name, scale, rate in chosen}


def best(table: pd.DataFrame, arm: str, forms: tuple[str, ...]) -> str:
    """Return the form with the largest mean log-odds on the networks that decide, see `SELECTION`."""
    found = middle(table)
    own = found[(found["arm"] == arm) & (found["seed"] >= SELECTION[0])]
    return str(own.groupby("form")["value"].mean()[list(forms)].idxmax())


def compared(table: pd.DataFrame) -> pd.DataFrame:
    """Return the log-odds in the streams of training of the networks that are compared."""
    found = middle(table)
    return found[found["seed"] < SELECTION[0]]


def primary(table: pd.DataFrame) -> pd.DataFrame:
    """Return what the family is about: of every arm the best form across pathways, and within one."""
    kinds = {"cross": CROSS, "within": WITHIN}
    chosen = {(arm, best(table, arm, kinds[kind])): kind for arm, kind in product(ARMS, kinds)}
    found = compared(table)
    kind = pd.Series(list(zip(found["arm"], found["form"], strict=True)), index=found.index).map(chosen)
    return found.assign(form=kind)[kind.notna()]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts on the primary family."""
    return judge(primary(table), FAMILY, cell="arm")


def by_assignment(table: pd.DataFrame) -> pd.DataFrame:
    """Return whether excitability is better told the fast estimate or the slow one; exploratory."""
    return judge(compared(table), EXPLORATORY, cell="arm")
