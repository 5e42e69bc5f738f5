"""Forms that the engine does not know: compiled by Python at a few contexts, and shown all the same."""

from dataclasses import dataclass, replace

import pytest
import torch
from figure_links import links_hold
from node_replay import replay, written
from small_networks import ALL_FORMS, dense_contexts, small_network

from modpack.context import mix, one_hot
from modpack.live.engine.compiled import MixGrid, compile_between
from modpack.live.engine.network import LiveNetworks
from modpack.live.mixer import Mixer
from modpack.modulation import Combined, Modulation, form
from modpack.network import initial
from modpack.tasks import COMPACT, TASKS

TASK_NAMES = ("fdgo", "fdanti", "dm1")


@dataclass(frozen=True)
class Sending(Modulation):
    """A reader's form: ``W diag(exp(K c))``."""

    pathway = "synaptic"

    def initial(self, n, generator):
        return {"K": 0.3 * torch.randn(n, self.d, generator=generator)}

    def modulate(self, tensors, c, network):
        return replace(network, W=network.W * torch.exp(c @ tensors["K"].mT).unsqueeze(-2))


def network_of(modulation, n=12, tasks=TASK_NAMES):
    return initial(modulation, one_hot(tasks), COMPACT, n, torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def live():
    forms = {name: form(name, 3) for name in ("combined", "row", "synaptic-all", "readout", "bias+bias")}
    networks = {name: [network_of(each)] for name, each in (forms | {"sending": Sending(3)}).items()}
    return LiveNetworks(networks, between=("fdgo", "fdanti"), n_trials=8)


@pytest.mark.parametrize("name", ALL_FORMS)
def test_what_was_compiled_is_the_network_under_the_nearest_context(name):
    network = small_network(name)
    between = MixGrid(*network.code.tasks[:2], steps=4)
    compiled = compile_between(network, between)
    a, b = (network.code[task].double() for task in network.code.tasks[:2])
    for lam, nearest in [(0, 0), (0.25, 0.25), (0.3, 0.25), (0.9, 1)]:
        shown, meant = compiled.under(mix(a, b, lam)), network.under(mix(a, b, nearest))
        for part in ("W", "W_in", "b", "slope", "W_out", "b_out"):
            expected = getattr(meant, part).float().expand_as(getattr(shown, part))
            torch.testing.assert_close(getattr(shown, part), expected)
        assert (shown.gate is None) == (meant.gate is None)


def test_python_and_the_page_answer_alike(live, tmp_path):
    states = [{"mix": lam, "angle": 40} for lam in (0.0, 0.35, 0.5, 0.95)]
    pages = replay("mixer.mjs", "answers", states=states, **written(live, tmp_path))
    for state, page in zip(states, pages, strict=True):
        for name, said in Mixer(live, **state).answer.items():
            assert page[name][0] == said.choice
            assert page[name][1:] == pytest.approx([said.angle, said.length, said.fixation], abs=1e-8)


def test_only_the_compiled_contexts_are_offered(live, tmp_path):
    assert {name: others for name, others in live.opponents.items() if others} == {"fdgo": ["fdanti"]}
    mixer = Mixer(live)
    assert mixer.limits["mix"][2] == 1 / 20
    mixer.mix = 0.35
    other = {"mix": 0.33, "strength": 0.5, "noise": 0.1, "keep_norm": True, "in_line": True}
    for name, value in other.items():
        with pytest.raises(Exception, match=name):
            setattr(mixer, name, value)
    refused = "mix:0.33 strength:0.5 noise:0.1 keep_norm:1 in_line:1"
    links_hold(mixer, {"mix:0.35": {}}, refused, source=written(live, tmp_path))


def test_a_form_without_a_twin_needs_two_tasks():
    with pytest.raises(ValueError, match=r"the engine does not know .*Sending"):
        LiveNetworks({"sending": [network_of(Sending(3))]})
    both = Combined(3, (form("bias", 3), Sending(3)))
    with pytest.raises(ValueError, match=r"the engine does not know"):
        LiveNetworks({"both": [network_of(both)]})
    with pytest.raises(ValueError, match="did you mean 'fdanti'"):
        LiveNetworks({"sending": [network_of(Sending(3))]}, between=("fdgo", "fdant"))


def test_tasks_of_the_readers_own_are_not_shown(monkeypatch):
    own = replace(TASKS["dm1"], name="own", rule=lambda conditions: TASKS["dm1"].answer(conditions))
    monkeypatch.setitem(TASKS, "own", own)
    live = LiveNetworks({"bias": [network_of(form("bias", 3), tasks=("fdgo", "fdanti", "own"))]}, n_trials=4)
    assert [task["name"] for task in live.description["tasks"]] == ["fdgo", "fdanti"]
    assert live.description["tensors"]["code"]["shape"] == [2, 3]


def test_dense_contexts_find_their_nearest():
    network = small_network("bias")
    compiled = compile_between(network, MixGrid(*network.code.tasks[:2], steps=2))
    near = compiled.tensors["at"][1] + 0.05 * dense_contexts(1)[0].float()
    torch.testing.assert_close(compiled.under(near).b, compiled.under(compiled.tensors["at"][1]).b)
