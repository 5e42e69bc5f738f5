"""Ways in which a file may be damaged, foreign or hostile, drawn from a seed."""

import json
import struct
from collections.abc import Iterator
from random import Random

FOREIGN = (
    b"",
    b"\0",
    b"\0" * 4096,
    b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 10\n",
    b"PK\x03\x04" + bytes(200),
    b"PAR1" + bytes(40) + struct.pack("<I", 2**31 - 1) + b"PAR1",
    b"PAR1PAR1",
    b"\x89HDF\r\n\x1a\n" + bytes(100),
    b"\x80\x04\x95" + bytes(50),
    b"<!doctype html><title>Not found</title>",
)
"""Nothing, zeros, a pointer to a large file, an archive, tables without content, a pickle, a page."""


def with_header(header: bytes, n_bytes: int = 64) -> bytes:
    """Return a safetensors file with some header."""
    return struct.pack("<Q", len(header)) + header + bytes(n_bytes)


def entry(dtype: object, shape: object, offsets: object) -> bytes:
    """Return the header of one tensor."""
    return json.dumps({"x": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}).encode()


HOSTILE = (
    *(struct.pack("<Q", n) + b"{}" for n in (0, 3, 2**20, 2**40, 2**63, 2**64 - 1)),
    *map(with_header, (b"", b"{", b"null", b"[]", b"[" * 20_000, b'{"a":' * 20_000, b"\xff\xfe" * 30)),
    *(with_header(entry("F32", shape, [0, 64])) for shape in ([2**60], [-16], [2**32, 2**32], 16, None)),
    *(with_header(entry("F32", [16], offsets)) for offsets in ([64, 0], [-64, 0], [0, 2**63], [8, 72], [])),
    *(with_header(entry(dtype, [16], [0, 64])) for dtype in ("F128", 1, None, "../../etc/passwd")),
    with_header(b'{"__metadata__":{"record":[1]}}', 0),
    with_header(b'{"__metadata__":null}', 0),
)
"""Headers that promise more than there is, less, something else, or nothing that makes sense."""


def damaged(content: bytes, n: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Return so many damaged copies of a file, or more, each with words for what was done to it."""
    random = Random(seed)
    for k, other in enumerate((*FOREIGN, *HOSTILE)):
        yield f"foreign or hostile file {k}", other
    for _ in range(n // 5):
        cut, at, bit = random.randrange(len(content)), random.randrange(len(content)), random.randrange(8)
        length = random.randrange(1, 64)
        yield f"cut off after {cut}", content[:cut]
        yield f"bit {bit} of byte {at}", flipped(content, at, bit)
        yield f"{length} zeros at {at}", content[:at] + bytes(length) + content[at + length :]
        yield f"{length} bytes missing at {at}", content[:at] + content[at + length :]
        head = random.randrange(min(len(content), 400))  # where a file says what is in it
        yield f"bit {bit} of byte {head}", flipped(content, head, bit)


def flipped(content: bytes, at: int, bit: int) -> bytes:
    """Return a file with one bit changed."""
    return content[:at] + bytes([content[at] ^ (1 << bit)]) + content[at + 1 :]
