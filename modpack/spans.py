"""Trials during which the context changes: dynamics for every span of time, with the state carried on."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import torch
from torch import Tensor

from modpack._checks import require
from modpack.dynamics import Dynamics


def simulate_spans(
    spans: Sequence[Dynamics],
    span_index: Sequence[int],
    patterns: Tensor,
    epoch_index: Tensor,
    noise: Tensor | None = None,
    state: Tensor | None = None,
) -> Tensor:
    """Run trials during which the context changes: step t uses ``spans[span_index[t]]``.

    Parameters
    ----------
    spans : sequence of Dynamics
        One compiled batch per stretch of constant contexts.
    span_index : sequence of int, length time
        Which of the spans holds at every time step.
    patterns, epoch_index, noise, state
        As in :meth:`Dynamics.simulate`; the state is carried from span to span.

    Returns
    -------
    Tensor, shape (time, [network], context, trial, neuron)

    Raises
    ------
    ValueError
        If the index does not have one valid entry per time step.
    """
    index = list(span_index)
    steps = epoch_index.shape[0]
    require(len(index) == steps, "span_index", len(index), f"one entry for each of the {steps} time steps")
    known = all(0 <= i < len(spans) for i in index)
    require(known, "span_index", sorted(set(index)), f"made of 0 ... {len(spans) - 1}")
    states: list[Tensor] = []
    for span, part in stretches(index):
        part_noise = None if noise is None else noise[part]
        states.append(spans[span].simulate(patterns, epoch_index[part], part_noise, state))
        state = states[-1][-1]
    return torch.cat(states)


def stretches(span_index: Sequence[int]) -> Iterator[tuple[int, slice]]:
    """Yield which span holds, and from which time step to which, stretch by stretch."""
    start = 0
    for span, steps in groupby(span_index):
        stop = start + len(list(steps))
        yield span, slice(start, stop)
        start = stop
