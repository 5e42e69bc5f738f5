"""The context mixer: slide a network's context from one task's to another's and see what it does."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import anywidget
import traitlets
from ipywidgets import widget_serialization  # type: ignore[import-untyped]
from torch import Tensor

from modpack._checks import choose, require
from modpack.context import fade, mix, mix_preserving_norm
from modpack.experiments.choices import CHOICES, choice_curve, choices, opposed
from modpack.figures.style import OUTPUT_COLOURS
from modpack.live.network import FOLDER, LiveNetworks, bundle
from modpack.live.trials import chosen_trial, of_task
from modpack.tasks import TASKS, UNDEFINED, Trials, final, get, satisfies


class Limits(NamedTuple):
    """Smallest and largest value of a control, its step and its unit."""

    low: float
    high: float
    step: float
    unit: str = ""


LIMITS = {
    "mix": Limits(0, 1, 0.02),
    "fade": Limits(0, 1.5, 0.05),
    "noise": Limits(0, 0.5, 0.02),
    "angle": Limits(0, 359, 1, "°"),
    "angle2": Limits(0, 359, 1, "°"),
    "coherence": Limits(0.02, 0.4, 0.02),
    "delay": Limits(0, 2000, 40, "ms"),
}
"""The sliders of the mixer."""


class Said(NamedTuple):
    """What a network answered.

    Attributes
    ----------
    choice : str
        One of `CHOICES`, or "both" if both tasks ask for the same and it was answered.
    angle : float
        Direction in rad.
    fixation : float
        The fixation output.
    """

    choice: str
    angle: float
    fixation: float


def _slider(name: str, value: float) -> traitlets.Float[float, float]:
    limits = LIMITS[name]
    return traitlets.Float(value, min=limits.low, max=limits.high).tag(sync=True)


class Mixer(anywidget.AnyWidget):
    """Networks side by side, in a trial of one task and a context between two tasks.

    The context is ``fade * ((1 - mix) c_a + mix c_b) + noise * z``. The networks run free of noise of their
    own. With a kernel, every trait follows its control and setting it moves the control.

    Parameters
    ----------
    networks : LiveNetworks
        With the vector readout.
    a, b : str
        Names of the task whose trials are shown and of the task towards which the context moves; b must have
        another answer than a to some trials of a.
    mix : float
        0 is a's context, 1 is b's.
    keep_norm : bool
        Whether the mix keeps the norm of the contexts.
    fade : float
        Factor of the context.
    noise : float
        Standard deviation of the noise in every coordinate of the context.
    draw : int
        Which of the deviates z are used in the trial on show.
    seed : int
        Which of the networks of every form is on show.
    angle, angle2 : float
        Directions of the stimuli (degrees).
    coherence : float
        Half the difference in strength of two stimuli.
    delay : float
        First delay (ms), brought into the range of the task.
    question : str
        The question above the figure.

    Raises
    ------
    ValueError
        For tasks that the networks do not know or that are no pair, or networks without the vector readout.
    """

    _esm = bundle("engine.js", "panel.js", "mixer.js")
    _css = (FOLDER / "mixer.css").read_text("utf8")

    networks = traitlets.Instance(LiveNetworks).tag(sync=True, **widget_serialization)
    question = traitlets.Unicode(
        "When the context lies between two tasks, does a network do the one, the other, or something of "
        "both? And does it matter where the context acts?"
    ).tag(sync=True)
    a = traitlets.Unicode("fdgo").tag(sync=True)
    b = traitlets.Unicode("fdanti").tag(sync=True)
    mix = _slider("mix", 0.5)
    keep_norm = traitlets.Bool(False).tag(sync=True)
    fade = _slider("fade", 1.0)
    noise = _slider("noise", 0.0)
    draw = traitlets.Int(0, min=0).tag(sync=True)
    seed = traitlets.Int(0, min=0).tag(sync=True)
    angle = _slider("angle", 60.0)
    angle2 = _slider("angle2", 200.0)
    coherence = _slider("coherence", 0.2)
    delay = _slider("delay", 400.0)
    limits = traitlets.Dict({name: list(each) for name, each in LIMITS.items()}).tag(sync=True)
    outputs = traitlets.Dict(OUTPUT_COLOURS).tag(sync=True)
    initial: traitlets.List[Any] = traitlets.List().tag(sync=True)

    STATE = (
        "a",
        "b",
        "mix",
        "keep_norm",
        "fade",
        "noise",
        "draw",
        "seed",
        "angle",
        "angle2",
        "coherence",
        "delay",
    )

    def __init__(self, networks: LiveNetworks, **state: Any) -> None:
        readout = networks.preset.readout
        require(
            readout == "vector", "networks", f"networks with the {readout} readout", "of the vector readout"
        )
        self._opponents = networks.opponents
        super().__init__(networks=networks, **state)
        defaults = self.trait_defaults()
        self.initial = [[name, getattr(self, name), defaults[name]] for name in self.STATE]

    @property
    def context(self) -> Tensor:
        """The context of the trial on show, shape (d,)."""
        return self._context(self.mix, self.networks.deviates[self.draw])

    @property
    def trial(self) -> Trials:
        """The trial on show."""
        angles = (self.angle, self.angle2)
        return chosen_trial(self.a, self.networks.preset, angles, self.coherence, self.delay)

    @property
    def answer(self) -> dict[str, Said]:
        """What the network of every form answers in the trial on show."""
        trial = self.trial
        b = get(self.b).answer(trial.conditions)
        said = {}
        for form, members in self.networks.networks.items():
            network = members[self.seed]
            decoded = final(network.readout(network.run(trial, self.context)), trial)
            made = CHOICES[int(choices(decoded, trial.answer, b))]
            if bool(satisfies(decoded, trial.answer) & ~opposed(trial.answer, b) & (b.kind != UNDEFINED)):
                made = "both"
            said[form] = Said(made, float(decoded.angle), float(decoded.fixation))
        return said

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
        trials = of_task(self.networks.trials, self.a)
        return {
            form: choice_curve(
                members[self.seed],
                trials,
                (self.a, self.b),
                lambda lam: self._context(lam, self.networks.deviates),
                mixes,
            )
            for form, members in self.networks.networks.items()
        }

    def _context(self, lam: float, deviates: Tensor) -> Tensor:
        a, b = (self.networks.code[name].double() for name in (self.a, self.b))
        mixed = mix_preserving_norm(a, b, lam) if self.keep_norm else mix(a, b, lam)
        return fade(mixed, self.fade) + self.noise * deviates

    @traitlets.validate("a")
    def _validate_a(self, proposal: Mapping[str, Any]) -> str:
        return choose("a", proposal["value"], [name for name, others in self._opponents.items() if others])

    @traitlets.validate("b")
    def _validate_b(self, proposal: Mapping[str, Any]) -> str:
        return choose("b", proposal["value"], self._opponents[self.a])

    @traitlets.validate("draw")
    def _validate_draw(self, proposal: Mapping[str, Any]) -> int:
        return self._index("draw", proposal["value"], len(self.networks.deviates))

    @traitlets.validate("seed")
    def _validate_seed(self, proposal: Mapping[str, Any]) -> int:
        fewest = min(len(members) for members in self.networks.networks.values())
        return self._index("seed", proposal["value"], fewest)

    @staticmethod
    def _index(argument: str, value: int, count: int) -> int:
        require(0 <= value < count, argument, value, f"in 0 ... {count - 1}")
        return value

    @traitlets.observe("a")
    def _keep_a_pair(self, change: Mapping[str, Any]) -> None:
        """Move the context towards a task that is another one for the new a."""
        if self.b not in self._opponents[self.a]:
            self.b = self._opponents[self.a][0]

    def __repr__(self) -> str:
        """Say what is on show, for places that cannot show it."""
        return f"Mixer({TASKS[self.a].label} to {TASKS[self.b].label}, mix {self.mix:g})"
