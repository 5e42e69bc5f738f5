"""The twenty tasks of Yang et al. (2019), Nature Neuroscience 22:297, as declarations."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

import torch
from torch import Tensor

from modpack._checks import choose
from modpack.tasks.conditions import TOLERANCE, Answer, Conditions
from modpack.tasks.presets import Preset
from modpack.tasks.rules import (
    Stronger,
    anti,
    pro,
    respond_if_match,
    respond_if_same_category,
    respond_unless_match,
    respond_unless_same_category,
)
from modpack.tasks.stimuli import (
    CategoryPair,
    ContextDecision,
    Decision,
    MatchPair,
    MultisensoryDecision,
    SingleStimulus,
    Stimuli,
)
from modpack.tasks.timing import AFTER_GO, EPOCHS, GO, Timing

Rule = Callable[[Conditions], Answer]
"""What to do in a trial."""


@dataclass(frozen=True)
class Task:
    """A task: what is shown, when, and what to do about it.

    Parameters
    ----------
    name, label : str
        Short name in code and name in figures.
    timing : str or Timing
        Timing family of the preset, or the task's own timing.
    stimuli : Stimuli
        Draws the conditions of trials.
    shown : pair of tuples of str
        The epochs of `EPOCHS` in which stimulus 1 and stimulus 2 are on.
    rule : callable
        Maps `Conditions` to an `Answer`, undefined where the rule has none.
    keeps_fixation_cue : bool
        Whether the fixation cue stays on after go; the go signal is then the onset of a stimulus.
    tolerance : float
        Largest error of a response in rad (exclusive).

    Raises
    ------
    ValueError
        If `shown` names an unknown epoch.
    """

    name: str
    label: str
    timing: str | Timing
    stimuli: Stimuli
    shown: tuple[tuple[str, ...], tuple[str, ...]]
    rule: Rule
    keeps_fixation_cue: bool = False
    tolerance: float = TOLERANCE

    def __post_init__(self) -> None:
        """Check the epochs."""
        for epoch in chain(*self.shown):
            choose("shown", epoch, EPOCHS)

    def answer(self, conditions: Conditions) -> Answer:
        """Return what this task asks for in trials of any task, undefined where its rule has no answer.

        Parameters
        ----------
        conditions : Conditions, axes (..., trial)

        Returns
        -------
        Answer, shape (..., trial)
        """
        return self.rule(conditions)

    def timing_in(self, preset: Preset) -> Timing:
        """Return the distributions of durations of random trials.

        Raises
        ------
        ValueError
            If the preset does not know the timing family.
        """
        if isinstance(self.timing, Timing):
            return self.timing
        return preset.timing[choose("timing", self.timing, preset.timing)]

    def test_timing_in(self, preset: Preset) -> Timing:
        """Return the fixed durations of the grid."""
        if isinstance(self.timing, str) and self.timing in preset.test_timing:
            return preset.test_timing[self.timing]
        return self.timing_in(preset).middle()

    @property
    def stimulus_on(self) -> Tensor:
        """1 where a stimulus is on, else 0, shape `(epoch, stimulus)`; padding repeats the response."""
        on = torch.tensor([[epoch in shown for shown in self.shown] for epoch in EPOCHS])
        on[EPOCHS.index("after")] = on[EPOCHS.index("response")]
        return on.to(torch.float64)

    @property
    def fixation_cue(self) -> Tensor:
        """The fixation input in each epoch, shape `(epoch,)`."""
        cue = torch.ones(len(EPOCHS), dtype=torch.float64)
        cue[GO:] = float(self.keeps_fixation_cue)
        return cue


_STAYS_ON = (("stimulus1", *AFTER_GO), ())
_IS_GO = (AFTER_GO, ())
_IS_BRIEF = (("stimulus1",), ())
_TOGETHER = (("stimulus1",), ("stimulus1",))
_IN_TURN = (("stimulus1",), ("stimulus2",))
_SECOND_IS_GO = (("stimulus1",), AFTER_GO)
_ONE = SingleStimulus()


def _match(name: str, label: str, timing: str, stimuli: Stimuli, rule: Rule) -> Task:
    return Task(name, label, timing, stimuli, _SECOND_IS_GO, rule, keeps_fixation_cue=True)


BATTERY = (
    Task("fdgo", "Go", "go", _ONE, _STAYS_ON, pro),
    Task("reactgo", "RT Go", "reaction", _ONE, _IS_GO, pro, keeps_fixation_cue=True),
    Task("delaygo", "Dly Go", "delayed_go", _ONE, _IS_BRIEF, pro),
    Task("fdanti", "Anti", "go", _ONE, _STAYS_ON, anti),
    Task("reactanti", "RT Anti", "reaction", _ONE, _IS_GO, anti, keeps_fixation_cue=True),
    Task("delayanti", "Dly Anti", "delayed_go", _ONE, _IS_BRIEF, anti),
    Task("dm1", "DM 1", "decision", Decision(1), _TOGETHER, Stronger((1,))),
    Task("dm2", "DM 2", "decision", Decision(2), _TOGETHER, Stronger((2,))),
    Task("contextdm1", "Ctx DM 1", "context_decision", ContextDecision(), _TOGETHER, Stronger((1,))),
    Task("contextdm2", "Ctx DM 2", "context_decision", ContextDecision(), _TOGETHER, Stronger((2,))),
    Task("multidm", "MultSen DM", "context_decision", MultisensoryDecision(), _TOGETHER, Stronger((1, 2))),
    Task("delaydm1", "Dly DM 1", "delayed_decision", Decision(1, True), _IN_TURN, Stronger((1,))),
    Task("delaydm2", "Dly DM 2", "delayed_decision", Decision(2, True), _IN_TURN, Stronger((2,))),
    Task(
        "contextdelaydm1",
        "Ctx Dly DM 1",
        "delayed_context_decision",
        ContextDecision(True),
        _IN_TURN,
        Stronger((1,)),
    ),
    Task(
        "contextdelaydm2",
        "Ctx Dly DM 2",
        "delayed_context_decision",
        ContextDecision(True),
        _IN_TURN,
        Stronger((2,)),
    ),
    Task(
        "multidelaydm",
        "MultSen Dly DM",
        "delayed_context_decision",
        MultisensoryDecision(True),
        _IN_TURN,
        Stronger((1, 2)),
    ),
    _match("dmsgo", "DMS", "match", MatchPair(True), respond_if_match),
    _match("dmsnogo", "DNMS", "match", MatchPair(False), respond_unless_match),
    _match("dmcgo", "DMC", "category", CategoryPair(True), respond_if_same_category),
    _match("dmcnogo", "DNMC", "category", CategoryPair(False), respond_unless_same_category),
)
"""The twenty tasks in the published order."""

TASKS = {task.name: task for task in BATTERY}
"""The tasks of the battery by name."""
