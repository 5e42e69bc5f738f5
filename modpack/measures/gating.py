r"""How a network lets one ring of evidence through and not the other: by its inputs or by its selection.

What a small change of the evidence in ring m does to the answer is, exactly to first order,

.. math:: S_m(c) = \sum_t \lambda_t(c)^\top B_{m,t}(c), \qquad
    B_{m,t}(c) = \alpha\, h \odot \phi'(a_t) \odot g \odot W_\mathrm{in} d_{m,t},

along the trajectory under context c. The input vector B is what the evidence does to the state in one step
(d: change of the input channels per unit of evidence); the selection vector :math:`\lambda`, the adjoint of
the scan, is what a change of the state after that step does to the answer. Between two contexts

.. math:: \Delta S_m = \sum_t \bar\lambda_t^\top \Delta B_{m,t} + \sum_t \Delta\lambda_t^\top \bar B_{m,t},

the modulation of the input vector and that of the selection vector (Mante et al. 2013,
doi:10.1038/nature12742; Pagan et al. 2025, doi:10.1038/s41586-024-08433-6, around a fixed point; here along
whole trials). Slopes, gates and modulated input weights are in B. So is :math:`\phi'` on each context's own
trajectory, because to first order that is what the evidence meets; how much of :math:`\Delta B` is there at
one and the same state is told apart.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from modpack._checks import require, require_finite
from modpack.dynamics import Dynamics
from modpack.measures.pairs import probe_trials
from modpack.network import ModulatedNetwork
from modpack.tasks import Trials
from modpack.tasks.readout import READOUTS, bump


@dataclass(frozen=True, eq=False)
class Vectors:
    """Selection and input vectors of a network on the same trials under several contexts.

    Parameters
    ----------
    selection : Tensor, shape (time, context, trial, neuron)
        Change of the answer per change of the state after each step; zero after the response.
    inputs : Tensor, shape (time, ring, context, trial, neuron)
        Change of that state by the step itself, per unit of evidence in each ring.
    inputs_at : Tensor, shape (time, ring, context, trajectory, trial, neuron)
        The same as it would be under each context at the states of each context's trajectory.
    """

    selection: Tensor
    inputs: Tensor
    inputs_at: Tensor

    @property
    def contributions(self) -> Tensor:
        """What the evidence of each step does to the answer, shape (time, ring, context, trial)."""
        return (self.selection.unsqueeze(1) * self.inputs).sum(-1)

    @property
    def sensitivity(self) -> Tensor:
        """S, change of the answer per unit of evidence, shape (ring, context, trial)."""
        return self.contributions.sum(0)


@dataclass(frozen=True, eq=False)
class Gating:
    """What the first of two contexts does to the sensitivity to each ring, compared with the second.

    Its two numbers are about S_1 - S_2, the preference for one ring over the other. What a context does to
    both rings alike, as when a choice that is made is hardly moved by more evidence, is no gating, and
    cancels. In a few trials next to a boundary S is a thousand times that of others; so every trial is
    measured in units of its own size, the sum of abs(S) over rings and contexts.

    Parameters
    ----------
    sensitivity : Tensor, shape (ring, context, trial)
        S, in units of the response (a trained one has length 1) per unit of evidence.
    by_input, by_selection : Tensor, shape (ring, trial)
        Modulation of the input vector and of the selection vector; they sum to the change of S.
    by_input_alone : Tensor, shape (ring, trial)
        The part of `by_input` that is there at the same state; the rest comes with the trajectories.
    """

    sensitivity: Tensor
    by_input: Tensor
    by_selection: Tensor
    by_input_alone: Tensor

    @property
    def change(self) -> Tensor:
        """Change of the sensitivity from the second context to the first, shape (ring, trial)."""
        return self.sensitivity[:, 0] - self.sensitivity[:, 1]

    @property
    def share(self) -> float:
        """Share of the input vector in the change of the preference, over all trials: the primary number.

        The shares of input and selection vector sum to 1, and one of them may be negative; nan where nothing
        changes.
        """
        return self._share(self.by_input)

    @property
    def share_alone(self) -> float:
        """Share of the input vector at the same state, as `share`."""
        return self._share(self.by_input_alone)

    @property
    def share_of_size(self) -> float:
        """Size of the input modulation as part of both sizes, over all trials, in [0, 1].

        Sizes are absolute values of what each does to the preference in a trial. Unlike `share`, modulations
        count that undo each other.
        """
        sizes = [self._preference(x).abs().sum() for x in (self.by_input, self.by_selection)]
        return (sizes[0] / sum(sizes)).item()

    def _share(self, part: Tensor) -> float:
        return (self._preference(part).sum() / self._preference(self.change).sum()).item()

    def _preference(self, of_rings: Tensor) -> Tensor:
        """Return what is more for ring 1 than for ring 2 in units of each trial; 0 where S is."""
        size = self.sensitivity.abs().sum((0, 1))
        return torch.where(size > 0, (of_rings[0] - of_rings[1]) / size, 0)


def gating(network: ModulatedNetwork, a: str, b: str, n_trials: int = 240, draw: int = 0) -> Gating:
    """Return how a network gates evidence between the contexts of two tasks that attend to different rings.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network; measured in float64 and free of noise.
    a, b : str
        Names of tasks with both stimuli in both rings, as ``"contextdm1"`` and ``"contextdm2"``.
    n_trials : int
        Trials of the test grid of a to which b has another answer; by default all that there are.
    draw : int
        Decides which, where these are fewer.

    Raises
    ------
    ValueError
        If the network is an ensemble or diverges, or the trials do not show both stimuli in both rings.
    """
    network.require_single()
    trials = probe_trials(a, b, network.preset, n_trials, draw)
    return gating_of(vectors(network.to(torch.float64).under([a, b]), trials))


def gating_of(vectors: Vectors) -> Gating:
    """Return the gating between two contexts whose selection and input vectors are known."""
    contexts = vectors.selection.shape[1]
    require(contexts == 2, "vectors", f"of {contexts} contexts", "of two contexts")
    selection, inputs, at = vectors.selection, vectors.inputs, vectors.inputs_at
    mean_selection, mean_inputs = selection.mean(1), inputs.mean(2)
    alone = (at[:, :, 0] - at[:, :, 1]).mean(2)
    return Gating(
        vectors.sensitivity,
        _along(mean_selection, inputs[:, :, 0] - inputs[:, :, 1]),
        _along(selection[:, 0] - selection[:, 1], mean_inputs),
        _along(mean_selection, alone),
    )


@torch.no_grad()
def vectors(dynamics: Dynamics, trials: Trials) -> Vectors:
    """Return selection and input vectors along the trajectories of some trials.

    The answer is the response at the end of each trial, projected on the way from the direction of stimulus 2
    to that of stimulus 1: evidence for stimulus 1 raises it under the context that attends to it.

    Parameters
    ----------
    dynamics : Dynamics
        Of one or more contexts; simulated from rest, free of noise.
    trials : Trials
        Of one task with both stimuli in both rings.

    Raises
    ------
    ValueError
        If the network diverges, or the trials do not show both stimuli in both rings.
    """
    pushed = _pushed(dynamics, evidence(trials))
    states = dynamics.simulate(trials.patterns, trials.epoch_index)
    require_finite("states", states)
    before = torch.cat([torch.zeros_like(states[:1]), states[:-1]])
    rates = _rates(dynamics, before, trials.dense_inputs())
    own = rates.diagonal(dim1=1, dim2=2).movedim(-1, 1)
    inputs_at = rates.unsqueeze(1) * pushed.unsqueeze(3)
    return Vectors(_selection(dynamics, trials, states, own), own.unsqueeze(1) * pushed, inputs_at)


def evidence(trials: Trials) -> Tensor:
    """Return the change of the input per unit of evidence for stimulus 1 in each ring.

    One unit makes stimulus 1 stronger by 1 and stimulus 2 weaker by 1.

    Parameters
    ----------
    trials : Trials
        Of one task with both stimuli in both rings.

    Returns
    -------
    Tensor, shape (time, ring, trial, channel)

    Raises
    ------
    ValueError
        If there are several tasks, or trials that do not show both stimuli in both rings.
    """
    require(len(trials.tasks) == 1, "trials", f"of {len(trials.tasks)} tasks", "of one task")
    shown = trials.conditions.strength > 0
    require(bool(shown.all()), "trials", trials.tasks[0].name, "those with both stimuli in both rings")
    n_ring = trials.preset.n_ring
    bumps = bump(trials.conditions.angle[0], n_ring)
    on = trials.tasks[0].stimulus_on.to(bumps)[:, :, None, None]
    along = on[:, 0] * bumps[:, 0] - on[:, 1] * bumps[:, 1]
    rings = []
    for ring in (0, 1):
        patterns = torch.zeros_like(trials.patterns)
        patterns[:, 0, :, 1 + ring * n_ring : 1 + (ring + 1) * n_ring] = along
        rings.append(replace(trials, patterns=patterns).dense_inputs().squeeze(1))
    return torch.stack(rings, dim=1)


def _rates(dynamics: Dynamics, r: Tensor, u: Tensor) -> Tensor:
    """Return alpha h phi'(a), shape (time, context, trajectory, trial, neuron).

    r has the shape (time, trajectory, trial, neuron), u (time, 1, trial, channel).
    """
    at_each = [x.unsqueeze(1).expand_as(r) for x in r.unbind(1)]
    rates = torch.stack([dynamics.phi.derivative(dynamics.total_input(x, u)) for x in at_each], dim=2)
    gate = 1 if dynamics.gate is None else dynamics.gate[:, None, None]
    return dynamics.alpha * gate * rates


def _pushed(dynamics: Dynamics, d: Tensor) -> Tensor:
    """Return g W_in d, shape (time, ring, context, trial, neuron), for d (time, ring, trial, channel)."""
    return replace(dynamics, b=torch.zeros_like(dynamics.b)).drive(d.unsqueeze(2))


def _selection(dynamics: Dynamics, trials: Trials, states: Tensor, rates: Tensor) -> Tensor:
    """Return the adjoint of the scan, shape (time, context, trial, neuron)."""
    last = (trials.end[0] - 1)[None, None, :, None].expand(1, *states.shape[1:])
    at_end = _readout_gradient(dynamics, states.gather(0, last)[0], trials)
    selection, adjoint = torch.zeros_like(states), torch.zeros_like(at_end)
    for t in reversed(range(len(states))):
        ends = (trials.end[0] - 1 == t)[:, None]
        adjoint = torch.where(ends, at_end, adjoint)
        selection[t] = adjoint
        adjoint = (1 - dynamics.alpha) * adjoint + (rates[t] * adjoint) @ dynamics.effective_W
    return selection


@torch.enable_grad()
def _readout_gradient(dynamics: Dynamics, r: Tensor, trials: Trials) -> Tensor:
    """Return the gradient of the answer in the state that is read, shape (context, trial, neuron)."""
    r = r.detach().requires_grad_()
    vector = READOUTS[trials.preset.readout].vector(dynamics.readout(r)[..., 1:])
    answer = (vector * _way(trials)).sum()
    return torch.autograd.grad(answer, r)[0]


def _way(trials: Trials) -> Tensor:
    """Return the unit vector from the direction of stimulus 2 to that of stimulus 1, shape (trial, 2)."""
    angle = trials.conditions.angle[0]
    directions = torch.stack([angle.cos(), angle.sin()], dim=-1)
    way = directions[:, 0] - directions[:, 1]
    return way / way.norm(dim=-1, keepdim=True)


def _along(selection: Tensor, inputs: Tensor) -> Tensor:
    """Return sum_t selection_t . inputs_t, shape (ring, trial)."""
    return torch.einsum("tkn,tmkn->mk", selection, inputs)
