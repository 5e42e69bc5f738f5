"""Checks of the fields of frozen records while they are made."""

from collections.abc import Iterable
from typing import Any

from modpack._checks import names, whole
from modpack.tasks import get


def seeds(record: Any, *names: str) -> dict[str, int]:
    """Return the seeds among the fields that are given, as whole numbers."""
    given = {name: getattr(record, name) for name in names}
    return {name: whole(name, value, most=2**62) for name, value in given.items() if value is not None}


def task_names(argument: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return names of known tasks as a tuple."""
    tasks = names(argument, values)
    for name in tasks:
        get(name, argument)
    return tasks
