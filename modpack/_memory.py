"""Whether what is asked for fits in memory, asked before it is allocated: systems kill who takes too much."""

import os
from pathlib import Path

import torch

from modpack._checks import require

LARGE = 2**28
"""Bytes below which nobody asks."""

GIGA = 2**30


def require_memory(argument: str, value: object, n_bytes: float, device: torch.device | str = "cpu") -> None:
    """Raise a ValueError unless so many bytes are free.

    Parameters
    ----------
    argument, value
        What decides how many are needed, and is to be lowered if they are not there.
    n_bytes : float
        About as many as will be allocated at once.
    device : torch.device or str
        Where they are allocated.
    """
    if n_bytes < LARGE:
        return
    free = available(torch.device(device))
    needs = f"lower: it needs about {n_bytes / GIGA:.3g} GB of memory, and {free / GIGA:.3g} GB are free"
    require(n_bytes <= free, argument, value, needs)


def available(device: torch.device) -> float:
    """Return how many bytes are free on a device; infinitely many where the system does not say."""
    if device.type == "cuda":
        return float(torch.cuda.mem_get_info(device)[0])
    return min(_free_in_system(), _limit_of_group())


def _free_in_system() -> float:
    """Return what Linux calls available, else all the memory that there is."""
    info = Path("/proc/meminfo")
    for line in info.read_text().splitlines() if info.exists() else ():
        if line.startswith("MemAvailable:"):
            return 1024 * float(line.split()[1])
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # Windows
        return float("inf")


def _limit_of_group() -> float:
    """Return the memory that a container allows."""
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.exists() else "max"
    return float(text) if text.isdecimal() else float("inf")
