r"""What a context changes of the dynamics at one and the same state.

The recurrent part of the Jacobian, :math:`J + I = \mathrm{diag}(h \odot \phi'(a) \odot g)\, W`, has rows that
are multiples of those of W. Thresholds, slopes and gates change their lengths alone, and so does a factor for
every row of W; a mask turns them. Eigenvalues tell how fast the slowest modes are, and the vector field how
much of its change is the same at every state, which is a translation.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from modpack._checks import require, require_finite
from modpack.dynamics import Dynamics
from modpack.measures.matching import spectral_distance
from modpack.measures.pairs import probe_trials
from modpack.measures.visited import Visited
from modpack.network import ModulatedNetwork

MODES = 3
"""Modes that are slow enough to matter within a trial; most of the others are all but the leak's."""


@dataclass(frozen=True)
class SameState:
    """How two contexts differ at the same states: means over visited states (and neurons).

    Parameters
    ----------
    row_angle : float
        Angle (rad) between the rows of J + I, see `row_angles`.
    slow_change : float
        Distance of the slowest modes, per time constant, see `slow_distance`.
    constant_share : float
        Share of the change of F that is the same at all states, see `constant_share`; nan where nothing
        changes.
    """

    row_angle: float
    slow_change: float
    constant_share: float


@torch.no_grad()
def at_same_states(
    network: ModulatedNetwork, a: str, b: str, n_trials: int = 40, n_states: int = 100, draw: int = 0
) -> SameState:
    """Compare a network between the contexts of two tasks, at the states that it visits under either.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network; measured in float64 and free of noise.
    a, b : str
        Names of tasks with the same stimuli.
    n_trials : int
        Trials of the test grid of a to which b has another answer; run under both contexts.
    n_states : int
        States, evenly from all that are visited, of which Jacobians are compared.
    draw : int
        Decides which trials.

    Raises
    ------
    ValueError
        If the network is an ensemble or diverges, or the tasks never disagree.
    """
    require(n_states >= 1, "n_states", n_states, "at least 1")
    network.require_single()
    network = network.to(torch.float64)
    trials = probe_trials(a, b, network.preset, n_trials, draw)
    visited = Visited.of(network, trials, [a, b])
    counts = visited.counts.expand(visited.states.shape[:-1])
    states = visited.states[counts]
    inputs = visited.inputs.expand(*counts.shape, -1)[counts]
    some = torch.linspace(0, len(states) - 1, min(n_states, len(states))).long()
    dynamics = network.under(a), network.under(b)
    of_a, of_b = (x.jacobian(states[some][None], inputs[some][None])[0] for x in dynamics)
    angles = row_angles(of_a, of_b)
    return SameState(
        row_angle=angles[angles.isfinite()].mean().item(),
        slow_change=slow_distance(of_a, of_b).mean().item(),
        constant_share=constant_share(*dynamics, states, inputs),
    )


def row_angles(a: Tensor, b: Tensor) -> Tensor:
    """Return the angles between the rows of J + I of two Jacobians.

    Parameters
    ----------
    a, b : Tensor, shape (..., neuron, neuron)
        dF/dr at the same states under two contexts.

    Returns
    -------
    Tensor, shape (..., neuron)
        In rad, from 0 to pi; nan for a neuron that nothing moves under one of them.
    """
    identity = torch.eye(a.shape[-1], dtype=a.dtype)
    one, other = (torch.nn.functional.normalize(x + identity, dim=-1) for x in (a, b))
    moved = (one.norm(dim=-1) > 0) & (other.norm(dim=-1) > 0)
    # atan2 of half the difference and half the sum keeps small angles, which acos would round away
    angle = 2 * torch.atan2((one - other).norm(dim=-1), (one + other).norm(dim=-1))
    return torch.where(moved, angle, math.nan)


def slow_distance(a: Tensor, b: Tensor, n_modes: int = MODES) -> Tensor:
    """Return how far the slowest modes of two Jacobians are apart.

    Parameters
    ----------
    a, b : Tensor, shape (..., neuron, neuron)
        dF/dr at the same states under two contexts.
    n_modes : int
        How many modes, the slowest to decay first; a pair of complex ones is one.

    Returns
    -------
    Tensor, shape (...)
        The spectral distance of these modes, per time constant, see
        :func:`modpack.measures.matching.spectral_distance`.

    Raises
    ------
    ValueError
        If the Jacobians have fewer modes, or are not finite.
    """
    require_finite("a, b", torch.stack([a, b]))
    return spectral_distance(_slowest(a, n_modes), _slowest(b, n_modes))


def constant_share(a: Dynamics, b: Dynamics, states: Tensor, inputs: Tensor) -> float:
    r"""Return the share of the change of the vector field that is the same at all states.

    .. math:: |\langle \Delta F \rangle|^2 / \langle |\Delta F|^2 \rangle

    with means over states. It is 1 where a context translates F and 0 where the change averages to nothing.

    Parameters
    ----------
    a, b : Dynamics
        The same network under two contexts.
    states, inputs : Tensor, shape (state, neuron) and (state, channel)

    Returns
    -------
    float
        In [0, 1]; nan where nothing changes.
    """
    change = b.field(states[None], inputs[None])[0] - a.field(states[None], inputs[None])[0]
    return (change.mean(0).square().sum() / change.square().sum(-1).mean()).item()


def _slowest(jacobian: Tensor, n: int) -> Tensor:
    """Return the eigenvalues of largest real part, of every complex pair one, shape (..., mode)."""
    values = torch.linalg.eigvals(jacobian)
    fewest = int((values.imag >= 0).sum(-1).min())
    require(1 <= n <= fewest, "n_modes", n, f"in 1 ... {fewest}, the number of modes")
    order = values.real.masked_fill(values.imag < 0, -math.inf).argsort(dim=-1, descending=True)
    return values.gather(-1, order[..., :n])
