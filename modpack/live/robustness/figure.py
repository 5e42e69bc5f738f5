"""Regret or choices over levels of ambiguity, and one trial of one network at the level on show."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
import traitlets
from torch import Tensor

from modpack._checks import require
from modpack.colours import CHOICE_COLOURS
from modpack.context import fade, in_line, mix
from modpack.experiments.robustness import BOUNDS, D_PRIMES, PAIRS, POSITIONS, PRIMARY, SCHEDULES
from modpack.live.base.figure import Limits, bundle, index_below, one_of, slider, styles
from modpack.live.base.networks import NetworkFigure, require_known_forms, require_vector_readout
from modpack.live.engine.network import LiveNetworks
from modpack.live.robustness.summary import NOISES, PATHS, curves
from modpack.measures.bounds import answers_of_all, best_answer, likelihood_of_noise, posterior
from modpack.measures.choices import CHOICES, asked, choices, opposed
from modpack.tasks import Decoded, Trials, final, satisfies

LIMITS = {"mix": Limits(0, 1, 0.1), "strength": Limits(0, 1, 0.1)}
"""The sliders: of an operator without a bound the positions that the table has."""

OPTIONS = {
    "operators": [*NOISES, *PATHS],
    "bounds": list(BOUNDS),
    "d_primes": list(D_PRIMES),
    "positions": list(POSITIONS),
    "schedules": list(SCHEDULES),
    "forms": list(PRIMARY),
    "pairs": [[a, b, kind] for (a, b), kind in PAIRS.items()],
}
"""What the menus have, and the levels."""


class RobustAnswer(NamedTuple):
    """What a network answers in a trial with an ambiguous context, and what the decoder does.

    Attributes
    ----------
    choice : str
        One of `CHOICES`.
    right : bool
        By the published criterion, which knows no length of a response.
    angle, length, fixation : float
        The response (rad) and the fixation output.
    decoder : float or None
        Direction (rad) that the decoder answers; None where the operator has no likelihood.
    decoder_is_right : bool or None
    """

    choice: str
    right: bool
    angle: float
    length: float
    fixation: float
    decoder: float | None
    decoder_is_right: bool | None


class Robustness(NetworkFigure):
    """What many networks make of ambiguous contexts, from the shipped table, and one of them in one trial.

    Parameters
    ----------
    networks : LiveNetworks
        Of the forms of the table, one network for each schedule, see `robustness_networks`.
    operator : str
        What makes the context of the trial's task ambiguous: noise, ``"in-line"`` or ``"isotropic"``, or
        ``"mix"`` or ``"strength"``.
    bound : float
        Level of noise: one of `modpack.experiments.robustness.BOUNDS`.
    mix, strength : float
        Levels of the others.
    schedule : str
        How networks were trained: ``"clean"``, ``"noise"`` or ``"belief"``.
    form : str
        Whose network does the trial.
    others : bool
        Whether the regrets of the other forms are drawn, too.
    a, b : str
        Trials are of task a; b has another answer to them. The table is shown for their family of pairs.
    draw : int
        Which trial is on show, and which of the deviates is its noise.
    chapter, question, name
        As in :class:`LiveFigure`.

    Raises
    ------
    ValueError
        For networks of other forms or tasks, or values that are not allowed.
    """

    _esm = bundle("robustness/figure.js")
    _css = styles("base/figure.css", "robustness/figure.css")

    NAME = "robustness"
    LIMITS = LIMITS
    READ = ".answer"
    STATE = ("operator", "bound", "mix", "strength", "schedule", "form", "others", "a", "b", "draw")

    question = traitlets.Unicode(
        "The context is not that of one task. How much less often than a decoder of the same context is a "
        "network right, and what does it do instead?"
    ).tag(sync=True)
    choice_colours = traitlets.Dict(CHOICE_COLOURS).tag(sync=True)
    options = traitlets.Dict(OPTIONS).tag(sync=True)
    curves = traitlets.Dict().tag(sync=True)
    operator = traitlets.Unicode("in-line").tag(sync=True)
    bound = traitlets.Float(0.9).tag(sync=True)
    mix = slider(LIMITS["mix"], 0.5)
    strength = slider(LIMITS["strength"], 0.5)
    schedule = traitlets.Unicode("clean").tag(sync=True)
    form = traitlets.Unicode("synaptic").tag(sync=True)
    others = traitlets.Bool(True).tag(sync=True)
    a = traitlets.Unicode("fdgo").tag(sync=True)
    b = traitlets.Unicode("fdanti").tag(sync=True)
    draw = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(self, networks: LiveNetworks, **state: Any) -> None:
        require_vector_readout(networks)
        require_known_forms(networks)
        held = (list(networks.networks), networks.n_seeds)
        needed = (list(PRIMARY), len(SCHEDULES))
        require(held == needed, "networks", held, f"of {needed[0]}, {needed[1]} each")
        super().__init__(networks, curves=curves(), **state)

    @property
    def d_prime(self) -> float:
        """Distance of two contexts in standard deviations of the noise: of a and b, or of the nearest two."""
        return D_PRIMES[BOUNDS.index(self.bound)]

    @property
    def trial(self) -> Trials:
        """The trial on show, of those of a to which b has another answer."""
        trials = self.networks.trials.of(self.a)
        cases = opposed(*asked(trials, (self.a, self.b))).nonzero()[:, 0]
        return trials.select(cases[[self.draw % len(cases)]])

    @property
    def cue(self) -> Tensor:
        """The ambiguous context, shape (d,)."""
        a, b = (self.networks.code[name].double() for name in (self.a, self.b))
        z = self.networks.deviates[self.draw]
        match self.operator:
            case "in-line":
                return a + self._sigma * in_line(z, a, b)
            case "isotropic":
                return a + self._sigma * z
            case "mix":
                return mix(a, b, self.mix)
            case _:
                return fade(a, self.strength)

    @property
    def context(self) -> Tensor:
        """What the network is told, shape (d,): the cue, or what can be believed after noise."""
        if self.operator in NOISES and self.schedule == "belief":
            return self._posterior[0] @ self.networks.code.vectors.double()
        return self.cue

    @property
    def answer(self) -> RobustAnswer:
        """What the network on show and the decoder answer in the trial on show."""
        trial = self.trial
        network = self.networks.networks[self.form][list(SCHEDULES).index(self.schedule)]
        said = final(network.outputs(trial, self.context), trial)
        a, b = asked(trial, (self.a, self.b))
        choice = CHOICES[int(choices(said, a, b))]
        angle, length, fixation = (float(each) for each in said)
        decoded = self._decoded(trial) if self.operator in NOISES else None
        return RobustAnswer(
            choice,
            bool(satisfies(said, a)),
            angle,
            length,
            fixation,
            None if decoded is None else float(decoded.angle),
            None if decoded is None else bool(satisfies(decoded, a)),
        )

    @property
    def _sigma(self) -> float:
        code = self.networks.code
        both = torch.stack([code[name] for name in (self.a, self.b)])
        contexts = both if self.operator == "in-line" else code.vectors
        return float(torch.pdist(contexts.double()).min()) / self.d_prime

    @property
    def _posterior(self) -> Tensor:
        """Of all tasks, shape (1, task)."""
        return posterior(likelihood_of_noise(self.cue[None], self.networks.code, self._sigma))

    def _decoded(self, trial: Trials) -> Decoded:
        """Return the answer of the nearer of two contexts, or that for which most of the posterior speaks."""
        if self.operator == "isotropic":
            return best_answer(self._posterior, answers_of_all(trial, self.networks.code))[0]
        distance = {name: (self.cue - self.networks.code[name].double()).norm() for name in (self.a, self.b)}
        nearer = self.a if distance[self.a] <= distance[self.b] else self.b
        (answer,) = asked(trial, [nearer])
        return Decoded(answer.angle, torch.ones_like(answer.angle), torch.zeros_like(answer.angle))

    _validate_operator = traitlets.validate("operator")(one_of(lambda self: [*NOISES, *PATHS]))
    _validate_schedule = traitlets.validate("schedule")(one_of(lambda self: list(SCHEDULES)))
    _validate_form = traitlets.validate("form")(one_of(lambda self: list(PRIMARY)))
    _validate_a = traitlets.validate("a")(one_of(lambda self: [*dict.fromkeys(a for a, _ in PAIRS)]))
    _validate_b = traitlets.validate("b")(one_of(lambda self: _others(self.a)))
    _validate_draw = traitlets.validate("draw")(index_below(lambda self: len(self.networks.deviates)))

    @traitlets.validate("bound")
    def _validate_bound(self, proposal: Mapping[str, Any]) -> float:
        require(proposal["value"] in BOUNDS, "bound", proposal["value"], f"one of {BOUNDS}")
        return float(proposal["value"])

    @traitlets.validate("mix", "strength")
    def _validate_position(self, proposal: Mapping[str, Any]) -> float:
        name, value = proposal["trait"].name, proposal["value"]
        nearest = min(POSITIONS, key=lambda position: abs(position - value))
        require(abs(value - nearest) < 1e-6, name, value, f"one of {POSITIONS}")
        return nearest

    @traitlets.observe("a")
    def _keep_a_pair(self, change: Mapping[str, Any]) -> None:
        """Take another task for b where it is none of the new a's."""
        if self.b not in _others(self.a):
            self.b = _others(self.a)[0]

    def __repr__(self) -> str:
        """Say what is on show, for places that cannot show it."""
        return f"Robustness({self.operator}, {self.form}, {self.schedule})"


def _others(a: str) -> list[str]:
    return [b for first, b in PAIRS if first == a]
