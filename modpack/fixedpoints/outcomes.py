"""What became of every start of a search for fixed points."""

from dataclasses import dataclass

from torch import Tensor

from modpack._shapes import require_shape
from modpack.fixedpoints.advised import Advised


class Status(Advised):
    """What became of a start; `advice` says what to make of it."""

    CONVERGED = 0, "a fixed point: |F| is zero to rounding"
    SLOW = (
        1,
        "a slow point: the speed is not zero, but has a minimum here, or is level along a valley",
    )
    DUPLICATE = 2, "led to a point that another start had found before"
    DIVERGED = 3, "ran away from the states; start closer to them, or there is no fixed point"
    UNFINISHED = 4, "neither at rest nor at a minimum of q; allow more steps, unless relu has a kink here"
    NOT_FINITE = 5, "the start or the vector field there is not a finite number; look at the weights"


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What became of every start, axis 0 = start; the starts that were given come first.

    Parameters
    ----------
    starts, ends : Tensor, shape (start, neuron)
        Where the search began, and where it stopped.
    status : Tensor of int64, shape (start,)
        Values of `Status`.
    point : Tensor of int64, shape (start,)
        Index of the point that the start led to, -1 if to none (or to one that is not in this selection).
    residual : Tensor, shape (start,)
        Largest component of abs(F) at the end.
    iterations : Tensor of int64, shape (start,)
    round : Tensor of int64, shape (start,)
        0 for a start that was given, 1 for where the network came to or lingered when it ran forward from
        there, and more for what further rounds added.
    """

    starts: Tensor
    ends: Tensor
    status: Tensor
    point: Tensor
    residual: Tensor
    iterations: Tensor
    round: Tensor

    def __post_init__(self) -> None:
        n = len(self.starts)
        require_shape("ends", self.ends, *self.starts.shape)
        for name in ("status", "point", "residual", "iterations", "round"):
            require_shape(name, getattr(self, name), n)

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def advice(self) -> dict[str, str]:
        """The advice for each status that occurs, by its label."""
        return {Status(s).label: Status(s).advice for s in sorted(set(self.status.tolist()))}
