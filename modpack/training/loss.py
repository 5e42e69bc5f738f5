"""The loss: weighted squared error of the outputs and a penalty on activity."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from modpack.network import ModulatedNetwork
from modpack.training.data import Batch


def loss_of(network: ModulatedNetwork, batch: Batch, penalty: float) -> Tensor:
    """Return the loss of every network: weighted mean squared error plus penalty times the mean squared rate.

    Parameters
    ----------
    network : ModulatedNetwork
    batch : Batch
    penalty : float

    Returns
    -------
    Tensor, shape ([network],)
    """
    dynamics = network.under(batch.contexts)
    states = dynamics.simulate(batch.patterns, batch.epoch_index, batch.noise, batch.state)
    outputs = dynamics.readout(states)
    targets, weights = (_at_steps(x, batch.epoch_index) for x in (batch.targets, batch.weights))
    if targets.ndim < outputs.ndim:
        targets, weights = targets.unsqueeze(1), weights.unsqueeze(1)
    error = weights * (outputs - targets) ** 2
    return error.mean(dim=(0, -3, -2, -1)) + penalty * mean_square(states)


def _at_steps(patterns: Tensor, epoch_index: Tensor) -> Tensor:
    """Return what holds in every epoch, (epoch, ..., output), at every step of epoch_index (time, ...)."""
    return patterns.gather(0, epoch_index.unsqueeze(-1).expand(*epoch_index.shape, patterns.shape[-1]))


def mean_square(states: Tensor) -> Tensor:
    """Return the mean square of states (time, [network], context, trial, neuron), shape ([network],).

    Its gradient is a single pass over the states, where that of their norm or of their squares takes three.
    """
    return _MeanSquare.apply(states)


class _MeanSquare(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, states: Tensor) -> Tensor:
        ctx.save_for_backward(states)
        norm = torch.linalg.vector_norm(states, dim=(0, -3, -2, -1))
        return norm**2 * (norm.numel() / states.numel())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (states,) = ctx.saved_tensors
        return states * (2 * grad * grad.numel() / states.numel())[..., None, None, None]
