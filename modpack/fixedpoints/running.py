"""Running a network forward: where it comes to rest, and where it lingers on the way."""

import torch
from torch import Tensor

from modpack.fixedpoints.problem import Problem

AT_ONCE = 50
"""Time steps computed before the speed is looked at."""


@torch.no_grad()
def run_forward(problem: Problem, states: Tensor, rest: float, steps: int) -> tuple[Tensor, Tensor]:
    """Run states forward, in single precision, until they (nearly) rest.

    A trajectory ends close to a stable point, if it does not go round in circles or run away. Where it passes
    a saddle it is slow, so that its speed has a minimum on the way: a good place to look for the saddle.

    Parameters
    ----------
    problem : Problem
    states : Tensor, shape (start, neuron)
    rest : float
        Length of F up to which a state counts as arrived.
    steps : int
        Time steps after which it ends in any case.

    Returns
    -------
    ends : Tensor, shape (start, neuron)
        Not finite where the network ran away.
    slowest : Tensor, shape (trajectory, neuron)
        The first minimum of the speed along each trajectory that has one.
    """
    dynamics, u = problem.to(torch.float32).dynamics, problem.u[0, 0].float()
    ends, slowest = states.float(), [states[:0].float()]
    moving = torch.arange(len(states), device=states.device)
    lingered = torch.zeros_like(moving, dtype=torch.bool)
    last = ends[None]  # the latest states, of which a minimum needs three
    for _ in range(0, steps if len(states) else 0, AT_ONCE):
        way = torch.cat([last, dynamics.hold(u, AT_ONCE, last[-1:])[:, 0]])
        speed = way.diff(dim=0).norm(dim=-1) / dynamics.alpha
        least = (speed[1:-1] < speed[:-2]) & (speed[1:-1] <= speed[2:]) & (speed[1:-1] > rest)
        new = (least.any(0) & ~lingered[moving]).nonzero()[:, 0]
        slowest.append(way[1:-2][least.int().argmax(0)[new], new])
        lingered[moving[new]] = True
        ends[moving] = way[-1]
        on = speed[-1] > rest
        moving, last = moving[on], way[-3:, on]
        if not len(moving):
            break
    return ends.nan_to_num(torch.inf, torch.inf, -torch.inf).to(states), torch.cat(slowest).to(states)
