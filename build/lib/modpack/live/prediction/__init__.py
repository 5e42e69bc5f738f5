"""Predict, commit, reveal: the reader draws a curve before seeing the computed ones."""

from modpack.live.prediction.figure import Prediction

__all__ = ["Prediction"]
