"""Ambiguous contexts at levels: what many networks make of them, and one of them in one trial."""

from modpack.live.robustness.figure import Robustness
from modpack.live.robustness.summary import robustness_networks

__all__ = ["Robustness", "robustness_networks"]
