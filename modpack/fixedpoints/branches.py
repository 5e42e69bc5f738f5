"""Branches of fixed points as data: what a continuation passed through, with its events and both its ends."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from modpack._files import read_record, write_record
from modpack._shapes import require_shape
from modpack.fixedpoints.curve import event_values
from modpack.fixedpoints.events import Event
from modpack.fixedpoints.stops import Reason, Stop

FORMAT = "modpack.branch 2"


@dataclass(frozen=True, eq=False)
class Branch:
    """One branch of fixed points, axis 0 = step; empty if there was no fixed point to start from.

    Parameters
    ----------
    lam : Tensor, shape (step,)
        Position on the path.
    states : Tensor, shape (step, neuron)
        Rates, in float64.
    tangents : Tensor, shape (step, neuron + 1)
        Direction of the branch, rates and last lam, of unit length as in :mod:`modpack.fixedpoints.curve`.
    eigenvalues : Tensor, complex, shape (step, neuron)
        Of dF/dr, by falling real part.
    position : Tensor, shape (step,)
        Length of the branch up to each state.
    residual : Tensor, shape (step,)
        Largest component of abs(F).
    events : tuple of Event
        In the order of the branch.
    start, end : Stop
        Why the branch begins at its first state and goes no further than its last.
    low, high : float
        The ends of the path.
    alpha : float
        dt / tau.
    """

    lam: Tensor
    states: Tensor
    tangents: Tensor
    eigenvalues: Tensor
    position: Tensor
    residual: Tensor
    events: tuple[Event, ...]
    start: Stop
    end: Stop
    low: float
    high: float
    alpha: float

    def __post_init__(self) -> None:
        n, neurons = self.states.shape
        for name in ("lam", "position", "residual"):
            require_shape(name, getattr(self, name), n)
        require_shape("tangents", self.tangents, n, neurons + 1)
        require_shape("eigenvalues", self.eigenvalues, n, neurons)
        for event in self.events:
            require_shape("state", event.state, neurons)

    def __len__(self) -> int:
        return len(self.lam)

    @property
    def values(self) -> Tensor:
        """What changes sign at events, shape (step, 1 + 2 neuron); see `event_values`."""
        return event_values(self.tangents[:, -1:], self.eigenvalues, self.alpha)

    @property
    def n_unstable(self) -> Tensor:
        """Number of modes that grow in continuous time, shape (step,)."""
        return (self.values[:, 1 : 1 + self.states.shape[1]] > 0).sum(-1)

    @property
    def n_unstable_map(self) -> Tensor:
        """Number of modes that grow from time step to time step, shape (step,)."""
        return (self.values[:, 1 + self.states.shape[1] :] > 0).sum(-1)

    @property
    def closed(self) -> bool:
        """Whether the branch is a closed loop, its last state being its first."""
        return self.end.reason == Reason.CLOSED

    @property
    def loose_ends(self) -> list[Stop]:
        """The ends that could not be connected: neither an end of the path nor a point of another branch."""
        connected = (Reason.REACHED_END, Reason.CLOSED, Reason.BRANCH_POINT)
        return [stop for stop in (self.start, self.end) if stop.reason not in connected]

    @property
    def course(self) -> str:
        """Where the branch leads, in words."""
        if self.closed:
            return "closed loop"
        if self.loose_ends:
            return "not connected"
        if self.start.reason == Reason.BRANCH_POINT:
            return "from a crossing to an end"
        return "back to the same end" if self.lam[0] == self.lam[-1] else "from end to end"

    def at(self, lam: float) -> Tensor:
        """Return states near the places where the branch passes a position of the path, (passage, neuron)."""
        offset = self.lam - lam
        step = ((offset[:-1] * offset[1:] <= 0) & (offset[:-1] != offset[1:])).nonzero()[:, 0]
        share = (offset[step] / (offset[step] - offset[step + 1]))[:, None]
        return torch.lerp(self.states[step], self.states[step + 1], share)

    def reversed(self) -> "Branch":
        """Return the same branch passed in the opposite direction."""
        names = ("lam", "states", "eigenvalues", "residual")
        flipped: dict[str, Any] = {name: getattr(self, name).flip(0) for name in names}
        length = self.position[-1:].sum()
        events = tuple(
            replace(
                event,
                step=len(self) - 2 - event.step,
                position=length.item() - event.position,
                change=-event.change,
                change_map=-event.change_map,
            )
            for event in reversed(self.events)
        )
        return replace(
            self,
            **flipped,
            tangents=-self.tangents.flip(0),
            position=length - self.position.flip(0),
            events=events,
            start=self.end,
            end=self.start,
        )

    def joined(self, other: "Branch") -> "Branch":
        """Return this branch continued by another that begins with the last state of this one."""
        names = ("lam", "states", "tangents", "eigenvalues", "residual")
        parts: dict[str, Any] = {
            name: torch.cat([getattr(self, name), getattr(other, name)[1:]]) for name in names
        }
        length = self.position[-1].item()
        moved = tuple(
            replace(event, step=event.step + len(self) - 1, position=event.position + length)
            for event in other.events
        )
        position = torch.cat([self.position, length + other.position[1:]])
        return replace(self, **parts, position=position, events=self.events + moved, end=other.end)

    def table(self) -> list[dict[str, Any]]:
        """Return a tidy row for each state, ready for ``pandas.DataFrame``."""
        columns = {
            "lam": self.lam,
            "position": self.position,
            "n_unstable": self.n_unstable,
            "n_unstable_map": self.n_unstable_map,
            "slowest": self.eigenvalues.real.amax(-1),
            "residual": self.residual,
        }
        rows = zip(*(x.tolist() for x in columns.values()), strict=True)
        return [{"step": k, **dict(zip(columns, row, strict=True))} for k, row in enumerate(rows)]

    def event_table(self) -> list[dict[str, Any]]:
        """Return a tidy row for each event, ready for ``pandas.DataFrame``."""
        return [event.row() for event in self.events]

    def summary(self) -> str:
        """Return in one sentence where the branch leads and what happens on it."""
        if not len(self):
            return f"no branch: {self.start.text}"
        first, last = self.lam[0].item(), self.lam[-1].item()
        happened = ", ".join(f"{e.kind} at {e.lam:.4f}" for e in self.events) or "no events"
        return f"{len(self)} states from {first:.4f} to {last:.4f}, {happened}; {self.end.text}"

    def save(self, path: Path | str) -> None:
        """Write the branch to a safetensors file, atomically."""
        write_record(path, FORMAT, *self.packed())

    @classmethod
    def load(cls, path: Path | str) -> "Branch":
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file holds something else.
        """
        return read_record(path, FORMAT, cls.unpacked)

    def packed(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return the branch as tensors and a record for JSON."""
        tensors = {name: getattr(self, name) for name in _PER_STEP}
        no_events = self.states.new_zeros(0, self.states.shape[1])
        tensors["event_states"] = torch.cat([no_events, *(event.state[None] for event in self.events)])
        record = {"low": self.low, "high": self.high, "alpha": self.alpha, "events": self.event_table()}
        stops = {"start": self.start, "end": self.end}
        return tensors, record | {name: [int(x.reason), x.detail] for name, x in stops.items()}

    @classmethod
    def unpacked(cls, tensors: dict[str, Tensor], record: dict[str, Any]) -> "Branch":
        """Return the branch that `packed` took apart."""
        per_step: dict[str, Any] = {name: tensors[name] for name in _PER_STEP}
        rows = zip(record["events"], tensors["event_states"], strict=True)
        start, end = (Stop(Reason(record[name][0]), record[name][1]) for name in ("start", "end"))
        return cls(
            **per_step,
            events=tuple(Event.from_row(row, state) for row, state in rows),
            start=start,
            end=end,
            low=record["low"],
            high=record["high"],
            alpha=record["alpha"],
        )


_PER_STEP = ("lam", "states", "tangents", "eigenvalues", "position", "residual")
