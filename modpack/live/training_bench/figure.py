"""Networks that learn in the page: what can be chosen, and the same runs in Python."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import traitlets

from modpack._checks import require
from modpack.colours import colour_of
from modpack.live.base.figure import Limits, LiveFigure, bundle, one_of, slider, styles
from modpack.live.engine.training import describe_training
from modpack.training import Clean, Model, Noisy, Protocol, Recipe, Trained, TrainingConfig, train


def classic(script: str) -> str:
    """Return a bundle as a script that is no module: a thread may be made of no other in a page on a disk."""
    return re.sub(r"^export ", "", script, flags=re.MULTILINE)


class TaskSet(NamedTuple):
    """Some tasks to learn together, and in how many steps."""

    label: str
    tasks: tuple[str, ...]
    steps: int


SETS = {
    "pair": TaskSet("Go and Anti", ("fdgo", "fdanti"), 300),
    "decisions": TaskSet("four decisions", ("dm1", "dm2", "contextdm1", "contextdm2"), 600),
    "memory": TaskSet(
        "Go and Anti, at once and from memory", ("fdgo", "fdanti", "delaygo", "delayanti"), 900
    ),
    "eight": TaskSet(
        "all eight",
        ("fdgo", "fdanti", "delaygo", "delayanti", "dm1", "dm2", "contextdm1", "contextdm2"),
        1200,
    ),
}
"""What can be learned."""

FORMS = ("excitability", "synaptic", "combined", "bias", "gain", "row", "release")
NOTHING = "none"
"""In the place of a second network: the first learns alone. It is also what no modulation is called."""

TRIALS = 8
CONTEXTS = 4
"""Trials of every task in a step, and how many contexts they have where contexts are noisy."""

LIMITS = {"n_neurons": Limits(4, 48, 2), "context_noise": Limits(0, 0.8, 0.1)}
"""The sliders: neurons, and the standard deviation of the noise on contexts, whose distance is 1.4."""


class TrainingBench(LiveFigure):
    """One or two networks that learn a few tasks while the reader watches.

    The page trains them itself, as this package does: the same loss, gradients and optimisers, from random
    numbers of its own.

    Parameters
    ----------
    tasks : str
        What is learned, one of `SETS`.
    first, second : str
        Forms of modulation, see `FORMS`; "none" in the place of the second leaves it out.
    n_neurons : int
    context_noise : float
        Standard deviation of noise on the contexts, along the line to that of another task.
    seed : int
        Of initial values, trials and noise.
    chapter, question, name
        As in :class:`modpack.live.base.figure.LiveFigure`.

    Raises
    ------
    ValueError
        For values that are not allowed.
    """

    _esm = bundle("training_bench/figure.js")
    _css = styles("base/figure.css", "training_bench/figure.css")

    NAME: ClassVar[str] = "training"
    LIMITS = LIMITS
    READ = ".trained"
    STATE = ("tasks", "first", "second", "n_neurons", "context_noise", "seed")

    question = traitlets.Unicode(
        "Two networks learn from trials of the same kinds. Which task comes last? Do both forms learn all of "
        "them, and how few neurons are enough?"
    ).tag(sync=True)
    tasks = traitlets.Unicode("pair").tag(sync=True)
    first = traitlets.Unicode("excitability").tag(sync=True)
    second = traitlets.Unicode("synaptic").tag(sync=True)
    n_neurons = slider(LIMITS["n_neurons"], 16)
    context_noise = slider(LIMITS["context_noise"], 0.0)
    seed = traitlets.Int(0, min=0, max=9).tag(sync=True)
    description = traitlets.Dict().tag(sync=True)
    script = traitlets.Unicode(classic(bundle("training_bench/worker.js"))).tag(sync=True)

    def __init__(self, **state: Any) -> None:
        super().__init__(description=_description(), **state)

    @property
    def configs(self) -> dict[str, TrainingConfig]:
        """How the networks on show are trained, by form."""
        forms = (self.first, self.second) if self.second != NOTHING else (self.first,)
        return {
            name: _config(name, self.tasks, int(self.n_neurons), float(self.context_noise), self.seed)
            for name in forms
        }

    @property
    def trained(self) -> dict[str, Trained]:
        """Networks of the same kinds by form, trained in Python when this is asked for."""
        return {name: train(config) for name, config in self.configs.items()}

    _validate_tasks = traitlets.validate("tasks")(one_of(lambda self: list(SETS)))
    _validate_first = traitlets.validate("first")(one_of(lambda self: list(FORMS)))

    @traitlets.validate("second")
    def _validate_second(self, proposal: Mapping[str, Any]) -> str:
        value = one_of(lambda self: [*FORMS, NOTHING])(self, proposal)
        require(value != self.first, "second", value, "another form than the first")
        return value

    def __repr__(self) -> str:
        """Say what is on show, for places that cannot show it."""
        forms = " and ".join(self.configs)
        return f"TrainingBench({forms} on {SETS[self.tasks].label}, {self.n_neurons:g} neurons)"


def _config(name: str, tasks: str, n_neurons: int, noise: float, seed: int) -> TrainingConfig:
    contexts = Noisy(noise, contexts_per_task=CONTEXTS) if noise > 0 else Clean()
    return TrainingConfig(
        Model(name, n_neurons=n_neurons, seed=seed),
        Protocol(SETS[tasks].tasks, trials_per_task=TRIALS, contexts=contexts),
        Recipe(steps=SETS[tasks].steps),
    )


SHARED = ("activation", "criterion", "preset", "recipe", "trialsPerTask")
"""What the runs of all forms and tasks have in common."""

OWN = ("contexts", "d", "modulation", "rates", "scales")
"""What depends on the form and on the tasks; what is left is for the reader to choose."""


def _description() -> dict[str, Any]:
    """Return what the page has to know of all runs."""
    described = {
        name: {key: describe_training(_config(name, key, 16, 0.0, 0)) for key in SETS} for name in FORMS
    }
    every = [run for runs in described.values() for run in runs.values()]
    return {
        "sets": {key: each._asdict() for key, each in SETS.items()},
        "forms": list(FORMS),
        "colours": {name: colour_of(name) for name in FORMS},
        "tasks": {task["name"]: task for run in every for task in run["tasks"]},
        "shared": {key: every[0][key] for key in SHARED} | {"contextsPerTask": CONTEXTS},
        "runs": {
            name: {
                key: {part: run[part] for part in OWN} | {"names": list(SETS[key].tasks)}
                for key, run in runs.items()
            }
            for name, runs in described.items()
        },
    }
