"""The networks of the experiment on packing, to be trained in a page: the mappings of its first order."""

from modpack.experiments import packing
from modpack.live.training_bench.figure import Course, TaskSet


def _learned(n_tasks: int, name: str) -> TaskSet:
    cell = packing.Cell("none", n_tasks, 1, packing.ORDERS[0])
    return TaskSet(f"{name} mappings", cell.tasks, packing.STEPS, packing.TUNED)


MAPPINGS = Course(
    {f"map{n}": _learned(n, name) for n, name in {4: "four", 8: "eight", 16: "sixteen"}.items()},
    packing.FORMS,
)
"""With the forms, recipes and numbers of steps of the main condition of the experiment."""
