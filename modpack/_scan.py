r"""The scan over time with a hand-written gradient.

One pass of :math:`r_{t+1} = (1-\alpha) r_t + \alpha h \odot \phi(W r_t + p_{e(t)} + \xi_t)`, where p is the
drive of every epoch and e(t) the epoch of step t. Because trials are piecewise constant, the input is
projected once per epoch and gathered per step; the gradient goes back the same way. Slopes are in W and p.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from modpack.activations import Activation

BLOCK = 10  # time steps whose gradients are summed at once, few enough to stay in the cache


def scan(
    W: Tensor,
    drive: Tensor,
    epoch_index: Tensor,
    noise: Tensor | None,
    state: Tensor,
    gate: Tensor | None,
    phi: Activation,
    alpha: float,
) -> Tensor:
    """Return the states after every step.

    Parameters
    ----------
    W : Tensor, shape ([network], context or 1, neuron, neuron)
    drive : Tensor, shape (epoch, [network], context, trial, neuron)
    epoch_index : Tensor of int64, shape (time, [network], context, trial)
        Without a network axis, the same for all networks.
    noise : Tensor, shape (time, [network], context, trial, neuron), or None
    state : Tensor, shape ([network], context, trial, neuron)
    gate : Tensor, shape ([network], context or 1, neuron), or None
    phi : Activation
    alpha : float

    Returns
    -------
    Tensor, shape (time, [network], context, trial, neuron)
    """
    batch = drive.shape[1:]
    n = batch[-1]
    groups = W.shape[:-2].numel()  # one matrix product per group: a context, or a network with one W for all
    rows = batch[:-1].numel() // groups
    index = epoch_index[:, None] if epoch_index.ndim < len(batch) else epoch_index
    index = index.expand(-1, *batch[:-1])
    states = _Scan.apply(
        W.reshape(groups, n, n),
        drive.reshape(-1, groups, rows, n),
        index.reshape(-1, groups * rows),
        None if noise is None else noise.reshape(-1, groups, rows, n),
        state.expand(batch).reshape(groups, rows, n),
        None if gate is None else gate.unsqueeze(-2).expand(batch).reshape(groups, rows, n),
        phi,
        alpha,
    )
    return states.reshape(-1, *batch)


class _Scan(torch.autograd.Function):
    """The loop itself on axes (time, group, row, neuron)."""

    @staticmethod
    def forward(
        ctx: Any,
        W: Tensor,
        drive: Tensor,
        index: Tensor,
        noise: Tensor | None,
        state: Tensor,
        gate: Tensor | None,
        phi: Activation,
        alpha: float,
    ) -> Tensor:
        groups, rows, n = state.shape
        flat = index * (groups * rows) + torch.arange(groups * rows, device=index.device)
        total = drive.reshape(-1, n).index_select(0, flat.reshape(-1)).view(-1, groups, rows, n)
        if noise is not None:
            total += noise
        states = total.new_empty(len(total) + 1, groups, rows, n)
        states[0] = state
        W_transposed = W.mT
        for r, r_next, a in zip(states[:-1].unbind(), states[1:].unbind(), total.unbind(), strict=True):
            a.baddbmm_(r, W_transposed)
            rate = phi.value(a)
            torch.lerp(r, rate if gate is None else rate * gate, alpha, out=r_next)
        ctx.save_for_backward(W, states, total, flat, gate)
        ctx.phi, ctx.alpha, ctx.drive_shape = phi, alpha, drive.shape
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_states: Tensor) -> tuple[Tensor | None, ...]:
        W, states, total, flat, gate = ctx.saved_tensors
        n = total.shape[-1]
        grad = torch.zeros_like(states[0])
        grad_W = torch.zeros_like(W)
        grad_drive = grad.new_zeros(ctx.drive_shape).view(-1, n)
        grad_noise = torch.empty_like(total) if ctx.needs_input_grad[3] else None
        grad_gate = torch.zeros_like(grad) if ctx.needs_input_grad[5] else None
        upstream = grad_states.unbind()
        for stop in range(len(total), 0, -BLOCK):
            block = slice(max(0, stop - BLOCK), stop)
            grad_a = ctx.phi.derivative(total[block]) * (ctx.alpha if gate is None else ctx.alpha * gate)
            for t, grad_step in reversed(list(enumerate(grad_a.unbind(), start=block.start))):
                grad += upstream[t]
                if grad_gate is not None:
                    grad_gate.addcmul_(grad, ctx.phi.value(total[t]), value=ctx.alpha)
                grad_step *= grad
                grad.baddbmm_(grad_step, W, beta=1 - ctx.alpha)
            grad_W.baddbmm_(_by_group(grad_a).mT, _by_group(states[block]))
            grad_drive.index_add_(0, flat[block].flatten(), grad_a.view(-1, n))
            if grad_noise is not None:
                grad_noise[block] = grad_a
        return grad_W, grad_drive.view(ctx.drive_shape), None, grad_noise, grad, grad_gate, None, None


def _by_group(x: Tensor) -> Tensor:
    """Return x (time, group, row, neuron) as (group, time and row, neuron)."""
    return x.transpose(0, 1).flatten(1, 2)
