r"""How well anybody can do in a stream of trials who knows what there is to know, or only part of it.

The ideal observer has the posterior over tasks from all cues, by the forward algorithm (`Stream.ideal`).
Others have one estimate alone, or add what both say:
:math:`\mathrm{argmax}_k\, (1 - w) \log f_k + w \log s_k`, with the weight that is best on other trials.
Where the two are evidence for the same task a sum is all there is to gain; where one decides what the other
means, no sum of a function of each is enough.

All choose a task; a choice is right if the task's answer is that of the task asked for. Who sees the stimulus
knows which tasks agree in their answer, and adds up what speaks for it (`by_answer`).
"""

import math
from typing import NamedTuple

from torch import Generator, Tensor

from modpack._checks import require
from modpack.measures.modulation import Row
from modpack.measures.streaming import SETTLED, happened
from modpack.training.reliability import Reliability
from modpack.training.worlds import Hierarchy, Stream, Told, believed, filtered

WEIGHTS = tuple(k / 50 for k in range(51))
"""Weights of the slow estimate in a sum."""

TRUSTS = tuple(k / 40 for k in range(1, 40))
"""How often cues may be taken to be right."""

ANGLES = tuple(2 * math.pi * k / 72 for k in range(72))
"""Directions in which the log-odds of both estimates are added up."""

LEAST = 1e-300
"""Probabilities below this count as this in a logarithm."""

SEED = 10**7
"""Of the worlds in which observers are tested."""


def bound(stream: Stream, n_tasks: int, n_worlds: int) -> Row:
    """Return how often observers are right in a stream of tasks no two of which agree.

    Returns
    -------
    dict
        ``hazard``, ``right``, and the fractions of trials that are right: ``ideal``, ``best sum``, with the
        weights that are best in as many other worlds, ``fast`` and ``slow`` (each estimate as if it were of
        the task).
    """
    generator = Generator().manual_seed(SEED)
    fitted, told = (happened(stream, n_tasks, n_worlds, generator) for _ in range(2))
    chosen = {"ideal": stream.ideal(told).argmax(-1), "best sum": _best_sum(stream, fitted, told)}
    chosen |= {"fast": told.fast.argmax(-1), "slow": told.slow.argmax(-1)}
    about: Row = {"hazard": stream.hazard, "right": stream.right}
    return about | {name: float(right(k, told)[SETTLED:].double().mean()) for name, k in chosen.items()}


def _best_sum(stream: Stream, fitted: Told, told: Told) -> Tensor:
    """Return what is chosen by the sum that is best in other worlds."""
    if isinstance(stream, Reliability):
        return trusting(told, stream.hazard, best_trust(fitted.since(SETTLED), stream.hazard))
    if isinstance(stream, Hierarchy):
        return best_in_pairs(fitted.since(SETTLED)).chosen(told)
    return added(told, best_weight(fitted.since(SETTLED)))


def right(chosen: Tensor, told: Told, answers: Tensor | None = None) -> Tensor:
    """Return whether chosen tasks, shape (trial, world), give the answer that is asked for.

    Parameters
    ----------
    chosen : Tensor of int64, shape (trial, world)
    told : Told
    answers : Tensor of int64, shape (trial, world, task), optional
        Which answer every task asks for; by default no two tasks agree.
    """
    if answers is None:
        return chosen == told.task
    given, asked = (answers.gather(-1, k.unsqueeze(-1)).squeeze(-1) for k in (chosen, told.task))
    return given == asked


def by_answer(belief: Tensor, answers: Tensor) -> Tensor:
    """Return the probability that the answer of every task is right, shape (trial, world, task).

    Parameters
    ----------
    belief : Tensor, shape (trial, world, task)
        Probability of every task.
    answers : Tensor of int64, shape (trial, world, task)
        Which answer every task asks for.
    """
    agree = answers.unsqueeze(-1) == answers.unsqueeze(-2)
    return (agree * belief.unsqueeze(-2)).sum(-1)


def added(told: Told, weight: float) -> Tensor:
    """Return the task that most speaks for in a weighted sum of both estimates, shape (trial, world).

    Parameters
    ----------
    told : Told
        Both estimates being of the task.
    weight : float
        Of the slow estimate, 0 to 1.

    Raises
    ------
    ValueError
        If the estimates are of different things.
    """
    same = told.fast.shape == told.slow.shape
    require(same, "told", tuple(told.slow.shape), "whose two estimates are of the same")
    fast, slow = (x.clamp_min(LEAST).log() for x in (told.fast, told.slow))
    return ((1 - weight) * fast + weight * slow).argmax(-1)


def best_weight(told: Told) -> float:
    """Return the weight of the slow estimate with which `added` is right most often."""
    return max(WEIGHTS, key=lambda weight: float(right(added(told, weight), told).double().mean()))


def trusting(told: Told, hazard: float, right: float) -> Tensor:
    """Return the task that is likeliest for who trusts all cues alike, shape (trial, world).

    Parameters
    ----------
    told : Told
        The fast estimate is of the task that a cue names.
    hazard : float
        Of the task.
    right : float
        How often cues are taken to be right: what they say is added up with this weight, always.
    """
    return filtered(believed(told.fast, right), hazard).argmax(-1)


def best_trust(told: Told, hazard: float) -> float:
    """Return how often cues should be taken to be right, for `trusting` to be right most often."""
    return max(TRUSTS, key=lambda right_: float(right(trusting(told, hazard, right_), told).double().mean()))


class InPairs(NamedTuple):
    """A sum of what two estimates say for the first of two partners, and what it has to exceed.

    Attributes
    ----------
    angle : float
        Weights are its cosine, of the fast log-odds of the symbol, and its sine, of the slow ones of blocks.
    threshold : float
    """

    angle: float
    threshold: float

    def chosen(self, told: Told) -> Tensor:
        """Return the task chosen in a hierarchy, shape (trial, world); the fast estimate says the pair."""
        pair, fast, slow = _of_pairs(told)
        total = math.cos(self.angle) * fast + math.sin(self.angle) * slow
        return 2 * pair + (total <= self.threshold)


def best_in_pairs(told: Told) -> InPairs:
    """Return the sum and the threshold that are right most often in a hierarchy.

    For every direction the best of all thresholds is found from the sorted sums.
    """
    pair, fast, slow = (x.flatten() for x in _of_pairs(told))
    known, first = (told.task // 2).flatten() == pair, (told.task % 2 == 0).flatten()
    found = []
    for angle in ANGLES:
        total, order = (math.cos(angle) * fast + math.sin(angle) * slow).sort()
        gained = known[order] * (1 - 2 * first[order].long())  # by saying the second up to here
        gain, last = gained.cumsum(0).max(0)
        found.append((int(gain), InPairs(angle, float(total[last]))))
    return max(found, key=lambda each: each[0])[1]


def _of_pairs(told: Told) -> tuple[Tensor, Tensor, Tensor]:
    """Return the likeliest pair, fast log-odds of its first symbol, and slow ones of the first block."""
    fast = told.fast.clamp_min(LEAST).unflatten(-1, (-1, 2))
    pair = fast.sum(-1).argmax(-1)
    odds = (fast[..., 0].log() - fast[..., 1].log()).gather(-1, pair.unsqueeze(-1)).squeeze(-1)
    slow = told.slow.clamp_min(LEAST).log()
    return pair, odds, slow[..., 0] - slow[..., 1]
