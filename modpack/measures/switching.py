"""Where on the way from one context to another a network switches from one task to the other."""

import math

from torch import Tensor

from modpack._checks import require


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


def switches(decided: Tensor, positions: Tensor) -> tuple[float, Tensor]:
    """Return where on a path the answers switch from a's to b's: in the mean over trials, and on each trial.

    Parameters
    ----------
    decided : Tensor, shape (position, trial)
        See :func:`modpack.measures.superposition.decision_variable`.
    positions : Tensor, shape (position,)

    Returns
    -------
    float, Tensor of shape (trial,)
        Where it first rises to zero; nan where it never does, or where the tasks ask for the same.
    """
    each = positions.new_tensor([crossing(positions, trial, 0) for trial in decided.unbind(-1)])
    return crossing(positions, decided.nanmean(-1), 0), each
