"""Dynamics: vector field, Jacobian, and the scan against automatic differentiation and exact results."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import (
    ALL_FORMS,
    OF_READOUT,
    Input,
    dense,
    dense_contexts,
    eager_states,
    leaves_of,
    normal,
    seeded,
    small_input,
    small_network,
    with_tensors,
)
from torch.autograd import gradcheck

from modpack._scan import BLOCK
from modpack.activations import ACTIVATIONS, Activation
from modpack.dynamics import Dynamics
from modpack.ensemble import ensemble
from modpack.network import ModulatedNetwork
from modpack.spans import simulate_spans

SEEDS = st.integers(0, 10**6)
EVERY_FORM = pytest.mark.parametrize("name", ALL_FORMS)
EVERY_ACTIVATION = pytest.mark.parametrize("activation", ACTIVATIONS)


def small_dynamics(name: str = "gain+scaling", n: int = 3, **options: str) -> Dynamics:
    return small_network(name, n, **options).under(dense_contexts())


def small_ensemble(name: str, n: int = 3, size: int = 2) -> ModulatedNetwork:
    return ensemble(small_network(name, n, seed) for seed in range(0, 100 * size, 100))


def check_gradients(network: ModulatedNetwork, given: Input) -> None:
    """Gradcheck of states and outputs with respect to trained tensors, contexts and first state."""
    leaves, c = leaves_of(network), dense_contexts().requires_grad_()

    def run(c, state, *values):
        dynamics = with_tensors(network, **dict(zip(leaves, values, strict=True))).under(c)
        states = dynamics.simulate(given.patterns, given.epoch_index, given.noise, state)
        return states, dynamics.readout(states)

    assert gradcheck(run, (c, given.state.clone().requires_grad_(), *leaves.values()))


# --- the vector field


def test_the_equation_for_one_trial():
    network = small_network("excitability+full", n=4)
    dynamics, t, c = network.under("reactgo"), network.tensors, network.code["reactgo"].double()
    r, u = normal(4), normal(2, seed=1)
    W, b, g = t["W"] + t["D"][1], t["b"] + t["B"] @ c, torch.exp(t["G"] @ c)
    expected = -r + torch.log1p(torch.exp(g * (W @ r + t["W_in"] @ u + b)))
    torch.testing.assert_close(dynamics.field(r.expand(1, 1, 4), u.expand(1, 1, 2))[0, 0], expected)
    step = r + network.preset.dt / network.preset.tau * expected
    torch.testing.assert_close(dynamics.step(r.expand(1, 1, 4), u.expand(1, 1, 2))[0, 0], step)
    y = dynamics.readout(r.expand(1, 1, 4))[0, 0]
    torch.testing.assert_close(y, t["W_out"] @ r + t["b_out"])
    sigmoid = replace(dynamics, output="sigmoid").readout(r.expand(1, 1, 4))[0, 0]
    torch.testing.assert_close(sigmoid, 1 / (1 + torch.exp(-y)))


def test_the_gate_acts_on_the_output_of_the_nonlinearity():
    dynamics = small_dynamics("gate", n=5)
    given = small_input(5)
    r, u = given.state, given.patterns[0]
    expected = -r + dynamics.gate[:, None] * dynamics.phi.value(dynamics.total_input(r, u))
    torch.testing.assert_close(dynamics.field(r, u), expected)


def test_noise_has_the_documented_amplitude():
    dynamics = replace(small_dynamics(), sigma_rec=0.05, dt=20.0, tau=100.0)
    noise = dynamics.noise((1000, 2, 5, 3), seeded())
    assert noise.dtype == torch.float64 and noise.shape == (1000, 2, 5, 3)
    assert noise.std().item() == pytest.approx(0.05 * (2 / 0.2) ** 0.5, rel=0.02)
    assert torch.equal(noise, dynamics.noise((1000, 2, 5, 3), seeded()))


# --- Jacobians


def jacobian_by_autograd(function, r: torch.Tensor) -> torch.Tensor:
    """Trials are independent, so one backward pass per row serves them all."""
    r = r.clone().requires_grad_()
    rows = [torch.autograd.grad(function(r)[..., i].sum(), r)[0] for i in range(r.shape[-1])]
    return torch.stack(rows, dim=-2)


@EVERY_FORM
@given(seed=SEEDS)
@settings(max_examples=5)
def test_the_jacobian_is_that_of_automatic_differentiation(name, seed):
    dynamics, given = small_network(name, seed=seed).under(dense_contexts()), small_input(seed=seed)
    r, u = given.state, given.patterns[0]
    expected = jacobian_by_autograd(lambda r: dynamics.field(r, u), r)
    torch.testing.assert_close(dynamics.jacobian(r, u), expected)
    expected = jacobian_by_autograd(lambda r: dynamics.step(r, u), r)
    torch.testing.assert_close(dynamics.map_jacobian(r, u), expected)


@EVERY_ACTIVATION
def test_the_jacobian_of_an_ensemble(activation):
    members = [small_network("combined", seed=seed, activation=activation) for seed in (0, 100)]
    dynamics, given = ensemble(members).under(dense_contexts()), small_input(networks=(2,))
    expected = jacobian_by_autograd(lambda r: dynamics.field(r, given.patterns[0]), given.state)
    torch.testing.assert_close(dynamics.jacobian(given.state, given.patterns[0]), expected)


# --- the scan against the recurrence written out


@EVERY_FORM
def test_the_scan_is_the_recurrence_written_out(name):
    """States, and gradients of a generic function of them, with noise inside the nonlinearity.

    More steps than the scan sums at once.
    """
    network, given = small_network(name), small_input(n_steps=2 * BLOCK + 3)
    gradients = []
    for run in (eager_states, lambda dynamics, given: dynamics.simulate(*given.arguments)):
        leaves, c = leaves_of(network), dense_contexts().requires_grad_()
        state = given.state.clone().requires_grad_()
        states = run(with_tensors(network, **leaves).under(c), replace(given, state=state))
        loss = (states * normal(*states.shape, seed=9)).sum() + (states**2).sum()
        inputs = (state, c, *(x for k, x in leaves.items() if k not in OF_READOUT))
        gradients.append(
            (states, *torch.autograd.grad(loss, inputs, allow_unused=name in ("none", "readout")))
        )
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


@EVERY_FORM
def test_an_input_that_is_held_is_a_trial_of_one_epoch(name):
    dynamics, given = small_network(name).under(dense_contexts()), small_input(n_epochs=1)
    u = given.patterns[0]
    held = dynamics.hold(u, 5, given.state)
    assert torch.equal(held, dynamics.simulate(given.patterns, given.epoch_index, state=given.state))
    torch.testing.assert_close(dynamics.hold(u[0, 0], 5, given.state)[:, :1, :1], held[:, :1, :1])
    from_rest = dynamics.hold(u[0, 0], 5, torch.zeros_like(given.state[:, :1]))
    assert torch.equal(dynamics.hold(u[0, 0], 5), from_rest)


def test_holding_takes_at_least_one_step():
    with pytest.raises(ValueError, match="steps=0 is not allowed: steps must be a whole number, at least 1"):
        small_dynamics().hold(normal(2), 0)


@EVERY_FORM
def test_conversion_and_detachment_change_every_tensor(name):
    network = small_network(name)
    dynamics = with_tensors(network, **leaves_of(network)).under(dense_contexts())
    same = dynamics.detach()
    single = same.to(torch.float32)
    tensors = [(k, x) for k, x in vars(dynamics).items() if isinstance(x, torch.Tensor)]
    for k, x in tensors:
        assert torch.equal(getattr(same, k), x.detach()) and not getattr(same, k).requires_grad
        assert torch.equal(getattr(single, k), x.detach().float())
    assert vars(single).keys() == vars(dynamics).keys() and single.dt == dynamics.dt


@EVERY_FORM
def test_without_noise_every_state_is_a_step_from_the_last(name):
    dynamics, given = small_network(name).under(dense_contexts()), small_input()
    states = dynamics.simulate(given.patterns, given.epoch_index)
    r = torch.zeros_like(given.state)
    for u, state in zip(dense(given), states, strict=True):
        r = dynamics.step(r, u)
        torch.testing.assert_close(state, r)


@pytest.mark.parametrize("name", ["none", "combined", "gate+full"])
def test_float32_agrees_with_float64(name):
    network, given = small_network(name), small_input()
    exact = network.under(dense_contexts()).simulate(*given.arguments)
    halved = [x.float() if x.is_floating_point() else x for x in given.arguments]
    states = network.to(torch.float32).under(dense_contexts()).simulate(*halved)
    assert states.dtype == torch.float32
    torch.testing.assert_close(states.double(), exact, atol=1e-5, rtol=1e-5)


def test_a_linear_network_follows_its_matrix_powers():
    network = small_network("gain+additive", activation="identity")
    dynamics, given = network.under(dense_contexts(1)), small_input(n_contexts=1, n_trials=1, n_epochs=1)
    alpha, n_steps = dynamics.alpha, len(given.epoch_index)
    M = (1 - alpha) * torch.eye(4, dtype=torch.float64) + alpha * dynamics.effective_W[0]
    drive = alpha * dynamics.drive(given.patterns[0])[0, 0]
    expected = [
        torch.linalg.matrix_power(M, t) @ given.state[0, 0]
        + sum(torch.linalg.matrix_power(M, k) @ drive for k in range(t))
        for t in range(1, n_steps + 1)
    ]
    states = dynamics.simulate(given.patterns, given.epoch_index, state=given.state)
    torch.testing.assert_close(states[:, 0, 0], torch.stack(expected))


def test_the_input_of_every_step_may_be_an_epoch_of_its_own():
    dynamics, given = small_dynamics(n=4), small_input()
    every_step = torch.arange(len(given.epoch_index))[:, None, None].expand(given.epoch_index.shape)
    densely = dynamics.simulate(dense(given), every_step, given.noise, given.state)
    torch.testing.assert_close(densely, dynamics.simulate(*given.arguments))


@pytest.mark.parametrize("name", ["bias", "gain", "gate", "synaptic"])
def test_one_set_of_trials_runs_under_many_contexts(name):
    network, given, c = small_network(name), small_input(n_contexts=1, n_steps=6), dense_contexts(3)
    together = network.under(c).simulate(given.patterns, given.epoch_index)
    assert together.shape == (6, 3, 2, 4)
    for k in range(3):
        alone = network.under(c[k]).simulate(given.patterns, given.epoch_index)
        torch.testing.assert_close(together[:, k : k + 1], alone)


# --- gradcheck


@EVERY_FORM
def test_gradients_of_every_form(name):
    check_gradients(small_network(name, n=3), small_input(3, n_steps=4))


@pytest.mark.parametrize("name", ["none", "bias", "gate", "combined", "gain+scaling", "components", "full"])
def test_gradients_of_an_ensemble(name):
    check_gradients(small_ensemble(name), small_input(3, n_steps=3, networks=(2,)))


@EVERY_ACTIVATION
def test_gradients_of_every_activation(activation):
    network, given = small_network("excitability", n=3, activation=activation), small_input(3, n_steps=4)
    dynamics = network.under(dense_contexts())
    before = torch.cat([given.state[None], dynamics.simulate(*given.arguments)[:-1]])
    totals = torch.stack([dynamics.total_input(r, u) for r, u in zip(before, dense(given), strict=True)])
    assert (totals + given.noise).abs().min() > 1e-4  # away from the kink of relu
    check_gradients(network, given)


def test_gradients_of_every_field_of_the_dynamics():
    """The gate is fixed in the form of that name, but a form of one's own may train it."""
    dynamics, given = small_dynamics("gate+full"), small_input(3, n_steps=4)
    names = ("W", "W_in", "b", "slope", "gate", "W_out", "b_out")
    assert dynamics.gate.shape == (2, 3)

    def run(patterns, *values):
        changed = replace(dynamics, **dict(zip(names, values, strict=True)))
        states = changed.simulate(patterns, given.epoch_index, given.noise, given.state)
        return states, changed.readout(states)

    fields = [getattr(dynamics, name).clone().requires_grad_() for name in names]
    assert gradcheck(run, (given.patterns.clone().requires_grad_(), *fields))


def test_an_activation_may_return_its_argument(monkeypatch):
    monkeypatch.setitem(
        ACTIVATIONS, "line", Activation(lambda a: a, torch.ones_like, torch.zeros_like, torch.clone)
    )
    monkeypatch.setitem(
        ACTIVATIONS, "parabola", Activation(lambda a: a**2 / 2, lambda a: a, torch.ones_like, torch.clone)
    )
    for activation in ("line", "parabola"):
        check_gradients(small_network("gate+full", n=3, activation=activation), small_input(3, n_steps=3))


def test_gradients_where_one_gate_serves_all_contexts():
    dynamics, given = small_dynamics("synaptic"), small_input(3, n_steps=3)
    gate = torch.rand(1, 3, generator=seeded(), dtype=torch.float64).requires_grad_()
    assert gradcheck(lambda gate: replace(dynamics, gate=gate).simulate(*given.arguments), (gate,))


@EVERY_FORM
def test_gradients_with_changing_contexts(name):
    network, given = small_network(name, n=3), small_input(3, n_steps=4)
    leaves = {k: x for k, x in leaves_of(network).items() if k not in OF_READOUT}
    contexts = torch.stack([dense_contexts(seed=1), dense_contexts(seed=2)]).requires_grad_()

    def run(contexts, state, *values):
        changed = with_tensors(network, **dict(zip(leaves, values, strict=True)))
        spans = [changed.under(c) for c in contexts]
        index = [0, 1, 1, 0]
        return simulate_spans(spans, index, given.patterns, given.epoch_index, given.noise, state)

    assert gradcheck(run, (contexts, given.state.clone().requires_grad_(), *leaves.values()))


# --- where the noise enters


@EVERY_FORM
def test_noise_before_the_slope_is_noise_times_the_slope(name):
    """States, and gradients that reach the slope through the noise, too."""
    network, given = small_network(name), small_input()
    before = replace(network, noise_enters="before")
    results = []
    for one, noise in ((before, lambda _: given.noise), (network, lambda g: g.unsqueeze(-2) * given.noise)):
        leaves = {k: x for k, x in leaves_of(one).items() if k not in OF_READOUT}
        dynamics = with_tensors(one, **leaves).under(dense_contexts())
        states = dynamics.simulate(given.patterns, given.epoch_index, noise(dynamics.slope), given.state)
        results.append((states, *torch.autograd.grad((states**2).sum(), tuple(leaves.values()))))
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("name", ["combined", "gate+full"])
def test_gradients_with_noise_before_the_slope(name):
    given = small_input(3, n_steps=4)
    check_gradients(replace(small_network(name, n=3), noise_enters="before"), given)
    dynamics = small_network(name, n=3).under(dense_contexts())
    noise = given.noise.clone().requires_grad_()
    assert gradcheck(lambda xi: dynamics.simulate(given.patterns, given.epoch_index, xi), (noise,))


def test_an_unknown_place_of_noise_is_named():
    with pytest.raises(ValueError, match="noise_enters='befor' is not known; did you mean 'before'"):
        replace(small_dynamics(), noise_enters="befor")


# --- contexts that change


def test_a_change_of_context_is_the_two_halves_with_the_state_carried():
    network, given = small_network("combined"), small_input(n_steps=7)
    spans = [network.under(dense_contexts(seed=seed)) for seed in (1, 2)]
    index = [0, 0, 0, 1, 1, 1, 1]
    states = simulate_spans(spans, index, *given.arguments)
    first = spans[0].simulate(given.patterns, given.epoch_index[:3], given.noise[:3], given.state)
    second = spans[1].simulate(given.patterns, given.epoch_index[3:], given.noise[3:], first[-1])
    assert torch.equal(states, torch.cat([first, second]))


@given(index=st.lists(st.integers(0, 2), min_size=6, max_size=6), seed=SEEDS)
@settings(max_examples=20)
def test_every_step_uses_the_context_that_its_index_names(index, seed):
    network, given = small_network("gain+scaling", seed=seed), small_input(n_steps=6, seed=seed)
    spans = [network.under(dense_contexts(seed=k)) for k in range(3)]
    states = simulate_spans(spans, index, given.patterns, given.epoch_index, state=given.state)
    r = given.state
    for k, u, state in zip(index, dense(given), states, strict=True):
        r = spans[k].step(r, u)
        torch.testing.assert_close(state, r)


def test_constant_contexts_are_one_span():
    dynamics, given = small_dynamics(n=4), small_input()
    states = simulate_spans([dynamics, dynamics], [0] * 5, *given.arguments)
    assert torch.equal(states, dynamics.simulate(*given.arguments))


@pytest.mark.parametrize("index", [[0, 1], [0] * 6, [0, 0, 0, 0, 2], [0, 0, -1, 0, 0]])
def test_an_impossible_span_index_is_named(index):
    dynamics, given = small_dynamics(n=4), small_input(n_steps=5)
    with pytest.raises(ValueError, match="span_index="):
        simulate_spans([dynamics, dynamics], index, *given.arguments)


# --- buffers


def test_results_are_never_overwritten():
    dynamics, given = small_dynamics(n=4), small_input()
    first = dynamics.simulate(*given.arguments)
    kept = first.clone()
    second = dynamics.simulate(given.patterns, given.epoch_index, -given.noise, -given.state)
    assert torch.equal(first, kept) and not torch.equal(first, second)
    storages = {x.untyped_storage().data_ptr() for x in (first, second, *given.arguments)}
    assert len(storages) == 6


@pytest.mark.parametrize("name", ["combined", "gate+full", "none"])
def test_a_graph_can_be_differentiated_twice_and_inputs_stay_as_they_are(name):
    network, given = small_network(name), small_input()
    leaves, c = leaves_of(network), dense_contexts()
    arguments = [given.patterns, given.epoch_index, given.noise, given.state, c, *leaves.values()]
    kept = [x.detach().clone() for x in arguments]
    states = with_tensors(network, **leaves).under(c).simulate(*given.arguments)
    weights = normal(*states.shape)
    kept_weights, kept_states = weights.clone(), states.detach().clone()
    inputs = [x for name, x in leaves.items() if name not in OF_READOUT]
    first = torch.autograd.grad(states, inputs, weights, retain_graph=True)
    second = torch.autograd.grad(states, inputs, weights)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(arguments, kept, strict=True))
    assert torch.equal(weights, kept_weights) and torch.equal(states, kept_states)


@pytest.mark.parametrize(
    "change", [lambda x: x.add_(1), lambda x: x[0].zero_(), lambda x: x.detach().mul_(2)]
)
def test_states_changed_in_place_give_an_error_instead_of_wrong_gradients(change):
    W = normal(2, 3, 3).requires_grad_()
    given = small_input(3)
    states = replace(small_dynamics(), W=W).simulate(*given.arguments)
    with pytest.raises(RuntimeError, match=r"in-?place"):
        change(states)
        torch.autograd.grad(states.sum(), W)


def test_a_second_derivative_is_refused_rather_than_wrong():
    W = normal(2, 3, 3).requires_grad_()
    states = replace(small_dynamics(), W=W).simulate(*small_input(3).arguments)
    (gradient,) = torch.autograd.grad((states**2).sum(), W, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


def test_states_without_gradients_are_the_same():
    leaves, given = leaves_of(small_network("combined")), small_input()
    dynamics = with_tensors(small_network("combined"), **leaves).under(dense_contexts())
    with torch.no_grad():
        without = dynamics.simulate(*given.arguments)
    assert torch.equal(dynamics.simulate(*given.arguments).detach(), without)


# --- bad input


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"activation": "tahn"}, "activation='tahn' is not known; did you mean 'tanh'"),
        ({"output": "linaer"}, "output='linaer' is not known; did you mean 'linear'"),
        ({"dt": 0.0}, "dt=0.0 is not allowed"),
        ({"dt": 200.0}, "dt=200.0 .* at most tau=100"),
    ],
)
def test_impossible_fields_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        replace(small_dynamics(), **change)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("patterns", normal(3, 3, 2, 2)),
        ("patterns", normal(3, 2, 2, 1)),
        ("patterns", normal(2, 2, 2)),
        ("epoch_index", torch.zeros(5, 3, 2, dtype=torch.int64)),
        ("epoch_index", torch.zeros(5, 2, 1, dtype=torch.int64)),
        ("noise", normal(4, 2, 2, 4)),
        ("noise", normal(1, 2, 2, 4)),
        ("noise", normal(5, 2, 4, 2)),
        ("state", normal(2, 3, 4)),
    ],
)
@pytest.mark.parametrize("name", ["bias", "synaptic", "gate", "combined"])
def test_input_that_does_not_fit_is_named(name, argument, value):
    dynamics, given = small_network(name).under(dense_contexts()), small_input()
    fitting = dict(zip(("patterns", "epoch_index", "noise", "state"), given.arguments, strict=True))
    with pytest.raises(ValueError, match=rf"{argument}=\("):
        dynamics.simulate(**fitting | {argument: value})


# --- CUDA: the same code


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@EVERY_FORM
def test_cuda_agrees_with_the_cpu(name):
    network, given = small_network(name), small_input()
    results = []
    for device in ("cpu", "cuda"):
        there = network.to(device)
        leaves = leaves_of(there)
        dynamics = with_tensors(there, **leaves).under(dense_contexts())
        states = dynamics.simulate(*(x.to(device) for x in given.arguments))
        loss = (dynamics.readout(states) ** 2).sum()
        gradients = torch.autograd.grad(loss, tuple(leaves.values()))
        results.append([states.detach().cpu(), *(x.cpu() for x in gradients)])
    for on_cpu, on_cuda in zip(*results, strict=True):
        torch.testing.assert_close(on_cpu, on_cuda)
