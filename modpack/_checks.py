"""Checks of arguments whose messages tell the reader what to do."""

import difflib
import math
from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any

import torch
from torch import Generator, Tensor


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


def distinct(argument: str, values: Sequence[Any], fewest: int = 1) -> None:
    """Raise a ValueError unless there are at least so many values, all different."""
    holds = len(set(values)) == len(values) >= fewest
    require(holds, argument, values, f"{fewest} or more, all different")


def require_finite(argument: str, values: Tensor) -> None:
    """Raise a ValueError unless all values are finite: what a diverged network leaves cannot be measured."""
    n = values.numel() - int(values.isfinite().sum())
    allowed = "finite; of a network that diverged nothing can be measured"
    require(n == 0, argument, f"{n} of {values.numel()} numbers that are not finite", allowed)


def whole(argument: str, value: Any, least: int = 0, most: float = math.inf) -> int:
    """Return a whole number of any type as an int.

    Raises
    ------
    ValueError
        If it is not whole, or outside [`least`, `most`].
    """
    is_whole = _is_number(value) and value == math.floor(value)
    limits = f"at least {least}" if most == math.inf else f"in {least} ... {most:g}"
    require(is_whole and least <= value <= most, argument, value, f"a whole number, {limits}")
    return int(value)


def number(argument: str, value: Any, least: float = -math.inf, most: float = math.inf) -> float:
    """Return a finite real number of any type as a float.

    Raises
    ------
    ValueError
        If it is no finite number, or outside [`least`, `most`].
    """
    limits = f"a finite number in [{least:g}, {most:g}]"
    require(_is_number(value) and least <= value <= most, argument, value, limits)
    return float(value)


def positive(argument: str, value: Any) -> float:
    """Return a finite real number above zero as a float; raise a ValueError for anything else."""
    require(_is_number(value) and value > 0, argument, value, "a positive number")
    return float(value)


def names(argument: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return one or more different names as a tuple.

    Raises
    ------
    ValueError
        If they are none, not all different, or one name instead of a sequence.
    """
    found = tuple(values) if isinstance(values, Iterable) and not isinstance(values, str) else ()
    named = all(isinstance(name, str) for name in found) and len(set(found)) == len(found) > 0
    require(named, argument, values, "a sequence of one or more different names")
    return found


def require_generator(generator: Generator) -> None:
    """Raise a ValueError unless this is a generator: nothing is drawn from the global one."""
    require(isinstance(generator, Generator), "generator", generator, "a torch.Generator")


def require_device(device: str) -> None:
    """Raise a ValueError unless torch can compute on a device of this name here."""
    try:
        torch.zeros(1, device=device).item()
    except (AssertionError, RuntimeError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        require(False, "device", device, f"one that torch can use here, such as 'cpu' ({reason})")


def floating(argument: str, values: Tensor) -> Tensor:
    """Return finite numbers, whole ones as floating-point numbers.

    Raises
    ------
    ValueError
        If one is not finite, or this is no tensor of numbers.
    """
    numbers = isinstance(values, Tensor) and not values.is_complex()
    require(numbers, argument, values, "a tensor of real numbers")
    require_finite(argument, values)
    return values if values.is_floating_point() else values.to(torch.get_default_dtype())


def set_fields(record: Any, **values: Any) -> None:
    """Replace values of a frozen record while it is made, by what their checks return."""
    for name, value in values.items():
        object.__setattr__(record, name, value)


def _is_number(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)
    except OverflowError:  # a whole number beyond all floating-point ones
        return False
