"""Atomic writing and safe reading of files: safetensors only, never pickle, with a digest of the content."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from modpack._checks import require

T = TypeVar("T")

DIGEST = "digest"
"""Name in the metadata of the digest of all the rest."""

STALE = 600.0
"""Seconds after which a file that is not yet in its place belongs to a process that was killed."""


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a killed process, sees the old content or the new, never a part.

    What killed processes left of writing the same file is removed.

    Raises
    ------
    OSError
        Naming the file, if it cannot be written; what was there stays.
    """
    with _named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f".{escape(path.name)}.*.part"):
            if time.time() - left.stat().st_mtime > STALE:
                left.unlink(missing_ok=True)
        temporary = _temporary(path)
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def try_place(argument: str, path: Path) -> None:
    """See whether a file can be written, before what is to be in it is computed.

    Raises
    ------
    ValueError, OSError
        Naming the file, if it is a folder or a device, or cannot be written there.
    """
    free = path.is_file() or not path.exists()
    require(free, argument, str(path), "a file, or nothing yet; this is a folder or a device")
    with _named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary(path)
        temporary.touch()
        temporary.unlink()


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Let whatever the system refuses name the file that was to be written."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def write_tensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write tensors and text metadata to a safetensors file, atomically."""
    contiguous = {name: x.detach().cpu().contiguous() for name, x in tensors.items()}
    write_bytes(path, save(contiguous, metadata | {DIGEST: _digest(contiguous, metadata)}))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors and the text metadata of a safetensors file.

    Raises
    ------
    ValueError
        If the file is empty, cut off, of another kind, or not what was written.
    OSError
        If there is no file.
    """
    path.stat()
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = dict(file.metadata() or {})
    except Exception as error:  # whatever the reader says of a damaged file
        raise ValueError(f"path={str(path)!r} is no whole safetensors file ({error})") from error
    # Files that were written before there was a digest have none.
    digest = metadata.pop(DIGEST, None)
    if digest is not None and digest != _digest(tensors, metadata):
        raise ValueError(f"path={str(path)!r} is damaged (its digest is that of another file)")
    return tensors, metadata


def _digest(tensors: dict[str, Tensor], metadata: dict[str, str]) -> str:
    """Return a digest of tensors, with their names, shapes and types, and of metadata."""
    digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name, x in sorted(tensors.items()):
        digest.update(f"\0{name} {x.dtype} {tuple(x.shape)}\0".encode())
        digest.update(x.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def write_record(path: Path | str, kind: str, tensors: dict[str, Tensor], record: dict[str, Any]) -> None:
    """Write tensors and a record for JSON as a safetensors file of one kind, atomically.

    Complex tensors are stored as real ones with a last axis of real and imaginary part.
    """
    complex_ = [name for name, x in tensors.items() if x.is_complex()]
    parts = {name: torch.view_as_real(tensors[name].resolve_conj()) for name in complex_}
    text = {"format": kind, "complex": json.dumps(complex_), "record": json.dumps(record)}
    write_tensors(Path(path), tensors | parts, text)


def read_record(path: Path | str, kind: str, unpack: Callable[[dict[str, Tensor], dict[str, Any]], T]) -> T:
    """Return what `unpack` makes of the tensors and the record that `write_record` wrote.

    Raises
    ------
    ValueError
        If the file is of another kind, or lacks a part.
    """
    tensors, text = read_tensors(Path(path))
    require(text.get("format") == kind, "path", str(path), f"a file of the format {kind!r}")
    try:
        for name in json.loads(text["complex"]):
            # A copy, because a view of what was read would not be aligned as complex numbers have to be.
            tensors[name] = torch.complex(*tensors[name].unbind(-1))
        return unpack(tensors, json.loads(text["record"]))
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"path={str(path)!r} is damaged ({error!r}): save it again") from error
