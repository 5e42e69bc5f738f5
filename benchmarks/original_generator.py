"""Trials made in the way of the published generator: a loop over trials that writes into dense arrays.

One batch of one task of the preset ``yang``, in float32 and without noise: for every trial its fixation cue,
its stimuli, its targets and its weights are written, each ring from its own bump, as the generator of
Yang et al. (2019) does. What is shown, and when, is drawn beforehand.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from modpack.tasks import Trials
from modpack.tasks.timing import EPOCHS, GO

Floats = NDArray[np.float64]
Steps = NDArray[np.int64]

N_RING, N_RULES = 32, 20
PREFERRED = 2 * np.pi / N_RING * np.arange(N_RING)


class Pulse(NamedTuple):
    """A stimulus in every trial: its direction, strength and ring (1 or 2), and its first and last step."""

    angle: Floats
    strength: Floats
    ring: Steps
    on: Steps
    off: Steps


class Batch(NamedTuple):
    """What a batch of one task shows and asks for."""

    n_steps: int
    pulses: list[Pulse]
    fixation_off: Steps
    go: Steps
    answer: Floats


def batch(trials: Trials, onsets: Steps) -> Batch:
    """Return what trials of one task show and ask for if their epochs start at `onsets` (epoch, trial)."""
    (task,), n_steps = trials.tasks, int(onsets[-1].max())
    angle = trials.conditions.angle[0].nan_to_num().double().numpy()
    strength = trials.conditions.strength[0].double().numpy()
    pulses = []
    for stimulus, epochs in enumerate(task.shown):
        if not epochs:
            continue
        on, after = onsets[EPOCHS.index(epochs[0])], EPOCHS.index(epochs[-1]) + 1
        off = np.full_like(on, n_steps) if epochs[-1] == "response" else onsets[after]
        rings = np.argsort(-strength[:, stimulus], axis=-1)  # the stronger one first
        for ring in rings.T[: (strength[:, stimulus] > 0).sum(-1).max()]:
            shown = np.take_along_axis(strength[:, stimulus], ring[:, None], axis=-1)[:, 0]
            pulses.append(Pulse(angle[:, stimulus], shown, ring + 1, on, off))
    fixation_off = np.full_like(onsets[GO], n_steps) if task.keeps_fixation_cue else onsets[GO]
    answer = trials.answer.angle[0].double().numpy()  # nan where the right answer is to keep fixating
    return Batch(n_steps, pulses, fixation_off, onsets[GO], answer)


def original(given: Batch, scored: int = 5) -> tuple[NDArray[np.float32], ...]:
    """Return inputs (with rule inputs), targets and the roots of the weights, each (time, trial, channel).

    Parameters
    ----------
    given : Batch
    scored : int
        Steps after the start and after go that are not scored.
    """
    shape = (given.n_steps, len(given.go))
    x = np.zeros((*shape, 1 + 2 * N_RING + N_RULES), dtype=np.float32)
    y = np.full((*shape, 1 + N_RING), 0.05, dtype=np.float32)
    c = np.zeros((*shape, 1 + N_RING), dtype=np.float32)
    trials = range(len(given.go))
    for i in trials:
        x[: given.fixation_off[i], i, 0] = 1
    for angle, strength, ring, on, off in given.pulses:
        for i in trials:
            first = 1 + (ring[i] - 1) * N_RING
            x[on[i] : off[i], i, first : first + N_RING] += bump(angle[i]) * strength[i]
    for i in trials:
        y[: given.go[i], i, 0] = 0.8
    for i in trials:
        _answer(y[given.go[i] :, i], given.answer[i])
    for i in trials:
        c[given.go[i] + scored :, i, :] = 5
        c[scored : given.go[i], i, :] = 1
    c[:, :, 0] *= 2
    x[:, :, 1 + 2 * N_RING] = 1
    return x, y, c


def _answer(y: NDArray[np.float32], angle: float) -> None:
    if np.isnan(angle):
        y[:, 0] = 0.8
    else:
        y[:, 1:] += bump(angle)


def bump(angle: float) -> Floats:
    """Return the activity of a ring for a direction in rad."""
    difference = abs(angle - PREFERRED)
    distance = np.minimum(difference, 2 * np.pi - difference) / (np.pi / 8)
    return 0.8 * np.exp(-(distance**2) / 2)
