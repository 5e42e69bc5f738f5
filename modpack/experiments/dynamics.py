"""How two contexts differ in dynamics: trajectories, fixed points, and bifurcations on the way between them.

A network is measured on pairs of tasks with conflicting answers: free of noise, on the same trials under both
contexts, and at the fixed points under the constant inputs of some epochs. Two controls say what a number
means: ``other_seed`` compares with a network of the same form that was trained alike, and ``shuffled`` puts
the context of an unrelated task in the place of the second.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import pandas as pd
import torch
from torch import Generator, Tensor

from modpack._checks import distinct, require
from modpack.context import mix
from modpack.experiments import mechanisms
from modpack.fixedpoints import ContinuationOptions, SearchOptions
from modpack.measures import contrasts
from modpack.measures.choices import asked, said_under
from modpack.measures.contrasts import Followed, Measured, diagrams_between
from modpack.measures.modulation import Row
from modpack.measures.pairs import PairedRun, TaskPair, probe_trials
from modpack.measures.statistics import verdicts
from modpack.measures.superposition import decision_variable
from modpack.measures.switching import switches
from modpack.modulation import form
from modpack.network import ModulatedNetwork
from modpack.training import TrainingConfig

PAIRS = (
    TaskPair("fdgo", "fdanti", "dmcgo", ("stimulus1", "response")),
    TaskPair("delaygo", "delayanti", "multidm", ("stimulus1", "delay1", "response")),
    TaskPair("contextdelaydm1", "contextdelaydm2", "dmsnogo", ("delay1", "stimulus2", "response")),
)
"""With a stimulus that stays, from memory, and with a modality to select."""

SEARCH = SearchOptions(rounds=0, newton_iterations=30, descent_iterations=30)
"""Starts have settled before, so that a search has little left to do."""

FOLLOWING = ContinuationOptions(step=0.01, max_step=0.03, max_turn=0.1, precision=1e-8, tolerance=1e-11)
"""Short steps: with longer ones, branches that pass close to each other were confused."""

SECONDS = {"network": 60, "cell": 33}
"""About how long it takes to train a network and to measure a cell on one core."""


@dataclass(frozen=True)
class Config:
    """Which networks are measured, and what.

    Parameters
    ----------
    forms : tuple of str
        Modulation forms.
    seeds : tuple of int
        Networks of each form; each is compared with the one of the next seed.
    pairs : tuple of TaskPair
    n_trials : int
        Trials of each pair, of the test grid.
    n_inputs : int
        Trials whose inputs are held to follow fixed points.
    n_starts : int
        States per context from which a search begins.
    n_components : int
        Dimension of the subspaces between which angles are taken.
    n_mixes : int
        Contexts between two tasks' at which the answers are read.
    search, following : SearchOptions, ContinuationOptions
        How fixed points are found and followed.
    draw : int
        Seed that decides which trials and which starts.
    """

    forms: tuple[str, ...] = ("excitability", "synaptic", "combined", "bias", "row")
    seeds: tuple[int, ...] = tuple(range(100, 110))
    pairs: tuple[TaskPair, ...] = PAIRS
    n_trials: int = 40
    n_inputs: int = 4
    n_starts: int = 24
    n_components: int = 5
    n_mixes: int = 41
    search: SearchOptions = SEARCH
    following: ContinuationOptions = FOLLOWING
    draw: int = 0

    def __post_init__(self) -> None:
        for name in self.forms:
            form(name, 1)
        for name, fewest in {"forms": 1, "seeds": 2, "pairs": 1}.items():
            distinct(name, getattr(self, name), fewest)
        for name in ("n_trials", "n_inputs", "n_starts", "n_components"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        require(self.n_mixes >= 2, "n_mixes", self.n_mixes, "at least 2")


SMALL = {"pairs": PAIRS[:1], "n_trials": 8, "n_inputs": 1, "n_starts": 4, "n_components": 3, "n_mixes": 5}
PROFILES = {
    "small": Config(("bias",), (100, 101), **SMALL),  # type: ignore[arg-type]
    "book": Config(),
    "full": Config(mechanisms.FORMS),
}


def cells(config: Config) -> list[Config]:
    """Return a configuration of each network and the next one, by which it is measured alone."""
    pairs = mechanisms.neighbours(config.seeds)
    return [replace(config, forms=(name,), seeds=two) for two in pairs for name in config.forms]


def networks(cell: Config) -> list[TrainingConfig]:
    """Return how the networks are trained that `measure` takes: those of `modpack.experiments.mechanisms`."""
    return mechanisms.networks_of(cell.forms, cell.seeds)


def measure(cell: Config, network: ModulatedNetwork, other: ModulatedNetwork) -> list[Row]:
    """Return all measures of one network.

    Parameters
    ----------
    cell : Config
        Of one form and two seeds.
    network, other : ModulatedNetwork
        Single networks that know the tasks of the pairs; the other one is for the control ``other_seed``.

    Returns
    -------
    list of dict
        Rows with the entries ``form``, ``seed``, ``tasks``, ``control``, ``epoch`` (empty for whole trials),
        ``measure``, ``value`` (a mean) and ``n`` (over how many points, trials or moments). A measure that is
        not defined, for instance because there is no stable point to match, has no row.

    Raises
    ------
    ValueError
        If a network diverges.
    """
    generator = Generator().manual_seed(cell.draw)
    both = network.to(torch.float64), other.to(torch.float64)
    rows = [row for pair in cell.pairs for row in _rows(cell, pair, *both, generator)]
    measured: Row = {"form": cell.forms[0], "seed": cell.seeds[0]}
    return [measured | row for row in rows if row["n"]]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Compare forms with each other and with their controls, see `modpack.measures.statistics.verdicts`."""
    return verdicts(table, "form", ["tasks", "epoch"], control="control")


def _rows(
    cell: Config, pair: TaskPair, network: ModulatedNetwork, other: ModulatedNetwork, generator: Generator
) -> Iterator[Row]:
    """Yield the rows of one pair of tasks and all controls."""
    tasks, k = (pair.a, pair.b), cell.n_components
    trials = probe_trials(*tasks, network.preset, cell.n_trials, cell.draw)
    run, run_of_other = (PairedRun.of(each, tasks, trials) for each in (network, other))
    followed = _followed(cell, pair, run, generator)
    (on_mean, on_each), (_, on_each_of_other) = (_switches(cell, each) for each in (run, run_of_other))
    yield from _named(pair.label, "none", contrasts.of_trajectories(run, pair.epochs, k))
    for task, states in zip(tasks, run.states.unbind(1), strict=True):
        yield from _named(task, "none", [contrasts.of_dimension(states)])
    yield from _named(pair.label, "none", contrasts.of_fixed_points(run, followed))
    yield from _named(pair.label, "none", [Measured("task switch", run.states.new_tensor([on_mean]))])
    yield from _named(pair.label, "none", contrasts.of_switches(followed, on_each))
    search = cell.n_starts, cell.search, generator
    compared = contrasts.to_other_network(run, run_of_other, followed, k, *search)
    yield from _named(pair.label, "other_seed", compared)
    yield from _named(pair.label, "other_seed", contrasts.of_switches(followed, on_each_of_other))
    shuffled = PairedRun.of(network, (pair.a, pair.unrelated), trials)
    yield from _named(pair.label, "shuffled", contrasts.of_trajectories(shuffled, pair.epochs, k))
    yield from _named(pair.b, "shuffled", [contrasts.of_dimension(shuffled.states[:, 1])])
    followed = _followed(cell, pair, shuffled, generator)
    yield from _named(pair.label, "shuffled", contrasts.of_fixed_points(shuffled, followed))


def _followed(cell: Config, pair: TaskPair, run: PairedRun, generator: Generator) -> dict[str, Followed]:
    options = cell.n_inputs, cell.n_starts, cell.search, cell.following, generator
    return {epoch: diagrams_between(run, epoch, *options) for epoch in pair.epochs}


def _switches(cell: Config, run: PairedRun) -> tuple[float, Tensor]:
    """Return the mixes of two contexts at which the answers switch: in the mean, and on each trial."""
    mixes = torch.linspace(0, 1, cell.n_mixes, dtype=torch.float64)
    a, b = (run.network.code[name].to(mixes) for name in run.contexts)
    said = said_under(run.network, run.trials, mix(a, b, mixes))
    return switches(decision_variable(said, *asked(run.trials, run.contexts)), mixes)


def _named(tasks: str, control: str, measured: Iterable[Measured]) -> Iterator[Row]:
    """Yield the means of those values that are defined as rows."""
    for name, values, epoch in measured:
        defined = values[values.isfinite()]
        value, n = defined.mean().item() if len(defined) else float("nan"), defined.numel()
        about: Row = {"tasks": tasks, "control": control, "epoch": epoch, "measure": name}
        yield about | {"value": value, "n": n}
