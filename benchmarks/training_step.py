"""A training step against the same step of an eager cell loop: 4 tasks x 16 trials, 33 input channels, 2 s."""

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
        ratio, whole = times["eager"] / times["adam"], times["eager"] / times["training"]
        print(
            f"N = {n:3d}: eager loop {times['eager']:6.2f} ms, scan with Adam {times['adam']:6.2f} ms: "
            f"{ratio:.2f} times as fast (target {target}); "
            f"as trained (clipped, Muon and Adam) {times['training']:6.2f} ms: {whole:.2f} times"
        )


if __name__ == "__main__":
    main()
