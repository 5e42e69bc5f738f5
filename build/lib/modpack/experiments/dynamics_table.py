"""The measures of :mod:`modpack.measures` on one trained network, as rows of a tidy table.

A network is measured on pairs of tasks with conflicting answers: free of noise, on the same trials under both
contexts, and at the fixed points under the constant inputs of some epochs. Two controls say what a number
means: ``other_seed`` compares with a network of the same form that was trained alike, and ``shuffled`` puts
the context of an unrelated task in the place of the second.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import pandas as pd
import torch
from torch import Generator, Tensor

from modpack._checks import require
from modpack.context import mix
from modpack.fixedpoints import (
    ContinuationOptions,
    Diagram,
    FixedPoints,
    SearchOptions,
    find,
    follow,
    straight_path,
)
from modpack.measures import geometry, transitions
from modpack.measures.choices import choices_under
from modpack.measures.matching import End, Matched, distinct, match, spectral_distance, stable_ends
from modpack.measures.modulation import Row
from modpack.measures.pairs import PAIRS, PairedRun, TaskPair, probe_trials
from modpack.measures.statistics import verdicts
from modpack.measures.switching import switches
from modpack.network import ModulatedNetwork
from modpack.tasks import Trials

CONTROLS = ("none", "other_seed", "shuffled")

SEARCH = SearchOptions(rounds=0, newton_iterations=30, descent_iterations=30)
"""Starts have settled before, so that a search has little left to do."""

FOLLOWING = ContinuationOptions(step=0.01, max_step=0.03, max_turn=0.1, precision=1e-8, tolerance=1e-11)
"""Short steps: with longer ones, branches that pass close to each other were confused."""


class Followed(NamedTuple):
    """The diagrams between two contexts under the inputs of one epoch.

    Attributes
    ----------
    inputs : Tensor, shape (input, channel)
    input_of : Tensor of int64, shape (trial,)
        Which of them each of the first trials has.
    diagrams : list of Diagram
        One for each input.
    """

    inputs: Tensor
    input_of: Tensor
    diagrams: list[Diagram]


@dataclass(frozen=True)
class MeasureConfig:
    """What is measured on every network.

    Parameters
    ----------
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
        Contexts between two tasks' at which the executed task is read.
    search, following : SearchOptions, ContinuationOptions
        How fixed points are found and followed.
    seed : int
        Decides which trials and which starts.
    """

    pairs: tuple[TaskPair, ...] = PAIRS
    n_trials: int = 40
    n_inputs: int = 4
    n_starts: int = 24
    n_components: int = 5
    n_mixes: int = 41
    search: SearchOptions = SEARCH
    following: ContinuationOptions = FOLLOWING
    seed: int = 0

    def __post_init__(self) -> None:
        require(len(self.pairs) > 0, "pairs", self.pairs, "one or more pairs of tasks")
        for name in ("n_trials", "n_inputs", "n_starts", "n_components"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        require(self.n_mixes >= 2, "n_mixes", self.n_mixes, "at least 2")


def measure(network: ModulatedNetwork, other: ModulatedNetwork, config: MeasureConfig) -> list[Row]:
    """Return all measures of one network.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network that knows the tasks of the pairs.
    other : ModulatedNetwork
        Another one of the same form, for the control ``other_seed``.
    config : MeasureConfig

    Returns
    -------
    list of dict
        Rows with the entries ``tasks``, ``epoch`` (empty for whole trials), ``control``, ``measure``,
        ``value`` (a mean) and ``n`` (over how many points, trials or moments). A measure that is not defined,
        for instance because there is no stable point to match, has no row.
    """
    generator = Generator().manual_seed(config.seed)
    networks = network.to(torch.float64), other.to(torch.float64)
    return [row for pair in config.pairs for row in _pair(*networks, pair, config, generator)]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Compare forms with each other, and each form with its controls, in every measure.

    Parameters
    ----------
    table : DataFrame
        Rows as of `measure`, with the columns ``form`` and ``seed``.

    Returns
    -------
    DataFrame
        See :func:`modpack.measures.statistics.verdicts`; differences are paired by seed, pair of tasks and
        epoch, and a control is called ``form (control)``.
    """
    forms = list(table["form"].unique())
    own = table["control"] == "none"
    names = table["form"].where(own, table["form"] + " (" + table["control"] + ")")
    controls = [(name, f"{name} ({control})") for name in forms for control in CONTROLS[1:]]
    pairs = [*combinations(forms, 2), *controls]
    return verdicts(table.assign(condition=names), "condition", ("tasks", "epoch"), pairs=pairs)


def _pair(
    network: ModulatedNetwork,
    other: ModulatedNetwork,
    pair: TaskPair,
    config: MeasureConfig,
    generator: Generator,
) -> Iterator[Row]:
    tasks, epochs, k = (pair.a, pair.b), pair.epochs, config.n_components
    trials = probe_trials(*tasks, network.preset, config.n_trials, config.seed)
    run, others = (PairedRun.of(one, tasks, trials) for one in (network, other))
    shuffled = PairedRun.of(network, (pair.a, pair.unrelated), trials)
    found = diagrams_between(run, epochs, config, generator)
    mixes = torch.linspace(0, 1, config.n_mixes, dtype=torch.float64)
    on_half, on_each = switches(_executed(network, tasks, trials, mixes), mixes)
    _, others_switches = switches(_executed(other, tasks, trials, mixes), mixes)
    rows = {
        "none": [
            *trajectory_rows(run, epochs, k),
            *(dimension_row(run.states[:, i], task) for i, task in enumerate(tasks)),
            *fixed_point_rows(run, found),
            _row("task switch", trials.patterns.new_tensor([on_half])),
            *transition_rows(found, on_each),
        ],
        "other_seed": [
            *other_seed_rows(run, others, found, config, generator),
            *transition_rows(found, others_switches),
        ],
        "shuffled": [
            *trajectory_rows(shuffled, epochs, k),
            dimension_row(shuffled.states[:, 1], pair.b),
            *fixed_point_rows(shuffled, diagrams_between(shuffled, epochs, config, generator)),
        ],
    }
    for control, some in rows.items():
        named: Row = {"tasks": pair.label, "control": control}
        yield from (named | row for row in some if row["n"])


def _executed(network: ModulatedNetwork, tasks: tuple[str, str], trials: Trials, mixes: Tensor) -> Tensor:
    """Return the choice on each trial on the straight way between two contexts, shape (mix, trial)."""
    a, b = (network.code[name].to(mixes) for name in tasks)
    return choices_under(network, trials, tasks, mix(a, b, mixes))


def diagrams_between(
    run: PairedRun, epochs: Sequence[str], config: MeasureConfig, generator: Generator
) -> dict[str, Followed]:
    """Follow the fixed points between two contexts, from where the network settles at both ends, by epoch."""
    found = {}
    for epoch in epochs:
        inputs, input_of = run.held_inputs(epoch, config.n_inputs)
        some = []
        for u in inputs:
            starts = torch.cat(run.settled(epoch, u, config.n_starts, generator))
            family = straight_path(run.network, *run.contexts, u)
            some.append(distinct(follow(family, starts, (), config.following, config.search)))
        found[epoch] = Followed(inputs, input_of, some)
    return found


def trajectory_rows(run: PairedRun, epochs: Sequence[str], k: int) -> Iterator[Row]:
    """Measure how the trajectories of the same trials differ between two contexts."""
    for epoch in epochs:
        a, b = run.within(epoch).unbind(1)
        yield _row("separation", geometry.displacement(a, b, run.radius), epoch)
    a, b = run.states.unbind(1)
    yield _row("principal angle", geometry.principal_angles(a, b, k))
    yield _row("potent effect", geometry.potent_fraction(_effect(run), _readout(run)))


def dimension_row(states: Tensor, task: str) -> Row:
    """Measure the dimension of the states of one task."""
    dimension = states.new_tensor([geometry.participation_ratio(states)])
    return _row("participation ratio", dimension) | {"tasks": task}


def fixed_point_rows(run: PairedRun, found: Mapping[str, Followed]) -> Iterator[Row]:
    """Measure how stable points and their spectra differ between two contexts, and what lies between."""
    for epoch, (_, _, diagrams) in found.items():
        m = _matched(run, diagrams)
        yield _row("displacement", geometry.displacement(m.a, m.b, run.radius), epoch)
        yield _row("spectral change", spectral_distance(m.eigenvalues_a, m.eigenvalues_b), epoch)
        yield _row("potent displacement", geometry.potent_fraction(m.b - m.a, _readout(run)), epoch)
        n_stable = run.states.new_tensor([[len(end) for end in stable_ends(d)] for d in diagrams])
        n_connected = run.states.new_tensor([int(match(d).connected.sum()) for d in diagrams])
        yield _row("stable points", n_stable, epoch)
        yield _row("connected points", 2 * n_connected / n_stable.sum(-1), epoch)
        counts = [transitions.event_counts(diagram) for diagram in diagrams]
        yield _row("bifurcations", run.states.new_tensor([sum(c.values()) for c in counts]), epoch)
        for kind in counts[0]:
            yield _row(f"bifurcations: {kind}", run.states.new_tensor([c[kind] for c in counts]), epoch)


def transition_rows(found: Mapping[str, Followed], switch: Tensor) -> Iterator[Row]:
    """Measure how far the switch of the executed task is from the nearest change of a stable point.

    Parameters
    ----------
    found : dict of str to Followed
    switch : Tensor, shape (trial,)
        Mix at which each trial switches.
    """
    for epoch, (_, input_of, diagrams) in found.items():
        changes = [transitions.stability_changes(diagram) for diagram in diagrams]
        pairs = zip(switch.tolist(), input_of.tolist(), strict=False)  # the first trials alone have diagrams
        distances = [transitions.nearest(at, changes[k]) for at, k in pairs]
        yield _row("task switch to bifurcation", switch.new_tensor(distances), epoch)


def other_seed_rows(
    run: PairedRun,
    other: PairedRun,
    found: Mapping[str, Followed],
    config: MeasureConfig,
    generator: Generator,
) -> Iterator[Row]:
    """Measure how two networks differ under the same context, where neurons need not correspond.

    The readout of the other network stands for one that the directions have nothing to do with.
    """
    a, b = run.states[:, 0], other.states[:, 0]
    yield _row("principal angle", geometry.principal_angles(a, b, config.n_components))
    yield _row("potent effect", geometry.potent_fraction(_effect(run), _readout(other)))
    for epoch, (inputs, _, diagrams) in found.items():
        m = _matched(run, diagrams)
        yield _row("potent displacement", geometry.potent_fraction(m.b - m.a, _readout(other)), epoch)
        others_points = [_stable_points(other, epoch, u, config, generator) for u in inputs]
        points = [stable_ends(diagram)[0] for diagram in diagrams]
        distances = [_across_networks(run, other, *both) for both in zip(points, others_points, strict=True)]
        yield _row("spectral change", torch.cat(distances), epoch)


def _stable_points(
    run: PairedRun, epoch: str, u: Tensor, config: MeasureConfig, generator: Generator
) -> FixedPoints:
    """Return the stable points to which the network comes under the first context."""
    starts, _ = run.settled(epoch, u, config.n_starts, generator)
    points = find(run.dynamics[0], u, starts, options=config.search).roots
    return points[points.n_unstable_map == 0]


def _across_networks(run: PairedRun, other: PairedRun, ends: Sequence[End], others: FixedPoints) -> Tensor:
    """Return the spectral distance of each end from that of the other's points whose output is nearest."""
    if not ends or not len(others):
        return run.states.new_zeros(0)
    said = run.network.readout(torch.stack([end.state for end in ends])[None])[0]
    answers = other.network.readout(others.states[None])[0]
    nearest = torch.cdist(said, answers).argmin(-1)
    eigenvalues = torch.stack([end.eigenvalues for end in ends])
    return spectral_distance(eigenvalues, others.eigenvalues[nearest])


def _effect(run: PairedRun) -> Tensor:
    """Return what the second context changes in the vector field along the trajectories under the first."""
    inputs = run.trials.dense_inputs()[:, 0]
    return geometry.context_effect(*run.dynamics, run.states[:, 0], inputs)


def _readout(run: PairedRun) -> Tensor:
    return run.network.tensors["W_out"]


def _matched(run: PairedRun, diagrams: Sequence[Diagram]) -> Matched:
    """Return the pairs of all diagrams as one."""
    nothing = run.states.new_zeros(0, run.network.n_neurons)
    none = Matched(nothing, nothing, nothing + 0j, nothing + 0j, nothing.new_zeros(0, dtype=torch.bool))
    parts = [pairs for pairs in map(match, diagrams) if len(pairs.connected)]
    return Matched(*(torch.cat(tensors) for tensors in zip(none, *parts, strict=True)))


def _row(measure: str, values: Tensor, epoch: str = "") -> Row:
    """Return the mean of those values that are defined as a row."""
    defined = values[values.isfinite()]
    mean = defined.mean().item() if defined.numel() else float("nan")
    return {"epoch": epoch, "measure": measure, "value": mean, "n": defined.numel()}
