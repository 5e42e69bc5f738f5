"""The picture of a trial that everyone draws: fixation, input rings and target over time."""

from collections.abc import Sequence

import torch
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from torch import Tensor

from modpack._checks import choose, require
from modpack.colours import FAINT, INK, OUTPUT_COLOURS
from modpack.figures.style import fading, style
from modpack.strokes import BOUND, IN_ORDER, ONSET
from modpack.tasks.timing import EPOCH_LABELS, EPOCHS
from modpack.tasks.trials import Trials

FIXATION_LINES = (("cue", FAINT, IN_ORDER[0]), ("target", OUTPUT_COLOURS["fixation"], BOUND))
"""Name, colour and style of the fixation cue and of the desired fixation output."""

VECTOR_LINES = (("cos", OUTPUT_COLOURS["cos"], IN_ORDER[0]), ("sin", OUTPUT_COLOURS["sin"], IN_ORDER[1]))
"""Name, colour and style of the desired outputs of the vector readout."""

PANELS = 4
"""Number of panels: fixation, modality 1, modality 2, target."""


def plot_trial(
    trials: Trials, task: str | int = 0, trial: int = 0, ax: Sequence[Axes] | None = None
) -> list[Axes]:
    """Draw one trial: fixation, the two input rings and the target, with the epochs marked.

    Parameters
    ----------
    trials : Trials
    task : str or int
        Name of a task in `trials` or its position on the task axis.
    trial : int
        Which trial of the task.
    ax : sequence of 4 Axes, optional
        Where to draw, from top to bottom; a new figure by default.

    Returns
    -------
    list of Axes
        The four panels, from top to bottom.

    Raises
    ------
    ValueError
        If the trials hold no such task or trial, or `ax` does not hold four Axes.
    """
    index = _task_index(trials, task)
    allowed = f"between 0 and {trials.n_trials - 1}"
    require(0 <= trial < trials.n_trials, "trial", trial, allowed)
    with style():
        axes = _new_axes() if ax is None else list(ax)
        require(len(axes) == PANELS, "ax", f"{len(axes)} Axes", f"a sequence of {PANELS} Axes")
        _draw(axes, trials, index, trial)
    return axes


def _draw(axes: list[Axes], trials: Trials, index: int, trial: int) -> None:
    """Fill the four panels."""
    epochs = trials.epoch_index[: int(trials.end[index, trial]), index, trial]
    inputs = trials.patterns[epochs, index, trial].cpu()
    targets = trials.targets[epochs, index, trial].cpu()
    dt, n_ring = trials.preset.dt, trials.preset.n_ring
    fixation = torch.stack([inputs[:, 0], targets[:, 0]], -1)
    _draw_lines(axes[0], fixation, dt, FIXATION_LINES, "fixation")
    peak = max(1.0, float(inputs.max()))
    image = _draw_ring(axes[1], inputs[:, 1 : 1 + n_ring], dt, peak, "modality 1 (deg)")
    _draw_ring(axes[2], inputs[:, 1 + n_ring :], dt, peak, "modality 2 (deg)")
    if trials.preset.readout == "vector":
        _draw_lines(axes[3], targets[:, 1:], dt, VECTOR_LINES, "target")
    else:
        _draw_ring(axes[3], targets[:, 1:], dt, peak, "target (deg)")
    _mark_epochs(axes, trials, index, trial)
    axes[0].set_title(trials.tasks[index].label, pad=34)
    axes[-1].set_xlabel("time (ms)")
    axes[0].figure.colorbar(image, ax=axes, label="activity of a neuron", pad=0.02)


def _task_index(trials: Trials, task: str | int) -> int:
    if isinstance(task, str):
        names = [spec.name for spec in trials.tasks]
        return names.index(choose("task", task, names))
    require(0 <= task < len(trials.tasks), "task", task, f"a name or between 0 and {len(trials.tasks) - 1}")
    return task


def _new_axes() -> list[Axes]:
    return list(plt.subplots(PANELS, 1, sharex=True, figsize=(6.4, 5.6), height_ratios=(1.3, 2, 2, 2))[1])


def _draw_lines(
    ax: Axes, values: Tensor, dt: float, lines: tuple[tuple[str, str, str], ...], label: str
) -> None:
    """Draw channels `(time, channel)` that are constant within a step of `dt` ms."""
    edges = dt * torch.arange(len(values) + 1)
    for channel, (name, colour, dashes) in zip(values.T, lines, strict=True):
        ax.stairs(channel.numpy(), edges.numpy(), baseline=None, color=colour, ls=dashes, lw=1.8, label=name)
    ax.set_ylim(min(-0.15, float(values.min()) - 0.15), 1.15)
    ax.set_ylabel(label)
    ax.legend(loc="center left", ncols=2, fontsize="small")


def _draw_ring(ax: Axes, activity: Tensor, dt: float, peak: float, label: str) -> AxesImage:
    """Draw the activity `(time, unit)` of a ring of units by preferred direction."""
    half = 180 / activity.shape[1]
    extent = (0, dt * len(activity), -half, 360 - half)
    image = ax.imshow(
        activity.T.numpy(),
        origin="lower",
        aspect="auto",
        extent=extent,
        vmin=0,
        vmax=peak,
        cmap=fading(INK),
        interpolation="none",
    )
    ax.set_yticks([0, 90, 180, 270])
    ax.set_ylabel(label)
    return image


def epoch_starts(trials: Trials, task: int, trial: int) -> list[tuple[str, float]]:
    """Return the label ("" for epochs without) and the start in ms of every epoch that a trial has."""
    onsets = (trials.preset.dt * trials.onsets[:, task, trial]).tolist()
    named = zip(EPOCHS, onsets, onsets[1:], strict=False)
    return [(EPOCH_LABELS.get(name, ""), start) for name, start, stop in named if stop > start]


def _mark_epochs(axes: Sequence[Axes], trials: Trials, index: int, trial: int) -> None:
    """Mark where each epoch starts and write its name above the first panel."""
    top = axes[0].get_xaxis_transform()
    for label, start in epoch_starts(trials, index, trial):
        for ax in axes:
            ax.axvline(start, color=FAINT, lw=0.8, ls=ONSET)
        axes[0].text(start, 1.05, label, transform=top, rotation=35, fontsize="small")
