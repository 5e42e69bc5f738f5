"""On which pathway does a network lean whose two pathways are told the context one each? Tests beforehand.

An atom of excitability is told the first of two copies of the context, a synaptic one the second, with N
modulating parameters for each coordinate; the tasks are those of the first arm of
`modpack.experiments.stream`, but each trial is drawn by itself. Networks are trained on clean copies, and
then as long with noise on one of them, the other staying clean: always the first, always the second, or
either. They are tested with noise on one or the other. *Reliance* on excitability is the fraction of right
trials where the second copy is noisy, which synapses are told, minus that where the first is.

``FAMILY`` holds the tests, with a margin of .03: reliance after clean training, and after each kind of noisy
one. No direction is predicted for the first and the last; noise on one copy should shift reliance to the
other. Everything else is exploratory. What networks do that have not seen noise is extrapolation. Scales are
those of the stream. There was no pilot, and of the spread nothing is known.

Many networks explode where a modulator is told noise that it has not seen; in the first run they had no
rows, and the tests were of the others. They still are (`primary`). But exploding is something that a network
does: since then such trials count as wrong, and how many last is measured (`compared` has all networks).

The scales are not the same for all pairs: those with bias began at 1, those with gain at 3. In a few networks
of other scales reliance was another, and so the profile ``scales`` has all pairs at both, trained on clean
copies, on seeds of their own: exploratory, but declared before these were trained.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

import pandas as pd
import torch
from torch import Generator, Tensor

from modpack._checks import choose, positive, whole
from modpack.experiments.stream import ARMS, BLOCK, ON_FAST, RATE, TRIALS, TUNED
from modpack.experiments.tuning import VALIDATION_SEED, recipe
from modpack.measures.modulation import Row
from modpack.measures.verdicts import Comparison, judge
from modpack.modulation import form as form_of
from modpack.network import ModulatedNetwork
from modpack.tasks import Trials, correct, generate
from modpack.training import Evaluation, Model, Protocol, TrainingConfig
from modpack.training.contexts import Clean, NoisyCopy, Schedule, Then

FORMS = ON_FAST
"""An atom of excitability, which is told the first copy, and a synaptic one, told the second."""

NOISE = 1.0
"""Standard deviation in training: two contexts are 1.4 apart."""

TRAININGS: dict[str, Schedule] = {
    "clean": Clean(),
    **{copy: NoisyCopy(NOISE, copy, 4) for copy in ("first", "second", "either")},
}
"""Contexts of the second half of training."""

STEPS = 1500
"""Of clean training; with noise, as many again."""

SIGMAS = (0.5, 1.0, 2.0)
"""Noise in tests."""

SEEDS = tuple(range(520, 536))

FAMILY = [
    Comparison(f"reliance on excitability: {name}", "second", "first", f"performance, {name}", margin=0.03)
    for name in TRAININGS
]
"""The primary tests, with Holm's adjustment for all; the unit is the seed, the cell the pair of atoms."""

SECONDS = {"network": 4, "cell": 1}
"""About how long it takes to train a network and to measure a cell on one core."""


@dataclass(frozen=True)
class Cell:
    """One network.

    Parameters
    ----------
    form : str
        Two atoms, the first of which is told the first copy.
    training : str
        One of ``TRAININGS``.
    seed : int
    scale : float
        Of the modulators, at first.
    steps : int
        Of clean training.
    n_trials : int
        Of every task, in a test.
    """

    form: str
    training: str
    seed: int
    scale: float
    steps: int
    n_trials: int = 500

    def __post_init__(self) -> None:
        form_of(self.form, (1, 1))
        choose("training", self.training, TRAININGS)
        positive("scale", self.scale)
        whole("steps", self.steps, 1)
        whole("n_trials", self.n_trials, 1)

    @property
    def data_seed(self) -> int:
        """The seed of trials, noise and contexts, which a block of networks shares."""
        return self.seed - self.seed % BLOCK


@dataclass(frozen=True)
class Config:
    """Which networks are trained and measured; fields as in :class:`Cell`; without scales the tuned ones."""

    forms: tuple[str, ...] = FORMS
    trainings: tuple[str, ...] = tuple(TRAININGS)
    seeds: tuple[int, ...] = SEEDS
    scales: tuple[float, ...] = ()
    steps: int = STEPS
    n_trials: int = Cell.n_trials


PROFILES = {
    "small": Config(FORMS[:1], ("clean", "either"), seeds=(60,), steps=20, n_trials=10),
    "pilot": Config(seeds=(60, 61)),
    "book": Config(),
    "scales": Config(trainings=("clean",), seeds=tuple(range(540, 556)), scales=(1.0, 3.0)),
    "full": Config(seeds=tuple(range(520, 552))),
}


def cells(config: Config) -> list[Cell]:
    """Return a cell for each network, training by training and form by form."""
    return [
        Cell(form, training, seed, scale, config.steps, config.n_trials)
        for training, form in product(config.trainings, config.forms)
        for scale in config.scales or (TUNED.get(form, 1.0),)
        for seed in config.seeds
    ]


def networks(cell: Cell) -> list[TrainingConfig]:
    """Return how the network of a cell is trained."""
    arm, contexts, steps = ARMS["stream"], TRAININGS[cell.training], cell.steps
    if contexts != Clean():
        contexts, steps = Then(Clean(), contexts, cell.steps), 2 * cell.steps
    model = Model(cell.form, arm.code, n_neurons=arm.n_neurons, seed=cell.seed)
    protocol = Protocol(arm.tasks, TRIALS, contexts, cell.data_seed)
    last = Evaluation(every=50 * -(-steps // 50))
    return [TrainingConfig(model, protocol, recipe(cell.scale, RATE, steps), last)]


def together(config: TrainingConfig) -> Hashable:
    """Return what networks have in common that are trained as an ensemble: the hundred of their seed."""
    return config.model.seed // 100


def weights_name(config: TrainingConfig) -> str | None:
    """Return what a network is called in the package: of every pair and training there is the first."""
    return _in_package().get(config)


@cache
def _in_package() -> dict[TrainingConfig, str]:
    first = [cell for cell in cells(PROFILES["book"]) if cell.seed == SEEDS[0]]
    return {networks(cell)[0]: f"{cell.training}-{cell.form}" for cell in first}


def measure(cell: Cell, network: ModulatedNetwork) -> list[Row]:
    """Return the rows of one network.

    ``form``, ``training``, ``seed``, ``scale``; ``copy`` (the noisy one; "none" where both are clean),
    ``sigma``, ``measure`` (``"performance"``; ``"finite"``, the fraction of trials whose outputs are) and
    ``value``. Networks of a block see the same trials and noise.
    """
    about: Row = {name: getattr(cell, name) for name in ("form", "training", "seed", "scale")}
    return [
        about | {"copy": copy, "sigma": sigma, "measure": name, "value": float(trials.double().mean())}
        for copy, sigma, *answered in _tested(cell, network)
        for name, trials in zip(("performance", "finite"), answered, strict=True)
    ]


@torch.no_grad()
def _tested(cell: Cell, network: ModulatedNetwork) -> Iterator[tuple[str, float, Tensor, Tensor]]:
    """Yield the noisy copy, the noise on it, and which trials are right, and which finite."""
    kinds = [("none", 0.0), *product(("first", "second"), SIGMAS)]
    for copy, sigma in kinds:
        generator = Generator().manual_seed(VALIDATION_SEED + cell.data_seed)
        trials = generate(network.code.tasks, cell.n_trials, network.preset, generator)
        said = NoisyCopy(sigma, "first" if copy == "none" else copy, cell.n_trials)
        contexts = said.draw(0, network.code.vectors, generator)
        every = trials.regroup(cell.n_trials)
        yield copy, sigma, *_answered(network.outputs(every, contexts, generator), every)


def _answered(outputs: Tensor, trials: Trials) -> tuple[Tensor, Tensor]:
    """Return which trials are right, which none is that explodes, and which are finite: (task, trial)."""
    finite = outputs.isfinite().all(dim=-1).all(dim=0)
    return finite & correct(torch.where(finite[..., None], outputs, 0), trials), finite


def compared(table: pd.DataFrame) -> pd.DataFrame:
    """Return performance with the noise of training, of all networks; the measure says after which."""
    noisy = table[(table["sigma"] == NOISE) & (table["measure"] == "performance")]
    return noisy.assign(measure=noisy["measure"] + ", " + noisy["training"])


def primary(table: pd.DataFrame) -> pd.DataFrame:
    """Return what the family is about: as `compared`, of networks whose outputs are finite in all tests."""
    lasting = table.groupby(["form", "training", "seed"]).filter(
        lambda rows: bool((rows.loc[rows["measure"] == "finite", "value"] == 1).all())
    )
    return compared(lasting)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts on the primary family."""
    return judge(primary(table), FAMILY, compare="copy", cell="form")
