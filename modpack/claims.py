"""Sentences that a chapter may say only as long as its numbers bear them out.

A word such as "most" or "none" in prose cannot know when the numbers under it change. A claim can: it stands
in a cell, shows the sentence with the number that it rests on, and stops the chapter where that no longer
holds. What it shows carries a record that programs can read (of the type `MIME`).
"""

import math
from collections.abc import Mapping
from typing import SupportsFloat

import numpy as np
from IPython.display import display

from modpack._checks import require

MIME = "application/vnd.modpack.claim+json"
"""Type of the record of a claim: its ``statement``, and the numbers it rests on by name, ``values``."""

WRITTEN_FOR = (
    "The sentences of a chapter are written for its own parameters: with others, read its numbers, not its "
    "sentences, and go on from the next cell."
)
"""What a reader is told whose numbers do not bear out a sentence."""

Numbers = SupportsFloat | Mapping[str, SupportsFloat]


class FalseClaim(AssertionError):
    """The numbers do not bear out what is claimed."""


def claim(statement: str, holds: object, values: Numbers) -> None:
    """Show a sentence with the numbers that it rests on, if it holds.

    Parameters
    ----------
    statement : str
        Without a full stop.
    holds : bool or array of one bool
        Whether the numbers bear it out.
    values : float or mapping of str to float
        One number, or several by name; finite.

    Raises
    ------
    FalseClaim
        If it does not hold.
    ValueError
        If `holds` is no truth value, or a number is not finite: a comparison with nan proves nothing.
    """
    named = values if isinstance(values, Mapping) else {"": values}
    numbers = {name: float(value) for name, value in named.items()}
    require(
        len(numbers) > 0 and all(map(math.isfinite, numbers.values())), "values", values, "finite numbers"
    )
    shown = ", ".join(f"{name} {value:.3g}".strip() for name, value in numbers.items())
    if not _truth(holds):
        raise FalseClaim(f"it was claimed that {statement}, but: {shown}. {WRITTEN_FOR}")
    record = {"statement": statement, "values": numbers}
    text = f"{statement[:1].upper()}{statement[1:]} ({shown})."
    display({"text/plain": text, "text/markdown": text, MIME: record}, raw=True)


def _truth(holds: object) -> bool:
    """Return a truth value as a bool; a number, or an array of several, is none."""
    values = np.asarray(holds)
    require(values.dtype == bool and values.size == 1, "holds", holds, "a single truth value")
    return bool(values.all())
