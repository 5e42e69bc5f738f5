"""The twenty-task battery and a family of mappings: declarations, trials and scoring.

>>> import torch
>>> from modpack.tasks import COMPACT, generate
>>> trials = generate(["fdgo", "fdanti"], 16, COMPACT, torch.Generator().manual_seed(0))
>>> trials.patterns.shape
torch.Size([9, 2, 16, 33])
"""

from modpack.tasks.battery import BATTERY, TASKS, Task
from modpack.tasks.chosen import TrialSettings
from modpack.tasks.conditions import RESPOND, UNDEFINED, WITHHOLD, Answer, Conditions, answer
from modpack.tasks.generation import generate, grid
from modpack.tasks.mappings import floor, is_called_mapping, mapping, order
from modpack.tasks.names import get
from modpack.tasks.presets import COMPACT, PRESETS, YANG, Preset
from modpack.tasks.rules import (
    Permuted,
    Stronger,
    anti,
    pro,
    respond_if_match,
    respond_if_same_category,
    respond_unless_match,
    respond_unless_same_category,
)
from modpack.tasks.scoring import (
    PUBLISHED,
    STRICT,
    Criterion,
    Decoded,
    correct,
    decode,
    final,
    own_criterion,
    performance,
    premature,
    premature_rate,
    satisfies,
)
from modpack.tasks.sequences import trials_of
from modpack.tasks.stimuli import (
    CategoryPair,
    ContextDecision,
    Decision,
    Directions,
    MatchPair,
    MultisensoryDecision,
    SingleStimulus,
    Stimuli,
)
from modpack.tasks.timing import AFTER_GO, EPOCHS, Choice, Fixed, Timing, Uniform
from modpack.tasks.trials import Trials

__all__ = [
    "AFTER_GO",
    "BATTERY",
    "COMPACT",
    "EPOCHS",
    "PRESETS",
    "PUBLISHED",
    "RESPOND",
    "STRICT",
    "TASKS",
    "UNDEFINED",
    "WITHHOLD",
    "YANG",
    "Answer",
    "CategoryPair",
    "Choice",
    "Conditions",
    "ContextDecision",
    "Criterion",
    "Decision",
    "Decoded",
    "Directions",
    "Fixed",
    "MatchPair",
    "MultisensoryDecision",
    "Permuted",
    "Preset",
    "SingleStimulus",
    "Stimuli",
    "Stronger",
    "Task",
    "Timing",
    "TrialSettings",
    "Trials",
    "Uniform",
    "answer",
    "anti",
    "correct",
    "decode",
    "final",
    "floor",
    "generate",
    "get",
    "grid",
    "is_called_mapping",
    "mapping",
    "order",
    "own_criterion",
    "performance",
    "premature",
    "premature_rate",
    "pro",
    "respond_if_match",
    "respond_if_same_category",
    "respond_unless_match",
    "respond_unless_same_category",
    "satisfies",
    "trials_of",
]
