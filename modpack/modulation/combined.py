"""Several forms in one network, each told a context of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from typing import cast

from torch import Generator, Tensor

from modpack._checks import require
from modpack.context import ContextCode
from modpack.modulation.base import Contexts, Factor, Modulated, Modulation, PartContexts, Tensors, names


@dataclass(frozen=True)
class Combined(Modulation):
    """Any forms at once, each told its own context of its own length; the sum of their parameters.

    Different forms act one after the other, so that their factors multiply; the same form twice adds up
    inside its one factor or exponent. A tensor whose name is taken gets a number: B, B_2, ...

    Parameters
    ----------
    d : int
        Length of the contexts that the code gives: that of every part, which are then told the same, or the
        sum of theirs, and each part is told its stretch.
    parts : tuple of Modulation
        Two or more; of the forms that replace W, at most one.
    """

    parts: tuple[Modulation, ...]

    def __post_init__(self) -> None:
        require(len(self.parts) >= 2, "parts", self.parts, "two or more forms")
        fits = self._shared or sum(self.lengths) == self.d
        allowed = f"forms of contexts of length d={self.d}, or of lengths that sum to it"
        require(fits, "parts", f"of lengths {self.lengths}", allowed)
        replacing = [type(part).__name__ for part in self.parts if part.recurrence]
        require(len(replacing) <= 1, "parts", replacing, "forms of which at most one replaces W")

    @property
    def lengths(self) -> tuple[int, ...]:
        """Length of the context of each part."""
        return tuple(part.d for part in self.parts)

    @property
    def _shared(self) -> bool:
        """Whether all parts are told the same context."""
        return set(self.lengths) == {self.d}

    @property
    def pathway(self) -> str:  # type: ignore[override]
        """The pathway of the parts, or ``"combined"``."""
        pathways = {part.pathway for part in self.parts} - {"none"}
        return "combined" if len(pathways) > 1 else next(iter(pathways), "none")

    @property
    def fixed(self) -> tuple[str, ...]:  # type: ignore[override]
        """Names of the tensors of all parts that are never trained."""
        return self._named(part.fixed for part in self.parts)

    @property
    def recurrence(self) -> tuple[str, ...]:  # type: ignore[override]
        """Names of the trained tensors that replace W."""
        return self._named(part.recurrence for part in self.parts)

    @property
    def changes_readout(self) -> bool:  # type: ignore[override]
        """Whether any part changes how outputs are read."""
        return any(part.changes_readout for part in self.parts)

    @cached_property
    def tensor_names(self) -> list[dict[str, str]]:
        """For each part, the name in the network of each of its tensors."""
        taken: set[str] = set()
        result = []
        for part in self.parts:
            free = {name: _free(name, taken) for name in names(part)}
            taken |= set(free.values())
            result.append(free)
        return result

    def _named(self, own: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
        """Return the names in the network of some of the tensors of each part."""
        return tuple(known[name] for known, some in zip(self.tensor_names, own, strict=True) for name in some)

    @cached_property
    def _groups(self) -> list[list[int]]:
        """Numbers of the parts that act together: the same form twice; first the one that replaces W."""
        order = sorted(range(len(self.parts)), key=lambda k: not self.parts[k].recurrence)
        groups: dict[object, list[int]] = {}
        for k in order:
            part = self.parts[k]
            groups.setdefault(type(part) if isinstance(part, Factor) else k, []).append(k)
        return list(groups.values())

    def pathways(self) -> dict[str, str]:
        """Return the pathway that each modulating tensor belongs to."""
        parts = zip(self.tensor_names, (part.pathways() for part in self.parts), strict=True)
        return {known[name]: pathway for known, own in parts for name, pathway in own.items()}

    def sized(self, channels: int, outputs: int) -> Modulation:
        """Return the combination of the parts for so many input channels and outputs."""
        return replace(self, parts=tuple(part.sized(channels, outputs) for part in self.parts))

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return the tensors of all parts."""
        parts = [part.initial(n, generator) for part in self.parts]
        return {
            known[name]: x
            for known, own in zip(self.tensor_names, parts, strict=True)
            for name, x in own.items()
        }

    def split(self, contexts: Contexts) -> tuple[Tensor, ...]:
        """Return the contexts of each part: all the same, or a stretch each."""
        if isinstance(contexts, PartContexts):
            return tuple(contexts)
        if self._shared:
            return (contexts,) * len(self.parts)
        return contexts.split(self.lengths, dim=-1)

    def modulate(self, tensors: Tensors, c: Contexts, network: Modulated) -> Modulated:
        """Let all parts act, on the same contexts or on one each."""
        contexts = self.split(c)
        own = [{name: tensors[known[name]] for name in known} for known in self.tensor_names]
        for group in self._groups:
            told = [(self.parts[k], own[k], contexts[k]) for k in group]
            network = _together(told, network)
        return network

    def idle(self, n: int) -> int:
        """Return how many entries of the recurrent weights never act."""
        return max(part.idle(n) for part in self.parts)

    def check_code(self, code: ContextCode) -> None:
        """Raise a ValueError if any part cannot work with its stretch of the context code."""
        super().check_code(code)
        for part, vectors in zip(self.parts, self.split(code.vectors), strict=True):
            part.check_code(replace(code, vectors=vectors, stretches=()))

    def check(self, contexts: Contexts) -> None:
        """Raise a ValueError for contexts to which no path of a part's contexts leads."""
        for part, own in zip(self.parts, self.split(contexts), strict=True):
            part.check(own)


def _together(told: Sequence[tuple[Modulation, Tensors, Tensor]], network: Modulated) -> Modulated:
    """Let one form act, or the same one as told several times."""
    (form, tensors, c), *others = told
    if not isinstance(form, Factor):
        return form.modulate(tensors, c, network)
    strength = form.strength(tensors, c)
    for other, tensors, c in others:
        strength = strength + cast(Factor, other).strength(tensors, c)
    return form.act(strength, network)


def _free(name: str, taken: set[str]) -> str:
    """Return the name, with a number if it is taken."""
    if name not in taken:
        return name
    return next(new for k in count(2) if (new := f"{name}_{k}") not in taken)
