"""The ledger of claims: what chapters state and what was measured, row by row, and where these disagree."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import nbformat
import pandas as pd
import yaml

from modpack import results
from modpack._checks import choose, distinct
from modpack.claims import MIME
from modpack.experiments import TABLES, find_experiment

VERDICTS = ("higher", "lower", "equivalent", "undecided")
RULES = ("differs", "higher", "lower")


@dataclass(frozen=True)
class Statement:
    """A sentence of a chapter with the verdicts that it states.

    Parameters
    ----------
    id, chapter, figure : str
        Its name, the stem of the notebook that claims it, and the label of the figure that shows the tests.
    family : str
        The experiment whose summary has the tests.
    statistic, sentence : str
        What is compared, and the statement as the chapter claims it.
    verdicts : mapping of str to str
        By the name of the test.
    margin : float, optional
        Of all its tests, where there is one.
    """

    id: str
    chapter: str
    figure: str
    family: str
    statistic: str
    sentence: str
    verdicts: Mapping[str, str]
    margin: float | None = None

    def __post_init__(self) -> None:
        for verdict in self.verdicts.values():
            choose("verdicts", verdict, VERDICTS)


@dataclass(frozen=True)
class Evidence:
    """Tests of one family that bear on a claim, and which verdicts support it: ``"differs"`` means either."""

    family: str
    tests: Sequence[str]
    rule: str = "differs"

    def __post_init__(self) -> None:
        choose("rule", self.rule, RULES)


@dataclass(frozen=True)
class Claim:
    """A claim of the abstract in our words, how the book reads it, and what bears on it."""

    id: str
    number: str
    title: str
    sentence: str
    reading: str
    evidence: Sequence[Evidence] = ()


@dataclass(frozen=True)
class Ledger:
    """All rows."""

    claims: Sequence[Claim]
    statements: Sequence[Statement]

    def __post_init__(self) -> None:
        for name in ("claims", "statements"):
            distinct(name, [row.id for row in getattr(self, name)])

    @property
    def stated(self) -> set["Test"]:
        """The tests whose verdicts are stated."""
        return {(row.family, test) for row in self.statements for test in row.verdicts}

    @property
    def rested_on(self) -> set["Test"]:
        """The tests that bear on a claim."""
        return {(part.family, test) for row in self.claims for part in row.evidence for test in part.tests}


@dataclass(frozen=True)
class Measured:
    """One test as the shipped table has it; the interval is of 90 % if it was registered, else of 95 %."""

    verdict: str
    difference: float
    low: float
    high: float
    n: int
    margin: float
    registered: bool
    commit: str

    @property
    def small(self) -> bool:
        """Whether a difference was found that is smaller than the margin."""
        return self.verdict in ("higher", "lower") and abs(self.difference) < self.margin

    def __str__(self) -> str:
        return f"{self.verdict}: {self.difference:+.3g}, {self.low:.3g} ... {self.high:.3g}, n = {self.n}"


Test = tuple[str, str]
"""Family and name."""

Said = Mapping[str, Mapping[str, Sequence[float]]]
"""The numbers of every claim that a chapter makes, by chapter and statement."""


def read_ledger(path: Path) -> Ledger:
    """Return the ledger in a YAML file."""
    rows = yaml.safe_load(path.read_text("utf8"))
    claims = [
        Claim(**row | {"evidence": [Evidence(**part) for part in row.get("evidence", ())]})
        for row in rows["claims"]
    ]
    return Ledger(claims, [Statement(**row) for row in rows["statements"]])


def registered() -> list[str]:
    """Return the experiments with a family of tests; that of the same name is the table they are for."""
    return [name for name in TABLES if name == TABLES[name][0] and hasattr(find_experiment(name), "FAMILY")]


def measure(ledger: Ledger) -> dict[Test, Measured]:
    """Return all registered tests, and the others that a ledger names, as the shipped tables have them."""
    declared, named = registered(), ledger.stated | ledger.rested_on
    families = dict.fromkeys([*declared, *sorted(family for family, _ in named)])
    every = {
        (family, test): one
        for family in families
        for test, one in _judged(family, family in declared).items()
    }
    return {key: one for key, one in every.items() if one.registered or key in named}


def _judged(family: str, declared: bool) -> dict[str, Measured]:
    table, record = results.load(family)
    rows = find_experiment(family).summary(table)
    if not declared:
        names = rows["first"] + " - " + rows["second"] + ": " + rows["measure"]
        rows = rows.assign(name=names, margin=math.nan)
    rows = rows.assign(registered=declared, commit=", ".join(name[:12] for name in record["commits"]))
    columns = [field.name for field in fields(Measured)]
    return dict(zip(rows["name"], map(Measured, *(rows[name].tolist() for name in columns)), strict=True))


def statements(executed: Path) -> dict[str, list[float]]:
    """Return what an executed chapter claims, with the numbers that it rests on."""
    cells = nbformat.read(executed, as_version=4).cells
    records = [
        output["data"][MIME]
        for cell in cells
        for output in cell.get("outputs", ())
        if MIME in output.get("data", {})
    ]
    return {record["statement"]: list(record["values"].values()) for record in records}


def disagreements(ledger: Ledger, measured: Mapping[Test, Measured], said: Said) -> list[str]:
    """Return, in words, where ledger, tables and chapters disagree.

    A sentence agrees if its chapter claims it, on numbers among which are the measured differences of all its
    tests, and if these have the verdicts and the margin that its row says. Every registered test needs a row,
    and every test of a row a measurement.
    """
    found = []
    for row in ledger.statements:
        where = f'{row.chapter}, {row.id}: "{row.sentence}"'
        numbers = said.get(row.chapter, {}).get(row.sentence)
        if numbers is None:
            found.append(f"{where} is not claimed by the chapter")
        for test in row.verdicts:
            found += [f"{where} {fault}" for fault in _faults(row, test, measured, numbers)]
    found += [
        f'{family}: no row of the ledger states the verdict on "{test}" ({one})'
        for (family, test), one in measured.items()
        if one.registered and (family, test) not in ledger.stated
    ]
    return found + [
        f'a claim of the abstract rests on "{test}" of {family}, which is not measured'
        for family, test in sorted(ledger.rested_on - ledger.stated - set(measured))
    ]


def _faults(
    row: Statement, test: str, measured: Mapping[Test, Measured], numbers: Sequence[float] | None
) -> list[str]:
    """Return what is wrong with one test of a row; without numbers, the chapter has been complained of."""
    one = measured.get((row.family, test))
    if one is None:
        return [f'rests on "{test}" of {row.family}, which is not measured']
    found = []
    if row.verdicts[test] != one.verdict:
        found.append(f'says {row.verdicts[test]} of "{test}", which is measured as {one}')
    if not _same(math.nan if row.margin is None else row.margin, one.margin):
        found.append(f'has the margin {row.margin}, but "{test}" was judged with {one.margin}')
    if numbers is not None and not any(_same(value, one.difference) for value in numbers):
        found.append(f'does not rest on the measured difference of "{test}" ({one})')
    return found


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-6) or (math.isnan(one) and math.isnan(other))


def word(verdict: str, rule: str) -> str:
    """Return what a verdict says of a claim: supported, contrary, not found or undecided."""
    if verdict in ("higher", "lower"):
        return "supported" if rule in ("differs", verdict) else "contrary"
    return "not found" if verdict == "equivalent" else "undecided"


@dataclass(frozen=True)
class Answer:
    """What is found of a claim: a word, and of how many tests what was said."""

    word: str
    tally: Mapping[str, int]


def answer(claim: Claim, measured: Mapping[Test, Measured]) -> Answer:
    """Return what was found of a claim.

    Registered tests alone decide: *supported* if one or more say so and none the contrary (*contrary* is the
    reverse), *not found* if all are equivalent, *undecided* otherwise. Where none was registered it is
    *exploratory only*, and where there is no test *not measured*.
    """
    every = [(measured[part.family, test], part.rule) for part in claim.evidence for test in part.tests]
    words = [word(one.verdict, rule) for one, rule in every if one.registered]
    if not words:
        seen = ["different" if one.verdict in ("higher", "lower") else one.verdict for one, _ in every]
        return Answer("exploratory only" if every else "not measured", Counter(seen))
    tally = Counter(words)
    for one, other in (("supported", "contrary"), ("contrary", "supported")):
        if one in tally and other not in tally:
            return Answer(one, tally)
    return Answer("not found" if set(tally) == {"not found"} else "undecided", tally)


def snapshot(measured: Mapping[Test, Measured]) -> str:
    """Return all tests as JSON, for a later release to be compared with."""
    rows = [{"family": family, "test": test, **vars(one)} for (family, test), one in measured.items()]
    return pd.DataFrame(rows).to_json(orient="records", indent=1, double_precision=15)


def drift(released: str, measured: Mapping[Test, Measured]) -> list[str]:
    """Return, in words, how tests differ from those of a released `snapshot`."""
    before, after = (
        {(row["family"], row["test"]): row for row in json.loads(text)}
        for text in (released, snapshot(measured))
    )
    found = [f"{': '.join(key)}: no longer measured" for key in before if key not in after]
    for key, row in after.items():
        old = before.get(key)
        if old is None:
            found.append(f"{': '.join(key)}: new ({row['verdict']})")
        elif old["verdict"] != row["verdict"] or not _same(old["difference"], row["difference"]):
            told = [f"{each['verdict']} ({each['difference']:+.3g}, n = {each['n']})" for each in (old, row)]
            found.append(f"{': '.join(key)}: {told[0]}, now {told[1]}")
    return found
