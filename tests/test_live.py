"""Flipbooks: the right frame for every setting, in Python and, by keyboard and mouse, in a page."""

import base64
import io
import itertools
import json
from pathlib import Path

import pytest
from matplotlib import pyplot as plt
from PIL import Image

from modpack.live.flipbook import Control, Flipbook
from modpack.live.flipbook import figure as flipbook

GAIN = Control("gain", [0.5, 1.0, 1.5], "gain g", 1.0)
DELAY = Control("delay", [-100, 0], "delay", 0, unit="ms")


def draw(gain, delay=0.0):
    _, ax = plt.subplots(figsize=(2, 1))
    ax.set_position((0, 0, 1, 1))
    ax.axis("off")
    ax.axvspan(0, gain, color="#d55e00" if delay else "#0072b2")
    ax.set_xlim(0, 2)
    return ax


def say(gain, delay=0.0):
    return f"gain {gain}, delay {delay}"


@pytest.fixture(scope="module")
def two():
    return Flipbook.render(draw, [GAIN, DELAY], "A bar.", say)


def pixels(frame):
    return Image.open(io.BytesIO(frame)).convert("RGBA")


class TestControl:
    @pytest.mark.parametrize("values", [[1.0], [2.0, 1.0], [1.0, 1.0]])
    def test_refuses_values_that_do_not_increase(self, values):
        with pytest.raises(ValueError, match="two or more increasing numbers"):
            Control("gain", values, "gain", 1.0)

    def test_refuses_an_initial_value_off_the_grid(self):
        with pytest.raises(ValueError, match=r"initial=0.7"):
            Control("gain", [0.5, 1.0], "gain", 0.7)

    def test_writes_values_with_unit_and_minus_sign(self):
        assert [DELAY.text(value) for value in DELAY.values] == ["\N{MINUS SIGN}100 ms", "0 ms"]
        assert GAIN.text(0.1 + 0.2) == "0.3"


class TestFrames:
    def test_one_for_every_setting_the_last_slider_fastest(self, two):
        settings = list(itertools.product(GAIN.values, DELAY.values))
        assert two.readouts == [say(gain, float(delay)) for gain, delay in settings]
        for frame, (gain, delay) in zip(two.frames, settings, strict=True):
            picture = pixels(frame)
            assert picture.size == tuple(flipbook.DENSITY * length for length in two.size)
            row = [picture.getpixel((x, picture.height // 2)) for x in range(picture.width)]
            bar = [pixel for pixel in row if pixel[3] > 128]
            assert len(bar) / len(row) == pytest.approx(gain / 2, abs=0.01)
            red, _, blue, _ = bar[len(bar) // 2]
            assert (red > blue) == bool(delay)

    def test_have_no_ground(self, two):
        assert pixels(two.frames[0]).getpixel((pixels(two.frames[0]).width - 1, 0))[3] == 0

    def test_have_alternative_texts_of_their_own(self, two):
        assert two.alts[0] == "A bar. gain g: 0.5, delay: \N{MINUS SIGN}100 ms. gain 0.5, delay -100.0"
        assert len(set(two.alts)) == len(two.frames)

    def test_leave_no_figure_open(self, two):
        assert plt.get_fignums() == []

    def test_accept_a_figure_instead_of_axes(self, two):
        as_figure = Flipbook.render(lambda gain: draw(gain).figure, [GAIN], "A bar.", say)
        assert as_figure.frames == two.frames[1::2]

    def test_of_different_sizes_are_refused(self):
        def growing(gain):
            return plt.subplots(figsize=(2 * gain, 1))[1]

        with pytest.raises(ValueError, match="a function with one size"):
            Flipbook.render(growing, [GAIN], "A bar.", say)
        plt.close("all")

    def test_too_large_for_a_page_are_refused(self, monkeypatch):
        monkeypatch.setattr(flipbook, "LIMIT", 100)
        with pytest.raises(ValueError, match="at most 100 bytes"):
            Flipbook.render(draw, [GAIN], "A bar.", say)

    @pytest.mark.parametrize("controls", [[], [GAIN] * 4])
    def test_need_one_to_three_sliders(self, controls):
        with pytest.raises(ValueError, match="one to three"):
            Flipbook.render(draw, controls, "A bar.", say)

    def test_need_sliders_of_different_names(self):
        with pytest.raises(ValueError, match="different names"):
            Flipbook.render(draw, [GAIN, GAIN], "A bar.", say)


class TestValues:
    @pytest.fixture
    def figure(self):
        return Flipbook.render(draw, [GAIN, DELAY], "A bar.", say)

    def test_start_where_the_controls_say(self, figure):
        assert figure.values == {"gain": 1.0, "delay": 0.0}

    def test_left_out_stay(self, figure):
        figure.values = {"gain": 1.5}
        figure.values = {"delay": -100}
        assert figure.values == {"gain": 1.5, "delay": -100.0}

    def test_between_two_settings_go_to_the_nearest(self, figure):
        figure.values = {"gain": 0.8}
        assert figure.values["gain"] == 1.0

    def test_of_an_unknown_slider_are_refused(self, figure):
        with pytest.raises(ValueError, match="did you mean 'gain'"):
            figure.values = {"gian": 1.0}

    def test_can_be_observed(self, figure):
        seen = []
        figure.observe(lambda change: seen.append(change["new"]["gain"]), "values")
        figure.values = {"gain": 0.5}
        assert seen == [0.5]


def test_prints_without_its_frames(two):
    assert repr(two) == "Flipbook(6 frames, gain, delay)"


PAGE = """<!doctype html><meta name="viewport" content="width=device-width"><style>CSS</style>
<div id="one"></div><script type="module">
const source = new Blob([SCRIPT], { type: "text/javascript" });
const widget = (await import(URL.createObjectURL(source))).default;
const state = STATE, listeners = new Set();
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
state.frames = state.frames.map((text) => new DataView(bytes(text).buffer));
globalThis.model = {
  get: (name) => state[name],
  set: (name, value) => { state[name] = value; listeners.forEach((f) => f()); },
  save_changes: () => { globalThis.saved = state.values; },
  on: (event, f) => listeners.add(f),
  off: (event, f) => listeners.delete(f),
};
globalThis.end = widget.render({ model, el: document.getElementById("one") });
globalThis.listening = () => listeners.size;
</script>"""


@pytest.fixture
def page(browser, two):
    """A page of 390 pixels that holds the widget on a model without a kernel."""
    folder = Path(flipbook.__file__).parent
    state = {name: getattr(two, name) for name in ("controls", "alts", "readouts", "size")}
    state["values"] = {"gain": 1.0, "delay": 0.0}
    state["frames"] = [base64.b64encode(frame).decode() for frame in two.frames]
    html = PAGE.replace("CSS", (folder / "figure.css").read_text())
    html = html.replace("SCRIPT", json.dumps((folder / "figure.js").read_text()))
    html = html.replace("STATE", json.dumps(state))
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.set_content(html)
    page.wait_for_selector("img")
    yield page
    page.close()


def shown(page):
    """The readout, and the number of coloured pixels in the middle row of the picture that is on the page."""
    width = page.evaluate(
        """async () => {
          const image = document.querySelector("img");
          await image.decode();
          const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
          const context = canvas.getContext("2d");
          context.drawImage(image, 0, 0);
          const row = context.getImageData(0, image.naturalHeight / 2, image.naturalWidth, 1).data;
          return row.filter((value, k) => k % 4 === 3 && value > 128).length / image.naturalWidth;
        }"""
    )
    return page.text_content(".modpack-readout"), round(2 * width, 1)


@pytest.mark.browser
class TestPage:
    def test_the_keyboard_turns_the_page(self, page):
        assert shown(page) == ("gain 1.0, delay 0.0", 1.0)
        page.get_by_label("gain g").press("ArrowRight")
        assert shown(page) == ("gain 1.5, delay 0.0", 1.5)
        page.get_by_label("delay").press("Home")
        assert shown(page) == ("gain 1.5, delay -100.0", 1.5)
        assert page.evaluate("saved") == {"gain": 1.5, "delay": -100}
        assert page.get_attribute("img", "alt").endswith("gain 1.5, delay -100.0")

    def test_the_mouse_drags_the_slider(self, page):
        box = page.get_by_label("gain g").bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + 2, box["y"] + box["height"] / 2, steps=5)
        page.mouse.up()
        assert shown(page) == ("gain 0.5, delay 0.0", 0.5)

    def test_values_are_visible_and_spoken(self, page):
        delay = page.get_by_label("delay")
        assert (delay.get_attribute("aria-valuetext"), page.text_content(".modpack-value >> nth=1")) == (
            "0 ms",
        ) * 2
        assert page.get_attribute(".modpack-readout", "aria-live") == "polite"

    def test_jupyterlab_leaves_the_arrow_keys_alone(self, page):
        assert page.get_by_label("gain g").get_attribute("data-lm-suppress-shortcuts") == "true"

    def test_reset_goes_back(self, page):
        page.get_by_label("gain g").press("End")
        page.get_by_role("button", name="Reset").click()
        assert shown(page) == ("gain 1.0, delay 0.0", 1.0)
        assert page.get_by_label("gain g").input_value() == "1"

    def test_follows_the_model(self, page):
        page.evaluate("model.set('values', { gain: 0.5, delay: 0 })")
        assert shown(page) == ("gain 0.5, delay 0.0", 0.5)
        assert page.get_by_label("gain g").input_value() == "0"

    def test_fits_a_narrow_page(self, page):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

    def test_says_how_its_frames_came_to_be(self, page):
        assert "Python drew these 6 pictures beforehand" in page.text_content(".modpack-note")

    def test_lets_go_of_its_frames_and_its_model(self, page):
        source = page.get_attribute("img", "src")
        page.evaluate("end()")
        gone = "(url) => fetch(url).then(() => false, () => true)"
        assert page.evaluate(gone, source)
        assert page.evaluate("listening()") == 0
