"""Two checks on how many tasks fit, both exploratory: networks of one task each, and tasks of the battery.

*one*: K networks without a context that know one mapping each, side by side, hold K mappings in K times the
neurons of one; half of them at K times the size at which half of such networks hold theirs. That is a fair
comparison only where one has at least `FEWEST` neurons. Such a network is told nothing and has no modulators.

*pairs*: of the battery, fourteen tasks come in pairs with the same input. Pairs are added in a random order,
until half of the tasks are held no longer. These tasks are unequally difficult, which mappings are not.

Networks train as those of :mod:`modpack.experiments.packing` do, on the same orders; in *pairs* with the
scale and rate of the modulators that were tuned on all twenty tasks.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import chain, product

import torch
from torch import Generator

from modpack._checks import choose, require, whole
from modpack.evaluation import evaluate
from modpack.experiments import mechanisms, packing
from modpack.experiments.tuning import SHOWN, VALIDATION_SEED, recipe
from modpack.measures.capacity import HELD
from modpack.measures.modulation import Row
from modpack.modulation import form
from modpack.network import ModulatedNetwork
from modpack.tasks import is_called_mapping, order
from modpack.training import Model, TrainingConfig

FEWEST = 4
"""Neurons of a network of one task with which larger networks are compared."""

PAIRS = (
    ("fdgo", "fdanti"),
    ("reactgo", "reactanti"),
    ("delaygo", "delayanti"),
    ("contextdm1", "contextdm2"),
    ("contextdelaydm1", "contextdelaydm2"),
    ("dmsgo", "dmsnogo"),
    ("dmcgo", "dmcnogo"),
)
"""Pairs of tasks with the same input."""

N_TRIALS = 400
"""Noisy trials of every task."""

SECONDS = {"network": 6, "cell": 0.3}
"""About how long it takes to train a network (2 of one task, 8 of fourteen) and to measure a cell."""


def mappings(n_tasks: int, generator: Generator) -> tuple[str, ...]:
    """Return the first mappings of an order, as in :mod:`modpack.experiments.packing`."""
    return order(4, n_tasks, generator)


def paired(n_tasks: int, generator: Generator) -> tuple[str, ...]:
    """Return the tasks of the first pairs of a random order.

    Raises
    ------
    ValueError
        For an odd number of tasks, or more than there are.
    """
    most = 2 * len(PAIRS)
    require(n_tasks % 2 == 0 and n_tasks <= most, "n_tasks", n_tasks, f"even and at most {most}")
    drawn = torch.randperm(len(PAIRS), generator=generator)[: n_tasks // 2]
    return tuple(chain.from_iterable(PAIRS[i] for i in drawn.tolist()))


KINDS: dict[str, Callable[[int, Generator], tuple[str, ...]]] = {"one": mappings, "pairs": paired}
"""What the tasks of a network are drawn from."""


@dataclass(frozen=True)
class Cell:
    """One network.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    form : str
        Modulation form.
    n_tasks, n_neurons : int
    seed : int
        Of the order of tasks, and of the network.
    steps : int
        Training steps.
    """

    kind: str
    form: str
    n_tasks: int
    n_neurons: int
    seed: int
    steps: int = packing.STEPS

    def __post_init__(self) -> None:
        choose("kind", self.kind, KINDS)
        form(self.form, 1)
        for name in ("n_tasks", "n_neurons", "steps"):
            whole(name, getattr(self, name), 1)

    @property
    def tasks(self) -> tuple[str, ...]:
        """The first tasks of their order."""
        return KINDS[self.kind](self.n_tasks, Generator().manual_seed(self.seed))


@dataclass(frozen=True)
class Config:
    """Which networks are measured."""

    cells: tuple[Cell, ...]


def _design(kind: str, forms: tuple[str, ...], sizes: dict[int, tuple[int, ...]]) -> tuple[Cell, ...]:
    """Return a cell for each form, size and order; six orders of pairs, and all of mappings."""
    seeds = packing.SOME if kind == "pairs" else packing.ORDERS
    return tuple(
        Cell(kind, name, k, n, seed) for k in sizes for n, name, seed in product(sizes[k], forms, seeds)
    )


ONE = _design("one", ("none",), {1: (1, 2, 3, 4, 6)})
PAIRED = _design("pairs", ("excitability", "synaptic"), {4: (4, 6, 9, 13, 18), 14: (9, 13, 18, 25, 36)})

PROFILES = {
    "small": Config((replace(ONE[0], n_neurons=4, steps=300),)),
    "one": Config(ONE),
    "book": Config((*ONE, *PAIRED)),
}
"""``"one"`` takes about two minutes on one core, ``"book"`` twelve more."""


def cells(config: Config) -> tuple[Cell, ...]:
    """Return a cell for each network."""
    return config.cells


def networks(cell: Cell) -> list[TrainingConfig]:
    """Return how the network of a cell is trained."""
    scale, rate = mechanisms.TUNED.get(cell.form, packing.UNTUNED)
    model = Model(cell.form, n_neurons=cell.n_neurons, seed=cell.seed)
    return [TrainingConfig(model, replace(SHOWN, tasks=cell.tasks), recipe(scale, rate, cell.steps))]


def together(config: TrainingConfig) -> bool:
    """Return whether networks learn mappings, as what is trained together either does or does not."""
    return is_called_mapping(config.protocol.tasks[0])


def weights_name(config: TrainingConfig) -> None:
    """Return None: no network of this experiment is in the package."""


@torch.no_grad()
def measure(cell: Cell, network: ModulatedNetwork) -> list[Row]:
    """Return the rows of a network: the fields of its cell, ``task``, ``measure`` and ``value``.

    ``task`` is one of its tasks, or ``"all"``.
    """
    scores = evaluate(network, N_TRIALS, Generator().manual_seed(VALIDATION_SEED + cell.seed))
    named = [(task, "performance", score) for task, score in zip(cell.tasks, scores.tolist(), strict=True)]
    held = float((scores >= HELD).sum())
    rows = [*named, ("all", "performance", float(scores.mean())), ("all", "held", held)]
    return [asdict(cell) | {"task": task, "measure": name, "value": value} for task, name, value in rows]
