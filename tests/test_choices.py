"""What a network did on a trial of two tasks: the fractions that responders score whose answers are known."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from modpack.measures.choices import CHOICES, SHORTEST, choices, opponents, opposed
from modpack.measures.superposition import decision_variable, weights
from modpack.tasks import COMPACT, PUBLISHED, RESPOND, TASKS, UNDEFINED, WITHHOLD, Answer, Decoded, generate

STEPS = 7200
"""Directions all around, between the edges of every category that is a multiple of 0.1 degrees."""

HIT = PUBLISHED.tolerance / math.pi
"""The part of all directions that the published criterion lets count as one answer."""


def directions() -> torch.Tensor:
    return (torch.arange(STEPS, dtype=torch.float64) + 0.5) * (2 * math.pi / STEPS)


def respond(angle) -> Answer:
    angle = torch.as_tensor(angle, dtype=torch.float64).expand(STEPS)
    return Answer(torch.full((STEPS,), RESPOND), angle)


def withhold() -> Answer:
    return Answer(torch.full((STEPS,), WITHHOLD), torch.full((STEPS,), math.nan, dtype=torch.float64))


def said(angle, length=1.0, fixation=0.0) -> Decoded:
    return Decoded(
        *(torch.as_tensor(each, dtype=torch.float64).expand(STEPS) for each in (angle, length, fixation))
    )


def fractions(decoded: Decoded, a: Answer, b: Answer) -> dict[str, float]:
    """The fractions of all choices that occur."""
    made = choices(decoded, a, b)
    shares = {name: (made == k).double().mean().item() for k, name in enumerate(CHOICES)}
    return {name: share for name, share in shares.items() if share}


A = math.radians(40)
PAIRS = {
    "opposite": (respond(A), respond(A + math.pi)),
    "nearly opposite": (respond(A), respond(A + math.radians(178))),
    "at right angles": (respond(A), respond(A + math.pi / 2)),
    "apart by 60 degrees": (respond(A), respond(A - math.pi / 3)),
    "the same": (respond(A), respond(A)),
    "respond or withhold": (respond(A), withhold()),
    "withhold or respond": (withhold(), respond(A)),
}


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ("opposite", {"a": HIT, "b": HIT, "other": 1 - 2 * HIT}),
        ("nearly opposite", {"a": HIT, "b": HIT, "other": 1 - 2 * HIT}),
        ("at right angles", {"a": HIT, "b": HIT, "turned": 18 / 360, "other": 0.75 - HIT}),
        ("apart by 60 degrees", {"a": 60 / 360, "b": 60 / 360, "turned": 12 / 360, "other": 228 / 360}),
        ("the same", {"turned": HIT, "other": 1 - HIT}),
        ("respond or withhold", {"a": HIT, "other": 1 - HIT}),
        ("withhold or respond", {"b": HIT, "other": 1 - HIT}),
    ],
)
def test_a_responder_in_random_directions(pair, expected):
    assert fractions(said(directions()), *PAIRS[pair]) == pytest.approx(expected, abs=1 / STEPS)


@pytest.mark.parametrize("pair", PAIRS)
def test_a_silent_network_cancels_whatever_its_direction(pair):
    for length in (0.0, SHORTEST - 1e-9):
        assert fractions(said(directions(), length), *PAIRS[pair]) == {"cancelled": 1}


@pytest.mark.parametrize("pair", PAIRS)
def test_a_network_that_holds_fixation(pair):
    expected = {"respond or withhold": "b", "withhold or respond": "a"}.get(pair, "fixating")
    for length in (0.0, 1.0):
        assert fractions(said(directions(), length, 0.9), *PAIRS[pair]) == {expected: 1}


def test_fixating_where_both_withhold_tells_nothing():
    assert fractions(said(0, 0, 1), withhold(), withhold()) == {"fixating": 1}


@pytest.mark.parametrize("pair", PAIRS)
def test_a_perfect_network_does_what_it_is_told(pair):
    for name, answer in zip("ab", PAIRS[pair], strict=True):
        withholds = bool((answer.kind == WITHHOLD).all())
        perfect = said(0, 0, 1) if withholds else said(answer.angle, 1)
        assert fractions(perfect, *PAIRS[pair]) == {"turned" if pair == "the same" else name: 1}


def test_halfway_between_two_answers_has_turned_if_it_is_long_enough():
    a, b = respond(0.0), respond(math.radians(150))
    halfway = math.radians(75)
    assert fractions(said(halfway, SHORTEST), a, b) == {"turned": 1}
    assert fractions(said(halfway + math.pi), a, b) == {"other": 1}
    assert fractions(said(halfway, 0.4), a, b) == {"cancelled": 1}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_precision_makes_no_difference_at_the_ends_of_an_arc(dtype):
    angle = directions().to(dtype)
    a = Answer(torch.full((STEPS,), RESPOND), angle)
    b = Answer(a.kind, (angle + math.radians(100)) % (2 * math.pi))
    within = Decoded((angle + math.radians(50)) % (2 * math.pi), torch.ones_like(angle), angle * 0)
    assert fractions(within, a, b) == {"turned": 1}
    assert fractions(within._replace(angle=angle), a, b) == {"a": 1}


@given(
    angle=st.floats(0, 6.28),
    length=st.floats(0, 2),
    fixation=st.floats(-0.5, 1.5),
    first=st.sampled_from([0.0, 2.0, None]),
    second=st.sampled_from([0.5, 5.1, None]),
)
def test_exchanging_two_tasks_exchanges_their_choices(angle, length, fixation, first, second):
    a, b = (withhold() if each is None else respond(each) for each in (first, second))
    decoded = said(angle, length, fixation)
    exchanged = {"a": "b", "b": "a"}
    (one,), (other,) = fractions(decoded, a, b), fractions(decoded, b, a)
    assert other == exchanged.get(one, one)


def test_rules_are_opposed_in_kind_or_direction():
    assert opposed(*PAIRS["opposite"]).all() and opposed(*PAIRS["respond or withhold"]).all()
    assert not opposed(*PAIRS["the same"]).any() and not opposed(withhold(), withhold()).any()
    assert not opposed(respond(A), Answer(torch.full((STEPS,), UNDEFINED), withhold().angle)).any()


def test_opponents_of_go_are_the_anti_tasks():
    generator = torch.Generator().manual_seed(0)
    found = opponents(generate(list(TASKS), 40, COMPACT, generator).to(dtype=torch.float64))
    assert found["fdgo"] == ["fdanti", "reactanti", "delayanti"]
    assert found["dm1"] == []
    assert "contextdm2" in found["contextdm1"]


# ------------------------------------------------------------------------------------- how much of each


def mixed(w_a: float, w_b: float, a: Answer, b: Answer) -> Decoded:
    """What a superposition of two answers says."""

    def part(answer, of):
        return torch.where(answer.kind == RESPOND, of(answer.angle.nan_to_num()), 0)

    x, y = (w_a * part(a, of) + w_b * part(b, of) for of in (torch.cos, torch.sin))
    fixation = w_a * (a.kind == WITHHOLD).double() + w_b * (b.kind == WITHHOLD).double()
    return Decoded(torch.atan2(y, x), torch.hypot(x, y), fixation)


INDEPENDENT = ("at right angles", "apart by 60 degrees", "respond or withhold", "withhold or respond")


@pytest.mark.parametrize("pair", INDEPENDENT)
@pytest.mark.parametrize("share", [(1, 0), (0, 1), (0.5, 0.5), (0.2, -0.7)])
def test_the_weights_of_a_superposition_are_found(pair, share):
    found = weights(mixed(*share, *PAIRS[pair]), *PAIRS[pair])
    for values, expected in zip(found, (*share, 0), strict=True):
        torch.testing.assert_close(values, torch.full_like(values, expected), atol=1e-12, rtol=0)


def test_what_lies_across_both_answers_is_the_residual():
    found = weights(said(A, 1, 0.3), *PAIRS["at right angles"])
    torch.testing.assert_close(found.residual, torch.full_like(found.residual, 0.3))
    across = weights(said(A + math.pi / 2, 0.6), *PAIRS["respond or withhold"])
    torch.testing.assert_close(across.residual, torch.full_like(across.residual, 0.6))
    assert across.a.abs().max() < 1e-12 and across.b.abs().max() < 1e-12


@pytest.mark.parametrize("pair", ["opposite", "nearly opposite", "the same"])
def test_dependent_answers_have_no_weights(pair):
    assert all(bool(each.isnan().all()) for each in weights(said(A), *PAIRS[pair]))


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair != "the same"])
def test_the_decision_variable_is_minus_one_at_a_and_one_at_b(pair):
    for share, expected in [((1, 0), -1), ((0, 1), 1), ((0.5, 0.5), 0), ((0, 0), 0)]:
        found = decision_variable(mixed(*share, *PAIRS[pair]), *PAIRS[pair])
        torch.testing.assert_close(found, torch.full_like(found, expected), atol=1e-12, rtol=0)


def test_turning_half_of_the_way_decides_nothing_either():
    found = decision_variable(said(A + math.pi / 2), *PAIRS["opposite"])
    torch.testing.assert_close(found, torch.zeros_like(found), atol=1e-12, rtol=0)


def test_there_is_no_decision_between_equal_or_unknown_answers():
    unknown = Answer(torch.full((STEPS,), UNDEFINED), withhold().angle)
    for a, b in (PAIRS["the same"], (respond(A), unknown), (unknown, respond(A)), (withhold(), withhold())):
        assert bool(decision_variable(said(A), a, b).isnan().all())
