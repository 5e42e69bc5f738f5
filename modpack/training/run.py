"""Training from the first step to the last, with a checkpoint after every chunk, and what is kept of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from modpack import provenance, stored
from modpack.evaluation import rescore
from modpack.network import ModulatedNetwork
from modpack.training import checkpoint as checkpoints
from modpack.training.records import Model, TrainingConfig
from modpack.training.trainer import Row, Trainer


@dataclass(frozen=True)
class Trained:
    """What training returns.

    Parameters
    ----------
    network : ModulatedNetwork
        The trained network.
    config : TrainingConfig
    history : list of dict
        One row per evaluation: step, seed, loss, worst and mean performance, and one entry per task.
    seconds : float
        Wall time; of networks that were trained together each gets its share.
    """

    network: ModulatedNetwork
    config: TrainingConfig
    history: list[Row]
    seconds: float


def train(
    config: TrainingConfig, checkpoint: Path | None = None, progress: bool = True, device: str = "cpu"
) -> Trained:
    """Train the network of a configuration.

    Parameters
    ----------
    config : TrainingConfig
    checkpoint : Path, optional
        File to save to after every chunk of steps, and to go on from if it exists.
    progress : bool
        Whether to show a progress bar.
    device : str
        Torch device.

    Raises
    ------
    ValueError
        If the checkpoint is damaged or belongs to another configuration.
    FloatingPointError
        If training stops being finite; the last checkpoint is kept.

    Examples
    --------
    >>> from modpack.training import Protocol, Recipe
    >>> tasks = Protocol(("fdgo", "fdanti"), trials_per_task=4)
    >>> config = TrainingConfig(Model("bias", n_neurons=8), tasks, Recipe(steps=5))
    >>> train(config, progress=False).network.under("fdanti").n_contexts
    1
    """
    return train_together([config], checkpoint, progress, device)[0]


def train_together(
    configs: Sequence[TrainingConfig],
    checkpoint: Path | None = None,
    progress: bool = True,
    device: str = "cpu",
) -> list[Trained]:
    """Train networks of one shape as an ensemble: each ends as if it had been trained alone, but sooner.

    Parameters
    ----------
    configs : sequence of TrainingConfig
        One for each network. They may differ in seeds, in the code (of one length) and in tasks (of one
        number); those with the same tasks and data seed share trials and noise, which is faster still.
    checkpoint, progress, device
        As in :func:`train`.

    Raises
    ------
    ValueError, FloatingPointError
        As in :func:`train`, or if the configurations differ in shape.
    """
    trainer = Trainer(configs, device)
    if checkpoint is not None and checkpoint.exists():
        checkpoints.restore(trainer, checkpoint)
    try:
        for _ in chunks(trainer, progress):
            if checkpoint is not None:
                checkpoints.save(trainer, checkpoint)
    except FloatingPointError as error:
        if checkpoint is not None and checkpoint.exists():
            # Not in the message, which tables of results repeat: they name no file of a machine.
            error.add_note(f"delete {checkpoint}, from which it would diverge again")
        raise
    seconds = trainer.seconds / len(configs)
    parts = zip(trainer.networks(), configs, trainer.histories, strict=True)
    return [Trained(network, config, history, seconds) for network, config, history in parts]


def chunks(trainer: Trainer, progress: bool) -> Iterator[None]:
    """Advance a trainer chunk by chunk, with a progress bar that shows the loss and the worst task."""
    config = trainer.configs[0]
    # Where it is left out, TQDM_DISABLE decides.
    silent: dict[str, Any] = {} if progress else {"disable": True}
    total, form = config.recipe.steps, config.model.form
    with tqdm(total=total, initial=trainer.step, desc=form, unit="step", **silent) as bar:
        while not trainer.finished:
            before = trainer.step
            shown: dict[str, Any] = {"loss": f"{trainer.advance():.4f}"}
            if trainer.histories[0]:
                shown["worst"] = f"{min(history[-1]['worst'] for history in trainer.histories):.2f}"
            bar.set_postfix(shown, refresh=False)
            bar.update(trainer.step - before)
            yield


def write(path: Path, trained: Trained, device: str = "cpu") -> dict[str, Any]:
    """Score a trained network on fresh trials, write it with its record, and return the record.

    Raises
    ------
    ValueError
        As :func:`modpack.stored.write`.
    """
    record = {
        "config": trained.config.as_record(),
        "performance": rescore(trained.network),
        "history": trained.history,
        "seconds": round(trained.seconds, 1),
    }
    stored.write(path, trained.network, record | provenance.record(device))
    return stored.read(path).record


def shipped_config(form_name: str, seed: int) -> TrainingConfig:
    """Return the configuration of a shipped network."""
    return TrainingConfig(Model(form=form_name, seed=seed))
