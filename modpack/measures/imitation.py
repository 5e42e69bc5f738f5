r"""Exchange rate: how much of what contexts do to a network could another mechanism do in their place.

The effect of a context is the change of the total input, a(c) - a(0), on the states that the network visits
under it. It is imitated by another change of the unmodulated network, fitted by least squares for each task:

- *threshold and slope*: a threshold and a slope >= 0 for each neuron, :math:`s_i (a_i(0) + t_i)`;
- *mask*: a rank-one mask on the recurrent weights, :math:`W_{ij} (1 + m_i n_j)`.

The imitation then takes the place of the contexts in closed loop, on other trials:

.. math:: \text{rate} = (p_\text{imitated} - p_0) / (p_\text{own} - p_0)

with performances p, of which :math:`p_0` is that at c = 0, the floor. The rate is 1 where nothing is lost,
and 0 where the imitation is worth no context at all.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor

from modpack._checks import require
from modpack.dynamics import Dynamics
from modpack.measures.visited import Visited
from modpack.network import ModulatedNetwork
from modpack.tasks import Trials, correct, generate

STAGES = {0.0: 20, 0.2: 20, 0.4: 20, 0.6: 20, 0.8: 20, 1.0: 60}
"""Rounds of alternating least squares for every power of the second moments of states, see `mask`."""

RIDGE = 1e-10
"""Added to the diagonal of normal equations, in units of their mean diagonal."""

NOTHING = 1e-24
"""A squared effect below this part of the squared total input is rounding."""


@dataclass(frozen=True, eq=False)
class Exchange:
    """What is left of a network whose contexts are replaced by an imitation.

    Parameters
    ----------
    own, floor, imitated : Tensor, shape (task,)
        Performance with its contexts, without any, and with the imitation in their place.
    explained : Tensor, shape (task,)
        Part of the squared effect that the imitation explains on the trials it was not fitted to; nan where
        there is none.
    """

    own: Tensor
    floor: Tensor
    imitated: Tensor
    explained: Tensor

    @property
    def rate(self) -> float:
        """Exchange rate of the mean performance over tasks.

        nan where contexts do not change the total input of any neuron (no modulation, or that of gates or the
        readout alone), or the network does no better with its contexts than without.
        """
        gained = (self.own - self.floor).mean().item()
        if bool(self.explained.isnan().all()) or gained <= 0:
            return math.nan
        return (self.imitated - self.floor).mean().item() / gained


@torch.no_grad()
def exchange(
    network: ModulatedNetwork, tasks: Sequence[str] | None = None, n_trials: int = 200, seed: int = 0
) -> dict[str, Exchange]:
    """Return what is left of a network when each imitation takes the place of its contexts.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network; measured in float64 and free of noise.
    tasks : sequence of str, optional
        By default all that the network knows.
    n_trials : int
        Random trials of each task: half of them to fit, the others to judge. Even.
    seed : int
        Of the generator that draws them.

    Returns
    -------
    dict of str to Exchange
        For every key of ``IMITATIONS``.

    Raises
    ------
    ValueError
        For an unknown task, an odd number of trials, an ensemble, or a network that diverges.
    """
    require(n_trials >= 2 and n_trials % 2 == 0, "n_trials", n_trials, "even, at least 2")
    network.require_single()
    network, generator = network.to(torch.float64), Generator().manual_seed(seed)
    names = network.code.tasks if tasks is None else tasks
    own, neutral = network.under(names), network.under(network.modulation.neutral())
    fitted, judged = (
        Visited.of(network, generate(names, n_trials // 2, network.preset, generator, dtype=torch.float64))
        for _ in range(2)
    )
    effect = Effect.of(fitted, own, neutral)
    own_score, floor = (_score(dynamics, judged.trials) for dynamics in (own, neutral))
    imitated = {name: imitate(effect, neutral) for name, imitate in IMITATIONS.items()}
    return {
        name: Exchange(own_score, floor, _score(x, judged.trials), _explained(judged, own, neutral, x))
        for name, x in imitated.items()
    }


@dataclass(frozen=True, eq=False)
class Effect:
    """What contexts do to the total input on visited states, as samples of all steps and trials of a task.

    Parameters
    ----------
    states : Tensor, shape (task, sample, neuron)
        Zero, as are the others, in samples that do not count.
    before : Tensor, shape (task, sample, neuron)
        a(0).
    change : Tensor, shape (task, sample, neuron)
        a(c) - a(0).
    counts : Tensor, shape (task, sample)
        1 in samples that count.
    """

    states: Tensor
    before: Tensor
    change: Tensor
    counts: Tensor

    @classmethod
    def of(cls, visited: Visited, own: Dynamics, neutral: Dynamics) -> "Effect":
        """Return the effect of contexts between two dynamics."""
        before = visited.total_input(neutral)
        change = visited.total_input(own) - before
        counts = visited.counts.unsqueeze(-1).to(before)
        states, before, change, counts = (
            (x * counts).transpose(0, 1).flatten(1, 2) for x in (visited.states, before, change, counts)
        )
        return cls(states, before, change, counts.squeeze(-1))


def threshold_and_slope(effect: Effect, neutral: Dynamics) -> Dynamics:
    """Return the unmodulated network with the thresholds and slopes that imitate an effect best."""
    n = effect.counts.sum(1)[:, None]
    x, y = effect.before, effect.before + effect.change
    mean_x, mean_y = x.sum(1) / n, y.sum(1) / n
    spread = (x * x).sum(1) / n - mean_x**2
    together = (x * y).sum(1) / n - mean_x * mean_y
    slope = torch.where(spread > 0, together / spread, 1.0).clamp(min=0)
    b = slope * neutral.b + mean_y - slope * mean_x  # the slope is in the weights, so that it may be 0
    return replace(neutral, W=slope[..., None] * neutral.W, W_in=slope[..., None] * neutral.W_in, b=b)


def mask(effect: Effect, neutral: Dynamics) -> Dynamics:
    """Return the unmodulated network with the rank-one masks on W that imitate an effect best.

    Masks are found by alternating least squares, which may end in a local minimum. So they begin with states
    made isotropic, for which there is little to get stuck in, and go on step by step to what states are: with
    powers of their second moments from 0 to 1. They start at the direction in which the best free change of W
    is largest, relative to W.
    """
    W = neutral.W[0]
    size, axes = torch.linalg.eigh(effect.states.mT @ effect.states)
    seen = size > RIDGE * size[:, -1:]
    free = effect.change.mT @ effect.states @ _matrix(axes, torch.where(seen, 1 / size, 0))
    strong = W.abs() > W.square().mean().sqrt() / 2
    n = torch.linalg.svd(torch.where(strong, free / W, 0))[2][:, 0]
    for power, rounds in STAGES.items():
        second = _matrix(axes, torch.where(seen, size**power, 0))
        m, n = _alternate(W, second, free @ second, n, rounds)
    return replace(neutral, W=W * (1 + m.unsqueeze(-1) * n.unsqueeze(-2)), b=neutral.b.expand(len(m), -1))


IMITATIONS: dict[str, Callable[[Effect, Dynamics], Dynamics]] = {
    "threshold and slope": threshold_and_slope,
    "mask": mask,
}
"""What can take the place of contexts: a change of each neuron's excitability, or of synapses."""


def _matrix(axes: Tensor, sizes: Tensor) -> Tensor:
    """Return the symmetric matrix of given eigenvectors (..., neuron, axis) and eigenvalues (..., axis)."""
    return (axes * sizes.unsqueeze(-2)) @ axes.mT


def _alternate(W: Tensor, second: Tensor, cross: Tensor, n: Tensor, rounds: int) -> tuple[Tensor, Tensor]:
    r"""Return m and n after rounds of alternating least squares on sum_i |e_i - m_i sum_j W_ij n_j r_j|^2.

    Parameters
    ----------
    W : Tensor, shape (neuron, neuron)
    second, cross : Tensor, shape (task, neuron, neuron)
        Sums over samples of r r^T and e r^T.
    n : Tensor, shape (task, neuron)
    rounds : int
    """
    ridge = RIDGE * torch.eye(len(W), dtype=W.dtype)
    m = _left(W, second, cross, n)
    for _ in range(rounds):
        scaled = m.unsqueeze(-1) * W
        gram = (scaled.mT @ scaled) * second
        typical = gram.diagonal(dim1=-2, dim2=-1).mean(-1)[:, None, None]
        typical = torch.where(typical > 0, typical, 1)  # without an effect nothing is to be imitated
        n = torch.linalg.solve(gram + ridge * typical, (scaled * cross).sum(-2))
        m = _left(W, second, cross, n)
    return m, n


def _left(W: Tensor, second: Tensor, cross: Tensor, n: Tensor) -> Tensor:
    """Return the best m for given n, shape (task, neuron)."""
    through = W * n.unsqueeze(-2)
    size = ((through @ second) * through).sum(-1)
    return torch.where(size > 0, (through * cross).sum(-1) / size, 0)


def _explained(visited: Visited, own: Dynamics, neutral: Dynamics, imitated: Dynamics) -> Tensor:
    wanted, given, before = (visited.total_input(x) for x in (own, imitated, neutral))
    counts = visited.counts.unsqueeze(-1)
    missed, effect, size = (
        (x * counts).square().sum((0, 2, 3)) for x in (given - wanted, before - wanted, wanted)
    )
    return torch.where(effect > NOTHING * size, 1 - missed / effect, torch.nan)


def _score(dynamics: Dynamics, trials: Trials) -> Tensor:
    """Return the performance in every task, shape (task,); a trial on which it diverges is wrong."""
    states = dynamics.simulate(trials.patterns, trials.epoch_index)
    stays = states.isfinite().all(-1).all(0)
    outputs = dynamics.readout(states.where(stays.unsqueeze(-1), 0))
    return (correct(outputs, trials) & stays).double().mean(-1)
