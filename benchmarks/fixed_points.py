"""All fixed points of a network that remembers three bits, from 256 starts: this package against Adam on q.

The finder that it is compared with does what is usual (Sussillo and Barak 2013, and the defaults of public
tools): float32, Adam with rate 1 on the mean of q over all starts, the rate lowered on plateaus, until every
q is below 1e-12 or stands still; then distinct points, and one pass for their Jacobians and eigenvalues.
"""

import sys
from pathlib import Path

import torch
from timing import best
from torch import Tensor

from modpack.dynamics import Dynamics
from modpack.fixedpoints import find, starts_from

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from flip_flop import FlipFlop, train

TARGETS = {64: 6.0, 128: 4.0}
SEEDS = range(3)
U = torch.zeros(3)


def main() -> None:
    """Print the time of both and their ratio for each network, and how many of the 27 points each finds."""
    torch.set_num_threads(1)
    for n, target in TARGETS.items():
        for seed in SEEDS:
            compare(train(n, seed, 500), n, seed, target)


def compare(trained: FlipFlop, n: int, seed: int, target: float) -> None:
    """Print one line about one network."""
    starts = starts_from(trained.states, 256, 0.5, torch.Generator().manual_seed(seed))
    found = find(trained.dynamics, U, starts)
    roots, residual = found.roots, found.residual.max().item()
    usual = adam_on_q(trained.dynamics, starts)[0]
    reached = (torch.cdist(roots.states, usual.double()).amin(-1) < 1e-2 * found.scale).sum().item()
    times = best(
        {
            "adam": lambda: adam_on_q(trained.dynamics, starts),
            "find": lambda: find(trained.dynamics, U, starts),
        },
        windows=5,
    )
    ratio = times["adam"] / times["find"]
    print(f"N = {n}, seed {seed}: Adam on q {times['adam']:6.0f} ms, {reached} of the points;", end=" ")
    print(f"find {times['find']:4.0f} ms, {len(roots)} of 27, |F| < {residual:.0e}", end=" ")
    print(f"= {ratio:4.1f} x as fast (target {target})")


def adam_on_q(dynamics: Dynamics, starts: Tensor, steps: int = 5000) -> tuple[Tensor, Tensor]:
    """Return the distinct points and their eigenvalues."""
    r = starts.float().clone().requires_grad_()
    u = U[None, None]
    optimiser = torch.optim.Adam([r], lr=1.0)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, factor=0.95, patience=2)
    before = torch.full_like(starts[:, 0], torch.inf)
    for _ in range(steps):
        optimiser.zero_grad()
        q = (dynamics.alpha * dynamics.field(r[None], u)[0]).square().sum(-1) / 2
        if ((q < 1e-12) | ((q - before).abs() < 1e-20)).all():
            break
        before = q.detach()
        q.mean().backward()
        optimiser.step()
        schedule.step(before.mean().item())
    points = distinct(r.detach())
    jacobian = dynamics.jacobian(points[None], u)[0]
    return points, torch.linalg.eig(jacobian).eigenvalues


def distinct(r: Tensor, tolerance: float = 1e-3) -> Tensor:
    """Return states without those that repeat an earlier one."""
    repeats = (torch.cdist(r, r) < tolerance).tril(-1).any(-1)
    return r[~repeats]


if __name__ == "__main__":
    main()
