"""Forms that act on the excitability of neurons: thresholds, slopes, or both."""

from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor

from modpack.modulation.base import Factor, Modulated, Modulation, Tensors


@dataclass(frozen=True)
class Bias(Factor):
    """Thresholds: ``b + B c``; N d parameters. Mathematically the rule input of Yang et al. (2019)."""

    pathway = "excitability"

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return B, shape (neuron, d)."""
        return {"B": 0.3 * torch.randn(n, self.d, generator=generator)}

    def strength(self, tensors: Tensors, c: Tensor) -> Tensor:
        """Return B c."""
        return c @ tensors["B"].mT

    def act(self, strength: Tensor, network: Modulated) -> Modulated:
        """Shift the biases."""
        return replace(network, b=network.b + strength)


@dataclass(frozen=True)
class Gain(Factor):
    """Slopes: ``g = exp(G c)``; N d parameters."""

    pathway = "excitability"

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return G, shape (neuron, d)."""
        return {"G": 0.1 * torch.randn(n, self.d, generator=generator)}

    def strength(self, tensors: Tensors, c: Tensor) -> Tensor:
        """Return G c."""
        return c @ tensors["G"].mT

    def act(self, strength: Tensor, network: Modulated) -> Modulated:
        """Scale the slopes."""
        return replace(network, slope=network.slope * torch.exp(strength))


@dataclass(frozen=True)
class Excitability(Modulation):
    """Thresholds and slopes: ``b + B c`` and ``g = exp(G c)``; 2 N d parameters."""

    pathway = "excitability"

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return B and G, each of shape (neuron, d)."""
        return Bias(self.d).initial(n, generator) | Gain(self.d).initial(n, generator)

    def modulate(self, tensors: Tensors, c: Tensor, network: Modulated) -> Modulated:
        """Shift the biases and scale the slopes."""
        return Gain(self.d).modulate(tensors, c, Bias(self.d).modulate(tensors, c, network))
