"""How well a network does its tasks, on fresh noisy trials."""

import torch
from torch import Generator, Tensor

from modpack._checks import require
from modpack.network import ModulatedNetwork
from modpack.tasks import generate, performance


@torch.no_grad()
def evaluate(network: ModulatedNetwork, n_trials: int, generator: Generator, batch: int = 250) -> Tensor:
    """Return the performance per task on fresh noisy trials by the published criterion.

    Parameters
    ----------
    network : ModulatedNetwork
    n_trials : int
        Trials per task.
    generator : Generator
        Draws trials and noise.
    batch : int
        Trials simulated at once; bounds the memory.

    Returns
    -------
    Tensor, shape ([network], task)

    Raises
    ------
    ValueError
        If states or outputs are not finite: such a network gives no answers that could be scored.
    """
    scores, device = [], network.tensors["b"].device
    for start in range(0, n_trials, batch):
        n = min(batch, n_trials - start)
        trials = generate(network.code.tasks, n, network.preset, generator).to(device)
        states = network.run(trials, generator=generator)
        outputs = network.readout(states)
        finite = bool(states.isfinite().all() and outputs.isfinite().all())
        require(finite, "network", "not finite", "finite in states and outputs; did its training diverge?")
        scores.append(n / n_trials * performance(outputs, trials))
    return torch.stack(scores).sum(dim=0)
