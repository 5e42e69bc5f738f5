"""Two neurons, whose rates make a plane: the part of it that is looked at, and the fixed points there."""

import torch
from torch import Tensor

from modpack._checks import require
from modpack._memory import require_memory
from modpack.dynamics import Dynamics
from modpack.fixedpoints import FixedPoints, SearchOptions, find

SIZE = 3.5
"""The plane shows rates from 0 to this, unless told otherwise."""

STARTS = 10
"""A search begins from so many rates of each neuron."""

SAME = 1e-4
"""Fixed points closer than this are one: next to a fold, two lie much closer than in a large network."""


def grid(size: float, n: int) -> Tensor:
    """Return n x n pairs of rates from 0 to `size`, float64, shape (pair, neuron); neuron 2 runs fastest."""
    require_memory("n", n, 2 * 3 * 8 * n**2)
    axis = torch.linspace(0, size, n, dtype=torch.float64)
    return torch.cartesian_prod(axis, axis)


def fixed_points(dynamics: Dynamics, u: Tensor, size: float = SIZE) -> FixedPoints:
    """Return the fixed points of two neurons, in the order of the rate of neuron 1.

    Parameters
    ----------
    dynamics : Dynamics
        Of two neurons and one context.
    u : Tensor, shape (channel,)
        The constant input.
    size : float
        The search begins from rates between 0 and this; fixed points far outside may be missed.

    Raises
    ------
    ValueError
        Unless `dynamics` has two neurons and one context.
    """
    check_plane(dynamics)
    options = SearchOptions(scale=size, unique=SAME / size)
    roots = find(dynamics, u, grid(size, STARTS), options=options).roots
    return roots[roots.states[:, 0].argsort()]


def check_plane(dynamics: Dynamics) -> None:
    """Raise a ValueError unless the dynamics have two neurons and one context."""
    shape = tuple(dynamics.W.shape)
    require(shape == (1, 2, 2), "dynamics.W.shape", shape, "(1, 2, 2): one context, two neurons")
