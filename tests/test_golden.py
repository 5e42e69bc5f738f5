"""Training computes what it computed before; one network bit for bit where the file was written."""

import json

import pytest
from golden_training import CASES, FILE, SINGLE, computed, machine, name_of

GOLDEN = json.loads(FILE.read_text())


def test_every_case_is_in_the_file():
    assert list(GOLDEN["cases"]) == [name_of(*case) for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: name_of(*case))
def test_training_computes_what_it_computed_before(case):
    expected, found = GOLDEN["cases"][name_of(*case)], computed(*case)
    for key in ("norms", "losses"):
        assert found[key] == pytest.approx(expected[key], rel=1e-4, abs=1e-4)
    if GOLDEN["machine"] == machine() and case in SINGLE:
        assert found["sha256"] == expected["sha256"]
