"""What would not fit in memory is refused before it is allocated, saying what to lower."""

from dataclasses import replace

import pytest
import torch
from small_networks import seeded
from small_training import changed, quiet, short

from modpack.context import one_hot
from modpack.evaluation import evaluate
from modpack.fixedpoints import find, starts_from
from modpack.measures import plane
from modpack.modulation import form
from modpack.network import initial
from modpack.tasks import COMPACT, TrialSettings, generate, grid
from modpack.training import Model, TrainingConfig, untrained

TASKS = ("fdgo", "fdanti")
FINE = replace(COMPACT, dt=1e-7, tau=1e-7)
WIDE = replace(COMPACT, n_ring=10**11)
NETWORK = initial(form("bias", 2), one_hot(TASKS), COMPACT, 6, seeded())
DYNAMICS = NETWORK.under("fdgo")
TOO_MUCH = {
    "n_trials": lambda: generate(TASKS, 10**12, COMPACT, seeded()),
    "n_trials of fine steps": lambda: generate(TASKS, 2, FINE, seeded()),
    "trials in fine steps": lambda: grid("dm1", FINE),
    "trials of wide rings": lambda: grid("fdgo", WIDE),
    "trials of one": lambda: TrialSettings(60.0, 200.0, 0.2, 400.0).trial("dm1", FINE),
    "shape": lambda: DYNAMICS.noise((10**10, 1, 3, 6), seeded()),
    "steps": lambda: DYNAMICS.hold(torch.zeros(33), 10**12),
    "patterns": lambda: DYNAMICS.simulate(
        torch.zeros(1, 1, 1, 33).expand(1, 1, 10**6, 33),
        torch.zeros(1, 1, 1, dtype=torch.int64).expand(10**6, 1, 10**6),
    ),
    "starts": lambda: find(DYNAMICS, torch.zeros(33), torch.zeros(1, 1).expand(10**11, 6)),
    "n": lambda: starts_from(torch.zeros(3, 6), 10**11, 0.1, seeded()),
    "n of pairs": lambda: plane.grid(1.0, 10**7),
    "n_neurons": lambda: untrained(TrainingConfig(Model(n_neurons=10**7))),
    "trials_per_task": lambda: quiet(short(trials_per_task=200, n_neurons=1000, steps=1)),
    "n_trials of training": lambda: quiet(short(trials_per_task=10**10)),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_does_not_fit_in_memory_is_refused_before_it_is_allocated(name, small_chunks, monkeypatch):
    if name == "trials_per_task":  # with room for the trials, but not for a step
        monkeypatch.setattr("modpack._memory.LARGE", 2**20)
        monkeypatch.setattr("modpack._memory.available", lambda device: 2**26)
    said = rf"^{name.partition(' ')[0]}=.* lower: it needs about .* GB of memory, and .* GB are free"
    with pytest.raises(ValueError, match=said):
        TOO_MUCH[name]()


def test_what_fits_is_done(small_chunks, monkeypatch):
    monkeypatch.setattr("modpack._memory.LARGE", 0)
    assert generate(TASKS, 2, COMPACT, seeded()).n_trials == 2
    assert evaluate(NETWORK, 2, seeded()).isfinite().all()
    assert quiet(changed(short(), steps=1, n_neurons=4)).history
