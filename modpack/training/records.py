"""What a training run is: four frozen records, each checked when it is made."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from modpack._checks import choose, names, number, positive, require, set_fields, whole
from modpack.activations import ACTIVATIONS
from modpack.context import ContextCode
from modpack.dynamics import NOISE
from modpack.modulation import Modulation, form, form_for
from modpack.tasks import PRESETS, TASKS
from modpack.training import notation
from modpack.training.codes import Code, OneHot
from modpack.training.contexts import Clean, Contexts
from modpack.training.fields import seeds, task_names
from modpack.training.streams import streams

CHUNK = 50
"""Training steps whose trials are generated at once, after which a run can be saved."""

GROUPS = {"recurrence": ("W",), "input": ("W_in",), "bias": ("b",), "readout": ("W_out", "b_out")}
"""Tensors of every network by what they are; those of the form are its recurrence or ``"modulation"``."""


@dataclass(frozen=True)
class Model:
    """The network.

    Parameters
    ----------
    form : str
        Modulation form, see ``modpack.modulation.FORMS``.
    code : Code
        How tasks become contexts, e.g. ``OneHot()`` or ``Correlated(rho=0.3)``; in text ``correlated(0.3)``.
    n_neurons : int
        N.
    activation : str
        Nonlinearity, see ``modpack.activations.ACTIVATIONS``.
    noise_enters : str
        Whether noise enters ``"before"`` or ``"after"`` the slope.
    preset : str
        Task preset, see ``modpack.tasks.PRESETS``.
    knows : tuple of str or None
        Tasks that have a context, which may be more than are trained; None means those that are trained.
    seed : int
        Decides initial values and, unless they have seeds of their own, code, trials, noise and contexts.
    code_seed : int or None
        Decides what a random code draws.
    """

    form: str = "combined"
    code: Code = field(default_factory=OneHot)
    n_neurons: int = 64
    activation: str = "softplus"
    noise_enters: str = "after"
    preset: str = "compact"
    knows: tuple[str, ...] | None = None
    seed: int = 0
    code_seed: int | None = None

    def __post_init__(self) -> None:
        form(self.form, 1)
        require(isinstance(self.code, Code), "code", self.code, "a code, e.g. OneHot()")
        choose("activation", self.activation, ACTIVATIONS)
        choose("noise_enters", self.noise_enters, NOISE)
        choose("preset", self.preset, PRESETS)
        set_fields(self, n_neurons=whole("n_neurons", self.n_neurons, 1), **seeds(self, "seed", "code_seed"))
        if self.knows is not None:
            set_fields(self, knows=task_names("knows", self.knows))


@dataclass(frozen=True)
class Protocol:
    """What the network is shown.

    Parameters
    ----------
    tasks : tuple of str
        Names of the tasks, all trained in every step.
    trials_per_task : int
        Trials of every task in every step.
    contexts : Contexts
        Which contexts the trials see, e.g. ``Clean()`` or ``Then(Clean(), Noisy(sigma=0.5), at=1500)``; in
        text ``then(clean, noisy(0.5), 1500)``.
    data_seed : int or None
        Decides trials, noise and contexts; networks with the same one are shown the same. None means the seed
        of the model.
    """

    tasks: tuple[str, ...] = field(default_factory=lambda: tuple(TASKS))
    trials_per_task: int = 16
    contexts: Contexts = field(default_factory=Clean)
    data_seed: int | None = None

    def __post_init__(self) -> None:
        set_fields(self, tasks=task_names("tasks", self.tasks), **seeds(self, "data_seed"))
        set_fields(self, trials_per_task=whole("trials_per_task", self.trials_per_task, 1))
        require(isinstance(self.contexts, Contexts), "contexts", self.contexts, "a schedule, e.g. Clean()")
        for step in (0, *self.contexts.restarts):
            n = self.contexts.per_task(step)
            divides = self.trials_per_task % n == 0
            require(divides, "contexts_per_task", n, f"a divisor of trials_per_task={self.trials_per_task}")


@dataclass(frozen=True)
class Recipe:
    """How the network learns.

    Parameters
    ----------
    steps : int
        Training steps.
    muon_rate : float
        Peak learning rate of the recurrent and input weights.
    adam_rate : float
        Peak learning rate of everything else.
    excitability_rate : float or None
        Peak learning rate of the tensors that modulate excitability; None means `adam_rate`.
    synaptic_rate : float or None
        Peak learning rate of the tensors that modulate synapses; None means `adam_rate`.
    excitability_scale : float
        Factor on the initial values of the tensors that modulate excitability.
    synaptic_scale : float
        Factor on the initial values of the tensors that modulate synapses.
    warmup : float
        Fraction of the steps over which the rates rise; they then fall as a cosine to 1 % of the peak.
    clip : float
        Largest gradient norm.
    activity_penalty : float
        Weight of the mean squared rate in the loss.
    trained : tuple of str
        What training changes: some of ``"recurrence"``, ``"input"``, ``"bias"``, ``"readout"`` and
        ``"modulation"``.
    start : str or None
        File of a network from whose weights training starts, see :func:`modpack.stored.read`.
    """

    steps: int = 4200
    muon_rate: float = 0.02
    adam_rate: float = 5e-3
    excitability_rate: float | None = None
    synaptic_rate: float | None = None
    excitability_scale: float = 1.0
    synaptic_scale: float = 1.0
    warmup: float = 0.1
    clip: float = 1.0
    activity_penalty: float = 1e-5
    trained: tuple[str, ...] = (*GROUPS, "modulation")
    start: str | None = None

    def __post_init__(self) -> None:
        set_fields(self, steps=whole("steps", self.steps, 1))
        for name in ("muon_rate", "adam_rate", "clip"):
            set_fields(self, **{name: positive(name, getattr(self, name))})
        for name in ("excitability_rate", "synaptic_rate"):
            if getattr(self, name) is not None:
                set_fields(self, **{name: positive(name, getattr(self, name))})
        for name in ("excitability_scale", "synaptic_scale", "activity_penalty"):
            set_fields(self, **{name: number(name, getattr(self, name), 0)})
        set_fields(self, warmup=number("warmup", self.warmup, 0, 1), trained=names("trained", self.trained))
        require(self.start is None or isinstance(self.start, str), "start", self.start, "the name of a file")
        for name in self.trained:
            choose("trained", name, (*GROUPS, "modulation"))

    def rate(self, step: int, restarts: Iterable[int] = ()) -> float:
        """Return the learning rates' fraction of their peak at a step; each restart begins a new rise."""
        start = max((s for s in restarts if s <= step), default=0)
        stop = min((s for s in restarts if step < s < self.steps), default=self.steps)
        progress = (step - start + 1) / (stop - start)
        if progress < self.warmup:
            return progress / self.warmup
        decay = (progress - self.warmup) / (1 - self.warmup) if self.warmup < 1 else 1.0
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * decay))


@dataclass(frozen=True)
class Evaluation:
    """When the network is tested during training.

    Parameters
    ----------
    every : int
        Steps between evaluations on held-out trials.
    trials : int
        Trials of every task in an evaluation.
    stop_at : float or None
        Stop once every task reaches this performance in two independent evaluations; None trains all steps.
        Leave it off where networks are compared.
    """

    every: int = 400
    trials: int = 100
    stop_at: float | None = None

    def __post_init__(self) -> None:
        set_fields(self, every=whole("every", self.every, 1), trials=whole("trials", self.trials, 1))
        require(self.every % CHUNK == 0, "every", self.every, f"a multiple of {CHUNK}")
        if self.stop_at is not None:
            set_fields(self, stop_at=positive("stop_at", number("stop_at", self.stop_at, 0, 1)))


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides what a training run computes.

    Parameters
    ----------
    model : Model
    protocol : Protocol
    recipe : Recipe
    evaluation : Evaluation
    """

    model: Model = field(default_factory=Model)
    protocol: Protocol = field(default_factory=Protocol)
    recipe: Recipe = field(default_factory=Recipe)
    evaluation: Evaluation = field(default_factory=Evaluation)

    def __post_init__(self) -> None:
        for task in self.protocol.tasks:
            choose("tasks", task, self.known_tasks)
        self.modulation()
        self.protocol.contexts.check_code(self.code())

    @property
    def known_tasks(self) -> tuple[str, ...]:
        """The tasks that have a context."""
        return self.protocol.tasks if self.model.knows is None else self.model.knows

    @property
    def data_seed(self) -> int:
        """The seed of trials, noise and contexts."""
        return self.model.seed if self.protocol.data_seed is None else self.protocol.data_seed

    def code(self) -> ContextCode:
        """Return the code of the tasks that the network knows."""
        seed = self.model.seed if self.model.code_seed is None else self.model.code_seed
        return self.model.code.make(self.known_tasks, streams(seed).code)

    def modulation(self) -> Modulation:
        """Return the form for contexts of the code's length.

        Raises
        ------
        ValueError
            If the form cannot work with the code.
        """
        code = self.code()
        modulation = form_for(self.model.form, code)
        modulation.check_code(code)
        preset = PRESETS[self.model.preset]
        return modulation.sized(preset.n_inputs, preset.n_outputs)

    def as_record(self) -> dict[str, dict[str, Any]]:
        """Return the configuration made of what JSON knows; :func:`from_record` reads it."""
        return {part.name: _as_record(getattr(self, part.name)) for part in fields(self)}


def with_seeds(config: TrainingConfig, seeds: Iterable[int]) -> list[TrainingConfig]:
    """Return the configuration once for every seed of the initial values, all with the same code and data."""
    code_seed = config.model.seed if config.model.code_seed is None else config.model.code_seed
    protocol = replace(config.protocol, data_seed=config.data_seed)
    models = [replace(config.model, seed=seed, code_seed=code_seed) for seed in seeds]
    return [replace(config, model=model, protocol=protocol) for model in models]


def from_record(record: dict[str, dict[str, Any]]) -> TrainingConfig:
    """Return the configuration that :meth:`TrainingConfig.as_record` gave.

    Raises
    ------
    ValueError
        For a part that is missing, a field that is not known, or a value that is not allowed.
    """
    kinds: dict[str, type[notation.Written]] = {"code": Code, "contexts": Contexts}
    parts = {"model": Model, "protocol": Protocol, "recipe": Recipe, "evaluation": Evaluation}

    def made(part: str, make: Any) -> Any:
        given: Any = record.get(part) if isinstance(record, dict) else None
        require(isinstance(given, dict), part, given, "a record of fields and values")
        known = [each.name for each in fields(make)]
        values = {choose(part, name, known): value for name, value in given.items()}
        return make(**values | {k: notation.read(values[k], kinds[k]) for k in kinds.keys() & values.keys()})

    return TrainingConfig(**{part: made(part, make) for part, make in parts.items()})


def _as_record(part: Any) -> dict[str, Any]:
    values = {each.name: getattr(part, each.name) for each in fields(part)}
    texts = {name: str(x) for name, x in values.items() if isinstance(x, notation.Written)}
    lists = {name: list(x) for name, x in values.items() if isinstance(x, tuple)}
    return values | texts | lists
