"""Minimisation of q = |F|^2 / 2 where Newton's method for F = 0 gets stuck: it ends in slow points, or at rest."""

import torch
from torch import Tensor

from modpack.fixedpoints.points import Status
from modpack.fixedpoints.search import Search

DAMPING = 1e-2
"""Damping at the start; |J| is of order one."""

SMALL, LARGE = 1e-7, 1e8
"""Damping below which a minimum of q counts as one, and above which no progress is possible."""

FLAT = 1e-8
"""At a minimum of q the gradient J^T F is shorter than F by this factor."""


def descend(search: Search, iterations: int) -> None:
    """Move the starts of a search downhill on q by Levenberg-Marquardt steps with the whole second derivative.

    Gauss-Newton's J^T J alone is singular at a slow point and would creep; the damping also gets past directions
    of negative curvature (Nocedal and Wright 2006, chapter 10 and section 4.3).

    Parameters
    ----------
    search : Search
        Changed in place. Starts at a minimum of q become slow points; those that reach the limits are unfinished.
    iterations : int
    """
    damping = torch.full_like(search.r[:, 0], DAMPING)
    for _ in range(iterations):
        index = search.moving
        if not len(index):
            return
        r, field = search.r[index], search.F[index]
        step, predicted, flat = _step(search, r, field, damping[index])
        new, new_field = r + step, search.problem.field(r + step)
        gain = (field.square().sum(-1) - new_field.square().sum(-1)) / 2 / predicted
        # Near the minimum the gain drowns in rounding: trust the prediction.
        gain = torch.where(predicted <= 1e-11 * field.square().sum(-1), 1.0, gain)
        pays = (gain > 1e-3) & (predicted > 0) & new_field.isfinite().all(-1)
        factor = torch.where(gain > 0.75, 0.1, 1.0).where(gain > 0.25, 3.0).where(pays, 10.0)
        damping[index] *= factor
        search.iterations[index] += 1
        at_minimum = flat & (damping[index] < SMALL)
        search.settle(index[at_minimum], Status.SLOW)
        moves = pays & ~at_minimum
        search.move(index[moves], new[moves], new_field[moves])
        search.status[index[damping[index] > LARGE]] = Status.UNFINISHED
    search.status[search.moving] = Status.UNFINISHED


def _step(search: Search, r: Tensor, field: Tensor, damping: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the damped Newton step on q, the decrease that it promises, and whether the gradient vanishes."""
    jacobian = search.problem.jacobian(r)
    gradient = (field[:, None] @ jacobian)[:, 0]
    hessian = search.problem.hessian(r, field, jacobian)
    identity = torch.eye(r.shape[-1], dtype=r.dtype, device=r.device)
    factor, failed = torch.linalg.cholesky_ex(hessian + damping[:, None, None] * identity)
    step = -torch.cholesky_solve(gradient[..., None], factor)[..., 0]
    step = torch.where((failed == 0)[:, None], step, 0.0)
    curvature = (step[:, None] @ hessian @ step[..., None])[:, 0, 0]
    predicted = -(step * gradient).sum(-1) - curvature / 2
    flat = (gradient.norm(dim=-1) <= FLAT * field.norm(dim=-1)) & (failed == 0)
    return step, predicted, flat
