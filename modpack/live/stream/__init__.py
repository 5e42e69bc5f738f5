"""A stream of trials whose task nobody announces, and networks in it."""

from modpack.live.stream.figure import Stream

__all__ = ["Stream"]
