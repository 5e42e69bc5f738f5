"""Shipped tables of experiments over many networks, and how to read and write such files.

A file is Parquet: the table, and as text metadata a record of how it came to be (configuration, networks,
git commit, package versions), with a digest of both.
"""

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from modpack import _files, provenance
from modpack._checks import choose

FOLDER = Path(__file__).parent
RECORD, DIGEST = b"record", b"digest"


class Result(NamedTuple):
    """A tidy table and the record of how it came to be."""

    table: pd.DataFrame
    record: dict[str, Any]


def names() -> list[str]:
    """Return the names of the shipped tables."""
    return sorted(path.stem for path in FOLDER.glob("*.parquet"))


def load(name: str) -> Result:
    """Return a shipped table with its record.

    Raises
    ------
    ValueError
        For a table that is not shipped; the message suggests the nearest.
    """
    return read(FOLDER / f"{choose('name', name, names())}.parquet")


def write(path: Path, table: pd.DataFrame, record: dict[str, Any]) -> None:
    """Write a table with its record, atomically.

    Raises
    ------
    ValueError
        If `path` lies in the package and its code differs from any commit.
    """
    provenance.check_place(path)
    text = json.dumps(record)
    content = pa.Table.from_pandas(table, preserve_index=False)
    about = {RECORD: text, DIGEST: _digest(table, text)}
    content = content.replace_schema_metadata({**content.schema.metadata, **about})
    buffer = BytesIO()
    parquet.write_table(content, buffer, compression="zstd")
    _files.write_bytes(path, buffer.getvalue())


def read(path: Path) -> Result:
    """Read a table and its record.

    Raises
    ------
    ValueError
        If there is no such file, or if it is not what `write` wrote.
    """
    try:
        content = parquet.read_table(path)
        text, table = content.schema.metadata[RECORD].decode(), content.to_pandas()
        whole = content.schema.metadata[DIGEST].decode() == _digest(table, text)
    except Exception as error:  # whatever the readers say of a damaged file
        whole, reason = False, f"{type(error).__name__}: {error}"
    else:
        reason = "its digest is that of another table"
    if not whole:
        raise ValueError(f"path={str(path)!r} is not the whole file of a table with its record ({reason})")
    return Result(table, json.loads(text))


def _digest(table: pd.DataFrame, text: str) -> str:
    """Return a digest of all values of a table and of its record."""
    return hashlib.sha256((text + table.to_csv(lineterminator="\n")).encode()).hexdigest()
