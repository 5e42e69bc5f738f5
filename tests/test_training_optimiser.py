"""Muon and Adam on stacks of networks."""

import pytest
import torch
from small_networks import seeded

from modpack.training.optimiser import Optimiser, clipped, orthogonalised

SHAPES = [(5, 5), (4, 9), (9, 4)]


@pytest.mark.parametrize("shape", SHAPES)
def test_orthogonalising_brings_every_singular_value_near_one_and_keeps_the_directions(shape):
    matrices = torch.randn(3, *shape, generator=seeded(), dtype=torch.float64)
    found = orthogonalised(matrices)
    U, S, V = torch.linalg.svd(matrices, full_matrices=False)
    rotated = U.mT @ found @ V.mT
    values = rotated.diagonal(dim1=-2, dim2=-1)
    torch.testing.assert_close(rotated, torch.diag_embed(values))
    assert values[0.05 * S[:, :1] < S].min() > 0.6 and values.max() < 1.25


@pytest.mark.parametrize("shape", SHAPES)
def test_the_networks_of_a_stack_are_orthogonalised_as_if_alone(shape):
    matrices = torch.randn(3, *shape, generator=seeded())
    alone = torch.cat([orthogonalised(x[None]) for x in matrices])
    torch.testing.assert_close(orthogonalised(matrices), alone, atol=1e-6, rtol=0.0)
    assert torch.equal(orthogonalised(torch.zeros(2, *shape)), torch.zeros(2, *shape))


@pytest.mark.parametrize("shape", SHAPES)
def test_steps_are_those_of_torch_but_for_its_half_precision(shape):
    """Muon on W, Adam on b, the same gradients for both."""
    start = {"W": torch.randn(1, *shape, generator=seeded()), "b": torch.randn(1, 6, generator=seeded(1))}
    ours = {name: x.clone() for name, x in start.items()}
    theirs = {name: x[0].clone().requires_grad_() for name, x in start.items()}
    optimiser = Optimiser(ours, {"W": 0.02, "b": 0.01}, clip=1e9)
    others = [
        torch.optim.Muon([theirs["W"]], lr=0.02, momentum=0.95, weight_decay=0.0),
        torch.optim.Adam([theirs["b"]], lr=0.01),
    ]
    for step in range(5):
        gradients = {name: torch.randn(x.shape, generator=seeded(10 + step)) for name, x in start.items()}
        for name, x in theirs.items():
            x.grad = gradients[name][0].clone()
        for other in others:
            other.step()
        optimiser.step(gradients, 1.0)
    torch.testing.assert_close(ours["b"][0], theirs["b"].detach())
    moved = (theirs["W"].detach() - start["W"][0]).norm()
    assert (ours["W"][0] - theirs["W"].detach()).norm() < 0.02 * moved


def test_every_network_has_its_own_gradient_clipped():
    sizes = torch.tensor([0.01, 1.0, 100.0])
    gradients = {
        "W": sizes[:, None, None] * torch.randn(3, 2, 2, generator=seeded()),
        "b": sizes[:, None] * torch.randn(3, 2, generator=seeded(1)),
    }
    before = {name: x.clone() for name, x in gradients.items()}
    clipped(gradients, 0.5)
    norms = torch.cat([x.flatten(1) for x in gradients.values()], dim=1).norm(dim=1)
    assert all(torch.equal(x[0], before[name][0]) for name, x in gradients.items())
    torch.testing.assert_close(norms[1:], torch.full((2,), 0.5), rtol=1e-4, atol=0.0)
