"""Small families of networks, known in closed form, and how tests follow their branches: always checked."""

import math

import torch
from branch_invariants import check_branch, check_diagram
from small_networks import normal
from torch import Tensor

from modpack.dynamics import Dynamics
from modpack.fixedpoints import (
    Branch,
    Diagram,
    Family,
    continue_branch,
    find,
    follow,
)

ALPHA = 0.4
NO_INPUT = torch.zeros(1, dtype=torch.float64)
ONE_UNIT_STARTS = torch.linspace(-3, 6, 40, dtype=torch.float64)[:, None]


def double(values: object) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float64)


def ordinary(W: object, b: object = 0.0, slope: object = 1.0, activation: str = "softplus") -> Dynamics:
    """A network of one context whose single input channel does nothing; differentiable in W, b and slope."""
    W = double(W)[(None,) * (3 - double(W).ndim)]
    n = W.shape[-1]
    return Dynamics(
        W=W,
        W_in=torch.zeros(n, 1, dtype=torch.float64),
        b=double(b).expand(1, n),
        slope=double(slope).expand(1, n),
        gate=None,
        W_out=torch.ones(1, n, dtype=torch.float64),
        b_out=torch.zeros(1, dtype=torch.float64),
        activation=activation,
        output="linear",
        dt=100 * ALPHA,
        tau=100.0,
        sigma_rec=0.0,
    )


def family(network, low: float = 0.0, high: float = 1.0) -> Family:
    """The networks ``network(lam)`` without input."""
    return Family(lambda lam: (network(lam), NO_INPUT), low, high)


def follow_one(family: Family, r: object, lam: float, direction=None, options=None) -> Branch:
    r = double(r).expand(family.compile(lam)[0].W.shape[-1])
    return check_branch(continue_branch(family, r, lam, direction, options), family, options)


def follow_all(family: Family, starts: Tensor, **options) -> Diagram:
    return check_diagram(follow(family, starts, **options), family)


def rotation(theta: float) -> Tensor:
    return double([[math.cos(theta), -math.sin(theta)], [math.sin(theta), math.cos(theta)]])


def softplus_fold(w: float, g: float) -> tuple[float, float]:
    r = math.log(g * w / (g * w - 1))
    return r, -math.log(g * w - 1) / g - w * r


def rest(family: Family, lam: float, seed: int = 0) -> Tensor:
    """One fixed point of the family at lam."""
    dynamics, u = family.compile(lam)
    return find(dynamics, u, normal(10, dynamics.W.shape[-1], seed=seed)).roots.states[0]


def kinds(branch: Branch) -> list[str]:
    return [event.kind for event in branch.events]


def isola(width: float = 0.04) -> Family:
    """A softplus unit whose bias is below the fold only for abs(lam - 1/2) < sqrt(width)."""
    _, b = softplus_fold(2.0, 1.0)
    return family(lambda lam: ordinary(2.0, b - width + (lam - 0.5) ** 2))


def bias_path() -> Family:
    return family(lambda lam: ordinary(2.0, lam), -5.0, 0.0)
