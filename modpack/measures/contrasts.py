"""How a network differs between two contexts: the measures of this room by name, on paired runs.

Each is yielded with the epoch that it belongs to (empty for whole trials) and its values: one for each point,
trial or moment, nan where it is not defined.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor

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
from modpack.measures.matching import End, distinct, match, match_all, spectral_distance, stable_ends
from modpack.measures.pairs import PairedRun


class Measured(NamedTuple):
    """The values of a measure in one epoch."""

    measure: str
    values: Tensor
    epoch: str = ""


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


def diagrams_between(
    run: PairedRun,
    epoch: str,
    n_inputs: int,
    n_starts: int,
    search: SearchOptions,
    following: ContinuationOptions,
    generator: Generator,
) -> Followed:
    """Follow the fixed points between two contexts, from where the network settles at both ends.

    Parameters
    ----------
    run : PairedRun
    epoch : str
    n_inputs : int
        Trials whose inputs in this epoch are held.
    n_starts : int
        States per context from which a search begins.
    search, following : SearchOptions, ContinuationOptions
    generator : Generator
        Draws the starts.
    """
    inputs, input_of = run.held_inputs(epoch, n_inputs)
    diagrams = []
    for u in inputs:
        starts = torch.cat(run.settled(epoch, u, n_starts, generator))
        family = straight_path(run.network, *run.contexts, u)
        diagrams.append(distinct(follow(family, starts, (), following, search)))
    return Followed(inputs, input_of, diagrams)


def of_trajectories(run: PairedRun, epochs: Sequence[str], n_components: int) -> Iterator[Measured]:
    """Measure how the trajectories of the same trials differ between two contexts."""
    for epoch in epochs:
        a, b = run.within(epoch).unbind(1)
        yield Measured("separation", geometry.displacement(a, b, run.radius), epoch)
    a, b = run.states.unbind(1)
    yield Measured("principal angle", geometry.principal_angles(a, b, n_components))
    yield Measured("potent effect", geometry.potent_fraction(_effect(run), _readout(run)))


def of_dimension(states: Tensor) -> Measured:
    """Measure the dimension of the states of one task."""
    return Measured("participation ratio", states.new_tensor([geometry.participation_ratio(states)]))


def of_fixed_points(run: PairedRun, followed: Mapping[str, Followed]) -> Iterator[Measured]:
    """Measure how stable points and their spectra differ between two contexts, and what lies between."""
    for epoch, (_, _, diagrams) in followed.items():
        m = match_all(diagrams, run.states)
        yield Measured("displacement", geometry.displacement(m.a, m.b, run.radius), epoch)
        yield Measured("spectral change", spectral_distance(m.eigenvalues_a, m.eigenvalues_b), epoch)
        yield Measured("potent displacement", geometry.potent_fraction(m.b - m.a, _readout(run)), epoch)
        n_stable = run.states.new_tensor([[len(end) for end in stable_ends(d)] for d in diagrams])
        n_connected = run.states.new_tensor([int(match(d).connected.sum()) for d in diagrams])
        yield Measured("stable points", n_stable, epoch)
        yield Measured("connected points", 2 * n_connected / n_stable.sum(-1), epoch)
        counts = [transitions.event_counts(diagram) for diagram in diagrams]
        yield Measured("bifurcations", run.states.new_tensor([sum(c.values()) for c in counts]), epoch)
        for kind in counts[0]:
            each = run.states.new_tensor([c[kind] for c in counts])
            yield Measured(f"bifurcations: {kind}", each, epoch)


def of_switches(followed: Mapping[str, Followed], switch: Tensor) -> Iterator[Measured]:
    """Measure how far the switch of the executed task is from the nearest change of a stable point.

    Parameters
    ----------
    followed : dict of str to Followed
    switch : Tensor, shape (trial,)
        Mix at which each trial switches.
    """
    for epoch, (_, input_of, diagrams) in followed.items():
        changes = [transitions.stability_changes(diagram) for diagram in diagrams]
        pairs = zip(switch.tolist(), input_of.tolist(), strict=False)  # the first trials alone have diagrams
        distances = [transitions.nearest(at, changes[k]) for at, k in pairs]
        yield Measured("task switch to bifurcation", switch.new_tensor(distances), epoch)


def to_other_network(
    run: PairedRun,
    other: PairedRun,
    followed: Mapping[str, Followed],
    n_components: int,
    n_starts: int,
    search: SearchOptions,
    generator: Generator,
) -> Iterator[Measured]:
    """Measure how two networks differ under the same context, where neurons need not correspond.

    The readout of the other network stands for one that the directions have nothing to do with.
    """
    angles = geometry.principal_angles(run.states[:, 0], other.states[:, 0], n_components)
    yield Measured("principal angle", angles)
    yield Measured("potent effect", geometry.potent_fraction(_effect(run), _readout(other)))
    for epoch, (inputs, _, diagrams) in followed.items():
        m = match_all(diagrams, run.states)
        yield Measured("potent displacement", geometry.potent_fraction(m.b - m.a, _readout(other)), epoch)
        distances = []
        for u, diagram in zip(inputs, diagrams, strict=True):
            starts, _ = other.settled(epoch, u, n_starts, generator)
            points = find(other.dynamics[0], u, starts, options=search).roots
            stable = points[points.n_unstable_map == 0]
            distances.append(_across_networks(run, other, stable_ends(diagram)[0], stable))
        yield Measured("spectral change", torch.cat(distances), epoch)


def _across_networks(run: PairedRun, other: PairedRun, ends: Sequence[End], points: FixedPoints) -> Tensor:
    """Return the spectral distance of each end from that of the other's points whose output is nearest."""
    if not ends or not len(points):
        return run.states.new_zeros(0)
    own = run.dynamics[0].readout(torch.stack([end.state for end in ends])[None])[0]
    outputs = other.dynamics[0].readout(points.states[None])[0]
    nearest = torch.cdist(own, outputs).argmin(-1)
    eigenvalues = torch.stack([end.eigenvalues for end in ends])
    return spectral_distance(eigenvalues, points.eigenvalues[nearest])


def _effect(run: PairedRun) -> Tensor:
    """Return what the second context changes in the vector field along the trajectories under the first."""
    inputs = run.trials.dense_inputs()[:, 0]
    return geometry.context_effect(*run.dynamics, run.states[:, 0], inputs)


def _readout(run: PairedRun) -> Tensor:
    """Return the readout under the first context, which is that of all contexts but in a control."""
    return run.dynamics[0].W_out
