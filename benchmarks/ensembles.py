"""Training an ensemble against training its networks one by one in eager loops: 4 tasks x 8 trials, 2 s."""

import torch
from eager import careful, eager_step, naive
from timing import best, prepare, report

from modpack.tasks import TASKS
from modpack.training import Model, Protocol, TrainingConfig, with_seeds
from modpack.training.trainer import Trainer

TARGETS = {("bias", 16): "12", ("bias", 32): "8"}
FORMS = ("bias", "gain", "excitability", "synaptic", "combined")
NAIVE, SIZE, TRIALS = "naive loop, Adam", 16, 8


def main() -> None:
    """Print network-steps per second of all, and their ratios, for each form and number of neurons."""
    prepare()
    for form in FORMS:
        for n in (16, 32):
            compare(form, n, TARGETS.get((form, n)))


def compare(form: str, n: int, target: str | None) -> None:
    """Print one table about one form and size."""
    tasks = tuple(TASKS)[:4]
    config = TrainingConfig(Model(form, n_neurons=n), Protocol(tasks, trials_per_task=TRIALS))
    trainer = Trainer(with_seeds(config, range(SIZE)))
    trainer.data.draw()
    batch, trials = trainer.data.batch(0, 0), trainer.data.sources[0].chunk.select(slice(0, TRIALS))
    given = (trainer.networks()[0], trials, batch.noise[:, 0], config.recipe.activity_penalty)
    loops = {
        NAIVE: eager_step(*given, naive, recipe=False),
        "naive loop, whole recipe": eager_step(*given, naive, recipe=True),
        "careful loop, whole recipe": eager_step(*given, careful, recipe=True),
    }
    loss = trainer.loss(batch)[0].detach()
    for loop in loops.values():
        torch.testing.assert_close(loop(), loss)  # the same maths
    name = f"{SIZE} networks as trained"
    times = best({**loops, name: lambda: trainer.descend(batch)})
    rates = {label: 1e3 / time * (SIZE if label == name else 1) for label, time in times.items()}
    report(
        f"{form}, N = {n}, network-steps per second",
        rates,
        list(loops),
        {} if target is None else {name: target},
    )


if __name__ == "__main__":
    main()
