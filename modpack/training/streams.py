"""Streams of random numbers: one for everything that training draws, so that none depends on another."""

from typing import NamedTuple

import torch
from torch import Generator


class Streams(NamedTuple):
    """Generators for trials, for the choice of noise, for the code, for contexts."""

    trials: Generator
    noise: Generator
    code: Generator
    contexts: Generator


def streams(seed: int) -> Streams:
    """Return the streams of a seed, whose own seeds are drawn from it, so that no two are the same."""
    seeds = torch.randint(2**62, (4,), generator=Generator().manual_seed(seed)).tolist()
    return Streams(*(Generator().manual_seed(each) for each in seeds))
