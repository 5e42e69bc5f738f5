"""How well directions are kept over a delay: the map from what was shown to what would be answered."""

import math

from torch import Tensor

from modpack._checks import require


def turned(before: Tensor, after: Tensor) -> Tensor:
    """Return by how much directions (rad) have turned, in [-pi, pi)."""
    return (after - before + math.pi).remainder(2 * math.pi) - math.pi


def map_slope(shown: Tensor, answered: Tensor) -> Tensor:
    """Return the slope d answer / d stimulus of a map of the circle, from direction to direction.

    It is 1 where neighbouring directions stay as far apart as they were shown, 0 where they have become one,
    as next to a stable point after long enough, and more than 1 where they part, as next to a saddle.

    Parameters
    ----------
    shown, answered : Tensor, shape (direction,)
        Directions in rad, so close to each other that the answers to neighbours are less than half a turn
        apart.

    Returns
    -------
    Tensor, shape (direction,)
        Between each direction shown and the next, in rising order around the circle, the last and the first
        being neighbours.

    Raises
    ------
    ValueError
        If there are fewer than three directions, or two are the same.
    """
    require(shown.ndim == 1 and len(shown) >= 3, "shown", tuple(shown.shape), "three directions or more")
    order = shown.remainder(2 * math.pi).argsort()
    steps, changes = (turned(x[order], x[order].roll(-1)) for x in (shown, answered))
    require(bool((steps.abs() > 1e-9).all()), "shown", "a direction twice", "different directions")
    return changes / steps
