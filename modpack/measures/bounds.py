r"""How well anybody can do whose context is ambiguous: exact likelihoods, posteriors, and the Bayes bound.

What an ambiguous context still tells is given by its likelihood under every task, :math:`p(x \mid k)`, and
that by the operator that made it ambiguous. All tasks are equally likely beforehand. A mix and a fade have no
likelihood, and so no bound.

The bound is that of the *answer*: a decoder that knows the code and the operator has the posterior over tasks
that are possible, and gives the answer that most of it speaks for. Nobody who knows no more is right more
often, on average over these tasks. The unit of noise is :math:`d' = D / \sigma`, with the distance D of two
contexts.
"""

import math

import torch
from scipy import stats
from torch import Tensor

from modpack._checks import number, positive, require, require_finite
from modpack.context import ContextCode
from modpack.tasks import PUBLISHED, Answer, Criterion, Decoded, Trials, get, satisfies

BOUNDARY = 1e-3
"""Where an answer is placed that satisfies as many others as it can: this share of the tolerance inside."""


def likelihood_of_noise(contexts: Tensor, code: ContextCode, sigma: float) -> Tensor:
    r"""Return the log-likelihood of every task under :func:`modpack.context.noise`, shape (..., task).

    :math:`-|x - c_k|^2 / 2 \sigma^2`, up to a constant. The same holds for
    :func:`modpack.context.noise_in_line` and a code of the two tasks that the line leads through.

    Parameters
    ----------
    contexts : Tensor, shape (..., d)
    code : ContextCode
    sigma : float

    Raises
    ------
    ValueError
        If sigma is not positive, or a context is not finite or not of the code's length.
    """
    sigma = positive("sigma", sigma)
    _check(contexts, code)
    distances = torch.cdist(torch.atleast_2d(contexts), code.vectors.to(contexts))
    return distances.reshape(*contexts.shape[:-1], -1).square() / (-2 * sigma**2)


def likelihood_of_drop(contexts: Tensor, code: ContextCode, p: float) -> Tensor:
    r"""Return the log-likelihood of every task under :func:`modpack.context.drop`, shape (..., task).

    Of task k with m coordinates of which n are kept as they were, it is
    :math:`n \log(1 - p) + (m - n) \log p`; a task that lacks what is seen is impossible. In a dense code in
    general position a single coordinate identifies the task.

    Parameters
    ----------
    contexts : Tensor, shape (..., d)
        As dropped from contexts of the code.
    code : ContextCode
    p : float

    Raises
    ------
    ValueError
        If p is not between 0 and 1, or a context is not finite or not of the code's length.
    """
    require(0 < number("p", p, 0, 1) < 1, "p", p, "between 0 and 1")
    _check(contexts, code)
    seen, own = contexts.unsqueeze(-2), code.vectors.to(contexts)
    possible = ((seen == own) | (seen == 0)).all(-1)
    kept = ((seen == own) & (own != 0)).sum(-1)
    dropped = (own != 0).sum(-1) - kept
    return (kept * math.log(1 - p) + dropped * math.log(p)).masked_fill(~possible, -math.inf)


def posterior(log_likelihood: Tensor, possible: Tensor | None = None) -> Tensor:
    """Return the probability of every task, shape (..., task).

    Parameters
    ----------
    log_likelihood : Tensor, shape (..., task)
    possible : Tensor of bool, shape (task,), optional
        The tasks that can be meant, for instance because the stimulus is one of theirs; all by default.

    Raises
    ------
    ValueError
        If no task is possible.
    """
    if possible is not None:
        log_likelihood = log_likelihood.masked_fill(~possible, -math.inf)
    numbers = log_likelihood.is_floating_point() and not bool(log_likelihood.isnan().any())
    require(numbers, "log_likelihood", log_likelihood, "made of floating-point numbers")
    known = bool((log_likelihood > -math.inf).any(-1).all())
    require(known, "log_likelihood", "a context of no task", "above minus infinity for one task or more")
    return log_likelihood.softmax(-1)


def drawn_alike(name: str, code: ContextCode) -> Tensor:
    """Return which tasks of a code draw their trials as a task does, shape (task,).

    Whoever sees the stimuli and times of a trial can tell, with rare exceptions, that no other task is meant.
    """
    own = get(name)
    alike = [
        (other.timing, other.stimuli, other.shown, other.keeps_fixation_cue)
        == (own.timing, own.stimuli, own.shown, own.keeps_fixation_cue)
        for other in map(get, code.tasks)
    ]
    return torch.tensor(alike)


def answers_of_all(trials: Trials, code: ContextCode) -> Answer:
    """Return what every task of a code asks for in trials of one task, shape (task, trial)."""
    every = [get(name).answer(trials.conditions) for name in code.tasks]
    return Answer(*(torch.cat(parts) for parts in zip(*every, strict=True)))


def best_answer(
    probabilities: Tensor, answers: Answer, criterion: Criterion = PUBLISHED
) -> tuple[Decoded, Tensor]:
    """Return the answer that is right with the largest probability, and that probability.

    Parameters
    ----------
    probabilities : Tensor, shape (trial, task)
        The posterior in each trial.
    answers : Answer, shape (task, trial)
        What each task asks for. A task without an answer to a trial cannot be answered.
    criterion : Criterion
        When an answer is right. Answers that lie close to each other can be satisfied by one response.

    Returns
    -------
    Decoded, Tensor of shape (trial,)
    """
    offered = _offered(answers, criterion)
    right = satisfies(
        Decoded(*(each.unsqueeze(1) for each in offered)),
        Answer(*(each.unsqueeze(0) for each in answers)),
        criterion,
    )
    chance = torch.einsum("ckt,tk->ct", right.to(probabilities), probabilities)
    best = chance.argmax(0, keepdim=True)
    return Decoded(*(each.gather(0, best)[0] for each in offered)), chance.gather(0, best)[0]


def _offered(answers: Answer, criterion: Criterion) -> Decoded:
    """Return the answers to choose from, shape (offer, trial).

    An arc of as many directions as one response can satisfy begins at one of them: so each direction is
    offered, and the one for which it is just near enough; and to withhold.
    """
    within = (1 - BOUNDARY) * criterion.tolerance
    none = torch.zeros_like(answers.angle[:1])
    angle = torch.cat([answers.angle, answers.angle + within, none])
    holds = torch.zeros_like(angle)
    holds[-1] = 1 + criterion.fixation_threshold
    return Decoded(angle, 1 - holds.clamp(max=1), holds)


def pair_bound(d_prime: Tensor | float) -> Tensor:
    r"""Return how often anybody can tell two equally likely contexts apart: :math:`\Phi(d' / 2)`.

    Parameters
    ----------
    d_prime : float or Tensor
        Their distance in units of the noise.
    """
    return torch.as_tensor(stats.norm.cdf(torch.as_tensor(d_prime, dtype=torch.float64) / 2))


def discriminability(bound: float) -> float:
    """Return the d' at which `pair_bound` has a value.

    Raises
    ------
    ValueError
        Unless it lies between one half and one.
    """
    require(0.5 < number("bound", bound, 0, 1) < 1, "bound", bound, "between 0.5 and 1")
    return 2 * float(stats.norm.ppf(bound))


def _check(contexts: Tensor, code: ContextCode) -> None:
    allowed = f"(..., {code.d}), as the contexts of the code"
    require(contexts.shape[-1:] == (code.d,), "contexts.shape", tuple(contexts.shape), allowed)
    precise = contexts.dtype in (torch.float32, torch.float64)
    require(precise, "contexts.dtype", contexts.dtype, "torch.float32 or torch.float64")
    require_finite("contexts", contexts)
