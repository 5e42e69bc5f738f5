"""The task browser: what is on the screen at every moment of a trial, and what is asked."""

from modpack.live.task_browser.figure import TaskBrowser

__all__ = ["TaskBrowser"]
