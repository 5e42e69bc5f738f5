"""How weights follow their gradients: Muon on the recurrent and input weights, Adam on everything else."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.optim.adam import adam

from modpack._checks import require
from modpack.modulation import Modulation
from modpack.network import ModulatedNetwork
from modpack.training.records import GROUPS, Recipe

MUON_TENSORS = ("W", "W_in")
MOMENTUM = 0.95


class Optimiser:
    """Muon (Jordan 2024) and Adam (Kingma and Ba 2015) on tensors that are stacked over networks.

    Parameters
    ----------
    leaves : dict of str to Tensor, each with a leading network axis
        What is trained, changed in place.
    rates : dict of str to float
        Peak learning rate of each.
    clip : float
        Largest gradient norm of a network.

    Attributes
    ----------
    state : dict of str to Tensor
        Everything that the next steps depend on.
    """

    def __init__(self, leaves: Mapping[str, Tensor], rates: Mapping[str, float], clip: float) -> None:
        self.leaves, self.rates, self.clip = leaves, rates, clip
        self.muon = [name for name in leaves if name in MUON_TENSORS]
        self.adam = [name for name in leaves if name not in MUON_TENSORS]
        self.state = {f"momentum.{name}": torch.zeros_like(leaves[name]) for name in self.muon}
        for name in self.adam:
            self.state |= {f"{key}.{name}": torch.zeros_like(leaves[name]) for key in ("mean", "square")}
            self.state[f"step.{name}"] = torch.zeros((), device=leaves[name].device)

    @torch.no_grad()
    def step(self, gradients: Mapping[str, Tensor], fraction: float) -> None:
        """Change the leaves by one step, with the rates at a fraction of their peak."""
        clipped(gradients, self.clip)
        for name in self.muon:
            gradient, momentum = gradients[name], self.state[f"momentum.{name}"]
            momentum.lerp_(gradient, 1 - MOMENTUM)
            update = orthogonalised(gradient.lerp(momentum, MOMENTUM))
            rows, columns = update.shape[-2:]
            size = self.rates[name] * fraction * max(1.0, rows / columns) ** 0.5
            self.leaves[name].add_(update, alpha=-size)
        for rate in dict.fromkeys(self.rates[name] for name in self.adam):
            names = [name for name in self.adam if self.rates[name] == rate]
            adam(
                [self.leaves[name] for name in names],
                [gradients[name] for name in names],
                [self.state[f"mean.{name}"] for name in names],
                [self.state[f"square.{name}"] for name in names],
                [],
                [self.state[f"step.{name}"] for name in names],
                fused=True,
                amsgrad=False,
                beta1=0.9,
                beta2=0.999,
                lr=rate * fraction,
                weight_decay=0.0,
                eps=1e-8,
                maximize=False,
            )


def orthogonalised(matrices: Tensor) -> Tensor:
    """Return matrices (network, row, column) whose singular values are brought near 1.

    Five steps of the quintic Newton-Schulz iteration of Muon, in single precision and for all matrices at
    once: in half precision, one by one, it costs ten times as much on most processors.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    is_tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if is_tall else matrices
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.mT if is_tall else x


def clipped(gradients: Mapping[str, Tensor], largest: float) -> None:
    """Scale the gradients of every network, in place, so that their norm is at most `largest`."""
    norms = torch.linalg.vector_norm(torch.cat([x.flatten(1) for x in gradients.values()], dim=1), dim=1)
    factor = (largest / (norms + 1e-6)).clamp(max=1.0)
    if bool((factor < 1).any()):
        for x in gradients.values():
            x.mul_(factor.view(-1, *[1] * (x.ndim - 1)))


def trained_names(network: ModulatedNetwork, groups: tuple[str, ...]) -> list[str]:
    """Return the names of the tensors of some groups, see :class:`Recipe`.

    Raises
    ------
    ValueError
        If the network has none.
    """
    group_of = {name: group for group, names in GROUPS.items() for name in names}
    group_of |= dict.fromkeys(network.modulation.recurrence, "recurrence")
    names = [name for name in network.trained if group_of.get(name, "modulation") in groups]
    require(bool(names), "trained", groups, "groups of which the form has tensors")
    return names


def peak_rates(recipe: Recipe, modulation: Modulation, names: list[str]) -> dict[str, float]:
    """Return the peak learning rate of some tensors."""
    own = {"excitability": recipe.excitability_rate, "synaptic": recipe.synaptic_rate}
    rates = {name: recipe.muon_rate if name in MUON_TENSORS else recipe.adam_rate for name in names}
    modulating = {name: own.get(pathway) for name, pathway in modulation.pathways().items() if name in names}
    return rates | {name: rate for name, rate in modulating.items() if rate is not None}
