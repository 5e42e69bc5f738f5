"""Build the book: execute the chapters that changed, render the pages, check that nothing is missing."""

import ast
import ctypes
import hashlib
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import tyro
from bs4 import BeautifulSoup
from chapters import Book, code_cells, execute, execute_stale, fingerprints, record
from dist import pack
from findings import write_findings
from finish import finish
from reference import write_reference
from scripts import renew_scripts
from solutions import write_students
from vendor import vendor

from modpack import networks
from modpack._checks import choose, require
from modpack._endings import in_one_line
from modpack.live.base.beside import write_figures
from modpack.live.base.on_request import write_scripts

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 120
"""Characters of a file name, after which a digest stands for the rest."""

ON_REQUEST = ("packing", "stream")
"""Folders of networks that figures ask for one by one."""


def find_chapter(book: Book, wanted: str) -> Path:
    """Return the chapter of the number `wanted`, or the one whose file name or topic starts with it."""
    topics = {chapter.stem.partition("_")[2]: chapter for chapter in book.chapters()}
    found = [topic for topic, chapter in topics.items() if is_called(chapter.stem, wanted)]
    return topics[found[0] if len(found) == 1 else choose("CH", wanted, topics)]


def is_called(stem: str, wanted: str) -> bool:
    """Whether a file name such as "03_excitability" has the number `wanted`, or it or its topic starts so."""
    number, _, topic = stem.partition("_")
    if wanted.isdecimal():
        return int(wanted) == int(number)
    return bool(wanted) and any(name.startswith(wanted) for name in (stem, stem.lstrip("0"), topic))


def literal(text: str) -> Any:
    """Read a Python literal; anything else is a string."""
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text


def assigned(notebook: Path) -> set[str]:
    """Names that the cell of parameters assigns, together or one by one."""
    tagged = [c for c in code_cells(notebook) if "parameters" in c.metadata.get("tags", [])]
    nodes = [node for cell in tagged for node in ast.walk(ast.parse(cell.source))]
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def parse_parameters(notebook: Path, text: str) -> dict[str, Any]:
    """Read `name=value` pairs that name parameters of `notebook`; a value may hold blanks and quotes."""
    known = sorted(assigned(notebook))
    parameters = {}
    for pair in re.split(r"\s+(?=\w+=)", text.strip()) if text.strip() else ():
        require("=" in pair, "PARAMS", pair, "pairs such as seed=3")
        name, _, value = pair.partition("=")
        parameters[choose("PARAMS", name, known)] = literal(value)
    return parameters


def variant(stem: str, values: Mapping[str, Any]) -> str:
    """Return a file name for a chapter with other parameters, of characters that mean nothing elsewhere."""
    words = "_".join([stem, *(f"{key}={value}" for key, value in values.items())])
    name = re.sub(r"[^\w=.,+-]+", "-", words, flags=re.ASCII)
    digest = hashlib.sha256(words.encode()).hexdigest()[:12]
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}-{digest}"


def pictures(notebook: Path) -> int:
    """Count the pictures that the page of an executed notebook has to show."""
    hidden = {"remove-cell", "remove-output", "remove_cell", "remove_output"}
    return sum(
        any(mime.startswith("image/") for mime in output.get("data", {}))
        for cell in nbformat.read(notebook, as_version=4).cells
        if not hidden & set(cell.metadata.get("tags", []))
        for output in cell.get("outputs", [])
    )


def missing(book: Book, html: Path) -> list[str]:
    """Pages and figures that a built book should have and has not."""
    absent = []
    for page in book.pages():
        path = html / f"{page}.html"
        if not path.exists():
            absent.append(page)
            continue
        images = BeautifulSoup(path.read_text("utf8"), "html.parser").select("img[src*=_images]")
        absent += [f"{page}: {img['src']}" for img in images if not (path.parent / str(img["src"])).exists()]
        expected = pictures(book.executed / f"{path.stem}.ipynb") if page.startswith("notebooks/") else 0
        if len(images) < expected:
            absent.append(f"{page}: {len(images)} figures of {expected}")
    return absent


def render(book: Book) -> None:
    """Make all pages anew beside those of the last build, whose place they take once nothing is missing."""
    link = book.source / "notebooks"
    if not link.is_symlink():
        link.symlink_to(Path("..") / "_build" / "executed")
    new = book.built / "next"
    shutil.rmtree(new, ignore_errors=True)
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    where = [str(book.source), "--path-output", str(new)]
    command = [str(jupyter_book), "build", *where, "-W", "--keep-going", "--quiet"]
    if subprocess.run(command, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent).returncode:
        raise SystemExit("The pages could not be built: see the warnings above.")
    html = new / "_build" / "html"
    finish(book, html)
    if absent := missing(book, html):
        raise SystemExit("\n".join(["The built book lacks:", *absent]))
    swap(html, book.html)
    shutil.rmtree(new)


def swap(new: Path, place: Path) -> None:
    """Put a finished folder in the place of an earlier one, which is there until then."""
    earlier = place.with_name(f"{place.name}.earlier")
    put_back(place)
    if place.exists():
        place.rename(earlier)
    new.rename(place)
    shutil.rmtree(earlier, ignore_errors=True)


def put_back(place: Path) -> None:
    """Undo what a kill between the two halves of `swap` left, or remove what one after them left."""
    earlier = place.with_name(f"{place.name}.earlier")
    if earlier.exists() and not place.exists():
        earlier.rename(place)
    shutil.rmtree(earlier, ignore_errors=True)


def die_with_parent() -> None:
    """Let the system end this process when the one that started it ends, where it can (Linux)."""
    if sys.platform == "linux":
        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def build_book() -> None:
    """Execute the chapters that changed and build the pages."""
    book = Book(ROOT)
    put_back(book.html)
    vendor(book.source / "assets" / "vendor")
    write_figures(book.source / "assets" / "figures")
    for place in ON_REQUEST:
        write_scripts(networks.FOLDER / place, book.source / "assets" / "networks")
    write_students(book.chapters(), book.source / "assets" / "students.zip")
    outcomes = execute_stale(book)
    if failures := [outcome.failure for outcome in outcomes if outcome.failure]:
        raise SystemExit("\n\n".join(failures))
    for chapter in book.chapters():
        renew_scripts(book.executed / chapter.name, book.package)
    write_findings(book)
    write_reference(ROOT / book.package, book.source / "reference")
    render(book)
    executed_now = {outcome.name for outcome in outcomes}
    for chapter in book.chapters():
        seconds = record(book.executed / chapter.name)["seconds"]
        print(f"{chapter.stem:<24} {seconds:6.1f} s{'' if chapter.stem in executed_now else '  (unchanged)'}")
    print(f"The book: {book.html / 'index.html'}")


def execute_chapter(chapter: tyro.conf.Positional[str], /, parameters: str = "") -> None:
    """Execute one chapter, with other parameters, beside the book.

    Parameters
    ----------
    chapter
        Beginning of the chapter's file name, number or topic.
    parameters
        As in "seed=3 form=gain"; the others keep the values of the chapter.
    """
    book = Book(ROOT)
    source = find_chapter(book, chapter)
    values = parse_parameters(source, parameters)
    target = book.built / "chapters" / f"{variant(source.stem, values)}.ipynb"
    outcome = execute(source, target, values, fingerprints(book, values)[source])
    if outcome.failure:
        raise SystemExit(outcome.failure)
    print(f"{source.stem}: {outcome.seconds:.1f} s, {target}")


def pack_book() -> None:
    """Put what a reader takes home into `_build/dist`: the book as zip and PDF, the package to install."""
    book = Book(ROOT)
    for file in pack(book, book.built / "dist"):
        print(f"{file.stat().st_size / 1e6:6.1f} MB  {file}")


if __name__ == "__main__":
    with in_one_line("book"):
        commands: dict[str, Callable[..., None]] = {
            "book": build_book,
            "chapter": execute_chapter,
            "dist": pack_book,
        }
        tyro.extras.subcommand_cli_from_dict(commands)
