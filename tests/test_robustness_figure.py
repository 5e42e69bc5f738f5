"""The figure of robustness: what it takes from the table, its trials in Python, in Node and in links."""

import math

import numpy as np
import pytest
import torch
from figure_agreement import robustness_agrees, same
from figure_links import links_hold
from node_replay import replay, written

from modpack import results
from modpack.experiments.robustness import (
    BOUNDS,
    FAMILIES,
    FORMS,
    PAIRS,
    POSITIONS,
    PRIMARY,
    SCHEDULES,
    label,
    main_condition,
)
from modpack.live.robustness import Robustness, robustness_networks
from modpack.live.robustness.summary import NOISES, PATHS, curves
from modpack.live.shipped import shipped_networks
from modpack.measures.bounds import answers_of_all, best_answer, likelihood_of_noise, posterior
from modpack.measures.statistics import interval


@pytest.fixture(scope="module")
def networks():
    return robustness_networks()


# ------------------------------------------------------------------------------------ the table


def test_regrets_are_those_of_the_table():
    table = main_condition(results.load("robustness").table)
    rows = table[(table["operator"] == "in-line") & (table["measure"] == "regret") & (table["level"] == 0.8)]
    rows = rows[rows["tasks"].isin([label(pair) for pair in FAMILIES["decision"]])]
    rows = rows[(rows["form"] == "gain+row") & (rows["schedule"] == "noise")]
    expected = interval(rows.groupby("seed")["value"].mean())
    found = curves()["in-line"]["decision"]["noise"]["gain+row"]
    at = BOUNDS.index(0.8)
    shown = (found["mean"][at], found["low"][at], found["high"][at], found["n"])
    assert shown == pytest.approx(expected, abs=1e-4)


def test_there_is_a_curve_of_every_form_under_every_schedule():
    found = curves()
    for operator in (*NOISES, *PATHS):
        kinds = {"all"} if operator == "isotropic" else set(FAMILIES)
        assert set(found[operator]) == kinds
        for by_schedule in found[operator].values():
            assert set(by_schedule) == set(SCHEDULES)
            assert all(set(by_form) == set(PRIMARY) for by_form in by_schedule.values())
    assert set(PRIMARY) < set(FORMS)


@pytest.mark.parametrize("operator", PATHS)
def test_choices_along_a_path_are_whole(operator):
    for by_schedule in curves()[operator].values():
        for curve in (curve for by_form in by_schedule.values() for curve in by_form.values()):
            made = np.array(curve["made"])
            assert made.shape == (len(POSITIONS), 6)
            np.testing.assert_allclose(made.sum(1), 1, atol=1e-3)
            np.testing.assert_allclose(made[:, 0], curve["mean"], atol=1e-4)


# ------------------------------------------------------------------------------------- in Python


def test_pairs_are_those_that_the_trials_of_the_page_tell_apart(networks):
    assert {(a, b) for a, others in networks.opponents.items() for b in others} == set(PAIRS)


@pytest.mark.parametrize("pair", PAIRS)
def test_decoder_of_a_pair_is_right_as_often_as_its_bound_says(networks, pair):
    """The deviates of the page are few: the fraction lies within three standard errors."""
    a, b = pair
    right = [
        Robustness(networks, a=a, b=b, bound=0.8, draw=draw).answer.decoder_is_right
        for draw in range(len(networks.deviates))
    ]
    assert abs(np.mean(right) - 0.8) < 3 * math.sqrt(0.8 * 0.2 / len(right))


def test_noise_in_line_moves_along_the_line(networks):
    figure = Robustness(networks, a="contextdm1", b="dm2", bound=0.7, draw=5)
    a, b = (networks.code[name].double() for name in ("contextdm1", "dm2"))
    moved, line = figure.cue - a, b - a
    assert (moved @ line).abs() == pytest.approx((moved.norm() * line.norm()).item())


def test_levels_of_paths_end_at_contexts(networks):
    a, b = (networks.code[name].double() for name in ("fdgo", "fdanti"))
    assert torch.equal(Robustness(networks, operator="mix", mix=1).cue, b)
    assert torch.equal(Robustness(networks, operator="strength", strength=1).cue, a)
    assert not Robustness(networks, operator="strength", strength=0).cue.any()


@pytest.mark.parametrize("operator", [*NOISES, *PATHS])
def test_networks_that_were_trained_with_beliefs_are_told_beliefs_of_noise(networks, operator):
    clean, belief = (Robustness(networks, operator=operator, schedule=s) for s in ("clean", "belief"))
    assert torch.equal(clean.cue, belief.cue) and torch.equal(clean.cue, clean.context)
    if operator in PATHS:
        assert torch.equal(belief.context, belief.cue) and belief.answer.decoder is None
    else:
        assert belief.context.sum().item() == pytest.approx(1) and (belief.context > 0).all()


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("form", PRIMARY)
def test_without_ambiguity_every_network_does_the_task(networks, form, schedule):
    state = {"operator": "strength", "strength": 1, "form": form, "schedule": schedule}
    right = [Robustness(networks, draw=draw, **state).answer for draw in range(8)]
    assert all(said.right and said.choice == "a" for said in right)


def test_another_task_takes_another_of_its_own_for_b(networks):
    figure = Robustness(networks, a="fdgo", b="delayanti")
    figure.a = "contextdm2"
    assert ("contextdm2", figure.b) in PAIRS


@pytest.mark.parametrize(
    "state, message",
    [
        ({"operator": "drop"}, "operator='drop'"),
        ({"bound": 0.85}, "bound=0.85 is not allowed"),
        ({"mix": 0.55}, "mix=0.55 is not allowed"),
        ({"strength": 1.5}, "strength"),
        ({"schedule": "loud"}, "schedule='loud'"),
        ({"form": "row"}, "form='row'"),
        ({"a": "dm1"}, "a='dm1'"),
        ({"a": "fdgo", "b": "dm2"}, "b='dm2'"),
        ({"draw": 64}, "draw=64 is not allowed"),
    ],
)
def test_what_is_not_allowed(networks, state, message):
    with pytest.raises(Exception, match=message):
        Robustness(networks, **state)


def test_other_networks_are_refused():
    with pytest.raises(ValueError, match=r"networks=.* is not allowed"):
        Robustness(shipped_networks())


# --------------------------------------------------------------------------------------- in Node


@pytest.mark.parametrize(("task", "sigma"), [("fdgo", 0.4), ("contextdm2", 0.9), ("dm1", 1.3)])
def test_decoder_in_both_engines(networks, tmp_path, task, sigma):
    pages = replay("robustness.mjs", "decoded", task=task, sigma=sigma, **written(networks, tmp_path))
    code, trials = networks.code, networks.trials.of(task)
    cues = code[task].double() + sigma * networks.deviates
    probabilities = posterior(likelihood_of_noise(cues, code, sigma))
    best = best_answer(probabilities, answers_of_all(trials, code))[0]
    for k, page in enumerate(pages):
        same(probabilities[k], page["probabilities"], atol=1e-10)
        assert math.cos(page["angle"] - best.angle[k].item()) == pytest.approx(1, abs=1e-9)


STATES = [
    {"operator": operator, "schedule": schedule, "form": form, "a": a, "b": b, "draw": 7 * k + 3}
    | {"bound": BOUNDS[k], "mix": POSITIONS[2 * k + 1], "strength": POSITIONS[2 * k]}
    for operator in (*NOISES, *PATHS)
    for k, (schedule, form, (a, b)) in enumerate(
        [
            ("clean", "bias", ("fdgo", "fdanti")),
            ("noise", "synaptic", ("contextdm1", "dm2")),
            ("belief", "gain+row", ("delayanti", "fdgo")),
            ("belief", "excitability", ("contextdm2", "contextdm1")),
        ]
    )
]


def test_the_page_measures_as_python(networks, tmp_path):
    figure = Robustness(networks)
    given = {"options": figure.options, "curves": figure.curves, **written(networks, tmp_path)}
    states = [figure.state | state for state in STATES]
    for state, page in zip(states, replay("robustness.mjs", "shown", states=states, **given), strict=True):
        twin = Robustness(networks, **state)
        robustness_agrees(page, twin)
        tasks = "all" if state["operator"] == "isotropic" else PAIRS[state["a"], state["b"]]
        curve = figure.curves[state["operator"]][tasks][state["schedule"]][state["form"]]
        levels = {"mix": POSITIONS, "strength": POSITIONS}.get(state["operator"], BOUNDS)
        value = state[state["operator"] if state["operator"] in PATHS else "bound"]
        assert (page["curve"], page["n"]) == (curve["mean"][levels.index(value)], curve["n"])


ALLOWED = {
    "operator:isotropic": {"operator": "isotropic"},
    "operator:mix,mix:0.3,form:gain+row": {"operator": "mix", "mix": 0.3, "form": "gain+row"},
    "bound:0.99,schedule:belief,others:0": {"bound": 0.99, "schedule": "belief", "others": False},
    "a:contextdm1,b:dm2,draw:63,strength:1": {"a": "contextdm1", "b": "dm2", "draw": 63, "strength": 1},
}
REFUSED = (
    "operator:drop bound:0.85 mix:0.35 strength:1.1 schedule:loud form:row others:2 draw:64 a:dm1 b:dm2 "
    "a:contextdm1,b:fdgo n:3"
)


def test_links(networks, tmp_path):
    figure = Robustness(networks)
    links_hold(figure, ALLOWED, REFUSED, source=written(networks, tmp_path), options=figure.options)
