"""The published battery and a compact one that a page can train while you wait, as frozen records."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from modpack._checks import choose, number, positive, require, set_fields, whole
from modpack.tasks.readout import READOUTS
from modpack.tasks.timing import Choice, Fixed, Timing, Uniform

COMMON_DEPARTURES = (
    "The context reaches the network only through the modulation: there are no rule input channels.",
    "Every trial has its own timing and modalities; in the publication the trials of a batch share them.",
    "Every task is trained equally often; in the publication the two Ctx DM tasks five times as often.",
    "In the loss every trial counts the same, however long it is: its weights are divided by their sum.",
    "Noise is added to the total input of the units only; the published noise on the input channels (0.01) "
    "is folded into the recurrent noise, as if each unit received it through input weights of norm 1.",
    "Trials of different length are padded at their end by repeating the last input, with loss weight 0.",
    "The grids of the multisensory tasks leave out the conditions in which both stimuli are equally strong.",
    "All random numbers, those that divide multisensory strengths included, come from one generator.",
)
"""What every preset does differently from Yang et al. (2019)."""


COHERENCES = "one or more numbers between 0 and 0.8"
"""What coherences may be: beyond, a stimulus would have no strength."""


@dataclass(frozen=True)
class Preset:
    """How the tasks are timed, encoded and weighted.

    Parameters
    ----------
    name : str
    dt, tau : float
        Time step and time constant of the units in ms.
    n_ring : int
        Units in each input ring (and in the ring readout), at least 8.
    readout : str
        "ring" (fixation and n_ring sigmoid units) or "vector" (fixation, cos, sin).
    sigma_rec : float
        Noise of the units: the total input gets noise of standard deviation sigma_rec * sqrt(2 / alpha).
    coherences, delayed_coherences : tuple of float
        Half the difference in strength of stimuli shown together, and of stimuli shown one after the other.
    response_weight : float
        Loss weight after the grace time, relative to the time before go.
    fixation_weight : float
        Loss weight of the fixation output, relative to the other outputs.
    length : float or None
        Length of every trial in ms, filled by the response; None ends a trial with its response window.
    timing, test_timing : mapping of str to Timing
        Durations by timing family, for random trials and for grids. A family without a test timing takes the
        middle of each of its distributions.

    Raises
    ------
    ValueError
        If a value is not allowed.
    """

    name: str
    dt: float
    tau: float
    n_ring: int
    readout: str
    sigma_rec: float
    coherences: tuple[float, ...]
    delayed_coherences: tuple[float, ...]
    response_weight: float
    fixation_weight: float
    length: float | None
    timing: Mapping[str, Timing] = field(repr=False)
    test_timing: Mapping[str, Timing] = field(repr=False)

    def __post_init__(self) -> None:
        """Check the values."""
        for argument in ("dt", "tau", "response_weight"):
            set_fields(self, **{argument: positive(argument, getattr(self, argument))})
        for argument in ("sigma_rec", "fixation_weight"):
            set_fields(self, **{argument: number(argument, getattr(self, argument), 0)})
        require(self.dt <= self.tau, "dt", self.dt, f"positive and at most tau = {self.tau:g} ms")
        set_fields(self, n_ring=whole("n_ring", self.n_ring, 8))
        choose("readout", self.readout, READOUTS)
        if self.length is not None:
            set_fields(self, length=positive("length", self.length))
        for argument in ("coherences", "delayed_coherences"):
            values = tuple(number(argument, value, 0, 0.8) for value in getattr(self, argument))
            require(bool(values) and min(values) > 0 and max(values) < 0.8, argument, values, COHERENCES)
            set_fields(self, **{argument: values})
        for argument in ("timing", "test_timing"):
            timings = getattr(self, argument)
            known = isinstance(timings, Mapping) and all(isinstance(x, Timing) for x in timings.values())
            require(known, argument, timings, "a Timing for every family")

    @property
    def alpha(self) -> float:
        """The step in units of the time constant, dt / tau."""
        return self.dt / self.tau

    @property
    def n_inputs(self) -> int:
        """Number of input channels: fixation and two rings."""
        return 1 + 2 * self.n_ring

    @property
    def n_outputs(self) -> int:
        """Number of outputs: fixation and the response."""
        return 1 + READOUTS[self.readout].size(self.n_ring)

    @property
    def output(self) -> str:
        """Output nonlinearity of the readout: "sigmoid" (ring) or "linear" (vector)."""
        return READOUTS[self.readout].output

    @property
    def bump_width(self) -> float:
        """Width of a bump in rad."""
        return max(math.pi / 8, 2 * math.pi / self.n_ring)

    def departures(self) -> list[str]:
        """Return what differs from the publication (Yang et al. 2019), one sentence each."""
        return _field_departures(self) + list(COMMON_DEPARTURES)


_DELAYS = Choice((200, 400, 800, 1600))
_SHORT = Choice((200, 400, 600))
_DECISION = Timing(fixation=Uniform(100, 400), stimulus1=Choice((400, 800, 1600)))
_DELAYED_DECISION = Timing(_SHORT, _SHORT, _DELAYS, _SHORT, Uniform(100, 300))

_PUBLISHED_TIMING = {
    "go": Timing(fixation=Uniform(300, 700), stimulus1=Uniform(500, 1500)),
    "reaction": Timing(fixation=Uniform(500, 2500)),
    "delayed_go": Timing(fixation=Choice((300, 500, 700)), stimulus1=_SHORT, delay1=_DELAYS),
    "decision": _DECISION,
    "context_decision": _DECISION,
    "delayed_decision": _DELAYED_DECISION,
    "delayed_context_decision": _DELAYED_DECISION,
    "match": Timing(fixation=_SHORT, stimulus1=_SHORT, delay1=_DELAYS),
    "category": Timing(fixation=_SHORT, stimulus1=_SHORT, delay1=_DELAYS, response=_SHORT),
}

_PUBLISHED_TEST_TIMING = {
    "go": Timing(fixation=Fixed(500), stimulus1=Fixed(1000)),
    "reaction": Timing(fixation=Fixed(2000)),
    "delayed_go": Timing(fixation=Fixed(500), stimulus1=Fixed(500), delay1=Fixed(1000)),
    "decision": Timing(fixation=Fixed(500), stimulus1=Fixed(1500)),
    "context_decision": Timing(fixation=Fixed(500), stimulus1=Fixed(1000)),
    "delayed_decision": Timing(Fixed(500), Fixed(500), Fixed(1000), Fixed(500), Fixed(200), Fixed(300)),
    "delayed_context_decision": Timing(Fixed(500), Fixed(500), Fixed(1000), Fixed(500), Fixed(500)),
    "match": Timing(fixation=Fixed(500), stimulus1=Fixed(500), delay1=Fixed(1200)),
    "category": Timing(fixation=Fixed(500), stimulus1=Fixed(500), delay1=Fixed(1200)),
}

_PUBLISHED: dict[str, Any] = {
    "dt": 20.0,
    "tau": 100.0,
    "n_ring": 32,
    "readout": "ring",
    "sigma_rec": 0.05,
    "coherences": (0.01, 0.02, 0.04, 0.08),
    "delayed_coherences": (0.08, 0.16, 0.32),
    # the published masks, 5 and 2, multiply the error inside the square
    "response_weight": 25.0,
    "fixation_weight": 4.0,
    "length": None,
    "timing": _PUBLISHED_TIMING,
    "test_timing": _PUBLISHED_TEST_TIMING,
}

YANG = Preset(name="yang", **(_PUBLISHED | {"sigma_rec": math.hypot(0.05, 0.01)}))
"""The battery as published by Yang et al. (2019), with the noise of the input channels folded in."""

_BRIEF = Uniform(100, 300)
_COMPACT_DECISION = Timing(fixation=_BRIEF, stimulus1=Uniform(400, 800))
_COMPACT_DELAYED = Timing(_BRIEF, Uniform(200, 400), Uniform(200, 400), Uniform(200, 400), Uniform(100, 200))
_COMPACT_MATCH = Timing(fixation=_BRIEF, stimulus1=Uniform(200, 400), delay1=Uniform(200, 600))

COMPACT = Preset(
    name="compact",
    dt=40.0,
    tau=100.0,
    n_ring=16,
    readout="vector",
    sigma_rec=0.045,
    coherences=(0.08, 0.16, 0.32),
    delayed_coherences=(0.08, 0.16, 0.32),
    response_weight=5.0,
    fixation_weight=1.0,
    length=2000.0,
    timing={
        "go": _COMPACT_DECISION,
        "reaction": Timing(fixation=Uniform(300, 1200)),
        "delayed_go": Timing(fixation=_BRIEF, stimulus1=Uniform(200, 400), delay1=Uniform(200, 800)),
        "decision": _COMPACT_DECISION,
        "context_decision": _COMPACT_DECISION,
        "delayed_decision": _COMPACT_DELAYED,
        "delayed_context_decision": _COMPACT_DELAYED,
        "match": _COMPACT_MATCH,
        "category": _COMPACT_MATCH,
    },
    test_timing={},
)
"""The battery compressed in time and with stronger evidence, for training in about a minute."""

PRESETS = {preset.name: preset for preset in (YANG, COMPACT)}
"""The presets by name."""


_DESCRIPTIONS = {
    "dt": "time step (ms)",
    "tau": "time constant (ms)",
    "n_ring": "units in a ring",
    "readout": "readout",
    "sigma_rec": "noise of the units",
    "coherences": "coherences",
    "delayed_coherences": "coherences of stimuli in turn",
    "response_weight": "loss weight of the response time",
    "fixation_weight": "loss weight of the fixation output",
    "length": "length of every trial (ms)",
}


def _field_departures(preset: Preset) -> list[str]:
    """Compare the fields of a preset with the published ones."""
    sentences = []
    for name, description in _DESCRIPTIONS.items():
        value, published = getattr(preset, name), _PUBLISHED[name]
        if value != published:
            sentences.append(f"{description}: {_text(value)}; published: {_text(published)}.")
    return sentences + _timing_departures(preset)


def _timing_departures(preset: Preset) -> list[str]:
    """Compare the timing families of a preset with the published ones, durations in ms."""
    sentences = []
    for family, published in _PUBLISHED_TIMING.items():
        timing = preset.timing.get(family)
        if timing is None or timing == published:
            continue
        shown = timing if preset.length is None else replace(timing, response=Fixed(0))
        sentences.append(f"timing of {family} (ms): {shown}; published: {published}.")
    grids = [family for family in preset.timing if preset.test_timing.get(family) is None]
    if grids:
        sentences.append(
            f"grids of {', '.join(grids)}: the middle of each duration; published: own durations."
        )
    return sentences


def _text(value: object) -> str:
    if value is None:
        return "until its response window ends"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
