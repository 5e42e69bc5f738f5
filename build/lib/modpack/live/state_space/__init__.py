"""The state space: where networks rest under a context between two tasks, and where their states go."""

from modpack.live.state_space.figure import StateSpace
from modpack.live.state_space.landscape import Landscape
from modpack.live.state_space.tracks import Track

__all__ = ["Landscape", "StateSpace", "Track"]
