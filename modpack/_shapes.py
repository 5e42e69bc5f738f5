"""The shapes of the arrays of a record, which are to fit each other."""

from torch import Tensor

from modpack._checks import require


def require_shape(argument: str, values: Tensor, *shape: int) -> None:
    """Raise a ValueError unless a tensor has a shape."""
    require(tuple(values.shape) == shape, f"{argument}.shape", tuple(values.shape), f"{shape}")


def check_arrays(
    W: Tensor, W_in: Tensor, b: Tensor, slope: Tensor, gate: Tensor | None, W_out: Tensor, b_out: Tensor
) -> None:
    """Raise a ValueError unless the arrays of :class:`modpack.dynamics.Dynamics` fit each other.

    The axes of networks are equal, those of contexts equal or of length one, and all numbers of one type.
    """
    require(W.ndim in (3, 4), "W", tuple(W.shape), "of shape ([network], context, neuron, neuron)")
    axes, n, channels, outputs = W.ndim, W.shape[-1], W_in.shape[-1:], W_out.shape[-2:-1]
    own: dict[str, tuple[Tensor, tuple[int, ...], tuple[int, ...]]] = {
        "W": (W, (n, n), (axes,)),
        "W_in": (W_in, (n, *channels), (axes - 1, axes)),
        "b": (b, (n,), (axes - 1,)),
        "slope": (slope, (n,), (axes - 1,)),
        "gate": (slope if gate is None else gate, (n,), (axes - 1,)),
        "W_out": (W_out, (*outputs, n), (axes - 1, axes)),
        "b_out": (b_out, tuple(outputs), (axes - 2, axes - 1)),
    }
    contexts = {1}
    for name, (x, last, ndims) in own.items():
        leading = x.shape[: x.ndim - len(last)]
        fits = x.ndim in ndims and x.shape[len(leading) :] == last and leading[: axes - 3] == W.shape[:-3]
        require(fits, name, tuple(x.shape), f"of a shape that fits W, {tuple(W.shape)}")
        contexts |= set(leading[axes - 3 :])
        same = x.dtype == W.dtype and x.is_floating_point()
        require(same, name, x.dtype, f"of the floating-point type of W, {W.dtype}")
    require(len(contexts) <= 2, "contexts", sorted(contexts), "of one number in all arrays that have several")
