r"""Modulation forms: how a context c (length d) changes an ordinary recurrent network of N neurons.

A form is a small final class: :meth:`Modulation.initial` gives its tensors, :meth:`Modulation.modulate` its
effect. All equations are the project's own reading of "excitability" and "synaptic strength" as targets of
modulation; forms taken from earlier work say so. Every form is neutral at c = 0: it leaves the network as it
is.

The *atoms* ``bias``, ``gain``, ``row`` and ``release`` have N d parameters each, and any of them combine.
"""

from modpack.modulation.base import (
    Contexts,
    Factor,
    Modulated,
    Modulation,
    PartContexts,
    PathwayContexts,
    names,
    shapes,
)
from modpack.modulation.combined import Combined
from modpack.modulation.controls import Readout, RecurrentGain, SynapticAll, Unmodulated
from modpack.modulation.excitability import Bias, Excitability, Gain
from modpack.modulation.forms import FORMS, form, form_for
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

__all__ = [
    "FORMS",
    "Additive",
    "Bias",
    "Combined",
    "Components",
    "Contexts",
    "Excitability",
    "Factor",
    "Full",
    "Gain",
    "Gate",
    "Modulated",
    "Modulation",
    "Multiplicative",
    "PartContexts",
    "PathwayContexts",
    "Readout",
    "RecurrentGain",
    "Release",
    "Row",
    "Scaling",
    "Split",
    "SynapticAll",
    "Unmodulated",
    "form",
    "form_for",
    "names",
    "shapes",
]
