"""Calls of public functions with right arguments, and what may stand in the place of each by mistake."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from modpack import context, networks
from modpack.dynamics import Dynamics
from modpack.ensemble import ensemble
from modpack.evaluation import evaluate
from modpack.fixedpoints import ContinuationOptions, SearchOptions, find, radius_90, starts_from
from modpack.measures import bounds, choices, lesions
from modpack.measures.modulation import forms_of
from modpack.modulation import form
from modpack.network import ModulatedNetwork, initial
from modpack.tasks import (
    COMPACT,
    Choice,
    Criterion,
    Fixed,
    Preset,
    TrialSettings,
    Uniform,
    correct,
    final,
    floor,
    generate,
    get,
    grid,
    mapping,
    order,
    performance,
)
from modpack.training import Evaluation, Model, Noisy, Protocol, Recipe


def seeded() -> Generator:
    return Generator().manual_seed(0)


TASKS = ("fdgo", "fdanti")
CODE = context.one_hot(TASKS)
NETWORK = initial(form("bias", CODE.d), CODE, COMPACT, 6, seeded())
DYNAMICS = NETWORK.under("fdgo")
TRIALS = generate(TASKS, 3, COMPACT, seeded())
ONE_TASK = TRIALS.of("fdgo")
STATES = NETWORK.run(TRIALS)
OUTPUTS = NETWORK.readout(STATES)
BROKEN = NETWORK.with_values({"W": math.nan * NETWORK.tensors["W"]})
A, B = CODE.vectors


class Call(NamedTuple):
    """A function, and arguments that are right."""

    function: Callable[..., Any]
    arguments: Mapping[str, Any]


def changed(record: Any) -> Callable[..., Any]:
    """Return what makes a frozen record with other values."""
    return lambda **values: replace(record, **values)


def call(function: Callable[..., Any], **arguments: Any) -> Call:
    return Call(function, arguments)


CALLS = (
    call(context.one_hot, tasks=TASKS),
    call(context.orthogonal, tasks=TASKS, generator=seeded()),
    call(context.correlated, tasks=TASKS, rho=0.3, generator=seeded()),
    call(context.compressed, tasks=("a", "b", "c"), d=2, generator=seeded()),
    call(context.mix, a=A, b=B, lam=0.3),
    call(context.mix_preserving_norm, a=A, b=B, lam=0.3),
    call(context.fade, c=A, s=0.5),
    call(context.noise, c=A, sigma=0.5, generator=seeded()),
    call(context.noise_in_line, c=A, a=A, b=B, sigma=0.5, generator=seeded()),
    call(context.in_line, z=A, a=A, b=B),
    call(context.drop, c=A + B, p=0.5, generator=seeded()),
    call(form, name="bias", d=2),
    call(forms_of, pathway="synaptic", d=2),
    call(initial, modulation=form("bias", 2), code=CODE, preset=COMPACT, n_neurons=4, generator=seeded()),
    call(NETWORK.under, contexts=A),
    call(NETWORK.under, contexts=TASKS),
    call(NETWORK.run, trials=TRIALS, contexts=CODE.vectors, generator=seeded()),
    call(NETWORK.outputs, trials=TRIALS, contexts=list(TASKS)),
    call(ensemble([NETWORK, NETWORK]).member, index=1),
    call(partial(evaluate, n_trials=2), network=NETWORK, generator=seeded(), batch=2, tasks=TASKS),
    call(changed(DYNAMICS), dt=20.0, tau=100.0, sigma_rec=0.1, activation="tanh", noise_enters="after"),
    call(partial(DYNAMICS.hold, torch.zeros(33)), steps=2),
    call(DYNAMICS.silenced, neurons=[0, 2]),
    call(DYNAMICS.noise, shape=(2, 1, 3, 6), generator=seeded()),
    call(generate, tasks=TASKS, n_trials=2, preset=COMPACT, generator=seeded()),
    call(grid, task="fdgo", preset=COMPACT),
    call(get, name="fdgo"),
    call(mapping, permutation=(1, 0, 2)),
    call(order, m=3, length=2, generator=seeded()),
    call(floor, mappings=("map2-01", "map2-10")),
    call(Criterion, tolerance=0.5, fixation_threshold=0.5),
    call(changed(COMPACT), dt=20.0, tau=100.0, n_ring=16, readout="ring", sigma_rec=0.1, length=2000.0),
    call(
        changed(COMPACT), coherences=(0.1,), response_weight=2.0, fixation_weight=1.0, timing=COMPACT.timing
    ),
    call(Uniform, low=1.0, high=2.0),
    call(Choice, values=(100.0, 200.0)),
    call(Fixed, value=100.0),
    call(TrialSettings(60.0, 200.0, 0.2, 400.0).trial, task="dm1", preset=COMPACT),
    call(final, outputs=OUTPUTS, trials=TRIALS),
    call(correct, outputs=OUTPUTS, trials=TRIALS, criterion=Criterion(0.5)),
    call(performance, outputs=OUTPUTS, trials=TRIALS),
    call(Model, form="bias", n_neurons=8, activation="tanh", preset="compact", seed=1, code_seed=2),
    call(Protocol, tasks=TASKS, trials_per_task=4, data_seed=1),
    call(Recipe, steps=60, muon_rate=0.1, adam_rate=0.1, synaptic_rate=0.1, synaptic_scale=1.0, warmup=0.1),
    call(Recipe, clip=1.0, activity_penalty=0.0, trained=("recurrence",)),
    call(Evaluation, every=50, trials=5, stop_at=0.9),
    call(Noisy, sigma=0.5, contexts_per_task=2, direction="in-line"),
    call(lesions.damaged, network=NETWORK, trials=TRIALS, silenced=[1], sigma_rec=0.0),
    call(lesions.lesion_curve, network=NETWORK, trials=TRIALS, order=[2, 1, 0], counts=[0, 2]),
    call(lesions.activity, network=NETWORK, trials=TRIALS),
    call(bounds.likelihood_of_noise, contexts=A, code=CODE, sigma=0.5),
    call(bounds.posterior, log_likelihood=torch.zeros(3, 2)),
    call(bounds.discriminability, bound=0.8),
    call(choices.choice_curve, network=NETWORK, trials=ONE_TASK, tasks=TASKS, contexts=CODE.vectors),
    call(choices.executed, network=NETWORK, trials=ONE_TASK, context="fdgo", rules=TASKS),
    call(SearchOptions, tolerance=1e-10, newton_iterations=5, unique=1e-3, escape=10.0, rounds=1, scale=1.0),
    call(ContinuationOptions, step=0.05, max_step=0.1, max_steps=5, max_turn=0.3, tolerance=1e-9, escape=9.0),
    call(starts_from, states=STATES, n=3, noise=0.1, generator=seeded()),
    call(radius_90, states=STATES.flatten(0, -2)),
    call(networks.load, form_name="bias", seed=0),
)
"""Fast ones, of every room."""

FINDING = call(find, dynamics=DYNAMICS, u=torch.zeros(33), starts=torch.zeros(2, 6))
"""What is not finite is an outcome here, not an error."""

NUMBERS = (math.nan, math.inf, -math.inf, -1, -0.5, 0, 0.5, 1.5, 1e30, 10**30, -(10**400), True, "3", None)
NAMES = (
    "",
    "fdg0",
    "gian",
    "fdgo",
    "x" * 5000,
    "\0",
    "map9-0",
    "delaymap3-012x",
    3,
    None,
    "bias+bias",
    "bias+",
)
SEQUENCES = (
    (),
    [],
    "fdgo",
    ("fdgo", "fdgo"),
    ("fdgo", "unknown"),
    (0, 99),
    (0, 6),  # as many as there are neurons
    (-1,),
    (1.5,),
    (math.nan,),
    (True,),
)


def mistakes(value: Any) -> tuple[Any, ...]:
    """Return what may stand in the place of an argument by mistake."""
    if isinstance(value, Tensor):
        return _tensors(value)
    if isinstance(value, Generator):
        return (None, 0)
    if isinstance(value, ModulatedNetwork):
        return (BROKEN, ensemble([NETWORK, NETWORK]))
    if isinstance(value, tuple | list):
        return SEQUENCES
    if isinstance(value, str):
        return NAMES
    if isinstance(value, int | float):
        return NUMBERS
    if isinstance(value, Preset):
        return (replace(COMPACT, n_ring=8), replace(COMPACT, dt=100.0), replace(COMPACT, readout="ring"))
    return ()


def _tensors(value: Tensor) -> tuple[Any, ...]:
    n = value.shape[-1]
    return (
        value * math.nan,
        value * math.inf,
        value.double(),
        value.half(),
        (value > 0).long(),
        value > 0,
        value.to(torch.complex64),
        value[..., : n - 1],
        value[..., :0],
        value[:0],
        value[None],
        value.flatten()[0],
        torch.zeros(0),
    )


def is_finite(answer: Any) -> bool:
    """Return whether all numbers in an answer are."""
    if isinstance(answer, Tensor):
        return bool(answer.isfinite().all())
    if isinstance(answer, float):
        return math.isfinite(answer)
    if isinstance(answer, Dynamics):
        return all(is_finite(x) for x in vars(answer).values())
    if isinstance(answer, dict):
        return all(map(is_finite, answer.values()))
    return all(map(is_finite, answer)) if isinstance(answer, tuple | list) else True
