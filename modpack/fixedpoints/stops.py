"""Why a branch goes no further, as data with advice."""

from dataclasses import dataclass
from enum import IntEnum


class Reason(IntEnum):
    """Why a branch goes no further; `advice` says what to make of it."""

    REACHED_END = 0
    CLOSED = 1
    BRANCH_POINT = 2
    MAX_STEPS = 3
    STEP_TOO_SMALL = 4
    LEFT_DOMAIN = 5
    DIVERGED = 6
    NOT_UNIQUE = 7
    NO_START = 8
    STARTED_HERE = 9

    @property
    def label(self) -> str:
        """The name in words."""
        return self.name.lower().replace("_", " ")

    @property
    def advice(self) -> str:
        """What the reason means and what can be done about it."""
        return ADVICE[self]


ADVICE = {
    Reason.REACHED_END: "the branch arrived at an end of the path",
    Reason.CLOSED: "the branch came back to its start: it is a closed loop",
    Reason.BRANCH_POINT: "the branch begins where it crosses another one",
    Reason.MAX_STEPS: "the branch goes on; allow more steps or longer ones",
    Reason.STEP_TOO_SMALL: "Newton's method failed however small the step; the natural method cannot pass "
    "a fold (use arclength), and a kink of the activation has no tangent",
    Reason.LEFT_DOMAIN: "the path has no network beyond this position; choose another path or shorter ends",
    Reason.DIVERGED: "the rates grow without bound; the fixed point goes to infinity here",
    Reason.NOT_UNIQUE: "there is no single way on: branches cross here, or the fixed points form a continuum",
    Reason.NO_START: "Newton's method found no fixed point at the start; start from a known one",
    Reason.STARTED_HERE: "the branch was followed from here in one direction; it goes on in the other",
}


@dataclass(frozen=True)
class Stop:
    """Where a branch stops and why."""

    reason: Reason
    detail: str = ""

    @property
    def text(self) -> str:
        """The reason in words, with what can be done about it."""
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.reason.label}{detail}: {self.reason.advice}"
