"""What may happen to a page, tried on every kind of figure: pointers, links, screens, paper, no room."""

from io import BytesIO

import pytest
from book_figures import CASES, TELEPHONE, VIEW, in_page
from live_page import NEXT_FRAME, follow
from PIL import Image

pytestmark = pytest.mark.browser

SHARP = """root => [...root.querySelectorAll("canvas")].filter((each) => each.clientWidth > 0).every(
  (each) => each.width === Math.round(each.clientWidth * devicePixelRatio)
)"""
WIDE = {"width": 1720, "height": 1600}
FEW = 6
"""Controls that a figure shows before more of them are asked for."""
DARK = 140
"""Lightness, of 255, of the empty part of a slider on a dark page: the paper's is about 20."""
TURN = "theme => { document.documentElement.dataset.theme = theme; }"
PICTURES = """root => [...root.querySelectorAll("canvas")].filter((each) => each.clientWidth > 0)
  .map((each) => each.toDataURL())"""


@pytest.fixture(scope="module", params=CASES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def opened_figure(browser, name):
    with in_page(browser, name) as figure:
        figure.see()
        yield figure


@pytest.fixture
def figure(opened_figure):
    """A figure in its first state, of which no link speaks."""
    follow(opened_figure.page, "#begin")
    opened_figure.reset()
    opened_figure.page.evaluate(NEXT_FRAME)
    return opened_figure


def state_of(figure) -> dict:
    return figure.twin().state


# -------------------------------------------------------------------------------------- pointers


def test_only_the_main_button_drags(figure):
    link = figure.link
    for canvas in figure.pictures("canvas.modpack-grab"):
        mouse = figure.page.mouse
        for button in ("right", "middle"):
            canvas.scroll_into_view_if_needed()
            box = canvas.bounding_box()
            mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
            mouse.down(button=button)
            mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.6 * box["height"], steps=3)
            mouse.up(button=button)
    assert figure.link == link


def test_only_the_first_finger_drags(browser, name):
    with in_page(browser, name, **TELEPHONE) as figure:
        link = figure.link
        touch = figure.page.context.new_cdp_session(figure.page)

        def send(kind, *places):
            points = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(places)]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        for canvas in figure.pictures("canvas.modpack-grab"):
            canvas.evaluate("canvas => canvas.scrollIntoView({ block: 'center' })")
            box = canvas.bounding_box()
            resting = (2, 2)
            first, last = (
                (box["x"] + x * box["width"], box["y"] + y * box["height"])
                for x, y in ((0.3, 0.3), (0.7, 0.6))
            )
            send("touchStart", resting)
            send("touchStart", resting, first)
            send("touchMove", resting, last)
            send("touchEnd")
            figure.page.evaluate(NEXT_FRAME)
        assert figure.link == link


# ----------------------------------------------------------------------------- links and history


def test_a_link_that_was_encoded_on_its_way_is_read(figure, name):
    state = CASES[name].state
    follow(figure.page, f"#{name}={state}")
    plain = state_of(figure)
    figure.reset()
    follow(figure.page, f"#{name}={state.replace(':', '%3A').replace(',', '%2C')}")
    assert not figure.is_noticed
    assert state_of(figure) == plain != figure.first_state


def test_a_place_on_the_page_is_no_state(figure):
    before = state_of(figure)
    for place in ("#a:b", "#100%", "#caf%C3%A9", "#x=1", "#%E0%A4%A"):
        follow(figure.page, place)
        assert not figure.is_noticed
    assert state_of(figure) == before


def test_reset_takes_the_notice_away(figure, name):
    follow(figure.page, f"#{name}=nothing:1")
    assert figure.is_noticed
    figure.reset()
    assert not figure.is_noticed


def test_going_back_undoes_a_link_and_a_place_does_not(figure, name):
    page, first = figure.page, state_of(figure)
    follow(page, f"#{name}={CASES[name].state}")
    linked = state_of(figure)
    assert linked != first
    follow(page, "#a-place")
    assert state_of(figure) == linked
    link = f"#{name}={CASES[name].state}"
    for steps, place, expected in ((-1, link, linked), (-1, "#begin", first), (1, link, linked)):
        page.evaluate("steps => history.go(steps)", steps)
        page.wait_for_function("place => location.hash === place", arg=place)
        page.evaluate(NEXT_FRAME)
        assert state_of(figure) == expected


# --------------------------------------------------------------------------------- other looks


def test_pictures_are_sharp_on_another_screen(figure):
    assert figure.root.evaluate(SHARP)
    size = figure.page.viewport_size
    screen = figure.page.context.new_cdp_session(figure.page)
    for k, density in enumerate((2, 1.25, 1)):  # of another height, or the page is not told of its density
        height = size["height"] + 2 - k
        metrics = {**size, "height": height, "deviceScaleFactor": density, "mobile": False}
        screen.send("Emulation.setDeviceMetricsOverride", metrics)
        figure.page.wait_for_function("density => devicePixelRatio === density", arg=density)
        figure.page.wait_for_function(SHARP, arg=figure.root)


def test_on_paper_a_dark_page_looks_as_a_light_one(figure):
    page = figure.page
    figure.complete()
    shown = {}
    for theme in ("light", "dark"):
        page.evaluate(TURN, theme)
        figure.complete()
        on_screen = figure.root.evaluate(PICTURES)
        page.emulate_media(media="print")
        figure.complete()
        shown[theme] = on_screen, figure.root.evaluate(PICTURES)
        page.emulate_media(media="screen")
        page.evaluate(NEXT_FRAME)
    page.evaluate(TURN, "light")
    assert shown["light"][1] == shown["dark"][1]
    assert shown["dark"][1] != shown["dark"][0] or not figure.pictures()  # a flipbook's are images


def test_tracks_of_sliders_are_dark_on_a_dark_page(figure):
    page = figure.page
    page.evaluate(TURN, "dark")
    for slider in figure.pictures("input[type=range]"):
        slider.evaluate("slider => { slider.value = slider.min; }")
        track = Image.open(BytesIO(slider.screenshot())).convert("L")
        assert track.getpixel((track.width - 8, track.height // 2)) < DARK
    page.evaluate(TURN, "light")
    figure.reset()


# --------------------------------------------------------------------------------------- layout


def test_it_offers_few_controls_at_first(figure):
    assert figure.check("offered") <= FEW


def test_axes_have_names(figure):
    figure.complete()
    assert figure.check("unnamedAxes") == []


@pytest.mark.parametrize("width", [1720, 1280, 390])
def test_words_in_pictures_have_room(figure, name, width):
    figure.page.set_viewport_size({"width": width, "height": 1600})
    for state in ("", CASES[name].state):
        follow(figure.page, f"#{name}={state}" if state else "#begin")
        figure.see()
        figure.complete()
        assert figure.check("wordsOutside") == []
        assert figure.check("wordsTogether") == []
    figure.page.set_viewport_size(VIEW["viewport"])


def test_a_wide_screen_gives_it_the_column_beside_the_text(figure):
    page = figure.page
    box = "part => part.getBoundingClientRect().toJSON()"
    page.set_viewport_size({"width": 1399, "height": 1600})
    text = page.locator(".bd-article section > p").first.evaluate(box)
    assert figure.root.evaluate(box)["right"] <= text["right"] + 1
    page.set_viewport_size(WIDE)
    figure.see()
    text, column = (
        page.locator(each).first.evaluate(box)
        for each in (".bd-article section > p", "#pst-secondary-sidebar")
    )
    here = figure.root.evaluate(box)
    assert here["left"] == pytest.approx(text["left"], abs=1)
    assert text["right"] + 200 < here["right"] <= column["right"]
    assert figure.check("covered") == []
    page.set_viewport_size(VIEW["viewport"])


# -------------------------------------------------------------------------------------- no room


def test_a_figure_without_room_does_not_fail(figure, name):
    """What a script throws fails the last test of the page."""
    resize = "(root, style) => { root.parentElement.style = style; }"
    for k, style in enumerate(("display: none", "width: 70px", "width: 12px", "width: 0")):
        figure.root.evaluate(resize, style)
        follow(figure.page, f"#{name}={CASES[name].state}" if k % 2 == 0 else "#begin")
        figure.page.evaluate(NEXT_FRAME)
    figure.root.evaluate(resize, "")
    figure.page.evaluate(NEXT_FRAME)
    assert figure.root.evaluate(SHARP)
    assert figure.drawn()
