"""Probes of ambiguity of a whole network, or of all networks of an ensemble: one scan for each pair or task.

All networks that are probed alike see the same trials, cues and noise.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from modpack.context import ContextCode, fade, mix, mix_preserving_norm
from modpack.measures import ambiguity
from modpack.measures.ambiguity import Cues, conflicting_trials, fractions, said_to
from modpack.measures.choices import asked, choices
from modpack.measures.superposition import weights
from modpack.network import ModulatedNetwork
from modpack.tasks import Trials, generate

Told = Callable[[Cues, ContextCode], Tensor]
"""What a network is told of cues, shape (level, trial, d)."""

Cued = Callable[[ContextCode, Trials, Sequence[float], Generator], Cues]
"""What makes contexts ambiguous, at levels of strength: `ambiguity.isotropic` or `ambiguity.dropped`."""

PATHS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "mix": mix,
    "mix preserving norm": mix_preserving_norm,
    "strength": lambda a, b, at: fade(a, at),
}
"""Contexts at some positions from that of one task to another's, or to none."""

WEIGHTS = ("weight of a", "weight of b", "residual")
"""Of the answers of two rules in what is said, where these are independent."""


def raw(cues: Cues, code: ContextCode) -> Tensor:
    """Return the cues themselves."""
    return cues.contexts


def believed(cues: Cues, code: ContextCode) -> Tensor:
    """Return the means of all contexts under the posteriors that the cues leave."""
    return cues.beliefs(code)


def regret_in_line(
    network: ModulatedNetwork,
    pairs: Sequence[tuple[str, str]],
    d_primes: Sequence[float],
    n_trials: int,
    told: Told = raw,
) -> Tensor:
    """Return the regret under noise along the line between two contexts, for pairs of tasks.

    Parameters
    ----------
    network : ModulatedNetwork
    pairs : sequence of pair of str
        Trials of the first to which the second has another answer, see `ambiguity.conflicting_trials`.
    d_primes : sequence of float
        Levels, see `ambiguity.in_line`.
    n_trials : int
        Trials of each pair.
    told : callable
        `raw` or `believed`.

    Returns
    -------
    Tensor of float64, shape (pair, [network], level)
    """
    generator, found = Generator().manual_seed(1), []
    for a, b in pairs:
        trials = conflicting_trials(a, b, network.preset, n_trials, generator)
        cues = ambiguity.in_line(network.code, trials, b, d_primes, generator)
        said = said_to(network, trials, told(cues, network.code), generator)
        found.append(ambiguity.regret(said, cues))
    return torch.stack(found)


class Regret(NamedTuple):
    """Regret and the bound it is measured from, means over tasks.

    Attributes
    ----------
    regret : Tensor, shape ([network], level)
    bound : Tensor, shape (level,)
    """

    regret: Tensor
    bound: Tensor


def regret_of_all(
    network: ModulatedNetwork,
    cued: Cued,
    levels: Sequence[float],
    n_trials: int,
    told: Told = raw,
) -> Regret:
    """Return the regret under what makes all contexts ambiguous, as a mean over all tasks.

    Parameters
    ----------
    network : ModulatedNetwork
    cued : callable
        `ambiguity.isotropic` or `ambiguity.dropped`.
    levels : sequence of float
        As that takes them.
    n_trials : int
        Trials of each task.
    told : callable
        `raw` or `believed`.
    """
    generator, found, bounds = Generator().manual_seed(2), [], []
    for task in network.code.tasks:
        trials = generate([task], n_trials, network.preset, generator)
        cues = cued(network.code, trials, levels, generator)
        said = said_to(network, trials, told(cues, network.code), generator)
        found.append(ambiguity.regret(said, cues))
        bounds.append(cues.bound)
    return Regret(torch.stack(found).mean(0), torch.stack(bounds).mean(0))


class Followed(NamedTuple):
    """Whose rule is followed along a path of contexts, means over trials and pairs.

    Attributes
    ----------
    made : Tensor, shape ([network], position, choice)
        Fractions in the order of `CHOICES`.
    weights : Tensor, shape (3, [network], position)
        In the order of `WEIGHTS`; nan where no two answers are independent.
    """

    made: Tensor
    weights: Tensor


def followed(
    network: ModulatedNetwork,
    pairs: Sequence[tuple[str, str]],
    path: Callable[[Tensor, Tensor, Tensor], Tensor],
    at: Tensor,
    n_trials: int,
) -> Followed:
    """Return whose rule is followed along a path between the contexts of two tasks.

    Parameters
    ----------
    network : ModulatedNetwork
    pairs : sequence of pair of str
        As for `regret_in_line`.
    path : callable
        One of `PATHS`: takes the contexts of both, and positions.
    at : Tensor, shape (position,)
    n_trials : int
        Trials of each pair, all of them at every position.
    """
    generator, made, shares = Generator().manual_seed(3), [], []
    for a, b in pairs:
        trials = conflicting_trials(a, b, network.preset, n_trials, generator)
        contexts = path(network.code[a], network.code[b], at).unsqueeze(1)
        said = said_to(network, trials, contexts, generator)
        answer_a, answer_b = asked(trials, (a, b))
        made.append(fractions(choices(said, answer_a, answer_b)))
        shares.append(torch.stack(weights(said, answer_a, answer_b)).nanmean(-1))
    return Followed(torch.stack(made).mean(0), torch.stack(shares).nanmean(0))
