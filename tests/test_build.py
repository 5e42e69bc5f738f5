"""The builder, on small books of its own: what is executed again, what a failure says, what a kill leaves."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from build import find_chapter, missing, parse_parameters, pictures, put_back, render, swap, variant
from chapters import Book, code_cells, execute, execute_stale, fingerprints, record
from damaged_files import damaged
from lighter import lighter
from nbformat.v4 import new_code_cell, new_notebook, new_output
from scripts import STATE, renew_scripts
from vendor import find_fonts

from modpack.live.base.beside import to_come
from modpack.live.prediction import Prediction
from modpack.live.training_bench import TrainingBench

ROOT = Path(__file__).parents[1]
VIEW = "application/vnd.jupyter.widget-view+json"
CHAPTERS = {
    "01_direct": ["from shelf import core", "seed = 0", "print(core.VALUE, seed)"],
    "02_transitive": ["import shelf.outer", "seed = 0", "print(shelf.outer.twice())"],
    "03_data": ["from shelf.tables import TEXT", "seed = 0", "print(TEXT)"],
    "04_plain": ["from tqdm import tqdm", "seed = 0", "for step in tqdm(range(3)):\n    print(step)"],
}
MODULES = {
    "__init__.py": "",
    "core.py": "VALUE = 1\n",
    "outer.py": "def twice():\n    from shelf import core\n\n    return 2 * core.VALUE\n",
    "idle.py": "",
    "tables/__init__.py": "from pathlib import Path\n\nTEXT = Path(__file__).with_name('t').read_text()\n",
    "tables/t": "table",
    "tables/t.js": "",
}


def write_notebook(path: Path, cells: list[str]) -> None:
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    notebook.cells[1].metadata["tags"] = ["parameters"]
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


def write_toc(book: Book, names: list[str]) -> None:
    entries = "".join(f"  - file: notebooks/{name}\n" for name in names)
    (book.source / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{entries}")


@pytest.fixture
def book(tmp_path, monkeypatch):
    for name, text in MODULES.items():
        path = tmp_path / "shelf" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for folder in ("book", "notebooks"):
        (tmp_path / folder).mkdir()
    for name, cells in CHAPTERS.items():
        write_notebook(tmp_path / "notebooks" / f"{name}.ipynb", cells)
    (tmp_path / "constraints.txt").write_text("torch==1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    book = Book(tmp_path, package="shelf")
    write_toc(book, list(CHAPTERS))
    return book


def outputs(path: Path) -> list[str]:
    return [output.get("text", output.output_type) for cell in code_cells(path) for output in cell.outputs]


def names(outcomes) -> set[str]:
    return {outcome.name for outcome in outcomes}


@pytest.mark.parametrize(
    ("changed", "affected"),
    [
        ("notebooks/01_direct.ipynb", {"01_direct"}),
        ("shelf/core.py", {"01_direct", "02_transitive"}),
        ("shelf/outer.py", {"02_transitive"}),
        ("shelf/idle.py", set()),
        ("shelf/tables/t", {"03_data"}),
        ("shelf/tables/t.js", set()),
        ("shelf/__init__.py", {"01_direct", "02_transitive", "03_data"}),
        ("constraints.txt", set(CHAPTERS)),
    ],
)
def test_a_change_concerns_the_chapters_that_depend_on_it(book, changed, affected):
    before = fingerprints(book)
    with (book.root / changed).open("a") as file:
        file.write("\n")
    after = fingerprints(book)
    assert {chapter.stem for chapter in before if before[chapter] != after[chapter]} == affected


def test_parameters_are_part_of_a_fingerprint(book):
    one, other = fingerprints(book, {"seed": 1}), fingerprints(book, {"seed": 2})
    assert not set(one.values()) & set(other.values()) and fingerprints(book, {"seed": 1}) == one


def test_a_damaged_copy_of_a_chapter_is_none(tmp_path):
    """So that it is executed again, as is one that was written from something else."""
    path, made = tmp_path / "executed.ipynb", {"fingerprint": "f1", "seconds": 2.5}
    nbformat.write(new_notebook(cells=[new_code_cell("1")], metadata={"modpack": made}), path)
    assert record(path) == made and record(tmp_path / "nothing") == record(tmp_path) == {}
    content, n_unread = path.read_bytes(), 0
    for words, copy in (*damaged(content, 200, seed=0), ("of another kind", b"[1]"), ("empty", b"{}")):
        path.write_bytes(copy)
        assert record(path) == {} or record(path).keys() == made.keys(), words
        n_unread += record(path) == {}
    assert n_unread > 100


@pytest.mark.slow
def test_only_what_changed_is_executed_again(book):
    assert names(execute_stale(book)) == set(CHAPTERS)
    assert outputs(book.executed / "02_transitive.ipynb") == ["2\n"]
    assert execute_stale(book) == []
    (book.root / "shelf" / "core.py").write_text("VALUE = 21\n")
    assert names(execute_stale(book)) == {"01_direct", "02_transitive"}
    assert outputs(book.executed / "02_transitive.ipynb") == ["42\n"]
    write_toc(book, ["01_direct"])
    assert execute_stale(book) == []
    assert [path.stem for path in book.executed.glob("*.ipynb")] == ["01_direct"]


def test_figures_of_an_executed_chapter_have_the_scripts_of_today(tmp_path):
    kept = {"_anywidget_id": "other.Figure", "_esm": "kept"}
    old = {
        "_anywidget_id": f"modpack.live.prediction.{Prediction.__name__}",
        "_esm": "old",
        "_css": "old",
        "x": [1],
    }
    bench = {"_anywidget_id": f"modpack.live.training_bench.{TrainingBench.__name__}", "scripts": {}}
    models = {key: {"state": state} for key, state in zip("abcd", (old, kept, {}, bench), strict=True)}
    notebook = new_notebook(cells=[new_code_cell("1")], metadata={"widgets": {STATE: {"state": models}}})
    nbformat.write(notebook, tmp_path / "executed.ipynb")
    renew_scripts(tmp_path / "executed.ipynb", "modpack")
    renewed = nbformat.read(tmp_path / "executed.ipynb", as_version=4)
    states = {key: model["state"] for key, model in renewed.metadata.widgets[STATE].state.items()}
    assert states["a"] == old | {"_esm": Prediction._esm, "_css": Prediction._css}
    assert states["d"] == {"_anywidget_id": bench["_anywidget_id"], "scripts": TrainingBench.SCRIPTS}
    assert states["b"] == kept and states["c"] == {} and renewed.cells == notebook.cells


def page_with(models: dict[str, dict], *shown: str) -> str:
    state = json.dumps({"version_major": 2, "state": models}).replace("</", "<\\/")
    views = "".join(f'<script type="{VIEW}">{json.dumps({"model_id": name})}</script>' for name in shown)
    return f'<p>a</p>{views}<script type="{STATE}">{state}</script><p>b</p>'


def test_a_page_holds_the_widgets_on_show_alone():
    ours, text = "modpack.live.prediction.figure.Prediction", "</script> \\ é"
    states = {
        "a": {"_anywidget_id": ours, "_esm": "long", "layout": "IPY_MODEL_b", "question": text},
        "b": {"style": "IPY_MODEL_c"},
        "c": {"_esm": "kept", "_anywidget_id": "other.figure.Figure"},
        "d": {"_anywidget_id": ours, "_esm": "long"},
        "e": {
            "_anywidget_id": "modpack.live.training_bench.figure.TrainingBench",
            "scripts": {"mixer": "long"},
        },
    }
    models = {name: {"state": state, "buffers": [1]} for name, state in states.items()}
    html = lighter(page_with(models, "a", "e"), "modpack")
    (kept,) = re.findall(f'<script type="{re.escape(STATE)}">(.*?)</script>', html)
    found = json.loads(kept)["state"]
    assert found.keys() == set("abce") and found["b"] == models["b"] and found["c"] == models["c"]
    assert found["a"]["state"] == states["a"] | {"_esm": to_come("prediction")}
    assert found["e"]["state"]["scripts"] == {} and found["a"]["buffers"] == [1]
    assert html.replace(kept, "") == page_with({}, "a", "e").replace('{"version_major": 2, "state": {}}', "")
    assert lighter("<p>no widgets</p>", "modpack") == "<p>no widgets</p>"


@pytest.mark.slow
def test_an_executed_chapter_holds_results_only(book):
    write_toc(book, ["04_plain"])
    execute_stale(book)
    executed = book.executed / "04_plain.ipynb"
    assert outputs(executed) == ["0\n1\n2\n"]  # and no progress bar
    assert str(book.root) not in executed.read_text()
    assert record(executed)["seconds"] > 0


@pytest.mark.slow
def test_a_failure_names_notebook_cell_and_error_and_the_next_run_goes_on(book):
    write_notebook(
        book.root / "notebooks" / "01_direct.ipynb", ["x = 0", "seed = 0", "# here\n1 / x", "x = 2"]
    )
    failures = [outcome.failure for outcome in execute_stale(book) if outcome.failure]
    assert len(failures) == 1
    assert failures[0].startswith("01_direct.ipynb failed in code cell 3:\n    # here\n    1 / x\n")
    assert "ZeroDivisionError: division by zero" in failures[0]
    assert {path.stem for path in book.executed.glob("*.ipynb")} == set(CHAPTERS) - {"01_direct"}
    write_notebook(book.root / "notebooks" / "01_direct.ipynb", ["x = 1", "seed = 0", "print(1 / x)"])
    assert [(outcome.name, outcome.failure) for outcome in execute_stale(book)] == [("01_direct", "")]


@pytest.mark.slow
def test_a_dying_kernel_and_broken_code_are_reported(book):
    write_toc(book, ["01_direct", "04_plain"])
    write_notebook(
        book.root / "notebooks" / "01_direct.ipynb", ["import os", "seed = 0", "os._exit(1)", "x = 1"]
    )
    write_notebook(book.root / "notebooks" / "04_plain.ipynb", ["def f(:", "seed = 0"])
    died, broken = sorted(outcome.failure for outcome in execute_stale(book))
    assert died.startswith("01_direct.ipynb failed in code cell 3:\n    os._exit(1)\nDeadKernelError")
    assert broken.startswith("04_plain.ipynb failed in code cell 1:") and "SyntaxError" in broken


@pytest.mark.slow
def test_a_chapter_that_does_not_end_is_stopped_and_named(book, monkeypatch):
    monkeypatch.setattr("chapters.CELL_TIMEOUT", 1)
    notebook = book.root / "notebooks" / "01_direct.ipynb"
    write_notebook(notebook, ["x = 0", "seed = 0", "while True:\n    pass"])
    said = execute(notebook, book.executed / notebook.name, {}, "print").failure
    assert said.startswith("01_direct.ipynb failed in code cell 3:\n    while True:\n        pass\n")
    assert "timed out" in said and "1 seconds" in said and not list(book.executed.iterdir())


@pytest.mark.slow
def test_a_killed_run_leaves_whole_chapters_only_and_nobody(book):
    write_toc(book, ["01_direct", "04_plain"])
    waiting = "from pathlib import Path\n\nwhile not Path('../go').exists():\n    Path('../waits').touch()"
    write_notebook(book.root / "notebooks" / "04_plain.ipynb", ["print('early')", "seed = 0", waiting])
    code = f"from chapters import *\nexecute_stale(Book(Path({str(book.root)!r}), 'shelf'), workers=1)"
    script = book.root / "run.py"
    script.write_text(f"{code.splitlines()[0]}\nif __name__ == '__main__':\n    {code.splitlines()[1]}\n")
    path = os.pathsep.join(map(str, (ROOT, ROOT / "book", book.root)))
    run = subprocess.Popen([sys.executable, script], env=os.environ | {"PYTHONPATH": path})
    waits = book.built / "waits"
    while not waits.exists():
        assert run.poll() is None
        time.sleep(0.05)
    run.kill()
    run.wait()
    while waits.exists():  # until the kernel, which touches it all the time, has ended, too
        waits.unlink()
        time.sleep(2)
    assert [file.name for file in book.executed.iterdir()] == ["01_direct.ipynb"]
    (book.built / "go").touch()
    assert names(execute_stale(book)) == {"04_plain"}


@pytest.mark.slow
def test_a_chapter_with_other_parameters(book):
    target = book.built / "chapters" / "01_direct.ipynb"
    assert not execute(book.root / "notebooks" / "01_direct.ipynb", target, {"seed": 3}, "print").failure
    assert outputs(target) == ["1 3\n"]
    assert not book.executed.exists()


@pytest.mark.parametrize("wanted", ["02", "2", "02_transitive", "tra"])
def test_a_chapter_is_found_by_number_or_topic(book, wanted):
    assert find_chapter(book, wanted).stem == "02_transitive"


@pytest.mark.parametrize("wanted", ["", "0", "transitory"])
def test_an_unknown_chapter_is_refused(book, wanted):
    with pytest.raises(ValueError, match=r"CH='.*allowed: 'direct', 'transitive'"):
        find_chapter(book, wanted)


def test_parameters_are_literals_or_strings(book):
    notebook = book.root / "notebooks" / "05_typed.ipynb"
    write_notebook(notebook, ["", "seed = 0\nform = 'bias'\nrate = 1.0\nlive = True"])
    expected = {"seed": 3, "form": "gain", "rate": 1e-3, "live": False}
    assert parse_parameters(notebook, "seed=3 form=gain rate=1e-3 live=False") == expected


def test_fonts_of_widgets_are_found_from_pages_on_disk():
    """Where every origin is "null" to Firefox."""
    found = find_fonts("a;n.p=`${s.origin}${s.pathname}`,b;e.p=`${o.origin}${o.pathname}`")
    assert found == "a;n.p=s.href,b;e.p=o.href"
    with pytest.raises(ValueError, match="where its files are"):
        find_fonts("n.p=''")


def test_the_state_of_a_figure_is_a_parameter(book):
    notebook = book.root / "notebooks" / "06_state.ipynb"
    write_notebook(notebook, ["", "mixer = {}"])
    state = {"mixer": {"a": "fdgo", "mix": 0.4}}
    assert parse_parameters(notebook, "mixer={'a':'fdgo','mix':0.4}") == state
    assert parse_parameters(notebook, ' mixer={"a": "fdgo", "mix": 0.4} ') == state
    assert variant("06_state", state) == "06_state_mixer=-a-fdgo-,-mix-0.4-"
    assert (
        variant("03_excitability", {"form": "bias+gain", "seed": 3})
        == "03_excitability_form=bias+gain_seed=3"
    )


def test_names_that_are_assigned_together_are_parameters(book):
    notebook = book.root / "notebooks" / "07_pair.ipynb"
    write_notebook(notebook, ["", 'a, b = "fdgo", "fdanti"\n(n, (m,)) = 1, (2,)'])
    given = "a=delaygo  b=delayanti m=3"
    assert parse_parameters(notebook, given) == {"a": "delaygo", "b": "delayanti", "m": 3}


def test_no_name_of_a_file_is_too_long_and_none_stands_for_two():
    states = [{"bench": {"silenced": list(range(n))}} for n in (300, 301)]
    names = [variant("06_state", state) for state in states]
    assert len(set(names)) == 2 and all(len(name.encode()) < 200 for name in names)


def test_quotes_reach_the_builder(tmp_path):
    """Make hands over what was typed, whatever a shell would make of it."""
    said = subprocess.run(
        ["make", "-n", "chapter", "CH=06", """PARAMS=mixer={"mix": 0.4} a=$$(date)"""],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert 'chapter "$CH" --parameters "$PARAMS"' in said


@pytest.mark.slow
def test_there_are_pictures_whatever_backend_is_asked_for(book, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    notebook = book.root / "notebooks" / "08_drawn.ipynb"
    write_notebook(notebook, ["from matplotlib import pyplot as plt", "seed = 0", "plt.plot([1, 2]);"])
    target = book.built / "chapters" / "08_drawn.ipynb"
    assert not execute(notebook, target, {}, "print").failure
    assert pictures(target) == 1


class TestSwap:
    """The finished book takes the place of the one before."""

    @staticmethod
    def folder(path: Path, text: str) -> Path:
        path.mkdir(parents=True)
        (path / "index.html").write_text(text)
        return path

    def test_of_a_first_and_of_a_second_book(self, tmp_path):
        place = tmp_path / "html"
        for text in ("first", "second"):
            swap(self.folder(tmp_path / "next", text), place)
            assert (place / "index.html").read_text() == text
        assert list(tmp_path.iterdir()) == [place]

    def test_a_kill_in_the_middle_loses_no_book(self, tmp_path, monkeypatch):
        place, new = self.folder(tmp_path / "html", "old"), self.folder(tmp_path / "next", "new")
        rename = Path.rename

        def killed(path, target):
            if path == new:
                raise KeyboardInterrupt
            return rename(path, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", killed)
            with pytest.raises(KeyboardInterrupt):
                swap(new, place)
        put_back(place)
        assert (place / "index.html").read_text() == "old"
        swap(new, place)
        assert (place / "index.html").read_text() == "new" and list(tmp_path.iterdir()) == [place]

    def test_a_book_that_lacks_something_takes_no_place(self, book, monkeypatch):
        self.folder(book.html, "old")
        (book.source / "notebooks").symlink_to(book.root)
        html = book.built / "next" / "_build" / "html"

        def rendered(*_, **__):
            self.folder(html, "new")
            return subprocess.CompletedProcess([], 0)

        monkeypatch.setattr(subprocess, "run", rendered)
        with pytest.raises(SystemExit, match="lacks"):
            render(book)
        assert (book.html / "index.html").read_text() == "old"


@pytest.mark.parametrize(("text", "message"), [("sed=3", "did you mean 'seed'"), ("seed", "seed=3")])
def test_unknown_parameters_are_refused(book, text, message):
    with pytest.raises(ValueError, match=message):
        parse_parameters(book.root / "notebooks" / "01_direct.ipynb", text)


def test_missing_pages_and_figures_are_found(book):
    write_toc(book, ["01_direct", "04_plain"])
    cell = new_code_cell(outputs=[new_output("display_data", {"image/png": "", "text/plain": "Figure"})] * 2)
    book.executed.mkdir(parents=True)
    nbformat.write(new_notebook(cells=[cell]), book.executed / "01_direct.ipynb")
    (book.html / "notebooks").mkdir(parents=True)
    (book.html / "index.html").write_text("<p>")
    (book.html / "notebooks" / "01_direct.html").write_text("<img src='../_images/a.png'>")
    assert missing(book, book.html) == [
        "notebooks/01_direct: ../_images/a.png",
        "notebooks/01_direct: 1 figures of 2",
        "notebooks/04_plain",
    ]
