"""Flipbooks: figures drawn beforehand for every setting of their sliders."""

from modpack.live.base.figure import Limits
from modpack.live.flipbook.figure import Control, Flipbook

__all__ = ["Control", "Flipbook", "Limits"]
