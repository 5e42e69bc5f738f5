"""The published tables of the battery, and trials to compare with them."""

from functools import cache

import pytest
import torch

from modpack.tasks import COMPACT, YANG, Trials, generate

BOTH_PRESETS = pytest.mark.parametrize("preset", [YANG, COMPACT], ids=lambda preset: preset.name)

NAMES = [
    "fdgo",
    "reactgo",
    "delaygo",
    "fdanti",
    "reactanti",
    "delayanti",
    "dm1",
    "dm2",
    "contextdm1",
    "contextdm2",
    "multidm",
    "delaydm1",
    "delaydm2",
    "contextdelaydm1",
    "contextdelaydm2",
    "multidelaydm",
    "dmsgo",
    "dmsnogo",
    "dmcgo",
    "dmcnogo",
]
LABELS = [
    "Go",
    "RT Go",
    "Dly Go",
    "Anti",
    "RT Anti",
    "Dly Anti",
    "DM 1",
    "DM 2",
    "Ctx DM 1",
    "Ctx DM 2",
    "MultSen DM",
    "Dly DM 1",
    "Dly DM 2",
    "Ctx Dly DM 1",
    "Ctx Dly DM 2",
    "MultSen Dly DM",
    "DMS",
    "DNMS",
    "DMC",
    "DNMC",
]

GO_TASKS = ("fdgo", "fdanti")
REACTION = ("reactgo", "reactanti")
DELAYED_GO = ("delaygo", "delayanti")
ONE_RING = ("dm1", "dm2")
TWO_RINGS = ("contextdm1", "contextdm2", "multidm")
DELAYED_ONE_RING = ("delaydm1", "delaydm2")
DELAYED_TWO_RINGS = ("contextdelaydm1", "contextdelaydm2", "multidelaydm")
MATCH = ("dmsgo", "dmsnogo")
CATEGORY = ("dmcgo", "dmcnogo")
SINGLE = GO_TASKS + REACTION + DELAYED_GO
SIMULTANEOUS = ONE_RING + TWO_RINGS
DELAYED = DELAYED_ONE_RING + DELAYED_TWO_RINGS
PAIRS = MATCH + CATEGORY

SHORT, DELAYS = {200, 400, 600}, {200, 400, 800, 1600}

# tasks -> (fixation, stimulus1, delay1, stimulus2, delay2, response) in ms: {choices}, (low, high) or 0
YANG_TABLE = {
    GO_TASKS: ((300, 700), (500, 1500), 0, 0, 0, {500}),
    REACTION: ((500, 2500), 0, 0, 0, 0, {500}),
    DELAYED_GO: ({300, 500, 700}, SHORT, DELAYS, 0, 0, {500}),
    SIMULTANEOUS: ((100, 400), {400, 800, 1600}, 0, 0, 0, {500}),
    DELAYED: (SHORT, SHORT, DELAYS, SHORT, (100, 300), {500}),
    MATCH: (SHORT, SHORT, DELAYS, 0, 0, {500}),
    CATEGORY: (SHORT, SHORT, DELAYS, 0, 0, SHORT),
}
COMPACT_TABLE = {
    GO_TASKS: ((100, 300), (400, 800), 0, 0, 0),
    REACTION: ((300, 1200), 0, 0, 0, 0),
    DELAYED_GO: ((100, 300), (200, 400), (200, 800), 0, 0),
    SIMULTANEOUS: ((100, 300), (400, 800), 0, 0, 0),
    DELAYED: ((100, 300), (200, 400), (200, 400), (200, 400), (100, 200)),
    PAIRS: ((100, 300), (200, 400), (200, 600), 0, 0),
}
# tasks -> go and end of the published grids in ms
YANG_GRID_TABLE = {
    GO_TASKS: (1500, 2000),
    REACTION: (2000, 2500),
    DELAYED_GO: (2000, 2500),
    ONE_RING: (2000, 2500),
    TWO_RINGS: (1500, 2000),
    DELAYED_ONE_RING: (2700, 3000),
    DELAYED_TWO_RINGS: (3000, 3500),
    PAIRS: (2200, 2700),
}
# tasks -> number of trials of the grid
GRID_SIZES = {
    SINGLE: 20 * 2,
    ONE_RING + DELAYED_ONE_RING: 20 * 5,
    ("contextdm1", "contextdm2", "contextdelaydm1", "contextdelaydm2"): 20 * 5 * 5,
    ("multidm", "multidelaydm"): 20 * (5 * 5 - 4),
    PAIRS: 20 * 2 * 2,
}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def rows(table: dict) -> list:
    return [(name, row) for names, row in table.items() for name in names]


@cache
def published_trials(name: str) -> Trials:
    """Many published trials of one task."""
    return generate([name], 600, YANG, seeded(NAMES.index(name)), dtype=torch.float64)


@cache
def compact_trials() -> Trials:
    """Many compact trials of all tasks."""
    return generate(NAMES, 600, COMPACT, seeded(1))
