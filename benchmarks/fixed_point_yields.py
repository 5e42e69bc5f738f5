"""How complete lists of fixed points are, and at what cost: this package against ``scipy.optimize.root``.

On the cases of the survey (`tests/searched_cases.py`), judged by the frozen lists: the fraction of the known
points from 64 starts, in how many draws of starts all stable ones are found, and the time. For scipy (hybr
with the Jacobian, one start after the other) also the time until its list is complete, as draws of 64 starts
are added, at most 16 of them. Half an hour for all; a number n as argument takes every n-th case.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch
from fixed_point_union import Equations
from torch import Generator, Tensor

from modpack.fixedpoints import find

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from searched_cases import Case, read_union, yields

DRAWS, MOST = 6, 16
TARGET = 3.0
"""Times as fast as hybr for a complete list."""


def main() -> None:
    """Print a line for each case and the means over all."""
    torch.set_num_threads(1)
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    rows = []
    for case, known in list(read_union().items())[::every]:
        rows.append([*of_find(case, known), *of_hybr(case, known)])
        print(f"{case}: {len(known)} points;", describe(np.array(rows[-1:])), flush=True)
    print(f"mean of {len(rows)} cases:", describe(np.array(rows)), f"(target {TARGET})")


def describe(rows: np.ndarray) -> str:
    """Return the means of some rows in words."""
    fraction, stable, seconds, hybr, whole, complete = rows.mean(0)
    return (
        f"find {fraction:.1%} of points, all stable ones in {stable:.1%} of draws, {1e3 * seconds:.0f} ms; "
        f"hybr {hybr:.1%}, complete after {1e3 * whole:.0f} ms (in {complete:.0%} of cases): "
        f"{whole / seconds:.1f} x as long"
    )


def of_find(case: Case, known: Tensor) -> tuple[float, float, float]:
    """Return the mean fraction found, the fraction of draws with all stable points, and seconds a draw."""
    family, begun, results = case.family.compile(case.mix), 0.0, []
    for draw in range(DRAWS):
        starts = case.starts(64, Generator().manual_seed(draw))
        now = time.process_time()
        found = find(*family, starts)
        begun += time.process_time() - now
        results.append(yields(found, case, known))
    fractions, stable = np.array(results, dtype=float).T
    return fractions.mean(), stable.mean(), begun / DRAWS


def of_hybr(case: Case, known: Tensor) -> tuple[float, float, float]:
    """Return the fraction found by the first draw, seconds until complete, and whether that came about."""
    equations, seconds, fractions = Equations(*case.family.compile(case.mix)), 0.0, []
    for draw in range(MOST):
        starts = case.starts(64, Generator().manual_seed(draw)).numpy()
        now = time.process_time()
        equations.add(starts)
        seconds += time.process_time() - now
        roots = torch.tensor(np.array(equations.roots).reshape(-1, starts.shape[1]))
        hit = (torch.cdist(known, roots) < 1e-3).any(-1) if len(roots) else torch.zeros(len(known))
        fractions.append(hit.double().mean().item())
        if fractions[-1] == 1:
            break
    return fractions[0], seconds, float(fractions[-1] == 1)


if __name__ == "__main__":
    main()
