"""The map over a delay, on maps of the circle that are known in closed form."""

import math

import pytest
import torch

from modpack.measures.memory import map_slope, turned

SHOWN = torch.linspace(0, 2 * math.pi, 201, dtype=torch.float64)[:-1]


def test_a_perfect_memory_has_slope_one_wherever_it_begins():
    shuffled = SHOWN[torch.randperm(len(SHOWN), generator=torch.Generator().manual_seed(0))]
    torch.testing.assert_close(map_slope(shuffled, shuffled + 1.0), torch.ones_like(SHOWN))


def test_a_memory_of_one_direction_has_slope_zero():
    assert map_slope(SHOWN, torch.full_like(SHOWN, 2.0)).abs().max() == 0


@pytest.mark.parametrize("n", [1, 3])
def test_of_a_map_with_drift_it_is_the_derivative(n):
    """Of x + e sin(n x), 1 + e n cos(n x), between two directions at their middle."""
    middle = SHOWN + math.pi / len(SHOWN)
    slope = map_slope(SHOWN, SHOWN + 0.2 * torch.sin(n * SHOWN))
    torch.testing.assert_close(slope, 1 + 0.2 * n * torch.cos(n * middle), atol=1e-3, rtol=0)


def test_directions_turn_the_short_way():
    before, after = torch.tensor([0.1, 6.2, 1.0]), torch.tensor([6.2, 0.1, 1.5])
    torch.testing.assert_close(turned(before, after), torch.tensor([-0.1832, 0.1832, 0.5]), atol=1e-4, rtol=0)


@pytest.mark.parametrize("shown", [torch.zeros(2), torch.zeros(3), torch.zeros(2, 2)])
def test_directions_are_checked(shown):
    with pytest.raises(ValueError, match="shown"):
        map_slope(shown, shown)
