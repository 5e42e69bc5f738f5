"""The state space: where networks rest under a context between two tasks, and where their states go."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
import traitlets
from torch import Tensor

from modpack.colours import CHOICE_COLOURS
from modpack.context import mix
from modpack.dynamics import Dynamics
from modpack.fixedpoints import FixedPoints, SearchOptions, find
from modpack.live.base.figure import Limits, bundle, one_of, slider, styles
from modpack.live.base.networks import NetworkFigure
from modpack.live.engine.data import Packer
from modpack.live.engine.network import LiveNetworks
from modpack.live.state_space.landscape import Landscape
from modpack.measures.basis import Basis
from modpack.measures.choices import CHOICES, choices
from modpack.tasks import Trials, decode, get

DURATION = 30.0
"""How long trajectories from a start run, in time constants tau."""

STILL = 1e-2
"""Largest component of abs(F) where a trajectory counts as having come to rest."""

NEAR = 0.05
"""A trajectory ends at a fixed point if it ends this near, in units of `Landscape.reach`."""

COORDINATES = ("first", "second", "third", "direction", "length")
"""What the diagram shows over the mix: a coordinate of the basis, or direction or length of the response."""

LIMITS = {
    "mix": Limits(0, 1, 0.01),
    "x": Limits(-1, 1, 0.01),
    "y": Limits(-1, 1, 0.01),
    "z": Limits(-1, 1, 0.01),
    "azimuth": Limits(-180, 180, 1, "°"),
    "elevation": Limits(-90, 90, 1, "°"),
}
"""The sliders of the figure."""


class TrajectoryEnd(NamedTuple):
    """Where a trajectory ends.

    Attributes
    ----------
    choice : str
        What the outputs there say: one of `CHOICES`.
    angle : float
        Direction in rad.
    length : float
        Length of the response.
    fixation : float
        The fixation output.
    speed : float
        Largest component of abs(F); the trajectory has come to rest if it is below `STILL`.
    point : int or None
        Which of the fixed points it ends at, counted from 0; None if at none.
    """

    choice: str
    angle: float
    length: float
    fixation: float
    speed: float
    point: int | None


class StateSpace(NetworkFigure):
    """The state space of networks side by side, under a context between two tasks and a constant input.

    The page simulates every trajectory. Fixed points are found in the page by Newton's method, from where the
    branches of a `Landscape` pass the present mix. Whether they are stable is known from the branches: small
    deviations then fade from time step to time step, as the network is simulated. With a kernel, every trait
    follows its control and setting it moves the control.

    Parameters
    ----------
    networks : LiveNetworks
        With the vector readout, of forms that the page knows.
    landscape : Landscape
        Of these networks.
    mix : float
        0 is the context of the landscape's task a, 1 is b's.
    epoch : str
        Whose constant input drives the network: one of the landscape's; the last by default.
    basis : str
        Key of the landscape's bases; the first by default.
    form : str
        The form on show, or "all" side by side (on a narrow page, the first).
    solid : bool
        Whether the three coordinates are shown as a solid to turn, or the first two as a plane.
    x, y, z : float
        The start of the trajectory on show, as coordinates in units of half the width of the view.
    azimuth, elevation : float
        From where the solid is seen (degrees); elevation 90 looks along the third coordinate.
    coordinate : str
        One of `COORDINATES`, shown in the diagram.
    diagrams : bool
        Whether diagrams stand below: a coordinate of all branches over the mix, and the landscape's choices.
    chapter, question
        As in :class:`LiveFigure`.

    Raises
    ------
    ValueError
        If networks and landscape do not fit each other.
    """

    _esm = bundle("state_space/figure.js")
    _css = styles("base/figure.css", "state_space/figure.css")

    NAME = "space"
    LIMITS = LIMITS
    READ = ".end"
    STATE = ("mix", "epoch", "basis", "form", "solid", "x", "y", "z", "azimuth", "elevation", "coordinate")

    choice_colours = traitlets.Dict(CHOICE_COLOURS).tag(sync=True)
    landscape = traitlets.Instance(Landscape)
    description = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)
    question = traitlets.Unicode(
        "Where does a network come to rest, and how do its resting places move, appear and vanish while the "
        "context goes from one task to another?"
    ).tag(sync=True)
    diagrams = traitlets.Bool(False).tag(sync=True)
    mix = slider(LIMITS["mix"], 0.5)
    epoch = traitlets.Unicode("").tag(sync=True)
    basis = traitlets.Unicode("").tag(sync=True)
    form = traitlets.Unicode("all").tag(sync=True)
    solid = traitlets.Bool(False).tag(sync=True)
    x = slider(LIMITS["x"], -0.5)
    y = slider(LIMITS["y"], 0.5)
    z = slider(LIMITS["z"], 0.0)
    azimuth = slider(LIMITS["azimuth"], 30.0)
    elevation = slider(LIMITS["elevation"], 25.0)
    coordinate = traitlets.Enum(COORDINATES, "first").tag(sync=True)

    def __init__(self, networks: LiveNetworks, landscape: Landscape, **state: Any) -> None:
        landscape.check(networks)
        packer = Packer()
        description = landscape.describe(packer)
        diagrams = f", diagrams={state['diagrams']}" if "diagrams" in state else ""
        super().__init__(
            networks,
            landscape.source + diagrams,
            landscape=landscape,
            description=description | {"duration": DURATION, "still": STILL, "near": NEAR},
            numbers=b"".join(packer.parts),
            **{"epoch": landscape.epochs[-1], "basis": landscape.keys[0]} | state,
        )

    @property
    def context(self) -> Tensor:
        """The context, shape (d,)."""
        a, b = (self.networks.code[name].double() for name in self.landscape.tasks)
        return mix(a, b, self.mix)

    @property
    def trial(self) -> Trials:
        """The trial of task a whose inputs these are."""
        return self.landscape.shown.trial(self.landscape.tasks[0], self.networks.preset)

    @property
    def input(self) -> Tensor:
        """The constant input, shape (channel,)."""
        return self.trial.input_in(self.epoch)[0, 0]

    @property
    def bases(self) -> dict[str, Basis]:
        """The basis on show, by form."""
        return {form: bases[self.basis] for form, bases in self.landscape.bases.items()}

    @property
    def dynamics(self) -> dict[str, Dynamics]:
        """The network of every form, compiled under the context."""
        members = self.networks.networks
        return {form: members[form][self.landscape.seed].under(self.context) for form in self.landscape.forms}

    @property
    def trial_states(self) -> dict[str, Tensor]:
        """The states in the trial under the context, shape (time, neuron), by form."""
        trial = self.trial
        return {
            form: dynamics.simulate(trial.patterns, trial.epoch_index)[:, 0, 0]
            for form, dynamics in self.dynamics.items()
        }

    @property
    def start(self) -> dict[str, Tensor]:
        """The start of the trajectory on show, shape (neuron,), by form."""
        coordinates = torch.tensor([self.x, self.y, self.z], dtype=torch.float64)
        return {form: basis.state(coordinates * basis.extent) for form, basis in self.bases.items()}

    def trajectory(self, start: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
        """Return where networks go from a start under the context and the constant input.

        Parameters
        ----------
        start : mapping of str to Tensor, shape (neuron,), optional
            By form; by default the start on show.

        Returns
        -------
        dict of str to Tensor, shape (time, neuron)
            By form: the start and the states after it, for `DURATION` time constants.
        """
        compiled, states = self.dynamics, {}
        for form, first in (start or self.start).items():
            dynamics, r = compiled[form], first.double()[None, None]
            later = dynamics.hold(self.input, round(DURATION / dynamics.alpha), r)
            states[form] = torch.cat([r[None], later])[:, 0, 0]
        return states

    @property
    def fixed_points(self) -> dict[str, FixedPoints]:
        """The fixed points at the present mix on the branches of the landscape, in their order, by form."""
        return {form: self._fixed_points(form, dynamics) for form, dynamics in self.dynamics.items()}

    @property
    def slow_points(self) -> dict[str, tuple[float, Tensor]]:
        """The mix nearest to the present one at which slow points were looked for, and those there, by form.

        Shape (point, neuron). Forms for which none were looked for in this epoch are left out.
        """
        found = {form: by_epoch.get(self.epoch, {}) for form, by_epoch in self.landscape.slow.items()}
        nearest = {form: min(at, key=lambda mixed: abs(mixed - self.mix)) for form, at in found.items() if at}
        return {form: (mixed, found[form][mixed]) for form, mixed in nearest.items()}

    @property
    def end(self) -> dict[str, TrajectoryEnd]:
        """Where the trajectory on show ends, by form."""
        ends, points, compiled, trial = {}, self.fixed_points, self.dynamics, self.trial
        b = get(self.landscape.tasks[1]).answer(trial.conditions)
        for form, states in self.trajectory().items():
            dynamics, last = compiled[form], states[-1]
            decoded = decode(dynamics.readout(last[None, None]), self.networks.preset)
            speed = dynamics.field(last[None, None], self.input[None, None]).abs().max().item()
            near = NEAR * self.landscape.reach(form)
            ends[form] = TrajectoryEnd(
                CHOICES[int(choices(decoded, trial.answer, b))],
                float(decoded.angle),
                float(decoded.length),
                float(decoded.fixation),
                speed,
                _nearest(points[form].states, last, near),
            )
        return ends

    def _fixed_points(self, form: str, dynamics: Dynamics) -> FixedPoints:
        branches = self.landscape.branches[form][self.epoch]
        guesses = [guess for branch in branches for guess, _ in branch.crossings(self.mix)]
        starts = torch.stack(guesses) if guesses else dynamics.b.new_zeros(0, dynamics.W.shape[-1])
        options = SearchOptions(rounds=0, forward_steps=0, scale=self.landscape.reach(form))
        found = find(dynamics, self.input, starts, options=options)
        reached = [point for point in found.outcomes.point.tolist() if point >= 0]
        return found[torch.tensor(list(dict.fromkeys(reached)), dtype=torch.int64)].roots

    _validate_epoch = traitlets.validate("epoch")(one_of(lambda self: self.landscape.epochs))
    _validate_basis = traitlets.validate("basis")(one_of(lambda self: self.landscape.keys))
    _validate_form = traitlets.validate("form")(one_of(lambda self: ["all", *self.landscape.forms]))

    def __repr__(self) -> str:
        """Say what is on show, for places that cannot show it."""
        a, b = (get(name).label for name in self.landscape.tasks)
        return f"StateSpace({a} to {b}, {self.epoch}, mix {self.mix:g})"


def _nearest(points: Tensor, state: Tensor, near: float) -> int | None:
    """Return which of the points is nearest to a state, or None if none is near."""
    distances = (points - state).norm(dim=-1).tolist()
    nearest = min(range(len(distances)), key=distances.__getitem__, default=None)
    return nearest if nearest is not None and distances[nearest] <= near else None
