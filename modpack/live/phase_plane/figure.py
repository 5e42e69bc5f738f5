"""The phase plane: turn a threshold, a slope and a synaptic gain of two neurons and see what they rest at."""

import math
from dataclasses import replace
from typing import Any

import torch
import traitlets
from torch import Tensor

from modpack._checks import require
from modpack.activations import SOFTPLUS_THRESHOLD
from modpack.colours import COLOURS, NEURON_COLOURS
from modpack.context import one_hot
from modpack.dynamics import Dynamics
from modpack.fixedpoints import FixedPoints
from modpack.live.base.figure import Limits, LiveFigure, bundle, one_of, slider, styles
from modpack.live.engine.data import Packer, describe_modulation, describe_preset
from modpack.measures.plane import SIZE, fixed_points
from modpack.modulation import form
from modpack.network import ModulatedNetwork
from modpack.tasks import COMPACT

KNOBS = ("threshold", "slope", "synapse")
"""What the reader can turn, each a coordinate of the context."""

LIMITS = {
    "threshold": Limits(-0.7, 0.7, 0.02),
    "slope": Limits(0.4, 1.4, 0.02),
    "synapse": Limits(0, 2.4, 0.04),
    "r1": Limits(0, SIZE, 0.05),
    "r2": Limits(0, SIZE, 0.05),
}
"""The sliders of the phase plane."""

PAIR = {"self_excitation": 0.3, "inhibition": 2.0, "input_strength": 1.5}
"""The two neurons, unless told otherwise."""

STEPS = 1200
"""Time steps of the trajectory."""

BRANCH = 600
"""Points of the closed form."""

HALVINGS = 60
"""How often an interval is halved to find a rate."""

DT = 5.0
"""Time step (ms)."""


class PhasePlane(LiveFigure):
    r"""Two neurons that excite themselves and inhibit each other, and three knobs on neuron 1.

    The knobs are the coordinates of the context :math:`c = (\theta, \ln g_1, s - 1)` of a combined
    modulation, and neuron 1 receives :math:`a_1 = g_1 (w r_1 - s k r_2 + I - \theta)`. With a kernel, every
    trait follows its control and setting it moves the control.

    Parameters
    ----------
    self_excitation, inhibition : float
        Weights w of every neuron's synapse to itself and -k of that to the other; w is below 1, so
        that no rate runs away, and k is positive.
    input_strength : float
        Constant input I of both neurons.
    knob : str
        Which knob is chosen, one of `KNOBS`: the handle in the plane turns it, and the panel below shows
        its whole range.
    threshold : float
        Rise :math:`\theta` in the threshold of neuron 1.
    slope : float
        Slope :math:`g_1` of neuron 1.
    synapse : float
        Gain s of the synapse from neuron 2 to neuron 1.
    r1, r2 : float
        Rates at which the trajectory starts.
    chapter, question
        As in :class:`LiveFigure`.

    Raises
    ------
    ValueError
        For an unknown knob, self-excitation of 1 or more, or inhibition that is not positive.
    """

    _esm = bundle("phase_plane/figure.js")
    _css = styles("base/figure.css", "phase_plane/figure.css")

    NAME = "plane"
    LIMITS = LIMITS
    READ = ".fixed_points"
    STATE = ("knob", *LIMITS)

    question = traitlets.Unicode(
        "These two neurons remember which of them was ahead. What does it take to make them forget: a higher "
        "threshold, a flatter slope, a weaker synapse?"
    ).tag(sync=True)
    knob = traitlets.Unicode("threshold").tag(sync=True)
    threshold = slider(LIMITS["threshold"], 0.0)
    slope = slider(LIMITS["slope"], 1.0)
    synapse = slider(LIMITS["synapse"], 1.0)
    r1 = slider(LIMITS["r1"], 3.0)
    r2 = slider(LIMITS["r2"], 2.6)
    size = traitlets.Float(SIZE).tag(sync=True)
    steps = traitlets.Int(STEPS).tag(sync=True)
    colours = traitlets.Dict(
        {
            "threshold": COLOURS["excitability"],
            "slope": COLOURS["excitability"],
            "synapse": COLOURS["synaptic"],
            "neuron 2": NEURON_COLOURS[1],
        }
    ).tag(sync=True)
    description = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)

    def __init__(
        self,
        self_excitation: float = PAIR["self_excitation"],
        inhibition: float = PAIR["inhibition"],
        input_strength: float = PAIR["input_strength"],
        **state: Any,
    ) -> None:
        below = "below 1: the rates run away otherwise"
        require(self_excitation < 1, "self_excitation", self_excitation, below)
        require(inhibition > 0, "inhibition", inhibition, "positive")
        self._network, self.u = _pair(self_excitation, inhibition, input_strength)
        given = zip(PAIR, (self_excitation, inhibition, input_strength), strict=True)
        source = ", ".join(f"{name}={value}" for name, value in given if value != PAIR[name])
        packer = Packer()
        description = {
            "modulation": describe_modulation(self._network.modulation),
            "activation": self._network.activation,
            "preset": describe_preset(self._network.preset),
            "table": packer.add(self._network.tensors | {"u": self.u}),
        }
        super().__init__(source, description=description, numbers=b"".join(packer.parts), **state)

    @property
    def context(self) -> Tensor:
        """The context that the knobs make, shape (3,)."""
        knobs = (self.threshold, math.log(self.slope), self.synapse - 1)
        return torch.tensor(knobs, dtype=torch.float64)

    @property
    def dynamics(self) -> Dynamics:
        """The two neurons under that context."""
        return self._network.under(self.context)

    @property
    def fixed_points(self) -> FixedPoints:
        """Where they can rest."""
        return fixed_points(self.dynamics, self.u)

    @property
    def trajectory(self) -> Tensor:
        """Rates from the start, every `DT` ms, shape (time, neuron)."""
        start = torch.tensor([[[self.r1, self.r2]]], dtype=torch.float64)
        epoch = torch.zeros(STEPS, 1, 1, dtype=torch.int64)
        states = self.dynamics.simulate(self.u[None, None, None], epoch, state=start)
        return torch.cat([start[None], states])[:, 0, 0]

    @property
    def branch(self) -> tuple[Tensor, Tensor]:
        """Fixed points for all values of the chosen knob, in closed form: values and rates of neuron 1.

        They lie on the nullcline of neuron 2, which no knob moves; `value_at` gives the knob's value there.
        """
        W, u = self._network.tensors["W"], self.u
        r2 = (
            self._alone * torch.linspace(-10, 14, BRANCH, dtype=torch.float64).sigmoid()
        )  # close to both ends
        r1 = (_inverse_softplus(r2) - W[1, 1] * r2 - u[1]) / W[1, 0]
        return self.value_at(torch.stack([r1, r2], -1)), r1

    @property
    def _alone(self) -> Tensor:
        """The rate at which neuron 2 rests while neuron 1 is silent, by halving an interval."""
        w, u = self._network.tensors["W"][1, 1], self.u[1]
        low, high = torch.zeros_like(u), (u.abs() + math.log(2)) / (1 - w)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            is_low = middle < torch.nn.functional.softplus(w * middle + u, threshold=SOFTPLUS_THRESHOLD)
            low, high = torch.where(is_low, middle, low), torch.where(is_low, high, middle)
        return (low + high) / 2

    def value_at(self, r: Tensor) -> Tensor:
        r"""Return the value of the chosen knob, the others as they are, at which neuron 1 stands still.

        Solves :math:`\phi^{-1}(r_1) = g_1 (w r_1 - s k r_2 + I - \theta)`, where
        :math:`\phi^{-1}(r) = \ln(e^r - 1)`, for the knob.

        Parameters
        ----------
        r : Tensor, shape (..., neuron)
            Rates of the two neurons.

        Returns
        -------
        Tensor, shape (...)
            Not finite where no value does it.
        """
        W, (r1, r2) = self._network.tensors["W"], r.unbind(-1)
        total, own, heard = _inverse_softplus(r1), W[0, 0] * r1 + self.u[0], W[0, 1] * r2
        if self.knob == "threshold":
            return own + self.synapse * heard - total / self.slope
        if self.knob == "slope":
            return total / (own + self.synapse * heard - self.threshold)
        return (total / self.slope - own + self.threshold) / heard

    _validate_knob = traitlets.validate("knob")(one_of(lambda self: list(KNOBS)))

    def __repr__(self) -> str:
        """Say what is on show, for places that cannot show it."""
        knobs = ", ".join(f"{name} {getattr(self, name):g}" for name in KNOBS)
        return f"PhasePlane({knobs}: {len(self.fixed_points)} fixed points)"


def _inverse_softplus(r: Tensor) -> Tensor:
    return torch.log(torch.expm1(r))


def _pair(w: float, k: float, strength: float) -> tuple[ModulatedNetwork, Tensor]:
    """Return the network and its input, rounded to float32 as the page has them, in float64."""
    on_neuron_1, none = torch.tensor([1.0, 0.0]), torch.zeros(2)
    base = {
        "W": torch.tensor([[w, -k], [-k, w]]),
        "W_in": torch.eye(2),
        "b": torch.zeros(2),
        "W_out": torch.eye(2),
        "b_out": torch.zeros(2),
    }
    knobs = {
        "B": torch.stack([-on_neuron_1, none, none], -1),
        "G": torch.stack([none, on_neuron_1, none], -1),
        "m": torch.stack([none, none, on_neuron_1]),
        "n": torch.stack([none, none, on_neuron_1.flip(0)]),
        "P": torch.eye(3),
    }
    network = ModulatedNetwork(form("combined", 3), one_hot(KNOBS), replace(COMPACT, dt=DT), base | knobs)
    return network.to(torch.float32).to(torch.float64), torch.full((2,), strength).double()
