"""What a chapter found out about the state space of some networks, for the live figure `StateSpace`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from modpack._checks import choose, require
from modpack.context import mix
from modpack.fixedpoints import Diagram
from modpack.live.base.networks import require_known_forms, require_vector_readout
from modpack.live.engine.data import Packer
from modpack.live.engine.network import LiveNetworks
from modpack.live.state_space.branches import SampledBranch
from modpack.measures.basis import Basis, page_precision
from modpack.measures.choices import opposed
from modpack.tasks import EPOCHS, Trials, TrialSettings, get

AT_REST = 1e-3
"""Largest component of abs(F) at a stored fixed point, which is rounded to single precision."""


@dataclass(frozen=True, eq=False)
class Landscape:
    """Fixed points of networks on the way from one task's context to another's, and ways to look at them.

    Make one with `Landscape.of`. It belongs to one network of every form, one trial and the constant inputs
    of some of its epochs; the way is the mix (1 - mix) c_a + mix c_b of :func:`modpack.context.mix`.

    Parameters
    ----------
    tasks : pair of str
        The tasks a and b.
    bases : mapping of str to mapping of str to Basis
        By form and key; every form has the same keys, words as links can hold them.
    branches : mapping of str to mapping of str to tuple of SampledBranch
        By form and epoch; every form has the same epochs.
    starts : mapping of str to Tensor, shape (start, neuron)
        By form: states from which faint trajectories begin.
    slow : mapping of str to mapping of str to mapping of float to Tensor, shape (point, neuron), optional
        By form, epoch and mix: slow points, at every mix at which any were looked for.
    choices : mapping of str to tuple of Tensor, shapes (mix,) and (mix, choice), optional
        By form: mixes, and the fraction of every choice in `CHOICES` there.
    seed : int
        Which network of every form.
    shown : TrialSettings
        The trial.
    source : str
        Python expression that makes it, for the line of Python under the figure.

    Raises
    ------
    ValueError
        If the parts do not fit each other.
    """

    tasks: tuple[str, str]
    bases: Mapping[str, Mapping[str, Basis]]
    branches: Mapping[str, Mapping[str, tuple[SampledBranch, ...]]]
    starts: Mapping[str, Tensor]
    slow: Mapping[str, Mapping[str, Mapping[float, Tensor]]] = field(default_factory=dict)
    choices: Mapping[str, tuple[Tensor, Tensor]] = field(default_factory=dict)
    seed: int = 0
    shown: TrialSettings = field(default_factory=TrialSettings)
    source: str = "landscape"

    def __post_init__(self) -> None:
        require(len(self.branches) > 0, "branches", self.branches, "of one form or more")
        for name in ("bases", "starts"):
            have = list(getattr(self, name))
            require(have == self.forms, name, have, f"of the forms of the branches, {self.forms}")
        for form in self.forms:
            epochs, keys = list(self.branches[form]), list(self.bases[form])
            for name, have, first in (("branches", epochs, self.epochs), ("bases", keys, self.keys)):
                require(have == first and len(have) > 0, f"{name}[{form!r}]", have, "alike in all forms")
        for epoch in self.epochs:
            choose("epoch", epoch, EPOCHS)
        for key in self.keys:
            require(re.fullmatch(r"\w+", key, re.ASCII) is not None, "key", key, "a word")
        starts = {form: page_precision(states) for form, states in self.starts.items()}
        object.__setattr__(self, "starts", starts)

    @classmethod
    def of(
        cls,
        networks: LiveNetworks,
        tasks: tuple[str, str],
        diagrams: Mapping[str, Mapping[str, Diagram]],
        *,
        bases: Mapping[str, Mapping[str, Basis]] | None = None,
        n_points: int = 24,
        n_starts: int = 12,
        **rest: Any,
    ) -> "Landscape":
        """Return the landscape of diagrams that were followed from one task's context to another's.

        Parameters
        ----------
        networks : LiveNetworks
        tasks : pair of str
            The tasks a (lam = 0) and b (lam = 1).
        diagrams : mapping of str to mapping of str to Diagram
            By form and epoch: ``follow(mix_path(network, a, b, u), ...)``.
        bases
            As in `Landscape`; by default the principal components of the states that the network visits in
            both tasks ("components"), and the directions that its outputs read ("outputs").
        n_points : int
            Points per branch that travel to the page, besides its events.
        n_starts : int
            Starts of faint trajectories, states visited in both tasks.
        rest
            `slow`, `choices`, `seed`, `shown` and `source`, as in `Landscape`.
        """
        seed = rest.get("seed", 0)
        visited = {form: _visited(networks, form, seed, tasks) for form in diagrams}
        branches = {
            form: {epoch: _sampled(diagram, n_points) for epoch, diagram in by_epoch.items()}
            for form, by_epoch in diagrams.items()
        }
        if bases is None:
            bases = {
                form: _standard_bases(networks, form, seed, visited[form], by_epoch)
                for form, by_epoch in branches.items()
            }
        starts = {form: _spread(states, n_starts) for form, states in visited.items()}
        return cls(tasks, bases, branches, starts, **rest)

    @property
    def forms(self) -> list[str]:
        """The forms of modulation, in the order of the figure."""
        return list(self.branches)

    @property
    def epochs(self) -> list[str]:
        """The epochs whose constant input was studied."""
        return list(self.branches[self.forms[0]])

    @property
    def keys(self) -> list[str]:
        """The keys of the bases."""
        return list(self.bases[self.forms[0]])

    def reach(self, form: str) -> float:
        """Return half the width of the widest view of a form: the unit of distance between its states."""
        return max(basis.extent for basis in self.bases[form].values())

    def check(self, networks: LiveNetworks) -> None:
        """Raise a ValueError unless the landscape is one of these networks, which rest at its states."""
        require_vector_readout(networks)
        require_known_forms(networks)
        for form in self.forms:
            choose("form", form, networks.networks)
        require(self.seed < networks.n_seeds, "seed", self.seed, f"in 0 ... {networks.n_seeds - 1}")
        a, b = (choose("task", name, networks.opponents) for name in self.tasks)
        trial = self.shown.trial(a, networks.preset)
        apart = bool(opposed(trial.answer, get(b).answer(trial.conditions)))
        require(apart, "tasks", self.tasks, "two tasks with different answers to the trial")
        n = networks.networks[self.forms[0]][0].n_neurons
        for form in self.forms:
            size = self.starts[form].shape[-1]
            require(size == n, f"starts[{form!r}]", tuple(self.starts[form].shape), f"of {n} neurons")
            _check_branches(networks, self, form, trial)

    def describe(self, packer: Packer) -> dict[str, Any]:
        """Return what the page needs to know, its numbers in `packer`."""
        return {
            "tasks": list(self.tasks),
            "seed": self.seed,
            "shown": self.shown._asdict(),
            "forms": self.forms,
            "epochs": self.epochs,
            "keys": self.keys,
            "starts": packer.add(self.starts),
            "bases": {
                form: {key: _describe_basis(basis, packer) for key, basis in bases.items()}
                for form, bases in self.bases.items()
            },
            "branches": {
                form: {epoch: [_describe_branch(x, packer) for x in some] for epoch, some in by_epoch.items()}
                for form, by_epoch in self.branches.items()
            },
            "slow": {
                form: {epoch: _describe_slow(found, packer) for epoch, found in by_epoch.items()}
                for form, by_epoch in self.slow.items()
            },
            "choices": {
                form: {"mix": mixes.tolist(), "fractions": fractions.tolist()}
                for form, (mixes, fractions) in self.choices.items()
            },
        }


def _check_branches(networks: LiveNetworks, landscape: Landscape, form: str, trial: Trials) -> None:
    """Raise a ValueError unless the network of a form rests at the stored states."""
    network = networks.networks[form][landscape.seed]
    a, b = (networks.code[name].double() for name in landscape.tasks)
    for epoch, branches in landscape.branches[form].items():
        if not branches:
            continue
        r, lam = torch.cat([x.states for x in branches]), torch.cat([x.mix for x in branches])
        dynamics, u = network.under(mix(a, b, lam)), trial.input_in(epoch)[0, 0]
        speed = dynamics.field(r[:, None], u.expand(len(r), 1, -1)).abs().max().item()
        argument, allowed = f"branches[{form!r}][{epoch!r}]", "fixed points of the network"
        require(speed < AT_REST, argument, f"states with abs(F) up to {speed:.2g}", allowed)


def _sampled(diagram: Diagram, n_points: int) -> tuple[SampledBranch, ...]:
    """Return the branches of a diagram; those of a single state lead nowhere and are left out."""
    return tuple(SampledBranch.of(branch, n_points) for branch in diagram.branches if len(branch) > 1)


def _visited(networks: LiveNetworks, form: str, seed: int, tasks: tuple[str, str]) -> Tensor:
    """Return the states of the random trials of both tasks, shape (time, task, trial, neuron)."""
    network = networks.networks[form][seed]
    return torch.cat([network.run(networks.trials.of(task)) for task in tasks], dim=1)


def _spread(visited: Tensor, n: int) -> Tensor:
    """Return n states of different trials, spread over time and in turn of every task."""
    steps, n_tasks, n_trials, _ = visited.shape
    times = torch.linspace(0, steps - 1, n).long()
    order = torch.arange(n)
    return visited[times, order % n_tasks, (order // n_tasks) % n_trials]


def _standard_bases(
    networks: LiveNetworks,
    form: str,
    seed: int,
    visited: Tensor,
    branches: Mapping[str, tuple[SampledBranch, ...]],
) -> dict[str, Basis]:
    points = [branch.states for by_epoch in branches.values() for branch in by_epoch]
    shown = torch.cat(points) if points else None
    return {
        "components": Basis.principal(visited, shown),
        "outputs": Basis.of_outputs(networks.networks[form][seed], visited, shown),
    }


def _describe_basis(basis: Basis, packer: Packer) -> dict[str, Any]:
    table = packer.add({"vectors": basis.vectors, "centre": basis.centre})
    return {"axes": list(basis.axes), "extent": basis.extent, "label": basis.label, "table": table}


def _describe_branch(branch: SampledBranch, packer: Packer) -> dict[str, Any]:
    return {
        "table": packer.add({"mix": branch.mix, "states": branch.states}),
        "n_unstable": branch.n_unstable.tolist(),
        "events": [event._asdict() for event in branch.events],
    }


def _describe_slow(found: Mapping[float, Tensor], packer: Packer) -> list[dict[str, Any]]:
    return [{"mix": lam, "table": packer.add({"states": states})} for lam, states in found.items()]
