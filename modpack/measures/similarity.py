"""How alike two sets of trajectories move, whatever the coordinates: dynamical similarity analysis."""

import torch
from torch import Tensor

from modpack._checks import require, require_finite

DELAYS = 5
"""Moments of time that the fitted operator sees at once."""

ITERATIONS, RATE = 500, 1e-2
"""Steps and rate of the search for the rotation."""


def dissimilarity(one: Tensor, other: Tensor, n_components: int = 10, rank: int = 20) -> float:
    r"""Return the angle between the operators that carry two sets of trajectories on (rad).

    A linear operator is fitted to each set, on its own first principal components and their delays; the angle
    is the least that any change of orthonormal coordinates leaves between them,
    :math:`\min_C \arccos \frac{\langle A, C B C^\top\rangle}{|A||B|}`: 0 for the same dynamics (Ostrow et al.
    2023, doi:10.48550/arXiv.2306.10168, by the authors' own package). The search for the rotation may end
    above the least angle.

    Parameters
    ----------
    one, other : Tensor, shape (time, trial, neuron)
    n_components : int
        Principal components that are kept, at most as many as there are neurons.
    rank : int
        Of the fitted operators, at most ``DELAYS * n_components``: how many directions in which the
        trajectories move are more than noise.

    Raises
    ------
    ValueError
        For states that are not finite, more components than neurons, or times too few for the delays.
    """
    from DSA import DSA  # in the extra `similarity`

    for name, states in (("one", one), ("other", other)):
        require_finite(name, states)
        n_times, neurons = len(states), states.shape[-1]
        require(n_times > 2 * DELAYS, f"{name}.shape", tuple(states.shape), f"more than {2 * DELAYS} times")
        require(1 <= n_components <= neurons, "n_components", n_components, f"in 1 ... {neurons}")
    require(1 <= rank <= DELAYS * n_components, "rank", rank, f"in 1 ... {DELAYS * n_components}")
    both = [_components(states, n_components).numpy() for states in (one, other)]
    search = {"score_method": "angular", "iters": ITERATIONS, "lr": RATE}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # the package begins its search at a rotation of its own
        return float(DSA(*both, n_delays=DELAYS, rank=rank, **search).fit_score())


def _components(states: Tensor, n: int) -> Tensor:
    """Return the first principal components, shape (trial, time, component)."""
    centred = (states - states.mean((0, 1))).double().transpose(0, 1)
    return centred @ torch.linalg.svd(centred.flatten(0, 1), full_matrices=False).Vh[:n].T
