"""A network that remembers three bits, trained in seconds: the standard example of many fixed points.

Each of three channels carries rare pulses of +1 or -1; each of three outputs has to hold the sign of the last
pulse in its channel (Sussillo and Barak 2013, doi:10.1162/NECO_a_00409). A trained network rests in 3**3
points, one for each way to hold -1, +1 or neither in the three channels. A point with k undecided channels
has k unstable modes: 8 stable points, and 12, 6 and 1 saddles with one, two and three unstable modes.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor

from modpack.dynamics import Dynamics

N_BITS = 3


@dataclass(frozen=True)
class FlipFlop:
    """A trained network, the states it visited in fresh trials, and how often its outputs were right."""

    dynamics: Dynamics
    states: Tensor
    accuracy: float


def train(n_neurons: int, seed: int, n_updates: int = 600) -> FlipFlop:
    """Train a leaky softplus network as the book's networks are trained, with Muon and Adam."""
    generator = Generator().manual_seed(seed)
    network, matrices, rest = _untrained(n_neurons, generator)
    optimisers = [
        torch.optim.Muon(matrices.values(), lr=0.02, momentum=0.95, weight_decay=0.0),
        torch.optim.Adam(rest.values(), lr=5e-3),
    ]
    schedules = [torch.optim.lr_scheduler.LambdaLR(x, lambda k: _rate(k / n_updates)) for x in optimisers]
    weights = matrices | rest
    for _ in range(n_updates):
        states, outputs, targets = _run(_with(network, weights), 60, 32, generator)
        loss = (outputs - targets).square().mean() + 1e-4 * states.square().mean()
        for x in optimisers:
            x.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights.values(), 1.0)
        for x in (*optimisers, *schedules):
            x.step()
    trained = _with(network, {name: x.detach() for name, x in weights.items()})
    states, outputs, targets = _run(trained, 100, 64, generator)
    right = (outputs.sign() == targets)[10:].float().mean()
    return FlipFlop(trained, states, right.item())


def _untrained(n: int, generator: Generator) -> tuple[Dynamics, dict[str, Tensor], dict[str, Tensor]]:
    """Return a network, and its weights: the matrices for Muon, and the rest for Adam."""

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    matrices = {"W": 0.5 * torch.eye(n) + 0.8 * normal(n, n) / n**0.5, "W_in": normal(n, N_BITS)}
    rest = {"b": torch.zeros(1, n), "W_out": normal(N_BITS, n) / n**0.5, "b_out": torch.zeros(N_BITS)}
    for x in (matrices | rest).values():
        x.requires_grad_()
    fixed = {"slope": torch.ones(1, n), "gate": None, "activation": "softplus", "output": "linear"}
    network = Dynamics(**_in_one_context(matrices), **rest, **fixed, dt=50.0, tau=100.0, sigma_rec=0.05)
    return network, matrices, rest


def _with(network: Dynamics, weights: dict[str, Tensor]) -> Dynamics:
    """Return the network with these weights."""
    return replace(network, **_in_one_context(weights))


def _in_one_context(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return weights | {"W": weights["W"][None]}


def _rate(progress: float) -> float:
    """Return the factor of the learning rates: a linear warm-up, then a cosine."""
    return min(1.0, 10 * progress + 0.01) * (1 + math.cos(math.pi * progress)) / 2


def _run(
    network: Dynamics, n_steps: int, n_trials: int, generator: Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Return states, outputs and targets of fresh trials."""
    inputs, targets = _pulses(n_steps, n_trials, generator)
    index = torch.arange(n_steps)[:, None, None].expand(n_steps, 1, n_trials)
    noise = network.noise((n_steps, 1, n_trials, network.W_in.shape[0]), generator)
    states = network.simulate(inputs, index, noise)
    return states, network.readout(states), targets


def _pulses(n_steps: int, n_trials: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """Return inputs and targets, shape (time, context, trial, channel); all channels begin with a pulse."""
    shape = (n_steps, 1, n_trials, N_BITS)
    on = torch.rand(shape, generator=generator) < 0.04
    on[0] = True
    sign = 2.0 * torch.randint(2, shape, generator=generator) - 1
    last = (on * torch.arange(n_steps)[:, None, None, None]).cummax(0).values
    return on * sign, sign.gather(0, last)
