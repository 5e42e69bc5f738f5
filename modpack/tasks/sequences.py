"""Trials of tasks that are given row by row, as they follow each other in a stream."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from modpack._checks import require
from modpack.tasks.battery import Task
from modpack.tasks.generation import generate
from modpack.tasks.presets import Preset
from modpack.tasks.trials import Trials


def trials_of(
    rows: Tensor, tasks: Sequence[str | Task], n_trials: int, preset: Preset, generator: Generator
) -> Trials:
    """Draw trials of the tasks that are asked for, all rows at once.

    Parameters
    ----------
    rows : Tensor of int64, shape (row,)
        Which of the tasks the trials of every row are of.
    tasks : sequence of str or Task
    n_trials : int
        Trials of every row.
    preset : Preset
    generator : Generator

    Returns
    -------
    Trials
        With one entry of the task axis for each row.

    Raises
    ------
    ValueError
        For a row that asks for a task that is not there, or if a task does not fit the preset.

    Examples
    --------
    >>> from modpack.tasks import COMPACT
    >>> rows, generator = torch.tensor([1, 0, 1]), Generator().manual_seed(0)
    >>> trials = trials_of(rows, ["fdgo", "fdanti"], 5, COMPACT, generator)
    >>> [task.name for task in trials.tasks], trials.n_trials
    (['fdanti', 'fdgo', 'fdanti'], 5)
    """
    known = rows.ndim == 1 and len(rows) > 0 and bool(((rows >= 0) & (rows < len(tasks))).all())
    require(known, "rows", rows, f"one or more numbers in 0 ... {len(tasks) - 1}")
    counted = torch.nn.functional.one_hot(rows, len(tasks)).cumsum(0)
    most = int(counted[-1].max())
    earlier = counted.gather(1, rows.unsqueeze(1)).squeeze(1) - 1  # rows of the same task
    drawn = generate(tasks, most * n_trials, preset, generator).regroup(most)
    return drawn.take(rows * most + earlier)
