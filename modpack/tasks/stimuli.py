"""Which conditions a task shows: drawn at random for training, laid out on a grid for analysis.

Every class draws `Conditions` with axis `(trial,)` in float64 on the generator's device. The distributions
and grids are those of Yang et al. (2019).
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Generator, Tensor

from modpack.tasks.conditions import Conditions, wrap

if TYPE_CHECKING:
    from modpack.tasks.presets import Preset

CATEGORY_ANGLES = tuple(math.pi * tenth / 10 for tenth in range(1, 20, 2))
"""Directions of the category tasks in rad: five on each side of pi."""

NON_MATCH = (math.pi / 9, 17 * math.pi / 9)
"""Limits of the angle between non-matching stimuli in rad: at least 20 degrees apart."""

_BOTH = torch.arange(2, dtype=torch.float64)


class Stimuli(Protocol):
    """A way to choose what is shown."""

    def draw(self, n_trials: int, preset: "Preset", generator: Generator) -> Conditions:
        """Return random conditions, axis `(trial,)`."""

    def grid(self) -> Conditions:
        """Return all conditions of the grid, axis `(trial,)`."""


@dataclass(frozen=True)
class SingleStimulus:
    """One stimulus of strength 1, anywhere, in either modality."""

    def draw(self, n_trials: int, preset: "Preset", generator: Generator) -> Conditions:
        """Return random conditions, axis `(trial,)`."""
        return _single(_angles(n_trials, generator), _modalities(n_trials, generator))

    def grid(self) -> Conditions:
        """Return 20 directions x 2 modalities."""
        return _single(*_product(_directions(), _BOTH))


@dataclass(frozen=True)
class Directions:
    """One stimulus of strength 1 in ring 1, exactly in one of a few directions `2 pi i / n`.

    Parameters
    ----------
    n : int
        Number of directions, all equally likely.
    """

    n: int

    def draw(self, n_trials: int, preset: "Preset", generator: Generator) -> Conditions:
        """Return random conditions, axis `(trial,)`."""
        return self._conditions(
            torch.randint(self.n, (n_trials,), generator=generator, device=generator.device)
        )

    def grid(self) -> Conditions:
        """Return every direction once."""
        return self._conditions(torch.arange(self.n))

    def _conditions(self, index: Tensor) -> Conditions:
        angle = 2 * math.pi / self.n * index.to(torch.float64)
        return _single(angle, torch.zeros_like(index))


@dataclass(frozen=True)
class Decision:
    """Two stimuli of different strength in one ring.

    Parameters
    ----------
    modality : int
        The ring, 1 or 2.
    sequential : bool
        Whether the second stimulus follows the first; such tasks use the preset's `delayed_coherences`.
    """

    modality: int
    sequential: bool = False

    def draw(self, n_trials: int, preset: "Preset", generator: Generator) -> Conditions:
        """Return random conditions, axis `(trial,)`."""
        angle = _apart(n_trials, math.pi / 2, 3 * math.pi / 2, generator)
        return self._conditions(angle, _strengths(n_trials, _coherences(self, preset), generator))

    def grid(self) -> Conditions:
        """Return 20 directions x 5 strengths of opposite stimuli."""
        first, step = (0.5, 0.2) if self.sequential else (0.8, 0.08)
        direction, strength = _product(_directions(), first + step * torch.arange(5, dtype=torch.float64))
        return self._conditions(_opposite(direction), torch.stack([strength, 2 - strength], -1))

    def _conditions(self, angle: Tensor, strength: Tensor) -> Conditions:
        rings = [torch.zeros_like(strength), torch.zeros_like(strength)]
        rings[self.modality - 1] = strength
        return _conditions(angle, torch.stack(rings, -1), self.sequential)


@dataclass(frozen=True)
class ContextDecision:
    """Two stimuli, both in both rings, their strengths drawn independently for each ring.

    Parameters
    ----------
    sequential : bool
        Whether the second stimulus follows the first; such tasks use the preset's `delayed_coherences`.
    """

    sequential: bool = False

    def draw(self, n_trials: int, preset: "Preset", generator: Generator) -> Conditions:
        """Return random conditions, axis `(trial,)`."""
        angle = _apart(n_trials, math.pi / 2, 3 * math.pi / 2, generator)
        rings = [_strengths(n_trials, _coherences(self, preset), generator) for _ in range(2)]
        return _conditions(angle, torch.stack(rings, -1), self.sequential)

    def grid(self) -> Conditions:
        """Return 20 directions x 5 strengths in ring 1 x 5 strengths in ring 2 of opposite stimuli."""
        return _two_ring_grid(self.sequential)


@dataclass(frozen=True)
class MultisensoryDecision:
    """Two stimuli whose strengths are divided between the rings, so that only their sums can be trusted.

    Parameters
    ----------
    sequential : bool
        Whether the second stimulus follows the first; such tasks use the preset's `delayed_coherences`.
    """

    sequential: bool = False

    def draw(self, n_trials: int, preset: "Preset", generator: Generator) -> Conditions:
        """Return random conditions, axis `(trial,)`."""
        angle = _apart(n_trials, math.pi / 2, 3 * math.pi / 2, generator)
        strength = _strengths(n_trials, _coherences(self, preset), generator)
        split = [_uniform(n_trials, 0.2, 0.8, generator) * _signs(n_trials, generator) / 2 for _ in range(2)]
        share = torch.stack(split, -1)
        rings = torch.stack([strength * (1 + share), strength * (1 - share)], -1)
        return _conditions(angle, rings, self.sequential)

    def grid(self) -> Conditions:
        """Return 20 directions x 5 strengths in ring 1 x 5 in ring 2, without those of equal sums."""
        grid = _two_ring_grid(self.sequential)
        evidence = grid.strength.sum(-1)
        untied = (evidence[:, 0] - evidence[:, 1]).abs() > 1e-4
        return Conditions(grid.angle[untied], grid.strength[untied], grid.sequential[untied])


@dataclass(frozen=True)
class MatchPair:
    """Two stimuli of strength 1, one after the other, with the same direction in half of the trials.

    Parameters
    ----------
    grid_matches : bool
        Whether the stimuli of the grid match: as published, a grid holds the trials with a response.
    """

    grid_matches: bool

    def draw(self, n_trials: int, preset: "Preset", generator: Generator) -> Conditions:
        """Return random conditions, axis `(trial,)`."""
        angle = _apart(n_trials, *NON_MATCH, generator)
        match = _signs(n_trials, generator) > 0
        angle[:, 1] = torch.where(match, angle[:, 0], angle[:, 1])
        return _pair(angle, _modalities(n_trials, generator), _modalities(n_trials, generator))

    def grid(self) -> Conditions:
        """Return 20 directions x 2 modalities x 2 modalities; non-matching stimuli are opposite."""
        return _pair_grid(_directions(), self.grid_matches)


@dataclass(frozen=True)
class CategoryPair:
    """Two stimuli of strength 1, one after the other, each in one of ten directions, five to a category.

    Parameters
    ----------
    grid_matches : bool
        Whether the stimuli of the grid match: as published, a grid holds the trials with a response.
    """

    grid_matches: bool

    def draw(self, n_trials: int, preset: "Preset", generator: Generator) -> Conditions:
        """Return random conditions, axis `(trial,)`."""
        angles = torch.tensor(CATEGORY_ANGLES, dtype=torch.float64, device=generator.device)
        index = torch.randint(len(angles), (n_trials, 2), generator=generator, device=generator.device)
        return _pair(angles[index], _modalities(n_trials, generator), _modalities(n_trials, generator))

    def grid(self) -> Conditions:
        """Return 20 directions, ten to a category, x 2 modalities x 2 modalities."""
        step = 0.8 * torch.arange(10, dtype=torch.float64) / 10
        return _pair_grid(math.pi * torch.cat([0.1 + step, 1.1 + step]), self.grid_matches)


def _uniform(n_trials: int, low: float, high: float, generator: Generator) -> Tensor:
    unit = torch.rand(n_trials, generator=generator, device=generator.device, dtype=torch.float64)
    return low + (high - low) * unit


def _angles(n_trials: int, generator: Generator) -> Tensor:
    return _uniform(n_trials, 0, 2 * math.pi, generator)


def _modalities(n_trials: int, generator: Generator) -> Tensor:
    return torch.randint(2, (n_trials,), generator=generator, device=generator.device)


def _signs(n_trials: int, generator: Generator) -> Tensor:
    return 2.0 * _modalities(n_trials, generator) - 1


def _apart(n_trials: int, low: float, high: float, generator: Generator) -> Tensor:
    """Draw two angles `low` to `high` apart, on either side, shape `(trial, stimulus)`."""
    first = _angles(n_trials, generator)
    offset = _uniform(n_trials, low, high, generator) * _signs(n_trials, generator)
    return torch.stack([first, wrap(first + offset)], -1)


def _coherences(stimuli: Decision | ContextDecision | MultisensoryDecision, preset: "Preset") -> Tensor:
    values = preset.delayed_coherences if stimuli.sequential else preset.coherences
    return torch.tensor(values, dtype=torch.float64)


def _strengths(n_trials: int, coherences: Tensor, generator: Generator) -> Tensor:
    """Draw strengths `mean +/- coherence` of the two stimuli, shape `(trial, stimulus)`."""
    mean = _uniform(n_trials, 0.8, 1.2, generator)
    index = torch.randint(len(coherences), (n_trials,), generator=generator, device=generator.device)
    difference = coherences.to(generator.device)[index] * _signs(n_trials, generator)
    return torch.stack([mean + difference, mean - difference], -1)


def _directions() -> Tensor:
    return 2 * math.pi * torch.arange(20, dtype=torch.float64) / 20


def _product(*axes: Tensor) -> list[Tensor]:
    return [grid.flatten() for grid in torch.meshgrid(*axes, indexing="ij")]


def _opposite(direction: Tensor) -> Tensor:
    return torch.stack([direction, wrap(direction + math.pi)], -1)


def _one_hot(modality: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(modality.long(), 2).to(torch.float64)


def _conditions(angle: Tensor, strength: Tensor, sequential: bool) -> Conditions:
    return Conditions(
        angle, strength, torch.full(angle.shape[:-1], sequential, dtype=torch.bool, device=angle.device)
    )


def _single(angle: Tensor, modality: Tensor) -> Conditions:
    """One stimulus of strength 1 in modality 0 or 1."""
    angles = torch.stack([angle, torch.full_like(angle, math.nan)], -1)
    shown = _one_hot(modality)
    return _conditions(angles, torch.stack([shown, torch.zeros_like(shown)], -2), sequential=False)


def _pair(angle: Tensor, first: Tensor, second: Tensor) -> Conditions:
    """Two sequential stimuli of strength 1 in modalities 0 or 1."""
    return _conditions(angle, torch.stack([_one_hot(first), _one_hot(second)], -2), sequential=True)


def _pair_grid(directions: Tensor, matches: bool) -> Conditions:
    direction, first, second = _product(directions, _BOTH, _BOTH)
    angle = torch.stack([direction, direction], -1) if matches else _opposite(direction)
    return _pair(angle, first, second)


def _two_ring_grid(sequential: bool) -> Conditions:
    strengths = 0.8 + 0.08 * torch.arange(5, dtype=torch.float64)
    direction, first, second = _product(_directions(), strengths, strengths)
    ring = torch.stack([first, second], -1)
    return _conditions(_opposite(direction), torch.stack([ring, 2 - ring], -2), sequential)
