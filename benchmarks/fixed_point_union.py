"""Frozen lists of fixed points that searches are judged by: far more starts than a search has, and scipy.

For each case of the survey (`tests/searched_cases.py`) 1,024 starts, half of which first run forward for 40 s
of network time, go one by one to ``scipy.optimize.root`` (hybr, with the Jacobian). Then the same from fewer
starts at 21 mixes of each pair of tasks, each mix beginning also from all that its neighbours have found, up
and down the path until nothing new appears. The package's own search has its say only where the indices of a
list do not add up to 1: what it finds from 256 starts is then tried as starts. Takes about half an hour.
"""

import sys
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from scipy.optimize import root
from torch import Generator

from modpack.dynamics import Dynamics
from modpack.fixedpoints import find

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from searched_cases import UNION, Case, survey

Array = NDArray[np.float64]

N_STARTS, N_BETWEEN = 1024, 48
STEPS = 1000
"""Time steps of 40 ms."""

TOLERANCE, SAME = 1e-11, 1e-6
"""Largest abs(F) at a root; roots closer than this with as many growing modes are one."""

GRID = tuple(k / 20 for k in range(21))


class Equations:
    """F(r) = 0 for a softplus network, in numpy, and the roots known so far."""

    def __init__(self, dynamics: Dynamics, u: torch.Tensor) -> None:
        assert dynamics.activation == "softplus"
        self.V = dynamics.effective_W[0].numpy()
        self.drive = dynamics.drive(u[None, None])[0, 0].numpy()
        self.alpha = dynamics.alpha
        self.roots: list[Array] = []
        self.growing: list[int] = []

    def field(self, r: Array) -> Array:
        """Return F."""
        return -r + np.logaddexp(0, r @ self.V.T + self.drive)

    def jacobian(self, r: Array) -> Array:
        """Return dF/dr."""
        return (1 / (1 + np.exp(-(self.V @ r + self.drive))))[:, None] * self.V - np.eye(len(r))

    def settled(self, r: Array) -> Array:
        """Return where states come to."""
        for _ in range(STEPS):
            r = r + self.alpha * self.field(r)
        return r

    def add(self, starts: Array) -> bool:
        """Search from each start; return whether anything new was found."""
        before = len(self.roots)
        for start in starts:
            r = root(self.field, start, jac=self.jacobian, method="hybr", tol=1e-12).x
            for _ in range(2):
                r = r - np.linalg.solve(self.jacobian(r), self.field(r))
            if np.abs(self.field(r)).max() < TOLERANCE:
                self._keep(r)
        return len(self.roots) > before

    def _keep(self, r: Array) -> None:
        if self.roots:
            near = np.linalg.norm(np.array(self.roots) - r, axis=1) < SAME
            growing = int((np.linalg.eigvals(self.jacobian(r)).real > 0).sum()) if near.any() else -1
            if any(self.growing[k] == growing for k in near.nonzero()[0]):
                return
        self.roots.append(r)
        self.growing.append(int((np.linalg.eigvals(self.jacobian(r)).real > 0).sum()))


def union(cases: list[Case]) -> dict[float, Array]:
    """Return the roots of the cases of one path, by mix."""
    family, generator = cases[0].family, Generator().manual_seed(12345)
    levels = {mix: Equations(*family.compile(mix)) for mix in GRID}
    for mix, equations in levels.items():
        surveyed = mix in {case.mix for case in cases}
        starts = cases[0].starts(N_STARTS if surveyed else N_BETWEEN, generator).numpy()
        half = len(starts) // 2
        equations.add(np.concatenate([starts[:half], equations.settled(starts[half:])]))
    ways = [*pairwise(GRID), *pairwise(reversed(GRID))]
    anew = True
    while anew:
        anew = sum(levels[to].add(np.array(levels[at].roots)) for at, to in ways if levels[at].roots) > 0
    for case in cases:
        equations = levels[case.mix]
        if sum((-1) ** n for n in equations.growing) != 1:
            equations.add(
                find(*case.family.compile(case.mix), case.starts(256, generator)).roots.states.numpy()
            )
    return {case.mix: np.array(levels[case.mix].roots) for case in cases}


def main() -> None:
    """Write the lists of all cases."""
    found = {}
    for _, same in groupby(survey(), key=lambda case: (case.form, case.seed, case.tasks, case.epoch)):
        cases = list(same)
        for case, roots in zip(cases, union(cases).values(), strict=True):
            print(f"{case}: {len(roots)} fixed points", flush=True)
            found[str(case)] = torch.tensor(roots.astype(np.float32))
    save_file(found, UNION)


if __name__ == "__main__":
    main()
