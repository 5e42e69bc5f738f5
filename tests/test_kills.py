"""Runs killed at twenty moments that a seed decides: each goes on to the end that it would have had."""

from pathlib import Path
from random import Random

import pytest
from killed_runs import BOOK, SWEEP, TRAINING, finish, kill, left_in

pytestmark = pytest.mark.slow
TESTS = Path(__file__).parent
RUNS = {"training": TRAINING, "sweep": SWEEP, "book": BOOK}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_run_that_is_killed_at_any_moment_goes_on_to_the_same_end(run, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ":".join(map(str, (TESTS, TESTS.parent, TESTS.parent / "book"))))
    random = Random(0)
    first, whole = tmp_path / "first", tmp_path / "whole"
    for folder in (first, whole):  # the first starts the process that all others are forked from
        run.prepare(folder)
        seconds = finish(run, folder)
    for k in range(20):
        folder = tmp_path / str(k)
        run.prepare(folder)
        kill(run, folder, after=random.uniform(0, seconds))
        assert run.is_whole(folder)
        finish(run, folder)
        assert run.content(folder) == run.content(whole) and left_in(folder) == left_in(whole)
