r"""A stream of trials whose cues can be trusted for some time, and then not.

One task at a time is asked for, and its cues are right with one of two probabilities, of which either holds
for some time. How much this trial's cue is worth depends on which; to use it is a *gain on evidence*. With
:math:`b_{kr}` the probability of task k and reliability r before a trial, and :math:`\ell_{kr}` the
likelihood of its cue, the probability of task k afterwards is in proportion to
:math:`\sum_r b_{kr} \ell_{kr}`.
"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from modpack._checks import number, set_fields
from modpack.training.worlds import Place, Stream, Told, believed, several, switching


@dataclass(frozen=True)
class Reliability(Stream):
    """One task at a time, as in `Blocks`; how often cues are right lasts and changes as well.

    The fast estimate is of the task that a cue names, as if it were right; the slow one, of how often cues
    are right, is the posterior that all *earlier* cues leave. The task has to be made out of the two.

    Parameters
    ----------
    right, worse : float
        Probabilities that a cue is right, of which one or the other holds.
    tau : float
        For how many trials either holds, in the mean.
    """

    worse: float = 0.1

    name = "reliability"

    def __post_init__(self) -> None:
        super().__post_init__()
        set_fields(self, worse=number("worse", self.worse, 0, 1))

    def n_states(self, n_tasks: int) -> int:
        """Return 2, how often cues are right, for two or more tasks."""
        several(n_tasks)
        return 2

    def start(self, n_worlds: int, n_tasks: int, generator: Generator) -> Place:
        """Return worlds before their first trial, with any task and either reliability.

        Of a place, ``hidden`` is both as one number, and ``slow`` the probabilities of these.
        """
        n = n_tasks * self.n_states(n_tasks)
        hidden = torch.randint(n, (n_worlds,), generator=generator)
        return Place(hidden, torch.full((n_worlds, n), 1 / n, dtype=torch.float64))

    def run(self, n_trials: int, place: Place, n_tasks: int, generator: Generator) -> tuple[Told, Place]:
        """Return what happens in the next trials of some worlds, and where they are then."""
        task = switching(place.hidden // 2, n_trials, n_tasks, self.hazard, generator)
        kind = switching(place.hidden % 2, n_trials, 2, 1 / self.tau, generator)
        rights = torch.tensor([self.right, self.worse], dtype=torch.float64)
        cue = self.seen(task, rights[kind], n_tasks, generator)
        evidence = torch.stack([believed(cue, right) for right in (self.right, self.worse)], dim=-1)
        before = self._before(evidence, place.slow.unflatten(-1, (n_tasks, 2)))
        told = Told(task, task, cue, before[:-1].sum(-2), evidence.flatten(-2))
        return told, Place(2 * task[-1] + kind[-1], before[-1].flatten(-2))

    def ideal(self, told: Told) -> Tensor:
        """Return the probability of every task, given all cues up to every trial."""
        evidence = told.evidence.unflatten(-1, (-1, 2))
        start = torch.full_like(evidence[0], 1 / evidence[0, 0].numel())
        joint = evidence * self._before(evidence, start)[:-1]
        return joint.sum(-1) / joint.sum((-2, -1)).unsqueeze(-1)

    def _before(self, evidence: Tensor, belief: Tensor) -> Tensor:
        """Return the probabilities of task and reliability before every trial, and after the last.

        Shapes (trial, world, task, 2), of `belief` before the first trial without the first axis.
        """
        every = [belief]
        for seen in evidence:
            after = seen * every[-1]
            after = after / after.sum((-2, -1), keepdim=True)
            every.append(_switched(_switched(after, -2, self.hazard), -1, 1 / self.tau))
        return torch.stack(every)


def _switched(belief: Tensor, axis: int, hazard: float) -> Tensor:
    """Return probabilities one trial later, where along an axis all others are equally likely at a switch."""
    others = belief.sum(axis, keepdim=True) - belief
    return (1 - hazard) * belief + hazard * others / (belief.shape[axis] - 1)
