"""Which of two tasks a network carries out when its context is ambiguous."""

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from modpack._checks import require
from modpack.network import ContextLike, ModulatedNetwork
from modpack.tasks import (
    PUBLISHED,
    UNDEFINED,
    Answer,
    Criterion,
    Decoded,
    Trials,
    final,
    get,
    satisfies,
)
from modpack.tasks.conditions import SAME_ANGLE, circular_distance

CHOICES = ("a", "b", "turned", "cancelled", "fixating", "other")
"""What a network can make of a trial to which two tasks have different answers, see `choices`."""

SHORTEST = 0.5
"""A response that is shorter than this, where trained ones have length 1, is no answer."""

ROUNDING = 1e-5
"""Sums of angles (rad) in single precision are no more exact; opposite directions have two equal arcs."""


def opposed(a: Answer, b: Answer) -> Tensor:
    """Return whether two rules ask for different things, shape of the answers.

    They do where both are defined and differ in kind, or in direction by 5 degrees or more.
    """
    defined = (a.kind != UNDEFINED) & (b.kind != UNDEFINED)
    apart = circular_distance(a.angle, b.angle) >= SAME_ANGLE  # False where an angle is nan
    return defined & ((a.kind != b.kind) | apart)


def compatibility(trials: Trials) -> Tensor:
    """Return how often the rules of other tasks have another answer, shape (task, task).

    Parameters
    ----------
    trials : Trials

    Returns
    -------
    Tensor
        Fraction of the trials of the first task (row) to which the rule of the second (column) has another
        answer; nan if it has no answer to any of them.
    """
    columns = []
    for task in trials.tasks:
        answer = get(task.name).answer(trials.conditions)
        differs = opposed(trials.answer, answer).double().mean(-1)
        unknown = (answer.kind == UNDEFINED).all(-1)
        columns.append(differs.masked_fill(unknown, torch.nan))
    return torch.stack(columns, dim=1)


def opponents(trials: Trials) -> dict[str, list[str]]:
    """Return, for every task of some trials, those with another answer to at least one of its trials."""
    names = [task.name for task in trials.tasks]
    rows = (compatibility(trials) > 0).tolist()
    return {
        name: [other for other, differs in zip(names, row, strict=True) if differs]
        for name, row in zip(names, rows, strict=True)
    }


def choices(said: Decoded, a: Answer, b: Answer, criterion: Criterion = PUBLISHED) -> Tensor:
    """Return which of two answers was given, as an index into `CHOICES`.

    The first of these that holds:

    1. "fixating": fixation is held, unless one of the two rules asks for that; then it is "a" or "b".
    2. "cancelled": the response is shorter than `SHORTEST`, in whatever direction.
    3. "a" or "b": the outputs satisfy that answer and not the other.
    4. "turned": they satisfy both, or respond on the shorter arc between two directions. Opposite directions
       (to 5 degrees) have no shorter arc, and no response to them counts as turned.
    5. "other".

    A response in a random direction of full length is thus a with probability tolerance / pi, and so is b;
    between opposite directions everything else is "other".

    Parameters
    ----------
    said : Decoded, shape (..., trial)
    a, b : Answer, shape (..., trial)
    criterion : Criterion

    Returns
    -------
    Tensor of int64, shape (..., trial)
    """
    is_a, is_b = satisfies(said, a, criterion), satisfies(said, b, criterion)
    is_fixating = said.fixation > criterion.fixation_threshold
    first_that_holds = {
        "fixating": is_fixating & (is_a == is_b),
        "cancelled": cancelled(said, criterion),
        "a": is_a & ~is_b,
        "b": is_b & ~is_a,
        "turned": (is_a & is_b) | _between(said.angle, a.angle, b.angle),
    }
    made = torch.full(is_a.shape, CHOICES.index("other"), device=is_a.device)
    for name, holds in reversed(first_that_holds.items()):
        made = torch.where(holds, CHOICES.index(name), made)
    return made


def cancelled(said: Decoded, criterion: Criterion = PUBLISHED) -> Tensor:
    """Return whether fixation is released for a response that is too short to be an answer, shape (...)."""
    return (said.fixation <= criterion.fixation_threshold) & (said.length < SHORTEST)


def _between(angle: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Return whether an angle lies on the shorter arc between two directions; False if one is nan."""
    apart = circular_distance(a, b)
    around = circular_distance(angle, a) + circular_distance(angle, b)
    return (around <= apart + ROUNDING) & (apart <= math.pi - SAME_ANGLE)


@torch.no_grad()
def said_under(network: ModulatedNetwork, trials: Trials, contexts: Tensor) -> Decoded:
    """Return what a network answers to each trial, for contexts along a path.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network; it runs free of noise.
    trials : Trials
        Of one task.
    contexts : Tensor, shape (position, d) or (position, trial, d)
        One for all trials, or one for each.

    Returns
    -------
    Decoded, shape (position, trial)

    Raises
    ------
    ValueError
        If the network is an ensemble, or diverges.
    """
    network.require_single()
    shape = tuple(contexts.shape)
    require(len(shape) in (2, 3) and 0 not in shape, "contexts.shape", shape, "(position, [trial], d)")
    said = final(_outputs(network, trials, contexts).unsqueeze(-3), trials)
    return Decoded(*(each.squeeze(-2) for each in said))


def asked(trials: Trials, tasks: Sequence[str]) -> list[Answer]:
    """Return what each of some tasks asks for in trials of one task, shape (trial,)."""
    every = (get(name).answer(trials.conditions) for name in tasks)
    return [Answer(*(each.squeeze(0) for each in answer)) for answer in every]


def choice_curve(
    network: ModulatedNetwork,
    trials: Trials,
    tasks: tuple[str, str],
    contexts: Tensor,
    criterion: Criterion = PUBLISHED,
) -> Tensor:
    """Return how often each choice is made, for contexts along a path: a mix, a fade, growing noise.

    Parameters
    ----------
    network, contexts
        As in `said_under`.
    trials : Trials
        Of one task; only those to which the two tasks have different answers count.
    tasks : pair of str
        The tasks a and b.
    criterion : Criterion

    Returns
    -------
    Tensor, shape (position, choice)
        Fractions of the trials that count, in the order of `CHOICES`.

    Raises
    ------
    ValueError
        If there is no trial to which the tasks have different answers, or if the network diverges.
    """
    a, b = asked(trials, tasks)
    counts = opposed(a, b)
    require(bool(counts.any()), "tasks", tasks, "two tasks with different answers to some of the trials")
    made = choices(said_under(network, trials, contexts), a, b, criterion)[:, counts]
    return torch.stack([(made == index).float().mean(-1) for index in range(len(CHOICES))], dim=-1)


def _outputs(network: ModulatedNetwork, trials: Trials, contexts: Tensor) -> Tensor:
    """Return the outputs of trials under contexts as in `said_under`, (time, position, trial, output)."""
    if contexts.ndim == 2:
        return network.outputs(trials, contexts)
    each = trials.regroup(trials.n_trials)
    return torch.stack([network.outputs(each, own).squeeze(-2) for own in contexts], dim=1)


@torch.no_grad()
def executed(
    network: ModulatedNetwork,
    trials: Trials,
    context: ContextLike,
    rules: Sequence[str],
    generator: Generator | None = None,
    criterion: Criterion = PUBLISHED,
) -> dict[str, float]:
    """Return the fraction of trials that are answered as each of several tasks asks.

    A trial counts for every rule whose answer it gives, and for no rule that has no answer to it.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network.
    trials : Trials
        Whose stimuli are shown.
    context
        What the network is told, as in :meth:`ModulatedNetwork.contexts`.
    rules : sequence of str
        Names of tasks of the battery.
    generator : Generator, optional
        Draws the noise; without it the network runs free of noise.
    criterion : Criterion
        When an answer counts as given.

    Returns
    -------
    dict
        A fraction in [0, 1] for every rule.

    Raises
    ------
    ValueError
        For an unknown task, a context of the wrong length, or a network that diverges.
    """
    network.require_single()
    said = final(network.outputs(trials, context, generator), trials)
    answers = {rule: get(rule).answer(trials.conditions) for rule in rules}
    return {rule: float(satisfies(said, a, criterion).double().mean()) for rule, a in answers.items()}
