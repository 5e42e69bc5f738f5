"""Flipbooks of what a network answers while its context is moved away from the one it was trained with."""

import itertools
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from modpack._checks import require
from modpack.colours import COLOURS, FAINT
from modpack.figures.activity import plot_response
from modpack.figures.performance import plot_executed, plot_preference
from modpack.live.base.figure import Limits
from modpack.live.flipbook.figure import Control, Flipbook
from modpack.measures.choices import executed
from modpack.modulation import PathwayContexts
from modpack.network import ContextLike, ModulatedNetwork
from modpack.tasks import Trials, get


def along_path(
    network: ModulatedNetwork,
    probes: Trials,
    rules: Sequence[str],
    context: Callable[[float], ContextLike],
    control: Control,
    question: str = "How far can the context move before the network answers otherwise?",
    **state: Any,
) -> Flipbook:
    """Return a flipbook with one slider, which moves the context along a path.

    On the left the response in the first of the probes, on the right how many of them are answered as
    each of some tasks asks, over the path as far as the slider has been moved from where it stands at first:
    what comes is for the reader to predict. Without noise.

    Parameters
    ----------
    network : ModulatedNetwork
        With the vector readout.
    probes : Trials
        Of one task.
    rules : sequence of str
        Names of tasks whose answers are counted.
    context : callable
        The context at a position of the slider.
    control : Control
        The slider.
    question, state
        As in :class:`Flipbook`.
    """
    _check(probes)
    positions = control.values
    labels = {rule: f"as {get(rule).label} asks" for rule in rules}
    counted = {position: executed(network, probes, context(position), rules) for position in positions}

    def draw(**setting: float) -> Figure:
        (position,) = setting.values()
        figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3), width_ratios=(2, 3))
        outputs = network.outputs(probes, context(position))[:, 0, 0]
        plot_response(outputs, probes, rules, ax=left)
        seen = _between(control, position)
        plot_executed(seen, [counted[each] for each in seen], labels, position, right)
        margin = 0.05 * (positions[-1] - positions[0])
        right.set(xlabel=control.label, xlim=(positions[0] - margin, positions[-1] + margin))
        return figure

    def say(**setting: float) -> str:
        (position,) = setting.values()
        parts = [f"{counted[position][rule]:.0%} {label}" for rule, label in labels.items()]
        return f"{control.label} {control.text(position)}: of {probes.n_trials} trials, {', '.join(parts)}."

    alt = "Response in the plane and fractions of trials along the path of contexts so far."
    call = {"call": "along_path", "source": f"network, probes, {json.dumps(rules)}, context, control"}
    return Flipbook(draw, [control], alt, say, **call, question=question, **state)


def two_pathways(
    network: ModulatedNetwork,
    probes: Trials,
    first: str,
    second: str,
    context: Callable[[float], torch.Tensor],
    step: float = 0.25,
    question: str = "When the two pathways are told different tasks, which of them does the network obey?",
    **state: Any,
) -> Flipbook:
    """Return a flipbook with two sliders, which move the contexts of the two pathways apart.

    On the left the response in the first of the probes, on the right the fraction of them answered as
    the second task asks minus that answered as the first asks, for contexts up to those of the sliders: what
    comes is for the reader to predict. Without noise.

    Parameters
    ----------
    network : ModulatedNetwork
        Of a combined form, with the vector readout.
    probes : Trials
        Of one task.
    first, second : str
        Names of the tasks at the two ends.
    context : callable
        The context at a position of a slider, 0 for the first task and 1 for the second.
    step : float
        Of the sliders.
    question, state
        As in :class:`Flipbook`.
    """
    _check(probes)
    rules = (first, second)
    names = (get(first).label, get(second).label)
    sliders = [
        Control(name, Limits(0, 1, step), f"{name}: {names[0]} to {names[1]}", 0, colour=COLOURS[name])
        for name in ("excitability", "synaptic")
    ]
    positions = sliders[0].values
    counted = {
        (e, s): executed(network, probes, PathwayContexts(context(e), context(s)), rules)
        for e, s in itertools.product(positions, positions)
    }
    preference = torch.tensor([shares[second] - shares[first] for shares in counted.values()])
    preference = preference.reshape(len(positions), -1)

    def draw(excitability: float, synaptic: float) -> Figure:
        figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3))
        contexts = PathwayContexts(context(excitability), context(synaptic))
        plot_response(network.outputs(probes, contexts)[:, 0, 0], probes, rules, ax=left)
        seen = [[e <= excitability and s <= synaptic for s in positions] for e in positions]
        shown = preference.where(torch.tensor(seen), math.nan)
        right.set_facecolor((FAINT, 0.3))
        plot_preference(positions, shown, names, (excitability, synaptic), right)
        right.set(xlabel="synaptic: mix", ylabel="excitability: mix", title="answered as")
        return figure

    def say(excitability: float, synaptic: float) -> str:
        shares = counted[excitability, synaptic]
        parts = [f"{shares[rule]:.0%} as {name} asks" for rule, name in zip(rules, names, strict=True)]
        told = f"Excitability is told {excitability:g} {names[1]}, synapses {synaptic:g} {names[1]}"
        return f"{told}: of {probes.n_trials} trials, {', '.join(parts)}."

    alt = "Response in the plane, and which answer is given for contexts up to those of the two pathways."
    call = {"call": "two_pathways", "source": f'network, probes, "{first}", "{second}", context, {step}'}
    return Flipbook(draw, sliders, alt, say, **call, question=question, **state)


def _between(control: Control, position: float) -> list[float]:
    """Return the values of a slider from its first to a position."""
    low, high = sorted((control.initial, position))
    return [value for value in control.values if low <= value <= high]


def _check(trials: Trials) -> None:
    names = [task.name for task in trials.tasks]
    require(len(names) == 1, "trials", f"trials of {names}", "trials of one task")
