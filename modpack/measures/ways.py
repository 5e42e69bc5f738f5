"""Ways of changing one's mind: what an answer does while the context goes from one task's to another's.

Every trial is run from rest under every mix of the two contexts. On the way from the answer of rule a to that
of rule b it may

- *turn*: it is given all along, and goes from the one to the other on the shorter arc (between opposite
  directions: on either);
- *cancel*: it is given up on the way: the response gets shorter than one half, or, where neither rule asks
  for it, fixation is held;
- *jump*: from the one to the other between mixes that are the same to a part in a hundred thousand;
- *re-route*: it passes through a response that neither rule asks for and that does not lie between.

These are the categories of :func:`modpack.measures.choices.choices` all along the way, where opposite answers
have every direction between them. Of several ways in one trial, re-route counts before cancel, and cancel
before jump.

A sum of two answers, weighted by the mix, turns where they are up to 120 degrees apart, and else cancels.

That two states are stable at one mix shows in hysteresis: with the stimulus held and the state carried on,
the answer of a is kept on the way up where that of b is on the way down.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from modpack._checks import require, require_finite
from modpack.context import mix
from modpack.measures.choices import CHOICES, asked, choices
from modpack.measures.pairs import probe_trials
from modpack.measures.superposition import asked_vector, said_vector
from modpack.network import ModulatedNetwork
from modpack.tasks import COMPACT, Answer, Decoded, Trials, decode, final, satisfies
from modpack.tasks.conditions import SAME_ANGLE, circular_distance

WAYS = ("turn", "cancel", "jump", "re-route", "none")
"""The ways; *none* where the answer at one end is not that of its rule."""

STEP = 0.5
"""An answer that moves farther than this between two mixes that are all but the same has jumped."""

HALVINGS = 12
"""How often the stretch in which the mind is changed is halved."""

Answers = Callable[[Tensor], Tensor]
"""Answers as vectors (fixation, cos, sin), shape (position, trial, 3), at mixes (position, trial)."""


@dataclass(frozen=True, eq=False)
class Ways:
    """How each trial changes from one answer to another.

    Parameters
    ----------
    way : Tensor of int64, shape (trial,)
        Index into `WAYS`.
    position : Tensor, shape (trial,)
        First mix at which the answer is as far from the one as from the other; nan for *none*.
    """

    way: Tensor
    position: Tensor

    @property
    def n(self) -> int:
        """How many trials change from one answer to the other at all."""
        return int((self.way != WAYS.index("none")).sum())

    def fraction(self, way: str) -> float:
        """Return how many of the trials that change do so in one way; nan if none does."""
        return int((self.way == WAYS.index(way)).sum()) / self.n if self.n else float("nan")


@dataclass(frozen=True, eq=False)
class Hysteresis:
    """What is answered while the mix goes up and down, with the stimulus held and the state carried on.

    Parameters
    ----------
    up, down : Tensor of bool, shape (position, trial)
        Whether the answer is nearer to that of b, at the same positions on the way up and on the way down.
    """

    up: Tensor
    down: Tensor

    @property
    def width(self) -> Tensor:
        """Part of the mixes at which a is kept on the way up and b on the way down, shape (trial,).

        0 where one state is stable at every mix, whatever it answers.
        """
        return (self.down & ~self.up).double().mean(0)


@torch.no_grad()
def ways(
    network: ModulatedNetwork, a: str, b: str, n_trials: int = 40, n_mixes: int = 41, draw: int = 0
) -> Ways:
    """Return how a network changes its mind between the contexts of two tasks.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network; measured in float64 and free of noise.
    a, b : str
        Names of tasks with the same stimuli.
    n_trials : int
        Trials of the test grid of a to which b has another answer.
    n_mixes : int
        Positions from 0 to 1 at which every trial is run from rest, before the stretch is halved.
    draw : int
        Decides which trials.

    Raises
    ------
    ValueError
        If the network is an ensemble or diverges, or the tasks never disagree.
    """
    network, trials, positions = _prepared(network, a, b, n_trials, n_mixes, draw)
    each, ends = trials.regroup(trials.n_trials), network.code.of([a, b]).to(torch.float64)

    def answers(positions: Tensor) -> Tensor:
        said = [final(network.outputs(each, own), each) for own in mix(ends[0], ends[1], positions)]
        return torch.stack([said_vector(x).squeeze(-2) for x in said])

    of_a, of_b = asked(trials, (a, b))
    return ways_of(answers, of_a, of_b, positions)


def ways_of(answers: Answers, a: Answer, b: Answer, positions: Tensor) -> Ways:
    """Return how answers change along a path.

    Parameters
    ----------
    answers : callable
        Returns answers as vectors (fixation, cos, sin), shape (position, trial, 3), at mixes of shape
        (position, trial).
    a, b : Answer, shape (trial,)
        What the two rules ask for; different things in every trial.
    positions : Tensor, shape (position,)
        Where to look first, in rising order.

    Raises
    ------
    ValueError
        If answers are not finite.
    """
    first = answers(positions[:, None].expand(-1, len(a.kind)))
    require_finite("answers", first)
    bracket, halved = _halved(answers, first, a, b, positions)
    seen = torch.cat([first, halved])
    made = choices(_decoded(seen), a, b)
    opposite = circular_distance(a.angle, b.angle) > math.pi - SAME_ANGLE
    given_up = (made == CHOICES.index("cancelled")) | (made == CHOICES.index("fixating"))
    at_ends = satisfies(_decoded(first[0]), a) & satisfies(_decoded(first[-1]), b)
    changes = at_ends & ~given_up[0] & ~given_up[len(first) - 1]
    holds = {
        "jump": (halved[-1] - halved[-2]).norm(dim=-1) > STEP,
        "cancel": given_up.any(0),
        "re-route": (made == CHOICES.index("other")).any(0) & ~opposite,
        "none": ~changes,
    }
    way = torch.full_like(a.kind, WAYS.index("turn"))
    for name, applies in holds.items():  # the later before the earlier
        way = torch.where(applies, WAYS.index(name), way)
    return Ways(way, torch.where(changes, bracket.mean(0), torch.nan))


@torch.no_grad()
def hysteresis(
    network: ModulatedNetwork,
    a: str,
    b: str,
    n_trials: int = 40,
    n_mixes: int = 21,
    steps: int = 100,
    draw: int = 0,
) -> Hysteresis:
    """Return what a network answers while the mix goes up and down and its state is carried on.

    What is held is the input of the response; where the stimuli are over by then, with the stimuli of the
    trial.

    Parameters
    ----------
    network, a, b, n_trials, draw
        As in `ways`.
    n_mixes : int
        Positions from 0 to 1.
    steps : int
        Time steps that every one of them lasts.

    Raises
    ------
    ValueError
        As `ways`.
    """
    network, trials, positions = _prepared(network, a, b, n_trials, n_mixes, draw)
    of_a, of_b = asked(trials, (a, b))
    ends, u = network.code.of([a, b]).to(torch.float64), _held(trials)
    states = network.run(trials, ends)[-1]
    nearer = []
    for start, order in ((states[:1], positions), (states[1:], positions.flip(0))):
        state, rows = start, []
        for context in mix(ends[0], ends[1], order):
            dynamics = network.under(context)
            state = dynamics.hold(u, steps, state)[-1]
            require_finite("states", state)
            said = said_vector(decode(dynamics.readout(state)[0], network.preset))
            rows.append(_towards(said, of_a, of_b) >= 0)
        nearer.append(torch.stack(rows))
    return Hysteresis(nearer[0], nearer[1].flip(0))


def _prepared(
    network: ModulatedNetwork, a: str, b: str, n_trials: int, n_mixes: int, draw: int
) -> tuple[ModulatedNetwork, Trials, Tensor]:
    """Return the network in float64, trials to which two tasks have different answers, and mixes."""
    network.require_single()
    require(n_mixes >= 2, "n_mixes", n_mixes, "at least 2")
    positions = torch.linspace(0, 1, n_mixes, dtype=torch.float64)
    return network.to(torch.float64), probe_trials(a, b, network.preset, n_trials, draw), positions


def _held(trials: Trials) -> Tensor:
    """Return the input to hold, shape (1, trial, channel)."""
    u, rings = trials.input_in("response").clone(), slice(1, None)
    shown = trials.input_in("stimulus1") + trials.input_in("stimulus2")
    over = (u[..., rings] == 0).all(-1, keepdim=True)
    u[..., rings] = torch.where(over, shown[..., rings], u[..., rings])
    return u


def _decoded(vectors: Tensor) -> Decoded:
    """Return what answers as vectors say."""
    return decode(vectors, COMPACT)  # whose outputs are such vectors


def _towards(said: Tensor, a: Answer, b: Answer) -> Tensor:
    """Return a number below zero where an answer is nearer to a than to b, and above where to b."""
    return (said * (asked_vector(b) - asked_vector(a))).sum(-1)


def _halved(
    answers: Answers, first: Tensor, a: Answer, b: Answer, positions: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the mixes (2, trial) between which answers come to be nearer to b, and those seen on the way.

    The latter are vectors, shape (halving and 2, trial, 3); the last two are those at the two mixes.
    """
    later = (_towards(first, a, b) >= 0).to(torch.int64).argmax(0).clamp(min=1)
    low, high = positions[later - 1], positions[later]
    trial = torch.arange(len(later))
    at_low, at_high, halved = first[later - 1, trial], first[later, trial], []
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        halved.append(answers(middle[None])[0])
        is_b = _towards(halved[-1], a, b) >= 0
        low, high = torch.where(is_b, low, middle), torch.where(is_b, middle, high)
        at_low = torch.where(is_b[:, None], at_low, halved[-1])
        at_high = torch.where(is_b[:, None], halved[-1], at_high)
    return torch.stack([low, high]), torch.stack([*halved, at_low, at_high])
