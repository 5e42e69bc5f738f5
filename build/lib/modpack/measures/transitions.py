"""What happens to fixed points on the way from one context to another: bifurcations."""

import math
from collections import Counter

import torch
from torch import Tensor

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


def nearest(position: float, events: Tensor) -> float:
    """Return the distance from a position on a path to the nearest event; nan if there is none."""
    return (events - position).abs().min().item() if len(events) else math.nan
