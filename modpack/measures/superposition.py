"""How much of each of two answers is in what a network says.

An answer is a vector of outputs (fixation, cos, sin): (1, 0, 0) to withhold a response, and (0, cos, sin) of
its direction to respond. Both have length 1.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from modpack.measures.choices import opposed
from modpack.tasks import RESPOND, UNDEFINED, Answer, Decoded
from modpack.tasks.conditions import SAME_ANGLE


class Weights(NamedTuple):
    """Weights of two answers in an output, and what neither of them explains.

    Attributes
    ----------
    a, b : Tensor, shape (..., trial)
    residual : Tensor, shape (..., trial)
        Length of ``y - a y_a - b y_b``.
    """

    a: Tensor
    b: Tensor
    residual: Tensor


def weights(said: Decoded, a: Answer, b: Answer) -> Weights:
    """Return the weights of the least-squares fit ``y = w_a y_a + w_b y_b + residual``.

    Parameters
    ----------
    said : Decoded, shape (..., trial)
    a, b : Answer, shape (..., trial)

    Returns
    -------
    Weights
        nan where the two answers are not independent (the same or opposite directions, to 5 degrees), or one
        is not defined.
    """
    y, y_a, y_b = said_vector(said), asked_vector(a), asked_vector(b)
    overlap = _dot(y_a, y_b)
    dependent = overlap.abs() > math.cos(SAME_ANGLE)
    determinant = (1 - overlap.square()).masked_fill(dependent, torch.nan)
    w_a = (_dot(y, y_a) - overlap * _dot(y, y_b)) / determinant
    w_b = (_dot(y, y_b) - overlap * _dot(y, y_a)) / determinant
    rest = y - w_a.unsqueeze(-1) * y_a - w_b.unsqueeze(-1) * y_b
    return Weights(w_a, w_b, rest.norm(dim=-1))


def decision_variable(said: Decoded, a: Answer, b: Answer) -> Tensor:
    """Return the projection of outputs on the way from one answer to another, shape (..., trial).

    It is -1 at the answer of a, 1 at that of b, and 0 where the outputs are as far from the one as from the
    other, be it because the response has turned half of the way or because there is none.

    Parameters
    ----------
    said : Decoded, shape (..., trial)
    a, b : Answer, shape (..., trial)

    Returns
    -------
    Tensor, shape (..., trial)
        ``y (y_b - y_a) / (1 - y_a y_b)``; nan where the two do not ask for different things.
    """
    y, y_a, y_b = said_vector(said), asked_vector(a), asked_vector(b)
    projected = _dot(y, y_b - y_a) / (1 - _dot(y_a, y_b))
    return projected.masked_fill(~opposed(a, b), torch.nan)


def said_vector(said: Decoded) -> Tensor:
    """Return outputs as (fixation, cos, sin)."""
    return torch.stack(
        [said.fixation, said.length * said.angle.cos(), said.length * said.angle.sin()], dim=-1
    )


def asked_vector(answer: Answer) -> Tensor:
    """Return an answer as (fixation, cos, sin); nan where it is not defined."""
    responds = answer.kind == RESPOND
    angle = answer.angle.masked_fill(~responds, 0)
    hold = (~responds).to(angle.dtype)
    target = torch.stack([hold, responds * angle.cos(), responds * angle.sin()], dim=-1)
    return target.masked_fill((answer.kind == UNDEFINED).unsqueeze(-1), torch.nan)


def _dot(one: Tensor, other: Tensor) -> Tensor:
    return (one * other).sum(-1)
