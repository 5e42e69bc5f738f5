"""Checks of arguments whose messages tell the reader what to do."""

import difflib
from collections.abc import Iterable

from torch import Tensor


def choose(argument: str, value: str, options: Iterable[str]) -> str:
    """Return `value` if it is one of `options`.

    Raises
    ------
    ValueError
        Naming the argument, the value, the nearest option and all options.
    """
    names = list(options)
    if value in names:
        return value
    near = difflib.get_close_matches(str(value), names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"{argument}={value!r} is not known{hint} (allowed: {', '.join(map(repr, names))})")


def require(condition: bool, argument: str, value: object, allowed: str) -> None:
    """Raise a ValueError naming the argument, its value and what is allowed, unless `condition` holds."""
    if not condition:
        raise ValueError(f"{argument}={value!r} is not allowed: {argument} must be {allowed}")


def require_finite(argument: str, values: Tensor) -> None:
    """Raise a ValueError unless all values are finite: what a diverged network leaves cannot be measured."""
    n = values.numel() - int(values.isfinite().sum())
    allowed = "finite; of a network that diverged nothing can be measured"
    require(n == 0, argument, f"{n} of {values.numel()} numbers that are not finite", allowed)
