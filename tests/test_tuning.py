"""Tuning: the grid is whole, the lowest validation loss wins, and failures rule a setting out."""

from dataclasses import replace
from math import isfinite

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modpack.experiments.tuning import PROFILES, Config, cells, measure, networks, summary
from modpack.training import untrained

SMALL = PROFILES["small"]
GRID = [(0.3, 1e-2), (1.0, 1e-2), (3.0, 5e-3)]


def test_every_form_has_the_same_grid_and_seeds_of_its_own():
    configs = [networks(cell)[0] for cell in cells(PROFILES["book"])]
    assert len({repr(config) for config in configs}) == len(configs) == 10 * 9 * 2
    assert {config.model.seed for config in configs} == {50, 51}
    assert {config.protocol.trials_per_task for config in configs} == {8}


def test_scale_and_rate_reach_the_modulators_of_both_pathways():
    (config,) = networks(Config(("gain+row",), (3.0,), (1e-2,), (50,)))
    usual = replace(config, recipe=replace(config.recipe, excitability_scale=1.0, synaptic_scale=1.0))
    large, small = untrained(config).tensors, untrained(usual).tensors
    modulators = [name for name in large if not large[name].equal(small[name])]
    assert sorted(modulators) == sorted(config.modulation().pathways())
    assert all(large[name].allclose(3 * small[name]) for name in modulators)
    assert config.recipe.excitability_rate == config.recipe.synaptic_rate == 1e-2


def test_a_network_is_judged_on_trials_of_another_seed_and_always_the_same():
    cell = cells(SMALL)[0]
    network = untrained(networks(cell)[0])
    (first,), (second,) = measure(cell, network), measure(cell, network)
    assert first == second and isfinite(first["value"]) and first["value"] > 0
    (other,) = measure(replace(cell, seeds=(51,)), network)
    assert other["value"] == first["value"]


def test_smaller_networks_share_their_trials_and_are_judged_on_their_own_tasks():
    profile = PROFILES["eight"]
    configs = [networks(cell)[0] for cell in cells(profile)]
    assert len({repr(config) for config in configs}) == len(configs) == 9 * 6 * 2
    assert {(c.model.n_neurons, c.protocol.data_seed, len(c.protocol.tasks)) for c in configs} == {
        (32, 50, 8)
    }
    cell = replace(profile, forms=("bias",), scales=(1.0,), rates=(5e-3,), seeds=(50,), steps=10)
    (row,) = measure(cell, untrained(networks(cell)[0]))
    assert isfinite(row["value"])


@given(st.lists(st.floats(0.01, 1), min_size=6, max_size=6))
def test_the_lowest_mean_over_seeds_wins(values):
    rows = [
        {"form": "bias", "scale": scale, "rate": rate, "seed": seed, "value": value}
        for ((scale, rate), seed), value in zip(((g, s) for g in GRID for s in (50, 51)), values, strict=True)
    ]
    (best,) = summary(pd.DataFrame(rows)).to_dict("records")
    means = {setting: (a + b) / 2 for setting, a, b in zip(GRID, values[::2], values[1::2], strict=True)}
    assert means[best["scale"], best["rate"]] == pytest.approx(min(means.values()))
    (rest,) = summary(pd.DataFrame(rows[:-1])).to_dict("records")
    assert (rest["scale"], rest["rate"]) != GRID[-1]
