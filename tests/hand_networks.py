"""Networks built by hand, whose fixed points are known."""

import math

import torch

from modpack.dynamics import Dynamics


def hand_built(W, b=0.0, slope=1.0, gate=None, activation="softplus", dt=40.0, tau=100.0):
    """Return a network of one context in float64 whose input is added to the total input of each neuron."""
    W = torch.as_tensor(W, dtype=torch.float64)
    n = len(W)

    def each(x):
        return torch.as_tensor(x, dtype=torch.float64).expand(1, n).clone()

    return Dynamics(
        W=W[None],
        W_in=torch.eye(n, dtype=torch.float64),
        b=each(b),
        slope=each(slope),
        gate=None if gate is None else each(gate),
        W_out=torch.eye(n, dtype=torch.float64),
        b_out=torch.zeros(n, dtype=torch.float64),
        activation=activation,
        output="linear",
        dt=dt,
        tau=tau,
        sigma_rec=0.0,
    )


def silence(dynamics):
    """Return the input zero."""
    return torch.zeros(dynamics.W_in.shape[-1], dtype=torch.float64)


def fold_of_one_unit(g, w):
    """Return rate and bias at which the fixed points of one softplus unit meet: F = 0 and g w phi'(a) = 1."""
    rate = math.log(g * w / (g * w - 1))
    return rate, -math.log(g * w - 1) / g - w * rate


def ring(n=32, strength=1.3):
    """Return a ring attractor: tanh neurons whose weights are the cosine of the difference of their angles.

    Its state is A cos(angle - position); for a small amplitude, where tanh is smooth, the n neurons are as
    good as a continuum of them.
    """
    angle = torch.arange(n, dtype=torch.float64) * 2 * math.pi / n
    return hand_built(strength * 2 / n * torch.cos(angle[:, None] - angle), activation="tanh")


def random_network(n, seed, activation="tanh", scale=1.5, **more):
    generator = torch.Generator().manual_seed(seed)
    W = scale * torch.randn(n, n, generator=generator, dtype=torch.float64) / n**0.5
    b = 0.3 * torch.randn(n, generator=generator, dtype=torch.float64)
    return hand_built(W, b, activation=activation, **more)


def random_states(n_states, n, seed, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(n_states, n, generator=generator, dtype=torch.float64)
