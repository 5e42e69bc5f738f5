"""The map of how many mappings fit into how many neurons, and the networks that it is made of."""

from modpack.live.packing_map.figure import PackingMap

__all__ = ["PackingMap"]
