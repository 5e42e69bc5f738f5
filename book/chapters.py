"""The chapters of the book: where they are, what they depend on, and how they are executed."""

import ast
import hashlib
import json
import os
import re
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import gettempdir
from textwrap import indent
from typing import Any
from uuid import uuid4

import grimp
import nbformat
import papermill
from IPython.core.inputtransformer2 import TransformerManager
from papermill.exceptions import PapermillExecutionError
from solutions import solutions, with_solutions_run
from sphinx_external_toc.parsing import parse_toc_yaml
from tqdm import tqdm
from traitlets.config import Config

from modpack._files import write_bytes
from modpack.executors import end_with_parent
from modpack.fingerprint import import_graph, imported_modules

# Two executions give the same numbers (one thread, one hash seed) and figures (one date), drawn in the page
# whatever the reader's environment asks for; no progress bars.
KERNEL_ENVIRONMENT = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": "0",
    "TQDM_DISABLE": "1",
}
CELL_TIMEOUT = 900  # seconds
START_TIMEOUT = 300  # seconds
NO_DATA = {".css", ".js", ".py"}  # scripts.py renews the first two in executed chapters

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Book:
    """The folders of a book and the package that its chapters import."""

    root: Path
    package: str = "modpack"

    @property
    def source(self) -> Path:
        return self.root / "book"

    @property
    def built(self) -> Path:
        return self.root / "_build"

    @property
    def executed(self) -> Path:
        return self.built / "executed"

    @property
    def html(self) -> Path:
        return self.built / "html"

    def pages(self) -> list[str]:
        """Every page of the table of contents, as a path without its ending."""
        return list(parse_toc_yaml(self.source / "_toc.yml"))

    def chapters(self) -> list[Path]:
        """The notebooks of the table of contents."""
        names = [Path(page).name for page in self.pages() if page.startswith("notebooks/")]
        return [self.root / "notebooks" / f"{name}.ipynb" for name in names]


@dataclass(frozen=True)
class Outcome:
    """How one execution of a chapter went."""

    name: str
    seconds: float
    failure: str = ""


def code_cells(notebook: Path) -> list[nbformat.NotebookNode]:
    """Code cells of a notebook file."""
    return [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]


def imported_names(notebook: Path) -> set[str]:
    """Dotted names that `notebook` imports."""
    names: set[str] = set()
    nodes: list[ast.AST] = []
    for cell in code_cells(notebook):
        with suppress(SyntaxError):  # its execution will report it
            nodes += ast.walk(ast.parse(TransformerManager().transform_cell(cell.source)))
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def inputs(book: Book, notebook: Path, graph: grimp.ImportGraph) -> list[Path]:
    """Every file that can change what `notebook` computes; the data of a package lie in its folder."""
    files = {notebook, book.root / "constraints.txt"}
    for module in imported_modules(graph, imported_names(notebook)):
        path = book.root.joinpath(*module.split("."))
        if path.is_dir():
            data = {file for file in path.iterdir() if file.is_file() and file.suffix not in NO_DATA}
            files |= {path / "__init__.py"} | {file for file in data if not file.name.startswith(".")}
        else:
            files.add(path.with_suffix(".py"))
    return sorted(files)


def fingerprints(book: Book, parameters: Parameters | None = None) -> dict[Path, str]:
    """Per chapter, a digest of its parameters, of every file it depends on and of the solutions that run."""
    graph = import_graph(book.package)
    result = {}
    for notebook in book.chapters():
        digest = hashlib.sha256(json.dumps(dict(parameters or {}), sort_keys=True).encode())
        for file in inputs(book, notebook, graph):
            digest.update(f"\0{file.relative_to(book.root)}\0".encode() + file.read_bytes())
        digest.update("\0".join(solutions(nbformat.read(notebook, as_version=4))).encode())
        result[notebook] = digest.hexdigest()
    return result


def record(executed: Path) -> dict[str, Any]:
    """What the executed copy of a chapter says of its making; empty if there is none that can be read."""
    try:
        said = nbformat.read(executed, as_version=4).metadata["modpack"]
        return {"fingerprint": str(said["fingerprint"]), "seconds": float(said["seconds"])}
    except Exception:  # whatever the reader says of a damaged file: the chapter is executed again
        return {}


def cells_of(partial: Path) -> list[nbformat.NotebookNode]:
    """Code cells of a partly executed copy; none where it is not there or, on a full disk, itself in part."""
    try:
        return code_cells(partial)
    except (OSError, ValueError):
        return []


def failure_report(name: str, partial: Path, error: Exception) -> str:
    """Name the notebook, the cell and the error."""
    where = ""
    for number, cell in enumerate(cells_of(partial), start=1):
        if cell.metadata.papermill.start_time:  # so that the last cell that was begun remains
            where = f" in code cell {number}:\n{indent(cell.source, '    ')}"
    reason = f"{type(error).__name__}: {error}"
    if isinstance(error, PapermillExecutionError):
        reason = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error.traceback))
    return f"{name}.ipynb failed{where}\n{reason}"


def own_sockets() -> dict[str, str]:
    """Return traits of a kernel manager whose kernel is reached through files that nobody else takes.

    Free ports are chosen some time before a kernel takes them, and meanwhile another program may. Windows has
    nothing but ports.
    """
    if os.name == "nt":
        return {}
    return {"transport": "ipc", "ip": str(Path(gettempdir(), f"kernel-{uuid4().hex}"))}


def execute(notebook: Path, target: Path, parameters: Parameters, fingerprint: str) -> Outcome:
    """Execute `notebook`; `target` is either the whole executed copy or is left as it was.

    Its solutions run as well, unless with other parameters, for which they were not written. What a failure
    leaves is kept in the folder `partial`, beside that of `target`.
    """
    os.environ.update(KERNEL_ENVIRONMENT)
    partial = target.parent.parent / "partial" / target.name
    for folder in (target.parent, partial.parent):
        folder.mkdir(parents=True, exist_ok=True)
    partial.unlink(missing_ok=True)
    source = nbformat.read(notebook, as_version=4)
    start = time.monotonic()
    try:
        result = papermill.execute_notebook(
            source if parameters else with_solutions_run(source),
            partial,
            parameters=dict(parameters),
            kernel_name="python3",
            cwd=target.parent,
            start_timeout=START_TIMEOUT,
            execution_timeout=CELL_TIMEOUT,
            progress_bar=False,
            config=Config(KernelManager=own_sockets()),
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
        )
        seconds = time.monotonic() - start
        for part in (result, *result.cells):
            part.metadata.pop("papermill", None)  # times and paths of this machine
        result.metadata["modpack"] = {"fingerprint": fingerprint, "seconds": round(seconds, 1)}
        partial.unlink(missing_ok=True)
        write_bytes(target, f"{nbformat.writes(result)}\n".encode())
    except Exception as error:  # whatever stops a chapter is reported, and the others go on
        return Outcome(notebook.stem, time.monotonic() - start, failure_report(notebook.stem, partial, error))
    return Outcome(notebook.stem, seconds)


def execute_stale(book: Book, workers: int | None = None) -> list[Outcome]:
    """Execute the chapters whose executed copy is missing or was made from something else."""
    wanted = fingerprints(book)
    for copy in set(book.executed.glob("*.ipynb")) - {book.executed / chapter.name for chapter in wanted}:
        copy.unlink()  # no longer in the table of contents
    stale = {
        chapter: fingerprint
        for chapter, fingerprint in wanted.items()
        if record(book.executed / chapter.name).get("fingerprint") != fingerprint
    }
    outcomes = []
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=end_with_parent)
    try:
        jobs = [
            pool.submit(execute, chapter, book.executed / chapter.name, {}, fingerprint)
            for chapter, fingerprint in stale.items()
        ]
        for job in tqdm(as_completed(jobs), total=len(jobs), desc="chapters", disable=not jobs):
            outcomes.append(job.result())
    finally:
        pool.shutdown(cancel_futures=True)  # after an interrupt, no further chapter begins
    return outcomes
