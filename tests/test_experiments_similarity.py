"""The experiment on dynamical similarity: distances of contexts and of networks, and their ratio."""

from dataclasses import replace

import pandas as pd
import pytest
from small_networks import seeded

from modpack.context import one_hot
from modpack.experiments import mechanisms
from modpack.experiments.similarity import PROFILES, cells, measure, networks, summary
from modpack.modulation import form
from modpack.network import initial
from modpack.tasks import COMPACT

PAIR = ("fdgo", "fdanti")


def network(seed):
    return initial(form("bias", 2), one_hot(PAIR), COMPACT, 12, seeded(seed))


def test_networks_are_those_of_the_mechanisms():
    declared = {repr(mechanisms.networks(cell)[0]) for cell in mechanisms.cells(mechanisms.PROFILES["book"])}
    used = [config for cell in cells(PROFILES["book"]) for config in networks(cell)]
    assert {repr(config) for config in used} <= declared and len(used) == 60


def test_every_seed_is_compared_once_with_the_next():
    seeds = [cell.seeds for cell in cells(PROFILES["book"]) if cell.forms == ("synaptic",)]
    assert seeds == [(seed, 100 + (seed - 99) % 10) for seed in range(100, 110)]


def test_a_network_that_is_compared_with_itself_is_no_unit_of_distance():
    cell = replace(PROFILES["small"], pairs=(PAIR,))
    one, twin, other = network(0), network(0), network(1)
    values = {row["measure"]: row["value"] for row in measure(cell, one, other)}
    assert values["between networks"] > 10 * measure(cell, one, twin)[1]["value"]
    ratio = values["between contexts"] / values["between networks"]
    assert values["contexts in units of networks"] == pytest.approx(ratio)


def test_a_summary_counts_networks():
    cell = replace(PROFILES["small"], pairs=(PAIR,))
    table = pd.DataFrame(measure(cell, network(0), network(1)))
    assert summary(table)["n"].tolist() == [1, 1, 1]
