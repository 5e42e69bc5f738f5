"""Which task a network carries out when its context is ambiguous."""

from collections.abc import Sequence

import torch
from torch import Generator

from modpack.network import ContextLike, ModulatedNetwork
from modpack.tasks import PUBLISHED, Criterion, Trials, final, get, satisfies


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
        For an unknown task, or a context of the wrong length.
    """
    said = final(network.readout(network.run(trials, context, generator)), trials)
    answers = {rule: get(rule).answer(trials.conditions) for rule in rules}
    return {rule: float(satisfies(said, a, criterion).double().mean()) for rule, a in answers.items()}
