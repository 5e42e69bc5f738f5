"""What units and outputs of a network do in a trial."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from torch import Tensor

from modpack._checks import require
from modpack.colours import FAINT, INK, OUTPUT_COLOURS
from modpack.figures.style import axes_or_new, fading
from modpack.figures.trial import epoch_starts
from modpack.network import ModulatedNetwork
from modpack.strokes import BOUND, ONSET
from modpack.tasks import Trials, get


def order_by_peak(rates: Tensor) -> Tensor:
    """Return the neurons in the order of the time of their highest rate.

    Parameters
    ----------
    rates : Tensor, shape (time, neuron)

    Returns
    -------
    Tensor of int64, shape (neuron,)
    """
    return rates.argmax(dim=0).argsort(stable=True)


def plot_rates(
    rates: Tensor, dt: float, order: Tensor | None = None, peak: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the rates of all neurons over time.

    Parameters
    ----------
    rates : Tensor, shape (time, neuron)
    dt : float
        Length of a time step in ms.
    order : Tensor of int64, shape (neuron,), optional
        Neurons from top to bottom; by default by the time of their highest rate.
    peak : float, optional
        Rate of the darkest colour; by default the highest.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes
    """
    require(rates.ndim == 2, "rates", tuple(rates.shape), "of shape (time, neuron)")
    ax = axes_or_new(ax)
    order = order_by_peak(rates) if order is None else order
    peak = float(rates.max()) if peak is None else peak
    extent = (0, dt * len(rates), len(order), 0)
    shown = rates[:, order].T.numpy()
    ax.imshow(shown, aspect="auto", extent=extent, vmin=0, vmax=peak, cmap=fading(INK), interpolation="none")
    ax.set(xlabel="time (ms)", ylabel="neuron")
    return ax


def plot_outputs(outputs: Tensor, trials: Trials, trial: int = 0, ax: Axes | None = None) -> Axes:
    """Draw the outputs of a network over time (solid) and their targets (dashed).

    Parameters
    ----------
    outputs : Tensor, shape (time, output)
        Fixation, cos, sin of one trial.
    trials : Trials
        Of one task, with the vector readout; its targets are drawn.
    trial : int
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the outputs are not those of the trial or not (fixation, cos, sin).
    """
    _check_outputs(outputs, trials)
    ax = axes_or_new(ax)
    dt = trials.preset.dt
    times = dt * (1 + np.arange(trials.n_steps))
    targets = trials.dense_targets()[:, 0, trial]
    for channel, (name, colour) in enumerate(OUTPUT_COLOURS.items()):
        ax.plot(times, outputs[:, channel].numpy(), color=colour, label=name)
        ax.plot(times, targets[:, channel].numpy(), BOUND, color=colour, linewidth=1)
    for label, onset in epoch_starts(trials, 0, trial)[1:]:
        ax.vlines(onset, -1.2, 1.1, color=FAINT, linewidth=0.8, linestyle=ONSET)
        ax.text(onset, 1.15, label, rotation=90, ha="center", va="bottom", fontsize="x-small")
    ax.set(xlabel="time (ms)", ylabel="output", ylim=(-1.3, 2), xlim=(0, dt * trials.n_steps))
    ax.set_yticks([-1, 0, 1])
    return ax


def plot_contexts(network: ModulatedNetwork, trials: Sequence[Trials], trial: int = 0) -> list[Axes]:
    """Draw rates and outputs in one trial of each of several tasks, in a column each, without noise.

    Neurons are in the same order, and rates in the same colours, in all columns.

    Parameters
    ----------
    network : ModulatedNetwork
    trials : sequence of Trials
        Each of one task, whose context the network gets.
    trial : int

    Returns
    -------
    list of Axes
        The rates from left to right, then the outputs.

    Raises
    ------
    ValueError
        If an entry holds more than one task.
    """
    counts = [len(entry.tasks) for entry in trials]
    require(set(counts) == {1}, "trials", f"entries of {counts} tasks", "entries of one task each")
    axes = plt.subplots(
        2, len(trials), sharex=True, sharey="row", figsize=(4 * len(trials), 5), squeeze=False
    )[1]
    states = [network.run(entry) for entry in trials]
    rates = [r[:, 0, trial] for r in states]
    order, peak = order_by_peak(rates[0]), max(float(r.max()) for r in rates)
    for column, (entry, r) in enumerate(zip(trials, states, strict=True)):
        plot_rates(r[:, 0, trial], entry.preset.dt, order, peak, axes[0, column])
        plot_outputs(network.readout(r, entry.tasks[0].name)[:, 0, trial], entry, trial, axes[1, column])
        axes[0, column].set(title=f"under the context of {entry.tasks[0].label}", xlabel="")
    for ax in axes[:, 1:].flat:
        ax.set_ylabel("")
    axes[1, 0].legend(loc="lower left", fontsize="small")
    figure = axes[0, 0].figure
    figure.colorbar(axes[0, 0].images[0], ax=list(axes[0]), label="rate", pad=0.01)
    return list(axes.flat)


def plot_response(
    outputs: Tensor, trials: Trials, rules: Sequence[str], trial: int = 0, ax: Axes | None = None
) -> Axes:
    """Draw the path of the response of one trial in the plane, and the answers of some tasks as circles.

    The dot is the end of the path: filled if fixation is released there, else open.

    Parameters
    ----------
    outputs : Tensor, shape (time, output)
        Fixation, cos, sin of one trial.
    trials : Trials
        Of one task, with the vector readout.
    rules : sequence of str
        Names of tasks whose answers to this trial are marked, where they are responses.
    trial : int
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the outputs are not those of the trial or not (fixation, cos, sin), or a task is unknown.
    """
    _check_outputs(outputs, trials)
    ax = axes_or_new(ax, figsize=(3.4, 3.4))
    circle = torch.linspace(0, 2 * math.pi, 181)
    ax.plot(circle.cos(), circle.sin(), color=FAINT, linewidth=0.8)
    ax.plot([-1, 1, math.nan, 0, 0], [0, 0, math.nan, -1, 1], color=FAINT, linewidth=0.4)
    for task in map(get, rules):
        angle = float(task.answer(trials.conditions).angle[0, trial])
        if not math.isnan(angle):
            x, y = math.cos(angle), math.sin(angle)
            ax.plot(x, y, "o", markersize=11, color=INK, markerfacecolor="none")
            ax.annotate(task.label, (1.35 * x, 1.35 * y), ha="center", va="center", fontsize="small")
    fixation, *path = outputs.T.numpy()
    ax.plot(*path, color=INK, linewidth=1)
    fill = INK if fixation[-1] < 0.5 else "none"
    ax.plot(path[0][-1], path[1][-1], "o", color=INK, markersize=6, markerfacecolor=fill)
    ax.set(aspect="equal", xlim=(-1.7, 1.7), ylim=(-1.7, 1.7))
    ax.set_axis_off()
    return ax


def _check_outputs(outputs: Tensor, trials: Trials) -> None:
    shape = (trials.n_steps, len(OUTPUT_COLOURS))
    require(tuple(outputs.shape) == shape, "outputs", tuple(outputs.shape), f"of shape {shape}")
