"""One trial of a task with stimuli that are chosen: what is absent has no direction."""

import pytest
import torch

from modpack.tasks import COMPACT, TrialSettings


@pytest.mark.parametrize(
    ("task", "strength", "absent"),
    [
        ("dm1", [[1.0, 0.0], [0.5, 0.0]], [False, False]),
        ("fdgo", [[1.0, 1.0], [0.0, 0.0]], [False, True]),
    ],
)
def test_a_stimulus_without_strength_has_no_direction(task, strength, absent):
    shown = torch.tensor(strength, dtype=torch.float64)
    conditions = TrialSettings().trial(task, COMPACT, shown).conditions
    assert conditions.angle[0, 0].isnan().tolist() == absent
    assert (~conditions.present[0, 0]).tolist() == absent
