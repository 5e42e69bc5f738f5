"""The directions in which states vary most."""

import torch
from torch import Tensor

from modpack._checks import require_finite


def principal_components(states: Tensor) -> tuple[Tensor, Tensor]:
    """Return the principal components of a cloud of states, the one of largest variance first.

    Parameters
    ----------
    states : Tensor, shape (..., neuron)

    Returns
    -------
    sizes : Tensor of float64, shape (component,)
        Singular values; their squares are to each other as the variances.
    components : Tensor of float64, shape (component, neuron)
        Orthonormal rows.

    Raises
    ------
    ValueError
        If states are not finite.
    """
    require_finite("states", states)
    flat = states.double().flatten(0, -2)
    _, sizes, rows = torch.linalg.svd(flat - flat.mean(0), full_matrices=False)
    return sizes, rows
