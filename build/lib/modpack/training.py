"""Training: one trainer for one network or an ensemble, resumable at any moment to the bit-identical result.

The recipe: all tasks in every step; Muon (Jordan 2024) on the recurrent and input weights and Adam on the
rest, with a linear warm-up and a cosine decay; masked mean squared error, a small penalty on activity,
gradient norms clipped.
"""

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor
from tqdm import tqdm

from modpack import _files, networks, provenance
from modpack._checks import choose, require
from modpack._scan import mean_square
from modpack.activations import ACTIVATIONS
from modpack.context import ContextCode, one_hot, orthogonal
from modpack.evaluation import evaluate
from modpack.modulation import form
from modpack.network import ModulatedNetwork, ensemble, initial
from modpack.tasks import PRESETS, TASKS, Trials, generate

CODES: dict[str, Callable[[tuple[str, ...], Generator], ContextCode]] = {
    "one_hot": lambda tasks, generator: one_hot(tasks),
    "orthogonal": orthogonal,
}

MUON_TENSORS = ("W", "W_in")
CHUNK = 50  # training steps whose trials are generated at once
POOL = 2**23  # noise samples drawn once; every training step reads a slice at a random offset


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides what a training run computes.

    Parameters
    ----------
    form : str
        Modulation form, see ``modpack.modulation.FORMS``.
    tasks : tuple of str
        Names of the tasks, all trained in every step.
    preset : str
        Task preset, see ``modpack.tasks.PRESETS``.
    code : str
        Context code, see ``CODES``.
    activation : str
        Nonlinearity, see ``modpack.activations.ACTIVATIONS``.
    n_neurons : int
        N.
    seed : int
        Seed of the first network; decides initial values, trials and noise.
    networks : int
        Size of the ensemble: networks with seeds seed, seed + 1, ... trained on the same trials.
    steps : int
        Training steps.
    trials_per_task : int
        Trials of every task in every step; published training draws the two Ctx DM tasks five times as often.
    muon_rate : float
        Peak learning rate of the recurrent and input weights.
    adam_rate : float
        Peak learning rate of everything else.
    warmup : float
        Fraction of the steps over which the rates rise; they then fall as a cosine to 1 % of the peak.
    clip : float
        Largest gradient norm of a network.
    activity_penalty : float
        Weight of the mean squared rate in the loss.
    evaluate_every : int
        Steps between evaluations on held-out trials.
    evaluation_trials : int
        Trials of every task in an evaluation.
    stop_at : float or None
        Stop once every task reaches this performance in two independent evaluations; None trains all steps.
        Leave it off where networks are compared.
    """

    form: str = "combined"
    tasks: tuple[str, ...] = field(default_factory=lambda: tuple(TASKS))
    preset: str = "compact"
    code: str = "one_hot"
    activation: str = "softplus"
    n_neurons: int = 64
    seed: int = 0
    networks: int = 1
    steps: int = 3600
    trials_per_task: int = 16
    muon_rate: float = 0.02
    adam_rate: float = 5e-3
    warmup: float = 0.1
    clip: float = 1.0
    activity_penalty: float = 1e-5
    evaluate_every: int = 400
    evaluation_trials: int = 100
    stop_at: float | None = None

    def __post_init__(self) -> None:
        choose("preset", self.preset, PRESETS)
        choose("code", self.code, CODES)
        choose("activation", self.activation, ACTIVATIONS)
        for name in self.tasks:
            choose("tasks", name, TASKS)
        different = len(set(self.tasks)) == len(self.tasks) > 0
        require(different, "tasks", self.tasks, "one or more different names")
        form(self.form, len(self.tasks))
        for name in ("n_neurons", "networks", "steps", "trials_per_task", "evaluation_trials"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        for name in ("muon_rate", "adam_rate", "clip"):
            require(0 < getattr(self, name) < math.inf, name, getattr(self, name), "positive")
        self._check_ranges()

    def _check_ranges(self) -> None:
        every = self.evaluate_every
        require(every >= 1 and every % CHUNK == 0, "evaluate_every", every, f"a multiple of {CHUNK}")
        require(0 <= self.warmup <= 1, "warmup", self.warmup, "in [0, 1]")
        penalty = self.activity_penalty
        require(0 <= penalty < math.inf, "activity_penalty", penalty, "zero or positive")
        possible = self.stop_at is None or 0 < self.stop_at <= 1
        require(possible, "stop_at", self.stop_at, "None or in (0, 1]")

    def rate(self, step: int) -> float:
        """Return the learning rates' fraction of their peak at a step."""
        progress = (step + 1) / self.steps
        if progress < self.warmup:
            return progress / self.warmup
        decay = (progress - self.warmup) / (1 - self.warmup) if self.warmup < 1 else 1.0
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * decay))


@dataclass(frozen=True)
class Trained:
    """What training returns.

    Parameters
    ----------
    network : ModulatedNetwork
        The trained network, or ensemble.
    config : TrainingConfig
    history : list of dict
        One row per evaluation and network: step, seed, loss, worst and mean performance, and one entry per
        task.
    seconds : float
        Wall time.
    """

    network: ModulatedNetwork
    config: TrainingConfig
    history: list[dict[str, float]]
    seconds: float


def streams(seed: int) -> tuple[Generator, Generator, Generator, Generator]:
    """Return generators for trials, for the choice of noise, for the pool of noise, and for the context code.

    Their seeds are drawn from the seed of the network, so that no two streams of random numbers are the same.
    """
    seeds = torch.randint(2**62, (4,), generator=Generator().manual_seed(seed)).tolist()
    trials, noise, pool, code = (Generator().manual_seed(s) for s in seeds)
    return trials, noise, pool, code


def untrained(config: TrainingConfig, seed: int) -> ModulatedNetwork:
    """Return the network from which the training of `config` with `seed` starts.

    The networks of an ensemble differ in their seeds and share the context code of the first.
    """
    code = CODES[config.code](config.tasks, streams(config.seed)[-1])
    modulation, generator = form(config.form, code.d), Generator().manual_seed(seed)
    return initial(modulation, code, PRESETS[config.preset], config.n_neurons, generator, config.activation)


def loss_of(network: ModulatedNetwork, trials: Trials, noise: Tensor | None, penalty: float) -> Tensor:
    """Return the loss of every network: weighted mean squared error plus penalty times the mean squared rate.

    Parameters
    ----------
    network : ModulatedNetwork
    trials : Trials
    noise : Tensor, shape (time, [network], task, trial, neuron), or None
    penalty : float

    Returns
    -------
    Tensor, shape ([network],)
    """
    dynamics = network.under([task.name for task in trials.tasks])
    states = dynamics.simulate(trials.patterns, trials.epoch_index, noise)
    outputs = dynamics.readout(states)
    targets, weights = trials.dense_targets(), trials.dense_weights()
    if network.is_ensemble:
        targets, weights = targets.unsqueeze(1), weights.unsqueeze(1)
    error = weights * (outputs - targets) ** 2
    return error.mean(dim=(0, -3, -2, -1)) + penalty * mean_square(states)


class Trainer:
    """A training run that can be advanced, saved and restored."""

    def __init__(self, config: TrainingConfig, device: str = "cpu") -> None:
        self.config, self.device = config, device
        self.seeds = tuple(range(config.seed, config.seed + config.networks))
        self.template = [untrained(config, seed).to(device) for seed in self.seeds]
        trained = self.template[0].trained
        self.leaves = [
            {name: n.tensors[name].clone().requires_grad_() for name in trained} for n in self.template
        ]
        chosen = [[leaf[name] for leaf in self.leaves for name in trained if name in MUON_TENSORS]]
        chosen += [[leaf[name] for leaf in self.leaves for name in trained if name not in MUON_TENSORS]]
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "muon": torch.optim.Muon(chosen[0], lr=config.muon_rate, momentum=0.95, weight_decay=0.0),
            "adam": torch.optim.Adam(chosen[1], lr=config.adam_rate, fused=True),
        }
        self.trials, self.noise, pool, _ = streams(config.seed)
        preset = PRESETS[config.preset]
        scale = preset.sigma_rec * math.sqrt(2 / preset.alpha)
        self.pool = (scale * torch.randn(POOL, generator=pool)).to(device)
        self.step = 0
        self.seconds = 0.0
        self.history: list[dict[str, float]] = []
        self.stopped = False

    @property
    def finished(self) -> bool:
        """Whether all steps are done or the early stop was reached."""
        return self.stopped or self.step >= self.config.steps

    def network(self) -> ModulatedNetwork:
        """Return the network (or ensemble) as it is now; its trained tensors take part in gradients."""
        members = [
            ModulatedNetwork(t.modulation, t.code, t.preset, t.tensors | leaf, t.activation)
            for t, leaf in zip(self.template, self.leaves, strict=True)
        ]
        return members[0] if len(members) == 1 else ensemble(members)

    def advance(self) -> float:
        """Train one chunk of steps, evaluate if it is time, and return the mean loss over the chunk."""
        start = time.perf_counter()
        c = self.config
        n_steps = min(CHUNK, c.steps - self.step)
        batch = generate(c.tasks, CHUNK * c.trials_per_task, PRESETS[c.preset], self.trials).to(self.device)
        losses = []
        for k in range(n_steps):
            trials = batch.select(slice(k * c.trials_per_task, (k + 1) * c.trials_per_task))
            losses.append(self._descend(trials))
            self.step += 1
        loss = torch.stack(losses).mean(dim=0).reshape(-1)
        if not bool(loss.isfinite().all()):
            raise FloatingPointError(
                f"the loss is not finite before step {self.step}; try lower learning rates"
            )
        if self.step % c.evaluate_every == 0 or self.finished:
            self._evaluate(loss)
        self.seconds += time.perf_counter() - start
        return float(loss.mean())

    def _descend(self, trials: Trials) -> Tensor:
        c = self.config
        for name, peak in (("muon", c.muon_rate), ("adam", c.adam_rate)):
            self.optimisers[name].param_groups[0]["lr"] = peak * c.rate(self.step)
            self.optimisers[name].zero_grad()
        network = self.network()
        loss = loss_of(network, trials, self._noise(trials, network), c.activity_penalty)
        loss.sum().backward()
        for leaf in self.leaves:
            torch.nn.utils.clip_grad_norm_(leaf.values(), c.clip)
        for optimiser in self.optimisers.values():
            optimiser.step()
        return loss.detach()

    def _noise(self, trials: Trials, network: ModulatedNetwork) -> Tensor:
        """Return a slice of the pool as noise: fresh normal numbers would cost a fifth of a step.

        Only where half of the pool would not do, in large ensembles, are they drawn.
        """
        members = (len(self.leaves),) if network.is_ensemble else ()
        shape = (trials.n_steps, *members, *trials.epoch_index.shape[1:], network.n_neurons)
        count = math.prod(shape)
        if 2 * count > len(self.pool):
            return network.under(network.modulation.neutral()).noise(shape, self.noise)
        offset = int(torch.randint(len(self.pool) - count, (1,), generator=self.noise))
        return self.pool[offset : offset + count].view(shape)

    def _evaluate(self, loss: Tensor) -> None:
        c = self.config
        network = self.network()
        # Seeds of their own, so that what is evaluated changes nothing in what is trained.
        generators = [Generator().manual_seed(10**9 + 2 * self.step + k) for k in range(2)]
        scores = evaluate(network, c.evaluation_trials, generators[0]).reshape(len(self.seeds), -1)
        for seed, value, row in zip(self.seeds, loss.tolist(), scores.tolist(), strict=True):
            summary = {
                "step": self.step,
                "seed": seed,
                "loss": value,
                "worst": min(row),
                "mean": sum(row) / len(row),
            }
            self.history.append(summary | dict(zip(c.tasks, row, strict=True)))
        if c.stop_at is not None and float(scores.min()) >= c.stop_at:
            again = evaluate(network, c.evaluation_trials, generators[1])
            self.stopped = float(again.min()) >= c.stop_at

    def save(self, path: Path) -> None:
        """Write everything that decides how training goes on, atomically."""
        tensors = {
            f"leaf.{i}.{name}": x.detach() for i, leaf in enumerate(self.leaves) for name, x in leaf.items()
        }
        for name, optimiser in self.optimisers.items():
            for index, state in optimiser.state_dict()["state"].items():
                tensors |= {f"{name}.{index}.{key}": value for key, value in state.items()}
        tensors |= {"trials": self.trials.get_state(), "noise": self.noise.get_state()}
        record = {
            "config": asdict(self.config),
            "step": self.step,
            "seconds": self.seconds,
            "history": self.history,
            "stopped": self.stopped,
        }
        _files.write_tensors(path, tensors, {"record": json.dumps(record)})

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises
        ------
        ValueError
            If the checkpoint belongs to another configuration; it is left as it is.
        """
        tensors, metadata = _files.read_tensors(path)
        record = json.loads(metadata["record"])
        ours = json.loads(json.dumps(asdict(self.config)))
        differing = sorted(k for k in ours if ours[k] != record["config"].get(k))
        require(
            not differing, "checkpoint", str(path), f"of the same configuration (it differs in {differing})"
        )
        with torch.no_grad():
            for i, leaf in enumerate(self.leaves):
                for name, x in leaf.items():
                    x.copy_(tensors[f"leaf.{i}.{name}"])
        for name, optimiser in self.optimisers.items():
            optimiser.load_state_dict(optimiser.state_dict() | {"state": _nested(tensors, name)})
        self.trials.set_state(tensors["trials"])
        self.noise.set_state(tensors["noise"])
        for key in ("step", "seconds", "history", "stopped"):
            setattr(self, key, record[key])


def _nested(tensors: dict[str, Tensor], prefix: str) -> dict[int, dict[str, Tensor]]:
    """Return {index: {key: tensor}} from entries named ``prefix.index.key``."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        first, *rest = name.split(".")
        if first == prefix and len(rest) == 2:
            state.setdefault(int(rest[0]), {})[rest[1]] = value
    return state


def chunks(trainer: Trainer, progress: bool) -> Iterator[None]:
    """Advance a trainer chunk by chunk, with a progress bar that shows the loss and the worst task."""
    c = trainer.config
    silent: dict[str, Any] = (
        {} if progress else {"disable": True}
    )  # where it is left out, TQDM_DISABLE decides
    with tqdm(total=c.steps, initial=trainer.step, desc=c.form, unit="step", **silent) as bar:
        while not trainer.finished:
            before = trainer.step
            shown: dict[str, Any] = {"loss": f"{trainer.advance():.4f}"}
            if trainer.history:
                shown["worst"] = f"{trainer.history[-1]['worst']:.2f}"
            bar.set_postfix(shown, refresh=False)
            bar.update(trainer.step - before)
            yield


def train(
    config: TrainingConfig, checkpoint: Path | None = None, progress: bool = True, device: str = "cpu"
) -> Trained:
    """Train the network (or ensemble) of a configuration.

    Parameters
    ----------
    config : TrainingConfig
    checkpoint : Path, optional
        File to save to after every chunk of steps, and to go on from if it exists.
    progress : bool
        Whether to show a progress bar.
    device : str
        Torch device.

    Returns
    -------
    Trained
        With ``config.networks > 1`` its network is an ensemble.

    Raises
    ------
    ValueError
        If the checkpoint belongs to another configuration.
    FloatingPointError
        If the loss stops being finite; the last checkpoint is kept.
    """
    trainer = Trainer(config, device)
    if checkpoint is not None and checkpoint.exists():
        trainer.restore(checkpoint)
    for _ in chunks(trainer, progress):
        if checkpoint is not None:
            trainer.save(checkpoint)
    network = trainer.network()
    detached = {name: x.detach() for name, x in network.tensors.items()}
    network = ModulatedNetwork(network.modulation, network.code, network.preset, detached, network.activation)
    return Trained(network, config, trainer.history, trainer.seconds)


def write(path: Path, trained: Trained, device: str = "cpu") -> dict[str, Any]:
    """Score a trained network on fresh trials, write it with its record, and return the record.

    Raises
    ------
    ValueError
        As :func:`modpack.networks.write`.
    """
    record = {
        "config": asdict(trained.config),
        "performance": networks.rescore(trained.network),
        "history": trained.history,
        "seconds": round(trained.seconds, 1),
    }
    networks.write(path, trained.network, record | provenance.record(device))
    return networks.read(path).record


def shipped_config(form_name: str, seed: int) -> TrainingConfig:
    """Return the configuration of a shipped network."""
    return TrainingConfig(form=form_name, seed=seed)
