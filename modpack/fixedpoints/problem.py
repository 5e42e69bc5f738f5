r"""Where a network rests, as equations to solve: F(r, u) = 0, or least of all ``q(r) = |F(r, u)|^2 / 2``.

With a = g (W r + W_in u + b) and V = diag(g) W, the derivatives are

.. math::

    J = -1 + \mathrm{diag}(h \phi'(a)) V, \qquad \nabla q = J^T F, \qquad
    \nabla^2 q = J^T J + V^T \mathrm{diag}(F h \phi''(a)) V,

all of them exact. The last term is what makes q a minimum where F is not zero.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from modpack._checks import require
from modpack.dynamics import Dynamics


@dataclass(frozen=True, eq=False)
class Problem:
    """One network under one context and one constant input, batched over states of shape (start, neuron).

    Parameters
    ----------
    dynamics : Dynamics
        Of one context.
    u : Tensor, shape (1, 1, channel)
    """

    dynamics: Dynamics
    u: Tensor

    @classmethod
    def of(cls, dynamics: Dynamics, u: Tensor) -> "Problem":
        """Return the problem in float64.

        Raises
        ------
        ValueError
            Unless `dynamics` has one context and no network axis, and `u` one value per channel.
        """
        one = dynamics.W.ndim == 3 and dynamics.n_contexts == 1
        require(
            one, "dynamics.W.shape", tuple(dynamics.W.shape), "of a single network under a single context"
        )
        channels = dynamics.W_in.shape[-1]
        require(not u.is_complex(), "u", u.dtype, "real numbers")
        require(u.shape == (channels,), "u", tuple(u.shape), f"of shape ({channels},), one value per channel")
        return cls(dynamics, u[None, None]).to(torch.float64)

    def to(self, dtype: torch.dtype) -> "Problem":
        """Return the same problem in another precision."""
        return Problem(self.dynamics.detach().to(dtype), self.u.to(self.dynamics.W.device, dtype))

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return self.dynamics.W.shape[-1]

    def field(self, r: Tensor) -> Tensor:
        """Return F, shape (start, neuron)."""
        return self.dynamics.field(r[None], self.u)[0]

    def jacobian(self, r: Tensor) -> Tensor:
        """Return dF/dr, shape (start, neuron, neuron)."""
        return self.dynamics.jacobian(r[None], self.u)[0]

    def hessian(self, r: Tensor, field: Tensor, jacobian: Tensor) -> Tensor:
        """Return the second derivative of q at states where F and its Jacobian are known."""
        curvature = self.dynamics.phi.curvature(self.dynamics.total_input(r[None], self.u)[0])
        weight = field * curvature if self.dynamics.gate is None else field * curvature * self.dynamics.gate
        V = self.dynamics.effective_W[0]
        return jacobian.mT @ jacobian + V.mT @ (weight[..., None] * V)
