"""The trainer: networks of one shape trained together, resumable to the bit-identical result."""

import time
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Generator, Tensor

from modpack._checks import require, require_device
from modpack.evaluation import evaluate
from modpack.network import ModulatedNetwork
from modpack.training import records
from modpack.training.data import Batch, Data
from modpack.training.loss import loss_and_state
from modpack.training.optimiser import Optimiser, peak_rates, trained_names
from modpack.training.records import TrainingConfig
from modpack.training.starting import untrained

Row = dict[str, float]
"""One evaluation: step, seed, loss, worst and mean performance, and one entry per task."""


class Trainer:
    """A training run that can be advanced, saved and restored.

    Parameters
    ----------
    configs : sequence of TrainingConfig
        One for each network; they may differ in seeds, in what a code draws, and in tasks of equal number.
    device : str

    Attributes
    ----------
    leaves : dict of str to Tensor, each with a leading network axis
        What is trained.
    histories : list of list of dict
        For each network a row per evaluation.
    """

    def __init__(self, configs: Sequence[TrainingConfig], device: str = "cpu") -> None:
        check_alike(configs)
        require_device(device)
        self.configs, self.device = tuple(configs), device
        self.starts = [untrained(config).to(device) for config in configs]
        first, recipe = self.starts[0], configs[0].recipe
        names = trained_names(first, recipe.trained)
        stacked = {name: torch.stack([n.tensors[name] for n in self.starts]) for name in first.tensors}
        self.leaves = {name: stacked.pop(name).requires_grad_() for name in names}
        self.kept = stacked
        self.optimiser = Optimiser(self.leaves, peak_rates(recipe, first.modulation, names), recipe.clip)
        self.data = Data(configs, device)
        self.step = 0
        self.seconds = 0.0
        self.histories: list[list[Row]] = [[] for _ in configs]
        self.stopped = False

    @property
    def finished(self) -> bool:
        """Whether all steps are done or the early stop was reached."""
        return self.stopped or self.step >= self.configs[0].recipe.steps

    def networks(self) -> list[ModulatedNetwork]:
        """Return the networks as they are now."""
        tensors = {name: x.detach().clone() for name, x in (self.kept | self.leaves).items()}
        return [
            replace(start, tensors={name: tensors[name][i] for name in start.tensors})
            for i, start in enumerate(self.starts)
        ]

    def advance(self) -> float:
        """Train one chunk of steps, evaluate if it is time, and return the mean loss over the chunk.

        Raises
        ------
        FloatingPointError
            If weights or losses stop being finite.
        """
        start = time.perf_counter()
        config = self.configs[0]
        self.data.draw()
        losses = []
        for k in range(min(records.CHUNK, config.recipe.steps - self.step)):
            batch = self.data.batch(self.step, k)
            losses.append(self.descend(batch))
            self.step += 1
        self._check_finite(batch)
        loss = torch.stack(losses).mean(dim=0)
        if self.step % config.evaluation.every == 0 or self.finished:
            self._evaluate(loss)
        self.seconds += time.perf_counter() - start
        return float(loss.mean())

    def loss(self, batch: Batch) -> Tensor:
        """Return the loss of every network, shape (network,)."""
        return self._loss_and_state(batch)[0]

    def _loss_and_state(self, batch: Batch) -> tuple[Tensor, Tensor]:
        tensors = self.kept | self.leaves
        if len(self.configs) == 1:
            tensors = {name: x.squeeze(0) for name, x in tensors.items()}
        network = self.starts[0].with_values(tensors)
        loss, state = loss_and_state(network, batch, self.configs[0].recipe.activity_penalty)
        return loss.reshape(-1), state

    def descend(self, batch: Batch) -> Tensor:
        """Train one step and return the loss of every network before it, shape (network,)."""
        loss, state = self._loss_and_state(batch)
        self.data.keep(state)
        gradients = torch.autograd.grad(loss.sum(), list(self.leaves.values()))
        config = self.configs[0]
        fraction = config.recipe.rate(self.step, config.protocol.contexts.restarts)
        # Fused Adam reads memory in order, whatever the strides.
        in_order = [gradient.contiguous() for gradient in gradients]
        self.optimiser.step(dict(zip(self.leaves, in_order, strict=True)), fraction)
        return loss.detach()

    @torch.no_grad()
    def _check_finite(self, batch: Batch) -> None:
        """Raise a FloatingPointError unless all weights, and the loss that they have now, are finite."""
        finite = self.loss(batch).isfinite()
        for x in self.leaves.values():
            finite &= x.flatten(1).isfinite().all(dim=1)
        broken = [config.model.seed for config, fine in zip(self.configs, finite, strict=True) if not fine]
        if broken:
            message = f"networks with seeds {broken} are not finite before step {self.step}: lower the rates"
            raise FloatingPointError(message)

    def _evaluate(self, loss: Tensor) -> None:
        """Test every network as if it were alone."""
        for config, network, value, history in zip(
            self.configs, self.networks(), loss.tolist(), self.histories, strict=True
        ):
            scores = self._scores(config, network, 0)
            summary = {"step": self.step, "seed": config.model.seed, "loss": value}
            summary |= {"worst": min(scores), "mean": sum(scores) / len(scores)}
            history.append(summary | dict(zip(config.protocol.tasks, scores, strict=True)))
            stop_at = config.evaluation.stop_at
            if stop_at is not None and min(scores) >= stop_at:
                self.stopped = min(self._scores(config, network, 1)) >= stop_at

    def _scores(self, config: TrainingConfig, network: ModulatedNetwork, k: int) -> list[float]:
        # Seeds of their own, so that what is evaluated changes nothing in what is trained.
        generator = Generator().manual_seed(10**9 + 2 * self.step + k)
        return evaluate(network, config.evaluation.trials, generator, tasks=config.protocol.tasks).tolist()


def check_alike(configs: Sequence[TrainingConfig]) -> None:
    """Raise a ValueError unless networks of these configurations can be trained together."""
    require(len(configs) > 0, "configs", configs, "one or more configurations")
    require(
        len(configs) == 1 or configs[0].evaluation.stop_at is None,
        "stop_at",
        configs[0].evaluation.stop_at,
        "None where several networks are trained, as all take the same steps",
    )
    shapes = [shape(config) for config in configs]
    for i, own in enumerate(shapes):
        differing = [name for name in own if own[name] != shapes[0][name]]
        require(not differing, f"configs[{i}]", f"different in {differing}", "of the shape of the first")


def shape(config: TrainingConfig) -> dict[str, object]:
    """Return everything in which networks that are trained together agree."""
    record = config.as_record()
    flat = {name: value for part in record.values() for name, value in part.items()}
    own = ("seed", "code", "code_seed", "data_seed", "tasks", "knows", "start")
    sizes = {"number of tasks": len(config.protocol.tasks), "length of the code": config.modulation().d}
    return {name: value for name, value in flat.items() if name not in own} | sizes
