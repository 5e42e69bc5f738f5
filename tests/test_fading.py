"""The experiment on fading estimates: what is told, and rows that mean what they say."""

from dataclasses import replace

import pandas as pd
import pytest
import torch

from modpack import stored
from modpack.experiments import fading, stream
from modpack.experiments.fading import FADED, PROFILES, cells, fade, measure, networks, summary
from modpack.measures.streaming import happened
from modpack.networks import FOLDER

SMALL = cells(PROFILES["small"])[0]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("estimate", ["fast", "slow"])
@pytest.mark.parametrize("arm", stream.PRIMARY)
def test_what_has_faded_is_still_a_probability_and_the_rest_is_as_it_was(arm, estimate):
    told = happened(stream.ARMS[arm].stream, 6, 3, seeded())
    assert all(torch.equal(x, y) for x, y in zip(fade(told, estimate, 0.0), told, strict=True))
    half, gone = (fade(told, estimate, faded) for faded in (0.5, 1.0))
    for name in told._fields:
        same = torch.equal(getattr(half, name), getattr(told, name))
        assert same == (name != estimate)
    left = getattr(gone, estimate)
    assert (left == 1 / left.shape[-1]).all()
    middle = (getattr(told, estimate) + left) / 2
    torch.testing.assert_close(getattr(half, estimate), middle)


def test_unknown_estimates_and_amounts_are_refused():
    told = happened(stream.ARMS["stream"].stream, 4, 2, seeded())
    with pytest.raises(ValueError, match=r"estimate='fest' .*'fast'"):
        fade(told, "fest", 0.5)
    with pytest.raises(ValueError, match=r"faded=1\.5"):
        fade(told, "fast", 1.5)


def test_the_networks_are_those_of_the_stream():
    of_stream = {networks(cell)[0] for cell in stream.cells(stream.PROFILES["primary"])}
    assert {networks(cell)[0] for cell in cells(PROFILES["book"])} < of_stream


def test_an_estimate_that_nobody_hears_is_not_missed():
    """In bias+gain slopes are told the slow estimate: without their modulators its fading costs nothing."""
    network = stored.read(FOLDER / "stream" / "stream-bias+gain.safetensors").network
    deaf = replace(network, tensors=network.tensors | {"G": 0 * network.tensors["G"]})
    cell = replace(SMALL, n_worlds=4)
    lost = [
        pd.DataFrame(measure(cell, each)).set_index(["estimate", "faded"])["value"]
        for each in (network, deaf)
    ]
    whole, half = (each.unstack("estimate") for each in lost)
    assert (half["slow"] == 0).all() and (half["fast"] != 0).all() and (whole != 0).all(axis=None)


def test_what_is_seen_is_said_of_the_networks_asked_for():
    rows = [
        {"arm": arm, "form": form, "seed": seed, "estimate": estimate, "faded": faded, "measure": "lost"}
        | {"value": 0.1 * (form in fading.PAIRS) + 0.001 * (seed % 5) * (form == "gain+row") + (faded < 1)}
        for arm in stream.PRIMARY
        for form in (*fading.PAIRS, *fading.CROSS)
        for seed in fading.SEEDS + fading.SELECTION
        for estimate in ("fast", "slow")
        for faded in FADED
    ]
    first, again = (summary(pd.DataFrame(rows), seeds) for seeds in (fading.SEEDS, fading.SELECTION))
    assert set(first["verdict"]) == {"lower"} and first["n"].tolist() == [16] * 4
    assert again["n"].tolist() == [8] * 4 and set(again["verdict"]) == {"undecided"}
    assert first["difference"].tolist() == pytest.approx([-0.1] * 4, abs=0.001)
