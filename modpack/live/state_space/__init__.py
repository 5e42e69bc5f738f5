"""The state space: where networks rest under a context between two tasks, and where their states go."""

from modpack.live.state_space.branches import SampledBranch, SampledEvent
from modpack.live.state_space.figure import StateSpace
from modpack.live.state_space.landscape import Landscape

__all__ = ["Landscape", "SampledBranch", "SampledEvent", "StateSpace"]
