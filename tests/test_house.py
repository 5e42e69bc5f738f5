"""The rooms of the package: imports point one way, and each room needs only what its extras bring."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from graphlib import TopologicalSorter
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rooms import EXTRAS, LAYERS, extras_of, room_of

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
PROVIDERS = packages_distributions()

ALONE = """
import importlib, json, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

absent, modules = map(set, json.load(sys.stdin))
sys.meta_path.insert(0, Absent())
for module in sorted(modules):
    importlib.import_module(module)
"""
"""Imports modules while some packages cannot be found, as if they had not been installed."""


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("modpack", cache_dir=None)


def declared(extras: Iterable[str]) -> set[str]:
    """The names of the distributions that the core and some extras ask for themselves."""
    lines = list(PROJECT["dependencies"])
    for extra in filter(None, extras):
        lines += PROJECT["optional-dependencies"][extra]
    found = [Requirement(line) for line in lines]
    within = set().union(*(each.extras for each in found if each.name == "modpack"))
    names = {canonicalize_name(each.name) for each in found} - {"modpack"}
    return names | (declared(within) if within else set())


def closure(names: set[str]) -> set[str]:
    """The distributions that come along with these."""
    found, waiting = set(), [(name, "") for name in names]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in found:
            continue
        found.add((name, extra))
        try:
            needed = [Requirement(line) for line in requires(name) or ()]
        except PackageNotFoundError:  # for another system
            continue
        for each in needed:
            if each.marker is None or each.marker.evaluate({"extra": extra}):
                waiting += [(canonicalize_name(each.name), wanted) for wanted in {"", *each.extras}]
    return {name for name, _ in found}


def providers_of(module: str) -> set[str]:
    """The installed distributions that provide a top-level module."""
    return set(map(canonicalize_name, PROVIDERS.get(module, ())))


def absent_without(names: set[str]) -> set[str]:
    """The top-level modules of what is installed here that none of these distributions provides."""
    return {module for module in PROVIDERS if not names & providers_of(module)} - {"modpack"}


def test_every_room_has_its_layer(graph):
    assert {room_of(module) for module in graph.modules - {"modpack"}} <= set().union(*LAYERS)


def test_imports_point_down(graph):
    height = {room: layer for layer, rooms in enumerate(LAYERS) for room in rooms}
    up = {
        f"{module} -> {imported}"
        for module in graph.modules - {"modpack"}
        for imported in graph.find_modules_directly_imported_by(module) - {"modpack"}
        if room_of(module) != room_of(imported) and height[room_of(module)] <= height[room_of(imported)]
    }
    assert not up


def test_no_imports_go_round_in_a_circle(graph):
    needs = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(needs).prepare()  # raises an error that names the circle


def test_rooms_import_what_their_extras_declare():
    graph = grimp.build_graph("modpack", include_external_packages=True, cache_dir=None)
    undeclared = {
        f"{module} -> {imported}"
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if not imported.startswith("modpack")
        and imported not in sys.stdlib_module_names
        and not declared(extras_of(module).split(","))
        & set(map(canonicalize_name, PROVIDERS.get(imported, [])))
    }
    assert not undeclared


@pytest.mark.parametrize("extras", sorted({"", *EXTRAS.values()}))
def test_what_an_extra_brings_is_enough(graph, extras):
    modules = sorted(
        module for module in graph.modules if extras_of(module) == extras and "__main__" not in module
    )
    absent = sorted(absent_without(closure(declared(extras.split(",")))))
    done = subprocess.run(
        [sys.executable, "-c", ALONE], input=json.dumps([absent, modules]), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
