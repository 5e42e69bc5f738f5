"""Descent on ``q = |F|^2 / 2``, where Newton's method for F = 0 gets stuck: to a slow point, or to rest."""

import torch
from torch import Tensor

from modpack.fixedpoints.outcomes import Status
from modpack.fixedpoints.problem import Problem
from modpack.fixedpoints.search import Search
from modpack.fixedpoints.stability import MARGIN

DAMPING = 1e-2
"""Damping at the beginning; the Jacobian is of order one."""

SMALL, LARGE = 1e-16, 1e8
"""Least damping, and the damping at which no progress is possible any more."""

FLAT = MARGIN
"""At a minimum of q, the gradient J^T F is shorter than F by this factor: F lies along a neutral mode."""

VALLEY, PATIENCE = 1e-3, 50
"""A search that still moves after so many steps may end where the gradient is shorter than F by this factor.

On the floor of a curved valley, such as a ring on which the network drifts, q is next to level, and no method
that goes downhill can take long steps. From then on damping is large enough to go to the floor alone.
"""

FIELD_ACCURACY = 1e-15
"""Relative accuracy of F."""

NEGATIVE = 1e-7
"""At a minimum of q, no eigenvalue of its second derivative is below minus this."""


def descend(search: Search, iterations: int) -> None:
    """Move the starts of a search downhill on q by damped Newton steps (Levenberg-Marquardt).

    With Gauss and Newton's J^T J alone for the second derivative, the equations are singular at a slow point
    and the method creeps; so it is used whole. Damping bounds the step where the curvature is negative
    (Nocedal and Wright 2006, sections 4.1 and 10.3).

    Parameters
    ----------
    search : Search
        Changed in place. Starts at a minimum of q, or on the level floor of a valley, become slow points; the
        rest of those without an outcome is unfinished.
    iterations : int
    """
    damping = torch.full_like(search.r[:, 0], DAMPING)
    for iteration in range(iterations):
        index = search.moving
        if not len(index):
            return
        search.iterations[index] += 1
        r, field = search.r[index], search.F[index]
        gradient, hessian = _model(search.problem, r, field)
        ends = _at_minimum(field, gradient, hessian)
        if iteration >= PATIENCE:
            ends |= _is_level(field, gradient, VALLEY)
        search.settle(index[ends], Status.SLOW)

        step, promised = _step(gradient, hessian, damping[index])
        new_field = search.problem.field(r + step)
        rounding = FIELD_ACCURACY * r.norm(dim=-1) * field.norm(dim=-1)
        gain = _gain(field, new_field, promised, rounding)
        pays = (gain > 1e-3) & ~ends
        change = torch.where(gain > 0.75, 0.1, torch.where(gain > 0.25, 1.0, 4.0))
        damping[index] = (damping[index] * change).clamp(min=SMALL if iteration < PATIENCE else VALLEY**2)
        search.move(index[pays], (r + step)[pays], new_field[pays])
        hopeless = index[(damping[index] > LARGE) & ~ends & ~pays]
        search.status[hopeless] = Status.UNFINISHED
    search.status[search.moving] = Status.UNFINISHED


def _model(problem: Problem, r: Tensor, field: Tensor) -> tuple[Tensor, Tensor]:
    """Return the first and second derivative of q."""
    jacobian = problem.jacobian(r)
    return (field[:, None] @ jacobian)[:, 0], problem.hessian(r, field, jacobian)


def _at_minimum(field: Tensor, gradient: Tensor, hessian: Tensor) -> Tensor:
    """Whether q has a minimum here: no slope, and no direction in which it curves down."""
    flat = _is_level(field, gradient, FLAT)
    _, failed = torch.linalg.cholesky_ex(_damped(hessian[flat], torch.full_like(field[flat, 0], NEGATIVE)))
    flat[flat.clone()] = failed == 0
    return flat


def _is_level(field: Tensor, gradient: Tensor, slope: float) -> Tensor:
    """Whether F lies along modes slower than `slope`, so that the speed hardly changes along the way."""
    return gradient.norm(dim=-1) <= slope * field.norm(dim=-1)


def _step(gradient: Tensor, hessian: Tensor, damping: Tensor) -> tuple[Tensor, Tensor]:
    """Return the damped Newton step, and the decrease of q that the quadratic model promises.

    Where the damped second derivative is not positive definite, there is no step and no promise.
    """
    factor, failed = torch.linalg.cholesky_ex(_damped(hessian, damping))
    step = -torch.cholesky_solve(gradient[..., None], factor)[..., 0]
    step = torch.where((failed == 0)[:, None], step, 0.0)
    curvature = (step[:, None] @ hessian @ step[..., None])[:, 0, 0]
    return step, -(step * gradient).sum(-1) - curvature / 2


def _gain(field: Tensor, new_field: Tensor, promised: Tensor, rounding: Tensor) -> Tensor:
    """Return the decrease of q as a fraction of what was promised; -1 where nothing finite was.

    Where the promise is below the rounding of q, it is trusted.
    """
    q, new_q = field.square().sum(-1) / 2, new_field.square().sum(-1) / 2
    gain = (q - new_q) / promised
    gain = torch.where(promised <= rounding, 1.0, gain)
    return torch.where((promised > 0) & new_q.isfinite(), gain, -1.0)


def _damped(hessian: Tensor, damping: Tensor) -> Tensor:
    """Return the second derivative with `damping` added along the diagonal."""
    return hessian + torch.diag_embed(damping[:, None].expand(hessian.shape[:-1]))
