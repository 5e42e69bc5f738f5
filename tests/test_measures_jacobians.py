"""What contexts change at the same state: which forms turn rows, and which only stretch them, by theorem."""

import math
from dataclasses import replace

import pytest
import torch
from small_networks import dense_contexts, diverging, normal, small_network, with_tensors

from modpack import networks
from modpack.measures.jacobians import at_same_states, constant_share, row_angles, slow_distance

STRETCH = (
    "bias",
    "gain",
    "excitability",
    "row",
    "gain-recurrent",
    "bias+gain",
    "bias+row",
    "gain+row",
    "none",
)
TURN = ("release", "synaptic", "scaling", "additive", "full", "combined", "synaptic-all", "row+release")


def jacobians(network, n_states=7):
    """Jacobians under two contexts at the same states and inputs."""
    states, inputs = normal(1, n_states, network.n_neurons, seed=1), normal(1, n_states, 2, seed=2)
    contexts = dense_contexts()
    return [network.under(c).jacobian(states, inputs)[0] for c in contexts]


@pytest.mark.parametrize("name", STRETCH)
def test_thresholds_slopes_and_factors_of_rows_turn_no_row(name):
    network = small_network(name, 6)
    a, b = jacobians(network)
    assert row_angles(a, b).max() < 1e-12
    if name != "none":
        assert (a - b).abs().max() > 1e-3


@pytest.mark.parametrize("name", TURN)
def test_masks_turn_rows_by_what_they_do_to_W(name):
    network = small_network(name, 6)
    a, b = jacobians(network)
    one, other = (network.under(c).W[0] for c in dense_contexts())
    cosine = torch.cosine_similarity(one, other, dim=-1)
    found = row_angles(a, b)
    torch.testing.assert_close(found, torch.acos(cosine).expand_as(found), atol=1e-6, rtol=1e-6)
    assert found.max() > 0.01  # at every state the same, as the state is in the lengths alone


def test_angles_of_rows_by_hand():
    eye = torch.eye(2, dtype=torch.float64)
    for angle in (1e-9, 0.3, math.pi / 2, math.pi):
        turned = torch.tensor([[math.cos(angle), math.sin(angle)], [0.0, 2.0]], dtype=torch.float64)
        found = row_angles(eye - eye, 3 * turned - eye)
        assert found.tolist() == pytest.approx([angle, 0], rel=1e-6, abs=1e-15)
    assert row_angles(eye - eye, -eye).isnan().all()  # silent neurons have no row


class TestSlowModes:
    @staticmethod
    def with_modes(*values, seed=0):
        """A matrix of given eigenvalues, those with an imaginary part together with their conjugates."""
        n = sum(1 + (isinstance(x, complex)) for x in values)
        blocks = torch.zeros(n, n, dtype=torch.float64)
        at = 0
        for x in values:
            if isinstance(x, complex):
                blocks[at : at + 2, at : at + 2] = torch.tensor(
                    [[x.real, x.imag], [-x.imag, x.real]], dtype=blocks.dtype
                )
            else:
                blocks[at, at] = x
            at += 2 if isinstance(x, complex) else 1
        basis = normal(n, n, seed=seed)
        return basis @ blocks @ torch.linalg.inv(basis)

    def test_only_the_slowest_count_and_a_pair_is_one(self):
        a = self.with_modes(-0.1, -0.2 + 0.5j, -0.3, -0.9, -1.0)
        b = self.with_modes(-0.2, -0.2 + 0.9j, -0.3, -5.0, -6.0, seed=1)
        assert slow_distance(a, b).item() == pytest.approx((0.1 + 0.4 + 0) / 3)
        assert slow_distance(a, b, 1).item() == pytest.approx(0.1)
        assert slow_distance(torch.stack([a, b]), torch.stack([b, b])).tolist() == pytest.approx(
            [0.5 / 3, 0], abs=1e-9
        )

    def test_refuses_more_modes_than_there_are(self):
        a = self.with_modes(-0.2 + 0.5j, -0.3)
        with pytest.raises(ValueError, match=r"n_modes=3.*1 \.\.\. 2"):
            slow_distance(a, a)
        with pytest.raises(ValueError, match="a, b"):
            slow_distance(a / 0, a)


class TestConstantShare:
    states, inputs = normal(30, 6, seed=3), normal(30, 2, seed=4)

    def share(self, name, activation, n=6, **tensors):
        network = with_tensors(small_network(name, n, activation=activation), **tensors)
        a, b = (network.under(c) for c in dense_contexts())
        mirrored = torch.cat([self.states, -self.states]), torch.cat([self.inputs, -self.inputs])
        return constant_share(a, b, *mirrored)

    def test_thresholds_of_linear_neurons_translate(self):
        assert self.share("bias", "identity") == pytest.approx(1)

    @pytest.mark.parametrize("name", ["gain", "row", "synaptic"])
    def test_what_scales_an_odd_field_translates_nothing(self, name):
        assert self.share(name, "tanh", b=torch.zeros(6, dtype=torch.float64)) == pytest.approx(0, abs=1e-12)

    def test_by_hand_and_between_zero_and_one(self):
        network = small_network("excitability", 6)
        a, b = (network.under(c) for c in dense_contexts())
        one, other = (x.phi.value(x.total_input(self.states[None], self.inputs[None]))[0] for x in (a, b))
        change = other - one
        mean = change.mean(0)
        expected = (mean @ mean / (change * change).sum(1).mean()).item()
        found = constant_share(a, b, self.states, self.inputs)
        assert found == pytest.approx(expected) and 0 < found < 1
        assert math.isnan(constant_share(a, a, self.states, self.inputs))


class TestNetworks:
    PAIR = ("delaygo", "delayanti")

    def test_excitability_turns_no_row_and_synapses_do(self):
        excitable, masked = (
            at_same_states(networks.load(name, 0).network, *self.PAIR, n_trials=4, n_states=10)
            for name in ("excitability", "synaptic")
        )
        assert excitable.row_angle < 1e-12 and masked.row_angle > 0.05
        assert excitable.slow_change > 0.01 and 0 < excitable.constant_share < 1

    def test_a_network_that_no_context_reaches_changes_nothing(self):
        found = at_same_states(networks.load("none", 0).network, *self.PAIR, n_trials=4, n_states=10)
        assert found.row_angle == found.slow_change == 0 and math.isnan(found.constant_share)

    def test_refuses_what_it_cannot_measure(self):
        network = networks.load("bias", 0).network
        with pytest.raises(ValueError, match="diverged"):
            at_same_states(diverging(network), *self.PAIR)
        with pytest.raises(ValueError, match="n_states=0"):
            at_same_states(network, *self.PAIR, n_states=0)
        with pytest.raises(ValueError, match="ensemble"):
            at_same_states(
                replace(network, tensors={k: torch.stack([x, x]) for k, x in network.tensors.items()}),
                *self.PAIR,
            )
