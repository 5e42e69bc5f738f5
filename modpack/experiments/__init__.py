"""Experiments on many networks: a module each, from a configuration to a tidy table."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from modpack._checks import choose

TABLES = {
    "tuning": ("tuning", "book"),
    "tuning_eight": ("tuning", "eight"),
    "tuning_mappings": ("tuning", "mappings"),
    "stream_tuning": ("stream", "tuning"),
    "stream_pilot": ("stream", "pilot"),
    "stream": ("stream", "book"),
    "reliability_pilot": ("reliability", "pilot"),
    "fading": ("fading", "book"),
    "reliance": ("reliance", "book"),
    "reliance_scales": ("reliance", "scales"),
    "new_task_tuning": ("new_task", "tuning"),
    "new_task": ("new_task", "book"),
    "packing_pilot": ("packing", "pilot"),
    "packing": ("packing", "book"),
    "packing_checks": ("packing_checks", "book"),
    "robustness": ("robustness", "book"),
    "mechanisms": ("mechanisms", "book"),
    "dynamics": ("dynamics", "book"),
    "similarity": ("similarity", "book"),
}
"""Experiment and profile of every shipped table, in an order in which they can be made again."""


def find_experiment(name: str) -> Any:
    """Return the module of an experiment, see :class:`modpack.sweep.Experiment`.

    Raises
    ------
    ValueError
        For an unknown name; the message suggests the nearest.
    """
    names = [module.name for module in iter_modules(__path__)]
    return import_module(f"{__name__}.{choose('name', name, names)}")
