"""Atomic writing and safe reading of files: safetensors only, never pickle."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from modpack._checks import require

T = TypeVar("T")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a killed process, sees the old content or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_tensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write tensors and text metadata to a safetensors file, atomically."""
    contiguous = {name: x.detach().cpu().contiguous() for name, x in tensors.items()}
    write_bytes(path, save(contiguous, metadata))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors and the text metadata of a safetensors file.

    Raises
    ------
    ValueError
        If the file is empty, cut off or of another kind.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"path={str(path)!r} is no whole safetensors file ({error})") from error


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
