"""What every form of modulation is: tensors, and what a context does with them to a network."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self

import torch
from torch import Generator, Tensor

from modpack._checks import require
from modpack.context import ContextCode

Tensors = Mapping[str, Tensor]

MANY = 256
"""Neurons enough for every form, where only the names of its tensors matter."""


@dataclass(frozen=True, eq=False)
class Modulated:
    """What a context may change, before and after it did.

    Parameters
    ----------
    W : Tensor, shape ([network], context or 1, neuron, neuron)
    b, slope : Tensor, shape ([network], context or 1, neuron)
    gate : Tensor, shape ([network], context or 1, neuron), or None
    W_in : Tensor, shape ([network], context or 1, neuron, channel), or None
        Here and below, None will do for the many forms that do not ask for it.
    W_out : Tensor, shape ([network], context or 1, output, neuron), or None
    b_out : Tensor, shape ([network], context or 1, output), or None
    """

    W: Tensor
    b: Tensor
    slope: Tensor
    gate: Tensor | None = None
    W_in: Tensor | None = None
    W_out: Tensor | None = None
    b_out: Tensor | None = None

    @classmethod
    def plain(cls, tensors: Tensors) -> "Modulated":
        """Return a network as it is without any context."""
        t, b = tensors, tensors["b"].unsqueeze(-2)
        return cls(
            W=t["W"].unsqueeze(-3) if "W" in t else b.new_zeros(*b.shape, b.shape[-1]),
            b=b,
            slope=torch.ones_like(b),
            W_in=t["W_in"].unsqueeze(-3),
            W_out=t["W_out"].unsqueeze(-3),
            b_out=t["b_out"].unsqueeze(-2),
        )


class PartContexts(tuple[Any, ...]):
    """One context for every part of a combined form, in their order: ``PartContexts(first, second)``.

    Each is a tensor of shape ([network], context, d of the part), or task names where the code is asked.
    """

    def __new__(cls, *parts: Any) -> Self:
        """Return the contexts of all parts."""
        return super().__new__(cls, parts)


class PathwayContexts(PartContexts):
    """Separate contexts for the two pathways of a form that combines one of each."""

    def __new__(cls, excitability: Any, synaptic: Any) -> Self:
        """Return the contexts of the two parts."""
        return super().__new__(cls, excitability, synaptic)


Contexts = Tensor | PartContexts


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
        ``"none"``, ``"excitability"``, ``"synaptic"`` or ``"combined"``: what the context acts on.
    fixed : tuple of str
        Names of tensors of the form that are drawn once and never trained.
    recurrence : tuple of str
        Names of trained tensors that make up the unmodulated recurrence (and so replace W).
    changes_readout : bool
        Whether contexts change how outputs are read from states.
    """

    d: int
    pathway: ClassVar[str]
    fixed: ClassVar[tuple[str, ...]] = ()
    recurrence: ClassVar[tuple[str, ...]] = ()
    changes_readout: ClassVar[bool] = False

    @abstractmethod
    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return the form's tensors for `n` neurons at the start of training."""

    @abstractmethod
    def modulate(self, tensors: Tensors, c: Tensor, network: Modulated) -> Modulated:
        """Return the network as it is under contexts `c`, shape ([network], context, d)."""

    def sized(self, channels: int, outputs: int) -> "Modulation":
        """Return the form for networks of so many input channels and outputs; most forms need not know."""
        return self

    def split(self, contexts: Contexts) -> tuple[Tensor, ...]:
        """Return the contexts of each part; a form that is not combined is its only part."""
        assert isinstance(contexts, Tensor)
        return (contexts,)

    @property
    def lengths(self) -> tuple[int, ...]:
        """Length of the context of each part."""
        return (self.d,)

    def check_code(self, code: ContextCode) -> None:
        """Raise a ValueError if the form cannot work with the context code."""
        require(code.d == self.d, "code", f"a code of length {code.d}", f"of length d={self.d}")

    def check(self, contexts: Contexts) -> None:
        """Raise a ValueError for contexts, shape (..., d), to which no path of the form's contexts leads.

        Without this check, a form may still do something there, as gates that are clamped.
        """
        assert isinstance(contexts, Tensor)
        shape = tuple(contexts.shape)
        require(shape[-1] == self.d, "contexts", shape, f"of shape ([network], context, {self.d})")
        require(bool(contexts.isfinite().all()), "contexts", contexts, "finite")

    def neutral(self) -> Tensor:
        """Return the context that leaves the network unmodulated, shape (1, d)."""
        return torch.zeros(1, self.d)

    def pathways(self) -> dict[str, str]:
        """Return the pathway that each modulating tensor belongs to."""
        idle = self.fixed + self.recurrence
        return {name: self.pathway for name in names(self) if name not in idle}

    def count(self, n: int) -> int:
        """Return how many trained parameters modulate a network of `n` neurons."""
        idle = self.fixed + self.recurrence
        return sum(torch.Size(shape).numel() for name, shape in shapes(self, n).items() if name not in idle)

    def idle(self, n: int) -> int:
        """Return how many entries of the recurrent weights of `n` neurons never act."""
        return 0


@dataclass(frozen=True)
class Factor(Modulation):
    """A form that acts through one number for every neuron or synapse, linear in what it is told.

    Told by several contexts at once, these numbers add up before they act.
    """

    @abstractmethod
    def strength(self, tensors: Tensors, c: Tensor) -> Tensor:
        """Return the numbers, shape ([network], context, neuron) or ([network], context, neuron, neuron)."""

    @abstractmethod
    def act(self, strength: Tensor, network: Modulated) -> Modulated:
        """Return the network as such numbers make it."""

    def modulate(self, tensors: Tensors, c: Tensor, network: Modulated) -> Modulated:
        """Let what the contexts tell act on the network."""
        return self.act(self.strength(tensors, c), network)


@cache
def shapes(form: Modulation, n: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a form's tensors for `n` neurons, by name."""
    return {name: tuple(x.shape) for name, x in form.initial(n, Generator()).items()}


def names(form: Modulation) -> tuple[str, ...]:
    """Return the names of a form's tensors."""
    return tuple(shapes(form, MANY))
