"""Networks that learn in the page: choose a form, tasks and a size, and watch."""

from modpack.live.training_bench.figure import SETS, TaskSet, TrainingBench

__all__ = ["SETS", "TaskSet", "TrainingBench"]
