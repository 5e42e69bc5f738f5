"""Landscapes of networks that nobody has looked at, as a page makes them of what it has trained."""

import torch
from torch import Tensor

from modpack.fixedpoints import follow, mix_path, starts_from
from modpack.live.engine.network import LiveNetworks
from modpack.live.state_space.branches import SampledBranch
from modpack.live.state_space.figure import DURATION, NEAR, STILL
from modpack.live.state_space.landscape import Landscape
from modpack.measures.basis import Basis
from modpack.network import ModulatedNetwork
from modpack.tasks import EPOCHS, Trials, TrialSettings

DIRECTIONS = range(0, 360, 45)
"""Directions of the stimulus in the trials that show where states are (degrees)."""

N_STARTS, SPREAD = 64, 0.5
"""Where searches begin: states of these trials and others around them, see `starts_from`."""

N_SHOWN = 12
"""Starts of faint trajectories."""

UNEXPLORED = {
    "description": {
        "seed": 0,
        "shown": TrialSettings()._asdict(),
        "duration": DURATION,
        "still": STILL,
        "near": NEAR,
    },
    "epoch": "response",
    "basis": "outputs",
}
"""Traits of a `StateSpace` whose landscape the page makes, as `explored` does."""


def explored(networks: LiveNetworks, tasks: tuple[str, str]) -> Landscape:
    """Return the landscape of the first network of every form, with the axes that a page chooses.

    The view shows what the outputs read, and is as wide as the states in trials of both tasks and of eight
    directions. Fixed points are looked for and followed in every epoch of the trial of task a.

    Parameters
    ----------
    networks : LiveNetworks
        With the vector readout.
    tasks : pair of str
        The tasks a and b.

    Raises
    ------
    ValueError
        As `Landscape.check` does, for tasks and networks that make none.
    """
    shown = TrialSettings()
    trial = shown.trial(tasks[0], networks.preset)
    epochs = _lasting(trial)
    bases: dict[str, dict[str, Basis]] = {}
    branches: dict[str, dict[str, tuple[SampledBranch, ...]]] = {}
    starts = {}
    for form, (network, *_) in networks.networks.items():
        visited = _visited(network, tasks, shown)
        starts[form] = visited[torch.linspace(0, len(visited) - 1, N_SHOWN).long()]
        bases[form] = {"outputs": Basis.of_outputs(network, visited)}
        begun = starts_from(visited, N_STARTS, SPREAD, torch.Generator().manual_seed(0))
        branches[form] = {
            epoch: _branches(network, tasks, trial.input_in(epoch)[0, 0], begun) for epoch in epochs
        }
    return Landscape(tasks, bases, branches, starts, source=f"explored(live, {tasks})")


def _lasting(trial: Trials) -> list[str]:
    """Return the epochs in which a trial spends time; the settling and the grace have the input of others."""
    lengths = trial.onsets.flatten().diff().tolist()
    known = zip(EPOCHS, lengths, strict=False)
    return [epoch for epoch, steps in known if steps > 0 and epoch not in ("settle", "grace")]


def _visited(network: ModulatedNetwork, tasks: tuple[str, str], shown: TrialSettings) -> Tensor:
    """Return the states in trials of both tasks, shape (state, neuron)."""
    found = []
    for task in tasks:
        for angle in DIRECTIONS:
            settings = shown._replace(angle=float(angle), angle2=(angle + 180.0) % 360)
            trial = settings.trial(task, network.preset)
            found.append(network.under([task]).simulate(trial.patterns, trial.epoch_index)[:, 0, 0])
    return torch.cat(found)


def _branches(
    network: ModulatedNetwork, tasks: tuple[str, str], u: Tensor, starts: Tensor
) -> tuple[SampledBranch, ...]:
    """Return the branches under a constant input; those of a single state lead nowhere and are left out."""
    diagram = follow(mix_path(network, *tasks, u), starts)
    return tuple(SampledBranch.of(branch) for branch in diagram.branches if len(branch) > 1)
