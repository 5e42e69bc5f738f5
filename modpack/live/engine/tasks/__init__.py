"""What the engine needs to know of tasks."""

from dataclasses import fields
from typing import Any

from modpack._checks import choose
from modpack.tasks import Preset, Task
from modpack.tasks.chosen import delays_of, is_choosable, periods_of, stimuli_of
from modpack.tasks.timing import Timing

RULES = (
    "pro",
    "anti",
    "Stronger",
    "Permuted",
    "respond_if_match",
    "respond_unless_match",
    "respond_if_same_category",
    "respond_unless_same_category",
)
"""Rules that the engine knows."""

PERIODS = [field.name for field in fields(Timing)]


def describe_task(task: Task, preset: Preset) -> dict[str, Any]:
    """Return what the engine and the controls of live figures need to know of a task.

    ``periods`` and ``delays`` are in ms. ``strength`` and ``coherence_strength`` (stimulus, ring) give the
    stimuli of a chosen trial, ``strength + coherence * coherence_strength``, and ``directions`` how many
    directions they can have, if not any. ``tolerance`` (rad) is the task's own.

    Raises
    ------
    ValueError
        If the engine does not know the stimuli or the rule of the task.
    """
    stimuli = stimuli_of(task, preset)
    return {
        "name": task.name,
        "label": task.label,
        "rule": _describe_rule(task),
        "stimulus_on": task.stimulus_on.tolist(),
        "fixation_cue": task.fixation_cue.tolist(),
        "periods": periods_of(task, preset),
        "delays": delays_of(task, preset),
        "strength": stimuli.strength,
        "coherence_strength": stimuli.change,
        "coherences": stimuli.coherences,
        "sequential": stimuli.sequential,
        "directions": stimuli.directions,
        "tolerance": task.tolerance,
    }


def describe_draws(task: Task, preset: Preset) -> dict[str, Any]:
    """Return what the engine needs to draw trials: the distributions of stimuli and of durations (ms)."""
    timing, stimuli = task.timing_in(preset), task.stimuli
    delayed = getattr(stimuli, "sequential", False)
    coherences = preset.delayed_coherences if delayed else preset.coherences
    return {
        "stimuli": {"type": type(stimuli).__name__, "coherences": coherences} | vars(stimuli),
        "timing": [
            {"type": type(period).__name__} | vars(period) for period in map(timing.__getattribute__, PERIODS)
        ],
    }


def is_known_task(task: Task) -> bool:
    """Return whether the engine knows the stimuli and the rule of a task."""
    return is_choosable(task) and _rule_name(task) in RULES


def _rule_name(task: Task) -> str:
    return getattr(task.rule, "__name__", type(task.rule).__name__)


def _describe_rule(task: Task) -> dict[str, Any]:
    return {
        "type": choose("rule", _rule_name(task), RULES),
        "modalities": list(getattr(task.rule, "modalities", ())),
        "permutation": list(getattr(task.rule, "permutation", ())),
    }
