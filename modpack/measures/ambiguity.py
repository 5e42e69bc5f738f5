r"""How robust a network is to an ambiguous context.

Where what makes a context ambiguous has a likelihood (noise, coordinates that are dropped), the question is
how much less often the network is right than a decoder of the same cues, its *regret*. Where it has none (a
mix of two contexts, a weaker one), the question is whose rule is followed, and how abruptly that changes.

A network does each task's own trials, and every trial has a cue of its own. So it may see more than the
decoder: times and stimuli can give the task away, and regret can be negative.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from scipy import stats
from torch import Generator, Tensor

from modpack import context
from modpack._checks import choose, require
from modpack.context import ContextCode
from modpack.measures.bounds import (
    answers_of_all,
    best_answer,
    likelihood_of_drop,
    likelihood_of_noise,
    pair_bound,
    posterior,
)
from modpack.measures.choices import CHOICES, asked, opponents, opposed
from modpack.measures.switching import crossing
from modpack.network import ModulatedNetwork
from modpack.tasks import Decoded, Preset, Trials, final, generate, own_criterion, satisfies

TOLERATED = 0.8
"""A network tolerates as much noise as leaves it right this often; the decoder of a pair is at d' = 1.68."""

DECIDED = 0.5
"""A rule is taken to be followed where it leads the other by this fraction of trials."""


@dataclass(frozen=True, eq=False)
class Cues:
    """Trials of one task, each with an ambiguous context of its own at every level.

    Parameters
    ----------
    trials : Trials
        Of one task.
    contexts : Tensor, shape (level, trial, d)
    log_likelihood : Tensor, shape (level, trial, task)
        Of every task of the code given the cue.
    bound : Tensor of float64, shape (level,)
        How often the decoder is right.
    """

    trials: Trials
    contexts: Tensor
    log_likelihood: Tensor
    bound: Tensor

    def beliefs(self, code: ContextCode) -> Tensor:
        """Return the mean of all contexts under the posterior of every cue, shape (level, trial, d)."""
        return posterior(self.log_likelihood) @ code.vectors


def conflicting_pairs(tasks: Sequence[str], preset: Preset, n_trials: int = 200) -> list[tuple[str, str]]:
    """Return the pairs (a, b) of tasks such that b has another answer to some trials of a, in order of a."""
    drawn = generate(tasks, n_trials, preset, Generator().manual_seed(0))
    return [(a, b) for a, others in opponents(drawn).items() for b in others]


def conflicting_trials(a: str, b: str, preset: Preset, n: int, generator: Generator) -> Trials:
    """Return random trials of task a to which task b has another answer.

    Raises
    ------
    ValueError
        If fewer than `n` of four times as many trials are of that kind.
    """
    drawn = generate([a], 4 * n, preset, generator)
    found = opposed(*asked(drawn, (a, b))).nonzero()[:n, 0]
    require(len(found) == n >= 1, "n", n, f"1 ... {len(found)} for {a} and {b}")
    return drawn.select(found)


def in_line(
    code: ContextCode, trials: Trials, other: str, d_primes: Sequence[float], generator: Generator
) -> Cues:
    r"""Return cues with noise along the line to the context of another task.

    The noise has the quantiles of the normal distribution, so that the decoder, which chooses the nearer of
    the two contexts, is right as often as its bound :math:`\Phi(d'/2)` says to one trial. The bound is that
    of both tasks being equally likely, and of answers that conflict in every trial.

    Parameters
    ----------
    code : ContextCode
    trials : Trials
        Of one task, to which the other has another answer.
    other : str
    d_primes : sequence of float
        Distance of the two contexts in standard deviations of the noise, a level for each.
    generator : Generator
        Decides which trial has which noise.

    Returns
    -------
    Cues
    """
    own, levels = _own(code, trials), _levels(d_primes)
    line, n = code[other] - own, trials.n_trials
    quantiles = torch.as_tensor(stats.norm.ppf((torch.arange(n).double() + 0.5) / n)).to(own)
    z = torch.stack([quantiles[torch.randperm(n, generator=generator)] for _ in d_primes])
    contexts = own + (z / levels[:, None].to(own)).unsqueeze(-1) * line
    known = _by_noise(contexts, code, float(line.norm()) / levels)
    return Cues(trials, contexts, known, pair_bound(levels))


def isotropic(code: ContextCode, trials: Trials, d_primes: Sequence[float], generator: Generator) -> Cues:
    """Return cues with noise in every coordinate.

    Parameters
    ----------
    code, trials, generator
        As for `in_line`; the generator draws the noise.
    d_primes : sequence of float
        Smallest distance of two contexts in standard deviations of the noise.

    Returns
    -------
    Cues
        With the decoder of the answer: that for which most of the posterior over all tasks speaks.
    """
    own, levels = _own(code, trials), _levels(d_primes)
    distances = code.distances() + torch.diag(torch.full((len(code.tasks),), math.inf))
    sigmas = float(distances.min()) / levels
    told = own.expand(trials.n_trials, -1)
    contexts = torch.stack([context.noise(told, float(sigma), generator) for sigma in sigmas])
    return _decoded(code, trials, contexts, _by_noise(contexts, code, sigmas))


def dropped(code: ContextCode, trials: Trials, ps: Sequence[float], generator: Generator) -> Cues:
    """Return cues of a dense code of which each coordinate is dropped with a probability, a level for each.

    As for `isotropic`. Raises a ValueError for a code with one coordinate for each task.
    """
    told = _own(code, trials).expand(trials.n_trials, -1)
    contexts = torch.stack([context.drop(told, p, generator) for p in ps])
    known = torch.stack([likelihood_of_drop(c, code, p) for c, p in zip(contexts, ps, strict=True)])
    return _decoded(code, trials, contexts, known)


@torch.no_grad()
def said_to(
    network: ModulatedNetwork, trials: Trials, contexts: Tensor, generator: Generator | None = None
) -> Decoded:
    """Return what a network, or every network of an ensemble, answers under contexts: all in one scan.

    Parameters
    ----------
    network : ModulatedNetwork
    trials : Trials
        Of one task.
    contexts : Tensor, shape (level, trial, d), or (level, 1, d) for all trials alike
    generator : Generator, optional
        Draws the noise; without it the network runs free of noise.

    Returns
    -------
    Decoded, shape ([network], level, trial)
        nan where states grow without end, as they can under contexts that no training has prepared for: such
        an answer is never right, and its choice is "other".
    """
    levels, n = len(contexts), trials.n_trials
    every = trials.select(torch.arange(n).repeat(levels)).regroup(levels * n)
    outputs = network.outputs(every, contexts.expand(-1, n, -1).flatten(0, 1), generator)
    lost = ~outputs.isfinite().all(-1).all(0)
    said = final(outputs.nan_to_num(0, 0, 0), every)
    kept = (each.masked_fill(lost, math.nan) for each in said)
    return Decoded(*(each.squeeze(-1).unflatten(-1, (levels, n)) for each in kept))


def regret(said: Decoded, cues: Cues) -> Tensor:
    """Return how much less often answers to cues are right than the decoder's, shape ([network], level).

    Parameters
    ----------
    said : Decoded, shape ([network], level, trial)
    cues : Cues
    """
    answer = asked(cues.trials, _names(cues.trials))[0]
    return cues.bound - satisfies(said, answer, own_criterion(cues.trials)).double().mean(-1)


def tolerance(d_primes: Sequence[float], right: Tensor) -> float:
    """Return the d' at which answers are right as often as `TOLERATED`, by linear interpolation.

    Parameters
    ----------
    d_primes : sequence of float
        In falling order: more and more noise.
    right : Tensor, shape (level,)
        Fraction of right answers.

    Returns
    -------
    float
        Where the fraction first falls so far; nan where it is lower from the start, or never is.
    """
    if right[0] < TOLERATED:
        return math.nan
    levels = -torch.as_tensor(d_primes, dtype=right.dtype)
    return -crossing(levels, -right, -TOLERATED)


def fractions(made: Tensor) -> Tensor:
    """Return how often each choice was made, shape (..., choice), for choices (..., trial)."""
    return torch.stack([(made == index).double().mean(-1) for index in range(len(CHOICES))], dim=-1)


def width(positions: Tensor, made: Tensor) -> float:
    """Return over what stretch of a path a network passes from one rule to the other.

    Parameters
    ----------
    positions : Tensor, shape (position,)
        In rising order, from a's context to b's.
    made : Tensor, shape (position, choice)
        Fractions in the order of `CHOICES`.

    Returns
    -------
    float
        From where a no longer leads by `DECIDED` to where b does; nan where a does not lead at the beginning,
        or b never does.
    """
    lead = made[:, CHOICES.index("b")] - made[:, CHOICES.index("a")]
    if lead[0] > -DECIDED:
        return math.nan
    return crossing(positions, lead, DECIDED) - crossing(positions, lead, -DECIDED)


def _names(trials: Trials) -> list[str]:
    require(len(trials.tasks) == 1, "trials", f"of {len(trials.tasks)} tasks", "of one task")
    return [trials.tasks[0].name]


def _own(code: ContextCode, trials: Trials) -> Tensor:
    (name,) = _names(trials)
    return code[choose("trials", name, code.tasks)]


def _levels(d_primes: Sequence[float]) -> Tensor:
    levels = torch.tensor(d_primes, dtype=torch.float64)
    require(bool((levels > 0).all() & levels.isfinite().all()), "d_primes", d_primes, "positive")
    return levels


def _by_noise(contexts: Tensor, code: ContextCode, sigmas: Tensor) -> Tensor:
    pairs = zip(contexts, sigmas.tolist(), strict=True)
    return torch.stack([likelihood_of_noise(c, code, sigma) for c, sigma in pairs])


def _decoded(code: ContextCode, trials: Trials, contexts: Tensor, log_likelihood: Tensor) -> Cues:
    """Return cues with how often the decoder of the answer is right on these very trials."""
    answers, own = answers_of_all(trials, code), asked(trials, _names(trials))[0]
    best = [best_answer(p, answers)[0] for p in posterior(log_likelihood)]
    bound = torch.stack([satisfies(each, own).double().mean() for each in best])
    return Cues(trials, contexts, log_likelihood, bound)
