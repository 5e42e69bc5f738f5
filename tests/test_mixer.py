"""The context mixer: its traits in Python, its arithmetic in Node."""

import math
from itertools import product

import pytest
import torch
from book_figures import in_page
from figure_agreement import choice_curves_agree
from figure_links import links_hold
from live_page import follow
from node_replay import replay, written

from modpack.live.mixer.figure import LIMITS, Mixer
from modpack.live.shipped import shipped_networks
from modpack.measures.choices import CHOICES
from modpack.tasks import COMPACT, TASKS, UNDEFINED


@pytest.fixture(scope="module")
def networks():
    return shipped_networks()


def state_of(mixer: Mixer) -> dict:
    return {name: getattr(mixer, name) for name in Mixer.STATE}


# ------------------------------------------------------------------------------------- in Python


def test_context_trial_and_answer_can_be_read(networks):
    mixer = Mixer(networks, mix=0.25, strength=0.8, angle=90)
    a, b = (networks.code.tasks.index(name) for name in ("fdgo", "fdanti"))
    expected = torch.zeros(len(TASKS), dtype=torch.float64)
    expected[a], expected[b] = 0.8 * 0.75, 0.8 * 0.25
    torch.testing.assert_close(mixer.context, expected)
    assert mixer.trial.tasks[0].name == "fdgo"
    assert mixer.trial.answer.angle.item() == pytest.approx(torch.pi / 2)
    assert list(mixer.answer) == ["excitability", "synaptic", "combined"]


def test_at_the_ends_of_the_mix_a_trained_network_does_its_task(networks):
    for form, said in Mixer(networks, mix=0.0).answer.items():
        assert said.choice == "a", form
    for form, said in Mixer(networks, mix=1.0).answer.items():
        assert said.choice == "b", form
    for fractions in Mixer(networks).curve([0.0, 1.0]).values():
        assert fractions[0, CHOICES.index("a")] > 0.9
        assert fractions[1, CHOICES.index("b")] > 0.9


def test_a_trial_to_which_both_tasks_have_one_answer(networks):
    mixer = Mixer(networks, a="dmsgo", b="dmcgo", mix=0.0, angle=30, angle2=30)
    assert {said.choice for said in mixer.answer.values()} <= set(CHOICES) - {"a", "b"} | {"both"}
    assert "both" in {said.choice for said in mixer.answer.values()}


def test_noise_of_the_context_is_that_of_the_trial(networks):
    mixer = Mixer(networks, noise=0.1, draw=3)
    quiet = Mixer(networks, noise=0.0)
    torch.testing.assert_close(mixer.context - quiet.context, 0.1 * networks.deviates[3])
    assert quiet.d_prime == math.inf


def test_noise_in_line_is_what_the_noise_says_of_the_two_tasks(networks):
    """The same draw without whatever tells nothing about the two, and so the same d'."""
    both, line = (Mixer(networks, noise=0.5, draw=3, strength=0.8, in_line=each) for each in (False, True))
    assert both.d_prime == line.d_prime == pytest.approx(0.8 * math.sqrt(2) / 0.5)
    quiet = Mixer(networks, strength=0.8).context
    a, b = (networks.code[name].double() for name in ("fdgo", "fdanti"))
    torch.testing.assert_close((line.context - quiet) @ (b - a), (both.context - quiet) @ (b - a))
    assert torch.linalg.matrix_rank(torch.stack([line.context - quiet, b - a])) == 1


def test_a_new_task_keeps_a_pair(networks):
    mixer = Mixer(networks)
    mixer.a = "dmsgo"
    assert mixer.b in networks.opponents["dmsgo"]
    for b in networks.opponents["dmsgo"]:
        mixer.b = b
        assert (mixer.a, mixer.b) == ("dmsgo", b)


@pytest.mark.parametrize(
    "state, message",
    [
        ({"a": "dm1"}, "a='dm1' is not known"),
        ({"b": "dm1"}, "b='dm1' is not known"),
        ({"a": "fdgoo"}, "did you mean 'fdgo'"),
        ({"seed": 3}, "seed=3 is not allowed"),
        ({"draw": 64}, "draw=64 is not allowed"),
    ],
)
def test_what_is_not_allowed(networks, state, message):
    with pytest.raises(ValueError, match=message):
        Mixer(networks, **state)


@pytest.mark.parametrize("name", LIMITS)
def test_sliders_have_limits(networks, name):
    mixer = Mixer(networks)
    with pytest.raises(Exception, match=name):
        setattr(mixer, name, LIMITS[name].high + 1)


# --------------------------------------------------------------------------------------- in Node


def test_the_page_builds_the_same_trials_and_contexts(networks, tmp_path):
    states = []
    for a, others in networks.opponents.items():
        for b, (angle, delay) in product(others[:1], [(10, 0), (200, 440), (359, 2000)]):
            choice = {"a": a, "b": b, "angle": angle, "angle2": 77, "delay": delay, "coherence": 0.32}
            context = {"mix": 0.34, "keep_norm": angle > 100, "strength": 0.7, "draw": 5}
            states.append(choice | context | {"noise": 0.2, "in_line": angle < 300})
    made = replay("mixer.mjs", "chosen", states=states, **written(networks, tmp_path))
    for state, page in zip(states, made, strict=True):
        mixer = Mixer(networks, **state)
        trial = mixer.trial
        torch.testing.assert_close(
            torch.tensor(page["patterns"], dtype=torch.float64), trial.patterns[:, 0, 0], rtol=0, atol=1e-12
        )
        assert page["onsets"] == trial.onsets[:, 0, 0].tolist()
        assert page["answer"][0] == trial.answer.kind.item() != UNDEFINED
        torch.testing.assert_close(torch.tensor(page["context"], dtype=torch.float64), mixer.context)
        assert page["dPrime"] == pytest.approx(mixer.d_prime)


def test_chosen_decisions_matter_for_the_ring_that_is_attended(networks):
    for a, b in [("contextdm1", "contextdm2"), ("multidm", "contextdm2")]:
        mixer = Mixer(networks, a=a, b=b, angle=30, angle2=210)
        answers = [TASKS[name].answer(mixer.trial.conditions).angle.item() for name in (a, b)]
        assert answers[0] != pytest.approx(answers[1])


ALLOWED = {
    "mix:0.2": {"mix": 0.2},
    "guess:0.4,committed:1": {"guess": 0.4, "committed": True},
    "mix:1,seed:2,keep_norm:1": {"mix": 1, "seed": 2, "keep_norm": True},
    "noise:0.3,in_line:1": {"noise": 0.3, "in_line": True},
    "b:delayanti": {"b": "delayanti"},
    "a:dmsgo,b:dmcgo,delay:440": {"a": "dmsgo", "b": "dmcgo", "delay": 440},
}
REFUSED = (
    "a:fdanti a:dm1,b:dm2 b:fdgo a:constructor seed:3 seed:1.5 draw:64 keep_norm:2 committed:2 guess:2 "
    "in_line:2 angle:360"
)


def test_links(networks, tmp_path):
    links_hold(Mixer(networks), ALLOWED, REFUSED, source=written(networks, tmp_path))


def test_the_curve_grows_from_coarse_to_fine():
    for count, order in zip(
        (2, 3, 51, 64), replay("mixer.mjs", "orders", counts=[2, 3, 51, 64]), strict=True
    ):
        assert sorted(order) == list(range(count))
        assert order[:2] == [0, count - 1]


# ------------------------------------------------------------------------------------- in a page

KNOWN = "root => Object.values(root.drawn.curves).flat().filter((point) => point !== null).length"


@pytest.mark.browser
def test_curves_grow_in_sight_only(browser):
    with in_page(browser, "mixer", viewport={"width": 1280, "height": 300}) as figure:
        figure.see()
        follow(figure.page, "#mixer=mix:0.3,committed:1")
        figure.page.wait_for_function(f"root => ({KNOWN})(root) > 0", arg=figure.root)
        figure.page.evaluate("window.scrollTo(0, 0)")
        figure.page.wait_for_timeout(300)
        known = figure.root.evaluate(KNOWN)
        figure.page.wait_for_timeout(600)
        assert figure.root.evaluate(KNOWN) == known
        assert not figure.root.evaluate("root => root.drawn.isComplete")
        figure.see()
        choice_curves_agree(figure.complete()["curves"], figure.twin())


def test_only_the_vector_readout():
    live = shipped_networks(["combined"], [0])
    live.preset = type("Preset", (), {"readout": "ring"})()
    with pytest.raises(ValueError, match="ring readout"):
        Mixer(live)
    assert COMPACT.readout == "vector"
