"""Pointwise nonlinearities of neurons and of outputs, by name."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Activation:
    """A pointwise nonlinearity phi and its first two derivatives, as functions of the total input a.

    `far` is what phi looks like from far away, the limit of phi(s a) / s for large s.
    """

    value: Callable[[Tensor], Tensor]
    derivative: Callable[[Tensor], Tensor]
    curvature: Callable[[Tensor], Tensor]
    far: Callable[[Tensor], Tensor]


SOFTPLUS_THRESHOLD = 40.0
"""Above this softplus is the identity; the default of 20 would cost 2e-9 of accuracy in float64."""


def _softplus(a: Tensor) -> Tensor:
    return functional.softplus(a, threshold=SOFTPLUS_THRESHOLD)


def _sigmoid_slope(a: Tensor) -> Tensor:
    s = torch.sigmoid(a)
    return (1 - s) * s


def _tanh_curvature(a: Tensor) -> Tensor:
    t = torch.tanh(a)
    return -2 * t * (1 - t * t)


ACTIVATIONS: dict[str, Activation] = {
    "softplus": Activation(_softplus, torch.sigmoid, _sigmoid_slope, torch.relu),
    "tanh": Activation(torch.tanh, lambda a: 1 - torch.tanh(a) ** 2, _tanh_curvature, torch.zeros_like),
    "relu": Activation(torch.relu, lambda a: (a > 0).to(a.dtype), torch.zeros_like, torch.relu),
    "identity": Activation(torch.clone, torch.ones_like, torch.zeros_like, torch.clone),
}
"""Nonlinearities of neurons."""

OUTPUTS: dict[str, Callable[[Tensor], Tensor]] = {"linear": lambda y: y, "sigmoid": torch.sigmoid}
"""Nonlinearities of outputs."""
