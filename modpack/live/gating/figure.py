"""Evidence in two rings, a context between two tasks, and by which vector the one ring is let through."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
import traitlets
from torch import Tensor

from modpack._checks import require
from modpack.context import mix
from modpack.live.base.figure import Limits, bundle, index_below, slider, styles
from modpack.live.base.networks import NetworkFigure, require_known_forms, require_vector_readout
from modpack.live.engine.network import LiveNetworks
from modpack.measures.gating import Gating, Vectors, gating_of, vectors
from modpack.tasks import Trials, TrialSettings

PAIR = ("contextdm1", "contextdm2")
"""The task of mix 0 and that of mix 1; their trials are the same."""

EVIDENCE = Limits(-0.31, 0.31, 0.02)
"""Half the difference in strength of the two stimuli. No step is 0: a trial without any has no answer."""

LIMITS = {
    "mix": Limits(0, 1, 0.05),
    "evidence1": EVIDENCE,
    "evidence2": EVIDENCE,
    "angle": Limits(0, 355, 5, "°"),
}
"""The sliders."""


class EvidenceGates(NetworkFigure):
    """Networks side by side in a context-dependent decision, and what lets the evidence of a ring through.

    Two opposite stimuli are shown in both rings. The context lies between that of `PAIR`'s first task, which
    asks for the stronger stimulus of ring 1, and that of the second. The networks run free of noise.

    Parameters
    ----------
    networks : LiveNetworks
        With the vector readout and both tasks of `PAIR`.
    mix : float
        0 is the context of the first task, 1 that of the second.
    evidence1, evidence2 : float
        Half of what stimulus 1 is stronger by than stimulus 2, in ring 1 and in ring 2; not 0.
    angle : float
        Direction of stimulus 1 (degrees); stimulus 2 is opposite.
    seed : int
        Which of the networks of every form is on show.
    chapter, question, name
        As in :class:`LiveFigure`.

    Raises
    ------
    ValueError
        For networks without the vector readout or without both tasks, or that the page has in a few contexts
        only, or for values that are not allowed.
    """

    _esm = bundle("gating/figure.js")
    _css = styles("base/figure.css", "gating/figure.css")

    NAME = "gating"
    LIMITS = LIMITS
    READ = ".gating"
    STATE = (*LIMITS, "seed")

    question = traitlets.Unicode(
        "Both rings show evidence. Which of them moves the choice? And when a context changes that, what has "
        "changed: what the evidence does to the neurons, or what the neurons do to the choice?"
    ).tag(sync=True)
    mix = slider(LIMITS["mix"], 1.0)
    evidence1 = slider(EVIDENCE, 0.03)
    evidence2 = slider(EVIDENCE, -0.03)
    angle = slider(LIMITS["angle"], 240.0)
    seed = traitlets.Int(0, min=0).tag(sync=True)
    pair: traitlets.List[str] = traitlets.List(traitlets.Unicode(), list(PAIR)).tag(sync=True)

    def __init__(self, networks: LiveNetworks, **state: Any) -> None:
        require_vector_readout(networks)
        require_known_forms(networks)
        tasks = networks.code.tasks
        require(set(PAIR) <= set(tasks), "networks", f"of {tasks}", f"of {PAIR} among others")
        super().__init__(networks, **state)

    @property
    def contexts(self) -> Tensor:
        """The context at mix 0 and the one on show, shape (2, d)."""
        a, b = (self.networks.code[name].double() for name in PAIR)
        return torch.stack([a, mix(a, b, self.mix)])

    @property
    def trial(self) -> Trials:
        """The trial on show."""
        change = torch.tensor([self.evidence1, self.evidence2], dtype=torch.float64)
        settings = TrialSettings(self.angle, self.angle + 180)
        return settings.trial(PAIR[0], self.networks.preset, 1 + torch.stack([change, -change]))

    @property
    def vectors(self) -> dict[str, Vectors]:
        """Selection and input vectors by form, at mix 0 and in the context on show."""
        trial, contexts = self.trial, self.contexts
        return {
            form: vectors(members[self.seed].under(contexts), trial)
            for form, members in self.networks.networks.items()
        }

    @property
    def answer(self) -> dict[str, float]:
        """What the network of every form answers, on the way from stimulus 2 (-1) to stimulus 1 (1)."""
        trial, angle = self.trial, math.radians(self.angle)
        towards = torch.tensor([math.cos(angle), math.sin(angle)], dtype=torch.float64)
        outputs = {
            form: members[self.seed].outputs(trial, self.contexts[1])[-1, 0, 0]
            for form, members in self.networks.networks.items()
        }
        return {form: float(y[1:] @ towards) for form, y in outputs.items()}

    @property
    def gating(self) -> dict[str, Gating]:
        """What lets the evidence through, by form: mix 0 compared with the context on show.

        The selection vectors are in units of their own context's sensitivity, see `of_own_size`.
        """
        return {form: gating_of(of_own_size(each)) for form, each in self.vectors.items()}

    @traitlets.validate("evidence1", "evidence2")
    def _validate_evidence(self, proposal: Mapping[str, Any]) -> float:
        name, value = proposal["trait"].name, proposal["value"]
        least = EVIDENCE.step / 2
        require(abs(value) > least - 1e-9, name, value, f"at least {least:g} or at most {-least:g}")
        return float(value)

    _validate_seed = traitlets.validate("seed")(index_below(lambda self: self.networks.n_seeds))

    def __repr__(self) -> str:
        """Say what is on show, for places that cannot show it."""
        return f"EvidenceGates(mix {self.mix:g}, evidence {self.evidence1:g} and {self.evidence2:g})"


def of_own_size(vectors: Vectors) -> Vectors:
    """Return the vectors with selection in units of the sensitivity in its own context and trial.

    So abs(S) sums to 1 over rings, and how much a choice can be moved at all, which varies by orders of
    magnitude along a mix, is left out.
    """
    size = vectors.sensitivity.abs().sum(0)
    return replace(vectors, selection=vectors.selection / size.unsqueeze(-1))
