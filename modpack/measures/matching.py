"""Which fixed point in one context belongs to which in another, and how their spectra differ."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from modpack._checks import require, require_finite
from modpack.fixedpoints import Branch, Diagram


class End(NamedTuple):
    """An end of a branch that is a stable fixed point at an end of the path.

    Attributes
    ----------
    branch : int
        Number of the branch in its diagram.
    state : Tensor, shape (neuron,)
    eigenvalues : Tensor, complex, shape (neuron,)
        Of dF/dr.
    """

    branch: int
    state: Tensor
    eigenvalues: Tensor


class Matched(NamedTuple):
    """Pairs of stable fixed points, one at each end of a path of contexts.

    Attributes
    ----------
    a, b : Tensor, shape (pair, neuron)
        States at the lower and at the upper end.
    eigenvalues_a, eigenvalues_b : Tensor, complex, shape (pair, neuron)
        Of dF/dr.
    connected : Tensor of bool, shape (pair,)
        Whether a branch leads from one to the other; the others are nearest neighbours.
    """

    a: Tensor
    b: Tensor
    eigenvalues_a: Tensor
    eigenvalues_b: Tensor
    connected: Tensor


def stable_ends(diagram: Diagram) -> tuple[list[End], list[End]]:
    """Return the stable fixed points found at the lower and at the upper end of a path.

    Stable is what the network, which moves in time steps, stays at: no multiplier of the map grows.
    """
    low: list[End] = []
    high: list[End] = []
    for number, branch in enumerate(diagram.branches):
        for index in _ends(branch):
            at_low = branch.lam[index].item() == branch.low
            end = End(number, branch.states[index], branch.eigenvalues[index])
            (low if at_low else high).append(end)
    return low, high


def distinct(diagram: Diagram) -> Diagram:
    """Return a diagram without branches that end where an earlier one does: those passed twice.

    Through a regular point at an end of the path leads one branch only.
    """
    kept: list[Branch] = []
    for branch in diagram.branches:
        if not any(_same_end(branch, i, other, j) for other in kept for i in (0, -1) for j in (0, -1)):
            kept.append(branch)
    return replace(diagram, branches=tuple(kept))


def match(diagram: Diagram) -> Matched:
    """Pair the stable fixed points at the two ends of a path.

    A point is paired with the one that its branch leads to, if that is a stable point at the other end, and
    else with the nearest stable point there. Each point takes part at least once, unless there is none at
    the other end: then there are no pairs.

    Parameters
    ----------
    diagram : Diagram
        See :func:`modpack.fixedpoints.follow`.

    Returns
    -------
    Matched
    """
    low, high = stable_ends(diagram)
    across = {end.branch: end for end in high}
    pairs = [(end, across[end.branch]) for end in low if end.branch in across]
    n_connected, done = len(pairs), {end.branch for end, _ in pairs}
    if low and high:
        pairs += [(end, _nearest(end, high)) for end in low if end.branch not in done]
        pairs += [(_nearest(end, low), end) for end in high if end.branch not in done]
    connected = torch.arange(len(pairs)) < n_connected
    n = diagram.branches[0].states.shape[1] if diagram.branches else 0
    real = torch.zeros(0, n, dtype=torch.float64)
    sides = [_stacked([pair[side] for pair in pairs], real) for side in (0, 1)]
    return Matched(sides[0][0], sides[1][0], sides[0][1], sides[1][1], connected)


def match_all(diagrams: Sequence[Diagram], states: Tensor) -> Matched:
    """Return the pairs of several diagrams as one; of none, for the type and the neurons of some states."""
    nothing = states.new_zeros(0, states.shape[-1])
    none = Matched(nothing, nothing, nothing + 0j, nothing + 0j, nothing.new_zeros(0, dtype=torch.bool))
    parts = [pairs for pairs in map(match, diagrams) if len(pairs.connected)]
    return Matched(*(torch.cat(tensors) for tensors in zip(none, *parts, strict=True)))


def spectral_distance(a: Tensor, b: Tensor) -> Tensor:
    r"""Return the distance between two spectra: the least mean distance of paired eigenvalues.

    .. math:: \min_\pi \frac{1}{N} \sum_i |\lambda_i - \mu_{\pi(i)}|

    over all permutations. The optimal matching distance of Bhatia (1997, Matrix Analysis, section VI) takes
    the largest distance of a pair in place of the mean; that would tell of a single eigenvalue only.

    Parameters
    ----------
    a, b : Tensor, complex, shape (..., neuron)

    Returns
    -------
    Tensor, shape (...)
        In the unit of the eigenvalues: with those of dF/dr, per time constant.

    Raises
    ------
    ValueError
        If the shapes differ, or eigenvalues are not finite.
    """
    require(a.shape == b.shape, "b.shape", tuple(b.shape), f"that of a, {tuple(a.shape)}")
    require_finite("a, b", torch.stack([a, b]))
    cost = (a.unsqueeze(-1) - b.unsqueeze(-2)).abs()
    each = cost.reshape(math.prod(a.shape[:-1]), *cost.shape[-2:])
    means = [c[linear_sum_assignment(c)].mean().item() for c in each]
    return cost.new_tensor(means).reshape(a.shape[:-1])


def _same_end(a: Branch, i: int, b: Branch, j: int) -> bool:
    """Return whether the ends of two branches are the same point at the same end of the path."""
    if not (len(a) and len(b)):
        return False
    lam = a.lam[i].item()
    at_an_end = lam in (a.low, a.high) and lam == b.lam[j].item()
    return at_an_end and torch.allclose(a.states[i], b.states[j], rtol=1e-6, atol=1e-6)


def _ends(branch: Branch) -> Iterator[int]:
    """Yield the indices of the first and the last state where these are stable and at an end of the path."""
    if not branch.closed and len(branch):
        for index in (0, -1):
            at_an_end = branch.lam[index].item() in (branch.low, branch.high)
            if at_an_end and branch.n_unstable_map[index] == 0:
                yield index


def _nearest(end: End, others: list[End]) -> End:
    return min(others, key=lambda other: (other.state - end.state).norm().item())


def _stacked(ends: list[End], empty: Tensor) -> tuple[Tensor, Tensor]:
    if not ends:
        return empty, empty.to(torch.complex128)
    return torch.stack([end.state for end in ends]), torch.stack([end.eigenvalues for end in ends])
