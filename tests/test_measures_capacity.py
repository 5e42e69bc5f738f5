"""The size at which half of the tasks are held, on synthetic networks of which it is known."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modpack.measures.capacity import HalfHeld, bits, exponent, half_held, mean_octaves, places

SIZES = [4, 6, 8, 12, 16, 24, 32]
counts = st.lists(st.lists(st.integers(0, 8), min_size=5, max_size=5), min_size=1, max_size=4)


def expected(places, spread, n_tasks, sizes=SIZES):
    """Held tasks on average, where `places` are log2 N50."""
    return n_tasks * stats.norm.cdf((np.log2(sizes) - np.array(places)[:, None]) / spread)


@pytest.mark.parametrize("spread", [0.2, 0.7, 2.0])
def test_places_and_spread_of_a_probit_are_found(spread):
    places = [2.3, 3.1, 4.4]
    found = half_held(SIZES, expected(places, spread, 8), 8)
    np.testing.assert_allclose(found.octaves, places, atol=1e-3)
    assert found.spread == pytest.approx(spread, rel=1e-3)
    assert (found.beyond == 0).all() and (found.known == found.octaves).all()


def test_drawn_networks_are_placed_without_bias():
    rng = np.random.default_rng(0)
    places = rng.uniform(2.6, 4.2, 200)
    held = rng.binomial(8, expected(places, 0.4, 8) / 8)
    errors = half_held(SIZES, held, 8).octaves - places
    assert abs(errors.mean()) < 3 * errors.std() / math.sqrt(200)
    assert errors.std() < 0.2


def test_what_lies_beyond_the_sizes_is_said_to():
    held = [[0] * 7, [8] * 7, [0, 0, 1, 4, 7, 8, 8], [8, 8, 7, 8, 8, 8, 8]]
    found = half_held(SIZES, held, 8)
    assert found.beyond.tolist() == [1, -1, 0, -1]
    assert found.octaves[[0, 1]].tolist() == [5, 2]
    assert np.isnan(found.known).tolist() == [True, True, False, True]


def test_a_jump_lies_between_its_sizes():
    found = half_held([8, 16, 32], [[0, 8, 8], [0, 0, 8]], 8)
    np.testing.assert_allclose(found.octaves, [3.5, 4.5], atol=0.05)
    assert found.spread <= 0.5


def test_a_missing_network_tells_nothing():
    whole = expected([3.2, 3.6], 0.5, 8)
    some = whole.copy()
    some[0, 2] = math.nan
    np.testing.assert_allclose(half_held(SIZES, some, 8).octaves, [3.2, 3.6], atol=1e-3)


@given(counts=counts)
def test_twice_the_sizes_are_an_octave_more(counts):
    sizes = np.array([4, 8, 16, 24, 32])
    one, other = half_held(sizes, counts, 8), half_held(2 * sizes, counts, 8)
    np.testing.assert_allclose(one.octaves + 1, other.octaves, atol=1e-6)
    assert (one.beyond == other.beyond).all()


@given(counts=counts)
def test_held_and_lost_mirror_each_other(counts):
    sizes = [4, 8, 16, 32, 64]
    mirrored = 8 - np.array(counts)[:, ::-1]
    one, other = half_held(sizes, counts, 8), half_held(sizes, mirrored, 8)
    inside = (one.beyond == 0) & (other.beyond == 0)
    np.testing.assert_allclose(one.octaves[inside] + other.octaves[inside], 8, atol=0.02)


def test_the_mean_knows_what_lies_beyond():
    rng = np.random.default_rng(1)
    values = rng.normal(4, 0.5, 4000)
    high = 4.3
    found = HalfHeld(values.clip(None, high), (values > high).astype(int), 0.3)
    assert mean_octaves(found) == pytest.approx(4, abs=0.05)
    assert found.octaves.mean() < 3.95
    inside = HalfHeld(values, np.zeros(4000, int), 0.3)
    assert mean_octaves(inside) == pytest.approx(values.mean())


@pytest.mark.parametrize(("beyond", "mean"), [([1, 1], math.inf), ([-1, -1], -math.inf), ([1, -1], math.nan)])
def test_a_mean_of_orders_beyond_the_sizes_is_no_number(beyond, mean):
    assert mean_octaves(HalfHeld(np.array([4.0, 4.0]), np.array(beyond), 1.0)) == pytest.approx(
        mean, nan_ok=True
    )


@given(gamma=st.floats(-1, 2), at_one=st.floats(0, 5))
def test_the_exponent_of_a_power_law(gamma, at_one):
    octaves = [[at_one + gamma * math.log2(k) for k in (4, 8, 16)], [1, math.nan, 2]]
    found = exponent([4, 8, 16], octaves)
    assert found[0] == pytest.approx(gamma, abs=1e-9) and math.isnan(found[1])


def test_bits_of_mappings():
    assert bits(3, 4) == pytest.approx(3 * math.log2(24))
    assert bits(1, 8) == pytest.approx(15.3, abs=0.01)


def test_places_of_a_table_are_those_of_its_counts():
    held = expected([3.1, 3.5], 0.4, 8)
    rows = [
        {"form": form, "n_tasks": 8, "n_neurons": size, "seed": seed, "measure": "held", "value": value}
        for form, counts in (("x", held), ("y", 0 * held))
        for seed, row in zip((7, 9), counts, strict=True)
        for size, value in zip(SIZES, row, strict=True)
    ]
    table = pd.DataFrame(rows).sample(frac=1, random_state=0)
    table = pd.concat([table, table.assign(measure="performance", value=0.3)])
    found = places(table, ["form", "n_tasks"]).set_index(["form", "seed"])
    np.testing.assert_allclose(found["value"]["x"][[7, 9]], [3.1, 3.5], atol=1e-3)
    assert found["beyond"]["x"].tolist() == [0, 0] and found["beyond"]["y"].tolist() == [1, 1]
    assert set(found["measure"]) == {"log2 N50"} and found["spread"]["x"][7] == pytest.approx(0.4, rel=1e-2)


@pytest.mark.parametrize(
    ("sizes", "held", "n_tasks", "message"),
    [
        ([8, 4], [[1, 2]], 4, "sizes="),
        ([4], [[1]], 4, "sizes="),
        ([4, 8], [[1, 2, 3]], 4, "held.shape"),
        ([4, 8], [[1, 5]], 4, "in 0 ... 4"),
        ([4, 8], [[math.nan, math.nan]], 4, "one size or more"),
        ([4, 8], [[1, 2]], 0, "n_tasks=0"),
    ],
)
def test_what_cannot_be_fitted_is_refused(sizes, held, n_tasks, message):
    with pytest.raises(ValueError, match=message):
        half_held(sizes, held, n_tasks)
