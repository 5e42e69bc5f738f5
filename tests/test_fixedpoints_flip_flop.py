"""A trained network that remembers three bits rests in 27 points, and all of them are found."""

from collections import Counter

import pytest
import torch
from flip_flop import train

from modpack.fixedpoints import find, starts_from

pytestmark = pytest.mark.slow
U = torch.zeros(3)


@pytest.fixture(scope="module", params=[64])
def trained(request):
    found = train(request.param, seed=0)
    assert found.accuracy > 0.99
    return found


@pytest.fixture(scope="module", params=range(3))
def points(trained, request):
    starts = starts_from(trained.states, 256, 0.5, torch.Generator().manual_seed(request.param))
    return find(trained.dynamics, U, starts)


def test_all_points_are_found_with_their_stability(points):
    assert Counter(points.roots.n_unstable.tolist()) == {0: 8, 1: 12, 2: 6, 3: 1}
    assert points.roots.residual.max() < 1e-12
    assert points.index_sum == 1


def test_undecided_bits_are_unstable_modes(trained, points):
    """The outputs at a point are -1, 0 or 1, as many zeros as unstable modes."""
    outputs = trained.dynamics.readout(points.roots.states[None].float())[0]
    undecided = outputs.abs() < 0.5
    assert torch.equal(undecided.sum(-1), points.roots.n_unstable)
    assert len({tuple(x) for x in (outputs.sign() * ~undecided).tolist()}) == 27


def test_stable_points_are_where_the_network_ends(trained, points):
    """Without noise or input, the network comes to rest in one of the stable points."""
    states = trained.states[-1, :, :, :]
    index = torch.zeros(2000, 1, states.shape[1], dtype=torch.int64)
    ends = trained.dynamics.simulate(torch.zeros(1, 1, states.shape[1], 3), index, state=states)[-1, 0]
    stable = points.roots[points.roots.n_unstable == 0]
    assert torch.cdist(ends.double(), stable.states).amin(-1).max() < 1e-3 * points.scale
