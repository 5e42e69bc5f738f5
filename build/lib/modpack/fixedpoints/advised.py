"""Reasons and outcomes that say what to make of them."""

from enum import IntEnum
from typing import Self


class Advised(IntEnum):
    """Numbers with a name and advice, declared as ``NAME = number, "advice"``."""

    advice: str
    """What the member means and what can be done about it."""

    # The default serves type checkers, to whom looking a member up by its number is a call of this.
    def __new__(cls, value: int, advice: str = "") -> Self:
        """Make a member."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.advice = advice
        return member

    @property
    def label(self) -> str:
        """The name in words."""
        return self.name.lower().replace("_", " ")
