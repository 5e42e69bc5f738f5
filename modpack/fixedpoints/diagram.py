"""Diagrams: the branches that were found between the two ends of a path, and what could not be connected."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from modpack._files import read_record, write_record
from modpack.fixedpoints.branches import Branch
from modpack.fixedpoints.sum_rule import SumRule

FORMAT = "modpack.diagram 3"


@dataclass(frozen=True)
class Level:
    """A position of the path at which fixed points were looked for.

    Parameters
    ----------
    lam : float
    n_roots : int
        Fixed points found.
    n_new : int
        Those of them that lay on no branch known by then, so that a new one was followed from each.
    detail : str
        Why there was nothing to search, if the path has no network there.
    index_sum : int
        Sum of the indices of the fixed points found.
    sum_rule : SumRule
        Whether it shows that some are missing.
    """

    lam: float
    n_roots: int
    n_new: int
    detail: str = ""
    index_sum: int = 0
    sum_rule: SumRule = SumRule.UNKNOWN


@dataclass(frozen=True, eq=False)
class Diagram:
    """The branches found along a path; there may be others.

    Parameters
    ----------
    branches : tuple of Branch
        No two of them the same.
    levels : tuple of Level
        Where fixed points were looked for, in this order.
    """

    branches: tuple[Branch, ...]
    levels: tuple[Level, ...]

    def __len__(self) -> int:
        return len(self.branches)

    def summary(self) -> str:
        """Return in one sentence what was found, and what could not be connected."""
        places = ", ".join(f"{level.lam:g}" for level in self.levels)
        counts = Counter(branch.course for branch in self.branches)
        courses = ", ".join(f"{n} {course}" for course, n in counts.items())
        kinds = Counter(event.kind for branch in self.branches for event in branch.events)
        events = ", ".join(f"{n} {kind}" for kind, n in kinds.items()) or "none"
        found = f"found {len(self)} branches from searches at {places}" + (f": {courses}" if courses else "")
        ends = f"{len(self.unconnected())} ends not connected"
        return f"{found}; events: {events}; {ends}; {self._completeness()}"

    def _completeness(self) -> str:
        """Say of how many levels the indices show that fixed points are missing."""
        counts = Counter(level.sum_rule for level in self.levels)
        words = f"index sum as for a complete list at {counts[SumRule.MET]} of {len(self.levels)} levels"
        missing = counts[SumRule.INCOMPLETE]
        return words + (f", INCOMPLETE at {missing}" if missing else ", which is no proof")

    def level_table(self) -> list[dict[str, Any]]:
        """Return a tidy row for each search, with the sum of indices, ready for ``pandas.DataFrame``."""
        return [{**vars(level), "sum_rule": level.sum_rule.label} for level in self.levels]

    def table(self) -> list[dict[str, Any]]:
        """Return a tidy row for each state of each branch, ready for ``pandas.DataFrame``."""
        return [{"branch": k, **row} for k, branch in enumerate(self.branches) for row in branch.table()]

    def event_table(self) -> list[dict[str, Any]]:
        """Return a tidy row for each event on each branch, ready for ``pandas.DataFrame``."""
        return [
            {"branch": k, **row} for k, branch in enumerate(self.branches) for row in branch.event_table()
        ]

    def unconnected(self) -> list[dict[str, Any]]:
        """Return a tidy row for each end of a branch that leads nowhere, with the reason and advice."""
        return [
            {"branch": k, "reason": stop.reason.label, "detail": stop.detail, "advice": stop.reason.advice}
            for k, branch in enumerate(self.branches)
            for stop in branch.loose_ends
        ]

    def save(self, path: Path | str) -> None:
        """Write all branches to one safetensors file, atomically."""
        packed = [branch.packed() for branch in self.branches]
        tensors = {f"{k}.{name}": x for k, (parts, _) in enumerate(packed) for name, x in parts.items()}
        record = {
            "branches": [record for _, record in packed],
            "levels": [{**vars(level), "sum_rule": int(level.sum_rule)} for level in self.levels],
        }
        write_record(path, FORMAT, tensors, record)

    @classmethod
    def load(cls, path: Path | str) -> "Diagram":
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file holds something else.
        """
        return read_record(path, FORMAT, cls._unpacked)

    @classmethod
    def _unpacked(cls, tensors: dict[str, Tensor], record: dict[str, Any]) -> "Diagram":
        parts: list[dict[str, Tensor]] = [{} for _ in record["branches"]]
        for key, x in tensors.items():
            number, name = key.split(".")
            parts[int(number)][name] = x
        branches = map(Branch.unpacked, parts, record["branches"])
        levels = [{**level, "sum_rule": SumRule(level["sum_rule"])} for level in record["levels"]]
        return cls(tuple(branches), tuple(Level(**level) for level in levels))
