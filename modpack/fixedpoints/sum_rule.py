"""The sum rule: the indices of all fixed points of a network that comes back from far out add up to 1."""

import torch

from modpack.fixedpoints.advised import Advised
from modpack.fixedpoints.problem import Problem

STEPS = 1000
"""Time steps after which a network that has not come back from far out is not expected to."""

NEARER = 0.1
"""It has come back when every state is closer to zero by this factor."""


class SumRule(Advised):
    """What the sum of the indices says of a list of fixed points.

    The index of a fixed point is the sign of det(-J), (-1) to the number of growing modes. By the theorem
    of Poincare and Hopf all indices add up to 1 where the flow comes in from everywhere, see `comes_home`.
    A list with another sum is incomplete. One with this sum may be so, too, as fixed points come and go in
    pairs of opposite index.
    """

    MET = 0, "the indices add up to 1 as those of all fixed points do; pairs of opposite index may be missing"
    INCOMPLETE = (
        1,
        "the indices do not add up to 1: a fixed point is missing at least; search from more starts",
    )
    UNKNOWN = 2, "no sum is known: the network may run away, a mode is neutral, or points were left out"

    def of(self, index_sum: int) -> str:
        """Return in words what this sum says."""
        words = {
            SumRule.MET: "as for a complete list, which is no proof",
            SumRule.INCOMPLETE: "not 1, so the list is incomplete",
            SumRule.UNKNOWN: "and no rule to judge it by",
        }
        return f"index sum {index_sum}, {words[self]}"


def comes_home(problem: Problem) -> bool:
    """Return whether a network comes back from far out, in every direction of one neuron that was tried.

    Far out, inputs and thresholds do not count, and phi is what it looks like from there (softplus like
    relu), so that the network is the one of degree one, ``dr/dt = -r + h phi_far(g W r)``. Where all
    states of that one go to zero, the flow comes in from everywhere. For tanh they do. This is tried, not
    proved.
    """
    dynamics = problem.to(torch.float32).dynamics
    V, phi = dynamics.effective_W[0].mT, dynamics.phi.far
    r = torch.eye(problem.n_neurons, dtype=V.dtype, device=V.device)
    r = torch.cat([r, -r])
    for _ in range(STEPS):
        rate = phi(r @ V)
        r = torch.lerp(r, rate if dynamics.gate is None else dynamics.gate * rate, dynamics.alpha)
        longest = r.norm(dim=-1).max().item()
        if not NEARER < longest < 1 / NEARER**4:
            return longest <= NEARER
    return False


def sum_rule(index_sum: int, comes_home: bool, n_neutral: int) -> SumRule:
    """Return what a sum of indices says, for a whole list with so many neutral modes."""
    if not comes_home or n_neutral:
        return SumRule.UNKNOWN
    return SumRule.MET if index_sum == 1 else SumRule.INCOMPLETE
