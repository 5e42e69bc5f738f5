"""Families: networks along a path of contexts or of inputs, as one vector field F(r, lam)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd.functional import jvp

from modpack._checks import require
from modpack.context import mix
from modpack.dynamics import Dynamics
from modpack.modulation import Contexts, PartContexts
from modpack.network import ContextLike, ModulatedNetwork

END_TOLERANCE = 1e-12
"""How far, as a fraction of the path, a position may lie beyond its ends by rounding."""


class LeftDomain(ValueError):
    """The path has no network there; the message says why."""


class Linearisation(NamedTuple):
    """The vector field and its derivatives at one point.

    Attributes
    ----------
    field : Tensor, shape (neuron,)
        F(r, lam).
    jacobian : Tensor, shape (neuron, neuron)
        dF/dr.
    derivative : Tensor, shape (neuron,)
        dF/dlam.
    alpha : float
        dt / tau, the size of a time step.
    """

    field: Tensor
    jacobian: Tensor
    derivative: Tensor
    alpha: float

    @property
    def extended(self) -> Tensor:
        """The derivative by (r, lam), shape (neuron, neuron + 1)."""
        return torch.cat([self.jacobian, self.derivative[:, None]], dim=1)


@dataclass(frozen=True, eq=False)
class Family:
    """Networks along a path: a problem, and which of its parameters varies.

    Parameters
    ----------
    at : callable
        Takes the position lam on the path, a float64 tensor without axes, and returns the `Dynamics` of one
        context and its constant input u, shape (channel,), both in float64 and differentiable in lam. It
        raises a ValueError where the path has no network.
    low, high : float
        The ends of the path, finite, ``low < high``.
    push : callable, optional
        Takes the `Dynamics` at a position, rates r, shape (neuron,), and the input there, and returns
        dF/dlam, shape (neuron,), if that is known; by default it is found by automatic differentiation.
    """

    at: Callable[[Tensor], tuple[Dynamics, Tensor]]
    low: float = 0.0
    high: float = 1.0
    push: Callable[[Dynamics, Tensor, Tensor], Tensor] | None = None

    def __post_init__(self) -> None:
        finite = math.isfinite(self.low) and math.isfinite(self.high)
        require(
            finite and self.low < self.high, "low, high", (self.low, self.high), "finite and in this order"
        )

    @property
    def span(self) -> float:
        """Length of the path, high - low."""
        return self.high - self.low

    def compile(self, lam: Tensor | float) -> tuple[Dynamics, Tensor]:
        """Return the dynamics and the input at one position of the path.

        Raises
        ------
        LeftDomain
            Outside ``[low, high]``, and where the path itself says that it has no network.
        ValueError
            If the path gives several contexts, an ensemble, or single precision.
        """
        position = torch.as_tensor(lam, dtype=torch.float64)
        beyond = max(self.low - position.detach().item(), position.detach().item() - self.high)
        if not beyond <= END_TOLERANCE * self.span:
            raise LeftDomain(f"{position.detach().item():.6g} lies outside [{self.low:g}, {self.high:g}]")
        try:
            dynamics, u = self.at(position)
        except ValueError as error:
            raise LeftDomain(str(error)) from error
        single = dynamics.W.ndim == 3 and dynamics.n_contexts == 1
        require(single, "at", "a batch of dynamics", "a path of single networks under one context each")
        double = dynamics.W.dtype == dynamics.b.dtype == u.dtype == torch.float64
        require(double, "at", "a path in single precision", "in float64, as rounded networks have no tangent")
        return dynamics, u

    def field(self, r: Tensor, lam: Tensor | float) -> Tensor:
        """Return F(r, lam), shape (neuron,)."""
        dynamics, u = self.compile(lam)
        return dynamics.field(r[None, None], u[None, None])[0, 0]

    def jacobian(self, r: Tensor, lam: Tensor | float) -> Tensor:
        """Return dF/dr, shape (neuron, neuron)."""
        dynamics, u = self.compile(lam)
        return dynamics.jacobian(r[None, None], u[None, None])[0, 0]

    def derivative(self, r: Tensor, lam: Tensor | float) -> Tensor:
        """Return dF/dlam, shape (neuron,)."""
        if self.push is not None:
            dynamics, u = self.compile(lam)
            return self.push(dynamics, r, u)
        # Reverse mode twice: exact as forward mode is, and several times faster for these small arrays.
        position = torch.as_tensor(lam, dtype=torch.float64)
        return jvp(lambda at: self.field(r, at), position, torch.ones_like(position))[1]

    def linearise(self, r: Tensor, lam: Tensor | float) -> Linearisation:
        """Return the vector field and its derivatives at one point, see `Linearisation`."""
        with torch.no_grad():
            dynamics, u = self.compile(lam)
            field = dynamics.field(r[None, None], u[None, None])[0, 0]
            jacobian = dynamics.jacobian(r[None, None], u[None, None])[0, 0]
        return Linearisation(field, jacobian, self.derivative(r, lam), dynamics.alpha)

    def curvature(self, r: Tensor, lam: Tensor | float, v: Tensor) -> Tensor:
        """Return the second derivative d2F/dr2 [v, v] along a direction v, shape (neuron,)."""
        zero = torch.zeros((), dtype=r.dtype, device=r.device)
        return jvp(lambda t: self.jacobian(r + t * v, lam) @ v, zero, torch.ones_like(zero))[1]


def context_path(
    network: ModulatedNetwork,
    path: Callable[[Tensor], Contexts],
    u: Tensor,
    low: float = 0.0,
    high: float = 1.0,
) -> Family:
    """Return a network along any path of contexts, under a constant input.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network; used in float64.
    path : callable
        Takes the position lam, a float64 tensor without axes, and returns a context in float64, shape (d,),
        or `PartContexts`. For instance ``lambda lam: fade(code["fdgo"].double(), lam)``.
    u : Tensor, shape (channel,)
    low, high : float
        The ends of the path.

    Raises
    ------
    ValueError
        If `network` is an ensemble, `u` has another length, or the path is in single precision.
    """
    network.require_single()
    network = network.to(torch.float64)
    u = u.to(network.tensors["b"])
    channels = network.tensors["W_in"].shape[-1]
    require(u.shape == (channels,), "u", tuple(u.shape), f"of shape ({channels},)")
    first = path(torch.tensor(low, dtype=torch.float64))
    double = all(c.dtype == torch.float64 for c in _parts(first))
    require(double, "path", "a path in single precision", "made of float64 contexts: use code[task].double()")

    def at(lam: Tensor) -> tuple[Dynamics, Tensor]:
        contexts = path(lam)
        network.modulation.check(contexts)
        return network.under(contexts), u

    return Family(at, low, high)


def mix_path(network: ModulatedNetwork, a: ContextLike, b: ContextLike, u: Tensor) -> Family:
    """Return a network on the straight way from context `a` (lam = 0) to context `b` (lam = 1).

    Parameters
    ----------
    network : ModulatedNetwork
        A single network; used in float64.
    a, b : str, Tensor of shape (d,), or PartContexts
        One context each.
    u : Tensor, shape (channel,)

    Raises
    ------
    ValueError
        As for `context_path`, and for an unknown task.
    """
    start, stop = (network.to(torch.float64).contexts(c) for c in (a, b))
    if isinstance(start, Tensor) and isinstance(stop, Tensor):
        return context_path(network, partial(mix, start, stop), u)
    ends = list(zip(*map(network.modulation.split, (start, stop)), strict=True))
    return context_path(network, lambda lam: PartContexts(*(mix(x, y, lam) for x, y in ends)), u)


def input_path(dynamics: Dynamics, u0: Tensor, u1: Tensor) -> Family:
    """Return one network on the straight way from input `u0` (lam = 0) to input `u1` (lam = 1).

    Parameters
    ----------
    dynamics : Dynamics
        Of one context; used in float64.
    u0, u1 : Tensor, shape (channel,)
    """
    dynamics = dynamics.to(torch.float64)
    start, stop = u0.to(dynamics.W), u1.to(dynamics.W)
    return Family(lambda lam: (dynamics, mix(start, stop, lam)))


def _parts(contexts: Contexts) -> tuple[Tensor, ...]:
    """Return the contexts of all parts that are told apart."""
    return tuple(contexts) if isinstance(contexts, PartContexts) else (contexts,)
