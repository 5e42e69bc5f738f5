"""Interactive figures that work in JupyterLab and, without any Python, in the rendered book."""

from modpack.live.bench import Bench
from modpack.live.browser import TaskBrowser
from modpack.live.flipbook import Control, Flipbook
from modpack.live.landscape import Landscape, Shown, constant_input
from modpack.live.mixer import Mixer
from modpack.live.network import LiveNetworks
from modpack.live.plane import PhasePlane
from modpack.live.prediction import Prediction
from modpack.live.space import StateSpace
from modpack.live.tracks import Track

__all__ = [
    "Bench",
    "Control",
    "Flipbook",
    "Landscape",
    "LiveNetworks",
    "Mixer",
    "PhasePlane",
    "Prediction",
    "Shown",
    "StateSpace",
    "TaskBrowser",
    "Track",
    "constant_input",
]
