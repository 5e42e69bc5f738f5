"""The loss: weighted squared error of the outputs and a penalty on activity."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from modpack.network import ModulatedNetwork
from modpack.training.data import Batch


def loss_of(network: ModulatedNetwork, batch: Batch, penalty: float) -> Tensor:
    r"""Return the loss of every network.

    The squared error is averaged over steps and outputs with the weights of each trial, and then over trials,
    so that all trials count the same, however long they are; the mean squared rate is added:
    :math:`\langle \sum_{t,o} w (y - y^*)^2 / \sum_{t,o} w \rangle + \lambda \langle r^2 \rangle`.

    Parameters
    ----------
    network : ModulatedNetwork
    batch : Batch
    penalty : float
        lambda.

    Returns
    -------
    Tensor, shape ([network],)
    """
    return loss_and_state(network, batch, penalty)[0]


def loss_and_state(network: ModulatedNetwork, batch: Batch, penalty: float) -> tuple[Tensor, Tensor]:
    """Return the loss of every network, see `loss_of`, and the states after the last time step."""
    dynamics = network.under(batch.contexts)
    states = dynamics.simulate(batch.patterns, batch.epoch_index, batch.noise, batch.state)
    *networks, contexts, trials = states.shape[1:-1]
    several = dynamics.W_out.ndim - len(networks) == 3  # readouts, one for each context
    groups = contexts if several else 1
    rows = contexts * trials // groups

    def by_group(x: Tensor) -> Tensor:
        return x.reshape(len(states), -1, groups, rows, x.shape[-1])

    shown = (by_group(_at_steps(x, batch.epoch_index)) for x in (batch.targets, batch.weights))
    targets, weights = (x.mT.contiguous() for x in shown)
    weights = weights / (contexts * trials * weights.sum(dim=(0, -2), keepdim=True))
    W_out = dynamics.W_out.reshape(-1, groups, *dynamics.W_out.shape[-2:])
    b_out = dynamics.b_out.reshape(-1, groups, dynamics.b_out.shape[-1], 1)
    is_sigmoid = dynamics.output == "sigmoid"
    loss: Tensor = _Loss.apply(by_group(states), W_out, b_out, targets, weights, penalty, is_sigmoid)
    return loss.reshape(networks), states[-1]


def _at_steps(patterns: Tensor, epoch_index: Tensor) -> Tensor:
    """Return what holds in every epoch, (epoch, ..., output), at every step of epoch_index (time, ...)."""
    return patterns.gather(0, epoch_index.unsqueeze(-1).expand(*epoch_index.shape, patterns.shape[-1]))


class _Loss(torch.autograd.Function):
    """Readout and loss on axes (time, network, group, row, neuron), and (..., output, row) for outputs.

    The rows of a group have one readout. One pass over the states gives their gradient, where automatic
    differentiation takes five. Products with few outputs are fastest where the row is the last axis.
    """

    @staticmethod
    def forward(
        ctx: Any,
        states: Tensor,
        W_out: Tensor,
        b_out: Tensor,
        targets: Tensor,
        weights: Tensor,
        penalty: float,
        is_sigmoid: bool,
    ) -> Tensor:
        steps, networks, _, rows, n = states.shape
        readouts = W_out.expand(steps, *W_out.shape).reshape(-1, *W_out.shape[2:])
        outputs = readouts @ states.reshape(-1, rows, n).mT
        outputs = outputs.view(*states.shape[:3], -1, rows) + b_out
        if is_sigmoid:
            outputs.sigmoid_()
        error = outputs - targets
        gradient = weights * error  # half of that of the loss by the outputs
        share = penalty * networks / states.numel()
        activity = torch.linalg.vector_norm(states.flatten(2), dim=-1).square().sum(dim=0)
        loss = (gradient * error).sum(dim=(0, 2, 3, 4)) + share * activity
        if is_sigmoid:
            gradient *= outputs * (1 - outputs)
        ctx.save_for_backward(states, readouts, gradient)
        ctx.share = share
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        states, readouts, gradient = ctx.saved_tensors
        steps, *groups, rows, n = states.shape
        double = (2 * grad).view(-1, 1, 1, 1)
        gradient = double * gradient
        by_output = gradient.view(-1, gradient.shape[-2], rows)
        grad_states = (ctx.share * double * states).view(-1, rows, n).baddbmm_(by_output.mT, readouts)
        grad_W = (by_output @ states.reshape(-1, rows, n)).view(steps, *groups, -1, n).sum(dim=0)
        grad_b = gradient.sum(dim=(0, -1)).unsqueeze(-1)
        return grad_states.view_as(states), grad_W, grad_b, None, None, None, None
