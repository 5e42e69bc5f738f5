"""Predict, commit, reveal: in Python, its arithmetic in Node, and the figure in a built page."""

import pytest
import torch
from book_figures import in_page
from figure_links import links_hold
from hypothesis import given, settings
from hypothesis import strategies as st
from live_page import drag, press
from node_replay import replay

from modpack.live.prediction import Prediction

X = [0, 0.25, 0.5, 0.75, 1]
CURVES = {
    "excitability": torch.tensor([[0, 0, 0.5, 1, 1], [0, 0.2, 0.3, 0.8, 1]]),
    "synaptic": torch.tensor([[0, 0, 0, 0, 0.1], [0.1, 0, 0, 0, 0]]),
}
GUESS = [0, 10, 40, 90, 100]


# ------------------------------------------------------------------------------------- in Python


def test_scores_are_mean_distances_from_mean_curves():
    prediction = Prediction(X, CURVES, guess=GUESS)
    assert prediction.scores["excitability"] == pytest.approx(0, abs=1e-7)
    expected = (0.05 + 0.1 + 0.4 + 0.9 + 0.95) / 5
    assert prediction.scores["synaptic"] == pytest.approx(expected)
    assert Prediction(X, CURVES).scores == {}


def test_a_guess_begins_empty_and_is_committed_once_drawn():
    prediction = Prediction(X, CURVES)
    assert prediction.state == {"guess": [], "committed": False}
    with pytest.raises(ValueError, match="committed=True"):
        prediction.committed = True
    prediction.guess = GUESS
    prediction.committed = True
    assert prediction.state == {"guess": GUESS, "committed": True}


@pytest.mark.parametrize(
    "state, message",
    [
        ({"guess": GUESS[:-1]}, "guess="),
        ({"guess": [0, 10, 41, 90, 100]}, "guess="),
        ({"guess": [0, 10, 40, 90, 105]}, "guess="),
        ({"guess": [-5, 10, 40, 90, 100]}, "guess="),
        ({"committed": True}, "committed=True"),
        ({"name": "mixer"}, "name='mixer'"),
    ],
)
def test_what_could_not_have_been_drawn(state, message):
    with pytest.raises(ValueError, match=message):
        Prediction(X, CURVES, **state)


@pytest.mark.parametrize(
    "x, curves, argument",
    [
        ([0], {"synaptic": torch.zeros(1, 1)}, "x="),
        ([0, 0, 1], {"synaptic": torch.zeros(1, 3)}, "x="),
        ([0, 1], {}, "curves="),
        ([0, 1], {"synaptic": torch.zeros(2)}, "curves"),
        ([0, 1], {"synaptic": torch.zeros(1, 3)}, "curves"),
        ([0, 1], {"synaptic": torch.zeros(0, 2)}, "curves"),
        ([0, 1], {"synaptic": torch.tensor([[0, 1.1]])}, "curves"),
        ([0, 1], {"synaptic": torch.tensor([[0, torch.nan]])}, "curves"),
    ],
)
def test_curves_that_do_not_fit(x, curves, argument):
    with pytest.raises(ValueError, match=argument):
        Prediction(x, curves)


# --------------------------------------------------------------------------------------- in Node


def lists_of(curves):
    return {form: each.double().tolist() for form, each in curves.items()}


@settings(max_examples=5)
@given(
    guesses=st.lists(st.lists(st.integers(0, 20).map(lambda k: 5 * k), min_size=5, max_size=5), min_size=1)
)
def test_the_page_scores_as_python(guesses):
    for guess, page in zip(
        guesses, replay("prediction.mjs", "scores", guesses=guesses, curves=lists_of(CURVES)), strict=True
    ):
        assert page == pytest.approx(Prediction(X, CURVES, guess=guess).scores, abs=1e-6)


@pytest.mark.parametrize(
    "strokes, guess",
    [
        ([[[2, 37], [2, 37]]], [35] * 5),
        ([[[0, 0], [0, 0]], [[0, 0], [4, 100]]], [0, 25, 50, 75, 100]),
        ([[[0, 0], [4, 100]], [[3, 0], [1, 0]]], [0, 0, 0, 0, 100]),
        ([[[0, -40], [4, 160]]], [0, 10, 60, 100, 100]),
    ],
)
def test_strokes_leave_no_gap(strokes, guess):
    assert replay("prediction.mjs", "strokes", count=5, strokes=strokes) == guess


ALLOWED = {
    "guess:,committed:0": {},
    "guess:0.10.40.90.100": {"guess": GUESS},
    "guess:0.10.40.90.100,committed:1": {"guess": GUESS, "committed": True},
}
REFUSED = (
    "committed:1 guess:,committed:1 guess:0.10.40.90 guess:0.10.40.90.99 guess:0.10.40.90.105 "
    "guess:0.10.40..90"
)


@pytest.mark.parametrize("name", ["prediction", "prediction2"])
def test_links(name):
    links_hold(Prediction(X, CURVES, name=name), ALLOWED, REFUSED, count=len(X))


# ------------------------------------------------------------------------------------- in a page

EMPTY = {"guess": [], "committed": False, "scores": None, "curves": {}}
PICTURE = "canvas => canvas.toDataURL()"


@pytest.fixture(scope="module")
def first(browser):
    with in_page(browser, "prediction") as figure:
        yield figure


@pytest.fixture
def figure(first):
    first.reset()
    first.see()
    return first


def draw(figure, *points):
    """Drag over points of the plane, as shares of its axes."""
    canvas = figure.part.locator(".modpack-draw")
    width = canvas.bounding_box()["width"] - 54  # between the axis and the edge
    drag(canvas, *((44 + x * width, 212 - 204 * (100 * y + 4) / 108) for x, y in points))


@pytest.mark.browser
def test_nothing_is_revealed_before_the_commit(figure):
    canvas, forms = figure.part.locator(".modpack-draw"), figure.model["curves"]
    assert figure.drawn() == EMPTY
    assert figure.button("Commit").is_disabled()
    draw(figure, (0, 0.3), (1, 0.3))
    assert figure.drawn() == EMPTY | {"guess": [30] * len(figure.model["x"])}
    assert not any(form in figure.part.inner_html() for form in forms)
    hidden = canvas.evaluate(PICTURE)
    figure.button("Commit").click()
    assert figure.drawn()["curves"] == forms
    assert all(form in figure.part.inner_html() for form in forms)
    assert canvas.evaluate(PICTURE) != hidden


@pytest.mark.browser
def test_a_committed_curve_is_scored_and_stays(figure):
    draw(figure, (0, 0), (0.5, 0.4), (1, 1))
    guess = figure.drawn()["guess"]
    assert (guess[0], guess[len(guess) // 2], guess[-1]) == (0, 40, 100)
    figure.button("Commit").click()
    scores = figure.twin().scores
    assert figure.drawn()["scores"] == pytest.approx(scores, abs=1e-6)
    draw(figure, (0, 1), (1, 0))
    assert figure.drawn()["guess"] == guess
    figure.part.get_by_text(f"nearest to {min(scores, key=scores.get)}").wait_for()


@pytest.mark.browser
def test_the_keyboard_draws_too(figure):
    canvas = figure.part.get_by_role("slider")
    press(canvas, "Home ArrowUp ArrowRight PageUp End ArrowDown ArrowLeft ArrowUp")
    guess = figure.drawn()["guess"]
    assert (guess[:3], guess[-2:]) == ([55, 70, 50], [55, 45])
    assert canvas.get_attribute("aria-valuenow") == "55"
    assert "you 55 %" in canvas.get_attribute("aria-valuetext")
    press(canvas, "Enter")
    assert figure.drawn()["committed"]
    assert all(form in canvas.get_attribute("aria-valuetext") for form in figure.model["curves"])
