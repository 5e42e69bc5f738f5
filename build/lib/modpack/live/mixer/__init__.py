"""The context mixer: slide a network's context from one task's to another's and see what it does."""

from modpack.live.mixer.figure import Mixer

__all__ = ["Mixer"]
