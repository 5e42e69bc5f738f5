"""Why a branch goes no further, as data with advice."""

from dataclasses import dataclass

from modpack.fixedpoints.advised import Advised


class Reason(Advised):
    """Why a branch goes no further; `advice` says what to make of it."""

    REACHED_END = 0, "the branch arrived at an end of the path"
    CLOSED = 1, "the branch came back to its start: it is a closed loop"
    BRANCH_POINT = 2, "the branch begins where it crosses another one"
    MAX_STEPS = 3, "the branch goes on; allow more steps or longer ones"
    STEP_TOO_SMALL = (
        4,
        "Newton's method failed however small the step; the natural method cannot pass "
        "a fold (use arclength), and a kink of the activation has no tangent",
    )
    LEFT_DOMAIN = 5, "the path has no network beyond this position; choose another path or shorter ends"
    DIVERGED = 6, "the rates grow without bound; the fixed point goes to infinity here"
    NOT_UNIQUE = 7, "there is no single way on: branches cross here, or the fixed points form a continuum"
    NO_START = 8, "Newton's method found no fixed point at the start; start from a known one"
    STARTED_HERE = 9, "the branch was followed from here in one direction; it goes on in the other"


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
