"""Context codes (task -> vector) and the operators that make a context ambiguous.

A context is a vector of length d that tells the network which task it is in. It reaches the network only
through a modulation (:mod:`modpack.modulation`), never as an input channel. Codes and operators are the
project's own choices; a context tensor has shape ``(..., d)``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from modpack._checks import choose, floating, names, number, require, require_generator, set_fields


@dataclass(frozen=True, eq=False)
class ContextCode:
    """A table of context vectors, one per task.

    Parameters
    ----------
    name : str
        Name of the code, e.g. ``"one_hot"``.
    tasks : tuple of str
        Task names in the order of the rows.
    vectors : Tensor, shape (task, d)
        The context of each task.
    stretches : tuple of int
        Lengths of the parts of a context where these mean different things; none where all of it means one.
    """

    name: str
    tasks: tuple[str, ...]
    vectors: Tensor
    stretches: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        set_fields(self, tasks=names("tasks", self.tasks), vectors=floating("vectors", self.vectors))
        shape = tuple(self.vectors.shape)
        fits = len(shape) == 2 and shape[0] == len(self.tasks) and shape[1] > 0
        require(fits, "vectors", shape, "of shape (task, d)")
        whole = sum(self.stretches) in (0, self.d)
        require(whole, "stretches", self.stretches, f"none, or some that sum to d={self.d}")

    @property
    def d(self) -> int:
        """Length of a context vector."""
        return self.vectors.shape[1]

    def __getitem__(self, task: str) -> Tensor:
        """Return the context of one task, shape (d,)."""
        choose("task", task, self.tasks)
        return self.vectors[self.tasks.index(task)]

    def of(self, tasks: str | Sequence[str] | Tensor) -> Tensor:
        """Return the context of a task, or those of several (task, d); tensors stay as they are."""
        if isinstance(tasks, Tensor):
            return tasks
        if isinstance(tasks, str):
            return self[tasks]
        several = isinstance(tasks, Sequence) and len(tasks) > 0
        require(several, "tasks", tasks, "one or more names")
        return torch.stack([self[task] for task in tasks])

    def distances(self) -> Tensor:
        """Return the Euclidean distance between every two contexts, shape (task, task)."""
        return torch.cdist(self.vectors, self.vectors)

    def norms(self) -> Tensor:
        """Return the Euclidean norm of every context, shape (task,)."""
        return self.vectors.norm(dim=-1)


def one_hot(tasks: Sequence[str]) -> ContextCode:
    """Return the code with one coordinate per task: ``c_k = e_k``."""
    return ContextCode("one_hot", names("tasks", tasks), torch.eye(len(tasks)))


def orthogonal(tasks: Sequence[str], generator: Generator) -> ContextCode:
    """Return a rotated one-hot code: orthonormal, but every coordinate takes part in every context."""
    k = len(names("tasks", tasks))
    return ContextCode("orthogonal", tuple(tasks), random_orthonormal(k, k, generator))


def correlated(tasks: Sequence[str], rho: float, generator: Generator) -> ContextCode:
    """Return unit vectors with the same cosine `rho` between every two contexts.

    The rows are the symmetric square root of the Gram matrix ``(1 - rho) I + rho 1 1^T``, randomly rotated.

    Raises
    ------
    ValueError
        If no K vectors have that pairwise cosine: rho must lie in [-1/(K-1), 1).
    """
    k = len(names("tasks", tasks))
    lowest = -1 / (k - 1) if k > 1 else -1.0
    require(lowest <= number("rho", rho) < 1, "rho", rho, f"in [{lowest:.3f}, 1) for {k} tasks")
    gram = (1 - rho) * torch.eye(k) + rho * torch.ones(k, k)
    values, vectors = torch.linalg.eigh(gram)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    return ContextCode("correlated", tuple(tasks), root @ random_orthonormal(k, k, generator))


def compressed(tasks: Sequence[str], d: int, generator: Generator) -> ContextCode:
    """Return random unit vectors in fewer dimensions than there are tasks (contexts must overlap).

    Raises
    ------
    ValueError
        Unless ``1 <= d < K``.
    """
    k = len(names("tasks", tasks))
    require(d in range(1, k), "d", d, f"in 1 ... {k - 1} for {k} tasks")
    require_generator(generator)
    vectors = torch.randn(k, int(d), generator=generator)
    return ContextCode("compressed", tuple(tasks), vectors / vectors.norm(dim=-1, keepdim=True))


def mix(a: Tensor, b: Tensor, lam: float | Sequence[float] | Tensor) -> Tensor:
    """Return the linear mix ``(1 - lam) a + lam b``, shorter than a and b where these are equally long.

    Parameters
    ----------
    a, b : Tensor, shape (..., d)
    lam : float, sequence of float, or Tensor, shape (...)
        Any real number; 0 is `a`, 1 is `b`, and a value outside [0, 1] extrapolates.

    Examples
    --------
    >>> code = one_hot(["fdgo", "fdanti"])
    >>> mix(code["fdgo"], code["fdanti"], 0.25)
    tensor([0.7500, 0.2500])
    """
    a, b = floating("a", a), _fitting("b", b, a)
    weight = _factor("lam", lam, a)
    return (1 - weight) * a + weight * b


def mix_preserving_norm(a: Tensor, b: Tensor, lam: float | Sequence[float] | Tensor) -> Tensor:
    """Return the linear mix rescaled to the norm ``(1 - lam) |a| + lam |b|``: a change of direction only.

    Raises
    ------
    ValueError
        If the linear mix is zero (opposite contexts in the middle), where no direction is left to keep, or if
        extrapolation makes the norm zero or negative.
    """
    a, b = floating("a", a), _fitting("b", b, a)
    mixed = mix(a, b, lam)
    norm = mixed.norm(dim=-1, keepdim=True)
    target = mix(a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True), lam)
    possible = (norm > 1e-6 * target) & (target > 0)
    require(bool(possible.all()), "lam", lam, "such that the mix of a and b has a direction and a norm")
    return mixed * (target / norm)


def noise(c: Tensor, sigma: float, generator: Generator) -> Tensor:
    """Return ``c + sigma z`` with independent standard normal z in every coordinate, drawn once.

    Raises
    ------
    ValueError
        If sigma is negative or not finite.
    """
    c, sigma = floating("c", c), number("sigma", sigma, 0)
    require_generator(generator)
    draw = torch.randn(c.shape, generator=generator, dtype=c.dtype, device=generator.device)
    return c + sigma * draw.to(c.device)


def noise_in_line(c: Tensor, a: Tensor, b: Tensor, sigma: float, generator: Generator) -> Tensor:
    """Return ``c + sigma z (b - a) / |b - a|`` with one standard normal z, drawn once.

    It moves a context along the line through two others only: all that it makes uncertain is which of them
    is meant.

    Parameters
    ----------
    c : Tensor, shape (..., d)
    a, b : Tensor, shape (d,)
    sigma : float
        In units of the contexts, as for `noise`.
    generator : Generator

    Raises
    ------
    ValueError
        If sigma is negative or not finite, or a and b are the same.
    """
    c, sigma = floating("c", c), number("sigma", sigma, 0)
    require_generator(generator)
    unit = _direction(a, b)
    _fitting("c", c, unit)
    draw = torch.randn(c.shape[:-1], generator=generator, dtype=c.dtype, device=generator.device)
    return c + sigma * draw.to(c.device)[..., None] * unit


def in_line(z: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Return the part of vectors along ``b - a``; of noise, the part that speaks of a and b.

    Of independent standard normal deviates it is one standard normal deviate times the unit vector.

    Parameters
    ----------
    z : Tensor, shape (..., d)
    a, b : Tensor, shape (d,)

    Raises
    ------
    ValueError
        If a and b are the same.
    """
    unit = _direction(a, b)
    z = _fitting("z", z, unit)
    unit = unit.to(z)
    return (z @ unit)[..., None] * unit


def _direction(a: Tensor, b: Tensor) -> Tensor:
    """Return the unit vector from a to b."""
    a, b = floating("a", a), _fitting("b", b, a)
    require(a.ndim == b.ndim == 1, "a, b", (a, b), "one context each")
    difference = b - a
    distance = difference.norm()
    require(bool(distance > 0), "b", b, "another context than a")
    return difference / distance


def fade(c: Tensor, s: float | Sequence[float] | Tensor) -> Tensor:
    """Return ``s c``: 1 keeps the context, 0 is the neutral context of every modulation form."""
    c = floating("c", c)
    return _factor("s", s, c) * c


def _fitting(argument: str, values: Tensor, other: Tensor) -> Tensor:
    """Return contexts that are as long as others."""
    values, length = floating(argument, values), other.shape[-1:]
    require(values.shape[-1:] == length != (), f"{argument}.shape", tuple(values.shape), f"(..., {length})")
    return values


def _factor(argument: str, values: float | Sequence[float] | Tensor, like: Tensor) -> Tensor:
    """Return a number for each context, to multiply contexts with."""
    given: float | list[float] | Tensor
    if isinstance(values, Tensor):
        given = values
    elif isinstance(values, Sequence):
        given = [number(argument, value) for value in values]
    else:
        given = number(argument, values)
    return floating(argument, torch.as_tensor(given, dtype=like.dtype, device=like.device))[..., None]


def drop(c: Tensor, p: float, generator: Generator) -> Tensor:
    """Return the context with every coordinate set to zero with probability `p`, drawn once.

    Raises
    ------
    ValueError
        If p is outside [0, 1], or if a context has one non-zero coordinate only (a one-hot code), where
        dropping is all or nothing and not a graded ambiguity.
    """
    c, p = floating("c", c), number("p", p, 0, 1)
    require_generator(generator)
    fewest = int((c != 0).sum(dim=-1).min())
    require(
        fewest > 1, "c", f"a context with {fewest} non-zero coordinate(s)", "dense: use an orthogonal code"
    )
    keep = torch.rand(c.shape, generator=generator, dtype=c.dtype, device=generator.device) >= p
    return c * keep.to(c.device)


def random_orthonormal(rows: int, columns: int, generator: Generator) -> Tensor:
    """Return a random matrix with orthonormal rows (rows <= columns), Haar distributed."""
    require_generator(generator)
    q, r = torch.linalg.qr(torch.randn(columns, rows, generator=generator))
    return (q * r.diagonal().sign()).T.contiguous()
