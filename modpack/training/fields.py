"""Checks of the fields of frozen records while they are made."""

from collections.abc import Iterable
from typing import Any

from modpack._checks import require, whole
from modpack.tasks import get


def set_fields(record: Any, **values: Any) -> None:
    """Replace values of a frozen record while it is made, by what their checks return."""
    for name, value in values.items():
        object.__setattr__(record, name, value)


def seeds(record: Any, *names: str) -> dict[str, int]:
    """Return the seeds among the fields that are given, as whole numbers."""
    given = {name: getattr(record, name) for name in names}
    return {name: whole(name, value) for name, value in given.items() if value is not None}


def task_names(argument: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return task names as a tuple; a single name is no sequence of names."""
    require(not isinstance(names, str), argument, names, "a sequence of names")
    tasks = tuple(names)
    for name in tasks:
        get(name, argument)
    require(len(set(tasks)) == len(tasks) > 0, argument, tasks, "one or more different names")
    return tasks
