"""A flipbook: a figure drawn beforehand for every setting of its sliders.

Python draws every frame when the widget is made, and the frames travel with it: it works wherever it is
shown, with or without a kernel. It suits whatever the page cannot compute itself.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from modpack._checks import choose, require
from modpack.figures.style import style

DPI = 100
"""Dots per inch of a figure's size on the page."""

DENSITY = 1.5
"""Pixels of a frame per dot: sharp on screens with small pixels, small enough for many frames in a page."""

COLOURS = 256
"""Colours of a frame."""

LIMIT = 450_000
"""Largest size of all frames together in bytes; the page holds them as text, a third larger."""


@dataclass(frozen=True)
class Control:
    """A slider.

    Parameters
    ----------
    name : str
        Name of the argument that the slider sets.
    values : sequence of float
        The values the slider can take, in increasing order.
    label : str
        What the reader sees, with the symbol used in the text.
    initial : float
        One of `values`.
    unit : str
        Written behind the value.
    colour : str
        Colour of the slider: that of the same quantity in the figure; without one, that of the page.

    Raises
    ------
    ValueError
        Unless there are two or more increasing values and `initial` is one of them.
    """

    name: str
    values: Sequence[float]
    label: str
    initial: float
    unit: str = ""
    colour: str = ""

    def __post_init__(self) -> None:
        values = [float(value) for value in self.values]
        allowed = len(values) > 1 and values == sorted(set(values))
        require(allowed, "values", values, "two or more increasing numbers")
        require(float(self.initial) in values, "initial", self.initial, f"one of {values}")

    def nearest(self, value: float) -> float:
        """Return the value of the slider that is nearest to `value`."""
        return min((float(known) for known in self.values), key=lambda known: abs(known - value))

    def text(self, value: float) -> str:
        """Write a value with its unit."""
        return f"{value:.3g} {self.unit}".strip().replace("-", "\N{MINUS SIGN}")

    def state(self) -> dict[str, Any]:
        """Return what the page needs to draw the slider."""
        values = [float(value) for value in self.values]
        texts = [self.text(value) for value in values]
        return {
            "name": self.name,
            "label": self.label,
            "values": values,
            "texts": texts,
            "initial": float(self.initial),
            "colour": self.colour,
        }


class Flipbook(anywidget.AnyWidget):
    """A figure with one to three sliders; make it with `Flipbook.render`.

    ``flipbook.values`` holds the values of the sliders by name. In a notebook with a kernel it follows the
    sliders, and setting it moves them: a name left out keeps its value, and a value between two settings goes
    to the nearest.
    """

    _esm = Path(__file__).with_name("figure.js")
    _css = Path(__file__).with_name("figure.css")

    controls: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    frames = traitlets.List(traitlets.Bytes()).tag(sync=True)
    alts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    readouts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    size = traitlets.Tuple(traitlets.Int(), traitlets.Int()).tag(sync=True)
    values = traitlets.Dict().tag(sync=True)

    def __init__(self, sliders: Sequence[Control], **traits: Any) -> None:
        self._sliders = {slider.name: slider for slider in sliders}
        initial = {slider.name: float(slider.initial) for slider in sliders}
        super().__init__(controls=[slider.state() for slider in sliders], values=initial, **traits)

    @classmethod
    def render(
        cls,
        draw: Callable[..., Axes | Figure],
        controls: Sequence[Control],
        alt: str,
        readout: Callable[..., str],
    ) -> "Flipbook":
        """Draw a figure for every setting of some sliders.

        Parameters
        ----------
        draw : callable
            Takes one keyword argument per control, makes a new figure and returns it or its Axes. All figures
            have the same size; keep their limits the same too, so that nothing jumps.
        controls : sequence of Control
            One to three sliders.
        alt : str
            What the figure shows, for readers who do not see it. The setting and the readout are added.
        readout : callable
            Takes the same arguments and says in a sentence what the figure shows.

        Raises
        ------
        ValueError
            If there are too many controls, two have the same name, figures differ in size, or the frames are
            too large for a page.
        """
        names = [control.name for control in controls]
        require(1 <= len(names) <= 3, "controls", names, "one to three")
        require(len(set(names)) == len(names), "controls", names, "of different names")
        frames, alts, readouts, sizes = [], [], [], set()
        for values in itertools.product(*(control.values for control in controls)):
            setting = dict(zip(names, map(float, values), strict=True))
            frame, size = _picture(draw, setting)
            said = readout(**setting)
            shown = ", ".join(f"{c.label}: {c.text(setting[c.name])}" for c in controls)
            frames.append(frame)
            readouts.append(said)
            alts.append(f"{alt} {shown}. {said}")
            sizes.add(size)
        total = sum(map(len, frames))
        require(len(sizes) == 1, "draw", f"figures of sizes {sorted(sizes)}", "a function with one size")
        require(total <= LIMIT, "frames", f"{len(frames)} frames of {total} bytes", f"at most {LIMIT} bytes")
        return cls(controls, frames=frames, alts=alts, readouts=readouts, size=sizes.pop())

    @traitlets.validate("values")
    def _validate_values(self, proposal: Mapping[str, Any]) -> dict[str, float]:
        """Keep the sliders on their grid."""
        current = {name: slider.initial for name, slider in self._sliders.items()} | self.values
        for name, value in proposal["value"].items():
            choose("values", name, self._sliders)
            current[name] = self._sliders[name].nearest(value)
        return current

    def __repr__(self) -> str:
        """Say what the flipbook is, for places that cannot show it."""
        return f"Flipbook({len(self.frames)} frames, {', '.join(self._sliders)})"


def _picture(draw: Callable[..., Axes | Figure], setting: dict[str, float]) -> tuple[bytes, tuple[int, int]]:
    """Draw one frame and return it as PNG, with its width and height on the page in CSS pixels."""
    with style():
        drawn = draw(**setting)
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
