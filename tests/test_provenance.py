"""Where results come from: commits are named, and results from code without one are not shipped."""

import subprocess

import pytest

from modpack import provenance


def git(folder, *arguments):
    author = ["-c", "user.name=a", "-c", "user.email=a@b.invalid"]
    subprocess.run(["git", "-C", str(folder), *author, *arguments], check=True, capture_output=True)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of its own in a repository with one commit."""
    folder = tmp_path / "repository" / "package"
    folder.mkdir(parents=True)
    (folder / "provenance.py").write_text("x = 1\n")
    (folder / "shipped.safetensors").write_text("old")
    git(folder.parent, "init")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-m", "first")
    monkeypatch.setattr(provenance, "PACKAGE", folder)
    return folder


def test_a_clean_tree_is_named_by_its_commit(package):
    assert len(provenance.commit()) == 40
    provenance.check_place(package / "networks" / "new.safetensors")


@pytest.mark.parametrize("name", ["provenance.py", "new.py", "folder/new.js"])
def test_changed_and_new_code_is_marked_and_its_results_are_not_shipped(package, name):
    (package / "folder").mkdir()
    (package / name).write_text("x = 2\n")
    assert provenance.commit().endswith("-dirty")
    with pytest.raises(ValueError, match=r"commit='[0-9a-f]{40}-dirty' .*commit first"):
        provenance.check_place(package / "networks" / "new.safetensors")
    provenance.check_place(package.parent / "elsewhere.safetensors")


@pytest.mark.parametrize("name", ["shipped.safetensors", "new.parquet", "../notes.txt"])
def test_results_and_what_lies_outside_of_the_package_are_no_code(package, name):
    (package / name).write_text("new")
    assert len(provenance.commit()) == 40


def test_a_package_that_git_does_not_follow_has_no_commit(package, monkeypatch):
    installed = package.parent / "installed"
    installed.mkdir()
    monkeypatch.setattr(provenance, "PACKAGE", installed)
    assert provenance.commit() == "unknown"
    with pytest.raises(ValueError, match="commit='unknown'"):
        provenance.check_place(installed / "networks" / "new.safetensors")


def test_without_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path)
    monkeypatch.setenv("PATH", "")
    assert provenance.commit() == "unknown"


def test_a_record_is_complete():
    record = provenance.record(packages=("torch", "numpy"))
    assert set(record) == {"device", "cpu", "versions", "python", "commit"}
    assert set(record["versions"]) == {"torch", "numpy"} and record["device"].startswith("cpu, ")
