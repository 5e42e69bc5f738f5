"""Newton's method for F = 0, from many starts at once, with steps cut until they pay."""

import torch
from torch import Tensor

from modpack.fixedpoints.problem import Problem
from modpack.fixedpoints.search import Search

HALVINGS = 8
"""A step that does not pay after being halved this often is not taken: ``|F|`` has a minimum nearby."""

DECREASE = 1e-4
"""A step of length t (1 = whole) pays if it shortens F by at least this fraction times t (Armijo's rule)."""


def newton(search: Search, iterations: int, longest: float, linear: Problem) -> None:
    """Move the starts of a search by damped Newton steps until they end or no step pays.

    Parameters
    ----------
    search : Search
        Changed in place. Starts for which no step pays keep moving: they are a matter for `descend`.
    iterations : int
    longest : float
        Length to which steps are cut, for where the Jacobian is nearly singular.
    linear : Problem
        Where the linear equations are solved: the problem itself, or the same in lower precision, which makes
        of the method an inexact Newton method (Dembo et al. 1982, doi:10.1137/0719025) with the same limit.
    """
    stuck = torch.zeros(len(search.status), dtype=torch.bool, device=search.r.device)
    for _ in range(iterations):
        index = search.moving
        index = index[~stuck[index]]
        if not len(index):
            return
        r, field = search.r[index], search.F[index]
        step = _step(linear, r, field, longest)
        r, field, pays = _backtrack(search.problem, r, field, step)
        search.iterations[index] += 1
        stuck[index] = ~pays
        search.move(index[pays], r[pays], field[pays])


def polished(problem: Problem, r: Tensor, longest: float) -> Tensor:
    """Return states after one more whole Newton step, where that brings F closer to zero."""
    field = problem.field(r)
    new = r + _step(problem, r, field, longest)
    better = problem.field(new).abs().amax(-1) < field.abs().amax(-1)
    return torch.where(better[:, None], new, r)


def _step(linear: Problem, r: Tensor, field: Tensor, longest: float) -> Tensor:
    """Return -J^-1 F, at most `longest`; zero where the Jacobian is singular."""
    dtype = linear.u.dtype
    jacobian = linear.jacobian(r.to(dtype))
    step, _ = torch.linalg.solve_ex(jacobian, -field.to(dtype)[..., None])
    step = step[..., 0].to(r.dtype)
    length = step.norm(dim=-1, keepdim=True)
    step = step * (longest / length).clamp(max=1.0)
    return torch.where(length.isfinite(), step, 0.0)


def _backtrack(problem: Problem, r: Tensor, field: Tensor, step: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Cut each step to the longest that pays; return the new states, F there, and whether one pays."""
    size = field.norm(dim=-1)
    new = r + step
    new_field = problem.field(new)
    pays = new_field.norm(dim=-1) <= (1 - DECREASE) * size
    fails = (~pays).nonzero()[:, 0]
    if len(fails):
        length = 0.5 ** torch.arange(1, HALVINGS + 1, dtype=r.dtype, device=r.device)
        shorter = r[fails, None] + length[:, None] * step[fails, None]
        field_there = problem.field(shorter.flatten(0, 1)).unflatten(0, shorter.shape[:2])
        enough = field_there.norm(dim=-1) <= (1 - DECREASE * length) * size[fails, None]
        longest = enough.int().argmax(-1)
        each = torch.arange(len(fails), device=r.device)
        new[fails], new_field[fails] = shorter[each, longest], field_there[each, longest]
        pays[fails] = enough.any(-1)
    return new, new_field, pays
