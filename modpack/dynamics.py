r"""Dynamics: the ordinary recurrent network that a context compiles a modulated network into.

.. math::

    a &= g \odot (W r + W_{in} u + b) + \xi, \qquad \tau \dot r = F(r, u) = -r + h \odot \phi(a), \\
    r_{t+1} &= r_t + \alpha F(r_t, u_t), \quad \alpha = dt/\tau, \qquad y = \psi(W_{out} r + b_{out}).

The leaky rate network is that of Yang et al. (2019); slope g and output gate h are where a context may act
(the project's own reading). The noise :math:`\xi` has standard deviation
:math:`\sigma_{rec}\sqrt{2/\alpha}` in every step and is added after the slope, or on request before it, as
:math:`g \odot \xi`.

Axes: ``(time, [network], context, trial, neuron)``; the network axis exists for ensembles only.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Generator, Tensor

from modpack._checks import choose, number, positive, require, require_generator, whole
from modpack._linear import project
from modpack._memory import require_memory
from modpack._scan import scan
from modpack._shapes import check_arrays
from modpack.activations import ACTIVATIONS, OUTPUTS, Activation

NOISE: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "after": lambda noise, slope: noise,
    "before": lambda noise, slope: slope.unsqueeze(-2) * noise,
}
"""What noise xi adds to the total input of neurons of slope g, by where it enters."""


@dataclass(frozen=True, eq=False)
class Dynamics:
    """A batch of ordinary recurrent networks, one per context: plain data plus a vector field.

    Parameters
    ----------
    W : Tensor, shape ([network], context, neuron, neuron)
        Recurrent weights. Here and below the context axis has length 1 where nothing depends on the context.
    W_in : Tensor, shape ([network], [context], neuron, channel)
        Has a context axis only where it differs between contexts; so have W_out and b_out.
    b : Tensor, shape ([network], context, neuron)
    slope : Tensor, shape ([network], context, neuron)
        g, the slope of every neuron.
    gate : Tensor, shape ([network], context, neuron), or None
        h, the output gate of every neuron; None means 1.
    W_out : Tensor, shape ([network], [context], output, neuron)
    b_out : Tensor, shape ([network], [context], output)
    activation : str
        Name of phi in ``ACTIVATIONS``.
    output : str
        Name of psi in ``OUTPUTS``.
    dt, tau : float
        Time step and time constant in ms, ``0 < dt <= tau``.
    sigma_rec : float
        Noise amplitude (see the module's equation).
    noise_enters : str
        ``"after"`` or ``"before"`` the slope: a key of ``NOISE``.

    Examples
    --------
    One neuron that excites itself remembers the sign of its state:

    >>> one = torch.ones(1, 1)
    >>> neuron = Dynamics(2 * one[None], one, 0 * one, one, None, one, one[0], "tanh", "linear", 20, 100, 0)
    >>> neuron.hold(u=torch.zeros(1), steps=100, state=torch.tensor([[[-0.1]]]))[-1]
    tensor([[[-0.9575]]])
    """

    W: Tensor
    W_in: Tensor
    b: Tensor
    slope: Tensor
    gate: Tensor | None
    W_out: Tensor
    b_out: Tensor
    activation: str
    output: str
    dt: float
    tau: float
    sigma_rec: float
    noise_enters: str = "after"

    def __post_init__(self) -> None:
        choose("activation", self.activation, ACTIVATIONS)
        choose("output", self.output, OUTPUTS)
        choose("noise_enters", self.noise_enters, NOISE)
        for name in ("dt", "tau"):
            positive(name, getattr(self, name))
        require(self.dt <= self.tau, "dt", self.dt, f"positive and at most tau={self.tau}")
        number("sigma_rec", self.sigma_rec, 0)
        check_arrays(self.W, self.W_in, self.b, self.slope, self.gate, self.W_out, self.b_out)

    @property
    def alpha(self) -> float:
        """Fraction of the way to the driven state that one time step takes."""
        return self.dt / self.tau

    @property
    def noise_std(self) -> float:
        """Standard deviation of the noise in one time step."""
        return self.sigma_rec * math.sqrt(2 / self.alpha)

    @property
    def phi(self) -> Activation:
        """The activation function."""
        return ACTIVATIONS[self.activation]

    @property
    def is_ensemble(self) -> bool:
        """Whether there is a network axis."""
        return self.W.ndim == 4

    @property
    def n_contexts(self) -> int:
        """Number of contexts; 1 where nothing depends on the context."""
        parts = [self.W[..., 0, :], self.b, self.slope, *([] if self.gate is None else [self.gate])]
        parts += [x[..., 0, :] for x in (self.W_in, self.W_out) if self._by_context(x)]
        return max(x.shape[-2] for x in parts)

    @property
    def effective_W(self) -> Tensor:
        """Slope times recurrent weights, diag(g) W, shape ([network], context, neuron, neuron)."""
        return self.slope[..., None] * self.W

    def drive(self, u: Tensor) -> Tensor:
        """Return g (W_in u + b) for inputs u of shape (..., [network or 1], context, trial, channel).

        Returns
        -------
        Tensor, shape (..., [network], context, trial, neuron)
        """
        return self.slope.unsqueeze(-2) * (self._project(u.to(self.W_in), self.W_in) + self.b.unsqueeze(-2))

    def total_input(self, r: Tensor, u: Tensor) -> Tensor:
        """Return a = g (W r + W_in u + b), without noise; shapes as in :meth:`field`."""
        shared = u.ndim < r.ndim and self.is_ensemble  # one input for all networks
        return r @ self.effective_W.mT + self.drive(u.unsqueeze(-4) if shared else u)

    def field(self, r: Tensor, u: Tensor) -> Tensor:
        """Return the vector field F(r, u) = -r + h phi(a).

        Parameters
        ----------
        r : Tensor, shape ([network], context, trial, neuron)
        u : Tensor, shape ([network], context, trial, channel)
            Without a network axis, the same for all networks.

        Returns
        -------
        Tensor, shape ([network], context, trial, neuron)
        """
        rate = self.phi.value(self.total_input(r, u))
        return -r + (rate if self.gate is None else self.gate.unsqueeze(-2) * rate)

    def step(self, r: Tensor, u: Tensor) -> Tensor:
        """Return the next state r + alpha F(r, u) without noise; shapes as in :meth:`field`."""
        return r + self.alpha * self.field(r, u)

    def jacobian(self, r: Tensor, u: Tensor) -> Tensor:
        """Return dF/dr = -I + diag(h phi'(a) g) W, shape ([network], context, trial, neuron, neuron)."""
        derivative = self.phi.derivative(self.total_input(r, u))
        if self.gate is not None:
            derivative = self.gate.unsqueeze(-2) * derivative
        identity = torch.eye(r.shape[-1], dtype=r.dtype, device=r.device)
        return derivative[..., None] * self.effective_W.unsqueeze(-3) - identity

    def map_jacobian(self, r: Tensor, u: Tensor) -> Tensor:
        """Return the Jacobian of one time step, I + alpha dF/dr; shapes as in :meth:`jacobian`."""
        identity = torch.eye(r.shape[-1], dtype=r.dtype, device=r.device)
        return identity + self.alpha * self.jacobian(r, u)

    def readout(self, r: Tensor) -> Tensor:
        """Return the output psi(W_out r + b_out), shape (..., [network], context, trial, output)."""
        b_out = self.b_out if self.b_out.ndim == self.b.ndim else self.b_out.unsqueeze(-2)
        return OUTPUTS[self.output](self._project(r, self.W_out) + b_out.unsqueeze(-2))

    def _by_context(self, weight: Tensor) -> bool:
        """Return whether W_in or W_out has a context axis."""
        return weight.ndim == self.W.ndim

    def _project(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return x weight^T for x (..., [network], context, trial, in) and weight like W_in or W_out."""
        if self._by_context(weight):
            return torch.einsum("...ti,...oi->...to", x, weight)
        return project(x, weight)

    def to(self, *args: Any) -> "Dynamics":
        """Return a copy whose tensors are converted as by ``Tensor.to``."""
        return self._map(lambda x: x.to(*args))

    def detach(self) -> "Dynamics":
        """Return a copy whose tensors take no part in gradients."""
        return self._map(Tensor.detach)

    def _map(self, change: Callable[[Tensor], Tensor]) -> "Dynamics":
        """Return a copy with every tensor changed."""
        tensors: dict[str, Any] = {k: change(x) for k, x in vars(self).items() if isinstance(x, Tensor)}
        return replace(self, **tensors)

    def silenced(self, neurons: Sequence[int]) -> "Dynamics":
        """Return the dynamics with the output gates of some neurons closed, h = 0.

        Raises
        ------
        ValueError
            For an index that no neuron has.
        """
        silent = [whole("neurons", neuron, most=self.b.shape[-1] - 1) for neuron in neurons]
        gate = torch.ones_like(self.b) if self.gate is None else self.gate.clone()
        gate[..., silent] = 0
        return replace(self, gate=gate)

    def noise(self, shape: Sequence[int], generator: Generator) -> Tensor:
        """Return fresh noise xi of the given shape ``(time, [network], context, trial, neuron)``."""
        require_generator(generator)
        shape = [whole("shape", n) for n in shape]
        require(bool(shape), "shape", shape, "one length or more")
        require_memory("shape", shape, math.prod(shape) * self.W.element_size(), generator.device)
        draw = torch.randn(*shape, generator=generator, dtype=self.W.dtype, device=generator.device)
        return draw.to(self.W.device) * self.noise_std

    def simulate(
        self, patterns: Tensor, epoch_index: Tensor, noise: Tensor | None = None, state: Tensor | None = None
    ) -> Tensor:
        """Run the network through trials whose input is piecewise constant.

        Parameters
        ----------
        patterns : Tensor, shape (epoch, [network], context, trial, channel)
            Input of every epoch. Trials with a context axis of length 1 are run under all contexts, and those
            without a network axis by all networks.
        epoch_index : Tensor of int64, shape (time, [network], context, trial)
            Epoch of every time step; has the axes of the patterns.
        noise : Tensor, shape (time, [network], context, trial, neuron), optional
            xi; without it the network runs free of noise.
        state : Tensor, shape ([network], context, trial, neuron), optional
            State before the first step (zero by default).

        Returns
        -------
        Tensor, shape (time, [network], context, trial, neuron)
            The state after every step. Differentiable; a new tensor in every call.

        Raises
        ------
        ValueError
            If the input, the noise or the state do not fit the dynamics or each other.
        """
        self._check_trials(patterns, epoch_index)
        shared = patterns.ndim == 4 and self.is_ensemble
        drive = self.drive(patterns.unsqueeze(1) if shared else patterns)
        contexts = max(drive.shape[-3], self.n_contexts)
        drive = drive.expand(*drive.shape[:-3], contexts, *drive.shape[-2:])
        batch = drive.shape[1:]
        n_bytes = len(epoch_index) * batch.numel() * drive.element_size()
        require_memory("patterns", tuple(patterns.shape), n_bytes, drive.device)
        if state is None:
            state = drive.new_zeros(batch)
        require(state.shape == batch, "state", tuple(state.shape), f"of shape {tuple(batch)}")
        if noise is not None:
            shape = (len(epoch_index), *batch)
            require(noise.shape == shape, "noise", tuple(noise.shape), f"of shape {shape}")
            noise = NOISE[self.noise_enters](noise, self.slope)
        return scan(self.effective_W, drive, epoch_index, noise, state, self.gate, self.phi, self.alpha)

    def hold(self, u: Tensor, steps: int, state: Tensor | None = None) -> Tensor:
        """Run the network under an input that stays the same, free of noise.

        Parameters
        ----------
        u : Tensor, shape (channel,) or ([network], context, trial, channel)
            The input held.
        steps : int
            Number of time steps, at least 1.
        state : Tensor, shape ([network], context, trial, neuron), optional
            State before the first step (zero by default).

        Returns
        -------
        Tensor, shape (time, [network], context, trial, neuron)
            The state after every step.

        Raises
        ------
        ValueError
            If the number of steps is not positive, or the input and the state do not fit the dynamics.
        """
        steps = whole("steps", steps, 1)
        for argument, x in (("u", u), ("state", u if state is None else state)):
            require(x.ndim > 0 and x.numel() > 0, argument, tuple(x.shape), "of one number or more")
        given = (1, 1) if state is None else state.shape[-3:-1]
        batch = torch.broadcast_shapes(u.shape[:-1], given)
        require_memory("steps", steps, steps * batch.numel() * self.W.shape[-1] * self.W.element_size())
        epoch_index = torch.zeros(steps, *batch, dtype=torch.int64, device=self.b.device)
        return self.simulate(u.expand(1, *batch, -1), epoch_index, state=state)

    def _check_trials(self, patterns: Tensor, epoch_index: Tensor) -> None:
        shape, n, channels = tuple(patterns.shape), self.n_contexts, self.W_in.shape[-1]
        networks = tuple(self.W.shape[:-3])
        fits = len(shape) >= 4 and shape[1:-3] in ((), networks) and shape[-1] == channels
        fits = fits and (shape[-3] == n or 1 in (shape[-3], n))
        allowed = f"of shape (epoch, [network], context, trial, {channels}) for {n} context(s) or one"
        require(fits, "patterns", shape, allowed)
        index = tuple(epoch_index.shape)
        require(index[1:] == shape[1:-1], "epoch_index", index, "like patterns")
