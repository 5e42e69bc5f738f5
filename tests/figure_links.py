"""What the links of a figure hold, read and written in Node as the page does."""

from hostile_links import against_the_grammar, beyond_the_state, encoded, of_no_figure
from node_replay import replay

from modpack.live.base.figure import LiveFigure

PLACES = ["", "#", "#a-heading", "#modpack.live.Mixer"]


def read_links(figure: LiveFigure, hashes: list[str], **given) -> list:
    """For every fragment a state, None, or "refused"; `given`: what else the schema of the figure needs."""
    inputs = {"kind": figure.NAME, "name": figure.name, "limits": figure.limits, "initial": figure.state}
    return replay("links.mjs", "figure", hashes=hashes, **inputs, **given)


def write_links(name: str, states: list[dict], hash: str = "") -> list[str]:
    return replay("links.mjs", "written", hash=hash, name=name, states=states)


def links_hold(figure: LiveFigure, allowed: dict, refused: str, **given) -> None:
    """Check what links say to a figure, and that its own links and no others bring its states back.

    allowed : changes of the state by the text that a link holds; refused : such texts, apart by spaces, that
    are not allowed.
    """
    name, initial = figure.name, figure.state
    states = [initial | changes for changes in allowed.values()]
    hostile = [
        *(f"#{name}={text}" for text in refused.split()),
        *against_the_grammar(name, next(iter(allowed))),
        *beyond_the_state(name, figure.STATE, figure.limits),
    ]
    assert read_links(figure, [f"#{name}={text}" for text in allowed], **given) == states
    places = [*PLACES, f"#{name}", *of_no_figure(name, next(iter(allowed)))]
    assert read_links(figure, places, **given) == [None] * len(places)
    answers = zip(hostile, read_links(figure, hostile, **given), strict=True)
    assert [link for link, answer in answers if answer != "refused"] == []
    written = write_links(name, states)
    assert read_links(figure, written, **given) == states
    assert read_links(figure, [encoded(link) for link in written], **given) == states
