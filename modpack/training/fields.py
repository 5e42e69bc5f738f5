"""Checks of the fields of frozen records while they are made."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from modpack._checks import names, whole
from modpack.tasks import get


def seeds(record: Any, *names: str) -> dict[str, int]:
    """Return the seeds among the fields, as whole numbers; those may be None whose default is."""
    optional = {each.name for each in fields(record) if each.default is None}
    given = {name for name in names if name not in optional or getattr(record, name) is not None}
    return {name: whole(name, getattr(record, name), most=2**62) for name in given}


def task_names(argument: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return names of known tasks as a tuple."""
    tasks = names(argument, values)
    for name in tasks:
        get(name, argument)
    return tasks
