"""Networks of forms that the page does not know, compiled by Python at a few contexts between two tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from modpack._checks import require
from modpack.context import mix
from modpack.modulation import Modulated, Modulation
from modpack.network import ModulatedNetwork

STEPS = 20
"""Intervals between the mixes at which a network is compiled, unless told otherwise."""


class MixGrid(NamedTuple):
    """Two tasks, and how finely the way between their contexts is divided.

    Attributes
    ----------
    a, b : str
        Names of the tasks.
    steps : int
        Number of intervals between the mixes.
    """

    a: str
    b: str
    steps: int = STEPS


@dataclass(frozen=True)
class Compiled(Modulation):
    """The network as it is under the nearest of some contexts, which another form has compiled.

    Tensors: ``at`` (point, d), the contexts, and what the network is under each of them: ``W_at`` (point,
    neuron, neuron), ``b_at`` and ``slope_at`` (point, neuron), and where the form changes them ``gate_at``
    (point, neuron), ``W_in_at`` (point, neuron, channel), ``W_out_at`` (point, output, neuron) and
    ``b_out_at`` (point, output). What no context changes has one point only.

    Parameters
    ----------
    sizes : tuple of pairs of str and tuple of int
        Shapes of these tensors by name.
    """

    sizes: tuple[tuple[str, tuple[int, ...]], ...]
    pathway = "combined"
    recurrence = ("W_at",)

    @classmethod
    def of(cls, d: int, tensors: Mapping[str, Tensor]) -> "Compiled":
        """Return the form that has those of the tensors whose names end with "at"."""
        return cls(d, tuple((name, tuple(x.shape)) for name, x in tensors.items() if name.endswith("at")))

    def initial(self, n: int, generator: Generator) -> dict[str, Tensor]:
        """Return zeros: what is compiled is not trained."""
        return {name: torch.zeros(size) for name, size in self.sizes}

    def modulate(self, tensors: Mapping[str, Tensor], c: Tensor, network: Modulated) -> Modulated:
        """Return what was compiled under the contexts nearest to `c`."""
        nearest = torch.cdist(c, tensors["at"]).argmin(-1)
        chosen = {
            name.removesuffix("_at"): x[nearest % len(x)] for name, x in tensors.items() if "_at" in name
        }
        return replace(network, **chosen)


def compile_between(network: ModulatedNetwork, between: MixGrid) -> ModulatedNetwork:
    """Return a network as it is at evenly spaced mixes of two contexts, in single precision.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network of any form.
    between : MixGrid

    Returns
    -------
    ModulatedNetwork
        Of the form :class:`Compiled`.

    Raises
    ------
    ValueError
        For an unknown task or less than one interval.
    """
    require(between.steps >= 1, "between", between, "divided into one or more intervals")
    a, b = (network.code[name] for name in (between.a, between.b))
    at = torch.stack([mix(a, b, step / between.steps) for step in range(between.steps + 1)])
    dynamics = network.under(at)
    grid = {"W_at": dynamics.W, "b_at": dynamics.b, "slope_at": dynamics.slope}
    if dynamics.gate is not None:
        grid["gate_at"] = dynamics.gate
    kept = {name: network.tensors[name] for name in ("W_in", "b", "W_out", "b_out")}
    own = {name: getattr(dynamics, name) for name in ("W_in", "W_out", "b_out")}
    grid |= {f"{name}_at": x for name, x in own.items() if x.ndim > kept[name].ndim}
    tensors = {name: x.detach().float() for name, x in (kept | {"at": at} | grid).items()}
    return replace(network, modulation=Compiled.of(network.code.d, tensors), tensors=tensors)
