"""What is shown in a trial and what the right answer is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

RESPOND = 0
"""Kind of answer: respond in a direction."""

WITHHOLD = 1
"""Kind of answer: keep fixating."""

UNDEFINED = 2
"""Kind of answer: the rule says nothing about such a trial."""

SAME_ANGLE = math.pi / 36
"""Two stimuli closer than this (rad, 5 degrees) match; non-matching ones are at least 20 degrees apart."""

TOLERANCE = 0.2 * math.pi
"""Largest error of a response in rad (exclusive), as published (Yang et al. 2019)."""


def wrap(angle: Tensor) -> Tensor:
    """Return angles in rad brought into [0, 2 pi)."""
    # the remainder of a tiny negative angle rounds to 2 pi itself, hence the second one
    return angle.remainder(2 * math.pi).remainder(2 * math.pi)


def circular_distance(first: Tensor, second: Tensor) -> Tensor:
    """Return the distance between angles on the circle in [0, pi] rad."""
    difference = first - second
    return torch.atan2(difference.sin(), difference.cos()).abs()


@dataclass(frozen=True, eq=False)
class Conditions:
    """What is shown in each trial.

    Parameters
    ----------
    angle : Tensor, shape (..., trial, stimulus)
        Directions of the two stimuli in rad, in [0, 2 pi); nan where a stimulus is absent.
    strength : Tensor, shape (..., trial, stimulus, modality)
        Strength of each stimulus in each of the two rings; 0 where absent.
    sequential : Tensor, shape (..., trial)
        Whether the stimuli come one after the other.
    """

    angle: Tensor
    strength: Tensor
    sequential: Tensor

    @property
    def present(self) -> Tensor:
        """Whether each stimulus is shown at all, shape `(..., trial, stimulus)`."""
        return (self.strength > 0).any(-1)

    @property
    def modality(self) -> Tensor:
        """Ring in which each stimulus is stronger, 1 or 2 (0 if absent), shape `(..., trial, stimulus)`."""
        return torch.where(self.present, self.strength.argmax(-1) + 1, 0)

    @property
    def match(self) -> Tensor:
        """Whether both stimuli are present and have the same direction, shape `(..., trial)`."""
        return circular_distance(self.angle[..., 0], self.angle[..., 1]) < SAME_ANGLE

    @property
    def category(self) -> Tensor:
        """Category of each stimulus, 0 for angles below pi and 1 above, shape `(..., trial, stimulus)`."""
        return (self.angle >= math.pi).to(torch.int64)

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> "Conditions":
        """Return the conditions on another device or with another floating-point type."""
        return Conditions(
            self.angle.to(device, dtype), self.strength.to(device, dtype), self.sequential.to(device)
        )


class Answer(NamedTuple):
    """The right answer in each trial.

    Attributes
    ----------
    kind : Tensor, int64
        RESPOND, WITHHOLD or UNDEFINED.
    angle : Tensor
        Direction of the response in rad, in [0, 2 pi); nan unless `kind` is RESPOND.
    """

    kind: Tensor
    angle: Tensor


def answer(respond: Tensor, angle: Tensor, defined: Tensor) -> Answer:
    """Build answers: respond towards `angle` where `respond`, else withhold; undefined where not `defined`.

    Parameters
    ----------
    respond, defined : Tensor, bool
    angle : Tensor
        Direction of the response in rad, any multiple of 2 pi away.
    """
    kind = torch.where(defined, torch.where(respond, RESPOND, WITHHOLD), UNDEFINED)
    return Answer(kind, torch.where(kind == RESPOND, wrap(angle), math.nan))


def stack_conditions(parts: Sequence[Conditions]) -> Conditions:
    """Stack the conditions of several tasks along a new first axis."""
    return Conditions(
        torch.stack([part.angle for part in parts]),
        torch.stack([part.strength for part in parts]),
        torch.stack([part.sequential for part in parts]),
    )


def stack_answers(parts: Sequence[Answer]) -> Answer:
    """Stack the answers of several tasks along a new first axis."""
    return Answer(torch.stack([part.kind for part in parts]), torch.stack([part.angle for part in parts]))
