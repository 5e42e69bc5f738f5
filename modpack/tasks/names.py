"""Tasks by their names: those of the battery, and mappings, whose names say what they are."""

from collections.abc import Sequence

from modpack._checks import choose
from modpack.tasks.battery import TASKS, Task
from modpack.tasks.mappings import EXAMPLES, is_called_mapping, named_mapping


def get(name: str, argument: str = "name") -> Task:
    """Return the task with this name: one of the battery, or a mapping.

    Parameters
    ----------
    name : str
        Such as ``"fdgo"`` or ``"delaymap4-1032"``, see :func:`modpack.tasks.mapping`.
    argument : str
        What the name is called in a message.

    Raises
    ------
    ValueError
        If there is none; the message suggests the nearest, or what the name of a mapping looks like.
    """
    if isinstance(name, str) and is_called_mapping(name):
        return named_mapping(name, argument)
    return TASKS[choose(argument, name, (*TASKS, *EXAMPLES))]


def resolve(tasks: Sequence[str | Task]) -> tuple[Task, ...]:
    """Return tasks given by their names or as `Task` objects."""
    return tuple(task if isinstance(task, Task) else get(task) for task in tasks)
