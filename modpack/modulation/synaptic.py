"""Forms that act on the strength of recurrent synapses: by neuron, by a low-rank mask, or freely."""

from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor

from modpack._checks import require
from modpack.context import random_orthonormal
from modpack.modulation.base import Factor, Modulated, Modulation, Tensors


@dataclass(frozen=True)
class Row(Factor):
    """The synapses of each receiving neuron: ``W_ij (1 + (R c)_i)``; N d parameters."""

    pathway = "synaptic"

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return R, shape (neuron, d)."""
        return {"R": 0.1 * torch.randn(n, self.d, generator=generator)}

    def strength(self, tensors: Tensors, c: Tensor) -> Tensor:
        """Return R c."""
        return c @ tensors["R"].mT

    def act(self, strength: Tensor, network: Modulated) -> Modulated:
        """Scale the rows of W."""
        return replace(network, W=network.W * (1 + strength)[..., :, None])


@dataclass(frozen=True)
class Release(Factor):
    """The synapses of each sending neuron: ``W_ij (1 + (S c)_j)``; N d parameters."""

    pathway = "synaptic"

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return S, shape (neuron, d)."""
        return {"S": 0.1 * torch.randn(n, self.d, generator=generator)}

    def strength(self, tensors: Tensors, c: Tensor) -> Tensor:
        """Return S c."""
        return c @ tensors["S"].mT

    def act(self, strength: Tensor, network: Modulated) -> Modulated:
        """Scale the columns of W."""
        return replace(network, W=network.W * (1 + strength)[..., None, :])


@dataclass(frozen=True)
class Multiplicative(Factor):
    """Low-rank synaptic gain: ``W * (1 + sum_r (P c)_r m_r n_r^T)``, elementwise; 2 N R parameters.

    Parameters
    ----------
    rank : int or None
        R; None means d. P is the identity for R = d, the identity repeated for a multiple of d (several masks
        per context), and a fixed random orthonormal matrix for R < d.
    """

    rank: int | None = None
    pathway = "synaptic"
    fixed = ("P",)

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return m and n, shape (rank, neuron), and the fixed P, shape (rank, d)."""
        rank = self.d if self.rank is None else self.rank
        require(rank >= 1, "rank", rank, "at least 1")
        m, n_ = (0.1**0.5 * torch.randn(rank, n, generator=generator) for _ in range(2))
        return {"m": m, "n": n_, "P": _projection(rank, self.d, generator)}

    def strength(self, tensors: Tensors, c: Tensor) -> Tensor:
        """Return the mask."""
        return mask(tensors["m"], tensors["n"], c @ tensors["P"].mT)

    def act(self, strength: Tensor, network: Modulated) -> Modulated:
        """Scale every synapse by its own gain."""
        return replace(network, W=network.W * (1 + strength))


@dataclass(frozen=True)
class Scaling(Factor):
    """Sign-preserving synaptic gain: ``W * exp(sum_r (P c)_r m_r n_r^T)``, elementwise; 2 N R parameters.

    Parameters
    ----------
    rank : int or None
        As in :class:`Multiplicative`.
    """

    rank: int | None = None
    pathway = "synaptic"
    fixed = ("P",)

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return m and n, shape (rank, neuron), and the fixed P, shape (rank, d)."""
        return Multiplicative(self.d, self.rank).initial(n, generator)

    def strength(self, tensors: Tensors, c: Tensor) -> Tensor:
        """Return the mask."""
        return mask(tensors["m"], tensors["n"], c @ tensors["P"].mT)

    def act(self, strength: Tensor, network: Modulated) -> Modulated:
        """Scale every synapse by its own positive gain."""
        return replace(network, W=network.W * torch.exp(strength))


def mask(left: Tensor, right: Tensor, strength: Tensor) -> Tensor:
    """Return sum_r s_r l_r r_r^T for l (rank, neuron), r (rank, any) and s ([network], context, rank)."""
    return (left.mT.unsqueeze(-3) * strength.unsqueeze(-2)) @ right.unsqueeze(-3)


def _projection(rank: int, d: int, generator: Generator) -> Tensor:
    """Return P, shape (rank, d): identity, repeated if rank is a multiple of d, or random orthonormal."""
    if rank < d:
        return random_orthonormal(rank, d, generator)
    require(rank % d == 0, "rank", rank, f"below d={d} or a multiple of it")
    return torch.eye(d).repeat(rank // d, 1)


@dataclass(frozen=True)
class Additive(Factor):
    """Low-rank synaptic change: ``W + U diag(K c) V^T``; 2 N R + R d parameters.

    Parameters
    ----------
    rank : int or None
        R; None means d.
    """

    rank: int | None = None
    pathway = "synaptic"

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return U and V, shape (neuron, rank), and K, shape (rank, d)."""
        rank = self.d if self.rank is None else self.rank
        require(rank >= 1, "rank", rank, "at least 1")
        U, V = (torch.randn(n, rank, generator=generator) / n**0.5 for _ in range(2))
        return {"U": U, "V": V, "K": 0.3 * torch.randn(rank, self.d, generator=generator)}

    def strength(self, tensors: Tensors, c: Tensor) -> Tensor:
        """Return the change of W."""
        return mask(tensors["U"].mT, tensors["V"].mT, c @ tensors["K"].mT)

    def act(self, strength: Tensor, network: Modulated) -> Modulated:
        """Add the change to the recurrent weights."""
        return replace(network, W=network.W + strength)


@dataclass(frozen=True)
class Components(Modulation):
    """Gains of rank-one parts of a low-rank recurrence: ``W = U diag(s0 exp(K c)) V^T``.

    After the neuromodulated RNN of Costacurta et al. (2024), whose gains are sigmoid functions of a
    modulatory network; an exponential is used here so that c = 0 is neutral. R d parameters modulate; U, V
    and s0 (2 N R + R) are the recurrence and replace W.

    Parameters
    ----------
    rank : int or None
        R; None means d.
    """

    rank: int | None = None
    pathway = "synaptic"
    recurrence = ("U", "V", "s0")

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return U and V, shape (neuron, rank), s0, shape (rank,), and K, shape (rank, d)."""
        rank = self.d if self.rank is None else self.rank
        require(1 <= rank <= n, "rank", rank, f"in 1 ... {n}, the number of neurons")
        U = random_orthonormal(rank, n, generator).T.contiguous()
        V = U + 0.1 * torch.randn(n, rank, generator=generator) / n**0.5
        K = 0.3 * torch.randn(rank, self.d, generator=generator)
        return {"U": U, "V": V, "s0": torch.full((rank,), 0.5), "K": K}

    def modulate(self, tensors: Tensors, c: Tensor, network: Modulated) -> Modulated:
        """Put the modulated low-rank recurrence in the place of W."""
        strength = tensors["s0"].unsqueeze(-2) * torch.exp(c @ tensors["K"].mT)
        return replace(network, W=mask(tensors["U"].mT, tensors["V"].mT, strength))


@dataclass(frozen=True)
class Full(Factor):
    """One free change of all synapses per context coordinate: ``W + sum_k c_k D_k``; N^2 d parameters."""

    pathway = "synaptic"

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return D, shape (d, neuron, neuron)."""
        return {"D": 0.1 * torch.randn(self.d, n, n, generator=generator) / n**0.5}

    def strength(self, tensors: Tensors, c: Tensor) -> Tensor:
        """Return the change of W."""
        return torch.einsum("...ck,...kij->...cij", c, tensors["D"])

    def act(self, strength: Tensor, network: Modulated) -> Modulated:
        """Add the change to the recurrent weights."""
        return replace(network, W=network.W + strength)
