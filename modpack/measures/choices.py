"""Which of two tasks a network carries out when its context is ambiguous."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from modpack._checks import require, require_finite
from modpack.context import ContextCode
from modpack.network import ContextLike, ModulatedNetwork
from modpack.tasks import (
    PUBLISHED,
    RESPOND,
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

CHOICES = ("a", "b", "blend", "neither")
"""What a network can make of a trial to which two tasks have different answers."""

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


def ideal_choice(contexts: Tensor, code: ContextCode) -> Tensor:
    """Return which task an ideal decoder takes ambiguous contexts for: that of the nearest context.

    Where independent noise of one size is added to all coordinates and all tasks are equally likely, no
    decoder is right more often.

    Parameters
    ----------
    contexts : Tensor, shape (..., d)
    code : ContextCode

    Returns
    -------
    Tensor of int64, shape (...)
        Indices of tasks in the code.

    Raises
    ------
    ValueError
        If a context is not finite.
    """
    require_finite("contexts", contexts)
    return torch.cdist(contexts, code.vectors.to(contexts)).argmin(-1)


def choices(said: Decoded, a: Answer, b: Answer, criterion: Criterion = PUBLISHED) -> Tensor:
    """Return which of two answers was given, as an index into `CHOICES`.

    "a" or "b" if the outputs satisfy that answer only; "blend" if they satisfy both, or if they respond in a
    direction on the shorter arc between two directions; "neither" otherwise.

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
    around = circular_distance(said.angle, a.angle) + circular_distance(said.angle, b.angle)
    on_arc = around <= circular_distance(a.angle, b.angle) + ROUNDING
    between = (
        on_arc & (a.kind == RESPOND) & (b.kind == RESPOND) & (said.fixation <= criterion.fixation_threshold)
    )
    one = torch.where(is_a, CHOICES.index("a"), CHOICES.index("b"))
    none = torch.where((is_a & is_b) | between, CHOICES.index("blend"), CHOICES.index("neither"))
    return torch.where(is_a ^ is_b, one, none)


@torch.no_grad()
def choices_under(
    network: ModulatedNetwork,
    trials: Trials,
    tasks: tuple[str, str],
    contexts: Tensor,
    criterion: Criterion = PUBLISHED,
) -> Tensor:
    """Return which of two tasks each trial is executed as, for contexts along a path.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network; it runs free of noise.
    trials : Trials
        Of one task.
    tasks : pair of str
        The tasks a and b.
    contexts : Tensor, shape (position, d) or (position, trial, d)
        One for all trials, or one for each.
    criterion : Criterion

    Returns
    -------
    Tensor of int64, shape (position, trial)
        Indices into `CHOICES`.

    Raises
    ------
    ValueError
        If the network is an ensemble, or diverges.
    """
    network.require_single()
    said = final(_outputs(network, trials, contexts).unsqueeze(-3), trials)
    a, b = (get(name).answer(trials.conditions) for name in tasks)
    return choices(said, a, b, criterion).squeeze(-2)


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
    network, tasks, contexts, criterion
        As in `choices_under`.
    trials : Trials
        Of one task; only those to which the two tasks have different answers count.

    Returns
    -------
    Tensor, shape (position, choice)
        Fractions of the trials that count, in the order of `CHOICES`.

    Raises
    ------
    ValueError
        If there is no trial to which the tasks have different answers, or if the network diverges.
    """
    counts = opposed(*(get(name).answer(trials.conditions) for name in tasks)).squeeze(0)
    require(bool(counts.any()), "tasks", tasks, "two tasks with different answers to some of the trials")
    made = choices_under(network, trials, tasks, contexts, criterion)[:, counts]
    return torch.stack([(made == index).float().mean(-1) for index in range(len(CHOICES))], dim=-1)


def _outputs(network: ModulatedNetwork, trials: Trials, contexts: Tensor) -> Tensor:
    """Return the outputs of trials under contexts as in `choices_under`, (time, position, trial, output)."""
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
