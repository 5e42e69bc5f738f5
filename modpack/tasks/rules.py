"""The response rules of the battery: conditions in, answers out, undefined where a rule has none."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from modpack._checks import require
from modpack.tasks.conditions import Answer, Conditions, answer

TIE = 1e-4
"""Stimuli whose strengths differ by no more than this are equally strong."""

ON_DIRECTION = 1e-3
"""A stimulus is in one of n directions if it is off by no more than this share of the distance of two."""


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


@dataclass(frozen=True)
class Permuted:
    """Respond in direction ``permutation[i]`` of n to the only stimulus in direction i: `2 pi i / n`.

    Undefined where the stimulus is not in one of these directions.

    Parameters
    ----------
    permutation : tuple of int
        The numbers 0 ... n - 1, each once.
    """

    permutation: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check the permutation."""
        n = len(self.permutation)
        is_whole = n > 0 and sorted(self.permutation) == list(range(n))
        require(is_whole, "permutation", self.permutation, "all of 0 ... n - 1 in any order")

    def __call__(self, conditions: Conditions) -> Answer:
        """Return the answers."""
        shown = _only_stimulus(conditions)
        step = 2 * math.pi / len(self.permutation)
        nearest = (shown.angle / step).round()
        exact = (shown.angle / step - nearest).abs() < ON_DIRECTION
        index = nearest.nan_to_num().long() % len(self.permutation)
        target = torch.tensor(self.permutation, device=index.device)[index]
        return answer(exact, target.to(shown.angle) * step, shown.defined & exact)


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


class _Only(NamedTuple):
    """Direction of the only stimulus, and whether there is exactly one."""

    angle: Tensor
    defined: Tensor


def _only_stimulus(conditions: Conditions) -> _Only:
    present = conditions.present
    angle = torch.where(present[..., 0], conditions.angle[..., 0], conditions.angle[..., 1])
    return _Only(angle, present.sum(-1) == 1)


def _relative_to_stimulus(conditions: Conditions, offset: float) -> Answer:
    shown = _only_stimulus(conditions)
    return answer(shown.defined, shown.angle + offset, shown.defined)


def _towards_second(conditions: Conditions, respond: Tensor) -> Answer:
    defined = conditions.present.all(-1) & conditions.sequential
    return answer(respond, conditions.angle[..., 1], defined)


def _same_category(conditions: Conditions) -> Tensor:
    return conditions.category[..., 0] == conditions.category[..., 1]
