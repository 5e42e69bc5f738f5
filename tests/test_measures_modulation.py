"""Sizes, performance, effective ranks, and which task a network carries out: known answers."""

from dataclasses import replace

import pytest
import torch
from small_networks import seeded

from modpack import networks
from modpack.context import mix, one_hot
from modpack.live.flipbook import Control, Limits
from modpack.live.flipbook.answers import along_path, two_pathways
from modpack.measures.choices import executed
from modpack.measures.geometry import effective_rank
from modpack.measures.modulation import form_of, forms_of, shipped_rows, summarise
from modpack.modulation import FORMS, form
from modpack.network import initial
from modpack.tasks import COMPACT, TASKS, generate
from modpack.tasks.conditions import circular_distance

N, D = 6, len(TASKS)


def always_right_ahead(form_name: str = "combined"):
    """A network that always responds in direction 0, whatever it sees and whatever it is told."""
    network = initial(form(form_name, D), one_hot(list(TASKS)), COMPACT, N, seeded())
    ahead = {"W_out": torch.zeros(3, N), "b_out": torch.tensor([0.0, 1.0, 0.0])}
    return replace(network, tensors=network.tensors | ahead)


def share_towards(angle: float, trials) -> float:
    """Fraction of trials whose stimulus is within the published tolerance of a direction."""
    near = circular_distance(trials.conditions.angle[..., 0], torch.tensor(angle)) < 0.2 * torch.pi
    return float(near.double().mean())


def test_every_form_belongs_to_one_pathway():
    pathways = [forms_of(name, D) for name in ("none", "excitability", "synaptic", "combined")]
    assert sorted(name for forms in pathways for name in forms) == sorted(FORMS)


def test_a_form_of_another_pathway_is_refused_by_name():
    assert form_of("combined", "gain+scaling", D).pathway == "combined"
    with pytest.raises(ValueError, match=r"form='full'.*'excitability'.*bias, gain, excitability, gate"):
        form_of("excitability", "full", D)


def test_summary_counts_and_scores():
    row = summarise(always_right_ahead(), {"fdgo": 1.0, "fdanti": 0.5})
    base = N * N + N * COMPACT.n_inputs + N + 3 * N + 3
    assert row == {
        "modulating": 4 * N * D,
        "total": base + 4 * N * D,
        "mean": 0.75,
        "worst": 0.5,
        "worst task": "Anti",
    }
    with pytest.raises(ValueError, match="scores"):
        summarise(always_right_ahead(), {})


def test_shipped_rows_are_the_records():
    rows = shipped_rows(["bias"])
    assert [row["seed"] for row in rows] == list(networks.SHIPPED_SEEDS)
    record = networks.load("bias", 1).record
    assert rows[1]["seconds"] == record["seconds"]
    assert rows[1]["worst"] == min(record["performance"].values())
    assert rows[1]["modulating"] == 64 * D


def test_effective_rank():
    vector = torch.randn(5, 1, generator=seeded(), dtype=torch.float64)
    two = torch.diag(torch.tensor([3.0, 3.0, 0.0, 0.0, 0.0], dtype=torch.float64))
    batch = torch.stack([vector @ vector.T, two, torch.eye(5, dtype=torch.float64)])
    torch.testing.assert_close(effective_rank(batch), torch.tensor([1.0, 2.0, 5.0], dtype=torch.float64))


def test_executed_counts_answers_of_any_rule():
    trials = generate(["fdgo"], 200, COMPACT, seeded())
    done = executed(always_right_ahead(), trials, "fdgo", ("fdgo", "fdanti", "dm1"))
    expected = {"fdgo": share_towards(0.0, trials), "fdanti": share_towards(torch.pi, trials), "dm1": 0.0}
    assert done == expected
    assert 0.1 < done["fdgo"] < 0.3


def test_along_path_has_a_frame_and_the_counts_for_every_position():
    network = always_right_ahead("bias")
    trials = generate(["fdgo"], 20, COMPACT, seeded())
    asked = []

    def context(position):
        asked.append(position)
        return position * network.code["fdgo"]

    control = Control("s", Limits(0, 1, 0.5), "strength", 1)
    book = along_path(network, trials, ["fdgo", "fdanti"], context, control, s=0.5)
    assert len(book.frames) == 3
    assert set(asked) == {0, 0.5, 1}
    share = share_towards(0.0, trials)
    assert book.sentence.startswith(f"strength 0.5: of 20 trials, {share:.0%} as Go asks")


def test_two_pathways_has_a_frame_for_every_pair():
    network = always_right_ahead()
    trials = generate(["fdgo"], 20, COMPACT, seeded())
    ends = network.code["fdgo"], network.code["fdanti"]
    book = two_pathways(network, trials, "fdgo", "fdanti", lambda lam: mix(*ends, lam), 1, synaptic=1)
    assert len(book.frames) == 4
    assert book.sentence.startswith("Excitability is told 0 Anti, synapses 1 Anti: of 20 trials")
    assert book.state == {"excitability": 0, "synaptic": 1}


def test_interactive_answers_are_of_one_task():
    trials = generate(["fdgo", "fdanti"], 2, COMPACT, seeded())
    with pytest.raises(ValueError, match="trials"):
        two_pathways(always_right_ahead(), trials, "fdgo", "fdanti", lambda lam: torch.zeros(D))
