"""Matplotlib figures: one function per kind of plot, returns the Axes, takes ``ax=``."""
