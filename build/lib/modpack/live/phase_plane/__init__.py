"""The phase plane: turn a threshold, a slope and a synaptic gain of two neurons and see what they rest at."""

from modpack.live.phase_plane.figure import PhasePlane

__all__ = ["PhasePlane"]
