"""The lesion and noise bench: silence units, raise the noise, and see which tasks break."""

from modpack.live.bench.figure import Bench

__all__ = ["Bench"]
