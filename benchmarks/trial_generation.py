"""Generating trials as a fraction of the training step that uses them: 20 tasks x 16 trials, N = 64."""

import torch
from timing import best

from modpack.tasks import COMPACT, TASKS, generate
from modpack.training import CHUNK, Trainer, TrainingConfig

TARGET = 0.05


def main() -> None:
    """Print the time of both per step, for a fast form and for the slowest main character."""
    torch.set_num_threads(1)
    generator, tasks = torch.Generator().manual_seed(0), tuple(TASKS)
    for form in ("bias", "combined"):
        trainer = Trainer(TrainingConfig(form=form))
        trials = generate(tasks, trainer.config.trials_per_task, COMPACT, generator)
        n_trials = CHUNK * trainer.config.trials_per_task

        def descend(trainer=trainer, trials=trials):
            trainer._descend(trials)

        def draw(n_trials=n_trials):
            generate(tasks, n_trials, COMPACT, generator)

        times = best({"step": descend, "trials": draw})
        per_step = times["trials"] / CHUNK
        print(
            f"{form}: training step {times['step']:.2f} ms, its trials {per_step:.3f} ms: "
            f"{per_step / times['step']:.1%} (target at most {TARGET:.0%})"
        )


if __name__ == "__main__":
    main()
