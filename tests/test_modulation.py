"""Modulation forms: equations, neutral contexts, parameter counts, and laws that every form obeys."""

import math
from dataclasses import fields, replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import (
    ALL_FORMS,
    D,
    dense_contexts,
    relabelled,
    seeded,
    small_input,
    small_network,
    with_tensors,
)

from modpack.context import compressed, mix, one_hot, orthogonal
from modpack.dynamics import Dynamics
from modpack.modulation import FORMS, Combined, Gate, Multiplicative, PathwayContexts, form
from modpack.network import ModulatedNetwork, initial
from modpack.tasks import COMPACT, TASKS

SEEDS = st.integers(0, 10**6)
EVERY_FORM = pytest.mark.parametrize("name", ALL_FORMS)
EXCITABILITY = ("bias", "gain", "excitability", "gate")
SYNAPTIC = ("multiplicative", "scaling", "additive", "components", "full")


def states(dynamics: Dynamics, seed: int = 0, n_contexts: int = 2) -> torch.Tensor:
    given = small_input(dynamics.b.shape[-1], n_contexts=n_contexts, seed=seed)
    return dynamics.simulate(*given.arguments)


def assert_same_dynamics(one: Dynamics, other: Dynamics) -> None:
    """Every field equal, where a gate of None is one of 1 and a context axis of length 1 stands for all."""
    for field in fields(Dynamics):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name == "gate":
            a, b = (torch.ones_like(one.b) if gate is None else gate for gate in (a, b))
        if isinstance(a, torch.Tensor):
            torch.testing.assert_close(*torch.broadcast_tensors(a, b), atol=1e-12, rtol=1e-12)
        else:
            assert a == b, field.name


def control(network: ModulatedNetwork, **tensors: torch.Tensor) -> ModulatedNetwork:
    """The network with its modulation taken away."""
    return with_tensors(replace(network, modulation=form("none", network.code.d)), **tensors)


# --- the equations, written out for one context


def test_the_equation_of_every_form():
    c = dense_contexts(1)
    for name, changed in {
        "none": lambda t: {},
        "bias": lambda t: {"b": t["b"] + t["B"] @ c[0]},
        "gain": lambda t: {"slope": torch.exp(t["G"] @ c[0])},
        "excitability": lambda t: {"b": t["b"] + t["B"] @ c[0], "slope": torch.exp(t["G"] @ c[0])},
        "gate": lambda t: {"gate": 1 - sum(c[0, k] * (1 - t["mask"][k]) for k in range(D))},
        "multiplicative": lambda t: {"W": t["W"] * (1 + mask(t, c[0]))},
        "scaling": lambda t: {"W": t["W"] * torch.exp(mask(t, c[0]))},
        "additive": lambda t: {"W": t["W"] + t["U"] @ torch.diag(t["K"] @ c[0]) @ t["V"].T},
        "components": lambda t: {"W": t["U"] @ torch.diag(t["s0"] * torch.exp(t["K"] @ c[0])) @ t["V"].T},
        "full": lambda t: {"W": t["W"] + sum(c[0, k] * t["D"][k] for k in range(D))},
    }.items():
        network = small_network(name)
        dynamics = network.under(c)
        for field, expected in changed(network.tensors).items():
            torch.testing.assert_close(getattr(dynamics, field)[0], expected)


def mask(t: dict[str, torch.Tensor], c: torch.Tensor) -> torch.Tensor:
    strength = t["P"] @ c
    return sum(strength[r] * torch.outer(t["m"][r], t["n"][r]) for r in range(len(strength)))


def test_a_gate_keeps_the_neurons_of_its_task():
    network = small_network("gate", n=10)
    assert torch.equal(network.tensors["mask"].sum(dim=1), torch.full((D,), 2.0, dtype=torch.float64))
    for k, task in enumerate(network.code.tasks):
        assert torch.equal(network.under(task).gate[0], network.tensors["mask"][k])


@pytest.mark.parametrize("active", [0.0, -0.1, 1.5])
def test_an_impossible_fraction_of_active_neurons_is_named(active):
    with pytest.raises(ValueError, match=r"active=.*in \(0, 1\]"):
        Gate(D, active)


def test_a_projection_of_lower_rank_is_orthonormal_and_fixed():
    network = initial(Multiplicative(8, rank=3), one_hot(tuple(TASKS)[:8]), COMPACT, 5, seeded())
    P = network.tensors["P"]
    torch.testing.assert_close(P @ P.T, torch.eye(3))
    assert "P" not in network.trained and {"m", "n"} <= set(network.trained)
    assert torch.equal(Multiplicative(4).initial(5, seeded())["P"], torch.eye(4))
    assert torch.equal(Multiplicative(2, 4).initial(5, seeded())["P"], torch.eye(2).repeat(2, 1))


@pytest.mark.parametrize(("rank", "allowed"), [(0, "at least 1"), (4, "below d=3 or a multiple of it")])
def test_an_impossible_rank_is_named(rank, allowed):
    with pytest.raises(ValueError, match=f"rank={rank} .*{allowed}"):
        Multiplicative(3, rank).initial(5, seeded())


@pytest.mark.parametrize("name", ["components", "additive"])
def test_an_impossible_rank_of_other_forms_is_named(name):
    with pytest.raises(ValueError, match="rank=0"):
        FORMS[name](3, 0).initial(5, seeded())  # type: ignore[call-arg]


# --- neutral contexts


@EVERY_FORM
@given(seed=SEEDS)
@settings(max_examples=10)
def test_under_its_neutral_context_a_network_is_unmodulated(name, seed):
    network = small_network(name, seed=seed)
    t = network.tensors
    W = t["W"] if "W" in t else t["U"] @ torch.diag(t["s0"]) @ t["V"].T
    neutral = network.under(network.modulation.neutral())
    assert_same_dynamics(neutral, control(network, W=W).under(torch.zeros(1, D)))
    torch.testing.assert_close(states(neutral), states(control(network, W=W).under(torch.zeros(1, D))))


@EVERY_FORM
def test_a_context_changes_every_form_but_the_control(name):
    network = small_network(name, n=6)
    modulated, neutral = network.under("fdgo"), network.under(torch.zeros(1, D))
    assert torch.equal(states(modulated), states(neutral)) == (name == "none")


# --- laws


@EVERY_FORM
@given(seed=SEEDS)
@settings(max_examples=10)
def test_relabelling_neurons_relabels_states_and_changes_no_output(name, seed):
    n = 5
    network, order = small_network(name, n, seed), torch.randperm(n, generator=seeded(seed))
    given, c = small_input(n, seed=seed), dense_contexts(seed=seed)
    one, other = network.under(c), relabelled(network, order).under(c)
    before = one.simulate(*given.arguments)
    after = other.simulate(
        given.patterns, given.epoch_index, given.noise[..., order], given.state[..., order]
    )
    torch.testing.assert_close(after, before[..., order])
    torch.testing.assert_close(other.readout(after), one.readout(before))


@EVERY_FORM
def test_a_batch_of_contexts_is_each_context_alone(name):
    network, given, c = small_network(name), small_input(n_contexts=3), dense_contexts(3)
    assert network.under(c).n_contexts == 3 and network.under(c[0]).n_contexts == 1
    together = network.under(c).simulate(*given.arguments)
    for k in range(3):
        one = slice(k, k + 1)
        alone = network.under(c[k]).simulate(
            given.patterns[:, one], given.epoch_index[:, one], given.noise[:, one], given.state[one]
        )
        torch.testing.assert_close(together[:, one], alone)


@EVERY_FORM
@given(weights=st.lists(st.floats(0, 1), min_size=D, max_size=D), seed=SEEDS)
@settings(max_examples=10)
def test_every_mix_and_fade_of_contexts_has_a_meaning(name, weights, seed):
    """With weights that sum to at most 1; what is not finite, or of another length, has none."""
    network = small_network(name, seed=seed)
    share = torch.tensor(weights, dtype=torch.float64) / max(1.0, sum(weights))
    mixed = share @ network.code.vectors.double()
    network.modulation.check(mixed)
    assert all(x.isfinite().all() for x in vars(network.under(mixed)).values() if isinstance(x, torch.Tensor))
    for wrong in (mixed / 0, mixed[:-1], torch.full((2, D), math.nan)):
        with pytest.raises(ValueError, match="contexts="):
            network.modulation.check(wrong)
        with pytest.raises(ValueError, match="contexts="):
            network.under(wrong)  # the same, whatever the form


@pytest.mark.parametrize("name", ["gate", "gate+full"])
@pytest.mark.parametrize("c", [[0.6, 0.6, 0.0], [-0.1, 0.5, 0.0], [5.0, 5.0, 5.0]])
def test_gates_know_mixes_and_fades_of_one_hot_contexts_only(name, c):
    check = small_network(name).modulation.check
    with pytest.raises(ValueError, match="mixes or fades of one-hot contexts"):
        check(torch.tensor(c))
    check(mix(torch.tensor([1.0, 0, 0]), torch.tensor([0, 1.0, 0]), 0.3) * (1 + 1e-7))  # single precision
    clamped = small_network(name).under(torch.tensor(c)).gate
    assert clamped.min() >= 0 and clamped.max() <= 1


@given(seed=SEEDS)
def test_bias_is_an_ordinary_rule_input(seed):
    """The same network without modulation, whose context comes in through extra input channels."""
    network, given, c = small_network("bias", seed=seed), small_input(seed=seed), dense_contexts(seed=seed)
    rule = c[:, None].expand(-1, given.patterns.shape[2], -1).expand(len(given.patterns), -1, -1, -1)
    W_in = torch.cat([network.tensors["W_in"], network.tensors["B"]], dim=1)
    ordinary = control(network, W_in=W_in).under(torch.zeros(1, D))
    with_rule = ordinary.simulate(
        torch.cat([given.patterns, rule], dim=-1), given.epoch_index, given.noise, given.state
    )
    torch.testing.assert_close(network.under(c).simulate(*given.arguments), with_rule)


# --- combinations

ZERO = {
    **{"bias": ("B",), "gain": ("G",), "excitability": ("B", "G"), "multiplicative": ("m",)},
    **{"scaling": ("n",), "additive": ("U",), "components": ("K",), "full": ("D",)},
}
"""Tensors that switch a form off when they are zero."""


@pytest.mark.parametrize("synaptic", SYNAPTIC)
@pytest.mark.parametrize("excitability", EXCITABILITY)
def test_a_combination_with_one_half_at_zero_is_the_other_half(excitability, synaptic):
    network, c = small_network(f"{excitability}+{synaptic}"), dense_contexts()
    t = network.tensors
    off = {"mask": torch.ones_like(t["mask"])} if excitability == "gate" else {}
    off |= {name: torch.zeros_like(t[name]) for name in ZERO.get(excitability, ())}
    only_synaptic = replace(network, modulation=form(synaptic, D))
    assert_same_dynamics(with_tensors(network, **off).under(c), only_synaptic.under(c))

    off = {name: torch.zeros_like(t[name]) for name in ZERO[synaptic]}
    only_excitability = replace(network, modulation=form(excitability, D))
    if synaptic == "components":
        W = t["U"] @ torch.diag(t["s0"]) @ t["V"].T
        only_excitability = with_tensors(only_excitability, W=W)
    assert_same_dynamics(with_tensors(network, **off).under(c), only_excitability.under(c))


@pytest.mark.parametrize("name", ["combined", "gain+scaling", "gate+full", "bias+components"])
def test_equal_contexts_for_both_pathways_are_one_context(name):
    network, c = small_network(name), dense_contexts()
    assert_same_dynamics(network.under(PathwayContexts(c, c)), network.under(c))


def test_each_pathway_reads_its_own_context():
    network, zero, c = small_network("combined"), torch.zeros(1, D), dense_contexts()
    t = network.tensors
    excitability = small_network("excitability")
    excitability = with_tensors(excitability, **{k: t[k] for k in excitability.tensors})
    synaptic = small_network("synaptic")
    synaptic = with_tensors(synaptic, **{k: t[k] for k in synaptic.tensors})
    assert_same_dynamics(network.under(PathwayContexts(c, zero)), excitability.under(c))
    assert_same_dynamics(network.under(PathwayContexts(zero, c)), synaptic.under(c))
    by_name = network.under(PathwayContexts("fdgo", ["delaygo", "reactgo"]))  # type: ignore[arg-type]
    codes = network.code.vectors
    assert_same_dynamics(by_name, network.under(PathwayContexts(codes[:1], codes[[2, 1]])))


@pytest.mark.parametrize("name", ["bias", "synaptic", "none"])
def test_two_contexts_need_two_pathways(name):
    with pytest.raises(ValueError, match=r"contexts=.*PathwayContexts"):
        small_network(name).under(PathwayContexts(dense_contexts(), dense_contexts()))


@pytest.mark.parametrize(
    "name", ["scaling+gain", "gain+bias", "scaling+full", "none+full", "combined+full", "gain+scaling+full"]
)
def test_only_an_excitability_and_a_synaptic_form_combine(name):
    with pytest.raises(ValueError, match=r"a form of the (excitability|synaptic) pathway"):
        form(name, D)


def test_both_halves_take_contexts_of_the_same_length():
    with pytest.raises(ValueError, match="synaptic='a form with d=4'"):
        Combined(3, form("gain", 3), form("full", 4))


# --- codes and names


@pytest.mark.parametrize("name", ["gate", "gate+full"])
def test_gates_take_one_hot_codes_only(name):
    code = orthogonal(tuple(TASKS)[:D], seeded())
    with pytest.raises(
        ValueError, match="code='orthogonal' is not allowed: code must be 'one_hot' for gates"
    ):
        initial(form(name, D), code, COMPACT, 5, seeded())


@EVERY_FORM
def test_a_code_of_another_length_is_named(name):
    with pytest.raises(ValueError, match="a code of length 2"):
        initial(form(name, D), compressed(tuple(TASKS)[:D], 2, seeded()), COMPACT, 5, seeded())


@pytest.mark.parametrize("wrong", ["biass", "gain+scalin", "gian+scaling", "gain+", ""])
def test_unknown_names_are_answered_with_the_nearest(wrong):
    nearest = {"biass": "'bias'", "gain+scalin": "'scaling'", "gian+scaling": "'gain'"}.get(wrong)
    hint = f"did you mean {nearest}" if nearest else "allowed: 'none'"
    with pytest.raises(ValueError, match=hint):
        form(wrong, D)


@pytest.mark.parametrize("d", [0, -1])
def test_contexts_have_at_least_one_coordinate(d):
    with pytest.raises(ValueError, match=f"d={d} .*at least 1"):
        form("bias", d)


def test_a_form_of_ones_own_joins(monkeypatch):
    monkeypatch.setitem(FORMS, "mine", FORMS["bias"])
    assert form("mine", D).count(7) == 7 * D
    assert form("mine+scaling", D).count(7) == 3 * 7 * D


# --- parameter counts of the table


@pytest.mark.parametrize(("n", "d"), [(4, 3), (64, 20), (7, 1), (16, 5)])
def test_parameter_counts(n, d):
    rank = max(1, d // 2)
    expected = {
        "none": 0,
        "bias": n * d,
        "gain": n * d,
        "excitability": 2 * n * d,
        "gate": 0,
        "multiplicative": 2 * n * d,
        "synaptic": 2 * n * d,
        "scaling": 2 * n * d,
        "additive": 2 * n * d + d * d,
        "components": d * d,
        "full": n * n * d,
        "combined": 4 * n * d,
        "combined-matched": n * d + 2 * n * rank,
        "synaptic-doubled": 4 * n * d,
        "gain+scaling": 3 * n * d,
        "gate+full": n * n * d,
        "excitability+components": 2 * n * d + d * d,
    }
    assert {name: form(name, d).count(n) for name in ALL_FORMS} == expected


@pytest.mark.parametrize("d", [2, 3, 20, 21])
def test_matched_comparisons_are_matched(d):
    n = 16
    single = form("excitability", d).count(n)
    assert single == form("synaptic", d).count(n) == 2 * n * d
    assert form("combined-matched", d).count(n) <= single
    assert form("synaptic-doubled", d).count(n) == form("combined", d).count(n) == 2 * single


@EVERY_FORM
def test_the_total_is_what_training_changes(name):
    n, channels, outputs = 7, COMPACT.n_inputs, COMPACT.n_outputs
    network = initial(form(name, D), one_hot(tuple(TASKS)[:D]), COMPACT, n, seeded())
    recurrence = 2 * n * D + D if "components" in name else n * n
    rest = n * channels + n + outputs * n + outputs
    assert network.n_parameters() == recurrence + rest + form(name, D).count(n)


@EVERY_FORM
def test_the_generator_decides_the_initial_values(name):
    one, same, other = (form(name, D).initial(6, seeded(seed)) for seed in (0, 0, 1))
    assert all(torch.equal(one[key], same[key]) for key in one)
    drawn = [key for key in one if key not in ("s0", "P")]
    assert all(not torch.equal(one[key], other[key]) for key in drawn)


@EVERY_FORM
def test_an_initial_network_is_alive_and_does_not_explode(name):
    """A few hundred steps from rest under every context stay finite and below a rate of 100."""
    tasks = tuple(TASKS)
    network = initial(form(name, len(tasks)), one_hot(tasks), COMPACT, 32, seeded())
    patterns = torch.ones(1, len(tasks), 1, COMPACT.n_inputs) * 0.3
    rates = network.under(tasks).simulate(patterns, torch.zeros(200, len(tasks), 1, dtype=torch.int64))
    assert rates.isfinite().all() and 0 < rates.abs().max() < 100
