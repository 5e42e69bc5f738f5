"""What a mechanism can do of the work of another: all of it where they are the same."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_networks import diverging, normal, small_network

from modpack import networks
from modpack.context import one_hot
from modpack.measures.imitation import IMITATIONS, Effect, Exchange, exchange, threshold_and_slope
from modpack.measures.visited import Visited, modulation_power
from modpack.modulation import form
from modpack.network import initial
from modpack.tasks import COMPACT, TASKS, YANG, generate

FEW = ("fdgo", "fdanti", "contextdm1")
EXCITABLE = ("bias", "gain", "excitability", "bias+gain")
MASKED = ("row", "release", "multiplicative", "synaptic")


def trials_of(network, n=20, seed=3):
    return generate(
        network.code.tasks, n, network.preset, torch.Generator().manual_seed(seed), dtype=torch.float64
    )


def generic(name, preset=COMPACT):
    """A small float64 network of compact tasks whose trained tensors are all generic."""
    code = one_hot(FEW)
    network = initial(form(name, 3), code, preset, 8, torch.Generator().manual_seed(1)).to(torch.float64)
    moved = {
        k: network.tensors[k] + normal(*network.tensors[k].shape, seed=10 + i, scale=0.2)
        for i, k in enumerate(network.trained)
    }
    return replace(network, tensors=network.tensors | moved)


def fitted(network, trials):
    """Visited states, and dynamics without contexts, with their own, and with each imitation."""
    own, neutral = network.under(network.code.tasks), network.under(network.modulation.neutral())
    visited = Visited.of(network, trials)
    effect = Effect.of(visited, own, neutral)
    return visited, neutral, own, {name: imitate(effect, neutral) for name, imitate in IMITATIONS.items()}


class TestExact:
    @pytest.mark.parametrize(
        ("name", "imitation"),
        [(name, "threshold and slope") for name in EXCITABLE] + [(name, "mask") for name in MASKED],
    )
    def test_the_same_mechanism_imitates_itself(self, name, imitation):
        network = generic(name)
        trials = trials_of(network)
        _, neutral, own, imitated = fitted(network, trials)
        fresh = trials_of(network, seed=4)
        states = [x.simulate(fresh.patterns, fresh.epoch_index) for x in (own, imitated[imitation], neutral)]
        torch.testing.assert_close(states[1], states[0], atol=1e-5, rtol=1e-5)
        assert (states[2] - states[0]).abs().max() > 0.1

    def test_slopes_and_thresholds_are_found(self):
        network = generic("excitability")
        _, neutral, own, imitated = fitted(network, trials_of(network))
        found = imitated["threshold and slope"]
        torch.testing.assert_close(found.W[:, :, 0] / neutral.W[:, :, 0], own.slope)
        torch.testing.assert_close(found.b, own.slope * own.b)

    @pytest.mark.parametrize(
        ("name", "imitation"), [("excitability", "threshold and slope"), ("synaptic", "mask")]
    )
    def test_trained_networks_lose_nothing_to_their_own_mechanism(self, name, imitation):
        found = exchange(networks.load(name, 1).network, FEW, n_trials=80)
        assert found[imitation].rate == 1
        assert found[imitation].explained.min() > 1 - 1e-6
        (other,) = (x for key, x in found.items() if key != imitation)
        assert other.rate < 1 and other.explained.max() < 0.99
        assert torch.equal(other.own, found[imitation].own) and torch.equal(
            other.floor, found[imitation].floor
        )


class TestFits:
    def test_a_line_is_that_of_least_squares_with_a_slope_that_is_not_negative(self):
        n, samples = 3, 40
        before, noise = normal(1, samples, n, seed=1), normal(1, samples, n, seed=2)
        after = torch.tensor([2.0, 0.5, -1.0]) * before + torch.tensor([1.0, 0.0, 0.3]) + 0.1 * noise
        neutral = small_network("none", n).under(next(iter(TASKS)))
        effect = Effect(torch.zeros_like(before), before, after - before, torch.ones(1, samples).double())
        found = threshold_and_slope(effect, neutral)
        for i in range(n):
            slope, offset = np.polyfit(before[0, :, i].numpy(), after[0, :, i].numpy(), 1)
            if slope < 0:
                slope, offset = 0, after[0, :, i].mean().item()
            torch.testing.assert_close(found.W[0, i], slope * neutral.W[0, i])
            assert found.b[0, i].item() == pytest.approx(slope * neutral.b[0, i].item() + offset)
        assert found.W[0, 2].abs().max() == 0

    @pytest.mark.parametrize("imitate", IMITATIONS.values(), ids=IMITATIONS)
    def test_where_nothing_changes_the_network_stays_as_it_is(self, imitate):
        network = generic("none")
        visited, neutral, own, _ = fitted(network, trials_of(network))
        found = imitate(Effect.of(visited, own, neutral), neutral)
        torch.testing.assert_close(found.W, neutral.W.expand_as(found.W))
        torch.testing.assert_close(found.b, neutral.b.expand_as(found.b))

    def test_no_mask_nearby_is_better(self):
        network = generic("excitability")
        visited, neutral, own, imitated = fitted(network, trials_of(network))
        wanted, counts = visited.total_input(own), visited.counts.unsqueeze(-1)

        def missed(W):
            given = visited.total_input(replace(imitated["mask"], W=W))
            return ((given - wanted) * counts).square().sum((0, 2, 3))

        best = missed(imitated["mask"].W)
        assert bool((best < missed(neutral.W)).all())
        factor = imitated["mask"].W / neutral.W - 1
        assert bool((torch.linalg.matrix_rank(factor, rtol=1e-6) == 1).all())
        for seed in range(5):
            left, right = (1 + normal(3, 8, seed=seed + k, scale=0.01) for k in (0, 20))
            nearby = neutral.W * (1 + left.unsqueeze(-1) * factor * right.unsqueeze(-2))
            assert bool((missed(nearby) > best).all())

    def test_time_after_a_trial_does_not_count(self):
        long = replace(YANG, name="long", readout="vector")
        network = generic("excitability", long)
        trials = trials_of(network, 4)
        assert len(trials.end.unique()) > 1
        _, neutral, own, _ = fitted(network, trials)
        visited = Visited.of(network, trials)
        broken = visited.states.masked_fill(~visited.counts.unsqueeze(-1), 1e6)
        one, other = (Effect.of(x, own, neutral) for x in (visited, replace(visited, states=broken)))
        for imitate in IMITATIONS.values():
            torch.testing.assert_close(imitate(one, neutral).W, imitate(other, neutral).W)


class TestRate:
    def test_is_what_is_left_of_what_contexts_gain(self):
        own, floor = torch.tensor([1.0, 0.8]), torch.tensor([0.2, 0.6])
        explained = torch.tensor([0.5, torch.nan])
        rates = [Exchange(own, floor, x, explained).rate for x in (own, floor, (own + floor) / 2)]
        assert rates == pytest.approx([1, 0, 0.5])

    def test_is_not_defined_without_a_gain_or_an_effect(self):
        some, nothing = torch.tensor([0.5]), torch.tensor([torch.nan])
        assert np.isnan(Exchange(some, some, some, some).rate)
        assert np.isnan(Exchange(some + 0.2, some, some, nothing).rate)

    @pytest.mark.parametrize("name", ["none", "gate", "readout", "split"])
    def test_what_leaves_the_total_input_alone_has_none(self, name):
        found = exchange(generic(name), n_trials=4)
        assert all(np.isnan(x.rate) and bool(x.explained.isnan().all()) for x in found.values())

    def test_is_the_same_every_time_and_depends_on_no_global_seed(self):
        network = generic("combined")
        torch.manual_seed(0)
        one = exchange(network, n_trials=10)
        torch.manual_seed(1)
        other = exchange(network, n_trials=10)
        assert all(torch.equal(one[key].explained, other[key].explained) for key in IMITATIONS)

    def test_an_imitation_that_diverges_is_worth_nothing(self, monkeypatch):
        def explosion(effect, neutral):
            return replace(neutral, W=1e30 * neutral.W.abs())

        monkeypatch.setitem(IMITATIONS, "mask", explosion)
        found = exchange(networks.load("bias", 0).network, FEW, n_trials=4)["mask"]
        assert found.imitated.tolist() == [0.0] * len(FEW)
        assert found.rate == pytest.approx(
            -found.floor.mean().item() / (found.own - found.floor).mean().item()
        )

    def test_without_an_effect_the_mask_is_none(self):
        network = generic("none")
        found = exchange(network, n_trials=4)
        assert all(each.imitated.equal(each.own) and math.isnan(each.rate) for each in found.values())

    def test_refuses_what_it_cannot_measure(self):
        network = networks.load("bias", 0).network
        with pytest.raises(ValueError, match="n_trials=3"):
            exchange(network, FEW, n_trials=3)
        with pytest.raises(ValueError, match="did you mean 'fdgo'"):
            exchange(network, ("fdg",))
        with pytest.raises(ValueError, match="diverged"):
            exchange(diverging(network), FEW, n_trials=4)
        with pytest.raises(ValueError, match="ensemble"):
            exchange(replace(network, tensors={k: torch.stack([x, x]) for k, x in network.tensors.items()}))


class TestPower:
    def test_of_thresholds_is_their_size(self):
        network = generic("bias")
        found = modulation_power(network, trials_of(network))
        size = network.tensors["B"].square().mean().sqrt().item()
        assert found == {"all": pytest.approx(size), "excitability": pytest.approx(size)}

    def test_each_pathway_is_told_alone(self):
        network = generic("bias+row")
        found = modulation_power(network, trials_of(network))
        assert list(found) == ["all", "excitability", "synaptic"]
        assert found["excitability"] == pytest.approx(network.tensors["B"].square().mean().sqrt().item())
        deaf = replace(network, tensors=network.tensors | {"B": torch.zeros_like(network.tensors["B"])})
        alone = modulation_power(deaf, trials_of(network))
        assert alone["all"] == pytest.approx(alone["synaptic"]) != pytest.approx(0, abs=0.1)
        assert alone["excitability"] == pytest.approx(0, abs=1e-12)

    def test_one_pathway_of_several_parts_is_one(self):
        network = generic("bias+gain")
        found = modulation_power(network, trials_of(network))
        assert list(found) == ["all", "excitability"] and found["all"] == found["excitability"]

    @pytest.mark.parametrize("name", ["none", "gate", "readout"])
    def test_without_a_change_of_the_total_input_there_is_none(self, name):
        network = generic(name)
        assert max(modulation_power(network, trials_of(network)).values()) < 1e-12
