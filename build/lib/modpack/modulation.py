r"""Modulation forms: how a context c (length d) changes an ordinary recurrent network of N neurons.

A form is a small final class: :meth:`Modulation.initial` gives its tensors, :meth:`Modulation.modulate` its
effect. All equations are the project's own reading of "excitability" and "synaptic strength" as targets of
modulation; forms taken from earlier work say so. Every form is neutral at c = 0: it leaves the network as it
is.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import torch
from torch import Generator, Tensor

from modpack._checks import choose, require
from modpack.context import ContextCode, random_orthonormal


@dataclass(frozen=True, eq=False)
class Modulated:
    """What a context may change, before and after it did.

    Parameters
    ----------
    W : Tensor, shape ([network], context or 1, neuron, neuron)
    b, slope : Tensor, shape ([network], context or 1, neuron)
    gate : Tensor, shape ([network], context or 1, neuron), or None
    """

    W: Tensor
    b: Tensor
    slope: Tensor
    gate: Tensor | None = None


ROUNDING = 1e-6
"""How far, in single precision, a mix of contexts may lie outside of what it is meant to be."""


class PathwayContexts(NamedTuple):
    """Separate contexts for the two pathways of a combined modulation, each of shape (context, d)."""

    excitability: Tensor
    synaptic: Tensor


Contexts = Tensor | PathwayContexts


@dataclass(frozen=True)
class Modulation(ABC):
    """How a context acts.

    Parameters
    ----------
    d : int
        Length of the context vector.

    Attributes
    ----------
    pathway : str
        ``"none"``, ``"excitability"``, ``"synaptic"`` or ``"combined"``.
    fixed : tuple of str
        Names of tensors of the form that are drawn once and never trained.
    recurrence : tuple of str
        Names of trained tensors that make up the unmodulated recurrence (and so replace W).
    """

    d: int
    pathway: ClassVar[str]
    fixed: ClassVar[tuple[str, ...]] = ()
    recurrence: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return the form's tensors for `n` neurons at the start of training."""

    @abstractmethod
    def modulate(self, tensors: Mapping[str, Tensor], c: Tensor, network: Modulated) -> Modulated:
        """Return the network as it is under contexts `c`, shape ([network], context, d)."""

    def check_code(self, code: ContextCode) -> None:
        """Raise a ValueError if the form cannot work with the context code."""
        require(code.d == self.d, "code", f"a code of length {code.d}", f"of length d={self.d}")

    def check(self, contexts: Contexts) -> None:
        """Raise a ValueError for contexts, shape (..., d), to which no path of the form's contexts leads.

        Without this check, a form may still do something there, as gates that are clamped.
        """
        shape = tuple(contexts.shape)  # type: ignore[union-attr]
        require(shape[-1] == self.d, "contexts", shape, f"of shape ([network], context, {self.d})")
        require(bool(contexts.isfinite().all()), "contexts", contexts, "finite")  # type: ignore[union-attr]

    def neutral(self) -> Tensor:
        """Return the context that leaves the network unmodulated, shape (1, d)."""
        return torch.zeros(1, self.d)

    def count(self, n: int) -> int:
        """Return how many trained parameters modulate a network of `n` neurons."""
        tensors = self.initial(n, Generator())
        return sum(x.numel() for name, x in tensors.items() if name not in self.fixed + self.recurrence)


@dataclass(frozen=True)
class Unmodulated(Modulation):
    """The control: the context changes nothing. No parameters."""

    pathway = "none"

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return no tensors."""
        return {}

    def modulate(self, tensors: Mapping[str, Tensor], c: Tensor, network: Modulated) -> Modulated:
        """Return the network itself, once for every context."""
        return replace(network, b=network.b.expand(*network.b.shape[:-2], c.shape[-2], -1))


@dataclass(frozen=True)
class Bias(Modulation):
    """Thresholds: ``b + B c``; N d parameters. Mathematically the rule input of Yang et al. (2019)."""

    pathway = "excitability"

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return B, shape (neuron, d)."""
        return {"B": 0.3 * torch.randn(n, self.d, generator=generator)}

    def modulate(self, tensors: Mapping[str, Tensor], c: Tensor, network: Modulated) -> Modulated:
        """Shift the biases."""
        return replace(network, b=network.b + c @ tensors["B"].mT)


@dataclass(frozen=True)
class Gain(Modulation):
    """Slopes: ``g = exp(G c)``; N d parameters."""

    pathway = "excitability"

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return G, shape (neuron, d)."""
        return {"G": 0.1 * torch.randn(n, self.d, generator=generator)}

    def modulate(self, tensors: Mapping[str, Tensor], c: Tensor, network: Modulated) -> Modulated:
        """Scale the slopes."""
        return replace(network, slope=network.slope * torch.exp(c @ tensors["G"].mT))


@dataclass(frozen=True)
class Excitability(Modulation):
    """Thresholds and slopes: ``b + B c`` and ``g = exp(G c)``; 2 N d parameters."""

    pathway = "excitability"

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return B and G, each of shape (neuron, d)."""
        return Bias(self.d).initial(n, generator) | Gain(self.d).initial(n, generator)

    def modulate(self, tensors: Mapping[str, Tensor], c: Tensor, network: Modulated) -> Modulated:
        """Shift the biases and scale the slopes."""
        return Gain(self.d).modulate(tensors, c, Bias(self.d).modulate(tensors, c, network))


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

    def modulate(self, tensors: Mapping[str, Tensor], c: Tensor, network: Modulated) -> Modulated:
        """Close the gates that the masks name."""
        return replace(network, gate=(1 - c @ (1 - tensors["mask"])).clamp(0, 1))

    def check_code(self, code: ContextCode) -> None:
        """Accept one-hot codes only: a dense code would close every gate a little."""
        super().check_code(code)
        require(code.name == "one_hot", "code", code.name, "'one_hot' for gates")

    def check(self, contexts: Contexts) -> None:
        """Accept mixes and fades of one-hot contexts only: beyond them, gates are clamped."""
        super().check(contexts)
        assert isinstance(contexts, Tensor)
        inside = (contexts >= -ROUNDING).all() & (contexts.sum(dim=-1) <= 1 + ROUNDING).all()
        allowed = "mixes or fades of one-hot contexts: gates know entries >= 0 that sum to at most 1"
        require(bool(inside), "contexts", contexts.tolist(), allowed)


def _mask(tensors: Mapping[str, Tensor], c: Tensor) -> Tensor:
    """Return sum_r (P c)_r m_r n_r^T, shape ([network], context, neuron, neuron)."""
    strength = c @ tensors["P"].mT
    left = tensors["m"].mT.unsqueeze(-3) * strength.unsqueeze(-2)
    return left @ tensors["n"].unsqueeze(-3)


def _projection(rank: int, d: int, generator: Generator) -> Tensor:
    """Return P, shape (rank, d): identity, repeated if rank is a multiple of d, or random orthonormal."""
    if rank < d:
        return random_orthonormal(rank, d, generator)
    require(rank % d == 0, "rank", rank, f"below d={d} or a multiple of it")
    return torch.eye(d).repeat(rank // d, 1)


@dataclass(frozen=True)
class Multiplicative(Modulation):
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

    def modulate(self, tensors: Mapping[str, Tensor], c: Tensor, network: Modulated) -> Modulated:
        """Scale every synapse by its own gain."""
        return replace(network, W=network.W * (1 + _mask(tensors, c)))


@dataclass(frozen=True)
class Scaling(Modulation):
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

    def modulate(self, tensors: Mapping[str, Tensor], c: Tensor, network: Modulated) -> Modulated:
        """Scale every synapse by its own positive gain."""
        return replace(network, W=network.W * torch.exp(_mask(tensors, c)))


@dataclass(frozen=True)
class Additive(Modulation):
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

    def modulate(self, tensors: Mapping[str, Tensor], c: Tensor, network: Modulated) -> Modulated:
        """Add the low-rank change to the recurrent weights."""
        strength = c @ tensors["K"].mT
        left = tensors["U"].unsqueeze(-3) * strength.unsqueeze(-2)
        return replace(network, W=network.W + left @ tensors["V"].mT.unsqueeze(-3))


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

    def modulate(self, tensors: Mapping[str, Tensor], c: Tensor, network: Modulated) -> Modulated:
        """Put the modulated low-rank recurrence in the place of W."""
        strength = tensors["s0"].unsqueeze(-2) * torch.exp(c @ tensors["K"].mT)
        left = tensors["U"].unsqueeze(-3) * strength.unsqueeze(-2)
        return replace(network, W=left @ tensors["V"].mT.unsqueeze(-3))


@dataclass(frozen=True)
class Full(Modulation):
    """One free change of all synapses per context coordinate: ``W + sum_k c_k D_k``; N^2 d parameters."""

    pathway = "synaptic"

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return D, shape (d, neuron, neuron)."""
        return {"D": 0.1 * torch.randn(self.d, n, n, generator=generator) / n**0.5}

    def modulate(self, tensors: Mapping[str, Tensor], c: Tensor, network: Modulated) -> Modulated:
        """Add the change to the recurrent weights."""
        return replace(network, W=network.W + torch.einsum("...ck,...kij->...cij", c, tensors["D"]))


@dataclass(frozen=True)
class Combined(Modulation):
    """Both pathways: any excitability form and any synaptic form, each with its own context.

    Parameters
    ----------
    excitability, synaptic : Modulation
        The two forms; their tensors must have different names.
    """

    excitability: Modulation
    synaptic: Modulation
    pathway = "combined"

    def __post_init__(self) -> None:
        for name in ("excitability", "synaptic"):
            part = getattr(self, name)
            require(part.pathway == name, name, type(part).__name__, f"a form of the {name} pathway")
            require(part.d == self.d, name, f"a form with d={part.d}", f"a form with d={self.d}")

    @property
    def fixed(self) -> tuple[str, ...]:  # type: ignore[override]
        """Names of the tensors of both forms that are never trained."""
        return self.excitability.fixed + self.synaptic.fixed

    @property
    def recurrence(self) -> tuple[str, ...]:  # type: ignore[override]
        """Names of the trained tensors that replace W."""
        return self.synaptic.recurrence

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return the tensors of both forms."""
        return self.excitability.initial(n, generator) | self.synaptic.initial(n, generator)

    def modulate(self, tensors: Mapping[str, Tensor], c: Contexts, network: Modulated) -> Modulated:
        """Let both forms act, on the same contexts or on one each."""
        contexts = c if isinstance(c, PathwayContexts) else PathwayContexts(c, c)
        network = self.excitability.modulate(tensors, contexts.excitability, network)
        return self.synaptic.modulate(tensors, contexts.synaptic, network)

    def check_code(self, code: ContextCode) -> None:
        """Raise a ValueError if either form cannot work with the context code."""
        self.excitability.check_code(code)
        self.synaptic.check_code(code)

    def check(self, contexts: Contexts) -> None:
        """Raise a ValueError for contexts to which no path of either form's contexts leads."""
        pair = contexts if isinstance(contexts, PathwayContexts) else PathwayContexts(contexts, contexts)
        self.excitability.check(pair.excitability)
        self.synaptic.check(pair.synaptic)


def _combined(d: int) -> Modulation:
    """Both main characters in full; 4 N d parameters."""
    return Combined(d, Excitability(d), Multiplicative(d))


def _combined_matched(d: int) -> Modulation:
    """Both pathways with at most the 2 N d parameters of one: thresholds, and masks of rank floor(d/2)."""
    return Combined(d, Bias(d), Multiplicative(d, max(1, d // 2)))


def _synaptic_doubled(d: int) -> Modulation:
    """Two masks per context: the 4 N d parameters of ``combined`` in the synaptic pathway alone."""
    return Multiplicative(d, 2 * d)


FORMS: dict[str, Callable[[int], Modulation]] = {
    "none": Unmodulated,
    "bias": Bias,
    "gain": Gain,
    "excitability": Excitability,
    "gate": Gate,
    "multiplicative": Multiplicative,
    "synaptic": Multiplicative,
    "scaling": Scaling,
    "additive": Additive,
    "components": Components,
    "full": Full,
    "combined": _combined,
    "combined-matched": _combined_matched,
    "synaptic-doubled": _synaptic_doubled,
}
"""Every known form by name. A form of one's own joins with ``FORMS["mine"] = Mine``."""


def form(name: str, d: int) -> Modulation:
    """Return the form called `name` for contexts of length `d`; ``"gain+scaling"`` combines any two.

    Raises
    ------
    ValueError
        If the name is not in ``FORMS``, or if the two parts are not an excitability and a synaptic form.
    """
    require(d >= 1, "d", d, "at least 1")
    if "+" in name:
        first, second = name.split("+", 1)
        return Combined(d, form(first, d), form(second, d))
    return FORMS[choose("form", name, FORMS)](d)
