"""A figure's line of papermill executes the chapter with the state that is on show."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from node_replay import replay

ROOT = Path(__file__).parent.parent
STATES = {
    "mixer": {"a": "dmsgo", "b": "dmsnogo", "mix": 0.3, "noise": 0.2, "in_line": True, "seed": 1},
    "bench": {"silenced": [2, 9], "noise": 0.25},
    "prediction": {"guess": [0, 0, 0, 5, 20, 50, 75, 90, 100, 100, 100], "committed": True},
    "prediction2": {"guess": [100, 95, 90, 85, 80, 75, 70, 65, 60, 55, 50]},
}


def figures_of(notebook: Path) -> dict[str, dict]:
    """States of the live figures of an executed notebook, by name."""
    widgets = nbformat.read(notebook, as_version=4).metadata.widgets
    models = widgets["application/vnd.jupyter.widget-state+json"].state.values()
    return {model.state.name: model.state for model in models if "python" in model.state}


def test_every_parameter_that_a_line_sets_is_one_of_the_chapter():
    cells = nbformat.read(ROOT / "notebooks" / "06_ambiguity.ipynb", as_version=4).cells
    (parameters,) = (cell.source for cell in cells if "parameters" in cell.metadata.get("tags", []))
    names = {}
    exec(parameters, names)
    assert set(STATES) <= set(names)


@pytest.mark.slow
def test_the_line_of_papermill_makes_the_state_again(tmp_path):
    name, state = "mixer", STATES["mixer"]
    line = replay("links.mjs", "chapterLine", chapter="06_ambiguity", name=name, state=state)
    program, source, _, *options = shlex.split(line)
    assert json.loads(options[-1]) == {name: state}
    others = {other: each for other, each in STATES.items() if other != name}
    target = tmp_path / "mine.ipynb"
    command = [sys.executable, "-m", program, source, str(target), *options, "-y", json.dumps(others)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    figures = figures_of(target)
    for figure, expected in STATES.items():
        assert {key: figures[figure][key] for key in expected} == expected
        assert figures[figure]["chapter"] == "06_ambiguity"
