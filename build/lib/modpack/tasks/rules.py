"""The response rules of the battery: conditions in, answers out, undefined where a rule has none."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from modpack._checks import require
from modpack.tasks.conditions import Answer, Conditions, answer

TIE = 1e-4
"""Stimuli whose strengths differ by no more than this are equally strong."""


def pro(conditions: Conditions) -> Answer:
    """Respond towards the only stimulus."""
    return _relative_to_stimulus(conditions, 0.0)


def anti(conditions: Conditions) -> Answer:
    """Respond away from the only stimulus."""
    return _relative_to_stimulus(conditions, math.pi)


@dataclass(frozen=True)
class Stronger:
    """Respond towards the stimulus that is stronger, summed over the attended rings.

    Undefined unless both stimuli are present in every attended ring and differ in strength.

    Parameters
    ----------
    modalities : tuple of int
        The attended rings: (1,), (2,) or (1, 2).
    """

    modalities: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check the rings."""
        allowed = self.modalities in {(1,), (2,), (1, 2)}
        require(allowed, "modalities", self.modalities, "(1,), (2,) or (1, 2)")

    def __call__(self, conditions: Conditions) -> Answer:
        """Return the answers."""
        attended = conditions.strength[..., [modality - 1 for modality in self.modalities]]
        evidence = attended.sum(-1)
        difference = evidence[..., 0] - evidence[..., 1]
        defined = (attended > 0).all(-1).all(-1) & (difference.abs() > TIE)
        angle = torch.where(difference > 0, conditions.angle[..., 0], conditions.angle[..., 1])
        return answer(defined, angle, defined)


def respond_if_match(conditions: Conditions) -> Answer:
    """Respond towards the second stimulus if it has the direction of the first, else withhold."""
    return _towards_second(conditions, conditions.match)


def respond_unless_match(conditions: Conditions) -> Answer:
    """Respond towards the second stimulus if its direction differs from that of the first, else withhold."""
    return _towards_second(conditions, ~conditions.match)


def respond_if_same_category(conditions: Conditions) -> Answer:
    """Respond towards the second stimulus if it is in the category of the first, else withhold."""
    return _towards_second(conditions, _same_category(conditions))


def respond_unless_same_category(conditions: Conditions) -> Answer:
    """Respond towards the second stimulus if it is not in the category of the first, else withhold."""
    return _towards_second(conditions, ~_same_category(conditions))


def _relative_to_stimulus(conditions: Conditions, offset: float) -> Answer:
    present = conditions.present
    angle = torch.where(present[..., 0], conditions.angle[..., 0], conditions.angle[..., 1])
    defined = present.sum(-1) == 1
    return answer(defined, angle + offset, defined)


def _towards_second(conditions: Conditions, respond: Tensor) -> Answer:
    defined = conditions.present.all(-1) & conditions.sequential
    return answer(respond, conditions.angle[..., 1], defined)


def _same_category(conditions: Conditions) -> Tensor:
    return conditions.category[..., 0] == conditions.category[..., 1]
