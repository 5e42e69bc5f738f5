"""A family of tasks as large as is wanted, all with the same input: which direction to answer which with.

The stimulus is in one of m directions of ring 1, and every task answers each of them in another: direction
``permutation[i]`` to a stimulus in direction i. With a delay the stimulus is gone when the answer is asked
for. A response is right if no other of the m directions is nearer to it. The name of such a task says all of
this: ``"map4-2031"``, and with a delay ``"delaymap4-2031"``.
"""

import math
import re
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from modpack._checks import require, require_generator, whole
from modpack.tasks.battery import Task
from modpack.tasks.rules import Permuted
from modpack.tasks.stimuli import Directions
from modpack.tasks.timing import AFTER_GO

LARGEST = 10
"""Directions of a mapping at most, so that each is one digit of its name."""

EXAMPLES = ("map4-1032", "delaymap4-1032")
"""How mappings are called, without a delay and with one."""

_NAME = re.compile(r"(delay)?map([0-9]+)-([0-9]+)")


def mapping(permutation: Sequence[int], delay: bool = True) -> Task:
    """Return the task that answers a stimulus in direction i in direction ``permutation[i]``.

    Parameters
    ----------
    permutation : sequence of int
        The numbers 0 ... m - 1 in any order, for 2 to 10 directions ``2 pi i / m``.
    delay : bool
        Whether the stimulus is gone for a while before the answer is asked for, as in ``delaygo``; otherwise
        it stays on, as in ``fdgo``.

    Returns
    -------
    Task

    Raises
    ------
    ValueError
        If it is no such permutation.

    Examples
    --------
    >>> mapping((1, 0, 3, 2)).name
    'delaymap4-1032'
    """
    rule, m = Permuted(tuple(permutation)), len(permutation)
    require(2 <= m <= LARGEST, "permutation", permutation, f"of 2 to {LARGEST} directions")
    digits = "".join(map(str, permutation))
    return Task(
        name=f"{'delay' if delay else ''}map{m}-{digits}",
        label=f"{'Dly ' if delay else ''}Map {digits}",
        timing="delayed_go" if delay else "go",
        stimuli=Directions(m),
        shown=(("stimulus1",) if delay else ("stimulus1", *AFTER_GO), ()),
        rule=rule,
        tolerance=math.pi / m,
    )


def is_called_mapping(name: str) -> bool:
    """Return whether a name means a mapping, be it a right one or not."""
    return re.match(r"(delay)?map", name) is not None


def named_mapping(name: str, argument: str = "name") -> Task:
    """Return the mapping with a name.

    Parameters
    ----------
    name : str
        ``"map"`` or ``"delaymap"``, the number of directions, a hyphen, and the permutation in digits.
    argument : str
        What the name is called in a message.

    Raises
    ------
    ValueError
        If it is not the name of a mapping, saying what one looks like.
    """
    parts = _NAME.fullmatch(name)
    allowed = f"like {EXAMPLES[0]!r} or {EXAMPLES[1]!r}: how many directions, then all of them in any order"
    digits = [int(digit) for digit in parts[3]] if parts else []
    m = int(parts[2]) if parts else 0
    require(m >= 2 and sorted(digits) == list(range(m)), argument, name, allowed)
    return mapping(digits, delay=name.startswith("delay"))


def order(m: int, length: int, generator: Generator, delay: bool = True) -> tuple[str, ...]:
    """Return the names of mappings in a random order, none twice; of a shorter order these are the first.

    Parameters
    ----------
    m : int
        Number of directions, 2 to 8.
    length : int
        Number of mappings, at most m factorial.
    generator : Generator
        The same seed gives the same order, however long.
    delay : bool
        See :func:`mapping`.

    Raises
    ------
    ValueError
        If there are not as many mappings.
    """
    m, length = whole("m", m, 2), whole("length", length, 1)
    require(m <= 8, "m", m, "in 2 ... 8")
    most = math.factorial(m)
    require(length <= most, "length", length, f"at most {most}, as many as there are permutations")
    require_generator(generator)
    ranks = torch.randperm(most, generator=generator)[:length].tolist()
    return tuple(mapping(permutation_of(rank, m), delay).name for rank in ranks)


def permutation_of(rank: int, m: int) -> tuple[int, ...]:
    """Return a permutation of 0 ... m - 1 by its place in lexicographic order, from its factorial digits."""
    left, found = list(range(m)), []
    for i in range(m, 0, -1):
        place, rank = divmod(rank, math.factorial(i - 1))
        found.append(left.pop(place))
    return tuple(found)


def floor(mappings: Sequence[str | Task]) -> float:
    """Return how often the best answer is right that does not know which of some mappings is asked for.

    All mappings and directions being equally likely, it answers every direction as most mappings do:
    ``mean over i of max over j of the fraction of mappings with permutation[i] = j``.

    Parameters
    ----------
    mappings : sequence of str or Task
        Of one number of directions.

    Raises
    ------
    ValueError
        If one is no mapping, or they differ in the number of directions.
    """
    answers = _permutations(mappings)
    m = answers.shape[1]
    votes = torch.nn.functional.one_hot(answers, m).sum(0)
    return float(votes.amax(1).double().mean() / len(answers))


def _permutations(mappings: Sequence[str | Task]) -> Tensor:
    """Return what mappings answer with, shape (mapping, direction)."""
    require(len(mappings) > 0, "mappings", mappings, "one or more mappings")
    tasks = [named_mapping(each, "mappings") if isinstance(each, str) else each for each in mappings]
    rules = [task.rule for task in tasks if isinstance(task, Task) and isinstance(task.rule, Permuted)]
    same = len(rules) == len(tasks) and len({len(rule.permutation) for rule in rules}) == 1
    require(same, "mappings", mappings, "mappings of one number of directions")
    return torch.tensor([rule.permutation for rule in rules])
