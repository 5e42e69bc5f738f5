"""Fixed points and slow points as data: one container for both, with the record of the search."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from modpack._checks import require
from modpack._files import read_record, write_record
from modpack._shapes import require_shape
from modpack.fixedpoints.outcomes import Outcomes, Status
from modpack.fixedpoints.stability import Kind, Spectra
from modpack.fixedpoints.sum_rule import SumRule, sum_rule

FORMAT = "modpack.fixedpoints 3"


@dataclass(frozen=True, eq=False)
class FixedPoints:
    """Fixed points and slow points of one network under one context and one input, axis 0 = point.

    Index it with a mask, a slice or a list of numbers, and join several with `concatenate`. The record of the
    starts stays whole; starts whose point is not selected have point -1.

    Parameters
    ----------
    states : Tensor, shape (point, neuron)
        In float64.
    status : Tensor of int64, shape (point,)
        ``Status.CONVERGED`` for fixed points, ``Status.SLOW`` for slow points.
    residual : Tensor, shape (point,)
        Largest component of abs(F).
    q : Tensor, shape (point,)
        abs(F)**2 / 2; slow points are its local minima (Sussillo and Barak 2013, doi:10.1162/NECO_a_00409).
    spectra : Spectra
        Of the Jacobian at each point.
    outcomes : Outcomes
        One for each start.
    scale : float
        Size of the cloud of states, the unit in which points are the same or different.
    tau : float
        Time constant in ms.
    comes_home : bool
        Whether the indices of all fixed points add up to 1, as far as is known, see `sum_rule.comes_home`,
        and none of those that were found has been left out.
    """

    states: Tensor
    status: Tensor
    residual: Tensor
    q: Tensor
    spectra: Spectra
    outcomes: Outcomes
    scale: float
    tau: float
    comes_home: bool

    def __post_init__(self) -> None:
        n, neurons = self.states.shape
        for name in ("status", "residual", "q"):
            require_shape(name, getattr(self, name), n)
        require_shape("eigenvalues", self.spectra.eigenvalues, n, neurons)
        require_shape("eigenvectors", self.spectra.eigenvectors, n, neurons, neurons)

    def __len__(self) -> int:
        return len(self.states)

    def __getitem__(self, index: slice | Sequence[int] | Tensor) -> "FixedPoints":
        kept = torch.arange(len(self), device=self.states.device)[index]
        require(kept.ndim == 1, "index", index, "a mask, a slice or a list of points, such as points[3:4]")
        renumbered = torch.full((len(self) + 1,), -1, device=kept.device)
        renumbered[kept] = torch.arange(len(kept), device=kept.device)
        outcomes = replace(self.outcomes, point=renumbered[self.outcomes.point])
        selected = self._with({name: x[kept] for name, x in self._tensors.items()}, outcomes)
        left_out = (self.status == Status.CONVERGED) & (renumbered[:-1] < 0)
        return replace(selected, comes_home=self.comes_home and not left_out.any())

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

    @property
    def index(self) -> Tensor:
        """Index of each fixed point, the sign of det(-J): 1 or -1; 0 for a slow point, which has none."""
        return torch.where(self.status == Status.CONVERGED, 1 - 2 * (self.n_unstable % 2), 0)

    @property
    def index_sum(self) -> int:
        """Sum of the indices of the fixed points."""
        return int(self.index.sum())

    @property
    def sum_rule(self) -> SumRule:
        """What the sum of the indices says of the list: whether it is incomplete for certain."""
        n_neutral = int((self.roots.spectra.n_neutral > 0).sum())
        return sum_rule(self.index_sum, self.comes_home, n_neutral)

    def summary(self) -> str:
        """Return in a sentence what was kept, what became of the starts, and whether something is missing."""
        roots, stable = self.roots, int((self.roots.n_unstable == 0).sum())
        counts = Counter(self.outcomes.status.tolist())
        fates = ", ".join(f"{counts[s]} {s.label}" for s in Status if counts[s])
        kept = f"kept {len(self)} of {len(self.outcomes)} starts"
        found = f"{len(roots)} fixed points ({stable} stable) and {len(self) - len(roots)} slow points"
        kept = f"{kept}: {found}; {self.sum_rule.of(self.index_sum)}"
        return kept + (f"; starts: {fates}" if fates else "")

    def table(self) -> list[dict[str, Any]]:
        """Return a tidy row for each point, ready for ``pandas.DataFrame``."""
        starts = Counter(self.outcomes.point.tolist())
        columns = {
            "status": [Status(s).label for s in self.status.tolist()],
            "kind": self.kind,
            "n_unstable": self.n_unstable.tolist(),
            "n_neutral": self.spectra.n_neutral.tolist(),
            "n_unstable_map": self.n_unstable_map.tolist(),
            "index": self.index.tolist(),
            "residual": self.residual.tolist(),
            "q": self.q.tolist(),
            "speed_per_ms": self.speed.tolist(),
            "slowest_ms": self.time_constants.abs().amax(-1).tolist(),
            "period_ms": self.spectra.periods(self.tau).amin(-1).tolist(),
            "n_starts": [starts[i] for i in range(len(self))],
            "index_sum": [self.index_sum] * len(self),
            "sum_rule": [self.sum_rule.label] * len(self),
        }
        rows = zip(*columns.values(), strict=True)
        return [{"point": i, **dict(zip(columns, row, strict=True))} for i, row in enumerate(rows)]

    def save(self, path: Path | str) -> None:
        """Write everything to a safetensors file, atomically."""
        tensors = {f"points.{name}": x for name, x in self._tensors.items()}
        tensors |= {f"outcomes.{name}": x for name, x in vars(self.outcomes).items()}
        s = self.spectra
        numbers = {"scale": self.scale, "tau": self.tau, "alpha": s.alpha, "margin": s.margin}
        numbers["comes_home"] = self.comes_home
        write_record(path, FORMAT, tensors, numbers)

    @classmethod
    def load(cls, path: Path | str) -> "FixedPoints":
        """Read what `save` wrote.

        Raises
        ------
        ValueError
            If the file holds something else.
        """
        return read_record(path, FORMAT, cls._unpacked)

    @classmethod
    def _unpacked(cls, tensors: dict[str, Tensor], numbers: dict[str, Any]) -> "FixedPoints":
        points: dict[str, Any] = dict(_below("points.", tensors))
        outcomes = Outcomes(**_below("outcomes.", tensors))
        values, vectors = (points.pop(name) for name in _SPECTRAL)
        spectra = Spectra(values, vectors, numbers.pop("alpha"), numbers.pop("margin"))
        return cls(**points, spectra=spectra, outcomes=outcomes, **numbers)

    @property
    def _tensors(self) -> dict[str, Tensor]:
        """Everything that has an axis of points, by name."""
        own = {name: getattr(self, name) for name in ("states", "status", "residual", "q")}
        return own | {name: getattr(self.spectra, name) for name in _SPECTRAL}

    def _with(self, tensors: dict[str, Tensor], outcomes: Outcomes) -> "FixedPoints":
        """Return a container like this one with other points."""
        own: dict[str, Any] = dict(tensors)
        spectral: dict[str, Any] = {name: own.pop(name) for name in _SPECTRAL}
        return replace(self, **own, spectra=replace(self.spectra, **spectral), outcomes=outcomes)


_SPECTRAL = ("eigenvalues", "eigenvectors")


def concatenate(parts: Sequence[FixedPoints]) -> FixedPoints:
    """Return the points and the starts of several searches as one, in their order; repetitions stay.

    What the indices of several lists should add up to is not known.

    Raises
    ------
    ValueError
        If there is nothing to join, or if the parts differ in the number of neurons, alpha or tau.
    """
    require(len(parts) > 0, "parts", parts, "at least one search")
    common = {(x.states.shape[1], x.spectra.alpha, x.tau) for x in parts}
    require(len(common) == 1, "parts", sorted(common), "alike in number of neurons, alpha and tau")
    points = _join([x._tensors for x in parts])
    outcomes = _join([vars(x.outcomes) for x in parts])
    first = torch.tensor([0, *map(len, parts)])[:-1].cumsum(0)  # of each part among the points of all
    shift = first.repeat_interleave(torch.tensor([len(x.outcomes) for x in parts])).to(
        outcomes["point"].device
    )
    outcomes["point"] = torch.where(outcomes["point"] < 0, -1, outcomes["point"] + shift)
    joined = parts[0]._with(points, Outcomes(**outcomes))
    alone = len(parts) == 1 and parts[0].comes_home
    return replace(joined, scale=max(x.scale for x in parts), comes_home=alone)


def _join(parts: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the tensors of the same name as one."""
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): x for name, x in tensors.items() if name.startswith(prefix)}
