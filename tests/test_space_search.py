"""Fixed points that the page looks for itself: continuation, growing modes, and the twin in Python."""

import math

import pytest
import torch
from node_replay import replay, written
from small_networks import seeded
from small_training import TINY, changed

from modpack.live.engine.network import LiveNetworks
from modpack.live.state_space import StateSpace
from modpack.live.state_space.exploring import UNEXPLORED, explored
from modpack.training import train

TASKS = ("fdgo", "fdanti")


def walked(weight: float, start: tuple[float, float], direction: int) -> list[dict]:
    return replay("space.mjs", "walked", weight=weight, start=start, direction=direction)


def test_a_branch_of_one_neuron_passes_its_folds_where_they_are():
    weight = 2.0
    points = walked(weight, (-math.tanh(3), 0.0), 1)  # threshold -1 + 2 mix: from one end to the other
    turn = math.sqrt(1 - 1 / weight)
    threshold = weight * turn - math.atanh(turn)
    folds = [(each["rate"], each["mix"]) for each in points if each["isFold"]]
    expected = [(-turn, (1 + threshold) / 2), (turn, (1 - threshold) / 2)]
    for fold, there in zip(folds, expected, strict=True):
        assert fold == pytest.approx(there, abs=1e-4)
    assert points[-1]["mix"] == 1 and points[-1]["rate"] > 0.9
    for each in points:
        mix = (math.atanh(each["rate"]) - weight * each["rate"] + 1) / 2
        assert each["mix"] == pytest.approx(mix, abs=1e-7)
        if not each["isFold"]:
            assert each["nUnstable"] == (abs(each["rate"]) < turn)


def test_a_branch_without_a_fold_goes_down_as_it_came_up():
    up = walked(0.5, (-0.9, 0.0), 1)
    down = walked(0.5, (up[-1]["rate"], 1.0), -1)
    assert (up[0]["mix"], up[-1]["mix"], down[-1]["mix"]) == (0, 1, 0)
    assert down[-1]["rate"] == pytest.approx(up[0]["rate"], abs=1e-9)
    assert not any(each["isFold"] or each["nUnstable"] for each in (*up, *down))


@pytest.mark.parametrize("n", [1, 2, 7, 20])
def test_growing_modes_are_those_outside_the_unit_circle(n):
    generator, alpha = seeded(n), 0.2
    matrices = 2 * torch.randn(6, n, n, generator=generator, dtype=torch.float64) - 3 * torch.eye(n)
    expected = ((1 + alpha * torch.linalg.eigvals(matrices)).abs() > 1).sum(-1)
    assert replay("space.mjs", "growing", matrices=matrices, alpha=alpha) == expected.tolist()
    assert n < 7 or expected.sum() > 0


@pytest.fixture(scope="module")
def networks() -> LiveNetworks:
    configs = [changed(TINY, form=form, n_neurons=10, steps=120) for form in ("excitability", "synaptic")]
    return LiveNetworks({each.model.form: [train(each).network] for each in configs}, n_trials=2)


def test_the_page_finds_what_python_finds(networks, tmp_path):
    landscape = explored(networks, TASKS)
    states = [
        {"mix": mix, "epoch": epoch, "basis": "outputs", "x": 0.3, "y": -0.6, "z": 0.1}
        for mix in (0.0, 0.07, 0.33, 0.5, 0.81, 1.0)
        for epoch in ("stimulus1", "response")
    ]
    description = UNEXPLORED["description"] | {"tasks": TASKS}
    source = written(networks, tmp_path)
    page = replay("space.mjs", "searched", networks=source, description=description, states=states)
    assert page["epochs"] == landscape.epochs
    for form, basis in page["bases"]:
        ours = landscape.bases[form]["outputs"]
        assert basis["extent"] == pytest.approx(ours.extent, rel=1e-6)
        torch.testing.assert_close(torch.tensor(basis["vectors"]).double(), ours.vectors, rtol=0, atol=1e-6)
        torch.testing.assert_close(torch.tensor(basis["centre"]).double(), ours.centre, rtol=0, atol=1e-6)
    counts = set()
    for state, shown in zip(states, page["shown"], strict=True):
        figure = StateSpace(networks, landscape, **state)
        points, ends = figure.fixed_points, figure.end
        for form, found in shown.items():
            theirs = torch.tensor([each["state"] for each in found["points"]], dtype=torch.float64)
            assert len(theirs) == len(points[form])
            nearest = torch.cdist(points[form].states, theirs).min(1)
            assert nearest.values.max() < 1e-8
            counted = [found["points"][k]["nUnstable"] for k in nearest.indices.tolist()]
            assert counted == points[form].n_unstable_map.tolist()
            assert found["end"]["choice"] == ends[form].choice
            assert found["end"]["length"] == pytest.approx(ends[form].length, abs=1e-4)
            counts.add(len(theirs))
    assert len(counts) > 1
