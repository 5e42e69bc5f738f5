"""Networks that learn in the page: what can be chosen, and the same runs in Python."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import traitlets
from anywidget import AnyWidget

from modpack._checks import require
from modpack.colours import colour_of
from modpack.live.base.beside import classic
from modpack.live.base.figure import Limits, LiveFigure, bundle, one_of, slider, styles
from modpack.live.base.networks import NetworkFigure
from modpack.live.bench import Bench
from modpack.live.engine.training import describe_training
from modpack.live.mixer import Mixer
from modpack.live.state_space import StateSpace
from modpack.live.state_space.exploring import UNEXPLORED
from modpack.stored import specification
from modpack.tasks import COMPACT
from modpack.training import Clean, Model, Noisy, Protocol, Recipe, Trained, TrainingConfig, train


class TaskSet(NamedTuple):
    """Some tasks to learn together, in how many steps, and by form: scale and rate of the modulators."""

    label: str
    tasks: tuple[str, ...]
    steps: int
    tuned: Mapping[str, tuple[float, float]] = MappingProxyType({})

    def recipe(self, form: str) -> Recipe:
        """Return how networks of a form learn them."""
        if form not in self.tuned:
            return Recipe(steps=self.steps)
        scale, rate = self.tuned[form]
        return Recipe(
            steps=self.steps,
            excitability_scale=scale,
            synaptic_scale=scale,
            excitability_rate=rate,
            synaptic_rate=rate,
        )


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


class Course(NamedTuple):
    """What a bench can train: sets of tasks by a word for links, and forms of modulation."""

    sets: Mapping[str, TaskSet]
    forms: tuple[str, ...]


BATTERY = Course(SETS, FORMS)
"""Tasks of the battery, and the forms of the chapters on training."""

NOTHING = "none"
"""In the place of a network: there is no such one. It is also what no modulation is called."""

PLACES = ("first", "second", "third")
"""The networks that learn side by side."""

UNDECIDED = "undecided"
LEARN = (UNDECIDED, "all", *PLACES, "first-second", "first-third", "second-third", "none")
"""What may be predicted: which of the networks will do all tasks."""

TRIALS = 8
CONTEXTS = 4
"""Trials of every task in a step, and how many contexts they have where contexts are noisy."""

LIMITS = {"n_neurons": Limits(2, 48, 1), "context_noise": Limits(0, 0.8, 0.1)}
"""The sliders: neurons, and the standard deviation of the noise on contexts, whose distance is 1.4."""

TAKEN: dict[str, type[NetworkFigure]] = {"mixer": Mixer, "bench": Bench, "state_space": StateSpace}
"""Figures that show what was trained, by their folders."""

PREPARED: dict[str, dict[str, Any]] = {"state_space": UNEXPLORED}
"""Traits of theirs that are not those of the class."""


class TrainingBench(LiveFigure):
    """Up to three networks that learn a few tasks while the reader watches, two of them at any one time.

    The page trains them itself, as this package does: the same loss, gradients and optimisers, from random
    numbers of its own. What it has trained can be looked into below, and be had as a file for
    :func:`modpack.stored.read`.

    Parameters
    ----------
    course : Course
        What can be chosen.
    source : str
        Python expression that gives the course, if it is not `BATTERY`, for the line of Python below.
    tasks : str
        What is learned, a key of the course's sets.
    first, second, third : str
        Forms of modulation; "none" in the place of the second or third leaves it out.
    n_neurons : int
    context_noise : float
        Standard deviation of noise on the contexts, along the line to that of another task.
    seed : int
        Of initial values, trials and noise.
    last : str
        The task of which the reader predicts that it comes last, or "undecided".
    learn : str
        The networks of which the reader predicts that they will do all tasks, one of `LEARN`.
    chapter, question, name
        As in :class:`modpack.live.base.figure.LiveFigure`.

    Raises
    ------
    ValueError
        For values that are not allowed.
    """

    _esm = bundle("training_bench/figure.js")
    _css = styles("base/figure.css", "training_bench/figure.css", *(f"{name}/figure.css" for name in TAKEN))
    WORKER: ClassVar[str] = classic(bundle("training_bench/worker.js"))
    """What the page runs in threads."""

    SCRIPTS: ClassVar[dict[str, str]] = {name: bundle(f"{name}/figure.js") for name in TAKEN}
    """How the page makes figures of what was trained, where there is no book."""

    NAME: ClassVar[str] = "training"
    LIMITS = LIMITS
    READ = ".trained"
    STATE = ("tasks", *PLACES, "n_neurons", "context_noise", "seed", "last", "learn")

    question = traitlets.Unicode(
        "Networks learn side by side from trials of the same kinds. Which task comes last? Does every form "
        "learn all of them, and how few neurons are enough?"
    ).tag(sync=True)
    tasks = traitlets.Unicode("pair").tag(sync=True)
    first = traitlets.Unicode("excitability").tag(sync=True)
    second = traitlets.Unicode("synaptic").tag(sync=True)
    third = traitlets.Unicode(NOTHING).tag(sync=True)
    n_neurons = slider(LIMITS["n_neurons"], 16)
    context_noise = slider(LIMITS["context_noise"], 0.0)
    seed = traitlets.Int(0, min=0, max=9).tag(sync=True)
    last = traitlets.Unicode(UNDECIDED).tag(sync=True)
    learn = traitlets.Unicode(UNDECIDED).tag(sync=True)
    description = traitlets.Dict().tag(sync=True)
    worker = traitlets.Unicode(WORKER).tag(sync=True)
    scripts = traitlets.Dict(SCRIPTS).tag(sync=True)

    def __init__(self, course: Course = BATTERY, source: str = "", **state: Any) -> None:
        self.course = course
        first, second, *_ = course.forms
        defaults = {"tasks": next(iter(course.sets)), "first": first, "second": second}
        super().__init__(source, description=_description(course), **defaults | state)

    @property
    def configs(self) -> dict[str, TrainingConfig]:
        """How the networks on show are trained, by form."""
        forms = [getattr(self, place) for place in PLACES]
        return {
            name: _config(name, self.course.sets[self.tasks], self.n_neurons, self.context_noise, self.seed)
            for name in forms
            if name != NOTHING
        }

    @property
    def trained(self) -> dict[str, Trained]:
        """Networks of the same kinds by form, trained in Python when this is asked for."""
        return {name: train(config) for name, config in self.configs.items()}

    _validate_tasks = traitlets.validate("tasks")(one_of(lambda self: list(self.course.sets)))
    _validate_first = traitlets.validate("first")(one_of(lambda self: list(self.course.forms)))
    _validate_last = traitlets.validate("last")(
        one_of(lambda self: [UNDECIDED, *self.course.sets[self.tasks].tasks])
    )
    _validate_learn = traitlets.validate("learn")(one_of(lambda self: list(LEARN)))

    @traitlets.validate("second", "third")
    def _validate_others(self, proposal: Mapping[str, Any]) -> str:
        value = one_of(lambda self: [*self.course.forms, NOTHING])(self, proposal)
        place = proposal["trait"].name
        before = [getattr(self, each) for each in PLACES[: PLACES.index(place)]]
        require(value == NOTHING or value not in before, place, value, "another form than those before")
        return value

    @traitlets.observe("tasks")
    def _forget_last(self, _change: Any) -> None:
        """Leave a prediction behind that is of none of the new tasks."""
        if self.last not in self.course.sets[self.tasks].tasks:
            self.last = UNDECIDED

    def __repr__(self) -> str:
        """Say what is on show, for places that cannot show it."""
        forms = " and ".join(self.configs)
        return f"TrainingBench({forms} on {self.course.sets[self.tasks].label}, {self.n_neurons:g} neurons)"


def _config(name: str, learned: TaskSet, n_neurons: float, noise: float, seed: int) -> TrainingConfig:
    contexts = Noisy(float(noise), contexts_per_task=CONTEXTS) if noise > 0 else Clean()
    return TrainingConfig(
        Model(name, n_neurons=int(n_neurons), seed=seed),
        Protocol(learned.tasks, trials_per_task=TRIALS, contexts=contexts),
        learned.recipe(name),
    )


SHARED = ("activation", "criterion", "preset", "trialsPerTask")
"""What the runs of all forms and tasks have in common."""

OWN = ("contexts", "d", "modulation", "rates", "recipe", "scales")
"""What depends on the form and on the tasks; what is left is for the reader to choose."""


def _description(course: Course) -> dict[str, Any]:
    """Return what the page has to know of all runs."""
    sets, forms = course
    configs = {name: {key: _config(name, each, 16, 0.0, 0) for key, each in sets.items()} for name in forms}
    described = {
        name: {key: describe_training(config) for key, config in by_set.items()}
        for name, by_set in configs.items()
    }
    every = [run for runs in described.values() for run in runs.values()]
    return {
        "sets": {key: {"label": each.label, "tasks": each.tasks} for key, each in sets.items()},
        "forms": list(forms),
        "learn": list(LEARN),
        "colours": {name: colour_of(name) for name in forms},
        "tasks": {task["name"]: task for run in every for task in run["tasks"]},
        "shared": {key: every[0][key] for key in SHARED} | {"contextsPerTask": CONTEXTS},
        "runs": {
            name: {
                key: {part: run[part] for part in OWN} | {"record": configs[name][key].as_record()}
                for key, run in runs.items()
            }
            for name, runs in described.items()
        },
        "record": {"preset": specification(COMPACT), "code": configs[forms[0]][next(iter(sets))].code().name},
        "noisy": str(Noisy(0.5, contexts_per_task=CONTEXTS)),
        "taken": {name: _blank(figure, PREPARED.get(name, {})) for name, figure in TAKEN.items()},
    }


def _blank(figure: type[NetworkFigure], prepared: dict[str, Any]) -> dict[str, Any]:
    """Return what the page needs to make a figure of networks of its own."""
    own = (
        set(figure.class_traits(sync=True)) - set(AnyWidget.class_traits(sync=True)) - {"networks", "numbers"}
    )
    values = {name: trait.default() for name, trait in figure.class_traits().items() if name in own}
    values |= prepared
    return values | {
        "name": f"{figure.NAME}9",
        "limits": {name: list(each) for name, each in figure.LIMITS.items()},
        "initial": [[name, values[name], values[name]] for name in figure.STATE],
        "python": [figure.__name__, "", figure.READ],
    }
