"""What the outputs of a network mean: the targets they are trained on and the answer read from them."""

import math
from typing import Protocol

import torch
from torch import Tensor


def preferred_angles(n_ring: int, like: Tensor) -> Tensor:
    """Return the directions `2 pi i / n_ring` of the units of a ring in rad, shape `(n_ring,)`."""
    return 2 * math.pi / n_ring * torch.arange(n_ring, dtype=like.dtype, device=like.device)


def bump(angle: Tensor, n_ring: int) -> Tensor:
    """Return the activity of a ring for a direction, `0.8 exp(-(d / width)^2 / 2)`, shape `(..., n_ring)`.

    `d` is the distance on the circle and the width pi / 8 (Yang et al. 2019), or the distance between two
    units where that is wider.
    """
    width = max(math.pi / 8, 2 * math.pi / n_ring)
    difference = (angle.unsqueeze(-1) - preferred_angles(n_ring, angle)).remainder(2 * math.pi)
    distance = torch.minimum(difference, 2 * math.pi - difference)
    return 0.8 * torch.exp(distance.div(width).square() / -2)


class Readout(Protocol):
    """A code for answers in the outputs `(fixation, response...)`.

    Attributes
    ----------
    output : str
        Output nonlinearity of the network, "linear" or "sigmoid".
    hold, release : float
        Target of the fixation output while fixation is required and when responding.
    rest : float
        Target of the response outputs while there is no response.
    """

    output: str
    hold: float
    release: float
    rest: float

    def size(self, n_ring: int) -> int:
        """Return the number of response outputs."""

    def encode(self, angle: Tensor, n_ring: int) -> Tensor:
        """Return the target of the response outputs for directions in rad, shape `(..., response)`."""

    def vector(self, response: Tensor) -> Tensor:
        """Return response outputs `(..., response)` as a vector (cos, sin), shape `(..., 2)`.

        Its direction is that of the response. Its length is 1 for the target of a response and 0 at rest.
        """


class RingReadout:
    """The published code: one sigmoid unit per direction, baseline 0.05 (Yang et al. 2019)."""

    output = "sigmoid"
    hold = 0.8
    release = 0.05
    rest = 0.05

    def size(self, n_ring: int) -> int:
        """Return the number of response outputs."""
        return n_ring

    def encode(self, angle: Tensor, n_ring: int) -> Tensor:
        """Return `0.05 + 0.8 exp(-(d / width)^2 / 2)`, shape `(..., n_ring)`."""
        return self.rest + bump(angle, n_ring)

    def vector(self, response: Tensor) -> Tensor:
        """Return the population vector, in units of that of a target, shape `(..., 2)`."""
        preferred = preferred_angles(response.shape[-1], response)
        units = torch.stack([preferred.cos(), preferred.sin()], dim=-1)
        return response @ units / (bump(preferred[0], len(preferred)) @ units[:, 0])


class VectorReadout:
    """The response as a vector (cos, sin), of length 1 when responding and 0 otherwise."""

    output = "linear"
    hold = 1.0
    release = 0.0
    rest = 0.0

    def size(self, n_ring: int) -> int:
        """Return the number of response outputs."""
        return 2

    def encode(self, angle: Tensor, n_ring: int) -> Tensor:
        """Return (cos, sin) of the directions, shape `(..., 2)`."""
        return torch.stack([angle.cos(), angle.sin()], dim=-1)

    def vector(self, response: Tensor) -> Tensor:
        """Return the outputs as they are."""
        return response


READOUTS: dict[str, Readout] = {"ring": RingReadout(), "vector": VectorReadout()}
"""The readouts by name."""
