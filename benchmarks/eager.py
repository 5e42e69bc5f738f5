"""What training steps are compared with: loops over time by automatic differentiation, naive and careful.

Both loops run the network that the contexts compile to, with dense inputs and targets made beforehand. The
naive one does in every step what the equation says. The careful one is what a reader of PyTorch's manual
makes of it in twenty lines: inputs, biases and noise of all steps in one product, slopes once into the
weights, ``addmm`` and ``lerp``, fused Adam. Either is trained by Adam alone, or by the whole recipe (clipped
gradients, Muon and Adam) with PyTorch's own parts.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from modpack.dynamics import Dynamics
from modpack.network import ModulatedNetwork
from modpack.tasks import Trials

Loop = Callable[[Dynamics, Tensor, Tensor, bool], Tensor]
"""Dynamics, inputs and noise (time, context, trial, ...), and whether slopes differ from 1 -> states."""


def naive(dynamics: Dynamics, inputs: Tensor, noise: Tensor, has_slope: bool) -> Tensor:
    """Return the states (time, context, trial, neuron), step by step as the equation is written."""
    W, W_in, alpha = _shared(dynamics.W), dynamics.W_in, dynamics.alpha
    b, slope = dynamics.b.unsqueeze(-2), dynamics.slope.unsqueeze(-2)
    r, states = torch.zeros_like(noise[0]), []
    for u, xi in zip(inputs, noise, strict=True):
        a = r @ W.mT + u @ W_in.mT + b
        a = slope * a + xi if has_slope else a + xi
        r = (1 - alpha) * r + alpha * functional.softplus(a)
        states.append(r)
    return torch.stack(states)


def careful(dynamics: Dynamics, inputs: Tensor, noise: Tensor, has_slope: bool) -> Tensor:
    """Return the states (time, context, trial, neuron) with little left to do in each step."""
    W, drive = dynamics.W, inputs @ dynamics.W_in.mT + dynamics.b.unsqueeze(-2)
    if has_slope:
        W, drive = dynamics.effective_W, dynamics.slope.unsqueeze(-2) * drive
    W, drive = _shared(W).mT, drive + noise
    product = torch.baddbmm
    if W.ndim == 2:
        product, drive = torch.addmm, drive.flatten(1, 2)
    r, states = torch.zeros_like(drive[0]), []
    for x in drive.unbind():
        r = torch.lerp(r, functional.softplus(product(x, r, W)), dynamics.alpha)
        states.append(r)
    return torch.stack(states).view(noise.shape)


def _shared(W: Tensor) -> Tensor:
    """Return W (context, neuron, neuron) without its context axis where all contexts have one."""
    return W[0] if len(W) == 1 else W


def eager_step(
    network: ModulatedNetwork, trials: Trials, noise: Tensor, penalty: float, loop: Loop, recipe: bool
) -> Callable[[], Tensor]:
    """Return a training step of a loop that gives the loss.

    Parameters
    ----------
    network : ModulatedNetwork
    trials : Trials
    noise : Tensor, shape (time, task, trial, neuron)
    penalty : float
        Weight of the mean squared rate.
    loop : callable
        ``naive`` or ``careful``.
    recipe : bool
        Whether to train by the whole recipe or by Adam alone.
    """
    leaves = {name: network.tensors[name].clone().requires_grad_() for name in network.trained}
    network = replace(network, tensors=network.tensors | leaves)
    names = [task.name for task in trials.tasks]
    has_slope = bool((network.under(names).slope != 1).any())
    inputs, targets, weights = trials.dense_inputs(), trials.dense_targets(), trials.dense_weights()
    weights = weights / (weights[0, ..., 0].numel() * weights.sum(dim=(0, -1), keepdim=True))
    optimisers = _optimisers(leaves, recipe, fused=loop is careful)

    def step() -> Tensor:
        for optimiser in optimisers:
            optimiser.zero_grad()
        dynamics = network.under(names)
        states = loop(dynamics, inputs, noise, has_slope)
        error = weights * (dynamics.readout(states) - targets) ** 2
        loss = error.sum() + penalty * (states**2).mean()
        loss.backward()
        if recipe:
            torch.nn.utils.clip_grad_norm_(leaves.values(), 1.0)
        for optimiser in optimisers:
            optimiser.step()
        return loss.detach()

    return step


def _optimisers(leaves: dict[str, Tensor], recipe: bool, fused: bool) -> list[torch.optim.Optimizer]:
    by_muon = {name: x for name, x in leaves.items() if recipe and name in ("W", "W_in")}
    others = [x for name, x in leaves.items() if name not in by_muon]
    optimisers: list[torch.optim.Optimizer] = [torch.optim.Adam(others, lr=1e-4, fused=fused)]
    if recipe:
        optimisers += [torch.optim.Muon(by_muon.values(), lr=1e-4, momentum=0.95, weight_decay=0.0)]
    return optimisers
