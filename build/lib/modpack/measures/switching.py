"""Where on the way from one context to another a network switches from one task to the other."""

import math

from torch import Tensor

from modpack._checks import require
from modpack.measures.choices import CHOICES


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


def switches(made: Tensor, positions: Tensor) -> tuple[float, Tensor]:
    """Return where on a path the executed task switches to b: on half of the trials, and on each trial.

    Parameters
    ----------
    made : Tensor of int64, shape (position, trial)
        See :func:`modpack.measures.choices.choices_under`.
    positions : Tensor, shape (position,)

    Returns
    -------
    float, Tensor of shape (trial,)
        The first crossing of one half; nan where b is never executed.
    """
    as_b = (made == CHOICES.index("b")).to(positions)
    each = positions.new_tensor([crossing(positions, trial) for trial in as_b.unbind(-1)])
    return crossing(positions, as_b.mean(-1)), each
