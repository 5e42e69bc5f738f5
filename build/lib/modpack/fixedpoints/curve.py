r"""The curve F(r, lam) = 0: its points, their tangents, and Newton's method back onto it.

A point is the vector x = (r, lam). Lengths and angles along the curve are measured by

.. math:: \langle x, x' \rangle = r \cdot r' / N + \lambda \lambda' / (\mathrm{high} - \mathrm{low})^2,

so that a unit is a root mean square change of the rates by 1, or the whole path, whatever the size of the
network. A prediction :math:`\hat x` is corrected in the plane through it that is perpendicular to a normal n
(Keller 1977; Seydel 2010, chapter 4): Newton's method on the N + 1 equations

.. math:: F(x) = 0, \qquad \langle n, x - \hat x \rangle = 0,

whose bordered matrix stays regular at folds, where dF/dr alone is singular.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from modpack.fixedpoints.family import Family, LeftDomain

NEUTRAL = 1e-10
"""Rates of growth up to this count as not growing: eigenvalues are not known better than to rounding."""


class NotConverged(ArithmeticError):
    """Newton's method did not arrive; the message says in which way."""


@dataclass(frozen=True, eq=False)
class Point:
    """A point of the curve.

    Parameters
    ----------
    x : Tensor, shape (neuron + 1,)
        Rates, and last the position lam on the path.
    tangent : Tensor, shape (neuron + 1,)
        Direction of the curve, of unit length.
    jacobian : Tensor, shape (neuron, neuron)
        dF/dr.
    alpha : float
        dt / tau.
    residual : float
        Largest component of abs(F).
    iterations : int
        Newton steps that led here.
    """

    x: Tensor
    tangent: Tensor
    jacobian: Tensor
    alpha: float
    residual: float
    iterations: int

    @property
    def r(self) -> Tensor:
        """Rates, shape (neuron,)."""
        return self.x[:-1]

    @property
    def lam(self) -> float:
        """Position on the path."""
        return self.x[-1].item()

    @cached_property
    def eigenvalues(self) -> Tensor:
        """Eigenvalues of dF/dr, complex, by falling real part, shape (neuron,)."""
        values = torch.linalg.eigvals(self.jacobian)
        return values[values.real.argsort(descending=True, stable=True)]

    @cached_property
    def values(self) -> Tensor:
        """What changes sign at an event, shape (1 + 2 neuron,); see `event_values`."""
        return event_values(self.tangent[-1:], self.eigenvalues, self.alpha)


def event_values(slope: Tensor, eigenvalues: Tensor, alpha: float) -> Tensor:
    """Return the continuous functions along a branch that change sign at its events.

    Parameters
    ----------
    slope : Tensor, shape (..., 1)
        Component of the tangent along lam, which is zero at a fold.
    eigenvalues : Tensor, complex, shape (..., neuron)
        Of dF/dr.
    alpha : float
        dt / tau.

    Returns
    -------
    Tensor, shape (..., 1 + 2 neuron)
        The slope; the growth of the flow, Re(lambda), in falling order; the growth of the map,
        abs(1 + alpha lambda) - 1, in falling order. The k-th largest growth is continuous, whichever
        eigenvalue it belongs to. `NEUTRAL` is taken off, so that values which stay zero do not change sign.
    """
    flow = eigenvalues.real.sort(descending=True).values
    steps = ((1 + alpha * eigenvalues).abs() - 1).sort(descending=True).values
    return torch.cat([slope, flow, steps], dim=-1) - NEUTRAL


@dataclass(frozen=True, eq=False)
class Curve:
    """The curve of fixed points of a family, and how closely to compute it.

    Parameters
    ----------
    family : Family
    tolerance : float
        Largest component of abs(F) that counts as zero, for rates up to 1, and relative to larger rates.
    iterations : int
        Newton steps allowed.
    """

    family: Family
    tolerance: float = 1e-12
    iterations: int = 8

    def inner(self, x: Tensor, y: Tensor) -> float:
        """Return <x, y>, see the module."""
        return (self._lowered(x) @ y).item()

    def length(self, x: Tensor) -> float:
        """Return the length of x."""
        return self.inner(x, x) ** 0.5

    def lengths(self, x: Tensor) -> Tensor:
        """Return the length of each x of a batch, shape (..., neuron + 1)."""
        return (x**2 @ self._weights(x)).sqrt()

    def unit(self, x: Tensor) -> Tensor:
        """Return x at length one."""
        return x / self.length(x)

    def along_path(self, x: Tensor) -> Tensor:
        """Return the unit vector that changes lam alone, upwards; of the size and type of x."""
        direction = torch.zeros_like(x)
        direction[-1] = self.family.span
        return direction

    def correct(self, predicted: Tensor, normal: Tensor) -> Point:
        """Return the point of the curve in the plane through `predicted` that is perpendicular to `normal`.

        The tangent of the point makes an acute angle with `normal`.

        Raises
        ------
        NotConverged
            If the vector field is not finite, the bordered matrix singular, or the iterations used up.
        LeftDomain
            If an iteration leaves the path.
        """
        x, row = predicted, self._lowered(normal)
        for iteration in range(self.iterations + 1):
            here = self.family.linearise(x[:-1], x[-1])
            residual = here.field.abs().max().item()
            if not (residual < torch.inf and bool(here.jacobian.isfinite().all())):
                raise NotConverged("the vector field is not finite")
            matrix = torch.cat([here.extended, row[None]])
            if self._at_rest(x, residual):
                last = torch.zeros_like(x)
                last[-1] = 1
                tangent = self.unit(_solve(matrix, last))
                return Point(x, tangent, here.jacobian, here.alpha, residual, iteration)
            x = x - _solve(matrix, torch.cat([here.field, (row @ (x - predicted))[None]]))
        raise NotConverged(f"|F| is still {residual:.1e} after {self.iterations} Newton steps")

    def at_level(self, predicted: Tensor, direction: float) -> Point:
        """Return the point of the curve at exactly the lam of `predicted`.

        Its tangent leads up the path for a positive direction, down for a negative one. Raises as `correct`.
        """
        point = self.correct(predicted, math.copysign(1, direction) * self.along_path(predicted))
        exact = torch.cat([point.r, predicted[-1:]])  # free of the rounding of the linear solver
        return replace(point, x=exact)

    def is_ambiguous(self, x: Tensor, relative: float = 1e-9) -> bool:
        """Return whether x is a fixed point at which the curve has more than one direction.

        On a smooth piece of the curve F stays zero in one direction only; at a crossing, or in a continuum of
        fixed points, [dF/dr, dF/dlam] has not its full rank.
        """
        here = self.family.linearise(x[:-1], x[-1])
        if not self._at_rest(x, here.field.abs().max().item()):
            return False
        singular = torch.linalg.svdvals(here.extended)
        return bool(singular.min() <= relative * max(1.0, singular.max().item()))

    def across(self, x: Tensor, along: Tensor) -> Tensor:
        """Return the unit vector across a branch where another one crosses it.

        Of the two directions in which F stays zero to first order at x, the one perpendicular to `along`.
        """
        here = self.family.linearise(x[:-1], x[-1])
        scale = self._weights(x).sqrt()
        matrix = here.extended / scale
        plane = torch.linalg.svd(matrix).Vh[-2:]
        first, second = (plane @ (scale * along)).tolist()
        return self.unit((second * plane[0] - first * plane[1]) / scale)

    def _at_rest(self, x: Tensor, residual: float) -> bool:
        return residual <= self.tolerance * max(1.0, x[:-1].abs().max().item())

    def _weights(self, x: Tensor) -> Tensor:
        """Return the weights of the scalar product, shape (neuron + 1,)."""
        weights = x.new_full(x.shape[-1:], 1 / (x.shape[-1] - 1))
        weights[-1] = self.family.span**-2
        return weights

    def _lowered(self, x: Tensor) -> Tensor:
        """Return the row vector y -> <x, y>."""
        return self._weights(x) * x


class Chord:
    """The piece of the curve between two of its points, by the length s along the line that joins them.

    Parameters
    ----------
    curve : Curve
    a, b : Tensor, shape (neuron + 1,)
        Two neighbouring points of the curve.
    """

    def __init__(self, curve: Curve, a: Tensor, b: Tensor) -> None:
        self.curve, self.a = curve, a
        self.length = curve.length(b - a)
        self.direction = (b - a) / self.length

    def at(self, s: float) -> Point:
        """Return the point at length s; raises as `Curve.correct` does."""
        return self.curve.correct(self.a + s * self.direction, self.direction)

    def contains(self, x: Tensor, tolerance: float) -> bool:
        """Return whether the curve between the two points passes through x."""
        s = self.curve.inner(self.direction, x - self.a)
        off = self.curve.length(x - self.a - s * self.direction)
        if not (-tolerance <= s <= self.length + tolerance and off <= self.length / 2 + tolerance):
            return False
        try:
            return self.curve.length(self.at(s).x - x) <= tolerance
        except (NotConverged, LeftDomain):
            return False


def _solve(matrix: Tensor, right: Tensor) -> Tensor:
    solution, singular = torch.linalg.solve_ex(matrix, right)
    if singular.item() or not bool(solution.isfinite().all()):
        raise NotConverged("the bordered Jacobian is singular")
    return solution
