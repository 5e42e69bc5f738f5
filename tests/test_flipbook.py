"""Flipbooks: the right frame for every setting, in Python and in Node."""

import base64
import io
import itertools
from functools import cache

import pytest
from figure_links import links_hold
from matplotlib import pyplot as plt
from node_replay import replay
from PIL import Image
from torch import Generator
from traitlets import TraitError

from modpack.context import mix
from modpack.live.flipbook import Control, Flipbook, Limits, answers
from modpack.live.flipbook import figure as flipbook
from modpack.live.shipped import shipped_networks
from modpack.tasks import COMPACT, generate

GAIN = Control("gain", Limits(0.5, 1.5, 0.5), "gain g", 1.0)
DELAY = Control("delay", Limits(-100, 0, 100, "ms"), "delay", 0)


def draw(gain, delay=0):
    _, ax = plt.subplots(figsize=(2, 1))
    ax.set_position((0, 0, 1, 1))
    ax.axis("off")
    ax.axvspan(0, gain, color="#d55e00" if delay else "#0072b2")
    ax.set_xlim(0, 2)
    return ax


def say(gain, delay=0):
    return f"gain {gain}, delay {delay:g}"


@pytest.fixture(scope="module")
def two():
    return Flipbook(draw, [GAIN, DELAY], "A bar.", say)


def pixels(frame):
    return Image.open(io.BytesIO(frame)).convert("RGBA")


class TestControl:
    @pytest.mark.parametrize(
        "limits", [(1, 1, 1), (2, 1, 0.5), (0, 1, 0), (0, 1, -0.5), (0, 1, 0.3), (0, 1, 2)]
    )
    def test_refuses_limits_that_no_steps_join(self, limits):
        with pytest.raises(ValueError, match="a whole number of steps from low to high"):
            Control("gain", Limits(*limits), "gain", 1.0)

    @pytest.mark.parametrize("initial", [0.7, 0.0, 2.0])
    def test_refuses_an_initial_value_off_the_grid(self, initial):
        with pytest.raises(ValueError, match=rf"initial={initial}"):
            Control("gain", Limits(0.5, 1.5, 0.5), "gain", initial)

    def test_has_a_value_for_every_step(self):
        assert GAIN.values == [0.5, 1.0, 1.5]
        assert Control("x", Limits(0, 1.5, 0.1), "x", 0).values == [k / 10 for k in range(16)]

    def test_writes_values_with_unit_and_minus_sign(self):
        assert [DELAY.text(value) for value in DELAY.values] == ["\N{MINUS SIGN}100 ms", "0 ms"]
        assert GAIN.text(0.1 + 0.2) == "0.3"


class TestFrames:
    def test_one_for_every_setting_the_last_slider_fastest(self, two):
        settings = list(itertools.product(GAIN.values, DELAY.values))
        assert two.sentences == [say(gain, delay) for gain, delay in settings]
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
        assert two.alts[0] == "A bar. gain g: 0.5, delay: \N{MINUS SIGN}100 ms. gain 0.5, delay -100"
        assert len(set(two.alts)) == len(two.frames)

    def test_leave_no_figure_open(self, two):
        assert plt.get_fignums() == []

    def test_accept_a_figure_instead_of_axes(self, two):
        as_figure = Flipbook(lambda gain: draw(gain).figure, [GAIN], "A bar.", say)
        assert as_figure.frames == two.frames[1::2]

    def test_of_different_sizes_are_refused(self):
        def growing(gain):
            return plt.subplots(figsize=(2 * gain, 1))[1]

        with pytest.raises(ValueError, match="a function with one size"):
            Flipbook(growing, [GAIN], "A bar.", say)
        plt.close("all")

    def test_too_large_for_a_page_are_refused(self, monkeypatch):
        monkeypatch.setattr(flipbook, "LIMIT", 100)
        with pytest.raises(ValueError, match="at most 100 bytes"):
            Flipbook(draw, [GAIN], "A bar.", say)

    @pytest.mark.parametrize("controls", [[], [GAIN] * 4])
    def test_need_one_to_three_sliders(self, controls):
        with pytest.raises(ValueError, match="one to three"):
            Flipbook(draw, controls, "A bar.", say)

    def test_need_sliders_that_do_not_hide_other_traits(self):
        with pytest.raises(ValueError, match="named unlike the other traits"):
            Flipbook(lambda size: draw(size), [Control("size", Limits(0, 1, 1), "size", 0)], "A bar.", say)

    def test_need_sliders_of_different_names(self):
        with pytest.raises(ValueError, match="different names"):
            Flipbook(draw, [GAIN, GAIN], "A bar.", say)


class TestState:
    @pytest.fixture
    def figure(self):
        return Flipbook(draw, [GAIN, DELAY], "A bar.", say)

    def test_starts_where_the_controls_say(self, figure):
        assert figure.state == {"gain": 1.0, "delay": 0.0}

    def test_starts_where_the_reader_says(self):
        figure = Flipbook(draw, [GAIN, DELAY], "A bar.", say, gain=1.5)
        assert figure.initial == [["gain", 1.5, 1.0], ["delay", 0.0, 0.0]]
        assert figure.sentence == "gain 1.5, delay 0"

    def test_chooses_the_frame(self, figure):
        figure.gain, figure.delay = 1.5, -100
        assert figure.frame == 4
        assert figure.sentence == "gain 1.5, delay -100"

    def test_between_two_settings_goes_to_the_nearest(self, figure):
        figure.gain = 0.8
        assert figure.gain == 1.0

    def test_beyond_the_slider_is_refused(self, figure):
        with pytest.raises(TraitError, match="gain"):
            figure.gain = 1.6

    def test_can_be_observed(self, figure):
        seen = []
        figure.observe(lambda change: seen.append(change["new"]), "gain")
        figure.gain = 0.5
        assert seen == [0.5]

    def test_of_one_flipbook_is_unknown_to_another(self, figure):
        other = Flipbook(draw, [GAIN], "A bar.", say)
        assert other.state == {"gain": 1.0}
        assert other.has_trait("gain") and not other.has_trait("delay")


def test_prints_without_its_frames(two):
    assert repr(two) == "Flipbook(6 frames, gain, delay)"


# --------------------------------------------------------------------------------------- in Node


def test_the_page_turns_to_the_same_frame(two):
    limits = [list(GAIN.limits), list(DELAY.limits)]
    settings = list(itertools.product(GAIN.values, DELAY.values))
    assert replay("flipbook.mjs", "frames", limits=limits, settings=settings) == list(range(6))


def test_an_address_holds_the_whole_picture(two):
    frame = two.frames[0]
    address = replay("flipbook.mjs", "address", bytes=list(frame))
    head, text = address.split(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(text) == frame


def test_links_bring_a_state_back(two):
    allowed = {
        "gain:0.5": {"gain": 0.5},
        "delay:-100": {"delay": -100.0},
        "gain:1.5,delay:0": {"gain": 1.5, "delay": 0.0},
    }
    links_hold(two, allowed, "gain:0.75 gain:2 gain:0 delay:-50 delay:100 delay:-0.001")


def test_the_line_of_python_makes_it_again(two):
    states = [{"gain": 0.5, "delay": 0.0}]
    (line,) = replay("links.mjs", "lines", python=two.python, states=states, standard=two.state)
    names = {"draw": draw, "controls": [GAIN, DELAY], "alt": "A bar.", "say": say}
    assert eval(line, {"Flipbook": Flipbook} | names) == "gain 0.5, delay 0"


@cache
def combined():
    return shipped_networks(["combined"], [0]).networks["combined"][0]


def mixed(lam):
    return mix(combined().code["fdgo"], combined().code["fdanti"], lam)


def probes():
    return generate(["fdgo"], 4, COMPACT, Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("initial", "seen"), [(0, [[0], [0, 0.5], [0, 0.5, 1]]), (1, [[0, 0.5, 1], [0.5, 1], [1]])]
)
def test_answers_are_shown_as_far_as_the_slider_has_been(monkeypatch, initial, seen):
    drawn, plot = [], answers.plot_executed
    monkeypatch.setattr(answers, "plot_executed", lambda x, *rest: (drawn.append(x), plot(x, *rest)))
    control = Control("lam", Limits(0, 1, 0.5), "mix", initial)
    answers.along_path(combined(), probes(), ["fdgo", "fdanti"], mixed, control)
    assert drawn == seen


def test_answers_to_two_contexts_are_shown_up_to_both_sliders(monkeypatch):
    drawn, plot = [], answers.plot_preference
    monkeypatch.setattr(
        answers, "plot_preference", lambda x, shown, *rest: (drawn.append(shown), plot(x, shown, *rest))
    )
    answers.two_pathways(combined(), probes(), "fdgo", "fdanti", mixed, step=0.5)
    assert [int((~shown.isnan()).sum()) for shown in drawn] == [1, 2, 3, 2, 4, 6, 3, 6, 9]
