"""Shipped trained networks, each in a file with the record of how it came to be (:mod:`modpack.stored`)."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from modpack._checks import choose, require, whole
from modpack.stored import Stored, read

FOLDER = Path(__file__).parent
SHIPPED_FORMS = ("none", "bias", "excitability", "synaptic", "combined")
SHIPPED_SEEDS = (0, 1, 2)


def load(form_name: str, seed: int = 0) -> Stored:
    """Return a shipped network: compact tasks, N = 64.

    Parameters
    ----------
    form_name : str
        One of ``SHIPPED_FORMS``.
    seed : int
        One of ``SHIPPED_SEEDS``.

    Raises
    ------
    ValueError
        For a form or seed that is not shipped.
    """
    choose("form_name", form_name, SHIPPED_FORMS)
    require(whole("seed", seed) in SHIPPED_SEEDS, "seed", seed, f"one of {SHIPPED_SEEDS}")
    return read(FOLDER / f"{form_name}-{int(seed)}.safetensors")


def shipped(
    forms: Iterable[str] = SHIPPED_FORMS, seeds: Sequence[int] = SHIPPED_SEEDS
) -> dict[str, list[Stored]]:
    """Return the shipped networks of some forms, one for each seed, by form; see `load`."""
    return {name: [load(name, seed) for seed in seeds] for name in forms}
