"""Small float64 networks, trials and reference computations shared by the tests of the core."""

import re
from dataclasses import dataclass, fields, replace
from itertools import combinations_with_replacement

import torch
from torch import Generator, Tensor

from modpack._tensors import BASE
from modpack.context import one_hot
from modpack.dynamics import Dynamics
from modpack.modulation import FORMS, form, names
from modpack.network import ModulatedNetwork, initial
from modpack.tasks import COMPACT, TASKS

ATOMS = ("bias", "gain", "row", "release")
PAIRS = tuple(f"{a}+{b}" for a, b in combinations_with_replacement(ATOMS, 2))
MIXED = ("gain+scaling", "gate+full", "excitability+components", "row+components", "release+release+gain")
ALL_FORMS = (*FORMS, *MIXED)
D = 3  # contexts of the small networks

OF_READOUT = ("W_out", "b_out", "D_out", "E_out")
"""Names of the tensors that states do not depend on."""

NEURON_AXES = {
    **{"W": (-2, -1), "W_in": (-2,), "b": (-1,), "W_out": (-1,), "b_out": ()},
    **{"B": (-2,), "G": (-2,), "mask": (-1,), "m": (-1,), "n": (-1,), "P": ()},
    **{"U": (-2,), "V": (-2,), "K": (), "s0": (), "D": (-2, -1)},
    **{"R": (-2,), "S": (-2,), "n_in": (), "D_out": (-1,), "E_out": ()},
}
"""Axes of every tensor that run over neurons."""


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0, scale: float = 1.0) -> Tensor:
    return scale * torch.randn(*shape, generator=seeded(seed), dtype=torch.float64)


def small_network(
    form_name: str, n: int = 4, seed: int = 0, activation: str = "softplus", channels: int = 2, d: int = D
) -> ModulatedNetwork:
    """A float64 network whose trained tensors are all generic: none is zero or the identity."""
    network = initial(form(form_name, d), one_hot(tuple(TASKS)[:d]), COMPACT, n, seeded(seed), activation).to(
        torch.float64
    )
    tensors = dict(network.tensors)
    tensors["W_in"], tensors["W_out"] = normal(n, channels, seed=seed + 1), normal(2, n, seed=seed + 2)
    tensors["b_out"] = normal(2, seed=seed + 3)
    small = network.modulation.sized(channels, 2)
    if small != network.modulation:  # forms that know the numbers of channels or outputs
        tensors |= {k: x.double() for k, x in small.initial(n, seeded(seed + 4)).items()}
    for k, name in enumerate(network.trained):
        if name not in ("W_in", "W_out", "b_out"):
            tensors[name] = tensors[name] + normal(*tensors[name].shape, seed=seed + 10 + k, scale=0.3)
    return replace(network, modulation=small, tensors=tensors)


def diverging(network: ModulatedNetwork) -> ModulatedNetwork:
    """The network with finite weights so strong that its states soon are not."""
    return replace(
        network, tensors=network.tensors | {"W": 1e12 * torch.eye(network.n_neurons).to(network.tensors["W"])}
    )


def dense_contexts(n_contexts: int = 2, d: int = D, seed: int = 5) -> Tensor:
    """Contexts with small positive entries: off the kinks of the gate's clamp."""
    return 0.05 + 0.25 * torch.rand(n_contexts, d, generator=seeded(seed), dtype=torch.float64)


@dataclass(frozen=True)
class Input:
    """Piecewise constant input with a timing of its own for every trial, noise, and a start."""

    patterns: Tensor
    epoch_index: Tensor
    noise: Tensor
    state: Tensor

    @property
    def arguments(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return self.patterns, self.epoch_index, self.noise, self.state


def small_input(
    n: int = 4,
    n_contexts: int = 2,
    n_trials: int = 2,
    n_steps: int = 5,
    channels: int = 2,
    networks: tuple[int, ...] = (),
    seed: int = 0,
    n_epochs: int = 3,
) -> Input:
    raw = torch.randint(n_epochs, (n_steps, n_contexts, n_trials), generator=seeded(seed))
    return Input(
        patterns=normal(n_epochs, n_contexts, n_trials, channels, seed=seed + 1),
        epoch_index=raw.sort(dim=0).values,
        noise=normal(n_steps, *networks, n_contexts, n_trials, n, seed=seed + 2, scale=0.3),
        state=normal(*networks, n_contexts, n_trials, n, seed=seed + 3),
    )


def dense(given: Input) -> Tensor:
    """Input of every step, shape (time, context, trial, channel)."""
    context = torch.arange(given.patterns.shape[1])[:, None]
    trial = torch.arange(given.patterns.shape[2])
    return given.patterns[given.epoch_index, context, trial]


def eager_states(dynamics: Dynamics, given: Input) -> Tensor:
    """The recurrence written out, one step after the other, by automatic differentiation only."""
    r, states = given.state, []
    gate = 1.0 if dynamics.gate is None else dynamics.gate.unsqueeze(-2)
    for u, xi in zip(dense(given), given.noise, strict=True):
        rate = gate * dynamics.phi.value(dynamics.total_input(r, u) + xi)
        r = (1 - dynamics.alpha) * r + dynamics.alpha * rate
        states.append(r)
    return torch.stack(states)


def leaves_of(network: ModulatedNetwork) -> dict[str, Tensor]:
    """The trained tensors as leaves that ask for gradients."""
    return {name: network.tensors[name].clone().requires_grad_() for name in network.trained}


def with_tensors(network: ModulatedNetwork, **tensors: Tensor) -> ModulatedNetwork:
    return replace(network, tensors=network.tensors | tensors)


def as_form(network: ModulatedNetwork, name: str, **tensors: Tensor) -> ModulatedNetwork:
    """The network with another form, which has those of its tensors that it knows, and others."""
    modulation = form(name, network.code.d)
    known = (*BASE[bool(modulation.recurrence) :], *names(modulation))
    own = {k: x for k, x in (network.tensors | tensors).items() if k in known}
    return replace(network, modulation=modulation, tensors=own)


def relabelled(network: ModulatedNetwork, order: Tensor) -> ModulatedNetwork:
    """The same network with its neurons in another order."""
    tensors = dict(network.tensors)
    for name in tensors:
        for axis in NEURON_AXES[re.sub(r"_\d+$", "", name)]:
            tensors[name] = tensors[name].index_select(axis, order)
    return replace(network, tensors=tensors)


def states_of(dynamics: Dynamics, seed: int = 0, n_contexts: int = 2) -> Tensor:
    given = small_input(dynamics.b.shape[-1], n_contexts=n_contexts, seed=seed)
    return dynamics.simulate(*given.arguments)


def assert_same_dynamics(one: Dynamics, other: Dynamics) -> None:
    """Every field equal, where a gate of None is one of 1 and a context axis of length 1 stands for all."""
    for field in fields(Dynamics):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name == "gate":
            a, b = (torch.ones_like(one.b) if gate is None else gate for gate in (a, b))
        if isinstance(a, Tensor):
            torch.testing.assert_close(*torch.broadcast_tensors(a, b), atol=1e-12, rtol=1e-12)
        else:
            assert a == b, field.name
