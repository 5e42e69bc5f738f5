"""Measures of dynamics on systems whose answers are known, and laws that they obey on any."""

import math
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_networks import normal, seeded, small_network, with_tensors

from modpack.fixedpoints import follow, mix_path
from modpack.measures.geometry import (
    context_effect,
    displacement,
    participation_ratio,
    potent_fraction,
    principal_angles,
    rms_radius,
)
from modpack.measures.matching import distinct, match, spectral_distance, stable_ends
from modpack.measures.switching import crossing
from modpack.measures.transitions import event_counts, nearest, stability_changes

seeds = st.integers(0, 2**31)


def rotation(n: int, seed: int) -> torch.Tensor:
    return torch.linalg.qr(normal(n, n, seed=seed))[0]


def linear_network(form_name: str):
    """A stable network with the identity as its activation, two contexts and no constant drive."""
    network = small_network(form_name, activation="identity")
    W = 0.4 * network.tensors["W"] / torch.linalg.matrix_norm(network.tensors["W"], 2)
    return with_tensors(network, W=W, b=torch.zeros(4, dtype=torch.float64))


def one_unit(activation: str, w: float, low: float, high: float):
    """F = -r + phi(w r + b), whose b goes from `low` to `high` between the contexts of two tasks."""
    network = small_network("bias", n=1, activation=activation)
    row = torch.tensor([[low, high, 0.0]], dtype=torch.float64)
    zero = torch.zeros(1, dtype=torch.float64)
    network = with_tensors(network, W=zero[:, None] + w, b=zero, B=row)
    return follow(between_first_tasks(network), torch.linspace(-1.5, 1.5, 13).double()[:, None])


def between_first_tasks(network):
    a, b = network.code.tasks[:2]
    return mix_path(network, a, b, torch.zeros(2, dtype=torch.float64))


class TestLinearNetworks:
    """F = -r + W r + W_in u + b is solved by r = (1 - W)^-1 (W_in u + b), with the spectrum of W - 1."""

    def test_a_threshold_moves_the_fixed_point_and_leaves_the_spectrum(self):
        network = linear_network("bias")
        m = match(follow(between_first_tasks(network), normal(5, 4)))
        push = network.tensors["B"][:, 1] - network.tensors["B"][:, 0]  # the contexts are one-hot
        moved = torch.linalg.solve(torch.eye(4) - network.tensors["W"], push)
        torch.testing.assert_close(m.b - m.a, moved[None])
        assert m.connected.tolist() == [True]
        assert spectral_distance(m.eigenvalues_a, m.eigenvalues_b).item() < 1e-12

    def test_synapses_change_the_spectrum_and_leave_a_fixed_point_at_zero(self):
        network = linear_network("multiplicative")
        m = match(follow(between_first_tasks(network), normal(5, 4)))
        assert displacement(m.a, m.b, 1.0).item() < 1e-12
        dynamics = network.under(list(network.code.tasks[:2]))
        first, second = torch.linalg.eigvals(dynamics.W - torch.eye(4))
        by_hand = min((first - second[list(order)]).abs().mean() for order in permutations(range(4)))
        torch.testing.assert_close(spectral_distance(m.eigenvalues_a, m.eigenvalues_b)[0], by_hand)
        assert by_hand > 0.01

    def test_the_effect_of_a_threshold_is_the_same_everywhere(self):
        network = linear_network("bias")
        a, b = (network.under(task) for task in network.code.tasks[:2])
        effect = context_effect(a, b, normal(7, 3, 4), normal(7, 3, 2, seed=1))
        push = network.tensors["B"][:, 1] - network.tensors["B"][:, 0]  # the contexts are one-hot
        torch.testing.assert_close(effect, push.expand(7, 3, 4))


class TestOneUnit:
    def test_softplus_loses_its_stable_point_in_a_fold(self):
        w = 2.0
        fold = -math.log(w - 1) - w * math.log(w / (w - 1))
        diagram = one_unit("softplus", w, fold - 0.5, fold + 1.5)
        assert event_counts(diagram) == {kind: int(kind == "saddle-node") for kind in event_counts(diagram)}
        torch.testing.assert_close(stability_changes(diagram), torch.tensor([0.25]).double())
        assert [len(ends) for ends in stable_ends(diagram)] == [1, 0]
        assert len(match(diagram).connected) == 0

    def test_hysteresis_connects_the_ends_around_two_folds(self):
        fold = 2 / math.sqrt(2) - math.atanh(1 / math.sqrt(2))  # tanh with w = 2: 1 = w (1 - r^2)
        diagram = one_unit("tanh", 2.0, -1.0, 1.0)
        expected = torch.tensor([(1 - fold) / 2, (1 + fold) / 2], dtype=torch.float64)
        torch.testing.assert_close(stability_changes(diagram), expected)
        assert event_counts(diagram)["saddle-node"] == sum(event_counts(diagram).values()) == 2
        m = match(diagram)
        torch.testing.assert_close(m.a, -m.b)
        assert m.connected.tolist() == [True]

    def test_a_point_whose_branch_turns_back_is_paired_with_the_nearest(self):
        diagram = one_unit("tanh", 2.0, 0.1, 1.0)
        low, high = stable_ends(diagram)
        assert (len(low), len(high)) == (2, 1)
        m = match(diagram)
        assert m.connected.tolist() == [True, False]
        assert m.a[0] > 0 > m.a[1]
        assert torch.equal(m.b[0], m.b[1])
        slopes = 2 * (1 - m.a[:, 0] ** 2) - 1
        torch.testing.assert_close(m.eigenvalues_a[:, 0].real, slopes)

    def test_a_branch_passed_twice_counts_once(self):
        diagram = one_unit("tanh", 2.0, 0.1, 1.0)
        twice = replace(diagram, branches=(*diagram.branches, *(b.reversed() for b in diagram.branches)))
        assert len(twice) == 2 * len(diagram) == 4
        assert distinct(twice).branches == distinct(diagram).branches == diagram.branches

    def test_what_goes_on_in_saddles_alone_changes_no_stability(self):
        diagram = one_unit("tanh", 2.0, -1.0, 1.0)
        (branch,) = diagram.branches
        unstable = replace(branch, eigenvalues=branch.eigenvalues + 5)
        assert len(unstable.events) == 2
        assert not len(stability_changes(replace(diagram, branches=(unstable,))))


class TestDistances:
    def test_displacement_counts_in_sizes_of_the_cloud(self):
        assert displacement(torch.zeros(2), torch.tensor([3.0, 4.0]), 2.0).item() == 2.5

    @given(seeds, st.floats(0.1, 10))
    def test_displacement_does_not_depend_on_the_unit_of_the_rates(self, seed, unit):
        a, b = normal(2, 5, 3, seed=seed)
        one, other = (displacement(x * a, x * b, rms_radius(x * a, x * b)) for x in (1, unit))
        torch.testing.assert_close(one, other)

    def test_two_states_of_a_cloud_are_root_two_apart(self):
        cloud = normal(2, 4000, 30)
        distance = displacement(*cloud, rms_radius(*cloud)).square().mean().sqrt().item()
        assert distance == pytest.approx(math.sqrt(2), rel=0.02)

    def test_the_distance_between_clouds_does_not_count_in_their_size(self):
        a = normal(50, 3)
        assert rms_radius(a, a + 100) == pytest.approx(rms_radius(a))
        assert rms_radius(a, 7 * a) == pytest.approx(5 * rms_radius(a))

    def test_refuses_what_cannot_be_compared(self):
        with pytest.raises(ValueError, match="scale"):
            displacement(torch.zeros(2), torch.ones(2), 0.0)
        with pytest.raises(ValueError, match=r"b\.shape"):
            displacement(torch.zeros(2), torch.ones(3), 1.0)
        with pytest.raises(ValueError, match="clouds"):
            rms_radius()


class TestSubspaces:
    @given(st.floats(0.01, math.pi / 2), seeds)
    def test_angle_between_planes_that_share_a_line(self, angle, seed):
        plane, line = normal(30, 2, seed=seed), torch.zeros(30, 3, dtype=torch.float64)
        flat, tilted = line.clone(), line.clone()
        flat[:, :2] = plane
        tilted[:, 0], tilted[:, 1:] = (
            plane[:, 0],
            plane[:, 1:] * torch.tensor([math.cos(angle), math.sin(angle)]),
        )
        q = rotation(3, seed)
        angles = principal_angles(flat @ q + 5, tilted @ q - 3, 2)
        torch.testing.assert_close(angles, torch.tensor([0, angle]).double(), atol=1e-7, rtol=1e-6)

    def test_subspaces_without_a_common_direction_are_at_right_angles(self):
        states = torch.zeros(2, 40, 6, dtype=torch.float64)
        states[0, :, :3], states[1, :, 3:] = normal(2, 40, 3)
        torch.testing.assert_close(
            principal_angles(*states, 3), torch.full((3,), math.pi / 2, dtype=torch.float64)
        )

    @given(seeds)
    def test_are_symmetric_and_in_rising_order(self, seed):
        a, b = normal(2, 20, 6, seed=seed)
        angles = principal_angles(a, b, 3)
        torch.testing.assert_close(angles, principal_angles(b, a, 3))
        assert bool((angles.diff() >= 0).all())

    @pytest.mark.parametrize("k", [0, 3, 5])
    def test_needs_states_that_vary_in_k_directions(self, k):
        flat = normal(20, 2) @ normal(2, 4, seed=1)
        with pytest.raises(ValueError, match="k="):
            principal_angles(flat, normal(20, 4), k)


class TestParticipationRatio:
    @pytest.mark.parametrize("k", [1, 2, 5])
    def test_counts_directions_that_vary_equally(self, k):
        corners = torch.cat([torch.eye(k), -torch.eye(k)]).double() @ rotation(6, 3)[:k]
        assert participation_ratio(corners + 2) == pytest.approx(k)

    @given(seeds, st.floats(0.1, 10))
    def test_does_not_depend_on_axes_place_and_unit(self, seed, unit):
        states = normal(3, 10, 4, seed=seed)
        moved = unit * states @ rotation(4, seed + 1) + normal(4, seed=seed)
        assert participation_ratio(moved) == pytest.approx(participation_ratio(states))
        assert 1 <= participation_ratio(states) <= 4 + 1e-9


class TestReadout:
    def test_rows_are_potent_and_what_they_do_not_see_is_null(self):
        W_out = normal(2, 5)
        _, _, vh = torch.linalg.svd(W_out)
        vectors = torch.stack([W_out[0], W_out[0] - 3 * W_out[1], vh[2], vh[3] + vh[4], vh[0] + vh[4]])
        expected = torch.tensor([1, 1, 0, 0, 0.5], dtype=torch.float64)
        torch.testing.assert_close(potent_fraction(vectors, W_out), expected)

    def test_dependent_rows_count_once(self):
        W_out = normal(1, 5)
        vectors = normal(4, 5, seed=1)
        torch.testing.assert_close(
            potent_fraction(vectors, W_out), potent_fraction(vectors, W_out.repeat(3, 1))
        )

    def test_random_directions_are_seen_by_chance(self):
        assert potent_fraction(normal(20000, 64), normal(3, 64, seed=1)).mean() == pytest.approx(
            3 / 64, rel=0.02
        )

    def test_no_effect_has_no_direction(self):
        assert potent_fraction(torch.zeros(4), normal(2, 4).float()).isnan()


class TestSpectra:
    @given(seeds)
    def test_order_and_basis_do_not_count(self, seed):
        matrix = normal(6, 6, seed=seed)
        values = torch.linalg.eigvals(matrix)
        q = rotation(6, seed + 1)
        similar = torch.linalg.eigvals(q @ matrix @ q.T)
        assert spectral_distance(values, values[torch.randperm(6, generator=seeded(seed))]) < 1e-12
        assert spectral_distance(values, similar) < 1e-6

    @given(seeds, st.complex_numbers(max_magnitude=5, allow_subnormal=False))
    def test_a_shift_of_all_is_its_size(self, seed, shift):
        values = torch.linalg.eigvals(normal(3, 5, 5, seed=seed))
        distance = spectral_distance(values, values + shift)
        assert bool((distance <= abs(shift) + 1e-9).all())
        mean = (values.mean(-1) - (values + shift).mean(-1)).abs()  # bounds it from below
        torch.testing.assert_close(distance, mean, atol=1e-9, rtol=1e-9)

    @given(seeds)
    def test_real_spectra_are_paired_in_their_order(self, seed):
        a, b = normal(2, 7, seed=seed)
        expected = (a.sort().values - b.sort().values).abs().mean()
        torch.testing.assert_close(spectral_distance(a + 0j, b + 0j), expected)

    @given(seeds)
    def test_is_a_metric(self, seed):
        a, b, c = torch.complex(*normal(2, 3, 6, seed=seed))
        assert spectral_distance(a, b) == pytest.approx(spectral_distance(b, a).item())
        assert spectral_distance(a, c) <= spectral_distance(a, b) + spectral_distance(b, c) + 1e-12

    def test_nothing_to_compare_gives_nothing(self):
        assert spectral_distance(*torch.zeros(2, 0, 4, dtype=torch.complex128)).shape == (0,)
        with pytest.raises(ValueError, match=r"b\.shape"):
            spectral_distance(torch.zeros(3), torch.zeros(4))


class TestCrossing:
    positions = torch.linspace(0, 1, 5, dtype=torch.float64)

    def test_interpolates_and_takes_the_first(self):
        values = torch.tensor([0, 0.25, 0.75, 0, 1], dtype=torch.float64)
        assert crossing(self.positions, values) == pytest.approx(0.375)

    def test_a_step_lies_halfway(self):
        assert crossing(self.positions, (self.positions > 0.6).double()) == pytest.approx(0.625)

    @given(st.floats(0.01, 1))
    def test_of_a_line_is_exact(self, level):
        assert crossing(self.positions, self.positions, level) == pytest.approx(level)

    def test_of_a_curve_that_starts_above_or_stays_below(self):
        assert crossing(self.positions, torch.ones(5).double()) == 0
        assert np.isnan(crossing(self.positions, torch.zeros(5).double()))

    def test_needs_rising_positions(self):
        with pytest.raises(ValueError, match="positions"):
            crossing(self.positions.flip(0), self.positions)


def test_nearest_event_lies_on_either_side():
    events = torch.tensor([0.1, 0.7])
    assert nearest(0.2, events) == pytest.approx(0.1)
    assert nearest(0.65, events) == pytest.approx(0.05)
    assert math.isnan(nearest(0.5, events[:0]))
