"""When things happen: the epochs shared by all tasks and the distributions of their durations."""

from dataclasses import dataclass, fields, replace
from typing import Protocol

import torch
from torch import Generator, Tensor

from modpack._checks import number, require, set_fields

EPOCHS = (
    "settle",
    "fixation",
    "stimulus1",
    "delay1",
    "stimulus2",
    "delay2",
    "grace",
    "response",
    "after",
)
"""The epochs of every trial, in order; a task without one gives it zero duration.

`settle` is the first 100 ms of fixation and `grace` the first 100 ms after the go signal: neither is scored.
`after` pads a trial that is over.
"""

EPOCH_LABELS = {
    "settle": "fixation",
    "stimulus1": "stimulus 1",
    "delay1": "delay 1",
    "stimulus2": "stimulus 2",
    "delay2": "delay 2",
    "grace": "go",
}
"""What a reader calls the epochs that begin with something new; the others carry on the one before."""

SETTLE = 100.0
"""Unscored time at the start of a trial (ms)."""

GRACE = 100.0
"""Unscored time after the go signal (ms)."""

GO = EPOCHS.index("grace")
"""Index of the epoch that starts with the go signal."""

AFTER_GO = ("grace", "response")
"""The epochs from go to the end of the trial."""


class Duration(Protocol):
    """A distribution of durations in ms."""

    def draw(self, n_trials: int, generator: Generator) -> Tensor:
        """Return one duration for each trial, shape `(trial,)`, float64, in ms."""

    def middle(self) -> float:
        """Return the middle of the distribution in ms."""


@dataclass(frozen=True)
class Uniform:
    """Durations drawn uniformly between `low` and `high` ms."""

    low: float
    high: float

    def __post_init__(self) -> None:
        """Check the limits."""
        set_fields(self, low=number("low", self.low, 0), high=number("high", self.high, self.low))

    def draw(self, n_trials: int, generator: Generator) -> Tensor:
        """Return one duration for each trial, shape `(trial,)`, float64, in ms."""
        unit = torch.rand(n_trials, generator=generator, device=generator.device, dtype=torch.float64)
        return self.low + (self.high - self.low) * unit

    def middle(self) -> float:
        """Return the mean in ms."""
        return (self.low + self.high) / 2

    def __str__(self) -> str:
        """Write the limits."""
        return f"U({self.low:g}, {self.high:g})"


@dataclass(frozen=True)
class Choice:
    """Durations drawn from a few equally likely `values` in ms."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        """Check the values."""
        set_fields(self, values=tuple(number("values", value, 0) for value in self.values))
        require(bool(self.values), "values", self.values, "one or more durations (ms)")

    def draw(self, n_trials: int, generator: Generator) -> Tensor:
        """Return one duration for each trial, shape `(trial,)`, float64, in ms."""
        values = torch.tensor(self.values, dtype=torch.float64, device=generator.device)
        return values[torch.randint(len(values), (n_trials,), generator=generator, device=generator.device)]

    def middle(self) -> float:
        """Return the (lower) median in ms."""
        return sorted(self.values)[(len(self.values) - 1) // 2]

    def __str__(self) -> str:
        """Write the values."""
        return "{" + ", ".join(f"{value:g}" for value in self.values) + "}"


@dataclass(frozen=True)
class Fixed:
    """The same duration in every trial, in ms."""

    value: float

    def __post_init__(self) -> None:
        """Check the value."""
        set_fields(self, value=number("value", self.value, 0))

    def draw(self, n_trials: int, generator: Generator) -> Tensor:
        """Return the duration for each trial, shape `(trial,)`, float64, in ms."""
        return torch.full((n_trials,), self.value, dtype=torch.float64, device=generator.device)

    def middle(self) -> float:
        """Return the duration in ms."""
        return self.value

    def __str__(self) -> str:
        """Write the value."""
        return f"{self.value:g}"


@dataclass(frozen=True)
class Timing:
    """How long the periods of a trial last.

    Parameters
    ----------
    fixation, stimulus1, delay1, stimulus2, delay2, response : Uniform, Choice or Fixed
        Distributions of the durations in ms. `fixation` includes the settling time and `response` the grace
        time. `response` gives way where the preset fixes the length of the trial.
    """

    fixation: Duration
    stimulus1: Duration = Fixed(0)
    delay1: Duration = Fixed(0)
    stimulus2: Duration = Fixed(0)
    delay2: Duration = Fixed(0)
    response: Duration = Fixed(500)

    def __post_init__(self) -> None:
        """Check that there is a distribution for every period."""
        for each in fields(self):
            period = getattr(self, each.name)
            drawn = hasattr(period, "draw") and hasattr(period, "middle")
            require(drawn, each.name, period, "a distribution of durations, e.g. Fixed(500)")

    def draw(self, n_trials: int, generator: Generator) -> Tensor:
        """Return the durations of the six periods, shape `(period, trial)`, float64, in ms."""
        return torch.stack([getattr(self, f.name).draw(n_trials, generator) for f in fields(self)])

    def middle(self) -> "Timing":
        """Return the timing with every distribution fixed at its middle."""
        return replace(self, **{f.name: Fixed(getattr(self, f.name).middle()) for f in fields(self)})

    def __str__(self) -> str:
        """Write the periods that are not empty."""
        periods = {f.name: getattr(self, f.name) for f in fields(self)}
        return ", ".join(f"{name} {period}" for name, period in periods.items() if period != Fixed(0))


def to_steps(duration: float | Tensor, dt: float) -> Tensor:
    """Return the number of whole steps of `dt` ms in a duration in ms, truncated as published.

    The small addend keeps a duration that is a whole number of steps from losing one to rounding.
    """
    return torch.floor(torch.as_tensor(duration, dtype=torch.float64) / dt + 1e-6).to(torch.int64)


def durations(periods: Tensor, dt: float, length: float | None) -> Tensor:
    """Divide the periods of trials into epochs, in steps.

    Parameters
    ----------
    periods : Tensor, shape (period, ..., trial)
        Durations of the fields of `Timing` in ms.
    dt : float
        Length of a step in ms.
    length : float or None
        Length of every trial in ms, which the response then fills; None lets `response` end the trial.

    Returns
    -------
    Tensor, shape (epoch, ..., trial), int64
        Durations of all epochs of `EPOCHS` but the last.

    Raises
    ------
    ValueError
        If a trial has no step left to respond in.
    """
    fixation, *middle, response = to_steps(periods, dt)
    if length is not None:
        response = to_steps(length, dt).to(periods.device) - fixation - sum(middle)
    settle = to_steps(SETTLE, dt).to(periods.device).minimum(fixation)
    grace = to_steps(GRACE, dt).to(periods.device)
    shortest = dt * int(response.min())
    allowed = f"longer than the grace time of {GRACE:g} ms (mind the preset's length, if it has one)"
    require(bool((response > grace).all()), "response", shortest, allowed)
    return torch.stack([settle, fixation - settle, *middle, grace.expand_as(response), response - grace])
