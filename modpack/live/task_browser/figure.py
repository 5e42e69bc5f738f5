"""The task browser: what is on the screen at every moment of a trial, and what is asked."""

from typing import Any, NamedTuple

import torch
import traitlets
from torch import Tensor

from modpack.live.base.figure import Limits, bundle, one_of, slider, styles
from modpack.live.base.networks import require_known_forms
from modpack.live.base.trial import TRIAL_LIMITS, TrialFigure
from modpack.live.engine.network import LiveNetworks
from modpack.tasks import EPOCHS, WITHHOLD, Trials, get
from modpack.tasks.chosen import stimuli_of

LIMITS = {"time": Limits(0, 5000, 20, "ms"), **TRIAL_LIMITS}
"""The sliders of the task browser."""

SPEEDS = (0.25, 1.0, 4.0)
"""How fast a trial can be played, relative to how fast the network lives it."""


class ShownStimulus(NamedTuple):
    """A stimulus on the screen.

    Attributes
    ----------
    stimulus, ring : int
        Which of the two stimuli, and in which of the two rings: 1 or 2.
    angle : float
        Direction in rad.
    strength : float
    """

    stimulus: int
    ring: int
    angle: float
    strength: float


class Screen(NamedTuple):
    """What the network is shown.

    Attributes
    ----------
    cue : float
        The fixation cue: 1 while it is on, else 0.
    stimuli : tuple of ShownStimulus
    """

    cue: float
    stimuli: tuple[ShownStimulus, ...]


class RequiredAnswer(NamedTuple):
    """What a task asks for, from the go signal on.

    Attributes
    ----------
    kind : str
        "respond" or "withhold".
    angle : float
        Direction of the response in rad; nan if it is to be withheld.
    """

    kind: str
    angle: float


class TaskBrowser(TrialFigure):
    """One trial of any task, moment by moment: the screen, the input channels and the right answer.

    With a kernel, every trait follows its control and setting it moves the control.

    Parameters
    ----------
    networks : LiveNetworks
        With the vector readout. It brings the tasks; the first network of the first form is the one that can
        be shown beside the right answer.
    task : str
        Name of the task.
    time : float
        The moment on show (ms), brought into the length of the trial.
    angle, angle2, coherence, delay : float
        As in :class:`TrialFigure`.
    ring1, ring2 : int
        Ring, 1 or 2, of the first and of the second stimulus, in tasks that show a stimulus in any one ring.
    stronger1, stronger2 : int
        Which stimulus, 1 or 2, is the stronger one in ring 1 and in ring 2.
    show_network : bool
        Whether to show what a trained network does in the trial, free of noise.
    speed : float
        How fast the trial is played: one of `SPEEDS`.
    chapter, question
        As in :class:`LiveFigure`.

    Raises
    ------
    ValueError
        For a task that the networks do not know, or networks without the vector readout or of forms that
        the engine does not know.
    """

    _esm = bundle("task_browser/figure.js")
    _css = styles("base/figure.css", "task_browser/figure.css")

    NAME = "trial"
    LIMITS = LIMITS
    READ = ".answer"
    STATE = (
        "task",
        "time",
        "angle",
        "angle2",
        "ring1",
        "ring2",
        "coherence",
        "stronger1",
        "stronger2",
        "delay",
        "show_network",
        "speed",
    )

    question = traitlets.Unicode(
        "What is on the screen at each moment of a trial, what has to be remembered, and what is the right "
        "answer?"
    ).tag(sync=True)
    task = traitlets.Unicode("delaygo").tag(sync=True)
    time = slider(LIMITS["time"], 600.0)
    ring1 = traitlets.Int(1, min=1, max=2).tag(sync=True)
    ring2 = traitlets.Int(1, min=1, max=2).tag(sync=True)
    stronger1 = traitlets.Int(1, min=1, max=2).tag(sync=True)
    stronger2 = traitlets.Int(2, min=1, max=2).tag(sync=True)
    show_network = traitlets.Bool(False).tag(sync=True)
    speed = traitlets.Enum(SPEEDS, 1.0).tag(sync=True)

    def __init__(self, networks: LiveNetworks, **state: Any) -> None:
        require_known_forms(networks)
        super().__init__(networks, **state)

    @property
    def trial(self) -> Trials:
        """The trial on show."""
        return self.chosen_trial(self.task, self.networks.preset, self._strength())

    @property
    def answer(self) -> RequiredAnswer:
        """What the task asks for in this trial."""
        kind, angle = (float(part) for part in self.trial.answer)
        return RequiredAnswer("withhold" if kind == WITHHOLD else "respond", angle)

    @property
    def step(self) -> int:
        """The time step on show: from `step` to `step + 1` times the preset's dt."""
        trial = self.trial
        return min(int(self.time / trial.preset.dt + 1e-6), int(trial.end) - 1)

    @property
    def epoch(self) -> str:
        """The epoch on show: one of `modpack.tasks.EPOCHS`."""
        return EPOCHS[int(self.trial.epoch_index[self.step])]

    @property
    def input(self) -> Tensor:
        """The input at the moment on show, shape (channel,)."""
        return self.trial.dense_inputs()[self.step].flatten()

    @property
    def target(self) -> Tensor:
        """The desired outputs at the moment on show, shape (output,): fixation, cos, sin."""
        return self.trial.dense_targets()[self.step].flatten()

    @property
    def screen(self) -> Screen:
        """What the network is shown at the moment on show."""
        trial = self.trial
        spec, epoch = trial.tasks[0], int(trial.epoch_index[self.step])
        on = spec.stimulus_on[epoch].unsqueeze(-1) * trial.conditions.strength[0, 0]
        angle = trial.conditions.angle.flatten()
        shown = [
            ShownStimulus(stimulus + 1, ring + 1, float(angle[stimulus]), float(on[stimulus, ring]))
            for stimulus, ring in on.nonzero().tolist()
        ]
        return Screen(float(spec.fixation_cue[epoch]), tuple(shown))

    @property
    def network_outputs(self) -> Tensor:
        """What the trained network says over the whole trial, shape (time, output)."""
        network = next(iter(self.networks.networks.values()))[0]
        trial = self.trial
        return network.outputs(trial)[:, 0, 0]

    def _strength(self) -> Tensor:
        """Return the strengths of the stimuli, shape (stimulus, ring)."""
        stimuli = stimuli_of(get(self.task), self.networks.preset)
        strength = stimuli.strength_at(0)
        if stimuli.directions is not None:
            return strength
        if stimuli.coherences is None:
            rings = torch.tensor([self.ring1, self.ring2]) - 1
            return strength.sum(-1, keepdim=True) * torch.nn.functional.one_hot(rings, 2)
        difference = torch.tensor(stimuli.change, dtype=torch.float64).abs()
        first = torch.tensor([3 - 2 * self.stronger1, 3 - 2 * self.stronger2], dtype=torch.float64)
        return strength + self.coherence * torch.stack([first, -first]) * difference

    _validate_task = traitlets.validate("task")(
        one_of(lambda self: [task["name"] for task in self.networks.description["tasks"]])
    )

    def __repr__(self) -> str:
        """Say what is on show, for places that cannot show it."""
        return f"TaskBrowser({get(self.task).label} at {self.time:g} ms)"
