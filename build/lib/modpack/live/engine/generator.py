"""The random numbers of the engine in Python, many generators at once: a page's noise can be had here too."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]
Numbers = NDArray[np.float64]


def normals(seeds: Sequence[int], count: int) -> Numbers:
    """Return the standard normal deviates of ``Generator(seed).normal()`` in the engine.

    Bits come from sfc32 (Chris Doty-Humphrey, PractRand), filled from the seed by splitmix32, and are turned
    to normal deviates as by Box and Muller (1958).

    Parameters
    ----------
    seeds : sequence of int
        One for every generator, in 0 ... 2**32 - 1.
    count : int
        How many deviates of each.

    Returns
    -------
    array of float64, shape (count, seed)
    """
    uniforms = _uniforms(np.array(seeds, dtype=np.uint32))
    result = np.empty((count + count % 2, len(seeds)))
    for k in range(0, count, 2):
        radius = np.sqrt(-2 * np.log(1 - next(uniforms)))
        angle = 2 * np.pi * next(uniforms)
        result[k], result[k + 1] = radius * np.cos(angle), radius * np.sin(angle)
    return result[:count]


def _uniforms(seeds: Words) -> Iterator[Numbers]:
    """Yield numbers in [0, 1) with 53 random bits, one of every generator at a time."""
    bits = _bits(seeds)
    while True:
        high, low = next(bits) >> np.uint32(5), next(bits) >> np.uint32(6)
        yield (high * 2.0**26 + low) / 2.0**53


def _bits(seeds: Words) -> Iterator[Words]:
    """Yield 32 random bits of every generator at a time."""
    s0, s1, s2, s3 = _filled(seeds)
    nine, twenty_one, three, eleven, one = map(np.uint32, (9, 21, 3, 11, 1))
    while True:
        result = s0 + s1 + s3
        s3 = s3 + one
        s0 = s1 ^ (s1 >> nine)
        s1 = s2 + (s2 << three)
        s2 = ((s2 << twenty_one) | (s2 >> eleven)) + result
        yield result


def _filled(seeds: Words) -> Iterator[Words]:
    """Yield four words of state (splitmix32)."""
    for k in range(1, 5):
        s = seeds + np.uint32(k * 0x9E3779B9 % 2**32)
        z = (s ^ (s >> np.uint32(16))) * np.uint32(0x21F0AAAD)
        z = (z ^ (z >> np.uint32(15))) * np.uint32(0x735A2D97)
        yield z ^ (z >> np.uint32(15))
