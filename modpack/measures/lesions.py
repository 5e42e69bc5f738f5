"""What is left of a network when some of its neurons fall silent or its noise grows."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from modpack._checks import number, require, require_finite, whole
from modpack.network import ModulatedNetwork
from modpack.tasks import Trials, performance


@torch.no_grad()
def activity(network: ModulatedNetwork, trials: Trials) -> Tensor:
    """Return the mean rate of every neuron in every task, shape (task, neuron).

    Every task is run under its own context, free of noise; the mean is over the time of all trials.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network.
    trials : Trials
    """
    network.require_single()
    during = torch.arange(trials.n_steps).unsqueeze(-1).unsqueeze(-1) < trials.end
    states = network.run(trials)
    require_finite("states", states)
    rates = states * during.unsqueeze(-1)
    return rates.sum((0, 2)) / during.sum((0, 2)).unsqueeze(-1)


def most_active_first(network: ModulatedNetwork, trials: Trials) -> list[int]:
    """Return the neurons of a network, those with the largest mean rate over all tasks first."""
    return activity(network, trials).mean(0).argsort(descending=True).tolist()


@torch.no_grad()
def damaged_outputs(
    network: ModulatedNetwork,
    trials: Trials,
    silenced: Sequence[int] = (),
    sigma_rec: float = 0.0,
    deviates: Tensor | None = None,
) -> Tensor:
    """Return the outputs of a network with silent neurons and recurrent noise.

    Every task is run under its own context.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network.
    trials : Trials
    silenced : sequence of int
        Neurons whose output gate is closed.
    sigma_rec : float
        Noise amplitude, see :class:`modpack.dynamics.Dynamics`.
    deviates : Tensor, shape (time, task, trial, neuron), optional
        Standard normal deviates that the noise is made of; needed where there is any.

    Returns
    -------
    Tensor, shape (time, task, trial, output)

    Raises
    ------
    ValueError
        If a neuron is not known, the noise is negative, its deviates are missing, or the network diverges.
    """
    network.require_single()
    sigma_rec = number("sigma_rec", sigma_rec, 0)
    require(sigma_rec == 0 or deviates is not None, "deviates", deviates, "given where there is noise")
    intact = network.under([task.name for task in trials.tasks])
    dynamics = replace(intact.silenced(silenced), sigma_rec=sigma_rec)
    noise = None if deviates is None else deviates * dynamics.noise_std
    states = dynamics.simulate(trials.patterns, trials.epoch_index, noise)
    outputs = dynamics.readout(states)
    require_finite("outputs", outputs)
    return outputs


def damaged(
    network: ModulatedNetwork,
    trials: Trials,
    silenced: Sequence[int] = (),
    sigma_rec: float = 0.0,
    deviates: Tensor | None = None,
) -> Tensor:
    """Return the fraction of correct trials in every task, shape (task,), for `damaged_outputs`."""
    return performance(damaged_outputs(network, trials, silenced, sigma_rec, deviates), trials)


def lesion_curve(
    network: ModulatedNetwork, trials: Trials, order: Sequence[int], counts: Sequence[int]
) -> Tensor:
    """Return the performance, shape (count, task), with the first few neurons of an order silent.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network; it runs free of noise.
    trials : Trials
    order : sequence of int
        Neurons, as from :func:`most_active_first`.
    counts : sequence of int
        How many of them are silent.

    Raises
    ------
    ValueError
        For a count that is negative or larger than the order is long.
    """
    counts = [whole("counts", count, most=len(order)) for count in counts]
    require(bool(counts), "counts", counts, "one or more numbers of neurons")
    return torch.stack([damaged(network, trials, order[:count]) for count in counts])


def noise_curve(
    network: ModulatedNetwork, trials: Trials, amplitudes: Sequence[float], deviates: Tensor
) -> Tensor:
    """Return the performance, shape (amplitude, task), under recurrent noise of some amplitudes.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network.
    trials : Trials
    amplitudes : sequence of float
        Values of sigma_rec.
    deviates : Tensor, shape (time, task, trial, neuron)
        As in :func:`damaged`; the same for every amplitude.
    """
    return torch.stack([damaged(network, trials, (), sigma, deviates) for sigma in amplitudes])
