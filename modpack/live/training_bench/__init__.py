"""Networks that learn in the page: choose a form, tasks and a size, and watch."""

from modpack.live.training_bench.figure import SETS, Course, TaskSet, TrainingBench

__all__ = ["SETS", "Course", "TaskSet", "TrainingBench"]
