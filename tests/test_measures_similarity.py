"""Dynamical similarity of systems whose operators are known."""

import math

import pytest
import torch
from small_networks import seeded

from modpack.measures.similarity import dissimilarity

N, TIMES, TRIALS = 4, 60, 12


def turning(*degrees: float, decay: float = 0.995) -> torch.Tensor:
    """The operator of planes that turn, each by its own angle in a step."""
    angles = torch.tensor(degrees, dtype=torch.float64).deg2rad()
    blocks = [
        torch.stack([torch.stack([a.cos(), -a.sin()]), torch.stack([a.sin(), a.cos()])]) for a in angles
    ]
    return decay * torch.block_diag(*blocks)


def trajectories(operator: torch.Tensor, seed: int = 0) -> torch.Tensor:
    states = [torch.randn(TRIALS, N, generator=seeded(seed), dtype=torch.float64)]
    for _ in range(TIMES):
        states.append(states[-1] @ operator.T)
    return torch.stack(states)


@pytest.fixture(scope="module")
def rotation():
    return torch.linalg.qr(torch.randn(N, N, generator=seeded(5), dtype=torch.float64)).Q


def test_the_same_dynamics_in_other_coordinates_are_the_same(rotation):
    operator = turning(10, 25)
    other = trajectories(rotation @ operator @ rotation.T, seed=1)
    assert dissimilarity(trajectories(operator), other, N, N) < 0.05


def test_dynamics_differ_by_what_they_do_and_both_ways_alike():
    slow, fast = trajectories(turning(5, 8)), trajectories(turning(40, 60), seed=1)
    there, back = dissimilarity(slow, fast, N, N), dissimilarity(fast, slow, N, N)
    assert there == pytest.approx(back, abs=0.05)
    assert 0.3 < there < math.pi
    assert there == dissimilarity(slow, fast, N, N)  # nothing in it is drawn at random


def test_refuses_what_cannot_be_compared():
    states = trajectories(turning(5, 8))
    with pytest.raises(ValueError, match="one"):
        dissimilarity(states * math.nan, states)
    with pytest.raises(ValueError, match="n_components"):
        dissimilarity(states, states, N + 1)
    with pytest.raises(ValueError, match="rank"):
        dissimilarity(states, states, N, 5 * N + 1)
    with pytest.raises(ValueError, match="more than 10 times"):
        dissimilarity(states, states[:8], N)
