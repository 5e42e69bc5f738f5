"""Every form by name."""

from collections.abc import Callable, Sequence

from modpack._checks import choose, require, whole
from modpack.context import ContextCode
from modpack.modulation.base import Modulation
from modpack.modulation.combined import Combined
from modpack.modulation.controls import Readout, RecurrentGain, SynapticAll, Unmodulated
from modpack.modulation.excitability import Bias, Excitability, Gain
from modpack.modulation.gates import Gate, Split
from modpack.modulation.synaptic import (
    Additive,
    Components,
    Full,
    Multiplicative,
    Release,
    Row,
    Scaling,
)


def _combined(d: int) -> Modulation:
    """Both main characters in full; 4 N d parameters."""
    return Combined(d, (Excitability(d), Multiplicative(d)))


def _combined_matched(d: int) -> Modulation:
    """Both pathways with at most the 2 N d parameters of one: thresholds, and masks of rank floor(d/2)."""
    return Combined(d, (Bias(d), Multiplicative(d, max(1, d // 2))))


def _synaptic_doubled(d: int) -> Modulation:
    """Two masks per context: the 4 N d parameters of ``combined`` in the synaptic pathway alone."""
    return Multiplicative(d, 2 * d)


FORMS: dict[str, Callable[[int], Modulation]] = {
    "none": Unmodulated,
    "bias": Bias,
    "gain": Gain,
    "excitability": Excitability,
    "gate": Gate,
    "row": Row,
    "release": Release,
    "multiplicative": Multiplicative,
    "synaptic": Multiplicative,
    "scaling": Scaling,
    "additive": Additive,
    "components": Components,
    "full": Full,
    "combined": _combined,
    "combined-matched": _combined_matched,
    "synaptic-doubled": _synaptic_doubled,
    "synaptic-all": SynapticAll,
    "gain-recurrent": RecurrentGain,
    "readout": Readout,
    "split": Split,
}
"""Every known form by name. A form of one's own joins with ``FORMS["mine"] = Mine``."""


def form(name: str, d: int | Sequence[int]) -> Modulation:
    """Return the form called `name`; ``"gain+scaling"`` combines two, or more.

    Parameters
    ----------
    name : str
        A name from ``FORMS``, or several joined by +.
    d : int, or sequence of int
        Length of the contexts. One number tells all parts the same; one for every part gives each a context
        of its own, and the network's code the stretches of all, one after the other.

    Raises
    ------
    ValueError
        If a name is not in ``FORMS``, or if the parts do not combine.

    Examples
    --------
    >>> form("gain+row", 2).pathway, form("gain+row", 2).count(n=10)  # N d parameters each
    ('combined', 40)
    """
    require(isinstance(name, str), "name", name, "the name of a form")
    parts = name.split("+")
    d = [whole("d", length, 1) for length in d] if isinstance(d, Sequence) else whole("d", d, 1)
    lengths = [d] * len(parts) if isinstance(d, int) else list(d)
    require(len(lengths) == len(parts), "d", d, f"one number, or one for each part of {name!r}")
    made = [FORMS[choose("form", part, FORMS)](length) for part, length in zip(parts, lengths, strict=True)]
    if len(made) == 1:
        return made[0]
    return Combined(d if isinstance(d, int) else sum(lengths), tuple(made))


def form_for(name: str, code: ContextCode) -> Modulation:
    """Return the form called `name` for contexts of a code.

    Where the code has as many stretches as the form has parts, every part is told its own; otherwise all are
    told the whole context. Raises a ValueError as `form`.
    """
    own = len(code.stretches) == len(name.split("+"))
    return form(name, code.stretches if own else code.d)
