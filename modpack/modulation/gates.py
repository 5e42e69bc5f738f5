"""Forms that close the output gates of neurons: fixed random gates, and networks apart."""

from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor

from modpack._checks import require
from modpack.context import ContextCode
from modpack.modulation.base import Contexts, Modulated, Modulation, Tensors

ROUNDING = 1e-6
"""How far, in single precision, a mix of contexts may lie outside of what it is meant to be."""


@dataclass(frozen=True)
class Gate(Modulation):
    """Fixed random output gates, after Masse et al. (2018): ``h = clamp(1 - sum_k c_k (1 - mask_k), 0, 1)``.

    No trained parameters; one-hot codes only. Published networks keep 20 % of the neurons in every task.

    Parameters
    ----------
    active : float
        Fraction of neurons that a task keeps, in (0, 1].
    """

    active: float = 0.2
    pathway = "excitability"
    fixed = ("mask",)

    def __post_init__(self) -> None:
        require(0 < self.active <= 1, "active", self.active, "in (0, 1]")

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return the masks of zeros and ones, shape (d, neuron), with the same number kept in every task."""
        order = torch.rand(self.d, n, generator=generator).argsort(dim=-1)
        return {"mask": (order < max(1, round(self.active * n))).float()}

    def modulate(self, tensors: Tensors, c: Tensor, network: Modulated) -> Modulated:
        """Close the gates that the masks name."""
        return _gated(tensors["mask"], c, network)

    def check_code(self, code: ContextCode) -> None:
        """Accept one-hot codes only: a dense code would close every gate a little."""
        super().check_code(code)
        _check_one_hot(code)

    def check(self, contexts: Contexts) -> None:
        """Accept mixes and fades of one-hot contexts only: beyond them, gates are clamped."""
        super().check(contexts)
        _check_simplex(contexts)


@dataclass(frozen=True)
class Split(Modulation):
    """A control: one network for every task, N / d neurons each (as nearly as it goes), nothing shared.

    With one-hot codes, ``W * sum_k mask_k mask_k^T`` and gates h as in :class:`Gate`, where the masks divide
    the neurons among the tasks: the other networks are silent, so each is trained and runs as if it were
    alone, but for the offsets b_out of the outputs, which they share. No modulating parameters; of W, only
    the sum of the squared sizes acts. Faded, all networks wake up; they never reach each other.
    """

    pathway = "none"
    fixed = ("mask",)

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return the masks of zeros and ones, shape (d, neuron)."""
        require(n >= self.d, "n_neurons", n, f"at least one for each of {self.d} tasks")
        return {"mask": (_owners(n, self.d) == torch.arange(self.d)[:, None]).float()}

    def modulate(self, tensors: Tensors, c: Tensor, network: Modulated) -> Modulated:
        """Silence all networks but that of the task."""
        mask = tensors["mask"]
        return _gated(mask, c, replace(network, W=network.W * (mask.mT @ mask).unsqueeze(-3)))

    def check_code(self, code: ContextCode) -> None:
        """Accept one-hot codes only."""
        super().check_code(code)
        _check_one_hot(code)

    def check(self, contexts: Contexts) -> None:
        """Accept mixes and fades of one-hot contexts only."""
        super().check(contexts)
        _check_simplex(contexts)

    def idle(self, n: int) -> int:
        """Return how many recurrent weights would lead from one network to another."""
        return n * n - int(torch.bincount(_owners(n, self.d)).square().sum())


def _owners(n: int, d: int) -> Tensor:
    """Return to which of d tasks each of n neurons belongs."""
    return torch.arange(n) * d // n


def _gated(mask: Tensor, c: Tensor, network: Modulated) -> Modulated:
    gate = (1 - c @ (1 - mask)).clamp(0, 1)
    return replace(network, gate=gate if network.gate is None else network.gate * gate)


def _check_one_hot(code: ContextCode) -> None:
    require(code.name == "one_hot", "code", code.name, "'one_hot' for gates")


def _check_simplex(contexts: Contexts) -> None:
    assert isinstance(contexts, Tensor)
    inside = (contexts >= -ROUNDING).all() & (contexts.sum(dim=-1) <= 1 + ROUNDING).all()
    allowed = "mixes or fades of one-hot contexts: gates know entries >= 0 that sum to at most 1"
    require(bool(inside), "contexts", contexts.tolist(), allowed)
