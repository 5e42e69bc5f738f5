"""Timing of alternatives against each other, and one way to print it."""

import ctypes
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import torch


def prepare() -> None:
    """Use one thread, and keep freed memory: how fast a system hands out pages is not the question."""
    torch.set_num_threads(1)
    if sys.platform == "linux":
        for option in (-1, -3):  # glibc's thresholds of trimming and of mapping
            ctypes.CDLL(None).mallopt(option, 2**30)


def report(
    heading: str, rates: dict[str, float], references: Sequence[str], targets: Mapping[str, str]
) -> None:
    """Print a line for each candidate: its rate, in units of each reference's, and what is aimed at.

    Parameters
    ----------
    heading : str
        What is measured, with the unit of the rates.
    rates : dict of str to float
        The candidates.
    references : sequence of str
        Names of the candidates that the others are compared with.
    targets : mapping of str to str
        Ratios to reach, in the order of the references.
    """
    print(f"{heading}:")
    for name, rate in rates.items():
        ratios = "".join(f"{rate / rates[reference]:7.2f} x {reference}" for reference in references)
        aim = f"  (target {targets[name]})" if name in targets else ""
        print(f"  {name:38s}{rate:9.1f}{ratios}{aim}", flush=True)


def best(
    candidates: dict[str, Callable[[], object]], windows: int = 10, seconds: float = 0.3
) -> dict[str, float]:
    """Return the shortest CPU time of a call in ms among windows that take turns.

    The shortest of many, and CPU time, because other processes make a call longer but never shorter; taking
    turns, because a busy minute should not count for one candidate only.
    """
    shortest = dict.fromkeys(candidates, float("inf"))
    for call in candidates.values():
        call()
    for _ in range(windows):
        for name, call in candidates.items():
            end = time.process_time() + seconds
            while (start := time.process_time()) < end:
                call()
                shortest[name] = min(shortest[name], 1e3 * (time.process_time() - start))
    return shortest
