"""One trial whose stimuli and delay are chosen rather than drawn."""

import math
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import torch
from torch import Tensor

from modpack._checks import choose
from modpack.tasks.battery import Task
from modpack.tasks.conditions import Conditions, wrap
from modpack.tasks.generation import assemble
from modpack.tasks.names import get
from modpack.tasks.presets import Preset
from modpack.tasks.timing import Choice, Duration, Uniform, durations
from modpack.tasks.trials import Trials


class TrialSettings(NamedTuple):
    """What can be chosen about a trial; a task ignores what it does not have.

    Attributes
    ----------
    angle, angle2 : float
        Directions of the two stimuli in degrees, brought to the nearest that the task has.
    coherence : float
        Half the difference in strength of two stimuli.
    delay : float
        First delay in ms, brought into the range of the task.
    """

    angle: float = 60.0
    angle2: float = 200.0
    coherence: float = 0.2
    delay: float = 400.0

    def trial(self, task: str, preset: Preset, strength: Tensor | None = None) -> Trials:
        """Return the trial, with the timing of a grid, in float64.

        Parameters
        ----------
        task : str
        preset : Preset
        strength : Tensor, shape (stimulus, ring), optional
            Other strengths of the stimuli than the coherence says, 0 where one is absent.

        Raises
        ------
        ValueError
            For an unknown task, or one of unknown stimuli.
        """
        spec = get(task)
        known = stimuli_of(spec, preset)
        strength = known.strength_at(self.coherence) if strength is None else strength
        chosen = torch.tensor([self.angle, self.angle2], dtype=torch.float64)
        angle = wrap(known.nearest(chosen) * (math.pi / 180))
        angle[strength.sum(-1) == 0] = math.nan
        conditions = Conditions(angle[None, None], strength[None, None], torch.tensor([[known.sequential]]))
        lengths = durations(self._periods(spec, preset)[:, None], preset.dt, preset.length)
        return assemble((spec,), preset, conditions, lengths.unsqueeze(1))

    def _periods(self, task: Task, preset: Preset) -> Tensor:
        periods = torch.tensor(periods_of(task, preset), dtype=torch.float64)
        limits = delays_of(task, preset)
        if limits is not None:
            periods[2] = min(max(self.delay, limits[0]), limits[1])
        return periods


class ChosenStimuli(NamedTuple):
    """The stimuli of a task as a coherence sets them: ``strength + coherence * change``.

    Attributes
    ----------
    strength, change : sequence of sequence of float, shape (stimulus, ring)
    sequential : bool
        Whether the stimuli follow each other.
    coherences : pair of float, or None
        The least and the largest coherence of random trials; None where stimuli are equally strong.
    directions : int or None
        How many directions a stimulus can have; None where it can have any.
    """

    strength: Sequence[Sequence[float]]
    change: Sequence[Sequence[float]]
    sequential: bool
    coherences: tuple[float, float] | None
    directions: int | None = None

    def nearest(self, angle: Tensor) -> Tensor:
        """Return the directions (degrees) that a stimulus can have which are nearest to some."""
        if self.directions is None:
            return angle
        step = 360 / self.directions
        return (angle / step + 0.5).floor() * step  # as the page rounds

    def strength_at(self, coherence: float) -> Tensor:
        """Return the strengths at a coherence, float64, shape (stimulus, ring)."""
        strength, change = (torch.tensor(x, dtype=torch.float64) for x in (self.strength, self.change))
        return strength + coherence * change


def is_choosable(task: Task) -> bool:
    """Return whether a trial of a task can be chosen: whether its stimuli are of a kind of the battery."""
    return type(task.stimuli).__name__ in _STIMULI


def stimuli_of(task: Task, preset: Preset) -> ChosenStimuli:
    """Return the stimuli of a task as they can be chosen.

    Raises
    ------
    ValueError
        For stimuli of a kind that the battery does not have.
    """
    kind = choose("stimuli", type(task.stimuli).__name__, _STIMULI)
    return _STIMULI[kind](task.stimuli, preset)


def periods_of(task: Task, preset: Preset) -> list[float]:
    """Return the durations (ms) of the periods of a grid's trial."""
    timing = task.test_timing_in(preset)
    return [getattr(timing, field.name).middle() for field in fields(timing)]


def delays_of(task: Task, preset: Preset) -> tuple[float, float] | None:
    """Return the shortest and the longest first delay (ms) of random trials, or None if there is only one."""
    return _limits(task.timing_in(preset).delay1)


def _limits(duration: Duration) -> tuple[float, float] | None:
    if isinstance(duration, Uniform):
        return (duration.low, duration.high)
    return (min(duration.values), max(duration.values)) if isinstance(duration, Choice) else None


def _equal(strength: Sequence[Sequence[float]], sequential: bool) -> Callable[[Any, Preset], ChosenStimuli]:
    """Stimuli of a fixed strength."""
    return lambda stimuli, preset: ChosenStimuli(strength, ((0, 0), (0, 0)), sequential, None)


def _in_few_directions(stimuli: Any, preset: Preset) -> ChosenStimuli:
    """One stimulus in one of a few directions of ring 1."""
    return ChosenStimuli(((1, 0), (0, 0)), ((0, 0), (0, 0)), False, None, stimuli.n)


def _two(strength: Any, change: Any) -> Callable[[Any, Preset], ChosenStimuli]:
    """Two stimuli of different strength, together or one after the other."""

    def describe(stimuli: Any, preset: Preset) -> ChosenStimuli:
        coherences = preset.delayed_coherences if stimuli.sequential else preset.coherences
        return ChosenStimuli(strength, change, stimuli.sequential, (min(coherences), max(coherences)))

    return describe


def _in_ring(stimuli: Any, preset: Preset) -> ChosenStimuli:
    """Two stimuli of different strength in the ring of the task."""
    on = [float(stimuli.modality == ring) for ring in (1, 2)]
    return _two([on, on], [on, [-x for x in on]])(stimuli, preset)


_STIMULI: dict[str, Callable[[Any, Preset], ChosenStimuli]] = {
    "SingleStimulus": _equal(((1, 0), (0, 0)), sequential=False),
    "Directions": _in_few_directions,
    "Decision": _in_ring,
    "ContextDecision": _two([[1, 1], [1, 1]], [[1, -1], [-1, 1]]),
    "MultisensoryDecision": _two([[1, 1], [1, 1]], [[1.5, -0.5], [-1.5, 0.5]]),
    "MatchPair": _equal(((1, 0), (1, 0)), sequential=True),
    "CategoryPair": _equal(((1, 0), (1, 0)), sequential=True),
}
"""By kind of stimuli. Where both rings are used they disagree: so it matters which one a task attends to."""
