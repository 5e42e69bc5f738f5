"""The page of the five claims, and the badges of figures, from the ledger and what was measured."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import groupby
from math import isnan
from operator import itemgetter
from pathlib import Path
from typing import Any

import nbformat
from chapters import Book
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from ledger import (
    Answer,
    Evidence,
    Ledger,
    Measured,
    Test,
    answer,
    disagreements,
    drift,
    measure,
    read_ledger,
    snapshot,
    statements,
)
from packaging.version import Version

PAGE = "five_claims"


def write_findings(book: Book) -> None:
    """Write the page of the five claims and its data, and give the figures of executed chapters their badges.

    Raises
    ------
    SystemExit
        Where ledger, tables and chapters disagree; the message has a line for each disagreement.
    """
    ledger = read_ledger(book.source / "claims.yml")
    measured = measure(ledger)
    said = {chapter.stem: statements(book.executed / chapter.name) for chapter in book.chapters()}
    if wrong := disagreements(ledger, measured, said):
        raise SystemExit("\n".join(["Claims and measurements disagree:", *wrong]))
    released = last_release(book.source / "releases")
    changes = drift(released.read_text("utf8"), measured)
    text = page(book.source, ledger, measured, released.stem, changes)
    (book.source / f"{PAGE}.md").write_text(text, "utf8")
    (book.source / "assets" / "claims.json").write_text(snapshot(measured), "utf8")
    labels = badges(ledger, measured)
    for chapter in book.chapters():
        badge(chapter, book.executed / chapter.name, labels)


def last_release(folder: Path) -> Path:
    """Return the `snapshot` of the latest release, of those that are called after their versions."""
    return max(folder.glob("*.json"), key=lambda path: Version(path.stem))


def page(
    folder: Path, ledger: Ledger, measured: Mapping[Test, Measured], release: str, changes: list[str]
) -> str:
    """Return the page as MyST Markdown, from the template in `folder`."""
    environment = Environment(
        loader=FileSystemLoader(folder), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["value"] = value
    sections = [
        (claim, answer(claim, measured), [_group(ledger, measured, part) for part in claim.evidence])
        for claim in ledger.claims
    ]
    others = [key for key in measured if measured[key].registered and key not in ledger.rested_on]
    beyond = [
        _group(ledger, measured, Evidence(family, [test for _, test in keys]))
        for family, keys in groupby(others, key=itemgetter(0))
    ]
    return environment.get_template(f"{PAGE}.jinja").render(
        sections=sections, beyond=beyond, release=release, changes=changes
    )


def _group(ledger: Ledger, measured: Mapping[Test, Measured], part: Evidence) -> dict[str, Any]:
    """Return tests of one family as they were measured, and the statements that tell of any of them."""
    rows = [(test, measured[part.family, test]) for test in part.tests]
    told = [
        row for row in ledger.statements if row.family == part.family and set(part.tests) & set(row.verdicts)
    ]
    return {"part": part, "rows": rows, "told": told, "first": rows[0][1]}


def value(one: Measured) -> str:
    """Return a difference with its interval and n, as a cell of a table has it."""
    difference, low, high = map(_figures, (one.difference, one.low, one.high))
    interval = "no interval" if isnan(one.low) else f"{low} ... {high}"
    return f"{difference} ({interval}), {one.n}"


def _figures(number: float) -> str:
    """Return a number with a sign, three significant figures and no exponent."""
    return f"{Decimal(f'{number:.2e}'):+f}".replace("-", "\N{MINUS SIGN}")


def badges(ledger: Ledger, measured: Mapping[Test, Measured]) -> dict[str, str]:
    """Return, by the label of a figure, links to what its tests say of the claims."""
    found: dict[str, dict[str, None]] = {}
    for row in ledger.statements:
        told = {(row.family, test) for test in row.verdicts}
        texts = [
            _link(claim.id, f"Claim {claim.number}", answer(claim, measured))
            for claim in ledger.claims
            if any((part.family, test) in told for part in claim.evidence for test in part.tests)
        ]
        found.setdefault(row.figure, {}).update(dict.fromkeys(texts))
    return {figure: " ".join(texts) for figure, texts in found.items()}


def _link(name: str, text: str, found: Answer) -> str:
    return f"[[{text}: {found.word}](#claim-{name})]{{.claim-badge .{found.word.replace(' ', '-')}}}"


def badge(source: Path, executed: Path, labels: Mapping[str, str]) -> None:
    """Give the figures of an executed chapter the captions of its source, with the badges that they have."""
    captions = {
        figure["name"]: figure["caption"]
        for figure in map(_figure, nbformat.read(source, as_version=4).cells)
        if figure.get("name") in labels
    }
    notebook = nbformat.read(executed, as_version=4)
    before = nbformat.writes(notebook)
    for figure in map(_figure, notebook.cells):
        if figure.get("name") in captions:
            figure["caption"] = f"{captions[figure['name']]} {labels[figure['name']]}"
    if nbformat.writes(notebook) != before:
        partial = executed.with_suffix(".partial")
        nbformat.write(notebook, partial)
        partial.replace(executed)


def _figure(cell: nbformat.NotebookNode) -> dict[str, Any]:
    """Return label and caption of the figure of a cell, if there is one."""
    return cell.metadata.get("mystnb", {}).get("figure", {})
