"""Tasks as the engine knows them, and their trials: random ones, and one whose stimuli are chosen."""

import math
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

import torch
from torch import Generator

from modpack._checks import choose
from modpack.tasks import Choice, Conditions, Preset, Task, Trials, Uniform, generate, get
from modpack.tasks.conditions import wrap
from modpack.tasks.generation import _assemble
from modpack.tasks.timing import Duration, durations


def random_trials(tasks: Sequence[str], n_trials: int, preset: Preset, generator: Generator) -> Trials:
    """Return random float64 trials of some tasks, of float32 conditions: so the page's copy is exact."""
    drawn = generate(tasks, n_trials, preset, generator)
    return _assemble(drawn.tasks, preset, drawn.conditions.to(dtype=torch.float64), drawn.onsets.diff(dim=0))


RULES = (
    "pro",
    "anti",
    "Stronger",
    "respond_if_match",
    "respond_unless_match",
    "respond_if_same_category",
    "respond_unless_same_category",
)
"""Rules that the engine knows."""


def of_task(trials: Trials, task: str) -> Trials:
    """Return the trials of one task, by name."""
    names = [each.name for each in trials.tasks]
    index = names.index(choose("task", task, names))
    return replace(trials._map(lambda x, axis: x.narrow(axis - 1, index, 1)), tasks=(trials.tasks[index],))


def chosen_trial(
    task: str, preset: Preset, angles: tuple[float, float], coherence: float, delay: float
) -> Trials:
    """Return one float64 trial with chosen stimuli and the timing of a grid.

    Parameters
    ----------
    task : str
    preset : Preset
    angles : pair of float
        Directions of the two stimuli in degrees; the second is ignored by tasks with one stimulus.
    coherence : float
        Half the difference in strength of two stimuli; ignored by tasks whose stimuli are equally strong.
    delay : float
        First delay in ms, brought into the task's range; ignored by tasks without one.
    """
    description = describe_task(get(task), preset)
    strength = torch.tensor(description["strength"], dtype=torch.float64)
    strength = strength + coherence * torch.tensor(description["coherence_strength"], dtype=torch.float64)
    return trial_of(task, preset, angles, strength, delay)


def trial_of(
    task: str, preset: Preset, angles: tuple[float, float], strength: torch.Tensor, delay: float
) -> Trials:
    """Return one float64 trial like `chosen_trial`, but whose stimuli have any strength.

    Parameters
    ----------
    strength : Tensor, shape (stimulus, ring)
        0 where a stimulus is absent.
    """
    spec = get(task)
    description = describe_task(spec, preset)
    angle = wrap(torch.tensor(angles, dtype=torch.float64) * (math.pi / 180))
    angle[strength.sum(-1) == 0] = math.nan
    sequential = torch.tensor([[description["sequential"]]])
    conditions = Conditions(angle[None, None], strength[None, None], sequential)
    periods = torch.tensor(description["periods"], dtype=torch.float64)
    if description["delays"]:
        low, high = description["delays"]
        periods[2] = min(max(delay, low), high)
    lengths = durations(periods[:, None], preset.dt, preset.length).unsqueeze(1)
    return _assemble((spec,), preset, conditions, lengths)


def describe_task(task: Task, preset: Preset) -> dict[str, Any]:
    """Return what the engine and the controls of live figures need to know of a task.

    ``periods`` and ``delays`` are in ms. ``strength`` and ``coherence_strength`` (stimulus, ring) give the
    stimuli of a chosen trial, ``strength + coherence * coherence_strength``.

    Raises
    ------
    ValueError
        If the engine does not know the stimuli or the rule of the task.
    """
    timing = task.test_timing_in(preset)
    kind = choose("stimuli", type(task.stimuli).__name__, _STIMULI)
    return {
        "name": task.name,
        "label": task.label,
        "rule": _describe_rule(task),
        "stimulus_on": task.stimulus_on.tolist(),
        "fixation_cue": task.fixation_cue.tolist(),
        "periods": [getattr(timing, field.name).middle() for field in fields(timing)],
        "delays": _limits(task.timing_in(preset).delay1),
        **_STIMULI[kind](task.stimuli, preset),
    }


def is_known_task(task: Task) -> bool:
    """Return whether the engine knows the stimuli and the rule of a task."""
    return type(task.stimuli).__name__ in _STIMULI and _rule_name(task) in RULES


def _rule_name(task: Task) -> str:
    return getattr(task.rule, "__name__", type(task.rule).__name__)


def _describe_rule(task: Task) -> dict[str, Any]:
    return {
        "type": choose("rule", _rule_name(task), RULES),
        "modalities": list(getattr(task.rule, "modalities", ())),
    }


def _limits(duration: Duration) -> list[float] | None:
    """Return the shortest and the longest duration in ms, or None if there is only one."""
    if isinstance(duration, Uniform):
        return [duration.low, duration.high]
    return [min(duration.values), max(duration.values)] if isinstance(duration, Choice) else None


def _shown(
    strength: Sequence[Sequence[float]],
    sequential: bool,
    change: Sequence[Sequence[float]] = ((0, 0), (0, 0)),
    coherences: Sequence[float] = (),
) -> dict[str, Any]:
    return {
        "strength": strength,
        "coherence_strength": change,
        "coherences": [min(coherences), max(coherences)] if coherences else None,
        "sequential": sequential,
    }


def _pair(stimuli: Any, preset: Preset) -> dict[str, Any]:
    """Two equal stimuli in ring 1, one after the other."""
    return _shown([[1, 0], [1, 0]], sequential=True)


def _two(strength: Any, change: Any) -> Callable[[Any, Preset], dict[str, Any]]:
    """Two stimuli of different strength, together or one after the other."""

    def describe(stimuli: Any, preset: Preset) -> dict[str, Any]:
        coherences = preset.delayed_coherences if stimuli.sequential else preset.coherences
        return _shown(strength, stimuli.sequential, change, coherences)

    return describe


def _in_ring(stimuli: Any, preset: Preset) -> dict[str, Any]:
    """Two stimuli of different strength in the ring of the task."""
    on = [float(stimuli.modality == ring) for ring in (1, 2)]
    return _two([on, on], [on, [-x for x in on]])(stimuli, preset)


_STIMULI: dict[str, Callable[[Any, Preset], dict[str, Any]]] = {
    "SingleStimulus": lambda stimuli, preset: _shown([[1, 0], [0, 0]], sequential=False),
    "Decision": _in_ring,
    "ContextDecision": _two([[1, 1], [1, 1]], [[1, -1], [-1, 1]]),
    "MultisensoryDecision": _two([[1, 1], [1, 1]], [[1.5, -0.5], [-1.5, 0.5]]),
    "MatchPair": _pair,
    "CategoryPair": _pair,
}
"""By kind of stimuli. Where both rings are used they disagree: so it matters which one a task attends to."""
