"""Eigenvalues, multipliers and names of flows: matrices whose answer is known."""

import math

import pytest
import torch
from hand_networks import hand_built, random_network, random_states, silence
from hypothesis import given
from hypothesis import strategies as st

from modpack.fixedpoints import Kind, find, kinds, spectra

F64 = torch.float64


def rotation(growth, frequency):
    """A linear network in the plane with the eigenvalues growth +- i frequency."""
    W = [[1 + growth, -frequency], [frequency, 1 + growth]]
    return hand_built(W, activation="identity")


def of(dynamics):
    return find(dynamics, silence(dynamics), random_states(4, dynamics.W.shape[-1], 0))


class TestPlanarRotation:
    @pytest.mark.parametrize(
        ("growth", "frequency", "kind"),
        [
            (-0.3, 2.0, "stable spiral"),
            (0.2, 1.0, "unstable spiral"),
            (0.0, 1.5, "centre"),
            (-0.3, 0.0, "stable node"),
        ],
    )
    def test_has_the_eigenvalues_it_was_made_of(self, growth, frequency, kind):
        found = of(rotation(growth, frequency))
        exact = torch.tensor(
            [[complex(growth, frequency), complex(growth, -frequency)]], dtype=torch.complex128
        )
        torch.testing.assert_close(found.eigenvalues, exact)
        torch.testing.assert_close(found.spectra.multipliers, 1 + 0.4 * exact)
        assert found.kind == [kind]

    def test_is_stable_in_time_and_not_in_steps(self):
        """The map grows where growth**2 + frequency**2 > -2 growth / alpha."""
        for frequency, steps in ((1.1, 0), (1.3, 2)):
            found = of(rotation(-0.3, frequency))
            assert found.n_unstable.tolist() == [0]
            assert found.n_unstable_map.tolist() == [steps]
            assert (0.3**2 + frequency**2 > 0.6 / 0.4) == (steps > 0)

    def test_time_constants_and_periods_are_in_ms(self):
        found = of(rotation(-0.25, 0.5))
        torch.testing.assert_close(found.time_constants, torch.full((1, 2), 400.0, dtype=F64))
        row = found.table()[0]
        assert row["slowest_ms"] == pytest.approx(400)
        assert row["period_ms"] == pytest.approx(2 * math.pi * 100 / 0.5)

    def test_what_grows_has_a_negative_time_constant(self):
        assert of(rotation(0.5, 0.0)).time_constants[0].tolist() == pytest.approx([-200, -200])

    def test_what_is_neutral_has_an_infinite_one(self):
        assert of(rotation(0.0, 1.5)).time_constants[0].tolist() == [math.inf, math.inf]


def by_hand(*values):
    return kinds(torch.tensor([values], dtype=torch.complex128)).item()


class TestKinds:
    @pytest.mark.parametrize(
        ("values", "kind"),
        [
            ((-1, -2), Kind.STABLE_NODE),
            ((1, 2), Kind.UNSTABLE_NODE),
            ((1, -2), Kind.SADDLE),
            ((-1, -2 + 1j, -2 - 1j), Kind.STABLE_NODE),  # what rotates fades first
            ((-3, -2 + 1j, -2 - 1j), Kind.STABLE_SPIRAL),
            ((1, -2 + 1j, -2 - 1j), Kind.SADDLE_FOCUS),
            ((1 + 1j, 1 - 1j, -2), Kind.SADDLE_FOCUS),
            ((1, -1, -2 + 1j, -2 - 1j), Kind.SADDLE),
            ((1 + 1j, 1 - 1j), Kind.UNSTABLE_SPIRAL),
            ((1j, -1j, -1), Kind.CENTRE),
            ((0, -1), Kind.DEGENERATE),
            ((0, 1j, -1j), Kind.DEGENERATE),
            ((0, 2, -1), Kind.DEGENERATE),
        ],
    )
    def test_by_eigenvalues(self, values, kind):
        assert by_hand(*values) == kind

    def test_have_names(self):
        assert [k.label for k in (Kind.STABLE_NODE, Kind.SADDLE_FOCUS, Kind.CENTRE)] == [
            "stable node",
            "saddle-focus",
            "centre",
        ]


class TestSpectra:
    @given(st.integers(0, 2**31 - 1))
    def test_solve_the_eigenvalue_equation_in_order(self, seed):
        jacobian = random_states(12, 6, seed).reshape(2, 6, 6)
        found = spectra(jacobian, 0.4)
        left = jacobian.to(torch.complex128) @ found.eigenvectors
        torch.testing.assert_close(left, found.eigenvectors * found.eigenvalues[:, None])
        assert (found.eigenvalues.real.diff(dim=-1) <= 0).all()
        torch.testing.assert_close(found.eigenvectors.norm(dim=1), torch.ones(2, 6, dtype=F64))

    def test_of_pairs_stay_together_the_positive_frequency_first(self):
        pairs = torch.block_diag(*(torch.tensor([[-1.0, k], [-k, -1.0]], dtype=F64) for k in (1, 3, 2)))
        frequency = spectra(pairs[None], 0.4).eigenvalues.imag[0]
        assert (frequency[0::2] > 0).all()
        assert torch.equal(frequency[0::2], -frequency[1::2])

    def test_of_a_network_are_those_of_its_flow_and_its_steps(self):
        """The derivatives of the field and of one step, by automatic differentiation."""
        dynamics = random_network(6, 1, "softplus", scale=0.8)
        found = of(dynamics)
        u = silence(dynamics)[None, None]
        for state, own in zip(found.states, range(len(found)), strict=True):
            for function, values in (
                (dynamics.field, found.eigenvalues[own]),
                (dynamics.step, found.spectra.multipliers[own]),
            ):
                exact = torch.autograd.functional.jacobian(
                    lambda x, f=function: f(x[None, None], u)[0, 0], state
                )
                apart = (values[:, None] - torch.linalg.eigvals(exact)).abs()
                assert apart.amin(-1).max() < 1e-10
                assert apart.amin(0).max() < 1e-10

    def test_margin_decides_what_is_neutral(self):
        jacobian = torch.diag(torch.tensor([1e-3, -1e-3, -1.0], dtype=F64))[None]
        strict, lenient = spectra(jacobian, 0.4, margin=0.0), spectra(jacobian, 0.4, margin=0.01)
        assert (strict.n_unstable.item(), strict.n_neutral.item(), strict.n_unstable_map.item()) == (1, 0, 1)
        assert (lenient.n_unstable.item(), lenient.n_neutral.item(), lenient.n_unstable_map.item()) == (
            0,
            2,
            0,
        )

    def test_of_no_points(self):
        none = spectra(torch.zeros(0, 3, 3, dtype=F64), 0.4)
        assert none.n_unstable.shape == none.kind.shape == (0,)
