"""A training step against that of an eager cell loop: 4 tasks x 16 trials, 33 input channels, 2 s."""

import torch
from timing import best, eager_step

from modpack.tasks import TASKS
from modpack.training import Model, Protocol, TrainingConfig
from modpack.training.trainer import Trainer

TARGETS = {64: 2.5, 128: 1.8, 256: 1.4}


def main() -> None:
    """Print the time of both, and their ratio, for each number of neurons."""
    torch.set_num_threads(1)
    tasks = tuple(TASKS)[:4]
    for n, target in TARGETS.items():
        config = TrainingConfig(Model("bias", n_neurons=n), Protocol(tasks))
        trainer, penalty = Trainer([config]), config.recipe.activity_penalty
        trainer.data.draw()
        batch, trials = trainer.data.batch(0, 0), trainer.data.sources[0].chunk.select(slice(0, 16))
        eager = eager_step(trainer.networks()[0], trials, batch.noise, penalty)
        torch.testing.assert_close(trainer.loss(batch)[0].detach(), eager())  # the same maths
        optimiser = torch.optim.Adam(trainer.leaves.values(), lr=1e-4, fused=True)

        def with_adam(trainer=trainer, batch=batch, optimiser=optimiser):
            optimiser.zero_grad()
            trainer.loss(batch).sum().backward()
            optimiser.step()

        times = best({"eager": eager, "adam": with_adam, "training": lambda t=trainer, x=batch: t.descend(x)})
        print(f"N = {n}, ms per training step:")
        report(times, target)


def report(times: dict[str, float], target: float) -> None:
    """Print one line for each way to train."""
    labels = {
        "eager": "eager loop",
        "adam": "scan with Adam",
        "training": "as trained (clipped, Muon and Adam)",
    }
    for name, label in labels.items():
        print(f"  {label:36s}{times[name]:6.2f} = {times['eager'] / times[name]:4.2f} x as fast", end="")
        print(f" (target {target})" if name == "adam" else "")


if __name__ == "__main__":
    main()
