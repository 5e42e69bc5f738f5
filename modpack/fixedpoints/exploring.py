"""Where further fixed points may be, judged by those that are known: between two, and beside a saddle."""

import torch
from torch import Tensor

from modpack.fixedpoints.cloud import neighbours
from modpack.fixedpoints.problem import Problem
from modpack.fixedpoints.stability import MARGIN

ASIDE = 0.02
"""How far beside a saddle a trajectory begins, as a fraction of the size of the cloud of states."""


def between(problem: Problem, roots: Tensor, tried: int) -> Tensor:
    """Return the midpoints between neighbours of one kind, except among the first `tried`.

    As on a line, where stable and unstable points take turns, two fixed points whose Jacobians have
    determinants of the same sign tend to have one of the other sign between them.
    """
    pairs = neighbours(roots)
    sign = torch.linalg.slogdet(problem.jacobian(roots)).sign
    pairs = pairs[(sign[pairs[:, 0]] == sign[pairs[:, 1]]) & (pairs[:, 1] >= tried)]
    return roots[pairs].mean(1)


def beside(problem: Problem, roots: Tensor, scale: float) -> Tensor:
    """Return states a little to both sides of each root along each mode that grows.

    From there a network runs away from the saddle, to other points than those at which it arrives from afar.
    """
    values, vectors = torch.linalg.eig(problem.jacobian(roots))
    point, mode = ((values.real > MARGIN) & (values.imag >= 0)).nonzero(as_tuple=True)
    aside = torch.nn.functional.normalize(vectors.real[point, :, mode], dim=-1) * (ASIDE * scale)
    return torch.cat([roots[point] + aside, roots[point] - aside])
