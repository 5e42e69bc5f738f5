"""A training step of one network against those of eager loops: 4 tasks x 16 trials, 33 channels, 2 s."""

import torch
from eager import careful, eager_step, naive
from timing import best, prepare, report

from modpack.tasks import TASKS
from modpack.training import Model, Protocol, TrainingConfig
from modpack.training.trainer import Trainer

TARGETS = {64: "2.2 and 1.4", 128: "2.0 and 1.4", 256: "1.6 and 1.4"}
CASES = [("bias", 64), ("bias", 128), ("bias", 256)]
CASES += [(form, 64) for form in ("gain", "excitability", "synaptic", "combined")]
NAIVE, CAREFUL = "naive loop", "careful loop"
TRIALS = 16


def main() -> None:
    """Print steps per second of all, and their ratios, for each form and number of neurons."""
    prepare()
    for form, n in CASES:
        compare(form, n, TARGETS[n])


def compare(form: str, n: int, target: str) -> None:
    """Print two tables about one form and size: trained by Adam alone, and by the whole recipe."""
    tasks = tuple(TASKS)[:4]
    config = TrainingConfig(Model(form, n_neurons=n), Protocol(tasks, trials_per_task=TRIALS))
    trainer = Trainer([config])
    trainer.data.draw()
    batch, trials = trainer.data.batch(0, 0), trainer.data.sources[0].chunk.select(slice(0, TRIALS))
    given = (trainer.networks()[0], trials, batch.noise, config.recipe.activity_penalty)
    optimiser = torch.optim.Adam(trainer.leaves.values(), lr=1e-4, fused=True)

    def scan_with_adam() -> None:
        optimiser.zero_grad()
        trainer.loss(batch).sum().backward()
        optimiser.step()

    ours = {False: ("scan", scan_with_adam), True: ("as trained", lambda: trainer.descend(batch))}
    loss = trainer.loss(batch)[0].detach()
    for recipe, (name, step) in ours.items():
        loops = {NAIVE: eager_step(*given, naive, recipe), CAREFUL: eager_step(*given, careful, recipe)}
        for loop in loops.values():
            torch.testing.assert_close(loop(), loss)  # the same maths
        times = best({**loops, name: step})
        heading = f"{form}, N = {n}, {'the whole recipe' if recipe else 'Adam alone'}, steps per second"
        rates = {label: 1e3 / time for label, time in times.items()}
        report(heading, rates, [NAIVE, CAREFUL], {"as trained": target})


if __name__ == "__main__":
    main()
