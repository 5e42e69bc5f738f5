"""Timing of alternatives against each other, and the eager network that all benchmarks compare with."""

import ctypes
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from modpack.network import ModulatedNetwork
from modpack.tasks import Trials


def prepare() -> None:
    """Use one thread, and keep freed memory: how fast a system hands out pages is not the question."""
    torch.set_num_threads(1)
    if sys.platform == "linux":
        for option in (-1, -3):  # glibc's thresholds of trimming and of mapping
            ctypes.CDLL(None).mallopt(option, 2**30)


def report(
    heading: str, rates: dict[str, float], references: Sequence[str], targets: Mapping[str, str]
) -> None:
    """Print a line for each candidate: its rate, in units of each reference's, and what is aimed at.

    Parameters
    ----------
    heading : str
        What is measured, with the unit of the rates.
    rates : dict of str to float
        The candidates.
    references : sequence of str
        Names of the candidates that the others are compared with.
    targets : mapping of str to str
        Ratios to reach, in the order of the references.
    """
    print(f"{heading}:")
    for name, rate in rates.items():
        ratios = "".join(f"{rate / rates[reference]:8.2f} x {reference}" for reference in references)
        aim = f"  (target {targets[name]})" if name in targets else ""
        print(f"  {name:38s}{rate:9.1f}{ratios}{aim}", flush=True)


def best(
    candidates: dict[str, Callable[[], object]], windows: int = 10, seconds: float = 0.3
) -> dict[str, float]:
    """Return the shortest mean CPU time of a call in ms among windows that take turns.

    The shortest of several, and CPU time, because other processes make a window longer but never shorter;
    taking turns, because a busy minute should not count for one candidate only.
    """
    shortest = dict.fromkeys(candidates, float("inf"))
    for call in candidates.values():
        call()
    for _ in range(windows):
        for name, call in candidates.items():
            start, n = time.process_time(), 0
            while (elapsed := time.process_time() - start) < seconds:
                call()
                n += 1
            shortest[name] = min(shortest[name], 1e3 * elapsed / n)
    return shortest


class Eager(nn.Module):
    """The same network as a loop over an ordinary cell, with the context as rule inputs (form ``bias``)."""

    def __init__(self, network: ModulatedNetwork) -> None:
        super().__init__()
        t, self.alpha = network.tensors, network.preset.alpha
        n, channels = t["W_in"].shape
        self.from_input, self.recurrent = nn.Linear(channels + network.code.d, n), nn.Linear(n, n, bias=False)
        self.readout = nn.Linear(n, len(t["b_out"]))
        with torch.no_grad():
            self.from_input.weight.copy_(torch.cat([t["W_in"], t["B"]], dim=1))
            self.from_input.bias.copy_(t["b"])
            self.recurrent.weight.copy_(t["W"])
            self.readout.weight.copy_(t["W_out"])
            self.readout.bias.copy_(t["b_out"])

    def forward(self, inputs: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Return outputs and states, shape (time, trial, ...)."""
        r, states = torch.zeros_like(noise[0]), []
        for u, xi in zip(inputs, noise, strict=True):
            a = self.from_input(u) + self.recurrent(r) + xi
            r = (1 - self.alpha) * r + self.alpha * nn.functional.softplus(a)
            states.append(r)
        return self.readout(torch.stack(states)), torch.stack(states)


def eager_step(
    network: ModulatedNetwork, trials: Trials, noise: Tensor, penalty: float
) -> Callable[[], Tensor]:
    """Return a training step of the eager network: dense input, the same loss, Adam."""
    eager = Eager(network)
    optimiser = torch.optim.Adam(eager.parameters(), lr=1e-4)
    rules = torch.stack([network.code[task.name] for task in trials.tasks])[:, None]
    rules = rules.expand(trials.n_steps, -1, trials.n_trials, -1)
    inputs = torch.cat([trials.dense_inputs(), rules], dim=-1).flatten(1, 2)
    targets, weights = trials.dense_targets().flatten(1, 2), trials.dense_weights().flatten(1, 2)
    noise = noise.flatten(1, 2)
    weights = weights / (weights.shape[1] * weights.sum(dim=(0, -1), keepdim=True))

    def step() -> Tensor:
        optimiser.zero_grad()
        outputs, states = eager(inputs, noise)
        loss = (weights * (outputs - targets) ** 2).sum() + penalty * (states**2).mean()
        loss.backward()
        optimiser.step()
        return loss.detach()

    return step
