"""Branches of fixed points as data: what a continuation passed through, with its events and both its ends."""

import json
import math
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from modpack._checks import require
from modpack._files import read_tensors, write_tensors
from modpack.fixedpoints.continuation import Continuation, Options, Reason, State, Stop
from modpack.fixedpoints.curve import test_values
from modpack.fixedpoints.events import Event, locate
from modpack.fixedpoints.family import ROUNDING, Family

FORMAT = "modpack.branch 1"


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

    def __len__(self) -> int:
        return len(self.lam)

    @property
    def values(self) -> Tensor:
        """What changes sign at events, shape (step, 1 + 2 neuron); see `test_values`."""
        return test_values(self.tangents[:, -1:], self.eigenvalues, self.alpha)

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

    def reversed(self) -> "Branch":
        """Return the same branch passed in the opposite direction."""
        names = ("lam", "states", "eigenvalues", "residual")
        flipped = {name: getattr(self, name).flip(0) for name in names}
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
        parts = {name: torch.cat([getattr(self, name), getattr(other, name)[1:]]) for name in names}
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
        return [_event_row(event) for event in self.events]

    def summary(self) -> str:
        """Return in one sentence where the branch leads and what happens on it."""
        if not len(self):
            return f"no branch: {self.start.text}"
        first, last = self.lam[0].item(), self.lam[-1].item()
        happened = ", ".join(f"{e.kind} at {e.lam:.4f}" for e in self.events) or "no events"
        return f"{len(self)} states from {first:.4f} to {last:.4f}, {happened}; {self.end.text}"

    def save(self, path: Path | str) -> None:
        """Write the branch to a safetensors file, atomically."""
        tensors, record = self.packed()
        write_tensors(Path(path), tensors, {"format": FORMAT, "record": json.dumps(record)})

    @classmethod
    def load(cls, path: Path | str) -> "Branch":
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file holds something else.
        """
        tensors, text = read_tensors(Path(path))
        require(text.get("format") == FORMAT, "path", str(path), f"a file of the format {FORMAT!r}")
        return cls.unpacked(tensors, json.loads(text["record"]))

    def packed(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return the branch as real tensors and a record for JSON."""
        tensors = {name: getattr(self, name) for name in _PER_STEP}
        tensors["eigenvalues"] = torch.view_as_real(self.eigenvalues.resolve_conj())
        tensors["event_states"] = self.states.new_empty(len(self.events), self.states.shape[1])
        for k, event in enumerate(self.events):
            tensors["event_states"][k] = event.state
        record = {name: getattr(self, name) for name in ("low", "high", "alpha")}
        stops = {name: [int(stop.reason), stop.detail] for name, stop in self._stops.items()}
        events = [
            {name: x for name, x in vars(e).items() if name not in ("state", "critical")} for e in self.events
        ]
        for row, event in zip(events, self.events, strict=True):
            row["critical"] = [event.critical.real, event.critical.imag]
        return tensors, record | stops | {"events": events}

    @classmethod
    def unpacked(cls, tensors: dict[str, Tensor], record: dict[str, Any]) -> "Branch":
        """Return the branch that `packed` took apart."""
        events = tuple(
            Event(
                **row
                | {"critical": complex(*row["critical"]), "bracket": tuple(row["bracket"]), "state": state}
            )
            for row, state in zip(record["events"], tensors["event_states"], strict=True)
        )
        stops = {name: Stop(Reason(record[name][0]), record[name][1]) for name in ("start", "end")}
        numbers = {name: record[name] for name in ("low", "high", "alpha")}
        per_step = {name: tensors[name] for name in _PER_STEP}
        per_step["eigenvalues"] = torch.view_as_complex(tensors["eigenvalues"])
        return cls(**per_step, **stops, **numbers, events=events)

    @property
    def _stops(self) -> dict[str, Stop]:
        return {"start": self.start, "end": self.end}


_PER_STEP = ("lam", "states", "tangents", "eigenvalues", "position", "residual")


def _event_row(event: Event) -> dict[str, Any]:
    low, high = event.bracket
    return {
        "kind": event.kind,
        "lam": event.lam,
        "lam_low": low,
        "lam_high": high,
        "precision": event.precision,
        "status": event.status,
        "growth": event.critical.real,
        "rotation": event.critical.imag,
        "change": event.change,
        "change_map": event.change_map,
        "step": event.step,
        "position": event.position,
    }


def continue_branch(
    family: Family, r: Tensor, lam: float, direction: int | None = None, options: Options | None = None
) -> Branch:
    """Follow a fixed point in one direction as far as its branch goes, and locate the events on the way.

    Parameters
    ----------
    family : Family
    r : Tensor, shape (neuron,)
        A fixed point at `lam`, or rates near one.
    lam : float
        Position of the start, in ``[family.low, family.high]``.
    direction : int, optional
        1 to set out up the path, -1 down. By default up, and down from the upper end.
    options : Options, optional

    Returns
    -------
    Branch
        Also where nothing could be followed: its `end` says why.
    """
    walk = Continuation(family, r, lam, direction, options)
    states = list(walk)
    assert walk.stop is not None
    if not states:
        return _nothing(family, r, walk.stop)
    curve, precision = walk.curve, walk.options.precision
    events = [
        event
        for before, after in pairwise(states)
        for event in locate(curve, before.point, after.point, before.index, before.position, precision)
    ]
    start = walk.stop if walk.stop.reason == Reason.CLOSED else _beginning(family, lam)
    return _branch(family, states, events, start, walk.stop)


def continue_both_ways(family: Family, r: Tensor, lam: float, options: Options | None = None) -> Branch:
    """Follow a fixed point in both directions, the first part down the path; as `continue_branch` otherwise."""
    upwards = continue_branch(family, r, lam, 1, options)
    if upwards.closed or not len(upwards):
        return upwards
    return continue_branch(family, r, lam, -1, options).reversed().joined(upwards)


def _beginning(family: Family, lam: float) -> Stop:
    at_an_end = min(lam - family.low, family.high - lam) <= ROUNDING * family.span
    return Stop(Reason.REACHED_END if at_an_end else Reason.STARTED_HERE)


def _branch(family: Family, states: list[State], events: list[Event], start: Stop, end: Stop) -> Branch:
    points = [state.point for state in states]
    x = torch.stack([point.x for point in points])
    return Branch(
        lam=x[:, -1],
        states=x[:, :-1],
        tangents=torch.stack([point.tangent for point in points]),
        eigenvalues=torch.stack([point.eigenvalues for point in points]),
        position=x.new_tensor([state.position for state in states]),
        residual=x.new_tensor([point.residual for point in points]),
        events=tuple(events),
        start=start,
        end=end,
        low=family.low,
        high=family.high,
        alpha=points[0].alpha,
    )


def _nothing(family: Family, r: Tensor, stop: Stop) -> Branch:
    empty = torch.zeros(0, len(r), dtype=torch.float64, device=r.device)
    none = empty.new_zeros(0)
    return Branch(
        lam=none,
        states=empty,
        tangents=empty.new_zeros(0, len(r) + 1),
        eigenvalues=empty.to(torch.complex128),
        position=none,
        residual=none,
        events=(),
        start=stop,
        end=stop,
        low=family.low,
        high=family.high,
        alpha=math.nan,
    )
