"""Linear maps from neurons or channels, one for each network."""

from torch import Tensor

from modpack.activations import OUTPUTS


def read_out(r: Tensor, W_out: Tensor, b_out: Tensor, output: str) -> Tensor:
    """Return psi(W_out r + b_out) for W_out and b_out without a context axis."""
    return OUTPUTS[output](project(r, W_out) + b_out[..., None, None, :])


def project(x: Tensor, weight: Tensor) -> Tensor:
    """Return x weight^T for x (..., [network], context, trial, in) and weight ([network], out, in).

    Context and trial are one axis of the product, so that there is one product per network.
    """
    if weight.ndim == 2:
        return x @ weight.mT
    return (x.flatten(-3, -2) @ weight.mT).unflatten(-2, x.shape[-3:-1])
