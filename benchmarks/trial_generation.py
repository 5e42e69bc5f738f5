"""Generating trials: as a fraction of the training step that uses them, and against the published way.

Trials are drawn for 50 batches at once, as training draws them. For the first ratio a batch has 20 tasks x 16
trials of the preset ``compact``; for the second 64 trials of one task of the preset ``yang``, with the
inputs, targets and weights of every step, as the published generator makes them. There all trials of a batch
have the same timing; here each has its own, and a batch the length of the longest of all that were drawn.
"""

import torch
from original_generator import Batch, batch, original
from timing import best, prepare, report
from torch import Generator

from modpack.tasks import COMPACT, TASKS, YANG, Trials, generate
from modpack.training import Model, TrainingConfig
from modpack.training.records import CHUNK
from modpack.training.trainer import Trainer

FRACTION = 0.05
DENSE = "dense, drawn for 50 batches at once"
TARGETS = {DENSE: "5"}
BATCH = 64


def main() -> None:
    """Print both ratios, the first for a fast form and for the slowest main character."""
    prepare()
    for form in ("bias", "combined"):
        against_training(form)
    for name in TASKS:
        check(name)
    against_original()


def against_training(form: str) -> None:
    """Print the time of a training step and of generating its trials."""
    generator, tasks = Generator().manual_seed(0), tuple(TASKS)
    config = TrainingConfig(Model(form))
    trainer, n_trials = Trainer([config]), CHUNK * config.protocol.trials_per_task
    trainer.data.draw()
    batch = trainer.data.batch(0, 0)
    times = best(
        {
            "step": lambda: trainer.descend(batch),
            "trials": lambda: generate(tasks, n_trials, COMPACT, generator),
        }
    )
    per_step = times["trials"] / CHUNK
    print(
        f"{form}: training step {times['step']:.2f} ms, its trials {per_step:.3f} ms: "
        f"{per_step / times['step']:.1%} (target at most {FRACTION:.0%})"
    )


def check(name: str) -> None:
    """Make sure that both ways make the same trials of a task."""
    trials = generate([name], 9, YANG, Generator().manual_seed(0))
    dense = (trials.dense_inputs(), trials.dense_targets(), trials.dense_weights().sqrt())
    within = torch.arange(trials.n_steps)[:, None] < trials.end
    for ours, theirs in zip(dense, original(batch(trials, trials.onsets[:, 0].numpy())), strict=True):
        channels = ours.shape[-1]
        torch.testing.assert_close(
            ours[:, 0][within], torch.from_numpy(theirs)[within][:, :channels], atol=1e-5, rtol=0
        )


def against_original() -> None:
    """Print how many trials a second each way makes: a batch of every task in turn."""
    generator = Generator().manual_seed(0)
    given = [shared_timing(generate([name], BATCH, YANG, generator)) for name in TASKS]

    def published() -> None:
        for shown in given:
            original(shown)

    def ours(n_batches: int, dense: bool) -> None:
        for name in TASKS:
            trials = generate([name], n_batches * BATCH, YANG, generator)
            for k in range(n_batches):
                part = trials.select(slice(k * BATCH, (k + 1) * BATCH))
                if dense:
                    part.dense_inputs(), part.dense_targets(), part.dense_weights()

    candidates = {
        "published way": (1, published),
        "dense, drawn one by one": (1, lambda: ours(1, True)),
        DENSE: (CHUNK, lambda: ours(CHUNK, True)),
        "as patterns": (CHUNK, lambda: ours(CHUNK, False)),
    }
    times = best({name: call for name, (_, call) in candidates.items()})
    rates = {name: n * len(TASKS) * BATCH / times[name] * 1e3 for name, (n, _) in candidates.items()}
    report("trials per second, without noise", rates, ["published way"], TARGETS)


def shared_timing(trials: Trials) -> Batch:
    """Return trials of one task with the timing of the first for all, as in the published generator."""
    return batch(trials, trials.onsets[:, 0, :1].expand(-1, trials.n_trials).numpy())


if __name__ == "__main__":
    main()
