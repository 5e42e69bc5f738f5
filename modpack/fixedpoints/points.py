"""Fixed and slow points as data: one container, and a record of what became of every start."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from modpack._checks import require
from modpack._files import read_tensors, write_tensors
from modpack.fixedpoints.stability import Kind, Spectra

FORMAT = "modpack.fixedpoints 1"


class Status(IntEnum):
    """What became of a start; `advice` says what to make of it."""

    CONVERGED = 0
    SLOW = 1
    DUPLICATE = 2
    DIVERGED = 3
    UNFINISHED = 4
    NOT_FINITE = 5

    @property
    def label(self) -> str:
        """The name in words."""
        return self.name.lower().replace("_", " ")

    @property
    def advice(self) -> str:
        """What the outcome means and what can be done about it."""
        return ADVICE[self]


ADVICE = {
    Status.CONVERGED: "a fixed point: |F| is zero to rounding",
    Status.SLOW: "a slow point: the speed has a minimum here which is not zero; no fixed point is near",
    Status.DUPLICATE: "led to a point that another start had found before",
    Status.DIVERGED: "ran away from the states; start closer to them, or there is no fixed point",
    Status.UNFINISHED: "neither at rest nor at a minimum of the speed; allow more iterations",
    Status.NOT_FINITE: "the start or the vector field there is not a finite number; look at the weights",
}


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What became of every start, axis 0 = start; the starts that were given come first.

    Parameters
    ----------
    starts, ends : Tensor, shape (start, neuron)
        Where the search began, and where it stopped.
    status : Tensor of int64, shape (start,)
        Values of `Status`.
    point : Tensor of int64, shape (start,)
        Index of the point that the start led to, -1 if to none (or to one that is not in this selection).
    residual : Tensor, shape (start,)
        Largest component of abs(F) at the end.
    iterations : Tensor of int64, shape (start,)
    round : Tensor of int64, shape (start,)
        0 for a start that was given, k for one that the k-th further round of the search added.
    """

    starts: Tensor
    ends: Tensor
    status: Tensor
    point: Tensor
    residual: Tensor
    iterations: Tensor
    round: Tensor

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def advice(self) -> dict[str, str]:
        """The advice for each status that occurs, by its label."""
        return {Status(s).label: Status(s).advice for s in sorted(set(self.status.tolist()))}

    def with_points(self, point: Tensor) -> "Outcomes":
        """Return the same record with other numbers for the points."""
        return replace(self, point=point)


@dataclass(frozen=True, eq=False)
class FixedPoints:
    """Fixed points and slow points of one network under one context and one input, axis 0 = point.

    Index it with a mask, a slice or a list of numbers, and join several with `concatenate`. The record of the starts
    stays whole; starts whose point is not selected have point -1.

    Parameters
    ----------
    states : Tensor, shape (point, neuron)
        In float64.
    status : Tensor of int64, shape (point,)
        ``Status.CONVERGED`` for fixed points, ``Status.SLOW`` for slow points.
    residual : Tensor, shape (point,)
        Largest component of abs(F).
    q : Tensor, shape (point,)
        abs(F)**2 / 2, of which slow points are local minima (Sussillo and Barak 2013, doi:10.1162/NECO_a_00409).
    spectra : Spectra
        Of the Jacobian at each point.
    outcomes : Outcomes
        One for each start.
    scale : float
        Size of the cloud of states, the unit in which points are the same or different.
    tau : float
        Time constant in ms.
    """

    states: Tensor
    status: Tensor
    residual: Tensor
    q: Tensor
    spectra: Spectra
    outcomes: Outcomes
    scale: float
    tau: float

    def __len__(self) -> int:
        return len(self.states)

    def __getitem__(self, index: slice | Sequence[int] | Tensor) -> "FixedPoints":
        kept = torch.arange(len(self), device=self.states.device)[index]
        require(kept.ndim == 1, "index", index, "a mask, a slice or a list of points, such as points[3:4]")
        renumbered = torch.full((len(self) + 1,), -1, device=kept.device)
        renumbered[kept] = torch.arange(len(kept), device=kept.device)
        outcomes = self.outcomes.with_points(renumbered[self.outcomes.point])
        chosen = {name: getattr(self, name)[kept] for name in _PER_POINT}
        return replace(self, **chosen, spectra=self.spectra.map(lambda x: x[kept]), outcomes=outcomes)

    @property
    def roots(self) -> "FixedPoints":
        """The fixed points alone."""
        return self[self.status == Status.CONVERGED]

    @property
    def slow(self) -> "FixedPoints":
        """The slow points alone."""
        return self[self.status == Status.SLOW]

    @property
    def speed(self) -> Tensor:
        """Length of dr/dt = F / tau, in rate per ms, shape (point,)."""
        return (2 * self.q).sqrt() / self.tau

    @property
    def eigenvalues(self) -> Tensor:
        """Eigenvalues of the continuous Jacobian, complex, shape (point, neuron)."""
        return self.spectra.eigenvalues

    @property
    def n_unstable(self) -> Tensor:
        """Number of modes that grow in continuous time, shape (point,)."""
        return self.spectra.n_unstable

    @property
    def n_unstable_map(self) -> Tensor:
        """Number of modes that grow from time step to time step, shape (point,)."""
        return self.spectra.n_unstable_map

    @property
    def time_constants(self) -> Tensor:
        """Time constants of the modes in ms, shape (point, neuron)."""
        return self.spectra.time_constants(self.tau)

    @property
    def kind(self) -> list[str]:
        """Node, spiral, saddle and so on in words, see `stability.Kind`."""
        return [Kind(k).label for k in self.spectra.kind.tolist()]

    def summary(self) -> str:
        """Return in one sentence how many points were kept of how many starts, and what became of the rest."""
        roots, stable = self.roots, int((self.roots.n_unstable == 0).sum())
        counts = Counter(self.outcomes.status.tolist())
        fates = ", ".join(f"{counts[s]} {s.label}" for s in Status if counts[s])
        kept = f"kept {len(self)} of {len(self.outcomes)} starts"
        found = f"{len(roots)} fixed points ({stable} stable) and {len(self) - len(roots)} slow points"
        return f"{kept}: {found}" + (f"; starts: {fates}" if fates else "")

    def table(self) -> list[dict[str, Any]]:
        """Return a tidy row for each point, ready for ``pandas.DataFrame``."""
        starts = Counter(self.outcomes.point.tolist())
        columns = {
            "status": [Status(s).label for s in self.status.tolist()],
            "kind": self.kind,
            "n_unstable": self.n_unstable.tolist(),
            "n_neutral": self.spectra.n_neutral.tolist(),
            "n_unstable_map": self.n_unstable_map.tolist(),
            "residual": self.residual.tolist(),
            "q": self.q.tolist(),
            "speed_per_ms": self.speed.tolist(),
            "slowest_ms": self.time_constants.abs().amax(-1).tolist(),
            "period_ms": self.spectra.periods(self.tau).amin(-1).tolist(),
            "n_starts": [starts[i] for i in range(len(self))],
        }
        rows = zip(*columns.values(), strict=True)
        return [{"point": i, **dict(zip(columns, row, strict=True))} for i, row in enumerate(rows)]

    def save(self, path: Path | str) -> None:
        """Write everything to a safetensors file, atomically."""
        tensors = {name: getattr(self, name) for name in _PER_POINT}
        tensors |= {f"outcomes.{name}": x for name, x in vars(self.outcomes).items()}
        # safetensors stores no complex numbers everywhere: real and imaginary part are a last axis of two.
        for name in ("eigenvalues", "eigenvectors"):
            tensors[f"spectra.{name}"] = torch.view_as_real(getattr(self.spectra, name).resolve_conj())
        numbers = {
            "scale": self.scale,
            "tau": self.tau,
            "alpha": self.spectra.alpha,
            "margin": self.spectra.margin,
        }
        write_tensors(Path(path), tensors, {"format": FORMAT, "numbers": json.dumps(numbers)})

    @classmethod
    def load(cls, path: Path | str) -> "FixedPoints":
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file holds something else.
        """
        tensors, record = read_tensors(Path(path))
        require(record.get("format") == FORMAT, "path", str(path), f"a file of the format {FORMAT!r}")
        numbers = json.loads(record["numbers"])
        values, vectors = (
            torch.view_as_complex(tensors[f"spectra.{name}"]) for name in ("eigenvalues", "eigenvectors")
        )
        return cls(
            **{name: tensors[name] for name in _PER_POINT},
            spectra=Spectra(values, vectors, numbers["alpha"], numbers["margin"]),
            outcomes=Outcomes(**_below("outcomes.", tensors)),
            scale=numbers["scale"],
            tau=numbers["tau"],
        )


_PER_POINT = ("states", "status", "residual", "q")


def concatenate(parts: Sequence[FixedPoints]) -> FixedPoints:
    """Return the points and the starts of several searches as one, in their order; repetitions stay.

    Raises
    ------
    ValueError
        If there is nothing to join, or if the parts differ in the number of neurons, alpha or tau.
    """
    require(len(parts) > 0, "parts", parts, "at least one search")
    common = {(x.states.shape[1], x.spectra.alpha, x.tau) for x in parts}
    require(len(common) == 1, "parts", sorted(common), "alike in number of neurons, alpha and tau")

    def join(get: Callable[[FixedPoints], Tensor]) -> Tensor:
        return torch.cat([get(part) for part in parts])

    first = parts[0]
    shifts = torch.tensor([0, *map(len, parts)])[:-1].cumsum(0).tolist()
    numbers = [
        torch.where(x.outcomes.point < 0, -1, x.outcomes.point + n)
        for x, n in zip(parts, shifts, strict=True)
    ]
    outcomes = {name: join(lambda x, n=name: getattr(x.outcomes, n)) for name in vars(first.outcomes)}
    return replace(
        first,
        **{name: join(lambda x, n=name: getattr(x, n)) for name in _PER_POINT},
        spectra=replace(
            first.spectra,
            eigenvalues=join(lambda x: x.spectra.eigenvalues),
            eigenvectors=join(lambda x: x.spectra.eigenvectors),
        ),
        outcomes=Outcomes(**outcomes | {"point": torch.cat(numbers)}),
        scale=max(x.scale for x in parts),
    )


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): x for name, x in tensors.items() if name.startswith(prefix)}
