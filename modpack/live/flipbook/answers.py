"""Flipbooks of what a network answers while its context is moved away from the one it was trained with."""

from collections.abc import Callable, Sequence

import torch
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from modpack._checks import require
from modpack.colours import COLOURS
from modpack.figures.activity import plot_response
from modpack.figures.performance import plot_executed, plot_preference
from modpack.live.flipbook.figure import Control, Flipbook
from modpack.measures.choices import executed
from modpack.modulation import PathwayContexts
from modpack.network import ContextLike, ModulatedNetwork
from modpack.tasks import Trials, get


def along_path(
    network: ModulatedNetwork,
    trials: Trials,
    rules: Sequence[str],
    context: Callable[[float], ContextLike],
    control: Control,
) -> Flipbook:
    """Return a flipbook with one slider, which moves the context along a path.

    On the left the response in the first of the trials, on the right how many of all trials are answered as
    each of some tasks asks, over the whole path. Without noise.

    Parameters
    ----------
    network : ModulatedNetwork
        With the vector readout.
    trials : Trials
        Of one task.
    rules : sequence of str
        Names of tasks whose answers are counted.
    context : callable
        The context at a position of the slider.
    control : Control
        The slider.
    """
    _check(trials)
    positions = [float(value) for value in control.values]
    labels = {rule: f"as {get(rule).label} asks" for rule in rules}
    counted = {position: executed(network, trials, context(position), rules) for position in positions}

    def draw(**setting: float) -> Figure:
        (position,) = setting.values()
        figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3), width_ratios=(2, 3))
        outputs = network.outputs(trials, context(position))[:, 0, 0]
        plot_response(outputs, trials, rules, ax=left)
        plot_executed(positions, list(counted.values()), labels, position, right)
        right.set_xlabel(control.label)
        return figure

    def say(**setting: float) -> str:
        (position,) = setting.values()
        parts = [f"{counted[position][rule]:.0%} {label}" for rule, label in labels.items()]
        return f"{control.label} {control.text(position)}: of {trials.n_trials} trials, {', '.join(parts)}."

    alt = "Response in the plane and fractions of trials along a path of contexts."
    return Flipbook.render(draw, [control], alt, say)


def two_pathways(
    network: ModulatedNetwork,
    trials: Trials,
    first: str,
    second: str,
    context: Callable[[float], torch.Tensor],
    positions: Sequence[float],
) -> Flipbook:
    """Return a flipbook with two sliders, which move the contexts of the two pathways apart.

    On the left the response in the first of the trials, on the right the fraction of all trials answered as
    the second task asks minus that answered as the first asks. Without noise.

    Parameters
    ----------
    network : ModulatedNetwork
        Of a combined form, with the vector readout.
    trials : Trials
        Of one task.
    first, second : str
        Names of the tasks at the two ends.
    context : callable
        The context at a position of a slider, 0 for the first task and 1 for the second.
    positions : sequence of float
        What the sliders can be set to, evenly spaced.
    """
    _check(trials)
    rules = (first, second)
    counted = {
        (e, s): executed(network, trials, PathwayContexts(context(e), context(s)), rules)
        for e in map(float, positions)
        for s in map(float, positions)
    }
    preference = torch.tensor([shares[second] - shares[first] for shares in counted.values()])
    preference = preference.reshape(len(positions), -1)
    names = (get(first).label, get(second).label)

    def draw(excitability: float, synaptic: float) -> Figure:
        figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3))
        contexts = PathwayContexts(context(excitability), context(synaptic))
        plot_response(network.outputs(trials, contexts)[:, 0, 0], trials, rules, ax=left)
        plot_preference(positions, preference, names, (excitability, synaptic), right)
        right.set(xlabel="synaptic: mix", ylabel="excitability: mix", title="answered as")
        return figure

    def say(excitability: float, synaptic: float) -> str:
        shares = counted[excitability, synaptic]
        parts = [f"{shares[rule]:.0%} as {name} asks" for rule, name in zip(rules, names, strict=True)]
        told = f"Excitability is told {excitability:g} {names[1]}, synapses {synaptic:g} {names[1]}"
        return f"{told}: of {trials.n_trials} trials, {', '.join(parts)}."

    sliders = [
        Control(name, positions, f"{name}: {names[0]} to {names[1]}", 0, colour=COLOURS[name])
        for name in ("excitability", "synaptic")
    ]
    alt = "Response in the plane, and which answer is given for every setting of the two pathways."
    return Flipbook.render(draw, sliders, alt, say)


def _check(trials: Trials) -> None:
    names = [task.name for task in trials.tasks]
    require(len(names) == 1, "trials", f"trials of {names}", "trials of one task")
