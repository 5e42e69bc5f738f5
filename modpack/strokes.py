"""One line and one mark for one thing, wherever it is drawn: by Matplotlib in a chapter, or by a page itself.

``live/base/strokes.js`` has the same for pages.
"""

from typing import Final

IN_ORDER = ("-", "--", ":")
"""Lines of what has one colour, in their order: of two tasks the first solid and the second dashed."""

BOUND: Final = "--"
"""Line of a bound, and of what was asked for beside what was done."""

ONSET: Final = ":"
"""Line where an epoch begins."""

UNSTABLE: Final = ":"
"""Line of the part of a branch that is not stable."""

EVENTS = {
    "saddle-node": "D",
    "transcritical": "s",
    "pitchfork": "^",
    "Hopf": "v",
    "flip": "o",
    "Neimark-Sacker": "P",
    "degenerate": "*",
}
"""One mark for each kind of event on a branch; that of a fold is a diamond."""

LOOKS = (("o", "-"), ("s", "--"), ("D", ":"), ("^", "-."), ("v", (0, (5, 1, 1, 1, 1, 1))))
"""Marks and lines of forms that may share a colour."""

PACKED = {
    "excitability": "o-",
    "synaptic": "s-",
    "bias+release": "D-",
    "row+release": "^--",
}
"""Mark and line of the forms that packing compares; of any other form ``OTHER_PACKED``."""

OTHER_PACKED = ".:"

LEARNED = {"modulation": "-", "all": "-.", "readout": "--", "untrained": ":"}
"""Line of what of a network learns a new task."""
