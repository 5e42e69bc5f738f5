"""Gating by inputs and by selection: networks built to do one or the other, and exact derivatives."""

from dataclasses import replace

import pytest
import torch
from small_networks import ALL_FORMS, diverging, normal, seeded

from modpack import networks
from modpack.context import one_hot
from modpack.measures.gating import evidence, gating, gating_of, vectors
from modpack.measures.pairs import probe_trials
from modpack.modulation import form
from modpack.network import initial
from modpack.tasks import COMPACT, YANG, TrialSettings, generate, get
from modpack.tasks.readout import READOUTS, preferred_angles

PAIR = ("contextdm1", "contextdm2")
DELAYED = ("contextdelaydm1", "contextdelaydm2")
CODE = one_hot(PAIR)


def by_hand(name, activation="identity", W=None, b=0.0, **tensors):
    """Neurons 0-1 read the population vector of ring 1, 2-3 that of ring 2, 4-5 add up both and answer."""
    units = preferred_angles(16, torch.zeros(0, dtype=torch.float64))
    reads = torch.stack([units.cos(), units.sin()]) / 4
    network = initial(form(name, 2), CODE, COMPACT, 6, seeded(), activation).to(torch.float64)
    W_in = torch.zeros(6, 33, dtype=torch.float64)
    W_in[0:2, 1:17], W_in[2:4, 17:33] = reads, reads
    through = torch.zeros(6, 6, dtype=torch.float64)
    through[4:, 0:2] = through[4:, 2:4] = torch.eye(2)
    through[4:, 4:] = 0.6 * torch.eye(2)
    W_out = torch.zeros(3, 6, dtype=torch.float64)
    W_out[1:, 4:] = torch.eye(2)
    own = {"W": through if W is None else W, "W_in": W_in, "W_out": W_out}
    own |= {"b": torch.zeros(6, dtype=torch.float64) + b, "b_out": torch.zeros(3, dtype=torch.float64)}
    own |= {k: torch.as_tensor(x, dtype=torch.float64) for k, x in tensors.items()}
    return replace(network, tensors=network.tensors | own)


def per_ring(first, second):
    """A number for every neuron and context: of the first ring's, the second's, and of those that answer."""
    return [[first, second]] * 2 + [[second, first]] * 2 + [[0.0, 0.0]] * 2


def generic(name, preset=COMPACT, tasks=PAIR):
    """A small float64 network of which no trained tensor is zero or the identity."""
    network = initial(form(name, 2), one_hot(tasks), preset, 6, seeded()).to(torch.float64)
    moved = {
        k: network.tensors[k] + normal(*network.tensors[k].shape, seed=10 + i, scale=0.3)
        for i, k in enumerate(network.trained)
    }
    return replace(network, tensors=network.tensors | moved)


def answers(dynamics, trials, change=0.0):
    """The response at the end of each trial, along the way from stimulus 2 to stimulus 1."""
    patterns = trials.patterns + change
    states = dynamics.simulate(patterns, trials.epoch_index.expand(-1, *patterns.shape[1:3]))
    last = (trials.end - 1)[None, :, :, None].expand(1, *states.shape[1:])
    outputs = dynamics.readout(states.gather(0, last)[0])
    angle = trials.conditions.angle[0]
    way = torch.stack([angle.cos(), angle.sin()], -1).diff(dim=1)[:, 0].neg()
    response = READOUTS[trials.preset.readout].vector(outputs[..., 1:])
    return (response * way / way.norm(dim=-1, keepdim=True)).sum(-1)


def stronger(trials, ring, by):
    """Patterns with more evidence for stimulus 1 in one ring, less those without."""
    change = torch.zeros_like(trials.patterns)
    for k in range(trials.n_trials):
        settings = TrialSettings(*trials.conditions.angle[0, k].rad2deg().tolist())
        more = torch.zeros(2, 2, dtype=torch.float64)
        more[:, ring] = torch.tensor([0.1, -0.1], dtype=torch.float64)
        with_less, with_more = (
            settings.trial(trials.tasks[0].name, trials.preset, trials.conditions.strength[0, k] + x).patterns
            for x in (-more, more)
        )
        change[..., k, :] = by / 0.2 * (with_more - with_less)[..., 0, :]
    return change


class TestBuilt:
    closed = torch.log(torch.tensor(0.2)).item()

    def test_slopes_of_what_reads_the_rings_gate_the_input(self):
        found = gating(by_hand("gain", G=per_ring(0.0, self.closed)), *PAIR)
        assert found.share == found.share_alone == pytest.approx(1, abs=1e-12)
        assert found.share_of_size == pytest.approx(1, abs=1e-12)
        torch.testing.assert_close(found.sensitivity[0, 1], 0.2 * found.sensitivity[0, 0])

    def test_thresholds_of_what_reads_the_rings_gate_the_input(self):
        # shut at a threshold of 40, phi' = exp(-40 + input); open where softplus is the identity
        network = by_hand("bias", "softplus", b=60.0, B=per_ring(0.0, -100.0))
        found = gating(network, *PAIR)
        assert found.share == pytest.approx(1, abs=1e-6)
        assert found.share_alone == pytest.approx(1, abs=1e-6)
        assert found.sensitivity[0, 1].abs().max() < 1e-6 * found.sensitivity[0, 0].abs().min()

    @pytest.mark.parametrize(
        ("name", "tensors"),
        [
            ("release", {"S": per_ring(0.0, -0.8)}),
            ("synaptic", {"m": torch.ones(2, 6), "n": torch.tensor(per_ring(0.0, -0.8)).T}),
            ("readout", {}),
        ],
    )
    def test_synapses_onto_what_answers_select(self, name, tensors):
        found = gating(by_hand(name, **tensors), *PAIR)
        assert found.share == found.share_alone == found.share_of_size == 0
        assert bool((found.change != 0).all()) and bool((found.by_input == 0).all())

    def test_both_at_once_share_as_the_product_rule_says(self):
        network = by_hand("gain+release", G=per_ring(0.0, self.closed), S=per_ring(0.0, -0.5))
        share = 0.75 * 0.8 / (1 - 0.2 * 0.5)  # mean selection times change of the input, of the whole change
        assert gating(network, *PAIR).share == pytest.approx(share)

    def test_what_saturates_behind_a_gate_in_both_contexts_is_no_selection(self):
        # tanh in what answers alone: less is left of lambda where more has come in
        network = by_hand("gain", "tanh", G=per_ring(0.0, -60.0))
        weak = replace(network, tensors=network.tensors | {"W_in": network.tensors["W_in"] / 1e4})
        strong = weak.tensors["W"].clone()
        strong[4:, :4] *= 1e4
        found = gating(replace(weak, tensors=weak.tensors | {"W": strong}), *PAIR)
        assert found.by_selection.abs().max() > 1e-3
        mirrored = found.share  # every trial has its mirror image in the other ring
        assert mirrored == pytest.approx(1, abs=0.02)

    def test_without_modulation_there_is_nothing_to_share(self):
        found = gating(by_hand("none"), *PAIR)
        assert found.share != found.share and bool((found.change == 0).all())

    def test_who_comes_first_does_not_matter(self):
        network = generic("combined")
        one, other = gating(network, *PAIR, 30), gating(network, *PAIR[::-1], 30)
        assert one.change.shape == other.change.shape == (2, 30)
        swapped = gating_of(vectors(network.under(PAIR[::-1]), probe_trials(*PAIR, COMPACT, 30, 0)))
        torch.testing.assert_close(swapped.change, -one.change)
        assert swapped.share == pytest.approx(one.share)


class TestFirstOrder:
    @pytest.mark.parametrize("name", ALL_FORMS)
    def test_is_the_gradient_of_the_answers(self, name):
        network = generic(name)
        trials = probe_trials(*PAIR, COMPACT, 5, 1)
        dynamics = network.under(list(PAIR))
        found = vectors(dynamics, trials)
        amount = torch.zeros(2, 2, 5, dtype=torch.float64, requires_grad=True)
        for ring in (0, 1):
            change = stronger(trials, ring, 1.0)
            both = change * amount[ring, :, :, None]
            (expected,) = torch.autograd.grad(answers(dynamics, trials, both).sum(), amount)
            torch.testing.assert_close(found.sensitivity[ring], expected[ring], atol=1e-10, rtol=1e-8)

    @pytest.mark.parametrize("preset", [COMPACT, YANG], ids=lambda preset: preset.name)
    @pytest.mark.parametrize("tasks", [PAIR, DELAYED], ids=lambda tasks: tasks[0])
    def test_is_what_a_little_more_evidence_does(self, tasks, preset):
        network = generic("excitability", preset, tasks)
        trials = probe_trials(*tasks, preset, 4, 2)
        dynamics = network.under(list(tasks))
        found, step = vectors(dynamics, trials).sensitivity, 1e-5
        for ring in (0, 1):
            up, down = (answers(dynamics, trials, stronger(trials, ring, x)) for x in (step, -step))
            torch.testing.assert_close((up - down) / (2 * step), found[ring], atol=1e-8, rtol=1e-4)

    def test_trials_may_end_at_different_times(self):
        trials = generate([DELAYED[0]], 12, YANG, seeded(), dtype=torch.float64)
        assert len(trials.end.unique()) > 1
        dynamics = generic("synaptic", YANG, DELAYED).under(list(DELAYED))
        found = vectors(dynamics, trials)
        for k in (0, 5):
            alone = vectors(dynamics, trials.select(torch.tensor([k])))
            torch.testing.assert_close(found.sensitivity[..., k], alone.sensitivity[..., 0])
            assert bool((found.selection[int(trials.end[0, k]) :, :, k] == 0).all())

    @pytest.mark.parametrize("name", ALL_FORMS)
    def test_the_parts_sum_to_the_change(self, name):
        found = gating(generic(name), *PAIR, 6)
        torch.testing.assert_close(found.by_input + found.by_selection, found.change)
        assert 0 <= found.share_of_size <= 1 or not bool(found.change.any())

    def test_at_its_own_trajectory_the_input_vector_is_the_same(self):
        found = vectors(generic("combined").under(list(PAIR)), probe_trials(*PAIR, COMPACT, 3, 0))
        own = found.inputs_at.diagonal(dim1=2, dim2=3).movedim(-1, 2)
        torch.testing.assert_close(own, found.inputs)


def test_units_that_change_nothing_about_inputs_at_the_same_state():
    # the mask leaves W_in and slopes alone, and an identity has no phi' that the state could change
    network = replace(generic("synaptic"), activation="identity")
    small = replace(network, tensors=network.tensors | {"W": 0.1 * network.tensors["W"]})
    assert gating(small, *PAIR, 8).share == 0


class TestTrained:
    @pytest.mark.parametrize("tasks", [PAIR, DELAYED], ids=lambda tasks: tasks[0])
    def test_networks_let_the_ring_through_that_the_context_names(self, tasks):
        found = gating(networks.load("combined", 0).network, *tasks, 60)
        assert found.sensitivity.dtype == torch.float64
        preference = found.change[0] - found.change[1]
        assert (preference > 0).double().mean() > 0.7

    def test_refuses_what_it_cannot_measure(self):
        network = networks.load("bias", 0).network
        with pytest.raises(ValueError, match="both stimuli in both rings"):
            gating(network, "fdgo", "fdanti")
        with pytest.raises(ValueError, match="ensemble"):
            both = {k: torch.stack([x, x]) for k, x in network.tensors.items()}
            gating(replace(network, tensors=both), *PAIR)
        with pytest.raises(ValueError, match="diverged"):
            gating(diverging(network), *PAIR)
        with pytest.raises(ValueError, match="two contexts"):
            gating_of(vectors(network.to(torch.float64).under(PAIR[0]), probe_trials(*PAIR, COMPACT, 2, 0)))
        with pytest.raises(ValueError, match="one task"):
            evidence(generate(list(PAIR), 2, COMPACT, seeded()))


def test_evidence_is_for_the_one_and_against_the_other_stimulus():
    trials = probe_trials(*DELAYED, COMPACT, 3, 0)
    assert get(DELAYED[0]).stimuli.sequential
    found = evidence(trials)
    for ring in (0, 1):
        change = replace(trials, patterns=stronger(trials, ring, 1.0)).dense_inputs()[:, 0]
        torch.testing.assert_close(found[:, ring], change)
