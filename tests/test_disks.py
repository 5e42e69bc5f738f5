"""Disks that are full, and disks that are read-only: the file is named, and what was there stays."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import small_study
from chapters import execute
from dist import zipped
from file_kinds import KINDS
from killed_runs import executed
from nbformat.v4 import new_code_cell, new_notebook

from modpack import cli
from modpack._files import write_bytes

MEGA = 2**20
TINY = ["--tasks", "fdgo", "fdanti", "--n-neurons", "8", "--trials-per-task", "2", "--steps", "2"]
EVERY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


class Disk:
    """A small file system in memory."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir()
        self.mount("-t", "tmpfs", "-o", f"size={4 * MEGA}", "tmpfs", str(place))

    def mount(self, *arguments: str) -> None:
        done = subprocess.run(["mount", *arguments], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")

    def fill(self, left: int = 0) -> None:
        """Leave so many bytes."""
        free = os.statvfs(self.place)
        (self.place / "filling").write_bytes(bytes(free.f_bavail * free.f_frsize - left))

    def protect(self) -> None:
        self.mount("-o", "remount,ro", str(self.place))

    def content(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.place.rglob("*") if path.is_file()}


@pytest.fixture
def disk(tmp_path) -> Iterator[Disk]:
    if sys.platform != "linux":
        pytest.skip("only Linux mounts a small disk")
    disk = Disk(tmp_path / "disk")
    yield disk
    subprocess.run(["umount", "--lazy", disk.place], check=True)


@EVERY_KIND
def test_a_full_disk_keeps_the_old_file_and_is_named(kind, disk):
    path = disk.place / "kept"
    write_bytes(path, b"old")
    disk.fill()
    before = disk.content()
    with pytest.raises(OSError, match="kept") as refused:
        kind.write(path)
    assert refused.value.errno == errno.ENOSPC and disk.content() == before


@EVERY_KIND
def test_a_read_only_disk_is_named(kind, disk):
    path = disk.place / "kept"
    write_bytes(path, b"old")
    disk.protect()
    with pytest.raises(OSError, match="kept") as refused:
        kind.write(path)
    assert refused.value.errno == errno.EROFS and disk.content() == {str(path): b"old"}


def test_a_disk_that_is_full_in_the_middle_of_a_file_keeps_the_old_one(disk):
    path = disk.place / "kept"
    write_bytes(path, b"old")
    disk.fill(left=MEGA // 2)
    before = disk.content()
    with pytest.raises(OSError, match="kept"):
        write_bytes(path, bytes(MEGA))
    assert disk.content() == before
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"


# ------------------------------------------------------------------------------- the command line


@pytest.fixture
def quick(small_chunks, monkeypatch):
    monkeypatch.setattr("modpack.experiments.find_experiment", lambda name: small_study)
    monkeypatch.setattr("modpack.fingerprint.of", str)
    monkeypatch.setattr("modpack.evaluation.EVALUATION_TRIALS", 5)


def ending(monkeypatch, *arguments: str) -> str:
    """Return the line with which the command line ends."""
    monkeypatch.setattr(sys, "argv", ["modpack", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return str(ended.value)


COMMANDS = {
    "train": lambda place: ["train", *TINY, "--out", str(place / "run")],
    "sweep": lambda place: ["sweep", "study", "--profile", "small", "--folder", str(place)],
}
EVERY_COMMAND = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)


@EVERY_COMMAND
def test_a_command_that_fills_the_disk_ends_with_a_line_that_names_the_file(
    command, disk, quick, monkeypatch
):
    disk.fill()
    before = disk.content()
    said = ending(monkeypatch, *command(disk.place))
    assert os.strerror(errno.ENOSPC) in said and str(disk.place) in said and "\n" not in said
    assert disk.content() == before


@EVERY_COMMAND
def test_a_command_is_told_of_a_read_only_disk_before_it_computes(command, disk, quick, monkeypatch):
    disk.protect()
    monkeypatch.setattr("modpack.training.trainer.Trainer.advance", None)
    said = ending(monkeypatch, *command(disk.place))
    assert os.strerror(errno.EROFS) in said and str(disk.place) in said and "\n" not in said


# --------------------------------------------------------------------------------------- the book


def beside(source: nbformat.NotebookNode, partial: Path, **_) -> nbformat.NotebookNode:
    """Leave a whole copy though the disk is full."""
    partial.touch()
    return source


@pytest.mark.parametrize("execute_notebook", [executed, beside])
def test_a_chapter_that_fills_the_disk_is_reported_and_the_others_go_on(
    execute_notebook, disk, tmp_path, monkeypatch
):
    monkeypatch.setattr("chapters.papermill.execute_notebook", execute_notebook)
    notebook, target = tmp_path / "01_one.ipynb", disk.place / "executed" / "01_one.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1")]), notebook)
    write_bytes(target, b"old")
    disk.fill()
    before = disk.content()
    failure = execute(notebook, target, {}, "fingerprint").failure
    assert failure.startswith("01_one.ipynb failed") and os.strerror(errno.ENOSPC) in failure
    assert disk.content().items() >= before.items()


def test_a_zip_that_fills_the_disk_leaves_the_old_one(disk, tmp_path):
    path, html = disk.place / "book.zip", tmp_path / "html"
    write_bytes(path, b"old")
    write_bytes(html / "index.html", os.urandom(MEGA))
    disk.fill()
    before = disk.content()
    with pytest.raises(OSError, match=r"book\.zip"):
        zipped(html, path)
    assert disk.content() == before
