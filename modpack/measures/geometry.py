"""Where states lie: distances, subspaces, dimension, and directions that the readout sees."""

import math

import torch
from scipy.linalg import subspace_angles
from torch import Tensor

from modpack._checks import require, require_finite
from modpack.dynamics import Dynamics
from modpack.measures.components import principal_components


def rms_radius(*clouds: Tensor) -> float:
    r"""Return how far a state is from the mean of its cloud of states (root mean square).

    .. math:: s = \sqrt{\mathrm{tr}\, \bar C}

    with the mean covariance of the clouds, so that the distance between clouds does not count.

    Parameters
    ----------
    *clouds : Tensor, shape (..., neuron)
        One or more clouds.

    Raises
    ------
    ValueError
        If there are none, or states that are not finite.
    """
    require(len(clouds) > 0, "clouds", clouds, "one or more clouds of states")
    variances = [_centred(cloud).square().sum(-1).mean().item() for cloud in clouds]
    return math.sqrt(sum(variances) / len(variances))


def displacement(a: Tensor, b: Tensor, scale: float) -> Tensor:
    r"""Return how far states are apart, relative to the size of the cloud of states.

    .. math:: \|r_b - r_a\| / s

    Of matched fixed points this is their displacement by the context; of two trajectories at the same time,
    0 is overlap and about 1.4 the distance of two states of one cloud.

    Parameters
    ----------
    a, b : Tensor, shape (..., neuron)
    scale : float
        s, positive; see `rms_radius`.

    Returns
    -------
    Tensor, shape (...)

    Raises
    ------
    ValueError
        If the shapes differ, `scale` is not positive, or states are not finite.
    """
    require(a.shape == b.shape, "b.shape", tuple(b.shape), f"that of a, {tuple(a.shape)}")
    require(scale > 0, "scale", scale, "positive")
    require_finite("a, b", torch.stack([a, b]))
    return (b - a).norm(dim=-1) / scale


def principal_angles(a: Tensor, b: Tensor, k: int) -> Tensor:
    """Return the angles between the subspaces in which two clouds of states vary most.

    The subspaces are spanned by the first `k` principal components, and the cosines of the angles are the
    singular values of the product of their orthonormal bases (Bjorck and Golub 1973,
    doi:10.1090/S0025-5718-1973-0348991-3). `k` is given and not the number that explains a share of the
    variance, because angles between subspaces of more dimensions are smaller by chance alone.

    Parameters
    ----------
    a, b : Tensor, shape (..., neuron)
        States of two tasks.
    k : int
        Dimension of the subspaces, 1 ... neurons.

    Returns
    -------
    Tensor of float64, shape (k,)
        In rad, between 0 and pi / 2, in rising order.

    Raises
    ------
    ValueError
        If a cloud varies in fewer than `k` directions, or states are not finite.
    """
    bases = [_principal_subspace(states, k).numpy() for states in (a, b)]
    return torch.as_tensor(subspace_angles(*bases).copy()).flip(0)


def participation_ratio(states: Tensor) -> float:
    r"""Return the dimension of a cloud of states.

    .. math:: (\mathrm{tr}\, C)^2 / \mathrm{tr}\, C^2

    with the covariance C: k for a cloud that varies equally in k directions and not in others (Gao et al.
    2017, doi:10.1101/214262).

    Parameters
    ----------
    states : Tensor, shape (..., neuron)
    """
    return effective_rank(_centred(states)).item()


def effective_rank(matrix: Tensor) -> Tensor:
    """Return the participation ratio of the singular values, (sum s^2)^2 / sum s^4, shape (...).

    It is 1 for a matrix of rank one and N for a multiple of an orthogonal N x N matrix.

    Parameters
    ----------
    matrix : Tensor, shape (..., row, column)
    """
    power = torch.linalg.svdvals(matrix).square()
    return power.sum(-1).square() / power.square().sum(-1)


def potent_fraction(vectors: Tensor, W_out: Tensor) -> Tensor:
    r"""Return how much of each vector the readout sees, as the share of its squared length.

    .. math:: \|P v\|^2 / \|v\|^2

    with the orthogonal projection P onto the row space of W_out, the readout-potent directions; the others
    are readout-null (after Kaufman et al. 2014, doi:10.1038/nn.3643). A random direction has rank(W_out) / N
    on average.

    Parameters
    ----------
    vectors : Tensor, shape (..., neuron)
    W_out : Tensor, shape (output, neuron)

    Returns
    -------
    Tensor, shape (...)
        In [0, 1]; nan for a zero vector.

    Raises
    ------
    ValueError
        If vectors are not finite.
    """
    require_finite("vectors", vectors)
    _, s, vh = torch.linalg.svd(W_out, full_matrices=False)
    basis = vh[s > 1e-10 * s.max()]
    return (vectors @ basis.mT).square().sum(-1) / vectors.square().sum(-1)


def context_effect(a: Dynamics, b: Dynamics, states: Tensor, inputs: Tensor) -> Tensor:
    """Return how contexts change the vector field where the network is: F(r, u; c_b) - F(r, u; c_a).

    Parameters
    ----------
    a, b : Dynamics
        The same network under two contexts.
    states : Tensor, shape (..., trial, neuron)
    inputs : Tensor, shape (..., trial, channel)

    Returns
    -------
    Tensor, shape (..., trial, neuron)
    """
    require_finite("states", states)
    r, u = states.unsqueeze(-3), inputs.unsqueeze(-3)
    return (b.field(r, u) - a.field(r, u)).squeeze(-3)


def _centred(states: Tensor) -> Tensor:
    require_finite("states", states)
    flat = states.flatten(0, -2)
    return flat - flat.mean(0)


def _principal_subspace(states: Tensor, k: int) -> Tensor:
    """Return the first `k` principal components of a cloud of states, shape (neuron, k)."""
    require(1 <= k <= states.shape[-1], "k", k, f"in 1 ... {states.shape[-1]}")
    sizes, components = principal_components(states)
    rank = int((sizes > 1e-10 * sizes.max()).sum())
    require(rank >= k, "k", k, f"at most {rank}, the number of directions in which the states vary")
    return components[:k].mT
