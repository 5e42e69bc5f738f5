"""Predict, commit, reveal: in Python, its arithmetic in Node, and the figure in a built page."""

from contextlib import contextmanager

import live_page
import pytest
import torch
from figure_links import links_hold
from hypothesis import given, settings
from hypothesis import strategies as st
from node_replay import replay
from small_book import build_page

from modpack.live.prediction import Prediction

X = [0, 0.25, 0.5, 0.75, 1]
CURVES = {
    "excitability": torch.tensor([[0, 0, 0.5, 1, 1], [0, 0.2, 0.3, 0.8, 1]]),
    "synaptic": torch.tensor([[0, 0, 0, 0, 0.1], [0.1, 0, 0, 0, 0]]),
}
GUESS = [0, 10, 40, 90, 100]
PAGE = """\
import torch
from modpack.live.prediction import Prediction

x = [0, 0.25, 0.5, 0.75, 1]
curves = {
    "excitability": torch.tensor([[0, 0, 0.5, 1, 1], [0, 0.2, 0.3, 0.8, 1]]),
    "synaptic": torch.tensor([[0, 0, 0, 0, 0.1], [0.1, 0, 0, 0, 0]]),
}
Prediction(x, curves, "mix", "answered as Anti asks", question="What will they do?", chapter="01_page")"""
SECOND = 'Prediction(x, curves, "mix", "correct", name="prediction2", question="And now?")'


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

FIGURES = "document.querySelectorAll('.modpack-prediction')"
SETTLED = f"() => {FIGURES}.length === 2 && [...{FIGURES}].every((figure) => figure.drawn)"


@pytest.fixture(scope="module")
def url(browser, tmp_path_factory):
    return build_page(tmp_path_factory.mktemp("book"), [PAGE, SECOND]).as_uri()


@contextmanager
def opened(browser, url, **options):
    """The page once both figures have been drawn."""
    with live_page.opened(browser, url, "prediction", **options) as page:
        page.wait_for_function(SETTLED, timeout=60_000)
        yield page


def drawn(page, number=0):
    page.evaluate(live_page.NEXT_FRAME)
    return page.evaluate(f"() => {FIGURES}[{number}].drawn")


def plane(page, number=0):
    return page.get_by_role("slider").nth(number)


def drag(page, *points):
    """Drag over points of the first plane, as shares of its axes."""
    canvas = plane(page)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    left, right, top, bottom = box["x"] + 44, box["x"] + box["width"] - 10, box["y"] + 8, box["y"] + 212
    for k, (x, y) in enumerate(points):
        share = (100 * y + 4) / 108
        page.mouse.move(left + x * (right - left), bottom - share * (bottom - top))
        if k == 0:
            page.mouse.down()
    page.mouse.up()


def button(page, name, number=0):
    return page.get_by_role("button", name=name, exact=True).nth(number)


@pytest.mark.browser
def test_nothing_is_revealed_before_the_commit(browser, url):
    with opened(browser, url) as page:
        picture = "() => document.querySelector('.modpack-draw').toDataURL()"
        shown = "() => document.querySelector('.modpack-prediction').innerHTML"
        assert drawn(page) == {"guess": [], "committed": False, "scores": None, "curves": {}}
        assert button(page, "Commit").is_disabled()
        assert not any(form in page.evaluate(shown) for form in CURVES)
        drag(page, (0, 0.3), (1, 0.3))
        before = drawn(page)
        assert before == {"guess": [30] * 5, "committed": False, "scores": None, "curves": {}}
        assert not any(form in page.evaluate(shown) for form in CURVES)
        hidden = page.evaluate(picture)
        button(page, "Commit").click()
        after = drawn(page)
        assert after["committed"]
        assert page.evaluate(picture) != hidden
        for form, each in lists_of(CURVES).items():
            torch.testing.assert_close(
                torch.tensor(after["curves"][form]), torch.tensor(each), check_dtype=False
            )
            assert form in page.evaluate(shown)


@pytest.mark.browser
def test_a_curve_is_drawn_committed_and_scored(browser, url):
    with opened(browser, url) as page:
        drag(page, (0, 0), (0.5, 0.4), (1, 1))
        guess = drawn(page)["guess"]
        assert guess == [0, 20, 40, 70, 100]
        button(page, "Commit").click()
        expected = Prediction(X, CURVES, guess=guess, committed=True).scores
        assert drawn(page)["scores"] == pytest.approx(expected, abs=1e-6)
        drag(page, (0, 1), (1, 0))
        assert drawn(page)["guess"] == guess
        page.wait_for_function(
            "() => document.querySelector('.modpack-readout').textContent.includes('nearest to excitability')"
        )
        assert drawn(page, 1)["guess"] == []
        line = page.locator(".modpack-python code").first.text_content()
        assert line == f"Prediction(x, curves, guess={str(guess).replace(' ', '')}, committed=True).scores"
        button(page, "Reset").click()
        assert drawn(page) == {"guess": [], "committed": False, "scores": None, "curves": {}}


@pytest.mark.browser
def test_the_keyboard_draws_too(browser, url):
    with opened(browser, url) as page:
        plane(page, 1).focus()
        assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") == "solid"
        for key in ("ArrowUp", "ArrowRight", "PageUp", "End", "ArrowDown", "ArrowLeft", "ArrowUp"):
            page.keyboard.press(key)
        assert drawn(page, 1)["guess"] == [55, 70, 50, 55, 45]
        assert plane(page, 1).get_attribute("aria-valuenow") == "55"
        assert "mix 0.75: you 55 %" in plane(page, 1).get_attribute("aria-valuetext")
        page.keyboard.press("Enter")
        assert drawn(page, 1)["committed"]
        assert "excitability 90 %" in plane(page, 1).get_attribute("aria-valuetext")
        assert drawn(page, 0)["guess"] == []
        page.locator("a.modpack-link").nth(1).click()
        assert page.url.endswith("#prediction2=guess:55.70.50.55.45,committed:1")


@pytest.mark.browser
def test_a_narrow_page_has_room_and_colours_follow_the_page(browser, url):
    picture = "() => document.querySelector('.modpack-draw').toDataURL()"
    with opened(
        browser, f"{url}#prediction=guess:0.10.40.90.100,committed:1", viewport={"width": 390, "height": 800}
    ) as page:
        assert page.evaluate("() => document.documentElement.scrollWidth") == 390
        assert plane(page).bounding_box()["width"] > 300
        before = page.evaluate(picture)
        page.evaluate("() => { document.documentElement.dataset.theme = 'dark'; }")
        drawn(page)
        assert page.evaluate(picture) != before
