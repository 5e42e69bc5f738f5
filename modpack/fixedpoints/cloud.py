"""Clouds of states: their size, distances between states, and which are neighbours."""

import torch
from torch import Tensor

MOST = 0.9
"""The size of a cloud covers this fraction of its states: a few far-out states do not change it."""


def cloud_centre(states: Tensor) -> Tensor:
    """Return the median of each neuron over the finite states of a cloud, shape (neuron,)."""
    finite = states[states.isfinite().all(-1)]
    return finite.median(0).values if len(finite) else states.new_zeros(states.shape[1])


def cloud_scale(states: Tensor) -> float:
    """Return the size of a cloud of states (state, neuron): nine in ten are at most so far from its centre.

    If those are all in one place, the size is their distance from zero, or 1 if that is zero.
    """
    finite = states[states.isfinite().all(-1)]
    for centre in (cloud_centre(states), states.new_zeros(states.shape[1])):
        distance = (finite - centre).norm(dim=-1).sort().values
        size = distance[int(MOST * (len(distance) - 1))].item() if len(distance) else 0.0
        if size > 1e-12:
            return size
    return 1.0


def distances(a: Tensor, b: Tensor) -> Tensor:
    """Return the distance of every a (i, neuron) from every b (j, neuron), shape (i, j), precisely."""
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


def near_pairs(states: Tensor, neighbours: int) -> Tensor:
    """Return which states are near each other, every pair once, the closest first.

    Each state is paired with its nearest; the pairs of a shortest spanning tree bridge gaps between groups.

    Parameters
    ----------
    states : Tensor, shape (state, neuron)
    neighbours : int
        How many of its nearest each state is paired with.

    Returns
    -------
    Tensor of int64, shape (pair, 2)
        The smaller number first.
    """
    apart = distances(states, states)
    itself = torch.eye(len(states), dtype=torch.bool, device=states.device)
    near = apart.masked_fill(itself, torch.inf).argsort(-1)[:, : min(neighbours, len(states) - 1)]
    first = torch.arange(len(states), device=states.device)[:, None].expand_as(near)
    pairs = torch.cat([torch.stack([first, near], dim=-1).flatten(0, 1), _spanning_tree(apart)])
    pairs = pairs.sort(-1).values.unique(dim=0)
    return pairs[torch.argsort(apart[pairs[:, 0], pairs[:, 1]], stable=True)]


def _spanning_tree(apart: Tensor) -> Tensor:
    """Return the pairs that connect all states by the shortest total distance (Prim's algorithm)."""
    outside = torch.ones(len(apart), dtype=torch.bool, device=apart.device)
    outside[:1] = False
    distance, nearest = apart[:1].sum(0), torch.zeros(len(apart), dtype=torch.int64, device=apart.device)
    pairs = []
    for _ in range(len(apart) - 1):
        new = distance.where(outside, torch.inf).argmin()
        pairs.append(torch.stack([nearest[new], new]))
        outside[new] = False
        nearest = torch.where(apart[new] < distance, new, nearest)
        distance = torch.minimum(distance, apart[new])
    return torch.stack(pairs) if pairs else nearest.new_zeros(0, 2)


def spread(states: Tensor, n: int) -> Tensor:
    """Return the numbers of at most n states far apart: each the one farthest from all before it.

    This is the algorithm of Gonzalez (1985, doi:10.1016/0304-3975(85)90224-5), begun with the first state.
    """
    chosen = torch.zeros(min(n, len(states)), dtype=torch.int64, device=states.device)
    distance = torch.full_like(states[:, 0], torch.inf)
    for i in range(1, len(chosen)):
        distance = torch.minimum(distance, (states - states[chosen[i - 1]]).norm(dim=-1))
        chosen[i] = distance.argmax()
    return chosen
