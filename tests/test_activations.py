"""Activations: derivatives against automatic differentiation, and exact values."""

import pytest
import torch

from modpack.activations import ACTIVATIONS


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_and_their_derivatives(activation):
    phi = ACTIVATIONS[activation]
    a = torch.linspace(-6, 60, 200, dtype=torch.float64).requires_grad_()
    (derivative,) = torch.autograd.grad(phi.value(a).sum(), a)
    torch.testing.assert_close(phi.derivative(a.detach()), derivative, atol=1e-12, rtol=1e-12)
    # The added zero gives a constant derivative a gradient, too.
    (curvature,) = torch.autograd.grad((phi.derivative(a) + 0 * a).sum(), a)
    torch.testing.assert_close(phi.curvature(a.detach()), curvature, atol=1e-15, rtol=1e-15)


def test_softplus_is_exact_in_float64():
    a = torch.linspace(-30, 60, 500, dtype=torch.float64)
    expected = torch.logaddexp(a, torch.zeros_like(a))
    torch.testing.assert_close(ACTIVATIONS["softplus"].value(a), expected, atol=0, rtol=1e-15)
