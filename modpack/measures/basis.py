"""Views of a state space: three directions in it, for the live figure `StateSpace`."""

from dataclasses import dataclass

import torch
from torch import Tensor

from modpack._checks import require
from modpack.measures.components import principal_components
from modpack.network import ModulatedNetwork

MARGIN = 1.1
"""A view is wider by this factor than what it has to hold."""


def page_precision(x: Tensor) -> Tensor:
    """Return numbers in float64 as a page reads them: rounded to float32."""
    return x.detach().float().double()


@dataclass(frozen=True, eq=False)
class Basis:
    """Three directions in the space of the rates, and the point that they start from.

    Parameters
    ----------
    vectors : Tensor, shape (3, neuron)
        Orthonormal rows.
    centre : Tensor, shape (neuron,)
    axes : tuple of str
        Names of the three coordinates.
    extent : float
        Half the width of the view, as a rate.
    label : str
        Name of the basis in the menu.

    Raises
    ------
    ValueError
        If the shapes do not fit, the rows are not orthonormal, or the extent is not positive.
    """

    vectors: Tensor
    centre: Tensor
    axes: tuple[str, str, str]
    extent: float
    label: str

    def __post_init__(self) -> None:
        shape = tuple(self.vectors.shape)
        require(shape == (3, *self.centre.shape), "vectors", shape, f"of shape (3, {len(self.centre)})")
        gram = self.vectors.double() @ self.vectors.double().mT
        orthonormal = bool(((gram - torch.eye(3, dtype=gram.dtype)).abs() < 1e-5).all())
        require(orthonormal, "vectors", gram.tolist(), "three orthonormal directions")
        require(len(self.axes) == 3, "axes", self.axes, "three names")
        require(self.extent > 0, "extent", self.extent, "positive")
        object.__setattr__(self, "vectors", page_precision(self.vectors))
        object.__setattr__(self, "centre", page_precision(self.centre))

    @classmethod
    def along(
        cls,
        directions: Tensor,
        axes: tuple[str, str, str],
        states: Tensor,
        shown: Tensor | None = None,
        label: str = "chosen axes",
    ) -> "Basis":
        """Return the basis that Gram and Schmidt make of three directions, centred on some states.

        Parameters
        ----------
        directions : Tensor, shape (3, neuron)
            The first is kept; of the others, what is perpendicular to those before.
        axes, label
            As in `Basis`.
        states : Tensor, shape (..., neuron)
            Their mean is the centre.
        shown : Tensor, shape (point, neuron), optional
            Further states for which the view must be wide enough.

        Raises
        ------
        ValueError
            If the directions depend on each other.
        """
        states = states.double().flatten(0, -2)
        q, r = torch.linalg.qr(directions.double().mT)
        independent = bool((r.diagonal().abs() > 1e-6 * r.abs().max()).all())
        require(independent, "directions", "three that depend on each other", "linearly independent")
        vectors, centre = (q * r.diagonal().sign()).mT, states.mean(0)
        held = states if shown is None else torch.cat([states, shown.double()])
        extent = MARGIN * ((held - centre) @ vectors.mT).abs().max().item()
        return cls(vectors, centre, axes, extent, label)

    @classmethod
    def principal(cls, states: Tensor, shown: Tensor | None = None) -> "Basis":
        """Return the first three principal components of some states, with their share of the variance.

        Parameters
        ----------
        states : Tensor, shape (..., neuron)
        shown
            As in `along`.
        """
        size, rows = principal_components(states)
        share = (size**2 / (size**2).sum()).tolist()
        largest = rows[:3].gather(1, rows[:3].abs().argmax(1, keepdim=True))
        names = [f"PC {k + 1} ({100 * share[k]:.0f} %)" for k in range(3)]
        directions = rows[:3] * largest.sign()
        return cls.along(directions, (*names,), states, shown, "principal components")  # type: ignore[arg-type]

    @classmethod
    def of_outputs(cls, network: ModulatedNetwork, states: Tensor, shown: Tensor | None = None) -> "Basis":
        """Return what the outputs cos, sin and fixation read, made perpendicular in this order.

        Parameters
        ----------
        network : ModulatedNetwork
            With the vector readout.
        states, shown
            As in `along`.
        """
        directions = network.tensors["W_out"][[1, 2, 0]]
        axes = ("read as cos", "read as sin", "read as fixation")
        return cls.along(directions, axes, states, shown, "what the outputs read")

    def project(self, states: Tensor) -> Tensor:
        """Return the coordinates (..., 3) of states (..., neuron)."""
        return (states - self.centre) @ self.vectors.mT

    def state(self, coordinates: Tensor) -> Tensor:
        """Return the states (..., neuron) in the space of the basis that have these coordinates (..., 3)."""
        return self.centre + coordinates @ self.vectors
