"""One colour for one thing, wherever it is drawn: by Matplotlib in a chapter, or by a page itself.

Most colours are from the palette of Okabe and Ito (2008), safe for colour-blind readers.
"""

from modpack.modulation import FORMS, Modulation, form

COLOURS = {
    "none": "#6b6b6b",
    "excitability": "#d55e00",
    "synaptic": "#0072b2",
    "combined": "#8b4fa0",
}
"""One colour for each pathway of modulation."""

INK = "#222222"
FAINT = "#9a9a9a"

OPPOSITE = "#009e73"
"""Colour of the negative end where numbers have two signs."""

OUTPUT_COLOURS = {"fixation": INK, "cos": "#009e73", "sin": "#b07d00"}
"""One colour for each output of the vector readout, none of them a main character's."""

CHOICE_COLOURS = {
    "a": "#66ccee",
    "b": "#e69f00",
    "turned": "#5aae61",
    "cancelled": "#8c510a",
    "fixating": "#ddcc77",
    "other": "#b8b8b8",
}
"""One colour for each thing that a network can make of a trial of two tasks, on light and on dark paper."""

NEURON_COLOURS = (INK, "#009e73")
"""Colours of what belongs to neuron 1 and to neuron 2 where a network has two."""


def colour_of(modulation: str | Modulation) -> str:
    """Return the colour of a modulation form: that of its pathway; a name that is no form has that of none.

    Parameters
    ----------
    modulation : str or Modulation
        A form or its name, as in :func:`modpack.modulation.form`.
    """
    if isinstance(modulation, str):
        known = all(part in FORMS for part in modulation.split("+"))
        modulation = form(modulation if known else "none", d=1)
    return COLOURS[modulation.pathway]
