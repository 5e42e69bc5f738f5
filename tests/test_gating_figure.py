"""The figure of evidence, contexts and gates: in Python, its arithmetic in Node, and in a built page."""

from dataclasses import replace

import pytest
import torch
from figure_agreement import double, gates_agree
from figure_links import links_hold
from node_replay import replay, written
from small_networks import normal, seeded

from modpack import modulation
from modpack.context import mix, one_hot
from modpack.live.engine.network import LiveNetworks
from modpack.live.gating import EvidenceGates
from modpack.live.gating.figure import LIMITS, PAIR, of_own_size
from modpack.live.shipped import shipped_networks
from modpack.measures.gating import gating_of, vectors
from modpack.network import initial
from modpack.tasks import COMPACT, TASKS


@pytest.fixture(scope="module")
def networks():
    return shipped_networks()


# ------------------------------------------------------------------------------------- in Python


def test_the_two_tasks_ask_for_the_stimulus_that_is_stronger_in_their_ring(networks):
    trial = EvidenceGates(networks, evidence1=0.05, evidence2=-0.05, angle=30).trial
    for name, angle in zip(PAIR, (30, 210), strict=True):
        assert TASKS[name].answer(trial.conditions).angle.rad2deg().item() == pytest.approx(angle)


def test_contexts_are_mixed(networks):
    a, b = (networks.code[name].double() for name in PAIR)
    torch.testing.assert_close(EvidenceGates(networks, mix=0.25).contexts, torch.stack([a, mix(a, b, 0.25)]))


def test_own_size_leaves_the_shares_of_the_rings_and_no_size(networks):
    for each in EvidenceGates(networks, mix=0.5).vectors.values():
        scaled = of_own_size(each)
        size = each.sensitivity.abs().sum(0)
        torch.testing.assert_close(scaled.sensitivity, each.sensitivity / size)
        torch.testing.assert_close(scaled.sensitivity.abs().sum(0), torch.ones_like(size))


def test_at_mix_0_nothing_has_changed(networks):
    for gating in EvidenceGates(networks, mix=0.0).gating.values():
        assert bool((gating.by_input == 0).all()) and bool((gating.by_selection == 0).all())


def test_the_figure_begins_where_its_point_is_seen(networks):
    """Each network lets one ring through at mix 0 and the other on show, and answers accordingly."""
    figure = EvidenceGates(networks)
    for form, gating in figure.gating.items():
        shares = gating.sensitivity[..., 0]
        assert shares[0, 0] > 0.7 and shares[1, 1] > 0.7, form
        assert figure.answer[form] < -0.5


@pytest.mark.parametrize(
    "state, message",
    [
        ({"evidence1": 0.0}, "evidence1=0.0 is not allowed"),
        ({"evidence2": 0.005}, "evidence2=0.005 is not allowed"),
        ({"seed": 3}, "seed=3 is not allowed"),
        *(({name: limits.high + 1}, name) for name, limits in LIMITS.items()),
    ],
)
def test_what_is_not_allowed(networks, state, message):
    with pytest.raises(Exception, match=message):
        EvidenceGates(networks, **state)


def test_networks_that_know_other_tasks_are_refused(networks):
    other = type("Code", (), {"tasks": ("fdgo", "contextdm1")})()
    few = type("Few", (), {"preset": networks.preset, "between": None, "code": other})()
    with pytest.raises(ValueError, match=r"networks=.* is not allowed"):
        EvidenceGates(few)


# --------------------------------------------------------------------------------------- in Node

FEW = 4


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("form", ["excitability", "synaptic", "combined"])
def test_vectors_of_trained_networks_in_both_engines(networks, tmp_path, form, seed):
    vectors_agree(networks, form, seed, tmp_path)


@pytest.mark.parametrize("name", ["gate", "gain+release", "synaptic-all", "readout"])
def test_vectors_of_other_forms_in_both_engines(tmp_path, name):
    network = initial(modulation.form(name, len(TASKS)), one_hot(tuple(TASKS)), COMPACT, 10, seeded())
    moved = {
        k: network.tensors[k] + normal(*network.tensors[k].shape, seed=i, scale=0.3).float()
        for i, k in enumerate(network.trained)
    }
    live = LiveNetworks({name: [replace(network, tensors=network.tensors | moved)]}, n_trials=FEW)
    vectors_agree(live, name, 0, tmp_path)


def vectors_agree(networks, form, seed, folder):
    """Compare the vectors of a network in a few random trials, and its gating, with the page's."""
    pages = replay(
        "gating.mjs",
        "vectors",
        form=form,
        seed=seed,
        pair=list(PAIR),
        trials=FEW,
        **written(networks, folder),
    )
    trials = networks.trials.of(PAIR[0]).select(slice(FEW))
    found = vectors(networks.networks[form][seed].under(list(PAIR)), trials)
    gating = gating_of(found)
    for k, page in enumerate(pages):
        for c, context in enumerate(page["contexts"]):
            same_relative(found.selection[:, c, k], context["selection"])
            same_relative(found.inputs[:, :, c, k].movedim(1, 0), context["inputs"])
            same_relative(found.contributions[:, :, c, k].T, context["contributions"])
            same_relative(found.sensitivity[:, c, k], context["sensitivity"])
        same_relative(gating.by_input[:, k], page["byInput"])
        same_relative(gating.by_selection[:, k], page["bySelection"])


def same_relative(expected, shown):
    """Compare numbers to 1e-8 of the largest."""
    torch.testing.assert_close(double(shown), expected, rtol=0, atol=1e-8 * expected.abs().max().item())


STATES = [
    {"mix": 1, "evidence1": 0.03, "evidence2": -0.03, "angle": 0, "seed": 0},
    {"mix": 0.35, "evidence1": -0.05, "evidence2": 0.01, "angle": 200, "seed": 1},
    {"mix": 0, "evidence1": 0.11, "evidence2": 0.31, "angle": 355, "seed": 2},
]


def test_the_page_measures_as_python(networks, tmp_path):
    pages = replay("gating.mjs", "shown", states=STATES, pair=list(PAIR), **written(networks, tmp_path))
    for state, page in zip(STATES, pages, strict=True):
        figure = EvidenceGates(networks, **state)
        torch.testing.assert_close(
            double(page["patterns"]), figure.trial.patterns[:, 0, 0], rtol=0, atol=1e-12
        )
        gates_agree(page["networks"], figure)


ALLOWED = {
    "mix:0.5": {"mix": 0.5},
    "evidence1:-0.05,evidence2:0.31,angle:355": {"evidence1": -0.05, "evidence2": 0.31, "angle": 355},
    "mix:0,seed:2": {"mix": 0, "seed": 2},
}
REFUSED = "evidence1:0 evidence2:0.005 evidence1:0.1,evidence2:0 seed:3 seed:0.5 pair:fdgo"


def test_links(networks, tmp_path):
    links_hold(EvidenceGates(networks), ALLOWED, REFUSED, source=written(networks, tmp_path))
