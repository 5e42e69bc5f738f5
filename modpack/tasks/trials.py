"""A batch of trials: small patterns per epoch and the epoch of each time step."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from modpack._checks import choose, require
from modpack.tasks.battery import Task
from modpack.tasks.conditions import Answer, Conditions
from modpack.tasks.presets import Preset
from modpack.tasks.timing import EPOCHS


@dataclass(frozen=True, eq=False)
class Trials:
    """Trials of several tasks, constant within each epoch.

    Parameters
    ----------
    tasks : tuple of Task
        One for each entry of the task axis.
    preset : Preset
    patterns : Tensor, shape (epoch, task, trial, channel)
        Input in each epoch: channel 0 fixation, then the rings of modality 1 and 2.
    epoch_index : Tensor, shape (time, task, trial), int64
        Epoch of each step.
    targets, weights : Tensor, shape (epoch, task, trial, output)
        Desired outputs (0 fixation, then the response) and their weights in the squared error.
    onsets : Tensor, shape (epoch, task, trial), int64
        Step at which each epoch starts.
    end : Tensor, shape (task, trial), int64
        First step after the response window; the last scored step is the one before.
    conditions : Conditions, axes (task, trial)
    answer : Answer, shape (task, trial)
    """

    tasks: tuple[Task, ...]
    preset: Preset
    patterns: Tensor
    epoch_index: Tensor
    targets: Tensor
    weights: Tensor
    onsets: Tensor
    end: Tensor
    conditions: Conditions
    answer: Answer

    @property
    def n_steps(self) -> int:
        """Number of time steps."""
        return self.epoch_index.shape[0]

    @property
    def n_trials(self) -> int:
        """Number of trials of each task."""
        return self.epoch_index.shape[2]

    def dense_inputs(self) -> Tensor:
        """Return the input at each step, shape `(time, task, trial, channel)`."""
        return self._dense(self.patterns)

    def dense_targets(self) -> Tensor:
        """Return the desired outputs at each step, shape `(time, task, trial, output)`."""
        return self._dense(self.targets)

    def dense_weights(self) -> Tensor:
        """Return the weights of the squared errors at each step, shape `(time, task, trial, output)`."""
        return self._dense(self.weights)

    def select(self, index: slice | Tensor) -> "Trials":
        """Return some of the trials of every task; a slice gives views.

        Parameters
        ----------
        index : slice or Tensor of int64 or bool, shape (trial,)
        """
        return self._map(lambda tensor, axis: tensor[(slice(None),) * axis + (index,)])

    def take(self, rows: Tensor) -> "Trials":
        """Return some entries of the task axis, each as often as it is named.

        Parameters
        ----------
        rows : Tensor of int64, shape (row,)
        """
        taken = self._map(lambda x, axis: x.index_select(axis - 1, rows.to(x.device)))
        return replace(taken, tasks=tuple(self.tasks[row] for row in rows.tolist()))

    def span(self, start: int, stop: int) -> "Trials":
        """Return a stretch of the task axis; views of these."""
        views = self._map(lambda x, axis: x.narrow(axis - 1, start, stop - start))
        return replace(views, tasks=self.tasks[start:stop])

    def of(self, task: str) -> "Trials":
        """Return the trials of one task, by name; views of these.

        Raises
        ------
        ValueError
            For a task that there are no trials of.
        """
        names = [each.name for each in self.tasks]
        index = names.index(choose("task", task, names))
        return self.span(index, index + 1)

    def input_in(self, epoch: str) -> Tensor:
        """Return the input during one epoch of every trial, shape `(task, trial, channel)`.

        Raises
        ------
        ValueError
            For an unknown epoch.
        """
        return self.patterns[EPOCHS.index(choose("epoch", epoch, EPOCHS))]

    def regroup(self, n_contexts: int) -> "Trials":
        """Divide the trials of every task into groups that follow each other on the task axis.

        Parameters
        ----------
        n_contexts : int
            Number of groups per task, each with its own context.

        Returns
        -------
        Trials
            With `task * n_contexts` entries on the task axis and `trial / n_contexts` trials each.

        Raises
        ------
        ValueError
            If the trials cannot be divided evenly.
        """
        divides = n_contexts >= 1 and self.n_trials % n_contexts == 0
        require(divides, "n_contexts", n_contexts, f"a divisor of the {self.n_trials} trials of each task")
        groups, size = len(self.tasks) * n_contexts, self.n_trials // n_contexts

        def divide(tensor: Tensor, axis: int) -> Tensor:
            return tensor.reshape(*tensor.shape[: axis - 1], groups, size, *tensor.shape[axis + 1 :])

        tasks = tuple(task for task in self.tasks for _ in range(n_contexts))
        return replace(self._map(divide), tasks=tasks)

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> "Trials":
        """Return the trials on another device or with another floating-point type."""

        def move(tensor: Tensor, _: int) -> Tensor:
            return tensor.to(device, dtype if tensor.is_floating_point() else None)

        return self._map(move)

    def _dense(self, patterns: Tensor) -> Tensor:
        """Copy whole rows, which is several times as fast as indexing axis by axis."""
        return patterns.flatten(0, 2).index_select(0, self._rows.flatten()).unflatten(0, self._rows.shape)

    @cached_property
    def _rows(self) -> Tensor:
        """Row of each step's epoch in patterns flattened to `(epoch task trial, channel)`."""
        n_tasks, n_trials = self.epoch_index.shape[1:]
        trial = torch.arange(n_tasks * n_trials, device=self.epoch_index.device).view(n_tasks, n_trials)
        return torch.add(trial, self.epoch_index, alpha=n_tasks * n_trials)

    def _map(self, function: Callable[[Tensor, int], Tensor]) -> "Trials":
        """Apply a function of a tensor and the position of its trial axis to every tensor."""
        conditions, answer = self.conditions, self.answer
        return replace(
            self,
            patterns=function(self.patterns, 2),
            epoch_index=function(self.epoch_index, 2),
            targets=function(self.targets, 2),
            weights=function(self.weights, 2),
            onsets=function(self.onsets, 2),
            end=function(self.end, 1),
            conditions=Conditions(
                function(conditions.angle, 1),
                function(conditions.strength, 1),
                function(conditions.sequential, 1),
            ),
            answer=Answer(function(answer.kind, 1), function(answer.angle, 1)),
        )
