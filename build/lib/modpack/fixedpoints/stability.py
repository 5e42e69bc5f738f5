r"""What a network does near a point: the eigenvalues of its linearisation, in time and in time steps.

Near a fixed point :math:`\tau \dot r = F(r)` is linear, with the Jacobian :math:`J = dF/dr` and its
eigenvalues :math:`\lambda`. One time step is the map :math:`r \leftarrow r + \alpha F`, whose multipliers are
:math:`\mu = 1 + \alpha\lambda`. The flow is stable where every :math:`\mathrm{Re}\,\lambda < 0`, the map
where every :math:`|\mu| < 1`. The second is the stricter demand: a fast rotation may be damped in continuous
time and grow in steps of 40 ms (see Strogatz 2015, sections 5.2 and 10.1).
"""

import math
from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor

MARGIN = 1e-6
"""Rates of growth closer to zero than this count as neutral: a million time constants to fade or to grow."""


class Kind(IntEnum):
    """What a linear flow looks like, by its eigenvalues; see `kinds`."""

    STABLE_NODE = 0
    STABLE_SPIRAL = 1
    SADDLE = 2
    SADDLE_FOCUS = 3
    UNSTABLE_NODE = 4
    UNSTABLE_SPIRAL = 5
    CENTRE = 6
    DEGENERATE = 7

    @property
    def label(self) -> str:
        """The name in words."""
        return self.name.lower().replace("_", " ").replace("saddle focus", "saddle-focus")


@dataclass(frozen=True, eq=False)
class Spectra:
    """Eigenvalues and eigenvectors at a batch of points, the slowest to decay first.

    Parameters
    ----------
    eigenvalues : Tensor, complex, shape (point, neuron)
        Of the continuous Jacobian dF/dr (per time constant tau), by falling real part.
    eigenvectors : Tensor, complex, shape (point, neuron, neuron)
        Right eigenvectors of unit length, one a column.
    alpha : float
        dt / tau, the size of a time step.
    margin : float
        Rates of growth closer to zero than this are neutral, neither stable nor unstable.
    """

    eigenvalues: Tensor
    eigenvectors: Tensor
    alpha: float
    margin: float = MARGIN

    @property
    def multipliers(self) -> Tensor:
        """Eigenvalues of one time step, 1 + alpha lambda, shape (point, neuron)."""
        return 1 + self.alpha * self.eigenvalues

    @property
    def n_unstable(self) -> Tensor:
        """Number of modes that grow in continuous time, shape (point,)."""
        return (self.eigenvalues.real > self.margin).sum(-1)

    @property
    def n_neutral(self) -> Tensor:
        """Number of modes that neither grow nor decay in continuous time, shape (point,)."""
        return (self.eigenvalues.real.abs() <= self.margin).sum(-1)

    @property
    def n_unstable_map(self) -> Tensor:
        """Number of modes that grow from time step to time step, shape (point,)."""
        return (self.multipliers.abs() > 1 + self.alpha * self.margin).sum(-1)

    @property
    def kind(self) -> Tensor:
        """`Kind` of each point in continuous time as an integer, shape (point,)."""
        return kinds(self.eigenvalues, self.margin)

    def time_constants(self, tau: float) -> Tensor:
        """Return -tau / Re(lambda) in ms, shape (point, neuron).

        Negative where a mode grows, infinite where it is neutral.
        """
        rate = self.eigenvalues.real
        return torch.where(rate.abs() <= self.margin, torch.inf, -tau / rate)

    def periods(self, tau: float) -> Tensor:
        """Return ``2 pi tau / |Im(lambda)|`` in ms, shape (point, neuron): infinite where nothing rotates."""
        return 2 * math.pi * tau / self.eigenvalues.imag.abs()


def spectra(jacobian: Tensor, alpha: float, margin: float = MARGIN) -> Spectra:
    """Return the eigenvalues and eigenvectors of a batch of Jacobians.

    Parameters
    ----------
    jacobian : Tensor, shape (point, neuron, neuron)
        dF/dr at each point, see `modpack.dynamics.Dynamics.jacobian`; finite.
    alpha : float
        dt / tau.
    margin : float
        Rates of growth closer to zero than this are neutral.

    Returns
    -------
    Spectra
    """
    values, vectors = torch.linalg.eig(jacobian)
    # LAPACK puts conjugate pairs together, the positive frequency first; a stable sort keeps them so.
    order = torch.argsort(values.real, dim=-1, descending=True, stable=True)
    vectors = vectors.gather(-1, order[..., None, :].expand_as(vectors))
    return Spectra(values.gather(-1, order), vectors, alpha, margin)


def kinds(eigenvalues: Tensor, margin: float = MARGIN) -> Tensor:
    """Name linear flows by the eigenvalues nearest to the imaginary axis, on either side.

    A point is degenerate if a real eigenvalue is neutral, and a centre if a complex pair is. Otherwise it is
    stable, unstable or a saddle by the signs of the real parts. It is a spiral (a saddle: saddle-focus) if
    the slowest mode, on the stable or on the unstable side, rotates (Shilnikov et al. 1998, section 2.7);
    modes that fade faster do not count.

    Parameters
    ----------
    eigenvalues : Tensor, complex, shape (point, neuron)
    margin : float
        Real parts closer to zero than this are neutral, and imaginary parts do not rotate.

    Returns
    -------
    Tensor of int64, shape (point,)
        Values of `Kind`.
    """
    growth, rotates = eigenvalues.real, eigenvalues.imag.abs() > margin
    grows, decays = growth > margin, growth < -margin
    neutral = ~(grows | decays)

    def leads(side: Tensor) -> Tensor:
        """Whether the slowest of the modes on one side rotates."""
        distance = growth.abs().where(side, torch.inf)
        slowest = distance <= distance.amin(-1, keepdim=True) + margin
        return (slowest & side & rotates).any(-1)

    spiral = leads(grows) | leads(decays)
    saddle = grows.any(-1) & decays.any(-1)
    kind = torch.where(grows.any(-1), Kind.UNSTABLE_NODE, Kind.STABLE_NODE)
    kind = torch.where(saddle, Kind.SADDLE, kind) + spiral.to(torch.int64)
    kind = torch.where(neutral.any(-1), Kind.CENTRE, kind)
    return torch.where((neutral & ~rotates).any(-1), Kind.DEGENERATE, kind)
