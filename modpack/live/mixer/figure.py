"""The context mixer: slide a network's context from one task's to another's and see what it does."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
import traitlets
from torch import Tensor

from modpack._checks import require
from modpack.colours import CHOICE_COLOURS
from modpack.context import fade, in_line, mix, mix_preserving_norm
from modpack.live.base.figure import Limits, bundle, index_below, one_of, slider, styles
from modpack.live.base.trial import TRIAL_LIMITS, TrialFigure
from modpack.live.engine.network import LiveNetworks
from modpack.measures.choices import CHOICES, choice_curve, choices, opposed
from modpack.tasks import UNDEFINED, Trials, final, get, satisfies

LIMITS = {
    "mix": Limits(0, 1, 0.02),
    "guess": Limits(0, 1, 0.02),
    "strength": Limits(0, 1.5, 0.05),
    "noise": Limits(0, 0.5, 0.02),
    **TRIAL_LIMITS,
}
"""The sliders of the mixer."""


class MixerAnswer(NamedTuple):
    """What a network answered.

    Attributes
    ----------
    choice : str
        One of `CHOICES`, or "both" if both tasks ask for the same and it was answered.
    angle : float
        Direction in rad.
    length : float
        Length of the response.
    fixation : float
        The fixation output.
    """

    choice: str
    angle: float
    length: float
    fixation: float


class Mixer(TrialFigure):
    """Networks side by side, in a trial of one task and a context between two tasks.

    The context is ``strength * ((1 - mix) c_a + mix c_b) + noise * z``, with all of z or its part along
    ``c_b - c_a``. The networks run free of noise of their own. With a kernel, every trait follows its control
    and setting it moves the control.

    Parameters
    ----------
    networks : LiveNetworks
        With the vector readout.
    a, b : str
        Names of the task whose trials are shown and of the task towards which the context moves; b must have
        another answer than a to some trials of a.
    mix : float
        0 is a's context, 1 is b's.
    guess : float
        The mix at which a reader thinks that networks change sides.
    committed : bool
        Whether that guess is made; only then the choices over all mixes are shown.
    keep_norm : bool
        Whether the mix keeps the norm of the contexts.
    strength : float
        Factor of the context.
    noise : float
        Standard deviation of the noise, in every coordinate of the context or in line.
    in_line : bool
        Whether the noise moves the context along c_b - c_a only.
    draw : int
        Which of the deviates z are used in the trial on show.
    seed : int
        Which of the networks of every form is on show.
    angle, angle2, coherence, delay : float
        As in :class:`TrialFigure`.
    chapter, question
        As in :class:`LiveFigure`.

    Raises
    ------
    ValueError
        For tasks that the networks do not know or that are no pair, or networks without the vector readout.
    """

    _esm = bundle("mixer/figure.js")
    _css = styles("base/figure.css", "mixer/figure.css")

    NAME = "mixer"
    LIMITS = LIMITS
    READ = ".answer"
    STATE = (
        "a",
        "b",
        "mix",
        "guess",
        "committed",
        "keep_norm",
        "strength",
        "noise",
        "in_line",
        "draw",
        "seed",
        *TRIAL_LIMITS,
    )

    question = traitlets.Unicode(
        "When the context lies between two tasks, does a network do the one, the other, or something of "
        "both? And does it matter where the context acts?"
    ).tag(sync=True)
    choice_colours = traitlets.Dict(CHOICE_COLOURS).tag(sync=True)
    a = traitlets.Unicode("fdgo").tag(sync=True)
    b = traitlets.Unicode("fdanti").tag(sync=True)
    mix = slider(LIMITS["mix"], 0.5)
    guess = slider(LIMITS["guess"], 0.5)
    committed = traitlets.Bool(False).tag(sync=True)
    keep_norm = traitlets.Bool(False).tag(sync=True)
    strength = slider(LIMITS["strength"], 1.0)
    noise = slider(LIMITS["noise"], 0.0)
    in_line = traitlets.Bool(False).tag(sync=True)
    draw = traitlets.Int(0, min=0).tag(sync=True)
    seed = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(self, networks: LiveNetworks, **state: Any) -> None:
        self._opponents = networks.opponents
        if networks.between is not None:
            a, b, steps = networks.between
            state = {"a": a, "b": b, "mix": (steps // 2) / steps} | state
        super().__init__(networks, **state)
        if networks.between is not None:
            self.limits = self.limits | {"mix": list(LIMITS["mix"]._replace(step=1 / steps))}

    @property
    def context(self) -> Tensor:
        """The context of the trial on show, shape (d,)."""
        return self._context(self.mix, self.networks.deviates[self.draw])

    @property
    def d_prime(self) -> float:
        """Distance of the two contexts in units of the noise; infinite without noise."""
        if self.noise == 0:
            return math.inf
        a, b = (self.networks.code[name].double() for name in (self.a, self.b))
        return self.strength * float((b - a).norm()) / self.noise

    @property
    def trial(self) -> Trials:
        """The trial on show."""
        return self.chosen_trial(self.a, self.networks.preset)

    @property
    def answer(self) -> dict[str, MixerAnswer]:
        """What the network of every form answers in the trial on show."""
        trial = self.trial
        b = get(self.b).answer(trial.conditions)
        answers = {}
        for form, members in self.networks.networks.items():
            network = members[self.seed]
            decoded = final(network.outputs(trial, self.context), trial)
            choice = CHOICES[int(choices(decoded, trial.answer, b))]
            alike = bool(~opposed(trial.answer, b) & (b.kind != UNDEFINED)) and choice != "cancelled"
            if alike and bool(satisfies(decoded, trial.answer)):
                choice = "both"
            answers[form] = MixerAnswer(choice, *(float(each) for each in decoded))
        return answers

    def curve(self, mixes: Sequence[float]) -> dict[str, Tensor]:
        """Return how often every network makes each choice over the random trials of a.

        Parameters
        ----------
        mixes : sequence of float

        Returns
        -------
        dict of str to Tensor, shape (mix, choice)
            Fractions in the order of `CHOICES`, by form.
        """
        trials = self.networks.trials.of(self.a)
        contexts = torch.stack([self._context(lam, self.networks.deviates) for lam in mixes])
        return {
            form: choice_curve(members[self.seed], trials, (self.a, self.b), contexts)
            for form, members in self.networks.networks.items()
        }

    def _context(self, lam: float, deviates: Tensor) -> Tensor:
        a, b = (self.networks.code[name].double() for name in (self.a, self.b))
        mixed = mix_preserving_norm(a, b, lam) if self.keep_norm else mix(a, b, lam)
        moved = in_line(deviates, a, b) if self.in_line else deviates
        return fade(mixed, self.strength) + self.noise * moved

    _validate_a = traitlets.validate("a")(
        one_of(lambda self: [name for name, others in self._opponents.items() if others])
    )
    _validate_b = traitlets.validate("b")(one_of(lambda self: self._opponents[self.a]))
    _validate_draw = traitlets.validate("draw")(index_below(lambda self: len(self.networks.deviates)))
    _validate_seed = traitlets.validate("seed")(index_below(lambda self: self.networks.n_seeds))

    @traitlets.validate("mix", "strength", "noise", "keep_norm", "in_line")
    def _validate_context(self, proposal: Mapping[str, Any]) -> Any:
        """Keep to the contexts that were compiled, where the page cannot compile others."""
        name, value = proposal["trait"].name, proposal["value"]
        if self.networks.between is None:
            return value
        steps = self.networks.between.steps
        allowed = {"mix": round(value * steps) / steps, "strength": 1, "noise": 0}.get(name, False)
        require(abs(value - allowed) < 1e-6, name, value, f"{allowed}, as forms are compiled beforehand")
        return allowed

    @traitlets.observe("a")
    def _keep_a_pair(self, change: Mapping[str, Any]) -> None:
        """Move the context towards a task that is another one for the new a."""
        if self.b not in self._opponents[self.a]:
            self.b = self._opponents[self.a][0]

    def __repr__(self) -> str:
        """Say what is on show, for places that cannot show it."""
        return f"Mixer({get(self.a).label} to {get(self.b).label}, mix {self.mix:g})"
