"""The rooms of the package: which stand on which, and what each needs installed beside the core.

Run in an environment with some extras alone, ``python tests/rooms.py figures,live`` imports every room that
they are for.
"""

import importlib
import sys
from pathlib import Path

LAYERS = (
    {"_checks"},
    {"_endings", "_memory", "_shapes"},
    {"_files", "activations", "claims", "executors", "fingerprint", "provenance", "tasks"},
    {"_linear", "context"},
    {"_scan", "modulation"},
    {"_tensors", "colours", "dynamics", "strokes"},
    {"spans"},
    {"network"},
    {"ensemble", "evaluation", "fixedpoints", "stored"},
    {"networks", "training"},
    {"measures", "results"},
    {"experiments"},
    {"sweep"},
    {"figures"},
    {"live"},
    {"cli"},
    {"__main__"},
)
"""From the lowest: a room imports from lower layers only, neither from above nor from its neighbours."""

EXTRAS = {
    "modpack.__main__": "cli",
    "modpack.claims": "live",
    "modpack.cli": "cli",
    "modpack.executors": "cluster",
    "modpack.experiments": "experiments",
    "modpack.figures": "figures",
    "modpack.fingerprint": "experiments",
    "modpack.live": "live",
    "modpack.live.flipbook": "figures,live",
    "modpack.live.gating": "experiments,live",
    "modpack.live.packing_map": "experiments,live",
    "modpack.live.robustness": "experiments,live",
    "modpack.live.stream": "experiments,live",
    "modpack.live.training_bench.mappings": "experiments,live",
    "modpack.measures": "experiments",
    "modpack.measures.similarity": "similarity",
    "modpack.results": "experiments",
    "modpack.sweep": "experiments",
}
"""The extras that these rooms need; the others need the core alone."""


def room_of(module: str) -> str:
    """Return "tasks" for "modpack.tasks.timing"."""
    return module.split(".")[1]


def extras_of(module: str) -> str:
    """Return the extras of the innermost room that a module is in."""
    parts = module.split(".")
    around = (".".join(parts[:depth]) for depth in range(len(parts), 0, -1))
    return next((EXTRAS[room] for room in around if room in EXTRAS), "")


def modules_in(package: Path) -> list[str]:
    """Return the names of the modules of a package."""
    files = [file.relative_to(package.parent).with_suffix("") for file in package.rglob("*.py")]
    return sorted(".".join(file.parts).removesuffix(".__init__") for file in files)


if __name__ == "__main__":
    package = Path(str(importlib.import_module("modpack").__file__)).parent
    extras = sys.argv[1]
    chosen = [name for name in modules_in(package) if extras_of(name) == extras and "__main__" not in name]
    for name in chosen:
        importlib.import_module(name)
    print(f"{len(chosen)} modules of {package} with {extras} alone")
    sys.exit(not chosen)
