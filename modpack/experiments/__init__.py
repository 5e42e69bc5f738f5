"""Experiments on many networks: a module each, from a configuration to a tidy table."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from modpack._checks import choose


def find_experiment(name: str) -> Any:
    """Return the module of an experiment, see :class:`modpack.sweep.Experiment`.

    Raises
    ------
    ValueError
        For an unknown name; the message suggests the nearest.
    """
    names = [module.name for module in iter_modules(__path__)]
    return import_module(f"{__name__}.{choose('name', name, names)}")
