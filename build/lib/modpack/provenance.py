"""Where a result comes from: commit, versions, device, processor."""

import platform
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from modpack._checks import require

PACKAGE = Path(__file__).parent
DATA = ("*.safetensors", "*.parquet")
"""Shipped results: what is written does not change the code that writes."""


def record(
    device: str = "cpu", packages: Iterable[str] = ("torch", "numpy", "safetensors")
) -> dict[str, Any]:
    """Return what a result that is computed now depends on, apart from its configuration.

    Parameters
    ----------
    device : str
        Torch device of the computation.
    packages : iterable of str
        Packages whose versions count.
    """
    return {
        "device": f"{device}, {platform.machine()}, {torch.get_num_threads()} thread(s)",
        "cpu": cpu(),
        "versions": versions(packages),
        "python": platform.python_version(),
        "commit": commit(),
    }


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the installed version of every package."""
    return {name: metadata.version(name) for name in packages}


def cpu() -> str:
    """Return the processor's name and the instructions that torch uses on it: bits depend on both."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{next(named, platform.processor() or 'unknown')}, {torch.backends.cpu.get_cpu_capability()}"


def commit() -> str:
    """Return the git commit of the package, marked "-dirty" if its code was changed since, or "unknown"."""
    try:
        if not _git("ls-files", "provenance.py"):
            return "unknown"
        changed = _git("status", "--porcelain", "--", ".", *(f":(exclude){pattern}" for pattern in DATA))
        return _git("rev-parse", "HEAD") + ("-dirty" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def check_place(path: Path) -> None:
    """Refuse to write a result into the package itself from code that no commit names.

    Raises
    ------
    ValueError
        Saying to commit first.
    """
    if path.resolve().is_relative_to(PACKAGE):
        now = commit()
        named = now != "unknown" and not now.endswith("-dirty")
        require(named, "commit", now, f"a clean one to write {path.name} into the package: commit first")


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(PACKAGE), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
