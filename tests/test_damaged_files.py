"""Files of every kind, damaged in hundreds of ways: each is refused by name, or read as it was written."""

import json
import os

import pytest
import torch
from damaged_files import damaged
from file_kinds import KINDS

from modpack import _files
from modpack._files import read_tensors, write_tensors

N = 200
"""Damaged copies of every kind of file, beside those that are foreign or hostile."""

EVERY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@EVERY_KIND
def test_a_damaged_file_is_refused_by_name_or_read_as_it_was_written(kind, tmp_path):
    path = tmp_path / "kept"
    kind.write(path)
    whole, tried, refused = kind.read(path), 0, 0
    for words, copy in damaged(path.read_bytes(), N, seed=0):
        path.write_bytes(copy)
        tried += 1
        try:
            found = kind.read(path)
        except ValueError as error:
            assert str(path) in str(error), words
            refused += 1
        else:
            assert kind.same(found, whole), words
    assert tried >= N and refused > tried / 2


@EVERY_KIND
def test_a_folder_and_nothing_are_named(kind, tmp_path):
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises((ValueError, OSError)) as refused:
            kind.read(path)
        assert str(path) in str(refused.value)


TENSORS = [name for name in KINDS if name != "table"]


@pytest.mark.parametrize("name", TENSORS)
def test_tensors_of_another_shape_or_type_are_refused_where_the_digest_is_right(name, tmp_path):
    path = tmp_path / "kept"
    KINDS[name].write(path)
    tensors, metadata = read_tensors(path)
    for key, x in tensors.items():
        others = {
            "missing": {k: v for k, v in tensors.items() if k != key},
            "longer": tensors | {key: x.reshape(-1).repeat(2)},
            "with an axis more": tensors | {key: x[None]},
        }
        for words, other in others.items():
            if words == "missing" or x.numel():
                write_tensors(path, other, metadata)
                with pytest.raises(ValueError, match="kept"):
                    KINDS[name].read(path)


@pytest.mark.parametrize("name", TENSORS)
@pytest.mark.parametrize("record", ["null", "[]", "{}", "7", '"text"', '{"config": null}', "{"])
def test_a_record_of_another_kind_is_refused(name, record, tmp_path):
    path = tmp_path / "kept"
    KINDS[name].write(path)
    tensors, metadata = read_tensors(path)
    write_tensors(path, tensors, metadata | {"record": record})
    with pytest.raises(ValueError, match="kept"):
        KINDS[name].read(path)


class TestWriting:
    """A file is there as a whole, or not at all; what killed processes left is cleared away."""

    def test_what_a_killed_process_left_goes_with_the_next_write(self, tmp_path):
        path = tmp_path / "run[1].safetensors"
        fresh, stale = (tmp_path / f".{path.name}.{pid}.part" for pid in (1, 2))
        for left in (fresh, stale):
            left.write_bytes(b"part")
        os.utime(stale, (0, 0))
        write_tensors(path, {"x": torch.zeros(1)}, {"record": json.dumps({})})
        assert sorted(tmp_path.iterdir()) == sorted([fresh, path])

    def test_everything_is_on_disk_before_it_takes_its_place(self, tmp_path, monkeypatch):
        done = []
        fsync, replace = _files.os.fsync, _files.os.replace
        monkeypatch.setattr(_files.os, "fsync", lambda file: done.append("fsync") or fsync(file))
        monkeypatch.setattr(_files.os, "replace", lambda *a: done.append("replace") or replace(*a))
        _files.write_bytes(tmp_path / "file", b"content")
        assert done == ["fsync", "replace"]
