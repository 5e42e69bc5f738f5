"""Line and ring attractors built by hand are recognised; separate points are not."""

import pytest
import torch
from hand_networks import hand_built, random_states, ring, silence

from modpack.fixedpoints import SearchOptions, continua, find, starts_from

F64 = torch.float64


def on_ring(n, n_states, amplitude=1.0, seed=0):
    """States A cos(angle - position) at random positions."""
    angle = torch.arange(n, dtype=F64) * 2 * torch.pi / n
    position = 2 * torch.pi * torch.rand(n_states, generator=torch.Generator().manual_seed(seed), dtype=F64)
    return amplitude * torch.cos(angle - position[:, None])


def projector(n, dimension):
    """A linear network that keeps what it is given in some directions and forgets the rest."""
    basis = torch.linalg.qr(random_states(n, dimension, 3)).Q
    return hand_built(basis @ basis.T, activation="identity")


def joined(dynamics, starts, **more):
    u = silence(dynamics)
    found = find(dynamics, u, starts, options=SearchOptions(rounds=0, forward_steps=0))
    return found, continua(found, dynamics, u, **more)


class TestRing:
    @pytest.mark.parametrize("n", [32, 48])
    def test_built_by_hand_is_a_ring_attractor(self, n):
        _, (continuum,) = joined(ring(n), on_ring(n, 40))
        assert continuum.label == "ring attractor"
        assert (continuum.dimension, continuum.closed) == (1, True)
        assert len(continuum.members) > 20
        assert continuum.fastest < 1e-6
        assert continuum.rate < 1e-6

    def test_members_go_around(self):
        found, (continuum,) = joined(ring(32), on_ring(32, 40))
        states = found.states[continuum.members]
        phase = torch.fft.fft(states)[:, 1].angle()
        step = torch.remainder(phase.diff() + torch.pi, 2 * torch.pi) - torch.pi
        assert (step > 0).all() or (step < 0).all()

    def test_with_other_neurons_that_grow_is_no_attractor(self):
        grows = torch.block_diag(ring(32).W[0], torch.tensor([[2.0]], dtype=F64))
        starts = torch.cat([on_ring(32, 40), torch.zeros(40, 1, dtype=F64)], dim=1)
        _, (continuum,) = joined(hand_built(grows, activation="tanh"), starts)
        assert continuum.label == "ring continuum"

    def test_known_by_half_is_a_line(self):
        """What was not found is not claimed."""
        found, _ = joined(ring(32), on_ring(32, 60))
        phase = torch.fft.fft(found.states)[:, 1].angle()
        arc = found[(found.states.norm(dim=-1) > 1) & (phase > 0)]
        (continuum,) = continua(arc, ring(32), torch.zeros(32, dtype=F64))
        assert (continuum.dimension, continuum.closed) == (1, False)

    def test_of_a_few_neurons_is_coarse(self):
        """Four neurons on a ring rest in eight separate points; only to a slack eye they are a continuum."""
        _, found = joined(ring(4, 1.6), on_ring(4, 60, 1.2), rate=0.001)
        assert found == []


class TestOthers:
    @pytest.mark.parametrize(
        ("dimension", "label"),
        [(1, "line attractor"), (2, "2-dimensional attractor"), (3, "3-dimensional attractor")],
    )
    def test_linear_memory_has_the_dimension_of_what_it_keeps(self, dimension, label):
        dynamics = projector(10, dimension)
        found, (continuum,) = joined(dynamics, random_states(120, 10, 4))
        assert continuum.label == label
        assert len(continuum.members) > 0.9 * len(found)

    def test_two_neurons_that_inhibit_each_other_keep_a_line(self):
        """Relu: r1 + r2 = 1 rests wherever both are active."""
        dynamics = hand_built([[0.0, -1.0], [-1.0, 0.0]], 1.0, activation="relu")
        found, (continuum,) = joined(dynamics, random_states(50, 2, 5).abs())
        assert continuum.label == "line attractor"
        torch.testing.assert_close(found.states.sum(-1), torch.ones(len(found), dtype=F64))

    @pytest.mark.slow
    def test_two_rings_make_a_torus_and_two_rings(self):
        """Each of two independent rings may rest on its ring or at zero."""
        W = torch.block_diag(ring(24).W[0], ring(24).W[0])
        a, b, off = on_ring(24, 120, seed=1), on_ring(24, 120, seed=2), torch.zeros(120, 24, dtype=F64)
        starts = torch.cat([torch.cat(x, dim=1) for x in ((a, b), (a[:40], off[:40]), (off[:40], b[:40]))])
        dynamics = hand_built(W, activation="tanh")
        points = find(dynamics, silence(dynamics), starts, options=SearchOptions(rounds=0))
        found = continua(points, dynamics, silence(dynamics))
        assert sorted((x.dimension, x.closed, x.attracting) for x in found) == [
            (1, True, False),
            (1, True, False),
            (2, False, True),
        ]

    def test_separate_points_are_none(self):
        dynamics = hand_built(2 * torch.eye(3), activation="tanh")
        found, none = joined(dynamics, random_states(200, 3, 6))
        assert len(found.roots) == 27
        assert none == []

    def test_no_points_are_none(self):
        dynamics = hand_built([[0.5]])
        found = find(dynamics, torch.zeros(1), torch.zeros(0, 1))
        assert continua(found, dynamics, torch.zeros(1)) == []

    def test_drift_alone_is_no_memory(self):
        """F = 1 everywhere: a continuum of slow points, in which the network moves all the same."""
        dynamics = hand_built([[1.0]], 1.0, activation="identity")
        _, none = joined(dynamics, random_states(30, 1, 7))
        assert none == []

    def test_arguments_are_checked(self):
        dynamics = hand_built([[0.5]])
        found = find(dynamics, torch.zeros(1), torch.zeros(1, 1))
        for argument in ("rate", "drift"):
            with pytest.raises(ValueError, match=argument):
                continua(found, dynamics, torch.zeros(1), **{argument: 0.0})


def test_ring_is_found_from_visited_states():
    """As in practice: states of a simulation, with noise, and not states that are known to be right."""
    dynamics = ring(32)
    index = torch.zeros(400, 1, 60, dtype=torch.int64)
    first = random_states(60, 32, 8)[None]
    states = dynamics.simulate(torch.zeros(1, 1, 60, 32, dtype=F64), index, state=first)
    _, found = joined(dynamics, starts_from(states[100:], 100, 0.05, torch.Generator().manual_seed(0)))
    assert "ring attractor" in [x.label for x in found]
