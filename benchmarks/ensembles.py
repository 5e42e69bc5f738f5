"""Training an ensemble against training its networks one by one in an eager loop: 4 tasks x 8 trials, 2 s."""

import torch
from timing import best, eager_step

from modpack.tasks import TASKS
from modpack.training import Model, Protocol, TrainingConfig, with_seeds
from modpack.training.trainer import Trainer

TARGETS = {16: 15, 32: 10}
SIZES = (16, 64)


def main() -> None:
    """Print network-steps per second of both, and their ratio, for each number of neurons and networks."""
    torch.set_num_threads(1)
    tasks = tuple(TASKS)[:4]
    for n, target in TARGETS.items():
        for size in SIZES:
            config = TrainingConfig(Model("bias", n_neurons=n), Protocol(tasks, trials_per_task=8))
            trainer, penalty = Trainer(with_seeds(config, range(size))), config.recipe.activity_penalty
            trainer.data.draw()
            batch, trials = trainer.data.batch(0, 0), trainer.data.sources[0].chunk.select(slice(0, 8))
            eager = eager_step(trainer.networks()[0], trials, batch.noise[:, 0], penalty)
            optimiser = torch.optim.Adam(trainer.leaves.values(), lr=1e-4, fused=True)

            def with_adam(trainer=trainer, batch=batch, optimiser=optimiser):
                optimiser.zero_grad()
                trainer.loss(batch).sum().backward()
                optimiser.step()

            times = best(
                {"eager": eager, "adam": with_adam, "training": lambda t=trainer, x=batch: t.descend(x)}
            )
            print(f"N = {n}, {size} networks, network-steps per second:")
            report({name: 1e3 / t * (1 if name == "eager" else size) for name, t in times.items()}, target)


def report(rates: dict[str, float], target: float) -> None:
    """Print one line for each way to train."""
    labels = {
        "eager": "eager loop",
        "adam": "scan with Adam",
        "training": "as trained (clipped, Muon and Adam)",
    }
    for name, label in labels.items():
        print(f"  {label:36s}{rates[name]:6.0f} = {rates[name] / rates['eager']:4.1f} x eager", end="")
        print(f" (target {target})" if name == "adam" else "")


if __name__ == "__main__":
    main()
