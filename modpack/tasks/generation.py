"""From tasks to trials, all at once: no loop over trials or time steps."""

from collections.abc import Sequence
from dataclasses import fields

import torch
from torch import Generator, Tensor

from modpack._checks import require, require_generator, whole
from modpack._memory import require_memory
from modpack.tasks.battery import Task
from modpack.tasks.conditions import (
    RESPOND,
    UNDEFINED,
    Answer,
    Conditions,
    stack_answers,
    stack_conditions,
)
from modpack.tasks.names import resolve
from modpack.tasks.presets import Preset
from modpack.tasks.readout import READOUTS, bump
from modpack.tasks.timing import EPOCHS, GO, durations
from modpack.tasks.trials import Trials


def generate(
    tasks: Sequence[str | Task],
    n_trials: int,
    preset: Preset,
    generator: Generator,
    device: torch.device | str | None = None,
    dtype: torch.dtype = torch.float32,
) -> Trials:
    """Draw random trials of some tasks.

    Parameters
    ----------
    tasks : sequence of str or Task
        One for each entry of the task axis: names of the battery or tasks of your own.
    n_trials : int
        Number of trials of each task.
    preset : Preset
    generator : torch.Generator
        The only source of randomness: the same seed gives the same trials, whatever `device` and `dtype`.
    device : torch.device, str or None
        Where the trials are built; None is the generator's device.
    dtype : torch.dtype

    Returns
    -------
    Trials
        Axes `(epoch, task, trial, channel)`.

    Raises
    ------
    ValueError
        If a task is unknown, does not fit the preset or has no answer to its own trials.
    """
    n_trials, specs = whole("n_trials", n_trials, 1), resolve(tasks)
    require(bool(specs), "tasks", tuple(tasks), "one or more tasks")
    require_generator(generator)
    require_memory("n_trials", n_trials, n_trials * sum(_bytes(task, preset) for task in specs))
    conditions, periods = [], []
    for task in specs:
        conditions.append(task.stimuli.draw(n_trials, preset, generator))
        periods.append(task.timing_in(preset).draw(n_trials, generator))
    device = generator.device if device is None else device
    shown = stack_conditions(conditions).to(device, dtype)
    lengths = durations(torch.stack(periods, 1), preset.dt, preset.length)
    return assemble(specs, preset, shown, lengths.to(device))


def grid(
    task: str | Task,
    preset: Preset,
    device: torch.device | str | None = None,
    dtype: torch.dtype = torch.float32,
) -> Trials:
    """Return one trial of a task for each condition of its test grid, all with the same timing.

    Parameters
    ----------
    task : str or Task
    preset : Preset
    device : torch.device, str or None
    dtype : torch.dtype

    Returns
    -------
    Trials
        With one entry on the task axis.

    Raises
    ------
    ValueError
        If the task is unknown or does not fit the preset.
    """
    (spec,) = resolve([task])
    conditions = stack_conditions([spec.stimuli.grid()]).to(device, dtype)
    n_trials = conditions.sequential.shape[-1]
    periods = spec.test_timing_in(preset).draw(n_trials, Generator())
    lengths = durations(periods, preset.dt, preset.length).unsqueeze(1)
    return assemble((spec,), preset, conditions, lengths.to(device))


def _bytes(task: Task, preset: Preset) -> float:
    """Return about how much memory a trial takes."""
    timing = task.timing_in(preset)
    length = sum(getattr(timing, each.name).middle() for each in fields(timing))
    n_steps = (preset.length or length) / preset.dt
    return 4 * len(EPOCHS) * (2 * preset.n_inputs + 2 * preset.n_outputs) + 2 * 8 * n_steps


def assemble(tasks: tuple[Task, ...], preset: Preset, conditions: Conditions, lengths: Tensor) -> Trials:
    """Return the trials with some conditions.

    Parameters
    ----------
    tasks : tuple of Task
    preset : Preset
    conditions : Conditions
        With axes `(task, trial)`.
    lengths : Tensor of int64, shape (epoch, task, trial)
        Durations of all epochs but the last, in steps.
    """
    n_trials = conditions.sequential.shape[-1]
    n_bytes = n_trials * sum(_bytes(task, preset) for task in tasks)
    asked = f"{n_trials} per task, rings of {preset.n_ring} channels, steps of {preset.dt:g} ms"
    require_memory("trials", asked, n_bytes, lengths.device)
    _check_shown(tasks, conditions, lengths)
    ends = lengths.cumsum(0)
    end = ends[-1]
    onsets = torch.cat([torch.zeros_like(ends[:1]), ends])
    answer = _answers(tasks, conditions)
    return Trials(
        tasks=tasks,
        preset=preset,
        patterns=_patterns(tasks, preset, conditions),
        epoch_index=_epoch_index(ends, int(end.max())),
        targets=_targets(preset, answer),
        weights=_weights(preset, answer.angle),
        onsets=onsets,
        end=end,
        conditions=conditions,
        answer=answer,
    )


def _check_shown(tasks: tuple[Task, ...], conditions: Conditions, lengths: Tensor) -> None:
    """Raise a ValueError unless every stimulus of a trial is on for a time step."""
    on = torch.stack([task.stimulus_on for task in tasks], 1)[:-1, :, None].bool().to(lengths.device)
    shown = ((lengths > 0).unsqueeze(-1) & on).any(0) | ~conditions.present
    for index, stimulus in (~shown).any(1).nonzero().tolist():
        n = int((~shown[index, :, stimulus]).sum())
        argument, allowed = (
            f"stimulus {stimulus + 1} of {tasks[index].name}",
            "on for a step or more: lower dt",
        )
        require(False, argument, f"without a time step in {n} trials", allowed)


def _answers(tasks: tuple[Task, ...], conditions: Conditions) -> Answer:
    """Ask every task about its own trials."""
    answers = []
    for index, task in enumerate(tasks):
        shown = Conditions(conditions.angle[index], conditions.strength[index], conditions.sequential[index])
        answers.append(task.answer(shown))
        undefined = int((answers[-1].kind == UNDEFINED).sum())
        require(not undefined, "rule", task.name, f"defined on its own trials ({undefined} are not)")
    return stack_answers(answers)


def _patterns(tasks: tuple[Task, ...], preset: Preset, conditions: Conditions) -> Tensor:
    """Return the input in each epoch, shape `(epoch, task, trial, channel)`."""
    strength, angle = conditions.strength, conditions.angle.nan_to_num()
    on = torch.stack([task.stimulus_on for task in tasks], -1).to(strength)
    cue = torch.stack([task.fixation_cue for task in tasks], -1).to(strength)
    # (task, trial, stimulus, modality, unit) -> (task, trial, stimulus, ring channel)
    rings = (strength.unsqueeze(-1) * bump(angle, preset.n_ring).unsqueeze(-2)).flatten(-2)
    patterns = strength.new_empty(len(EPOCHS), *angle.shape[:2], preset.n_inputs)
    patterns[..., 0] = cue.unsqueeze(-1)
    on = on[..., None, None]
    torch.mul(on[:, 0], rings[..., 0, :], out=patterns[..., 1:])
    patterns[..., 1:].addcmul_(on[:, 1], rings[..., 1, :])
    return patterns


def _epoch_index(ends: Tensor, n_steps: int) -> Tensor:
    """Return the epoch of each step, shape `(time, task, trial)`: the number of epochs that have ended."""
    started = ends.new_zeros(n_steps + 1, *ends.shape[1:])
    started.scatter_add_(0, ends, torch.ones_like(ends))
    return started[:-1].cumsum(0)


def _targets(preset: Preset, answer: Answer) -> Tensor:
    """Return the desired outputs, shape `(epoch, task, trial, output)`."""
    readout = READOUTS[preset.readout]
    respond = (answer.kind == RESPOND).unsqueeze(-1)
    response = readout.encode(answer.angle.nan_to_num(), preset.n_ring)
    fixation = torch.where(respond, readout.release, readout.hold).to(response)
    after = torch.cat([fixation, torch.where(respond, response, readout.rest)], -1)
    before = torch.full_like(after, readout.rest)
    before[..., 0] = readout.hold
    return torch.cat([before.expand(GO, *before.shape), after.expand(len(EPOCHS) - GO, *after.shape)])


def _weights(preset: Preset, like: Tensor) -> Tensor:
    """Return the weights of the squared errors, shape `(epoch, task, trial, output)`, as a view."""
    weights = like.new_zeros(len(EPOCHS), 1, 1, preset.n_outputs)
    weights[EPOCHS.index("settle") + 1 : GO] = 1
    weights[EPOCHS.index("response")] = preset.response_weight
    weights[..., 0] *= preset.fixation_weight
    return weights.expand(-1, *like.shape, -1)
