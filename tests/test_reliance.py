"""The experiment on reliance: what was declared, and rows that mean what they say."""

from dataclasses import replace
from itertools import product

import pandas as pd
import pytest
import torch

from modpack.experiments import reliance, stream
from modpack.experiments.reliance import (
    FORMS,
    PROFILES,
    SEEDS,
    TRAININGS,
    Cell,
    cells,
    measure,
    networks,
    summary,
)
from modpack.training import Clean, FastSlow, Noisy, NoisyCopy, OneHot, Then, untrained
from modpack.training.trainer import check_alike

SMALL = cells(PROFILES["small"])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("copy", "noisy"), [("first", [True, False]), ("second", [False, True])])
def test_noise_is_on_one_copy_and_has_its_size(copy, noisy):
    vectors = FastSlow().make(stream.ARMS["stream"].tasks, seeded()).vectors[None]
    noise = NoisyCopy(0.7, copy, 1000).draw(0, vectors, seeded()) - vectors.repeat_interleave(1000, dim=-2)
    halves = noise.split(4, dim=-1)
    assert [bool(half.any()) for half in halves] == noisy
    assert max(half.std().item() for half in halves) == pytest.approx(0.7, rel=0.05)


def test_noise_is_on_either_copy_and_never_on_both():
    vectors = torch.zeros(1, 4, 8)
    first, second = NoisyCopy(1.0, "either", 500).draw(0, vectors, seeded()).split(4, dim=-1)
    there = torch.stack([first.any(-1), second.any(-1)])
    assert (there.sum(0) == 1).all() and 0.45 < there[0].double().mean() < 0.55


def test_copies_need_a_code_of_two_of_one_length_and_known_names():
    config = networks(SMALL[1])[0]
    for code in (OneHot(), FastSlow(2)):
        with pytest.raises(ValueError, match="code="):
            replace(config, model=replace(config.model, code=code, form="bias"))
    with pytest.raises(ValueError, match="copy="):
        NoisyCopy(1.0, "third")
    with pytest.raises(ValueError, match="sigma="):
        NoisyCopy(-1.0)


def test_what_is_trained_is_what_was_declared():
    book = [networks(cell)[0] for cell in cells(PROFILES["book"])]
    assert len(book) == len(FORMS) * len(TRAININGS) * 16 == len(set(book))
    assert not set(SEEDS) & {*stream.SEEDS, *stream.SELECTION}
    assert len({each.modulation().count(24) for each in book}) == 1
    check_alike(book[:16])
    clean, either = (networks(cell)[0] for cell in SMALL)
    assert clean.protocol.contexts == Clean() and either.recipe.steps == 2 * clean.recipe.steps
    assert either.protocol.contexts == Then(Clean(), NoisyCopy(1.0, "either"), 20)
    assert not isinstance(either.protocol.contexts.second, Noisy)


def test_the_scales_of_all_pairs_are_compared_on_other_seeds():
    scales = cells(PROFILES["scales"])
    assert {(cell.form, cell.scale) for cell in scales} == set(product(FORMS, (1.0, 3.0)))
    assert {cell.training for cell in scales} == {"clean"}
    assert not {cell.seed for cell in scales} & {*SEEDS, *stream.SEEDS, *stream.SELECTION}


def test_rows_are_of_every_copy_and_level():
    cell = replace(SMALL[0], n_trials=20)
    table = pd.DataFrame(measure(cell, untrained(networks(cell)[0])))
    assert len(table) == 14 and not table.duplicated(["copy", "sigma", "measure"]).any()
    assert set(table["copy"]) == {"none", "first", "second"}
    assert (table.loc[table["measure"] == "finite", "value"] == 1).all()


def test_a_trial_that_explodes_is_wrong_and_is_counted():
    """Slopes that are told a noisy copy a hundredfold overflow, and with a clean one here do not."""
    cell = Cell("gain+row", "clean", 60, 1.0, 20, n_trials=20)
    network = untrained(networks(cell)[0])
    network = replace(network, tensors=network.tensors | {"G": 100 * network.tensors["G"].abs() - 100})
    table = pd.DataFrame(measure(cell, network)).set_index(["copy", "sigma", "measure"])["value"]
    assert table["none", 0.0, "finite"] == 1 > table["first", 2.0, "finite"]
    assert table["first", 2.0, "performance"] <= table["first", 2.0, "finite"]


def test_a_network_that_is_told_by_one_copy_alone_leans_on_it():
    """Excitability decides everything where the synapses' modulators are zero."""
    cell = Cell("bias+row", "clean", 60, 1.0, 20, n_trials=20)
    network = untrained(networks(cell)[0])
    network = replace(network, tensors=network.tensors | {"R": 0 * network.tensors["R"]})
    rows = pd.DataFrame(measure(cell, network)).query("measure == 'performance'")
    table = rows.set_index(["copy", "sigma"])["value"]
    assert table["second", 2.0] == table["none", 0.0]


def test_reliance_is_what_noise_on_the_other_copy_leaves():
    table = pd.DataFrame(
        {"form": f, "training": t, "seed": s, "copy": c, "sigma": sigma, "measure": measure}
        | {"value": 1.0 if measure == "finite" else value_of(s, c, sigma)}
        for f, t, s, c, sigma in product(FORMS, TRAININGS, SEEDS, ("first", "second"), reliance.SIGMAS)
        for measure in ("performance", "finite")
    )
    judged = summary(table)
    assert judged["verdict"].tolist() == ["higher"] * 4
    assert judged["difference"].tolist() == pytest.approx([0.6] * 4, abs=0.01)
    exploded = (table["measure"] == "finite") & (table["form"] == "gain+row") & (table["sigma"] == 2.0)
    table.loc[exploded & (table["seed"] < 522), "value"] = 0.99
    assert summary(table)["n"].tolist() == [14] * 4
    assert len(reliance.compared(table)) == len(reliance.primary(table)) + 2 * 2 * len(TRAININGS)


def value_of(seed: int, copy: str, sigma: float) -> float:
    """How well a network of whom we know everything does: 0.6 better where the second copy is noisy."""
    return (1.0 if copy == "second" else 0.4) + 1e-3 * (seed * (copy == "first") % 7) + (sigma != 1.0)


@pytest.mark.parametrize(
    ("field", "value"), [("form", "bias"), ("training", "cleen"), ("scale", 0.0), ("steps", 0)]
)
def test_values_are_checked(field, value):
    with pytest.raises(ValueError, match=f"{field}=|d="):
        replace(SMALL[0], **{field: value})
