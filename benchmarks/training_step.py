"""A training step against that of an eager cell loop: 4 tasks x 16 trials, 33 input channels, 2 s."""

import torch
from timing import best, eager_step

from modpack.tasks import COMPACT, TASKS, generate
from modpack.training import Trainer, TrainingConfig, loss_of

TARGETS = {64: 2.5, 128: 1.8, 256: 1.4}


def main() -> None:
    """Print the time of both, and their ratio, for each number of neurons."""
    torch.set_num_threads(1)
    tasks = tuple(TASKS)[:4]
    for n, target in TARGETS.items():
        trainer = Trainer(TrainingConfig(form="bias", tasks=tasks, n_neurons=n))
        trials = generate(tasks, 16, COMPACT, torch.Generator().manual_seed(0))
        noise = trainer._noise(trials, trainer.network()).clone()
        penalty = trainer.config.activity_penalty
        eager = eager_step(trainer.network(), trials, noise, penalty)
        first = loss_of(trainer.network(), trials, noise, penalty)
        torch.testing.assert_close(first.detach(), eager())  # the same maths
        optimiser = torch.optim.Adam(trainer.leaves[0].values(), lr=1e-4, fused=True)

        def with_adam(trainer=trainer, trials=trials, noise=noise, penalty=penalty, optimiser=optimiser):
            optimiser.zero_grad()
            loss_of(trainer.network(), trials, noise, penalty).backward()
            optimiser.step()

        times = best(
            {"eager": eager, "adam": with_adam, "training": lambda t=trainer, x=trials: t._descend(x)}
        )
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
