"""The measures of :mod:`modpack.measures` on one trained network, as rows of a tidy table.

A network is measured on pairs of tasks with conflicting answers: free of noise, on the same trials under both
contexts, and at the fixed points under the constant inputs of some epochs. Two controls say what a number
means: ``other_seed`` compares with a network of the same form that was trained alike, and ``shuffled`` puts
the context of an unrelated task in the place of the second.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from modpack._checks import require
from modpack.fixedpoints import (
    ContinuationOptions,
    Diagram,
    FixedPoints,
    SearchOptions,
    find,
    follow,
)
from modpack.fixedpoints.straight_path import straight_path
from modpack.measures import geometry, transitions
from modpack.measures.matching import End, Matched, distinct, match, spectral_distance, stable_ends
from modpack.measures.modulation import Row
from modpack.measures.pairs import (
    PAIRS,
    TaskPair,
    Visit,
    choices_along_mix,
    flips,
    held_inputs,
    probe_trials,
    visit,
)
from modpack.network import ModulatedNetwork

CONTROLS = ("none", "other_seed", "shuffled")

SEARCH = SearchOptions(rounds=0, newton_iterations=30, descent_iterations=30)
"""Starts have settled before, so that a search has little left to do."""

FOLLOWING = ContinuationOptions(step=0.01, max_step=0.03, max_turn=0.1, precision=1e-8, tolerance=1e-11)
"""Short steps: with longer ones, branches that pass close to each other were confused."""


class Roads(NamedTuple):
    """What was found between two contexts under the inputs of one epoch.

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


def _pair(
    network: ModulatedNetwork,
    other: ModulatedNetwork,
    pair: TaskPair,
    config: MeasureConfig,
    generator: Generator,
) -> Iterator[Row]:
    tasks, epochs, k = (pair.a, pair.b), pair.epochs, config.n_components
    trials = probe_trials(*tasks, network.preset, config.n_trials, config.seed)
    here, elsewhere = visit(network, tasks, trials), visit(other, tasks, trials)
    shuffled = visit(network, (pair.a, pair.unrelated), trials)
    found = roads(here, epochs, config, generator)
    mixes = torch.linspace(0, 1, config.n_mixes, dtype=torch.float64)
    on_half, on_each = flips(choices_along_mix(network, tasks, trials, mixes), mixes)
    _, others_flips = flips(choices_along_mix(other, tasks, trials, mixes), mixes)
    rows = {
        "none": [
            *trajectory_rows(here, epochs, k),
            *(dimension_row(here.states[:, i], task) for i, task in enumerate(tasks)),
            *fixed_point_rows(here, found),
            _row("task flip", trials.patterns.new_tensor([on_half])),
            *transition_rows(found, on_each),
        ],
        "other_seed": [
            *other_seed_rows(here, elsewhere, found, config, generator),
            *transition_rows(found, others_flips),
        ],
        "shuffled": [
            *trajectory_rows(shuffled, epochs, k),
            dimension_row(shuffled.states[:, 1], pair.b),
            *fixed_point_rows(shuffled, roads(shuffled, epochs, config, generator)),
        ],
    }
    for control, some in rows.items():
        named: Row = {"tasks": pair.label, "control": control}
        yield from (named | row for row in some if row["n"])


def roads(
    here: Visit, epochs: Sequence[str], config: MeasureConfig, generator: Generator
) -> dict[str, Roads]:
    """Follow the fixed points between two contexts, from where the network settles at both ends, by epoch."""
    found = {}
    for epoch in epochs:
        inputs, input_of = held_inputs(here.trials, epoch, config.n_inputs)
        some = []
        for u in inputs:
            starts = torch.cat(here.settled(epoch, u, config.n_starts, generator))
            family = straight_path(here.network, *here.contexts, u)
            some.append(distinct(follow(family, starts, (), config.following, config.search)))
        found[epoch] = Roads(inputs, input_of, some)
    return found


def trajectory_rows(here: Visit, epochs: Sequence[str], k: int) -> Iterator[Row]:
    """Measure how the trajectories of the same trials differ between two contexts."""
    for epoch in epochs:
        a, b = here.within(epoch).unbind(1)
        yield _row("separation", geometry.displacement(a, b, here.scale), epoch)
    a, b = here.states.unbind(1)
    yield _row("principal angle", geometry.principal_angles(a, b, k))
    yield _row("potent effect", geometry.potent_fraction(_effect(here), _readout(here)))


def dimension_row(states: Tensor, task: str) -> Row:
    """Measure the dimension of the states of one task."""
    dimension = states.new_tensor([geometry.participation_ratio(states)])
    return _row("participation ratio", dimension) | {"tasks": task}


def fixed_point_rows(here: Visit, found: Mapping[str, Roads]) -> Iterator[Row]:
    """Measure how stable points and their spectra differ between two contexts, and what lies between."""
    for epoch, (_, _, diagrams) in found.items():
        m = _matched(here, diagrams)
        yield _row("displacement", geometry.displacement(m.a, m.b, here.scale), epoch)
        yield _row("spectral change", spectral_distance(m.eigenvalues_a, m.eigenvalues_b), epoch)
        yield _row("potent displacement", geometry.potent_fraction(m.b - m.a, _readout(here)), epoch)
        n_stable = here.states.new_tensor([[len(end) for end in stable_ends(d)] for d in diagrams])
        n_connected = here.states.new_tensor([int(match(d).connected.sum()) for d in diagrams])
        yield _row("stable points", n_stable, epoch)
        yield _row("connected points", 2 * n_connected / n_stable.sum(-1), epoch)
        counts = [transitions.event_counts(diagram) for diagram in diagrams]
        yield _row("bifurcations", here.states.new_tensor([sum(c.values()) for c in counts]), epoch)
        for kind in counts[0]:
            yield _row(f"bifurcations: {kind}", here.states.new_tensor([c[kind] for c in counts]), epoch)


def transition_rows(found: Mapping[str, Roads], flip: Tensor) -> Iterator[Row]:
    """Measure how far the flip of the executed task is from the nearest change of a stable point.

    Parameters
    ----------
    found : dict of str to Roads
    flip : Tensor, shape (trial,)
        Mix at which each trial flips.
    """
    for epoch, (_, input_of, diagrams) in found.items():
        changes = [transitions.stability_changes(diagram) for diagram in diagrams]
        pairs = zip(flip.tolist(), input_of.tolist(), strict=False)  # the first trials alone have diagrams
        distances = [transitions.nearest(at, changes[k]) for at, k in pairs]
        yield _row("task flip to bifurcation", flip.new_tensor(distances), epoch)


def other_seed_rows(
    here: Visit, elsewhere: Visit, found: Mapping[str, Roads], config: MeasureConfig, generator: Generator
) -> Iterator[Row]:
    """Measure how two networks differ under the same context, where neurons need not correspond.

    The readout of the other network stands for one that the directions have nothing to do with.
    """
    a, b = here.states[:, 0], elsewhere.states[:, 0]
    yield _row("principal angle", geometry.principal_angles(a, b, config.n_components))
    yield _row("potent effect", geometry.potent_fraction(_effect(here), _readout(elsewhere)))
    for epoch, (inputs, _, diagrams) in found.items():
        m = _matched(here, diagrams)
        yield _row("potent displacement", geometry.potent_fraction(m.b - m.a, _readout(elsewhere)), epoch)
        theirs = [_stable_points(elsewhere, epoch, u, config, generator) for u in inputs]
        ours = [stable_ends(diagram)[0] for diagram in diagrams]
        distances = [_across_networks(here, elsewhere, *both) for both in zip(ours, theirs, strict=True)]
        yield _row("spectral change", torch.cat(distances), epoch)


def _stable_points(
    here: Visit, epoch: str, u: Tensor, config: MeasureConfig, generator: Generator
) -> FixedPoints:
    """Return the stable points to which the network comes under the first context."""
    starts, _ = here.settled(epoch, u, config.n_starts, generator)
    points = find(here.dynamics[0], u, starts, options=config.search).roots
    return points[points.n_unstable_map == 0]


def _across_networks(here: Visit, elsewhere: Visit, ours: Sequence[End], theirs: FixedPoints) -> Tensor:
    """Return the spectral distance of each of our stable points from theirs with the nearest output."""
    if not ours or not len(theirs):
        return here.states.new_zeros(0)
    said = here.network.readout(torch.stack([end.state for end in ours])[None])[0]
    answers = elsewhere.network.readout(theirs.states[None])[0]
    nearest = torch.cdist(said, answers).argmin(-1)
    eigenvalues = torch.stack([end.eigenvalues for end in ours])
    return spectral_distance(eigenvalues, theirs.eigenvalues[nearest])


def _effect(here: Visit) -> Tensor:
    """Return what the second context changes in the vector field along the trajectories under the first."""
    inputs = here.trials.dense_inputs()[:, 0]
    return geometry.context_effect(*here.dynamics, here.states[:, 0], inputs)


def _readout(here: Visit) -> Tensor:
    return here.network.tensors["W_out"]


def _matched(here: Visit, diagrams: Sequence[Diagram]) -> Matched:
    """Return the pairs of all diagrams as one."""
    nothing = here.states.new_zeros(0, here.network.n_neurons)
    none = Matched(nothing, nothing, nothing + 0j, nothing + 0j, nothing.new_zeros(0, dtype=torch.bool))
    parts = [pairs for pairs in map(match, diagrams) if len(pairs.connected)]
    return Matched(*(torch.cat(tensors) for tensors in zip(none, *parts, strict=True)))


def _row(measure: str, values: Tensor, epoch: str = "") -> Row:
    """Return the mean of those values that are defined as a row."""
    defined = values[values.isfinite()]
    mean = defined.mean().item() if defined.numel() else float("nan")
    return {"epoch": epoch, "measure": measure, "value": mean, "n": defined.numel()}
