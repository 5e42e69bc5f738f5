"""Continuation of one whole mix, fdgo to fdanti, from all fixed points found at both ends: N = 64."""

import time

import torch
from torch import Generator, Tensor

from modpack import networks
from modpack.fixedpoints import Family, find, follow, mix_path, starts_from
from modpack.tasks import COMPACT, generate
from modpack.tasks.timing import EPOCHS

TARGET = 20.0
"""Seconds of CPU time for a whole mix, the searches for its starts not counted."""


def measure(family: Family, starts: Tensor) -> str:
    """Search at both ends, follow everything, and say what it cost and what was found."""
    begun = time.process_time()
    ends = [find(*family.compile(lam), starts) for lam in (family.low, family.high)]
    searched = time.process_time()
    diagram = follow(family, starts, between=())  # searches once more
    followed = time.process_time() - searched - (searched - begun)
    states = sum(map(len, diagram.branches))
    return (
        f"{len(ends[0].roots)} + {len(ends[1].roots)} fixed points; followed in {followed:.1f} s "
        f"({followed / TARGET:.0%} of the {TARGET:.0f} s allowed, {1e3 * followed / max(states, 1):.0f} ms a "
        f"state, {followed / (searched - begun):.2f} of the time of the searches)\n    {diagram.summary()}"
    )


def main() -> None:
    """Print time, branches and events for the input of three epochs and the three main forms."""
    torch.set_num_threads(1)
    generator = Generator().manual_seed(0)
    trials = generate(["fdgo", "fdanti"], 32, COMPACT, generator)
    for form in ("excitability", "synaptic", "combined"):
        network = networks.load(form).network.to(torch.float64)
        starts = starts_from(network.run(trials), 256, 0.5, generator)
        for epoch in ("fixation", "stimulus1", "response"):
            u = trials.patterns[EPOCHS.index(epoch), 0, 0]
            print(f"{form}, {epoch}: {measure(mix_path(network, 'fdgo', 'fdanti', u), starts)}", flush=True)


if __name__ == "__main__":
    main()
