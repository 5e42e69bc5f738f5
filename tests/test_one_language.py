"""One language in the whole book: colours from one module, a mark for each event, a word for each thing."""

import ast
import re
from functools import cache
from pathlib import Path

import nbformat
import pytest
from chapters import Book
from node_replay import replay

from modpack.fixedpoints import KINDS
from modpack.strokes import BOUND, EVENTS, IN_ORDER, ONSET, UNSTABLE

BOOK = Book(Path(__file__).parent.parent)
FIGURES = sorted((BOOK.root / "modpack" / "figures").glob("*.py"))
PAPER = "#ffffff"
"""The ground of hollow marks; no colour of anything."""

NAMES = "black|white|red|green|blue|orange|gr[ae]y"
COLOUR = re.compile(rf"#[0-9a-fA-F]{{3,8}}|C\d|tab:\w+|0?\.\d+|[bgrcmykw]|{NAMES}")
LINE = re.compile(r"[bgrcmykw]?(--?|:|-\.|[.o^vsDx|+])+[bgrcmykw]?")
KEYWORDS = re.compile(r"c|color|colors|.*colou?rs?|cmap")


def sources() -> dict[str, str]:
    """The code that draws: of the package, and all cells of each chapter."""
    texts = {path.stem: path.read_text("utf8") for path in FIGURES}
    for chapter in BOOK.chapters():
        cells = nbformat.read(chapter, as_version=4).cells
        code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        texts[chapter.stem] = re.sub(r"^[%!].*$", "", code, flags=re.M)
    return texts


def strays(code: str) -> list[str]:
    """Colours that are written out, and formats of lines that hold one."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and re.fullmatch(r"#[0-9a-fA-F]{3,8}", str(node.value)):
            found.append(str(node.value))
        if isinstance(node, ast.Call):
            for word in node.keywords:
                if word.arg and KEYWORDS.fullmatch(word.arg) and isinstance(word.value, ast.Constant):
                    value = str(word.value.value)
                    found += [value] if COLOUR.fullmatch(value) or word.arg == "cmap" else []
            if ast.unparse(node.func).endswith(".plot"):
                texts = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
                found += [text for text in texts if LINE.fullmatch(text) and set(text) & set("bgrcmykw")]
    return sorted(set(found) - {PAPER})


@pytest.mark.parametrize("name", sources())
def test_no_figure_has_a_colour_of_its_own(name):
    assert strays(sources()[name]) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("ax.plot(x, 'k--')", ["k--"]),
        ("ax.plot(x, '--', color=INK)", []),
        ("ax.plot(x, color='0.6')", ["0.6"]),
        ("shade = colour if a else '#e39a5a'", ["#e39a5a"]),
        ("ax.imshow(x, cmap='Greys')", ["Greys"]),
        ("ax.imshow(x, cmap=fading(INK))", []),
        ("ax.plot(x, markerfacecolor='none')", []),
        ("ax.plot(x, markerfacecolor='#ffffff')", []),
        ("ax.scatter(x, y, c='C0')", ["C0"]),
        ("ax.set(title='k')", []),
    ],
)
def test_strays_are_found(code, found):
    assert strays(code) == found


def test_every_event_has_a_mark_of_its_own_and_a_fold_is_a_diamond():
    assert list(EVENTS) == list(KINDS)
    assert len(set(EVENTS.values())) == len(EVENTS) and EVENTS["saddle-node"] == "D"
    drawn_by_hand = [name for name, code in sources().items() if re.search(r'"s".*label="fold"', code)]
    assert not drawn_by_hand


# ------------------------------------------------------------------------------------------- lines

DASHED = re.compile(r"[bgrcmykw]?[.o^vsDxPX*|+]?(--|:|-\.)")
LIVE = BOOK.root / "modpack" / "live"
SCRIPTS = [path for path in sorted(LIVE.glob("*/*.js")) if path.name != "strokes.js"]


def stray_lines(code: str) -> list[str]:
    """Broken lines that are written out: in formats, as arguments, or in tables."""
    texts = [node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and DASHED.fullmatch(text)]


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_no_figure_has_a_line_of_its_own(path):
    assert stray_lines(path.read_text("utf8")) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("ax.plot(x, 'o--')", ["o--"]),
        ("ax.axvline(0, ls=':')", [":"]),
        ("LINES = {'a': '-.'}", ["-."]),
        ("ax.plot(x, BOUND)", []),
        ("ax.plot(x, 'o-', linestyle='none')", []),
    ],
)
def test_stray_lines_are_found(code, found):
    assert stray_lines(code) == found


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_script_has_a_line_of_its_own(path):
    text = path.read_text("utf8")
    assert re.findall(r"setLineDash\((?:.*[?:] )?\[.*", text) == []
    assert re.findall(r"(?:DASH|STROKE)\w* = \[", text) == []


def test_pages_have_the_lines_and_marks_of_chapters():
    page = replay("strokes.mjs", "strokes")
    looks = {"-": "solid", "--": "dashed", ":": "dotted"}
    assert page["inOrder"] == [looks[line] for line in IN_ORDER]
    assert [page[name] for name in ("bound", "onset", "unstable")] == [
        looks[line] for line in (BOUND, ONSET, UNSTABLE)
    ]
    assert page["events"] == list(EVENTS)
    assert page["corners"]["saddle-node"] == [[0, -1], [1, 0], [0, 1], [-1, 0]]


# ------------------------------------------------------------------------------------------- words

OTHER_WORDS = {
    r"\bunits?\b": r"units? (of|for|circle)|has a unit|no unit|also say unit",
    r"\bgains?\b": r"synaptic gains?|called gain|say gain|"
    r"gains? (another|nothing|\{glue|as a computation)|begun halfway gain|to gain|bias, gain, row|\"Gain\.\"",
    r"\bmodalit\w+": r"call(ed|s)? (them )?\*?modalities",
    r"\broads?\b": r"$^",
    r"\bblends?\b": r"$^",
}
"""Words for which the book has another, and where they may stand nevertheless."""


def prose() -> dict[str, str]:
    """What readers read: without code, formulas and what is computed."""
    texts = {path.stem: path.read_text("utf8") for path in BOOK.source.glob("*.md")}
    texts.pop("five_claims", None)  # made from the claims
    for chapter in BOOK.chapters():
        cells = nbformat.read(chapter, as_version=4).cells
        texts[chapter.stem] = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    without = r"^(`{3,})(?!\{admonition).*?^\1|`[^`\n]+`|\$[^$]+\$|\{glue[^}]*\}"
    return {name: re.sub(without, "{glue", text, flags=re.M | re.S) for name, text in texts.items()}


@pytest.mark.parametrize("name", prose())
def test_one_word_for_one_thing(name):
    text = " ".join(prose()[name].split())
    for word, allowed in OTHER_WORDS.items():
        stray = [
            text[max(0, found.start() - 40) : found.end() + 40]
            for found in re.finditer(word, text, re.I)
            if not any(
                place.start() <= found.start() < place.end() for place in re.finditer(allowed, text, re.I)
            )
        ]
        assert not stray


TURNED = re.compile(r"\b(black|white|dark(er|est)?|bright(er|est)?)\b(?! (page|mode|paper))", re.I)
"""Words for what dark pages show inverted."""


@cache
def said_of_pictures() -> dict[str, list[str]]:
    """Captions and prose of each chapter, without what is computed."""
    captions, texts = {}, prose()
    for chapter in BOOK.chapters():
        cells = nbformat.read(chapter, as_version=4).cells
        figures = [cell.metadata.get("mystnb", {}).get("figure", {}) for cell in cells]
        captions[chapter.stem] = [figure.get("caption", "") for figure in figures] + [texts[chapter.stem]]
    return captions


@pytest.mark.parametrize("name", said_of_pictures())
def test_what_is_said_of_pictures_holds_on_a_dark_page(name):
    assert [text for text in said_of_pictures()[name] if TURNED.search(text)] == []
