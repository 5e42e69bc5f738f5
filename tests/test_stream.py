"""The experiment on streams: what was declared, at equal parameters, and rows that mean what they say."""

from dataclasses import replace
from itertools import product

import pandas as pd
import pytest

from modpack import results
from modpack.experiments import tuning
from modpack.experiments.stream import (
    ARMS,
    CROSS,
    FAMILY,
    FORMS,
    LAGS,
    ON_FAST,
    ON_SLOW,
    PRIMARY,
    PROFILES,
    SEEDS,
    SELECTION,
    SYNAPTIC,
    TUNED,
    WITHIN,
    Cell,
    best,
    best_scales,
    bounds,
    by_assignment,
    cells,
    measure,
    networks,
    primary,
    summary,
    together,
    weights_name,
)
from modpack.measures.observers import bound
from modpack.measures.statistics import FEWEST_FOR_VERDICT
from modpack.tasks import floor, get
from modpack.training import train, untrained
from modpack.training.trainer import check_alike

SMALL = cells(PROFILES["small"])


def trained(arm, form, seed=500):
    return networks(Cell(arm, form, seed, 1.0, 10))[0]


# --- what is compared


@pytest.mark.parametrize("arm", ARMS)
def test_every_form_has_the_same_number_of_modulating_parameters_and_is_told_both_estimates(arm):
    fast, slow = ARMS[arm].code.make(ARMS[arm].tasks, None).stretches
    for form in FORMS:
        config = trained(arm, form)
        made, n = config.modulation(), config.model.n_neurons
        assert made.count(n) == n * (fast + slow)
        assert made.lengths == ((fast, slow) if "+" in form else (fast + slow,))


def test_forms_are_all_there_are():
    assert len(set(FORMS)) == len(FORMS) == 16 and len(WITHIN) == len(CROSS) == 8
    pathways = {name: trained("stream", name).modulation().pathway for name in FORMS}
    assert all(pathways[name] == "combined" for name in CROSS)
    assert {name for name in WITHIN if pathways[name] == "synaptic"} == {
        *SYNAPTIC,
        "row+release",
        "release+row",
    }
    assert {"+".join(reversed(name.split("+"))) for name in ON_FAST} == set(ON_SLOW)


def test_forms_differ_in_nothing_but_how_they_modulate():
    for arm in ARMS:
        configs = [trained(arm, name) for name in FORMS]
        assert len({repr(replace(c.model, form="bias")) for c in configs}) == 1
        assert len({repr((c.protocol, c.recipe, c.evaluation)) for c in configs}) == 1


@pytest.mark.parametrize("arm", ARMS)
def test_no_two_tasks_agree_and_all_have_the_same_input(arm):
    tasks = ARMS[arm].tasks
    assert floor(tasks) == pytest.approx(1 / len(tasks))
    assert len({(get(name).stimuli, get(name).timing, get(name).shown) for name in tasks}) == 1


def test_networks_that_decide_are_not_compared_and_seeds_are_those_of_nothing_else():
    assert not set(SEEDS) & set(SELECTION) and len(SEEDS) == 16 >= FEWEST_FOR_VERDICT
    seeds = {name: {cell.seed for cell in cells(config)} for name, config in PROFILES.items()}
    assert seeds["book"] == {*SEEDS, *SELECTION} and seeds["tuning"] <= set(range(50, 60))
    assert seeds["pilot"] <= set(range(60, 70)) and not seeds["book"] & set(range(500))
    data = {cell.data_seed for cell in cells(PROFILES["book"])}
    assert sorted(data) == [500, 504, 508, 512, 600, 604]


def test_every_network_is_trained_once_and_those_of_the_family_first():
    every = cells(PROFILES["book"])
    assert len(set(every)) == len(every)
    assert cells(PROFILES["primary"]) == every[: 2 * 16 * 24]
    assert cells(PROFILES["stream"]) == every[: 16 * 24]
    beside = every[2 * 16 * 24 :]
    assert len(beside) == 2 * 4 * 8 + 16 * 8 and not {cell.seed for cell in beside} & set(SELECTION)


def test_networks_of_one_form_are_trained_together():
    every = [networks(cell)[0] for cell in cells(PROFILES["book"])[:24]]
    assert {together(each) for each in every[:16]} == {5} and {together(each) for each in every[16:]} == {6}
    check_alike(every)
    names = [weights_name(networks(cell)[0]) for cell in cells(PROFILES["book"])]
    assert len(set(names) - {None}) == len(FORMS) * len((*PRIMARY, "six")) + 4 * 2


def test_the_family_is_as_declared():
    assert [(test.measure, test.margin) for test in FAMILY] == [
        ("log-odds, stream", 0.15),
        ("log-odds, hierarchy", 0.15),
    ]


# --- what theory says beforehand


@pytest.mark.parametrize(("arm", "n_tasks"), [("stream", 4), ("six", 6)])
def test_where_evidence_adds_up_the_best_sum_is_within_a_hundredth_of_the_best_observer(arm, n_tasks):
    """So little is to be gained by a product of pathways, and a sum of two estimates needs no second one."""
    found = bound(ARMS[arm].stream, n_tasks, 600)
    assert -0.002 < found["ideal"] - found["best sum"] < 0.012
    assert found["best sum"] > max(found["fast"], found["slow"]) + 0.05 and found["ideal"] < 0.99


def test_where_a_block_decides_what_a_symbol_means_no_sum_comes_near_the_best_observer():
    found = bounds("hierarchy", 100)
    assert (found["ideal"] - found["best sum"]).min() > 0.1
    assert found["ideal"].max() < 0.99 and (found["slow"] < 0.3).all()


# --- rows


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """The rows of short runs of the small profile."""
    parts = [
        measure(cell, train(networks(cell)[0], progress=False).network) for cell in SMALL[:1] + SMALL[-1:]
    ]
    return pd.DataFrame([row for part in parts for row in part])


def test_every_row_says_where_it_is_from(rows):
    keys = [name for name in rows.columns if name != "value"]
    assert not rows.duplicated(keys).any() and rows["value"].notna().all()
    for arm, group in rows.groupby("arm"):
        tested = group[group["measure"] == "log-odds"]
        assert set(zip(tested["hazard"], tested["right"], strict=True)) == set(
            product(ARMS[arm].hazards, ARMS[arm].rights)
        )
        elsewhere = group[group["measure"].isin(["recovery", "trials lost"])]
        assert set(elsewhere["hazard"]) == {ARMS[arm].stream.hazard}
        assert group["lag"].max() <= LAGS


def test_measures_of_one_network_fit_each_other(rows):
    wide = rows[rows["lag"] < 0].pivot(index=["arm", "hazard", "right"], columns="measure", values="value")
    assert ((wide["log-odds"] > 0) == (wide["performance"] > 0.5)).all()
    for arm in PRIMARY:
        found = wide.loc[arm]
        ideal = found["performance"] + found["regret"]
        expected = bounds(arm, 50).set_index(["hazard", "right"])["ideal"]
        assert (ideal - expected).abs().max() < 0.25 and len(ideal) == len(expected) == 9


def test_networks_of_a_block_see_the_same_trials():
    one = Cell("stream", "bias", 500, 1.0, 10, n_worlds=2)
    network = untrained(networks(one)[0])
    same, other = (pd.DataFrame(measure(replace(one, seed=seed), network)) for seed in (503, 504))
    first = pd.DataFrame(measure(one, network))
    regrets = [table[table["measure"] == "regret"]["value"].tolist() for table in (first, same, other)]
    assert regrets[0] == regrets[1] != regrets[2]


def test_values_are_checked():
    good = SMALL[0]
    for field, value in [
        ("arm", "streem"),
        ("form", "biass"),
        ("scale", 0.0),
        ("n_worlds", 1),
    ]:
        with pytest.raises(ValueError, match=f"{field}="):
            replace(good, **{field: value})


# --- verdicts


def invented(values: dict[str, float], selected: dict[str, float]) -> pd.DataFrame:
    """A table in which forms have these log-odds, and others on the networks that decide."""
    found = []
    for arm, form, seed in product(PRIMARY, FORMS, SEEDS + SELECTION):
        value = (selected if seed in SELECTION else values).get(form, 1.0)
        value += 1e-3 * ((1 + FORMS.index(form)) * seed % 7)
        own = ARMS[arm].stream
        about = {"arm": arm, "form": form, "seed": seed, "measure": "log-odds", "lag": -1}
        found.append(about | {"hazard": own.hazard, "right": own.right, "value": value})
        found.append(about | {"hazard": 0.02, "right": ARMS[arm].rights[0], "value": 9.0})
    return pd.DataFrame(found)


def test_which_form_is_best_is_decided_on_other_networks():
    table = invented({"gain": 2.0, "row+bias": 1.3}, {"release+row": 1.5, "row+bias": 1.5, "gain": 0.5})
    assert best(table, "stream", CROSS) == "row+bias" and best(table, "stream", WITHIN) == "release+row"
    assert set(primary(table)["form"]) == {"cross", "within"} and set(primary(table)["seed"]) == set(SEEDS)
    judged = summary(table)
    assert judged["verdict"].tolist() == ["higher"] * 2 and judged["n"].tolist() == [16] * 2
    assert judged["difference"].tolist() == pytest.approx([0.3] * 2, abs=0.01)


def test_forms_that_are_alike_are_equivalent():
    assert summary(invented({}, {}))["verdict"].tolist() == ["equivalent"] * 2


def test_assignments_are_compared_over_all_pairs_of_atoms():
    judged = by_assignment(invented(dict.fromkeys(ON_FAST, 1.4), {}))
    assert judged["difference"].tolist() == pytest.approx([0.4] * 2, abs=0.01)


def test_the_scale_with_the_largest_log_odds_is_chosen_for_every_form():
    tried = [cell for cell in cells(PROFILES["tuning"]) if cell.form in ("bias", "row")]
    assert len(tried) == 2 * 3 * 2
    table = pd.DataFrame(
        [
            {"arm": c.arm, "form": c.form, "seed": c.seed, "scale": c.scale, "measure": "log-odds"}
            | {"hazard": ARMS[c.arm].stream.hazard, "right": ARMS[c.arm].stream.right}
            | {"value": c.scale if c.form == "bias" else -c.scale}
            for c in tried
        ]
    )
    assert best_scales(table) == {"bias": 10.0, "row": 1.0}


def test_scales_are_those_that_tuning_chose():
    """And without its table none is chosen, so that no form has been favoured."""
    shipped = "stream_tuning" in results.names()
    assert (best_scales(results.load("stream_tuning").table) if shipped else {}) == TUNED


def test_scales_that_are_tried_are_those_of_no_other_table():
    assert not {cell.seed for cell in cells(PROFILES["tuning"])} & {
        seed for config in tuning.PROFILES.values() for seed in config.seeds[:2]
    }
