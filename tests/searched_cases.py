"""Searches for fixed points whose answers are known better: networks, pairs of tasks, epochs and mixes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Generator, Tensor

from modpack.fixedpoints import Family, FixedPoints, starts_from
from modpack.fixedpoints.problem import Problem
from modpack.fixedpoints.straight import straight_path
from modpack.network import ModulatedNetwork
from modpack.stored import read
from modpack.tasks import COMPACT, TrialSettings, generate

NETWORKS = Path(__file__).parent / "fixtures" / "networks_of_the_table"
FORMS = ("excitability", "synaptic", "combined")
SEEDS = range(3)
EPOCHS = {
    ("fdgo", "fdanti"): ("fixation", "stimulus1", "response"),
    ("delaygo", "delayanti"): ("stimulus1", "delay1", "response"),
    ("contextdelaydm1", "contextdelaydm2"): ("stimulus1", "delay1", "stimulus2", "response"),
}
"""The epochs of each pair of tasks whose inputs differ."""

MIXES = (0.0, 0.75, 1.0)

UNION = Path(__file__).parent / "fixtures" / "fixed_points.safetensors"

NEAR = 1e-3
"""A root closer than this fraction of the cloud of states to a known one is that one."""


@dataclass(frozen=True)
class Case:
    """One network, between the contexts of two tasks, under the input of one epoch of an example trial."""

    form: str
    seed: int
    tasks: tuple[str, str]
    epoch: str
    mix: float

    @property
    def family(self) -> Family:
        """All mixes of the case."""
        u = TrialSettings().trial(self.tasks[0], COMPACT).input_in(self.epoch)[0, 0]
        return straight_path(load(self.form, self.seed), *self.tasks, u)

    def starts(self, n: int, generator: Generator) -> Tensor:
        """States of both tasks under their own contexts, with noise, shape (start, neuron)."""
        return starts_from(visited(self.form, self.seed, self.tasks), n, 0.5, generator)

    def __str__(self) -> str:
        return f"{self.form}-{self.seed}, {' to '.join(self.tasks)}, {self.epoch}, {self.mix:g}"


def survey() -> Iterator[Case]:
    """All cases of all networks."""
    for form in FORMS:
        for seed in SEEDS:
            for tasks, epochs in EPOCHS.items():
                for epoch in epochs:
                    for mix in MIXES:
                        yield Case(form, seed, tasks, epoch, mix)


@cache
def load(form: str, seed: int) -> ModulatedNetwork:
    """Return a network of the fixtures in float64."""
    return read(NETWORKS / f"{form}-{seed}.safetensors").network.to(torch.float64)


@cache
def visited(form: str, seed: int, tasks: tuple[str, str]) -> Tensor:
    """Return states of 40 trials of each task."""
    trials = generate(tasks, 40, COMPACT, Generator().manual_seed(0)).to(dtype=torch.float64)
    return load(form, seed).run(trials)


def growing(roots: Tensor, case: Case) -> Tensor:
    """Return the number of growing modes of each root."""
    problem = Problem.of(*case.family.compile(case.mix))
    return (torch.linalg.eigvals(problem.jacobian(roots)).real > 0).sum(-1)


def read_union() -> dict[Case, Tensor]:
    """Return the frozen lists of fixed points (root, neuron), made by `benchmarks/fixed_point_union.py`."""
    lists = load_file(UNION)
    return {case: lists[str(case)].double() for case in survey() if str(case) in lists}


def yields(found: FixedPoints, case: Case, known: Tensor) -> tuple[float, bool]:
    """Return the fraction of the known roots that were found, and whether all stable ones were."""
    if not len(known):
        return 1.0, True
    near = NEAR * found.scale
    missed = torch.cdist(known, found.roots.states).amin(-1) > near if len(found.roots) else known[:, 0] > -1
    return 1 - missed.double().mean().item(), not bool((missed & (growing(known, case) == 0)).any())
