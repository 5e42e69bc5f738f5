"""Small runs of all that takes long, each in a process that can be killed at any moment.

The processes are forked from one that has imported everything, so that a run begins in milliseconds. What is
slow and leaves no file is replaced: pools of noise, scores on many trials, records of versions, kernels and
Sphinx.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, NamedTuple

import build
import chapters
import nbformat
import psutil
import small_study
import torch
from chapters import Book
from nbformat.v4 import new_code_cell, new_notebook, new_output
from small_training import short

from modpack import _files, cli, evaluation, fingerprint, provenance, results, stored, sweep, training
from modpack.executors import in_process


@cache
def forked() -> BaseContext:
    """Return what forks processes from one that has imported this; Windows has nothing of the kind."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


class Run(NamedTuple):
    """What a run finds in its folder, does there, and leaves."""

    prepare: Callable[[Path], None]
    call: Callable[[Path], None]
    content: Callable[[Path], Any]
    """All that is read of what it has left, apart from times."""
    is_whole: Callable[[Path], bool] = lambda folder: True
    """Whether what was there before, or what takes its place, is there after a kill."""


def finish(run: Run, folder: Path) -> float:
    """Let a run come to its end, and return how many seconds it took."""
    start = time.monotonic()
    process = forked().Process(target=run.call, args=(folder,))
    process.start()
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - start


def kill(run: Run, folder: Path, after: float) -> None:
    """Begin a run, kill its process, and wait for the end of those that it has started."""
    process = forked().Process(target=run.call, args=(folder,))
    process.start()
    time.sleep(after)
    started = []
    with suppress(psutil.NoSuchProcess):  # it has come to its end
        started = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.join()
    assert not psutil.wait_procs(started, timeout=60)[1]


def files(folder: Path) -> list[Path]:
    """Return all files in a folder and in those within."""
    return [path for path in folder.rglob("*") if path.is_file()]


def left_in(folder: Path) -> Counter[str]:
    """Count what lies in each folder by its ending; what a sweep keeps is named by times, among others."""
    return Counter(str(path.parent.relative_to(folder) / f"*{path.suffix}") for path in files(folder))


def nothing(folder: Path) -> None:
    folder.mkdir()


def quicken() -> None:
    """Let this process train quickly, and clear away at once what was left by one that was killed."""
    torch.set_num_threads(1)
    training.records.CHUNK = 10
    training.data.POOL = 2**18
    evaluation.EVALUATION_TRIALS = 5
    fingerprint.of = str
    provenance.record = lambda *_, **__: {"commit": "abc"}
    provenance.versions = lambda _: {}
    _files.STALE = 0.0


def network_in(path: Path) -> Any:
    network, record = stored.read(path)
    return {k: x.tolist() for k, x in network.tensors.items()}, record["history"], record["performance"]


# -------------------------------------------------------------------------------------- training


def train(folder: Path) -> None:
    quicken()
    sys.stdout = (folder.parent / "said").open("w")
    cli._train([short(steps=40)], folder / "run.safetensors")


TRAINING = Run(nothing, train, lambda folder: network_in(folder / "run.safetensors"))

# --------------------------------------------------------------------------------------- a sweep


def sweep_all(folder: Path) -> None:
    quicken()
    plan = sweep.Plan(small_study, small_study.Config(), folder)
    results.write(folder / "table.parquet", *sweep.sweep(plan, in_process()))


def swept(folder: Path) -> Any:
    table, record = results.read(folder / "table.parquet")
    trained = [network_in(path) for path in sorted(folder.glob("networks/*"))]
    return table.to_csv(), record["failures"], trained


SWEEP = Run(nothing, sweep_all, swept)

# ---------------------------------------------------------------------------------------- a book

NAMES = ("01_one", "02_two", "03_three")


def write_edition(book: Book, edition: str) -> None:
    for name in NAMES:
        notebook = new_notebook(cells=[new_code_cell(f"'{edition} {k}'") for k in range(3)])
        nbformat.write(notebook, book.root / "notebooks" / f"{name}.ipynb")


def an_old_book(folder: Path) -> None:
    """A book that is built, whose chapters have then been changed."""
    book = Book(folder, package="shelf")
    for path in (book.source, folder / "notebooks", folder / "shelf"):
        path.mkdir(parents=True)
    entries = "".join(f"  - file: notebooks/{name}\n" for name in NAMES)
    (book.source / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{entries}")
    for name in ("constraints.txt", "shelf/__init__.py"):
        (folder / name).touch()
    write_edition(book, "old")
    finish(BOOK, folder)
    write_edition(book, "new")


def build_book(folder: Path) -> None:
    """What the builder does with kernel and Sphinx, which are replaced by what leaves the same files."""
    sys.path.insert(0, str(folder))
    book = Book(folder, package="shelf")
    chapters.get_context = lambda _: get_context("fork")
    chapters.papermill.execute_notebook = executed
    build.subprocess.run = lambda *_, **__: rendered(book)
    build.finish = lambda *_: None
    build.put_back(book.html)
    chapters.execute_stale(book, workers=2)
    build.render(book)


def executed(source: nbformat.NotebookNode, partial: Path, **_: Any) -> nbformat.NotebookNode:
    """Every cell prints itself."""
    for cell in source.cells:
        cell.outputs = [new_output("stream", text=cell.source)]
        nbformat.write(source, partial)
        time.sleep(0.01)
    return source


def rendered(book: Book) -> CompletedProcess[bytes]:
    html = book.built / "next" / "_build" / "html"
    (html / "notebooks").mkdir(parents=True)
    for page in book.pages():
        copy = book.executed / f"{Path(page).name}.ipynb"
        (html / f"{page}.html").write_text(str(said(copy)) if copy.exists() else "")
        time.sleep(0.01)
    return CompletedProcess([], 0)


def said(executed: Path) -> list[str]:
    return [cell.outputs[0].text for cell in nbformat.read(executed, as_version=4).cells]


def pages(folder: Path) -> dict[str, str]:
    html = Book(folder).html
    return {str(path.relative_to(html)): path.read_text() for path in files(html)}


def is_one_edition(folder: Path) -> bool:
    """Whether a reader finds all pages, and all of one edition."""
    build.put_back(Book(folder).html)
    text = "".join(pages(folder).values())
    return len(pages(folder)) == len(NAMES) + 1 and ("old" in text) != ("new" in text)


BOOK = Run(an_old_book, build_book, pages, is_one_edition)
