"""Interactive figures that work in JupyterLab and, without any Python, in the rendered book."""

from modpack.live.flipbook import Control, Flipbook

__all__ = ["Control", "Flipbook"]
