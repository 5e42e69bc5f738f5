"""Ambiguous contexts: pairs of tasks that can be probed, curves of choices, where they switch."""

import math

import pytest
import torch
from small_networks import diverging

from modpack import networks
from modpack.colours import CHOICE_COLOURS, colour_of
from modpack.context import mix
from modpack.ensemble import ensemble
from modpack.figures.choices import STACK, plot_choices, plot_curves
from modpack.figures.style import style
from modpack.measures.choices import CHOICES, choice_curve, compatibility, executed, opponents
from modpack.measures.lesions import activity, damaged
from modpack.measures.pairs import PairedRun
from modpack.measures.switching import switches
from modpack.tasks import COMPACT, TASKS, generate


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def table():
    return compatibility(generate(list(TASKS), 200, COMPACT, seeded()))


def entry(table, a, b):
    names = list(TASKS)
    return table[names.index(a), names.index(b)].item()


def test_compatibility_by_hand(table):
    assert table.shape == (20, 20)
    assert (table.diagonal() == 0).all()
    assert entry(table, "fdgo", "fdanti") == entry(table, "delayanti", "reactgo") == 1
    assert entry(table, "fdgo", "delaygo") == 0
    assert entry(table, "dmsgo", "dmsnogo") == 1
    assert 0 < entry(table, "contextdm1", "contextdm2") < 1
    assert entry(table, "dm1", "contextdm1") == 0
    assert math.isnan(entry(table, "fdgo", "dmsgo"))


def test_opponents_are_where_some_trials_tell():
    trials = generate(list(TASKS), 50, COMPACT, seeded(3))
    table = compatibility(trials)
    names = list(TASKS)
    for row, (name, others) in zip(table, opponents(trials).items(), strict=True):
        assert name not in others
        assert others == [names[k] for k in range(20) if row[k] > 0]


@pytest.mark.parametrize("form", ["excitability", "combined"])
def test_one_context_for_all_trials_or_one_for_each(form):
    network = networks.load(form, 0).network.to(torch.float64)
    trials = generate(["fdgo"], 6, network.preset, seeded(4))
    a, b = network.code["fdgo"], network.code["fdanti"]
    contexts = mix(a, b, torch.tensor([0, 0.45, 0.55, 1]))
    shared = choice_curve(network, trials, ("fdgo", "fdanti"), contexts)
    each = choice_curve(network, trials, ("fdgo", "fdanti"), contexts.unsqueeze(1).expand(-1, 6, -1))
    torch.testing.assert_close(shared, each)
    torch.testing.assert_close(shared.sum(-1), torch.ones(4))
    assert shared[0, CHOICES.index("a")] == shared[-1, CHOICES.index("b")] == 1


def test_a_network_that_diverged_makes_no_choice():
    network = networks.load("combined", 0).network
    lost = diverging(network)
    trials, own = generate(["fdgo"], 3, network.preset, seeded()), network.code["fdgo"]
    with pytest.raises(ValueError, match=r"outputs=.*diverged"):
        choice_curve(lost, trials, ("fdgo", "fdanti"), own[None])
    with pytest.raises(ValueError, match=r"outputs=.*diverged"):
        executed(lost, trials, "fdgo", ["fdgo"])


def test_an_ensemble_is_measured_member_by_member():
    both = ensemble([networks.load("combined", seed).network for seed in (0, 1)])
    trials, own = generate(["fdgo"], 3, both.preset, seeded()), both.code["fdgo"]
    for measure in (
        lambda: choice_curve(both, trials, ("fdgo", "fdanti"), own[None]),
        lambda: executed(both, trials, "fdgo", ["fdgo"]),
        lambda: activity(both, trials),
        lambda: damaged(both, trials),
        lambda: PairedRun.of(both, ("fdgo", "fdanti"), trials),
    ):
        with pytest.raises(ValueError, match=r"an ensemble.*member"):
            measure()


def test_the_switch_of_trials_and_of_their_mean():
    decided = torch.tensor([[-1, -1, -1], [1, -1, -1], [1, 0.5, -1], [1, 1, -0.2]], dtype=torch.float64)
    mean, each = switches(decided, torch.tensor([0, 0.2, 0.4, 0.6], dtype=torch.float64))
    assert each[:2].tolist() == pytest.approx([0.1, 0.2 + 0.2 / 1.5]) and bool(each[2].isnan())
    assert mean == pytest.approx(0.2 + 0.2 * (1 / 3) / (1 / 3 + 1 / 6))


def test_trials_that_tell_nothing():
    network = networks.load("combined", 0).network
    trials = generate(["dm1"], 6, network.preset, seeded(4))
    with pytest.raises(ValueError, match="tasks="):
        choice_curve(network, trials, ("dm1", "contextdm1"), network.code["dm1"][None])


def test_curves_are_drawn_as_they_are():
    curves = {"synaptic": torch.rand(2, 3, generator=seeded())}
    with style():
        ax = plot_curves([0, 0.5, 1], curves)
        assert [line.get_ydata().tolist() for line in ax.lines] == curves["synaptic"].tolist()
        assert {line.get_color() for line in ax.lines} == {colour_of("synaptic")}
        assert plot_curves([1, 2], {"combined": torch.rand(1, 2)}, ax) is ax
        assert ax.lines[-1].get_label() == "combined, 1 networks"


def test_the_areas_of_all_choices_stand_on_each_other():
    fractions = torch.rand(3, len(CHOICES), generator=seeded())
    fractions /= fractions.sum(-1, keepdim=True)
    assert sorted(STACK) == sorted(CHOICES) == sorted(CHOICE_COLOURS)
    with style():
        ax = plot_choices([0, 0.5, 1], fractions)
        heights = [area.get_paths()[0].get_extents().y1 for area in ax.collections]
        top = fractions[:, [CHOICES.index(name) for name in STACK]].cumsum(-1).amax(0)
    assert heights == pytest.approx(top.tolist(), abs=1e-6)
    assert [area.get_label() for area in ax.collections] == list(STACK)
