"""Combinations of forms: what acts first, what adds up, and who is told which context."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import (
    PAIRS,
    D,
    as_form,
    assert_same_dynamics,
    dense_contexts,
    normal,
    seeded,
    small_network,
    with_tensors,
)

from modpack.context import ContextCode, one_hot, orthogonal
from modpack.modulation import Combined, PartContexts, PathwayContexts, form, names
from modpack.network import ModulatedNetwork, initial
from modpack.tasks import COMPACT, TASKS

EXCITABILITY = ("bias", "gain", "excitability", "gate")
SYNAPTIC = ("row", "release", "multiplicative", "scaling", "additive", "components", "full")
ZERO = {
    **{"bias": ("B",), "gain": ("G",), "excitability": ("B", "G"), "multiplicative": ("m",)},
    **{"scaling": ("n",), "additive": ("U",), "components": ("K",), "full": ("D",)},
    **{"row": ("R",), "release": ("S",)},
}
"""Tensors that switch a form off when they are zero."""


@pytest.mark.parametrize("synaptic", SYNAPTIC)
@pytest.mark.parametrize("excitability", EXCITABILITY)
def test_a_combination_with_one_half_at_zero_is_the_other_half(excitability, synaptic):
    network, c = small_network(f"{excitability}+{synaptic}"), dense_contexts()
    t = network.tensors
    off = {"mask": torch.ones_like(t["mask"])} if excitability == "gate" else {}
    off |= {name: torch.zeros_like(t[name]) for name in ZERO.get(excitability, ())}
    assert_same_dynamics(with_tensors(network, **off).under(c), as_form(network, synaptic).under(c))

    off = {name: torch.zeros_like(t[name]) for name in ZERO[synaptic]}
    W = t["U"] @ torch.diag(t["s0"]) @ t["V"].T if synaptic == "components" else t["W"]
    assert_same_dynamics(with_tensors(network, **off).under(c), as_form(network, excitability, W=W).under(c))


@pytest.mark.parametrize("pair", PAIRS)
@given(seed=st.integers(0, 10**6))
@settings(max_examples=5)
def test_different_atoms_act_in_sequence_and_the_same_one_adds_up(pair, seed):
    network = small_network(pair, seed=seed)
    first, second = pair.split("+")
    one, other = dense_contexts(seed=seed), dense_contexts(seed=seed + 1)
    together = network.under(PartContexts(one, other))
    t = network.tensors
    (a,) = names(form(first, D))
    if first == second:  # the atom, told both contexts at once
        atom = replace(form(first, D), d=2 * D)
        code = ContextCode("of both", ("fdgo",), torch.zeros(1, 2 * D))
        own = {k: x for k, x in t.items() if k not in (a, f"{a}_2")} | {a: torch.cat([t[a], t[f"{a}_2"]], 1)}
        alone = replace(network, modulation=atom, code=code, tensors=own)
        assert_same_dynamics(together, alone.under(torch.cat([one, other], 1)))
        return
    halfway = as_form(network, first).under(one)
    for k in range(len(one)):  # the second acts on what the first has made
        made = {"W": halfway.W.expand(len(one), -1, -1)[k], "b": halfway.b.expand(len(one), -1)[k]}
        expected = as_form(network, second, **made).under(other[k])
        slope = halfway.slope.expand(len(one), -1)[k] * expected.slope
        torch.testing.assert_close(together.W.expand(len(one), -1, -1)[k], expected.W[0])
        torch.testing.assert_close(together.b.expand(len(one), -1)[k], expected.b[0])
        torch.testing.assert_close(together.slope.expand(len(one), -1)[k], slope[0])


@pytest.mark.parametrize("pair", PAIRS)
def test_each_part_has_a_context_of_its_own_length(pair):
    """No number is spent on a context that a part is not told."""
    lengths, n = (2, 3), 5
    modulation = form(pair, lengths)
    assert modulation.lengths == lengths and modulation.count(n) == n * sum(lengths)
    code = ContextCode("of two features", tuple(TASKS)[:4], normal(4, 5).float())
    network = initial(modulation, code, COMPACT, n, seeded()).to(torch.float64)
    assert sorted(x.shape[1] for k, x in network.tensors.items() if k not in COMMON) == sorted(lengths)
    whole = code.vectors.double()
    split = PartContexts(whole[:, :2], whole[:, 2:])
    assert_same_dynamics(network.under(code.tasks), network.under(split))
    crossed = network.under(PartContexts("fdgo", ["reactgo"]))  # by name: the stretch of the part
    assert_same_dynamics(crossed, network.under(PartContexts(whole[:1, :2], whole[1:2, 2:])))
    for wrong in (whole[:, :2], PartContexts(whole, whole), PartContexts(whole[:, :2]), PartContexts(*whole)):
        with pytest.raises(ValueError, match="contexts="):
            network.under(wrong)


COMMON = ("W", "W_in", "b", "W_out", "b_out")


def test_tensors_get_numbers_where_names_are_taken():
    for name, expected in {
        "bias+row": ("B", "R"),
        "bias+bias+bias": ("B", "B_2", "B_3"),
        "combined+synaptic": ("B", "G", "m", "n", "P", "m_2", "n_2", "P_2"),
        "additive+components": ("U", "V", "K", "U_2", "V_2", "s0", "K_2"),
    }.items():
        assert names(form(name, D)) == expected
    both = form("combined+synaptic", D)
    assert both.fixed == ("P", "P_2") and form("additive+components", D).recurrence == ("U_2", "V_2", "s0")


def test_a_form_that_replaces_W_acts_first():
    network, c = small_network("row+components"), dense_contexts()
    same = replace(network, modulation=form("components+row", D))
    assert_same_dynamics(network.under(c), same.under(c))
    with pytest.raises(ValueError, match="at most one replaces W"):
        form("components+components", D)


@pytest.mark.parametrize("name", ["combined", "gain+scaling", "gate+full", "bias+components", "row+row"])
def test_equal_contexts_for_both_parts_are_one_context(name):
    network, c = small_network(name), dense_contexts()
    assert_same_dynamics(network.under(PartContexts(c, c)), network.under(c))


def test_each_pathway_reads_its_own_context():
    network, zero, c = small_network("combined"), torch.zeros(1, D), dense_contexts()
    excitability, synaptic = (as_form(network, name) for name in ("excitability", "synaptic"))
    assert_same_dynamics(network.under(PathwayContexts(c, zero)), excitability.under(c))
    assert_same_dynamics(network.under(PathwayContexts(zero, c)), synaptic.under(c))
    by_name = network.under(PathwayContexts("fdgo", ["delaygo", "reactgo"]))
    codes = network.code.vectors
    assert_same_dynamics(by_name, network.under(PathwayContexts(codes[:1], codes[[2, 1]])))


@pytest.mark.parametrize("name", ["bias", "synaptic", "none"])
def test_several_contexts_need_several_parts(name):
    with pytest.raises(ValueError, match=r"contexts='PathwayContexts of 2 for 1 part"):
        small_network(name).under(PathwayContexts(dense_contexts(), dense_contexts()))


@pytest.mark.parametrize(
    ("name", "pathway"),
    [
        ("bias+gain", "excitability"),
        ("row+release", "synaptic"),
        ("scaling+gain", "combined"),
        ("combined+full", "combined"),
        ("readout+bias", "excitability"),
        ("readout+split", "none"),
    ],
)
def test_the_pathway_is_that_of_the_parts(name, pathway):
    assert form(name, D).pathway == pathway


def test_lengths_fit_the_parts():
    with pytest.raises(ValueError, match=r"parts='of lengths \(3, 4\)' .* d=3, or of lengths that sum to it"):
        Combined(3, (form("gain", 3), form("full", 4)))
    with pytest.raises(ValueError, match="one number, or one for each part of 'bias\\+row'"):
        form("bias+row", (3, 4, 5))
    with pytest.raises(ValueError, match="two or more forms"):
        Combined(3, (form("gain", 3),))


def test_codes_and_contexts_are_judged_by_each_part():
    code = ContextCode(
        "one_hot", tuple(TASKS)[:D], torch.cat([torch.eye(D), orthogonal(tuple("abc"), seeded()).vectors], 1)
    )
    network: ModulatedNetwork = initial(form("gate+full", (D, D)), code, COMPACT, 5, seeded())
    network.modulation.check(PartContexts(torch.eye(D), 5 * torch.eye(D)))
    with pytest.raises(ValueError, match="gates know"):
        network.modulation.check(PartContexts(5 * torch.eye(D), torch.eye(D)))
    with pytest.raises(ValueError, match="a code of length 3"):
        initial(form("gate+full", (D, D)), one_hot(code.tasks), COMPACT, 5, seeded())
