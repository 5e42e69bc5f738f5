"""How well a network does its tasks, on fresh noisy trials."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from modpack._checks import require, require_finite, require_generator, whole
from modpack.network import ModulatedNetwork
from modpack.tasks import generate, performance

EVALUATION_TRIALS = 1000
EVALUATION_SEED = 2**31
"""Seed of the fresh trials of a record, far from the seeds of training and of its evaluations."""


@torch.no_grad()
def evaluate(
    network: ModulatedNetwork,
    n_trials: int,
    generator: Generator,
    batch: int = 250,
    tasks: Sequence[str] | None = None,
) -> Tensor:
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
    tasks : sequence of str, optional
        By default all that the network knows.

    Returns
    -------
    Tensor, shape ([network], task)

    Raises
    ------
    ValueError
        If states or outputs are not finite: such a network gives no answers that could be scored.
    """
    n_trials, batch = whole("n_trials", n_trials, 1), whole("batch", batch, 1)
    require_generator(generator)
    names = tasks or network.code.tasks
    scores, device = [], network.tensors["b"].device
    for start in range(0, n_trials, batch):
        n = min(batch, n_trials - start)
        trials = generate(names, n, network.preset, generator).to(device)
        states = network.run(trials, generator=generator)
        require_finite("states", states)
        scores.append(n / n_trials * performance(network.readout(states, names), trials))
    return torch.stack(scores).sum(dim=0)


def rescore(network: ModulatedNetwork) -> dict[str, float]:
    """Return the performance of one network per task on the 1,000 fresh trials that records are scored on.

    Raises
    ------
    ValueError
        If the network is an ensemble, or not finite.
    """
    require(not network.is_ensemble, "network", "an ensemble", "a single network: score its members")
    generator = Generator().manual_seed(EVALUATION_SEED)
    scores = evaluate(network, EVALUATION_TRIALS, generator).tolist()
    return dict(zip(network.code.tasks, scores, strict=True))
