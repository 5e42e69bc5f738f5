"""Clouds of states: their size, distances between states, and which are neighbours."""

import torch
from torch import Tensor

from modpack._checks import require

MOST = 0.9
"""The size of a cloud covers this fraction of its states: a few far-out states do not change it."""

EMPTY = 0.5
"""No third state is closer to the middle of two neighbours than this fraction of half their distance."""


def cloud_centre(states: Tensor) -> Tensor:
    """Return the median of each neuron over the finite states of a cloud, shape (neuron,)."""
    finite = states[states.isfinite().all(-1)]
    return finite.median(0).values if len(finite) else states.new_zeros(states.shape[1])


def radius_90(states: Tensor) -> float:
    """Return the radius around the median that holds nine in ten of some states (state, neuron).

    If those are all in one place, it is their distance from zero, or 1 if that is zero. States that are not
    finite do not count.

    Raises
    ------
    ValueError
        If there are states, but no finite one.
    """
    cloud = states.ndim == 2 and states.is_floating_point()
    require(cloud, "states", f"{states.dtype} {tuple(states.shape)}", "floating-point states (state, neuron)")
    finite = states[states.isfinite().all(-1)]
    require(len(finite) > 0 or len(states) == 0, "states", "not finite", "finite, some of them at least")
    for centre in (cloud_centre(states), states.new_zeros(states.shape[1])):
        distance = (finite - centre).norm(dim=-1).sort().values
        size = distance[int(MOST * (len(distance) - 1))].item() if len(distance) else 0.0
        if size > 1e-12:
            return size
    return 1.0


def distances(a: Tensor, b: Tensor) -> Tensor:
    """Return the distance of every a (i, neuron) from every b (j, neuron), shape (i, j), precisely."""
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


def neighbours(states: Tensor) -> Tensor:
    """Return which states are neighbours: no third is twice as near to their middle as they are.

    This is a beta-skeleton (Kirkpatrick and Radke 1985) with more pairs than the graph of Gabriel and Sokal
    (1969, doi:10.2307/2412323), so that it, too, connects all states and bridges gaps.

    Parameters
    ----------
    states : Tensor, shape (state, neuron)

    Returns
    -------
    Tensor of int64, shape (pair, 2)
        Every pair once, the closest first.
    """
    square = distances(states, states).square()
    free = torch.ones_like(square, dtype=torch.bool).triu(diagonal=1)
    for third, apart in enumerate(square):
        middle = (apart[:, None] + apart) / 2 - square / 4  # squared distance from the middles (Apollonius)
        occupied = middle < EMPTY**2 * square / 4
        occupied[third] = occupied[:, third] = False
        free &= ~occupied
    pairs = free.nonzero()
    return pairs[torch.argsort(square[pairs[:, 0], pairs[:, 1]], stable=True)]


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
