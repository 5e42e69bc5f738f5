"""Modulation forms: equations, neutral contexts, parameter counts, and laws that every form obeys."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import (
    ALL_FORMS,
    ATOMS,
    PAIRS,
    D,
    as_form,
    assert_same_dynamics,
    dense_contexts,
    relabelled,
    seeded,
    small_input,
    small_network,
    states_of,
)

from modpack.context import compressed, mix, one_hot, orthogonal
from modpack.ensemble import ensemble
from modpack.modulation import FORMS, Gate, Multiplicative, Split, form
from modpack.network import ModulatedNetwork, initial
from modpack.tasks import COMPACT, TASKS, YANG

SEEDS = st.integers(0, 10**6)
EVERY_FORM = pytest.mark.parametrize("name", ALL_FORMS)
AND_EVERY_PAIR = pytest.mark.parametrize("name", (*ALL_FORMS, *PAIRS))


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
        "row": lambda t: {"W": torch.diag(1 + t["R"] @ c[0]) @ t["W"]},
        "release": lambda t: {"W": t["W"] @ torch.diag(1 + t["S"] @ c[0])},
        "gain-recurrent": lambda t: {"W": torch.diag(torch.exp(t["G"] @ c[0])) @ t["W"]},
        "synaptic-all": lambda t: {
            "W": t["W"] * (1 + mask(t, c[0])),
            "W_in": t["W_in"] * (1 + mask(t | {"n": t["n_in"]}, c[0])),
        },
        "readout": lambda t: {
            "W_out": t["W_out"] + sum(c[0, k] * t["D_out"][k] for k in range(D)),
            "b_out": t["b_out"] + t["E_out"] @ c[0],
        },
        "split": lambda t: {
            "W": t["W"] * (t["mask"].T @ t["mask"]),
            "gate": 1 - sum(c[0, k] * (1 - t["mask"][k]) for k in range(D)),
        },
    }.items():
        network = small_network(name)
        dynamics, neutral = network.under(c), network.under(torch.zeros(1, D))
        expected = changed(network.tensors)
        for field in ("W", "b", "slope", "gate", "W_in", "W_out", "b_out"):
            found = getattr(dynamics, field)
            if field in expected:
                found = found[0] if field in ("W", "b", "slope", "gate") else found
                torch.testing.assert_close(found, expected[field])
            elif found is not None:  # what the equation does not name stays as it is
                assert torch.equal(found, getattr(neutral, field))


def recurrence(network: ModulatedNetwork) -> torch.Tensor:
    """The recurrent weights without modulation."""
    t = network.tensors
    if isinstance(network.modulation, Split):
        return t["W"] * (t["mask"].T @ t["mask"])
    return t["W"] if "W" in t else t["U"] @ torch.diag(t["s0"]) @ t["V"].T


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


@AND_EVERY_PAIR
@given(seed=SEEDS)
@settings(max_examples=10)
def test_under_its_neutral_context_a_network_is_unmodulated(name, seed):
    network = small_network(name, seed=seed)
    neutral = network.under(network.modulation.neutral())
    ordinary = as_form(network, "none", W=recurrence(network)).under(torch.zeros(1, D))
    assert_same_dynamics(neutral, ordinary)
    torch.testing.assert_close(states_of(neutral), states_of(ordinary))


@EVERY_FORM
def test_a_context_changes_every_form_but_the_control(name):
    network = small_network(name, n=6)
    modulated, neutral = network.under("fdgo"), network.under(torch.zeros(1, D))
    assert torch.equal(states_of(modulated), states_of(neutral)) == (name in ("none", "readout"))
    outputs = [dynamics.readout(states_of(dynamics)) for dynamics in (modulated, neutral)]
    assert torch.equal(*outputs) == (name == "none")


# --- laws


@AND_EVERY_PAIR
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


@AND_EVERY_PAIR
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
        outputs = network.under(c).readout(together)[:, one]
        torch.testing.assert_close(outputs, network.under(c[k]).readout(alone))


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


@pytest.mark.parametrize("name", ["gate", "gate+full", "split"])
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
    ordinary = as_form(network, "none", W_in=W_in).under(torch.zeros(1, D))
    with_rule = ordinary.simulate(
        torch.cat([given.patterns, rule], dim=-1), given.epoch_index, given.noise, given.state
    )
    torch.testing.assert_close(network.under(c).simulate(*given.arguments), with_rule)


# --- codes and names


@pytest.mark.parametrize("name", ["gate", "gate+full", "split"])
def test_gates_take_one_hot_codes_only(name):
    code = orthogonal(tuple(TASKS)[:D], seeded())
    with pytest.raises(
        ValueError, match="code='orthogonal' is not allowed: code must be 'one_hot' for gates"
    ):
        initial(form(name, D), code, COMPACT, 5, seeded())


def test_the_networks_of_a_split_never_reach_each_other():
    """Under the context of a task, they are the network of that task and neurons at rest."""
    network, given = small_network("split", n=7), small_input(7, n_contexts=D)
    mask = network.tensors["mask"].bool()
    assert mask.sum(0).eq(1).all() and sorted(mask.sum(1).tolist()) == [2, 2, 3]
    start = torch.zeros_like(given.state)
    together = network.under(network.code.tasks).simulate(
        given.patterns, given.epoch_index, given.noise, start
    )
    for k, own in enumerate(mask):
        parts = {key: network.tensors[key][own] for key in ("W_in", "b")}
        parts |= {"W": network.tensors["W"][own][:, own], "W_out": network.tensors["W_out"][:, own]}
        alone = as_form(network, "none", **parts).under("fdgo")
        one = slice(k, k + 1)
        expected = alone.simulate(
            given.patterns[:, one], given.epoch_index[:, one], given.noise[:, one][..., own]
        )
        torch.testing.assert_close(together[:, one][..., own], expected)
        assert together[:, one][..., ~own].eq(0).all()
    held = replace(given, noise=given.noise * 0)
    awake = network.under(torch.zeros(1, D)).simulate(held.patterns[:, :1], held.epoch_index[:, :1])
    assert awake.abs().amax((0, 1, 2)).gt(0).all()


def test_forms_know_the_numbers_of_channels_and_outputs():
    for name, key in (("synaptic-all", "n_in"), ("readout", "D_out"), ("readout+synaptic-all", "E_out")):
        for preset in (COMPACT, YANG):
            network = initial(form(name, D), one_hot(tuple(TASKS)[:D]), preset, 5, seeded())
            size = preset.n_inputs if key == "n_in" else preset.n_outputs
            assert size in network.tensors[key].shape


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
    for name, lengths in (("bias", d), ("bias+row", d), ("bias+row", (3, d))):
        with pytest.raises(ValueError, match=r"d=.*at least 1"):
            form(name, lengths)


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
        "row": n * d,
        "release": n * d,
        "gain-recurrent": n * d,
        "synaptic-all": (2 * n + COMPACT.n_inputs) * d,
        "readout": COMPACT.n_outputs * (n + 1) * d,
        "split": 0,
        "gain+scaling": 3 * n * d,
        "gate+full": n * n * d,
        "excitability+components": 2 * n * d + d * d,
        "row+components": n * d + d * d,
        "release+release+gain": 3 * n * d,
    }
    assert {name: form(name, d).count(n) for name in ALL_FORMS} == expected
    assert all(form(atom, d).count(n) == n * d for atom in ATOMS)
    assert all(form(pair, d).count(n) == 2 * n * d for pair in PAIRS)


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
    if name == "split":
        recurrence = 3**2 + 2**2 + 2**2  # three networks of seven neurons in all
    rest = n * channels + n + outputs * n + outputs
    assert network.n_parameters() == recurrence + rest + form(name, D).count(n)
    assert ensemble([network, network]).n_parameters() == network.n_parameters()


@EVERY_FORM
def test_the_generator_decides_the_initial_values(name):
    one, same, other = (form(name, D).initial(6, seeded(seed)) for seed in (0, 0, 1))
    assert all(torch.equal(one[key], same[key]) for key in one)
    drawn = [key for key in one if key not in ("s0", "P", "P_2") and name != "split"]
    assert all(not torch.equal(one[key], other[key]) for key in drawn)


@EVERY_FORM
def test_an_initial_network_is_alive_and_does_not_explode(name):
    """A few hundred steps from rest under every context stay finite and below a rate of 100."""
    tasks = tuple(TASKS)
    network = initial(form(name, len(tasks)), one_hot(tasks), COMPACT, 32, seeded())
    patterns = torch.ones(1, len(tasks), 1, COMPACT.n_inputs) * 0.3
    rates = network.under(tasks).hold(patterns[0], 200)
    assert rates.isfinite().all() and 0 < rates.abs().max() < 100
