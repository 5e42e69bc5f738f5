"""The ledger of claims: where sentence, table and chapter disagree it says so, and the shipped ones agree."""

import json
import math
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from chapters import Book
from findings import badge, badges, last_release, page, value
from hypothesis import given
from hypothesis import strategies as st
from ledger import (
    VERDICTS,
    Claim,
    Evidence,
    Ledger,
    Measured,
    Statement,
    answer,
    disagreements,
    drift,
    measure,
    read_ledger,
    registered,
    snapshot,
    statements,
    word,
)
from nbformat.v4 import new_code_cell, new_notebook, new_output

from modpack.claims import MIME, claim

BOOK = Book(Path(__file__).parent.parent)
MEASURED = {
    ("weights", "a - b"): Measured("higher", 0.5, 0.4, 0.6, 12, 0.1, True, "c0ffee"),
    ("weights", "c - d"): Measured("equivalent", 0.01, -0.02, 0.04, 12, 0.1, True, "c0ffee"),
    ("looks", "a - b: height"): Measured("lower", -2.0, -3.0, -1.0, 10, math.nan, False, "beef"),
}
ROWS = [
    Statement(
        "heavier", "01_weights", "fig-weights", "weights", "mass", "a is heavier", {"a - b": "higher"}, 0.1
    ),
    Statement(
        "alike", "01_weights", "fig-weights", "weights", "mass", "c is d", {"c - d": "equivalent"}, 0.1
    ),
    Statement("lower", "02_looks", "fig-looks", "looks", "height", "a is lower", {"a - b: height": "lower"}),
]
CLAIMS = [
    Claim("one", "1", "Mass", "Masses differ.", "do they?", [Evidence("weights", ["a - b", "c - d"])]),
    Claim("two", "2", "Height", "So do heights.", "do they?", [Evidence("looks", ["a - b: height"])]),
    Claim("three", "3", "Time", "So do times.", "do they?"),
]
LEDGER = Ledger(CLAIMS, ROWS)
SAID = {"01_weights": {"a is heavier": [0.5, 12], "c is d": [0.01]}, "02_looks": {"a is lower": [-2.0]}}


def changed(which: int, **fields) -> Ledger:
    """The ledger with another statement."""
    rows = [replace(row, **fields) if k == which else row for k, row in enumerate(ROWS)]
    return replace(LEDGER, statements=rows)


class TestDisagreements:
    def test_what_agrees_has_none(self):
        assert disagreements(LEDGER, MEASURED, SAID) == []

    @given(st.sampled_from(VERDICTS), st.sampled_from(VERDICTS))
    def test_a_verdict_agrees_only_with_itself(self, stated, found):
        ledger = changed(0, verdicts={"a - b": stated})
        key = ("weights", "a - b")
        wrong = disagreements(ledger, MEASURED | {key: replace(MEASURED[key], verdict=found)}, SAID)
        assert (wrong == []) == (stated == found)
        for line in wrong:
            assert all(
                part in line for part in ("01_weights", "heavier", "a is heavier", stated, found, "12")
            )

    @pytest.mark.parametrize("key", MEASURED)
    def test_a_row_needs_a_measurement(self, key):
        rest = {each: one for each, one in MEASURED.items() if each != key}
        (line,) = disagreements(LEDGER, rest, SAID)
        assert "not measured" in line
        assert key[1] in line

    def test_a_claim_of_the_abstract_needs_what_it_rests_on(self):
        more = Claim("four", "4", "Age", "So do ages.", "do they?", [Evidence("ages", ["a - b"])])
        (line,) = disagreements(replace(LEDGER, claims=[*CLAIMS, more]), MEASURED, SAID)
        assert line == 'a claim of the abstract rests on "a - b" of ages, which is not measured'

    @pytest.mark.parametrize("which", range(3))
    def test_a_registered_test_needs_a_row_and_another_does_not(self, which):
        rows = [row for row in ROWS if row != ROWS[which]]
        wrong = disagreements(replace(LEDGER, statements=rows), MEASURED, SAID)
        assert len(wrong) == (ROWS[which].family == "weights")
        assert all("no row" in line for line in wrong)

    @pytest.mark.parametrize("margin", [0.2, None])
    def test_the_margin_is_that_of_the_tests(self, margin):
        (line,) = disagreements(changed(0, margin=margin), MEASURED, SAID)
        assert f"margin {margin}" in line

    def test_a_sentence_is_one_that_its_chapter_claims(self):
        (line,) = disagreements(changed(0, sentence="b is heavier"), MEASURED, SAID)
        assert line == '01_weights, heavier: "b is heavier" is not claimed by the chapter'
        (line,) = disagreements(changed(0, chapter="02_looks"), MEASURED, SAID)
        assert "not claimed" in line

    def test_a_chapter_has_the_numbers_of_the_table(self):
        stale = SAID | {"01_weights": {"a is heavier": [0.49, 12], "c is d": [0.01]}}
        (line,) = disagreements(LEDGER, MEASURED, stale)
        assert 'does not rest on the measured difference of "a - b"' in line

    def test_ids_are_unique_and_words_are_known(self):
        with pytest.raises(ValueError, match="statements="):
            changed(0, id="alike")
        with pytest.raises(ValueError, match="verdicts='heavier'"):
            changed(0, verdicts={"a - b": "heavier"})
        with pytest.raises(ValueError, match="rule='larger'"):
            Evidence("weights", ["a - b"], "larger")


class TestAnswer:
    def found(self, *verdicts, rule="differs", registered=True):
        tests = {
            ("f", str(k)): Measured(verdict, 1.0, 0.0, 2.0, 12, 0.1, registered, "")
            for k, verdict in enumerate(verdicts)
        }
        part = [Evidence("f", [name for _, name in tests], rule)] if tests else []
        return answer(Claim("x", "1", "", "", "", part), tests)

    @pytest.mark.parametrize(
        ("verdicts", "rule", "expected"),
        [
            (["higher"], "differs", "supported"),
            (["lower", "undecided", "equivalent"], "differs", "supported"),
            (["higher", "lower"], "differs", "supported"),
            (["higher", "equivalent"], "higher", "supported"),
            (["higher", "equivalent"], "lower", "contrary"),
            (["higher", "lower"], "lower", "undecided"),
            (["equivalent", "equivalent"], "differs", "not found"),
            (["equivalent", "undecided"], "differs", "undecided"),
            (["undecided"], "higher", "undecided"),
            ([], "differs", "not measured"),
        ],
    )
    def test_words(self, verdicts, rule, expected):
        assert self.found(*verdicts, rule=rule).word == expected

    @given(st.lists(st.sampled_from(VERDICTS), min_size=1))
    def test_what_was_not_declared_decides_nothing(self, verdicts):
        found = self.found(*verdicts, registered=False)
        assert found.word == "exploratory only"
        assert sum(found.tally.values()) == len(verdicts)

    @given(st.sampled_from(VERDICTS))
    def test_a_direction_is_supported_by_one_verdict_and_contradicted_by_its_opposite(self, verdict):
        words = [word(verdict, rule) for rule in ("higher", "lower")]
        assert (sorted(words) == ["contrary", "supported"]) == (verdict in ("higher", "lower"))


class TestDrift:
    def test_nothing_drifts_from_itself(self):
        assert drift(snapshot(MEASURED), MEASURED) == []

    def test_what_is_new_gone_or_changed_is_told(self):
        _, second, third = MEASURED
        now = {second: replace(MEASURED[second], verdict="undecided"), third: MEASURED[third]}
        now |= {("looks", "new"): MEASURED[third]}
        assert drift(snapshot(MEASURED), now) == [
            "weights: a - b: no longer measured",
            "weights: c - d: equivalent (+0.01, n = 12), now undecided (+0.01, n = 12)",
            "looks: new: new (lower)",
        ]

    def test_a_moved_difference_is_told_though_its_verdict_stands(self):
        moved = {key: replace(one, difference=2 * one.difference) for key, one in MEASURED.items()}
        assert len(drift(snapshot(MEASURED), moved)) == len(MEASURED)

    def test_the_snapshot_is_plain_json(self):
        rows = json.loads(snapshot(MEASURED))
        assert rows[2]["margin"] is None
        assert [row["difference"] for row in rows] == [0.5, 0.01, -2.0]


def executed_figure(path, caption, outputs=()):
    cell = new_code_cell("1", outputs=list(outputs))
    cell.metadata["mystnb"] = {"figure": {"name": "fig-weights", "caption": caption}}
    nbformat.write(new_notebook(cells=[cell]), path)
    return path


def test_what_a_chapter_claims_is_read_from_its_outputs(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr("modpack.claims.display", lambda data, raw: shown.append(data))
    claim("a is heavier", True, {"difference": 0.5, "n": 12})
    outputs = [new_output("display_data", shown[0]), new_output("stream", text="unrelated")]
    assert MIME in shown[0]
    assert statements(executed_figure(tmp_path / "01.ipynb", "", outputs)) == {"a is heavier": [0.5, 12.0]}


def test_badges_say_of_every_figure_what_its_tests_say_of_the_claims():
    found = badges(LEDGER, MEASURED)
    assert "[Claim 1: supported](#claim-one)" in found["fig-weights"]
    assert found["fig-looks"] == "[[Claim 2: exploratory only](#claim-two)]{.claim-badge .exploratory-only}"


def test_a_badge_is_given_once_and_follows_the_ledger(tmp_path):
    source = executed_figure(tmp_path / "source.ipynb", "Weights.")
    copy = executed_figure(tmp_path / "copy.ipynb", "Weights.")
    for label in ("old", "new", "new"):
        badge(source, copy, {"fig-weights": label})
    (cell,) = nbformat.read(copy, as_version=4).cells
    assert cell.metadata["mystnb"]["figure"]["caption"] == "Weights. new"


@pytest.mark.parametrize(
    ("low", "difference", "expected"),
    [
        (0.4, 0.5, "+0.500 (+0.400 ... +0.600), 12"),
        (math.nan, 1e-5, "+0.0000100 (no interval), 12"),
        (-0.5, 0.03, "+0.0300 (\N{MINUS SIGN}0.500 ... +0.600), 12"),
    ],
)
def test_values_have_three_figures_and_no_exponent(low, difference, expected):
    assert value(replace(MEASURED["weights", "a - b"], low=low, difference=difference)) == expected


def test_the_last_release_is_the_one_of_the_highest_version(tmp_path):
    for name in ("0.9.0", "0.10.0", "0.2.0"):
        (tmp_path / f"{name}.json").touch()
    assert last_release(tmp_path).stem == "0.10.0"


@pytest.fixture(scope="module")
def ledger():
    return read_ledger(BOOK.source / "claims.yml")


@pytest.fixture(scope="module")
def measured(ledger):
    return measure(ledger)


class TestShipped:
    def test_the_ledger_agrees_with_the_tables(self, ledger, measured):
        said = {row.chapter: {} for row in ledger.statements}
        for row in ledger.statements:  # what a chapter would claim whose cells agree
            said[row.chapter][row.sentence] = [measured[row.family, test].difference for test in row.verdicts]
        assert disagreements(ledger, measured, said) == []

    def test_sentences_and_figures_stand_in_their_chapters(self, ledger):
        for row in ledger.statements:
            source = (BOOK.root / "notebooks" / f"{row.chapter}.ipynb").read_text("utf8")
            assert json.dumps(row.sentence)[1:-1] in source, row.id
            assert f'"name": "{row.figure}"' in source, row.id

    def test_the_abstract_has_five_claims(self, ledger):
        assert {row.number.partition(",")[0] for row in ledger.claims} == set("12345")

    def test_registered_families_are_those_of_the_design(self):
        assert {"mechanisms", "new_task", "packing", "robustness"} <= set(registered())

    def test_the_page_shows_every_registered_test_once(self, ledger, measured):
        text = page(BOOK.source, ledger, measured, "1.0", [])
        for (_, test), one in measured.items():
            if one.registered:
                assert text.count(f"| {test} |") == 1, test

    def test_the_page_says_what_has_changed_since_which_release(self, ledger, measured):
        same, other = (page(BOOK.source, ledger, measured, "1.0", told) for told in ([], ["a is new"]))
        assert "## Since release 1.0\n\nNo verdict" in same
        assert "## Since release 1.0\n\n- a is new\n" in other

    def test_what_was_released_can_be_compared_with(self, measured):
        drift(last_release(BOOK.source / "releases").read_text("utf8"), measured)
