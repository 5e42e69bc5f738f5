"""The experiment on mechanisms: what was declared, and rows that mean what they say."""

from dataclasses import replace
from math import isfinite

import pytest
from small_networks import seeded

from modpack import networks, results, stored
from modpack.context import one_hot
from modpack.evaluation import rescore
from modpack.experiments import mechanisms, tuning
from modpack.experiments.mechanisms import FAMILY, FORMS, PROFILES, TUNED, cells, measure
from modpack.modulation import form as make_form
from modpack.network import initial
from modpack.tasks import COMPACT, TASKS
from modpack.training import from_record

WEIGHTS = networks.FOLDER / "mechanisms"


def test_the_family_is_as_declared():
    assert len(FAMILY) == 11 == len({test.name for test in FAMILY})
    assert "within - cross: exchange rate" not in {test.name for test in FAMILY}
    assert {test.measure for test in FAMILY} == {"gating share", "exchange rate", "cancel"}
    sides = [side for test in FAMILY for side in (test.first, test.second)]
    assert {name for side in sides for name in side} <= set(FORMS)
    counts = [{make_form(name, 20).count(64) for name in (*test.first, *test.second)} for test in FAMILY]
    assert all(len(each) == 1 for each in counts)  # compared at equal parameters


def test_networks_have_seeds_that_nothing_else_has():
    config = PROFILES["book"]
    trained = [mechanisms.networks(cell)[0] for cell in cells(config)]
    assert len({repr(each) for each in trained}) == len(trained) == len(FORMS) * 10
    used = {*networks.SHIPPED_SEEDS, *tuning.PROFILES["full"].seeds}
    assert {each.model.seed for each in trained} == set(range(100, 110)) and not used & set(config.seeds)
    assert len({each.recipe.steps for each in trained}) == 1


def test_scales_and_rates_are_those_that_tuning_chose():
    best = tuning.summary(results.load("tuning").table).set_index("form")
    assert {name: (best["scale"][name], best["rate"][name]) for name in best.index} == TUNED
    assert set(FORMS) - set(TUNED) == {"none", "readout"}


def test_networks_that_are_shipped_were_trained_as_declared():
    declared = {repr(mechanisms.networks(cell)[0]) for cell in cells(PROFILES["book"])}
    records = {file.stem: stored.read(file).record for file in WEIGHTS.glob("*.safetensors")}
    configs = {name: from_record(record["config"]) for name, record in records.items()}
    assert {f"{each.model.form}-{each.model.seed}" for each in configs.values()} == set(configs)
    assert {repr(each) for each in configs.values()} <= declared
    assert not any("dirty" in record["commit"] for record in records.values())


def test_a_shipped_network_scores_as_its_record_says():
    network, record = stored.read(WEIGHTS / "synaptic-100.safetensors")
    assert rescore(network) == pytest.approx(record["performance"], abs=0.03)


class TestRows:
    def rows(self, form, trained=None):
        code = one_hot(tuple(TASKS))
        network = trained or initial(make_form(form, len(TASKS)), code, COMPACT, 6, seeded())
        cell = replace(PROFILES["small"], forms=(form,))
        found = measure(cell, network)
        assert all(isfinite(row["value"]) and row["seed"] == 100 for row in found)
        return {(row["measure"], row["tasks"]): row["value"] for row in found}

    def test_a_pathway_is_exchanged_for_the_other(self):
        neurons, synapses = (self.rows(name, networks.load(name, 0).network) for name in ("bias", "synaptic"))
        rate, by_neurons, by_mask = (
            ("exchange rate", "all"),
            ("imitated by threshold and slope", "all"),
            ("imitated by mask", "all"),
        )
        assert neurons[rate] == neurons[by_mask] < neurons[by_neurons] == pytest.approx(1)
        assert synapses[rate] == synapses[by_neurons] < synapses[by_mask] == pytest.approx(1, abs=0.02)

    def test_of_both_pathways_the_better_imitation_counts(self):
        both = self.rows("combined", networks.load("combined", 0).network)
        imitations = [value for (name, _), value in both.items() if name.startswith("imitated")]
        assert both["exchange rate", "all"] == max(imitations)

    @pytest.mark.parametrize("form", ["none", "readout"])
    def test_controls_have_the_rows_that_are_defined(self, form):
        rows = self.rows(form)
        assert rows["modulation power: all", "all"] == 0
        assert ("exchange rate", "all") not in rows
        assert all(rows["changes its mind", f"{a} / {b}"] >= 0 for a, b in mechanisms.PAIRS)
