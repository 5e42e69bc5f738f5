"""What happens on the way from one context to another: bifurcations, and the flip of the executed task."""

import math
from collections import Counter

import torch
from torch import Tensor

from modpack._checks import require
from modpack.fixedpoints import KINDS, Diagram

UNCERTAIN = "uncertain"


def event_counts(diagram: Diagram) -> dict[str, int]:
    """Return how many events of each of ``modpack.fixedpoints.KINDS`` were found along a path.

    Those whose kind or place is a guess are counted as ``"uncertain"`` instead.
    """
    events = [event for branch in diagram.branches for event in branch.events]
    counts = Counter(event.kind if event.converged else UNCERTAIN for event in events)
    return {kind: counts[kind] for kind in (*KINDS, UNCERTAIN)}


def stability_changes(diagram: Diagram) -> Tensor:
    """Return where on a path a stable point appears, disappears, or gains or loses its stability.

    Of all events, these alone can change what a network that has settled does. Stable is meant in time steps.

    Returns
    -------
    Tensor of float64, shape (event,)
        Positions on the path, in rising order.
    """
    lams = []
    for branch in diagram.branches:
        stable = (branch.n_unstable_map == 0).tolist()
        lams += [event.lam for event in branch.events if stable[event.step] != stable[event.step + 1]]
    return torch.tensor(sorted(lams), dtype=torch.float64)


def crossing(positions: Tensor, values: Tensor, level: float = 0.5) -> float:
    """Return where a curve first rises to a level, by linear interpolation; nan if it never does.

    Parameters
    ----------
    positions : Tensor, shape (position,)
        In rising order.
    values : Tensor, shape (position,)
        For instance the fraction of trials on which task b is carried out.
    level : float

    Raises
    ------
    ValueError
        If the shapes differ or the positions do not rise.
    """
    fits = positions.shape == values.shape and positions.ndim == 1 and bool((positions.diff() > 0).all())
    require(fits, "positions", positions.tolist(), "in rising order, one for each value")
    above = (values >= level).nonzero()[:, 0].tolist()
    if not above:
        return math.nan
    k = above[0]
    if k == 0:
        return positions[0].item()
    share = (level - values[k - 1]) / (values[k] - values[k - 1])
    return (positions[k - 1] + share * (positions[k] - positions[k - 1])).item()


def nearest(position: float, events: Tensor) -> float:
    """Return the distance from a position on a path to the nearest event; nan if there is none."""
    return (events - position).abs().min().item() if len(events) else math.nan
