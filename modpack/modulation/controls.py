"""Controls: no modulation, variants of the main forms that act elsewhere, and private readouts."""

from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor

from modpack.modulation.base import Factor, Modulated, Modulation, Tensors
from modpack.modulation.synaptic import Multiplicative, mask


@dataclass(frozen=True)
class Unmodulated(Modulation):
    """The control: the context changes nothing. No parameters."""

    pathway = "none"

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return no tensors."""
        return {}

    def modulate(self, tensors: Tensors, c: Tensor, network: Modulated) -> Modulated:
        """Return the network itself, once for every context."""
        contexts = max(c.shape[-2], network.b.shape[-2])
        return replace(network, b=network.b.expand(*network.b.shape[:-2], contexts, -1))


@dataclass(frozen=True)
class RecurrentGain(Factor):
    """Slopes on the recurrent drive only: ``a = exp(G c) W r + W_in u + b``; N d parameters.

    A control for :class:`Gain`, which scales the input and the threshold, too.
    """

    pathway = "excitability"

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return G, shape (neuron, d)."""
        return {"G": 0.1 * torch.randn(n, self.d, generator=generator)}

    def strength(self, tensors: Tensors, c: Tensor) -> Tensor:
        """Return G c."""
        return c @ tensors["G"].mT

    def act(self, strength: Tensor, network: Modulated) -> Modulated:
        """Scale what each neuron gets from the others."""
        return replace(network, W=network.W * torch.exp(strength)[..., :, None])


@dataclass(frozen=True)
class SynapticAll(Modulation):
    """The low-rank mask on all synapses: ``[W, W_in] * (1 + sum_r (P c)_r m_r [n_r, n_in_r]^T)``.

    A control for :class:`Multiplicative`, which leaves the input weights alone; (2 N + n_channels) d
    parameters.

    Parameters
    ----------
    channels : int
        Number of input channels; by default that of the compact tasks.
    """

    channels: int = 33
    pathway = "synaptic"
    fixed = ("P",)

    def sized(self, channels: int, outputs: int) -> Modulation:
        """Return the form for so many input channels."""
        return replace(self, channels=channels)

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return those of :class:`Multiplicative`, and n_in, shape (d, channel)."""
        n_in = 0.1**0.5 * torch.randn(self.d, self.channels, generator=generator)
        return Multiplicative(self.d).initial(n, generator) | {"n_in": n_in}

    def modulate(self, tensors: Tensors, c: Tensor, network: Modulated) -> Modulated:
        """Scale every synapse by its own gain."""
        assert network.W_in is not None
        W_in = network.W_in * (1 + mask(tensors["m"], tensors["n_in"], c @ tensors["P"].mT))
        return replace(Multiplicative(self.d).modulate(tensors, c, network), W_in=W_in)


@dataclass(frozen=True)
class Readout(Modulation):
    """Private readouts: ``W_out + sum_k c_k D_k`` and ``b_out + E c``; n_out (N + 1) d parameters.

    No form of equal parameters, but a ceiling: what a shared recurrence, which knows no task, can do. Where
    it solves a pair of tasks, that pair says little about dynamics.

    Parameters
    ----------
    outputs : int
        n_out; by default that of the compact tasks.
    """

    outputs: int = 3
    pathway = "none"
    changes_readout = True

    def sized(self, channels: int, outputs: int) -> Modulation:
        """Return the form for so many outputs."""
        return replace(self, outputs=outputs)

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return D_out, shape (d, output, neuron), and E_out, shape (output, d)."""
        D = 0.1 * torch.randn(self.d, self.outputs, n, generator=generator) / n**0.5
        return {"D_out": D, "E_out": 0.1 * torch.randn(self.outputs, self.d, generator=generator)}

    def modulate(self, tensors: Tensors, c: Tensor, network: Modulated) -> Modulated:
        """Change how outputs are read, and nothing in the network."""
        assert network.W_out is not None and network.b_out is not None
        change = torch.einsum("...ck,...koi->...coi", c, tensors["D_out"])
        return replace(
            network,
            W_out=network.W_out + change,
            b_out=network.b_out + c @ tensors["E_out"].mT,
        )
