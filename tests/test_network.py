"""ModulatedNetwork: compilation under contexts, running trials, and ensembles."""

import math
from dataclasses import replace

import pytest
import torch
from small_networks import (
    ALL_FORMS,
    D,
    dense_contexts,
    leaves_of,
    seeded,
    small_input,
    small_network,
    with_tensors,
)

from modpack.activations import ACTIVATIONS
from modpack.context import noise, one_hot, orthogonal
from modpack.ensemble import ensemble
from modpack.modulation import PathwayContexts, form
from modpack.network import ModulatedNetwork, initial
from modpack.tasks import COMPACT, TASKS, YANG, generate

NAMES = tuple(TASKS)[:D]
EVERY_FORM = pytest.mark.parametrize("name", ALL_FORMS)


def compact_network(name: str = "combined", n: int = 6, seed: int = 0) -> ModulatedNetwork:
    return initial(form(name, D), one_hot(NAMES), COMPACT, n, seeded(seed)).to(torch.float64)


def some_trials(n_trials: int = 3, names=NAMES):
    return generate(names, n_trials, COMPACT, seeded(), dtype=torch.float64)


def members(name: str, size: int = 2) -> list[ModulatedNetwork]:
    return [small_network(name, seed=100 * k) for k in range(size)]


# --- initial values


def test_initial_values():
    n = 400
    network = initial(form("bias", D), one_hot(NAMES), COMPACT, n, seeded())
    t = network.tensors
    off = t["W"] - 0.5 * torch.eye(n)
    assert off.std().item() == pytest.approx(0.1 / n**0.5, rel=0.02)
    assert t["W_in"].shape == (n, COMPACT.n_inputs) and t["W_out"].shape == (COMPACT.n_outputs, n)
    assert t["W_in"].std().item() == pytest.approx(COMPACT.n_inputs**-0.5, rel=0.03)
    assert t["W_out"].std().item() == pytest.approx(n**-0.5, rel=0.08)
    assert not t["b"].any() and not t["b_out"].any()
    assert network.n_neurons == n and not network.is_ensemble


@EVERY_FORM
def test_the_generator_decides_the_initial_network(name):
    one, same, other = (compact_network(name, seed=seed).tensors for seed in (0, 0, 1))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one["W_in"], other["W_in"])


def test_a_low_rank_recurrence_takes_the_place_of_W():
    tensors = compact_network("components").tensors
    assert "W" not in tensors and {"U", "V", "s0", "K"} <= set(tensors)


def test_fixed_tensors_are_not_trained():
    assert set(compact_network("gate").trained) == {"W", "W_in", "b", "W_out", "b_out"}
    assert "P" not in compact_network("combined-matched").trained


def test_bad_arguments_are_named():
    make = {"modulation": form("bias", D), "code": one_hot(NAMES), "preset": COMPACT}
    with pytest.raises(ValueError, match="n_neurons=0"):
        initial(**make, n_neurons=0, generator=seeded())
    with pytest.raises(ValueError, match=r"activation='sofplus' .* did you mean 'softplus'"):
        initial(**make, n_neurons=3, generator=seeded(), activation="sofplus")


# --- contexts


def test_names_stand_for_the_contexts_of_the_code():
    network = compact_network()
    codes = one_hot(NAMES).vectors.double()
    by_name, by_vector = network.under(list(NAMES)), network.under(codes)
    for field in ("W", "b", "slope"):
        assert torch.equal(getattr(by_name, field), getattr(by_vector, field))
        for k, name in enumerate(NAMES):
            alone = [network.under(context) for context in (name, codes[k], codes[k : k + 1])]
            for dynamics in alone:
                torch.testing.assert_close(getattr(dynamics, field)[0], getattr(by_name, field)[k])


def test_contexts_may_have_any_floating_type():
    network = compact_network()
    assert network.under(one_hot(NAMES).vectors.half()).W.dtype == torch.float64


@pytest.mark.parametrize(
    ("contexts", "message"),
    [
        ("fdgoo", "task='fdgoo' is not known; did you mean 'fdgo'"),
        (["fdgo", "dm7"], "task='dm7' is not known"),
        (torch.zeros(2), r"contexts=\(1, 2\)"),
        (torch.zeros(2, D + 1), r"contexts=\(2, 4\)"),
        (torch.zeros(1, 2, D), r"contexts=\(1, 2, 3\)"),
    ],
)
def test_impossible_contexts_are_named(contexts, message):
    with pytest.raises(ValueError, match=message):
        compact_network().under(contexts)


def test_the_dynamics_carry_the_preset():
    dynamics = small_network("bias").under("fdgo")
    assert (dynamics.dt, dynamics.tau, dynamics.sigma_rec) == (COMPACT.dt, COMPACT.tau, COMPACT.sigma_rec)
    assert dynamics.output == COMPACT.output == "linear"
    ring = initial(form("bias", D), one_hot(NAMES), YANG, 4, seeded())
    assert ring.under("fdgo").output == "sigmoid"


# --- running trials


def test_trials_run_under_the_contexts_of_their_tasks():
    network, names = compact_network(), (NAMES[2], NAMES[0])
    trials = some_trials(names=names)
    states = network.run(trials)
    assert states.shape == (trials.n_steps, 2, 3, 6)
    by_hand = network.under(list(names)).simulate(trials.patterns, trials.epoch_index)
    assert torch.equal(states, by_hand)
    outputs = network.under("fdgo").readout(by_hand)
    assert torch.equal(network.readout(states), outputs) and torch.equal(network.outputs(trials), outputs)


def test_one_context_serves_all_tasks():
    network, trials = compact_network(), some_trials()
    states = network.run(trials, NAMES[1])
    torch.testing.assert_close(states, network.run(trials, [NAMES[1]] * D))
    torch.testing.assert_close(states[:, 1], network.run(trials)[:, 1])


@pytest.mark.parametrize("name", ["bias", "synaptic", "none"])
def test_one_task_may_run_under_several_contexts(name):
    network, trials = compact_network(name), some_trials(names=NAMES[:1])
    contexts = dense_contexts(4)
    states = network.run(trials, contexts)
    assert states.shape == (trials.n_steps, 4, 3, 6)
    for k in range(4):
        torch.testing.assert_close(states[:, k : k + 1], network.run(trials, contexts[k]))
    assert network.run(trials, contexts, generator=seeded()).shape == states.shape


def test_noise_comes_from_the_generator():
    network, trials = compact_network(), some_trials()
    quiet, noisy = network.run(trials), network.run(trials, generator=seeded(1))
    assert torch.equal(noisy, network.run(trials, generator=seeded(1)))
    assert not torch.equal(noisy, quiet) and not torch.equal(noisy, network.run(trials, generator=seeded(2)))
    silent = replace(network, preset=replace(COMPACT, sigma_rec=0.0))
    assert torch.equal(silent.run(trials, generator=seeded(1)), quiet)


def test_states_carry_on_from_trial_to_trial():
    network, trials = compact_network(), some_trials()
    first = network.run(trials)
    second = network.run(trials, state=first[-1])
    dynamics = network.under(list(NAMES))
    assert torch.equal(second, dynamics.simulate(trials.patterns, trials.epoch_index, state=first[-1]))
    assert not torch.equal(first, second)


def test_contexts_change_within_a_trial():
    network, trials = compact_network(), some_trials()
    n, switch = trials.n_steps, trials.n_steps // 2
    contexts = [list(NAMES), torch.zeros(1, D), PathwayContexts(one_hot(NAMES).vectors, torch.zeros(1, D))]
    index = [0] * switch + [1] * (n - switch - 3) + [2] * 3
    states = network.run(trials, contexts, span_index=index)
    assert torch.equal(states[:switch], network.run(trials)[:switch])
    r = states[switch - 1]
    for t in range(switch, n):
        epoch = trials.epoch_index[t]
        u = trials.patterns[epoch, torch.arange(D)[:, None], torch.arange(3)]
        r = network.under(contexts[index[t]]).step(r, u)
        torch.testing.assert_close(states[t], r)


def test_a_tensor_of_contexts_has_one_row_per_span():
    network, trials = compact_network(), some_trials()
    contexts = torch.stack([dense_contexts(D, seed=1), dense_contexts(D, seed=2)])
    index = [0, 1] * trials.n_steps
    states = network.run(trials, contexts, span_index=index[: trials.n_steps])
    assert torch.equal(states, network.run(trials, list(contexts), span_index=index[: trials.n_steps]))


@pytest.mark.parametrize("contexts", [None, "fdgo", PathwayContexts(torch.zeros(1, D), torch.zeros(1, D))])
def test_changing_contexts_are_a_sequence(contexts):
    network, trials = compact_network(), some_trials()
    with pytest.raises(ValueError, match=r"contexts=.*one for each span"):
        network.run(trials, contexts, span_index=[0] * trials.n_steps)


@EVERY_FORM
def test_a_task_may_have_several_noisy_contexts(name):
    """Trials regrouped so that every group has a context of its own, as in training under ambiguity."""
    network, trials = compact_network(name), some_trials(n_trials=4).regroup(2)
    contexts = noise(one_hot(NAMES).vectors.repeat_interleave(2, dim=0), 0.1, seeded())
    together = network.run(trials, contexts)
    assert together.shape == (trials.n_steps, 2 * D, 2, 6)
    for k in (0, 3):
        one = slice(k, k + 1)
        alone = network.under(contexts[k]).simulate(trials.patterns[:, one], trials.epoch_index[:, one])
        torch.testing.assert_close(together[:, one], alone)


def test_trials_that_do_not_fit_are_named():
    network = compact_network()
    with pytest.raises(ValueError, match="patterns="):
        network.run(generate(NAMES, 2, YANG, seeded(), dtype=torch.float64))
    with pytest.raises(ValueError, match="patterns="):
        network.run(some_trials(), list(NAMES[:2]))


def test_a_network_is_converted_without_changing_the_first():
    network = compact_network()
    single = network.to(torch.float32)
    assert all(x.dtype == torch.float32 for x in single.tensors.values())
    assert all(x.dtype == torch.float64 for x in network.tensors.values())
    states = single.run(generate(NAMES, 3, COMPACT, seeded()))
    torch.testing.assert_close(states.double(), network.run(some_trials()), atol=1e-4, rtol=1e-4)


# --- readouts that contexts change


def test_the_outputs_of_a_readout_follow_the_contexts():
    network, trials = compact_network("readout"), some_trials()
    states = network.run(trials)
    outputs = network.outputs(trials)
    for k, name in enumerate(NAMES):
        one = slice(k, k + 1)
        torch.testing.assert_close(outputs[:, one], network.under(name).readout(states[:, one]))
        torch.testing.assert_close(outputs[:, one], network.readout(states[:, one], name))
    with pytest.raises(ValueError, match=r"contexts=None .* the form changes the readout"):
        network.readout(states)


def test_outputs_are_read_as_the_context_of_the_moment_tells():
    network, trials = compact_network("readout+bias"), some_trials()
    contexts, half = [list(NAMES), list(reversed(NAMES))], trials.n_steps // 2
    span_index = [0] * half + [1] * (trials.n_steps - half)
    outputs = network.outputs(trials, contexts, span_index=span_index)
    states = network.run(trials, contexts, span_index=span_index)
    for part, names in zip((slice(None, half), slice(half, None)), contexts, strict=True):
        torch.testing.assert_close(outputs[part], network.readout(states[part], names))


# --- tensors that are not those of a network


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("W"), r"tensors=.*with \['W'\], too"),
        (lambda t: t.pop("B"), r"tensors=.*'B': None"),
        (lambda t: t.update(C=t["B"]), r"tensors=.*'C': \(6, 3\).* \{'C': None"),
        (lambda t: t.update(W=t["W"][:, :-1]), r"'W': \(6, 5\).*'W': \(6, 6\)"),
        (lambda t: t.update(b=t["b"][None].expand(2, -1)), r"'B': \(6, 3\).*'B': \(2, 6, 3\)"),
        (lambda t: t.update(G=t["G"].half()), "of one floating-point type"),
        (lambda t: t.update({k: x.long() for k, x in t.items()}), "of one floating-point type"),
        (lambda t: t.update(W_in=t["W_in"] / 0), r"not finite in \['W_in'\].*did training diverge"),
    ],
)
def test_tensors_of_no_such_network_are_named(change, message):
    network = compact_network("excitability")
    tensors = dict(network.tensors)
    change(tensors)
    with pytest.raises(ValueError, match=message):
        replace(network, tensors=tensors)


def test_other_values_are_taken_without_checks():
    network = compact_network("bias")
    other = network.with_values({"B": torch.full_like(network.tensors["B"], math.nan)})
    assert other.tensors["B"].isnan().all() and not network.tensors["B"].isnan().any()
    assert other.tensors["W"] is network.tensors["W"] and other.code is network.code


# --- ensembles


@EVERY_FORM
def test_an_ensemble_is_its_members_alone(name):
    """States, outputs and gradients."""
    single, given, c = members(name), small_input(networks=(2,)), dense_contexts()
    together = ensemble(single)
    leaves = leaves_of(together)
    dynamics = with_tensors(together, **leaves).under(c)
    states = dynamics.simulate(*given.arguments)
    outputs = dynamics.readout(states)
    assert outputs.shape == (5, 2, 2, 2, 2)
    gradients = torch.autograd.grad((outputs**2).sum(), tuple(leaves.values()))
    for i, network in enumerate(single):
        own = leaves_of(network)
        dynamics = with_tensors(network, **own).under(c)
        alone = dynamics.simulate(given.patterns, given.epoch_index, given.noise[:, i], given.state[i])
        torch.testing.assert_close(states[:, i], alone)
        torch.testing.assert_close(outputs[:, i], dynamics.readout(alone))
        alone_gradients = torch.autograd.grad((dynamics.readout(alone) ** 2).sum(), tuple(own.values()))
        for gradient, of_all in zip(alone_gradients, gradients, strict=True):
            torch.testing.assert_close(of_all[i], gradient)


@EVERY_FORM
def test_every_network_of_an_ensemble_may_have_its_own_contexts_and_trials(name):
    """As members do that are trained in different tasks: states, gradients, and the field at one time."""
    single = members(name)
    own, c = (
        [small_input(seed=seed) for seed in (1, 2)],
        torch.stack([dense_contexts(seed=k) for k in (1, 2)]),
    )
    given = {
        key: torch.stack([vars(x)[key] for x in own], dim=1) for key in ("patterns", "epoch_index", "noise")
    }
    together = ensemble(single)
    leaves = leaves_of(together)
    dynamics = with_tensors(together, **leaves).under(c)
    states = dynamics.simulate(**given)
    gradients = torch.autograd.grad((states**2).sum(), tuple(leaves.values()), allow_unused=True)
    speed = dynamics.field(states[-1], given["patterns"][0])
    held = dynamics.hold(given["patterns"][0], 2, states[-1])
    for i, (network, x) in enumerate(zip(single, own, strict=True)):
        alone_leaves = leaves_of(network)
        alone = with_tensors(network, **alone_leaves).under(c[i])
        expected = alone.simulate(x.patterns, x.epoch_index, x.noise)
        torch.testing.assert_close(states[:, i], expected)
        torch.testing.assert_close(speed[i], alone.field(expected[-1], x.patterns[0]))
        torch.testing.assert_close(held[:, i], alone.hold(x.patterns[0], 2, expected[-1]))
        alone_gradients = torch.autograd.grad(
            (expected**2).sum(), tuple(alone_leaves.values()), allow_unused=True
        )
        for one, of_all in zip(alone_gradients, gradients, strict=True):
            assert (one is None) == (of_all is None)
            if one is not None:
                torch.testing.assert_close(of_all[i], one)


@EVERY_FORM
def test_every_network_of_an_ensemble_may_have_its_own_contexts(name):
    single, given = members(name), small_input(networks=(2,))
    contexts = torch.stack([dense_contexts(seed=1), dense_contexts(seed=2)])
    states = ensemble(single).under(contexts).simulate(*given.arguments)
    for i, network in enumerate(single):
        alone = network.under(contexts[i]).simulate(
            given.patterns, given.epoch_index, given.noise[:, i], given.state[i]
        )
        torch.testing.assert_close(states[:, i], alone)


def test_an_ensemble_runs_trials():
    single = [compact_network("excitability+multiplicative", seed=seed) for seed in (0, 1, 2)]
    together, trials = ensemble(single), some_trials()
    states = together.run(trials)
    assert states.shape == (trials.n_steps, 3, D, 3, 6)
    for i, network in enumerate(single):
        torch.testing.assert_close(states[:, i], network.run(trials))
        torch.testing.assert_close(together.readout(states)[:, i], network.outputs(trials))
    noisy = together.run(trials, generator=seeded())
    assert noisy.shape == states.shape and not torch.equal(noisy, states)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_an_ensemble_with_changing_contexts(activation):
    single = [small_network("combined", seed=s, activation=activation, channels=33) for s in (0, 100)]
    together, trials = ensemble(single), some_trials()
    contexts, index = [dense_contexts(seed=1), dense_contexts(seed=2)], [0, 1, 1] * trials.n_steps
    index = index[: trials.n_steps]
    contexts = [c[:1] for c in contexts]
    states = together.run(trials, contexts, span_index=index)
    for i, network in enumerate(single):
        torch.testing.assert_close(states[:, i], network.run(trials, contexts, span_index=index))


def test_members_come_back_from_an_ensemble():
    single = members("combined", 3)
    together = ensemble(single)
    assert together.is_ensemble and together.n_neurons == 4
    assert together.n_parameters() == single[0].n_parameters()
    for i, network in enumerate(single):
        member = together.member(i)
        assert not member.is_ensemble
        assert all(torch.equal(member.tensors[key], x) for key, x in network.tensors.items())


def test_impossible_ensembles_are_named():
    one = small_network("bias")
    with pytest.raises(ValueError, match=r"networks=.*at least one"):
        ensemble([])
    with pytest.raises(ValueError, match=r"differ in \['modulation'.*alike"):
        ensemble([one, small_network("gain")])
    with pytest.raises(ValueError, match=r"differ in \['size'.*alike"):
        ensemble([one, small_network("bias", n=5)])
    with pytest.raises(ValueError, match=r"differ in \['preset'.*alike"):
        ensemble([one, replace(one, preset=YANG)])
    with pytest.raises(ValueError, match=r"differ in \['code'.*alike"):
        ensemble([replace(one, code=orthogonal(NAMES, seeded(seed))) for seed in (0, 1)])
    with pytest.raises(ValueError, match="network='a single network'"):
        one.member(0)


def test_the_contexts_of_another_number_of_networks_are_named():
    with pytest.raises(ValueError, match=r"contexts=\(3, 2, 3\)"):
        ensemble(members("bias")).under(torch.zeros(3, 2, D))
