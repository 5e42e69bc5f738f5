"""A flipbook: a figure drawn beforehand for every setting of its sliders.

Python draws every frame when the widget is made, and the frames travel with it: it works wherever it is
shown, with or without a kernel. It suits whatever the page cannot compute itself.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import traitlets
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from modpack._checks import require
from modpack.figures.style import style
from modpack.live.base.figure import Limits, LiveFigure, bundle, styles

DPI = 100
"""Dots per inch of a figure's size on the page."""

DENSITY = 1.5
"""Pixels of a frame per dot: sharp on screens with small pixels, small enough for many frames in a page."""

COLOURS = 256
"""Colours of a frame."""

LIMIT = 450_000
"""Largest size of all frames together in bytes; the page holds them as text, a third larger."""

TOLERANCE = 1e-6
"""Largest distance, in steps of a slider, between a value and the slider's own."""


@dataclass(frozen=True)
class Control:
    """A slider.

    Parameters
    ----------
    name : str
        Name of the argument that the slider sets.
    limits : Limits
        Smallest and largest value, the step from one value to the next, and the unit.
    label : str
        What the reader sees, with the symbol used in the text.
    initial : float
        One of the values.
    colour : str
        Colour of the slider: that of the same quantity in the figure; without one, that of the page.

    Raises
    ------
    ValueError
        Unless the range holds a whole number of steps and `initial` is one of the values.
    """

    name: str
    limits: Limits
    label: str
    initial: float
    colour: str = ""

    def __post_init__(self) -> None:
        low, high, step, _ = self.limits
        isolated = 0 < step <= high - low and _is_whole((high - low) / step)
        require(isolated, "limits", tuple(self.limits), "a whole number of steps from low to high")
        inside = low <= self.initial <= high and _is_whole((self.initial - low) / step)
        require(inside, "initial", self.initial, f"one of {self.values}")

    @property
    def values(self) -> list[float]:
        """All values of the slider, increasing."""
        low, high, step, _ = self.limits
        return [round(low + k * step, 9) for k in range(round((high - low) / step) + 1)]

    def nearest(self, value: float) -> float:
        """Return the value of the slider that is nearest to `value`."""
        return min(self.values, key=lambda known: abs(known - value))

    def text(self, value: float) -> str:
        """Write a value with its unit."""
        return f"{value:.3g} {self.limits.unit}".strip().replace("-", "\N{MINUS SIGN}")


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < TOLERANCE


class _Setting(traitlets.Float[float, float]):
    """A trait that follows a slider and keeps to its values."""

    def __init__(self, control: Control) -> None:
        super().__init__(control.initial, min=control.limits.low, max=control.limits.high)
        self.control = control

    def validate(self, obj: Any, value: Any) -> float:
        """Return the nearest value of the slider."""
        return self.control.nearest(super().validate(obj, value))


class Flipbook(LiveFigure):
    """A figure with one to three sliders, drawn for every setting of them.

    It has a trait for every slider, of the slider's name. With a kernel it follows the slider, and setting it
    moves the slider to the nearest of its values.

    Parameters
    ----------
    draw : callable
        Takes one keyword argument per control, makes a new figure and returns it or its Axes. All figures
        have the same size; keep their limits the same too, so that nothing jumps.
    controls : sequence of Control
        One to three sliders.
    alt : str
        What the figure shows, for readers who do not see it. The setting and the sentence are added.
    say : callable
        Takes the same arguments and says in a sentence what the figure shows.
    call, source : str
        What the line of Python under the figure calls, and with which arguments before those of the state.
    chapter, question, name
        As in :class:`LiveFigure`.
    state
        Values of the sliders, by name.

    Raises
    ------
    ValueError
        If there are too many controls, two have the same name or one that of another trait, figures differ in
        size, or the frames are too large for a page.
    """

    _esm = bundle("flipbook/figure.js")
    _css = styles("base/figure.css", "flipbook/figure.css")

    NAME = "flipbook"
    READ = ".sentence"

    controls: traitlets.List[dict[str, str]] = traitlets.List().tag(sync=True)
    frames = traitlets.List(traitlets.Bytes()).tag(sync=True)
    alts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    sentences = traitlets.List(traitlets.Unicode()).tag(sync=True)
    size = traitlets.Tuple(traitlets.Int(), traitlets.Int()).tag(sync=True)

    def __init__(
        self,
        draw: Callable[..., Axes | Figure],
        controls: Sequence[Control],
        alt: str,
        say: Callable[..., str],
        call: str = "Flipbook",
        source: str = "draw, controls, alt, say",
        **state: Any,
    ) -> None:
        names = [control.name for control in controls]
        require(1 <= len(names) <= 3, "controls", names, "one to three")
        require(len(set(names)) == len(names), "controls", names, "of different names")
        taken = sorted(set(names) & set(self.trait_names()))
        require(not taken, "controls", taken, "named unlike the other traits of a flipbook")
        self.STATE = tuple(names)
        self.LIMITS = {control.name: control.limits for control in controls}
        self._controls = controls
        self.add_traits(**{control.name: _Setting(control).tag(sync=True) for control in controls})
        described = [{"name": c.name, "label": c.label, "colour": c.colour} for c in controls]
        super().__init__(source, controls=described, **_drawn(draw, controls, alt, say), **state)
        self.python = [call, source, self.READ]

    @property
    def frame(self) -> int:
        """Which of the frames is on show; the last slider runs fastest."""
        index = 0
        for control in self._controls:
            index = index * len(control.values) + control.values.index(getattr(self, control.name))
        return index

    @property
    def sentence(self) -> str:
        """What the frame on show says."""
        return self.sentences[self.frame]

    def __repr__(self) -> str:
        """Say what the flipbook is, for places that cannot show it."""
        return f"Flipbook({len(self.frames)} frames, {', '.join(self.STATE)})"


def _drawn(
    draw: Callable[..., Axes | Figure], controls: Sequence[Control], alt: str, say: Callable[..., str]
) -> dict[str, Any]:
    """Draw and describe every setting: the traits that hold the pictures."""
    settings = [
        dict(zip((control.name for control in controls), values, strict=True))
        for values in itertools.product(*(control.values for control in controls))
    ]
    with style():
        frames, sizes = zip(*(_picture(draw(**setting)) for setting in settings), strict=True)
    sentences = [say(**setting) for setting in settings]
    shown = [", ".join(f"{c.label}: {c.text(setting[c.name])}" for c in controls) for setting in settings]
    alts = [f"{alt} {where}. {said}" for where, said in zip(shown, sentences, strict=True)]
    total, different = sum(map(len, frames)), sorted(set(sizes))
    require(len(different) == 1, "draw", f"figures of sizes {different}", "a function with one size")
    require(total <= LIMIT, "frames", f"{len(frames)} frames of {total} bytes", f"at most {LIMIT} bytes")
    return {"frames": list(frames), "alts": alts, "sentences": sentences, "size": sizes[0]}


def _picture(drawn: Axes | Figure) -> tuple[bytes, tuple[int, int]]:
    """Return a figure as PNG, with its width and height on the page in CSS pixels, and close it."""
    figure = drawn.figure.figure  # of Axes or of a figure, the outermost figure
    figure.set_dpi(DPI * DENSITY)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    image = Image.frombytes("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
    plt.close(figure)
    palette = image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    data = BytesIO()
    palette.save(data, "PNG", optimize=True)
    return data.getvalue(), (round(image.width / DENSITY), round(image.height / DENSITY))
