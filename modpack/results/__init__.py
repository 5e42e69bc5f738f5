"""Shipped tables of experiments over many networks, and how to read and write such files.

A file is Parquet: the table, and as text metadata a record of how it came to be (configuration, networks,
git commit, package versions).
"""

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
RECORD = b"record"


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
    content = pa.Table.from_pandas(table, preserve_index=False)
    content = content.replace_schema_metadata({**content.schema.metadata, RECORD: json.dumps(record)})
    buffer = BytesIO()
    parquet.write_table(content, buffer, compression="zstd", write_page_checksum=True)
    _files.write_bytes(path, buffer.getvalue())


def read(path: Path) -> Result:
    """Read a table and its record.

    Raises
    ------
    ValueError
        If there is no such file, if it is damaged, or if it has no record.
    """
    try:
        content = parquet.read_table(path, page_checksum_verification=True)
        record = json.loads((content.schema.metadata or {})[RECORD])
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        what = "the whole file of a table with its record; get or make it again"
        raise ValueError(f"path={str(path)!r} is not {what} ({error})") from error
    return Result(content.to_pandas(), record)
