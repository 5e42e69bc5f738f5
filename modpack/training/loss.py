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
    dynamics = network.under(batch.contexts)
    states = dynamics.simulate(batch.patterns, batch.epoch_index, batch.noise, batch.state)
    *networks, contexts, trials = states.shape[1:-1]
    several = dynamics.W_out.ndim - len(networks) == 3  # readouts, one for each context
    groups = contexts if several else 1
    rows = contexts * trials // groups

    def by_group(x: Tensor) -> Tensor:
        return x.reshape(len(states), -1, groups, rows, x.shape[-1])

    targets, weights = (by_group(_at_steps(x, batch.epoch_index)) for x in (batch.targets, batch.weights))
    weights = weights / (contexts * trials * weights.sum(dim=(0, -1), keepdim=True))
    W_out = dynamics.W_out.reshape(-1, groups, *dynamics.W_out.shape[-2:])
    b_out = dynamics.b_out.reshape(-1, groups, 1, dynamics.b_out.shape[-1])
    is_sigmoid = dynamics.output == "sigmoid"
    loss: Tensor = _Loss.apply(by_group(states), W_out, b_out, targets, weights, penalty, is_sigmoid)
    return loss.reshape(networks)


def _at_steps(patterns: Tensor, epoch_index: Tensor) -> Tensor:
    """Return what holds in every epoch, (epoch, ..., output), at every step of epoch_index (time, ...)."""
    return patterns.gather(0, epoch_index.unsqueeze(-1).expand(*epoch_index.shape, patterns.shape[-1]))


class _Loss(torch.autograd.Function):
    """Readout and loss on axes (time, network, group, row, neuron or output); gradients are made with them.

    The rows of a group have one readout. One pass over the states gives their gradient, where automatic
    differentiation takes five.
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
        flat = states.reshape(-1, rows, n)
        readouts = W_out.expand(steps, *W_out.shape).reshape(-1, *W_out.shape[2:])
        outputs = (flat @ readouts.mT).view(*states.shape[:-1], -1) + b_out
        if is_sigmoid:
            outputs.sigmoid_()
        error = outputs - targets
        gradient = 2 * weights * error  # of the loss by the outputs
        share = penalty * networks / states.numel()
        activity = torch.linalg.vector_norm(states, dim=(0, 2, 3, 4)).square()
        loss = (gradient * error).sum(dim=(0, 2, 3, 4)) / 2 + share * activity
        if is_sigmoid:
            gradient *= outputs * (1 - outputs)
        by_output = gradient.reshape(-1, rows, gradient.shape[-1])
        grad_states = torch.baddbmm(flat, by_output, readouts, beta=2 * share).view_as(states)
        grad_W = (by_output.mT @ flat).view(steps, *W_out.shape).sum(dim=0)
        ctx.save_for_backward(grad_states, grad_W, gradient.sum(dim=(0, 3)).unsqueeze(-2))
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        gradients = ctx.saved_tensors
        if not bool((grad == 1).all()):  # as it is for the sum of the losses
            gradients = tuple(x * grad[:, None, None, None] for x in gradients)
        return *gradients, None, None, None, None
