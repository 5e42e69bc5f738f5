"""The grammar of links, in Node: states come back, and what no figure has written is refused."""

import pytest
from figure_links import PLACES, write_links
from hostile_links import INHERITED, WRONG, against_the_grammar, encoded, of_no_figure
from hypothesis import given, settings
from hypothesis import strategies as st
from node_replay import replay

FIVE = st.integers(0, 20).map(lambda k: 5 * k)
# What the schema `EVERY_KIND` of links.mjs allows
STATES = st.fixed_dictionaries(
    {},
    optional={
        "number": st.integers(-2_000_000, 3_000_000).map(lambda k: k / 1_000_000),
        "index": st.integers(0, 6),
        "word": st.sampled_from(["one", "two"]),
        "flag": st.booleans(),
        "several": st.lists(st.integers(0, 4), unique=True),
        "levels": st.one_of(st.just([]), st.lists(FIVE, min_size=4, max_size=4)),
    },
).filter(bool)
MANY = st.lists(STATES, min_size=1, max_size=20)


def read(hashes, name="bench"):
    return replay("links.mjs", "everyKind", hashes=hashes, name=name)


def text_of(state: dict) -> str:
    """A state as a link holds it."""

    def plain(value):
        if isinstance(value, list):
            return ".".join(map(str, value))
        return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)

    flags = {name: int(value) if isinstance(value, bool) else value for name, value in state.items()}
    return ",".join(f"{name}:{plain(value)}" for name, value in flags.items()).replace(":-0,", ":0,")


@settings(max_examples=8)
@given(states=MANY)
def test_states_come_back(states):
    written = write_links("bench", states)
    assert written == [f"#bench={text_of(state)}" for state in states]
    assert read(written) == states
    assert read([encoded(link) for link in written]) == states


def test_a_link_may_name_all_units_of_a_large_network():
    state = {"silenced": list(range(3_000))}
    (link,) = write_links("bench", [state])
    assert replay("links.mjs", "units", hash=link, count=3_000) == state


@settings(max_examples=8)
@given(states=MANY)
def test_states_of_other_figures_stay_as_they_are(states):
    beside = "#mixer=mix:1&bench=number:0&prediction2=guess:"
    written = write_links("bench", states, beside)
    texts = [text_of(state) for state in states]
    assert written == [f"#mixer=mix:1&prediction2=guess:&bench={text}" for text in texts]
    assert read(written) == states


@pytest.mark.parametrize("hostile", ["#x=1", "#mixer=mix:1&x=1", "#mixer=mix:<"])
def test_links_take_over_nothing_that_is_not_allowed(hostile):
    assert write_links("bench", [{"index": 1}], hostile) == ["#bench=index:1"]


@settings(max_examples=8)
@given(state=STATES)
def test_what_no_figure_has_written_is_refused(state):
    hostile = against_the_grammar("bench", text_of(state))
    assert len(hostile) > 70
    answers = zip(hostile, read(hostile), strict=True)
    assert [link for link, answer in answers if answer != "refused"] == []


@settings(max_examples=8)
@given(state=STATES)
def test_what_speaks_of_no_figure_is_a_place_on_the_page(state):
    places = of_no_figure("bench", text_of(state))
    assert read(places) == [None] * len(places)


BEYOND = {
    "number": ["", "-2.000001", "3.000001", "0.1234567", ".5", "1.", "+1"],
    "index": ["", "7", "-1", "0.5", "1.0", "000001"],
    "word": ["", "three", "One"],
    "flag": ["", "2", "true", "01"],
    "several": ["5", "1.1", "1..2", ".1", "1.", "all"],
    "levels": ["0", "5.10.15", "5.10.15.20.25", "5.10.15.19", "5.10.15.105", "5..10.15"],
}


def test_values_beyond_what_is_allowed_are_refused():
    hostile = [f"#bench={key}:{text}" for key, texts in BEYOND.items() for text in [*WRONG, *texts]]
    assert [link for link, answer in zip(hostile, read(hostile), strict=True) if answer != "refused"] == []


def test_a_place_on_the_page_is_no_state():
    assert read([*PLACES, "#bench", "#mixer=mix:0.5", *(f"#{name}" for name in INHERITED)]) == [None] * (
        len(PLACES) + 2 + len(INHERITED)
    )


ALPHABET = st.sampled_from([*"0123456789.,:-&=#", "bench", "number", "index", "flag", "several", "e", " "])
TEXTS = st.lists(st.one_of(st.text(), st.lists(ALPHABET).map("".join)), min_size=50, max_size=50)


@settings(max_examples=8)
@given(texts=TEXTS)
def test_any_text_is_refused_or_gives_an_allowed_state(texts):
    answers = read([f"#bench={text}" for text in texts])
    states = [answer for answer in answers if answer not in ("refused", None)]
    assert read([f"#bench={text_of(state)}" for state in states]) == states


LINES = st.fixed_dictionaries(
    {"word": st.text(), "flag": st.booleans(), "number": st.floats(-9, 9), "levels": st.lists(FIVE)}
)


@settings(max_examples=8)
@given(states=st.lists(LINES, min_size=1), standard=LINES)
def test_the_line_of_python_names_what_differs_from_the_standard(states, standard):
    python = ["Figure", "source", ".state"]
    lines = replay("links.mjs", "lines", python=python, states=states, standard=standard)

    class Figure:
        def __init__(self, source, **state):
            assert source == "networks"
            self.state = state

    for line, state in zip(lines, states, strict=True):
        changed = {name: value for name, value in state.items() if value != standard[name]}
        assert eval(line, {"Figure": Figure, "source": "networks"}) == changed
