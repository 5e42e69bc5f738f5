"""Silent neurons and recurrent noise: both engines, measures of them, the page's random numbers."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from node_replay import replay
from small_networks import D, dense_contexts, diverging, normal, small_input, small_network

from modpack import networks
from modpack.live.engine.generator import normals
from modpack.measures.lesions import activity, damaged, lesion_curve, most_active_first, noise_curve
from modpack.tasks import generate, performance

# ------------------------------------------------------------------------------------ in Dynamics


@pytest.mark.parametrize("form", ["excitability", "synaptic", "gate", "combined"])
def test_silent_neurons_stay_at_zero_and_do_not_act(form):
    network = small_network(form)
    contexts = torch.eye(2, D, dtype=torch.float64) if form == "gate" else dense_contexts()
    dynamics, given = network.under(contexts), small_input()
    start = given.state.clone()
    start[..., [0, 2]] = 0
    noise = given.noise
    states = dynamics.silenced([2, 0]).simulate(given.patterns, given.epoch_index, noise, start)
    assert (states[..., [0, 2]] == 0).all()
    rest = torch.tensor([1, 3])
    cut = replace(
        dynamics,
        W=dynamics.W[..., rest, :][..., rest],
        W_in=dynamics.W_in[rest],
        b=dynamics.b[..., rest],
        slope=dynamics.slope[..., rest],
        gate=None if dynamics.gate is None else dynamics.gate[..., rest],
        W_out=dynamics.W_out[..., rest],
    )
    smaller = cut.simulate(given.patterns, given.epoch_index, noise[..., rest], start[..., rest])
    torch.testing.assert_close(states[..., rest], smaller, rtol=0, atol=1e-13)


def test_silencing_keeps_the_dynamics_as_they_were():
    dynamics = small_network("gate").under(torch.eye(2, D, dtype=torch.float64))
    before = dynamics.gate.clone()
    both = dynamics.silenced([1]).silenced([3])
    torch.testing.assert_close(both.gate, dynamics.silenced([3, 1, 1]).gate)
    torch.testing.assert_close(dynamics.gate, before)
    torch.testing.assert_close(dynamics.silenced([]).gate, before)


@pytest.mark.parametrize("neurons", [[4], [-1], [0, 9]])
def test_silencing_unknown_neurons(neurons):
    with pytest.raises(ValueError, match=r"neurons=.* is not allowed"):
        small_network("bias").under(dense_contexts()).silenced(neurons)


# ----------------------------------------------------------------------------------- in measures


@pytest.fixture(scope="module")
def network():
    return networks.load("combined", 0).network.to(torch.float64)


@pytest.fixture(scope="module")
def trials(network):
    return generate(["fdgo", "fdanti", "dmsgo"], 6, network.preset, torch.Generator().manual_seed(4))


def test_an_undamaged_network_performs_as_ever(network, trials):
    outputs = network.outputs(trials)
    torch.testing.assert_close(damaged(network, trials), performance(outputs, trials))
    everything = damaged(network, trials, range(network.n_neurons))
    assert everything.max() < damaged(network, trials).min()


def test_neurons_are_ranked_by_their_mean_rate(network, trials):
    rates = activity(network, trials)
    assert rates.shape == (3, network.n_neurons)
    torch.testing.assert_close(rates[1], network.run(trials)[:, 1].flatten(0, 1).mean(0))
    ranked = rates.mean(0)[most_active_first(network, trials)]
    assert (ranked.diff() <= 0).all()


def test_curves_are_made_of_single_measurements(network, trials):
    order = most_active_first(network, trials)
    lesions = lesion_curve(network, trials, order, [0, 3])
    torch.testing.assert_close(lesions[0], damaged(network, trials))
    torch.testing.assert_close(lesions[1], damaged(network, trials, order[:3]))
    deviates = normal(trials.n_steps, 3, 6, network.n_neurons)
    noise = noise_curve(network, trials, [0, 2.0], deviates)
    torch.testing.assert_close(noise[0], lesions[0])
    torch.testing.assert_close(noise[1], damaged(network, trials, (), 2.0, deviates))
    assert noise[1].mean() < noise[0].mean()
    for count in (-1, network.n_neurons + 1):
        with pytest.raises(ValueError, match=f"counts={count}"):
            lesion_curve(network, trials, order, [count])


def test_a_network_that_diverged_has_neither_activity_nor_performance(network, trials):
    for measure in (activity, damaged):
        with pytest.raises(ValueError, match="diverged"):
            measure(diverging(network), trials)


def test_noise_is_that_of_the_dynamics(network, trials):
    deviates = normal(trials.n_steps, 3, 6, network.n_neurons)
    dynamics = network.under([task.name for task in trials.tasks])
    xi = 0.3 * (2 / dynamics.alpha) ** 0.5 * deviates
    outputs = dynamics.readout(dynamics.simulate(trials.patterns, trials.epoch_index, xi))
    torch.testing.assert_close(damaged(network, trials, (), 0.3, deviates), performance(outputs, trials))


@pytest.mark.parametrize(
    "keywords, argument",
    [({"silenced": [64]}, "neurons"), ({"sigma_rec": -0.1}, "sigma_rec"), ({"sigma_rec": 0.1}, "deviates")],
)
def test_damage_that_is_not_allowed(network, trials, keywords, argument):
    with pytest.raises(ValueError, match=argument):
        damaged(network, trials, **keywords)


# ---------------------------------------------------------------------------- the page's generator


@pytest.mark.parametrize("count", [1, 2, 7, 500])
def test_deviates_are_those_of_the_page(count):
    seeds = [0, 1, 2, 1279, 2**31 - 1]
    ours = normals(seeds, count)
    assert ours.shape == (count, len(seeds))
    for k, seed in enumerate(seeds):
        theirs = replay("replay.mjs", "random", seed=seed, count=count)["normal"]
        np.testing.assert_allclose(ours[:, k], theirs, rtol=0, atol=1e-13)


def test_deviates_are_standard_normal_and_independent():
    sample = normals(range(400), 400)
    assert abs(sample.mean()) < 0.01
    assert sample.std() == pytest.approx(1, abs=0.01)
    assert (sample**4).mean() == pytest.approx(3, abs=0.1)
    assert np.abs(np.corrcoef(sample) - np.eye(400)).max() < 0.3
    assert np.abs(np.corrcoef(sample.T) - np.eye(400)).max() < 0.3


@given(seeds=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=5), count=st.integers(0, 20))
def test_every_seed_has_its_own_deviates(seeds, count):
    together = normals(seeds, count)
    for k, seed in enumerate(seeds):
        np.testing.assert_array_equal(together[:, k], normals([seed], count)[:, 0])
