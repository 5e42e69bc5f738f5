"""Interactive figures that work in JupyterLab and, without any Python, in the rendered book."""

from modpack.live.browser import TaskBrowser
from modpack.live.flipbook import Control, Flipbook
from modpack.live.mixer import Mixer
from modpack.live.network import LiveNetworks
from modpack.live.plane import PhasePlane
from modpack.live.prediction import Prediction

__all__ = ["Control", "Flipbook", "LiveNetworks", "Mixer", "PhasePlane", "Prediction", "TaskBrowser"]
