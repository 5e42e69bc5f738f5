"""Training an ensemble against training its networks one by one in an eager loop: 4 tasks x 8 trials, 2 s."""

import torch
from timing import best, eager_step

from modpack.tasks import COMPACT, TASKS, generate
from modpack.training import Trainer, TrainingConfig, loss_of

TARGETS = {16: 15, 32: 10}
SIZES = (16, 64)


def main() -> None:
    """Print network-steps per second of both, and their ratio, for each number of neurons and networks."""
    torch.set_num_threads(1)
    tasks = tuple(TASKS)[:4]
    trials = generate(tasks, 8, COMPACT, torch.Generator().manual_seed(0))
    for n, target in TARGETS.items():
        for size in SIZES:
            config = TrainingConfig(form="bias", tasks=tasks, n_neurons=n, networks=size)
            trainer, penalty = Trainer(config), config.activity_penalty
            noise = trainer._noise(trials, trainer.network()).clone()
            eager = eager_step(trainer.network().member(0), trials, noise[:, 0], penalty)
            leaves = [x for leaf in trainer.leaves for x in leaf.values()]
            optimiser = torch.optim.Adam(leaves, lr=1e-4, fused=True)

            def with_adam(trainer=trainer, noise=noise, penalty=penalty, optimiser=optimiser):
                optimiser.zero_grad()
                loss_of(trainer.network(), trials, noise, penalty).sum().backward()
                optimiser.step()

            times = best(
                {"eager": eager, "adam": with_adam, "training": lambda t=trainer: t._descend(trials)}
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
