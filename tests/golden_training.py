"""What short training runs of every form end with: written once, compared by ``test_golden.py``.

``python tests/golden_training.py`` writes the file anew; do so only where the numbers are meant to change.
"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from small_networks import ALL_FORMS

from modpack import provenance
from modpack.tasks import COMPACT, PRESETS
from modpack.training import Evaluation, Model, Protocol, Recipe, TrainingConfig, train_together, with_seeds

FILE = Path(__file__).parent / "golden" / "training.json"
SINGLE = [(form, 1) for form in ALL_FORMS]
CASES = SINGLE + [(form, 3) for form in ("bias", "combined", "components")]
"""Forms, and how many networks are trained together."""


def name_of(form: str, networks: int) -> str:
    """Return the name of a case."""
    return form if networks == 1 else f"{form} x {networks}"


def config(form: str) -> TrainingConfig:
    """Return the run of one network: 33 steps of three tasks."""
    return TrainingConfig(
        Model(form=form, n_neurons=12),
        Protocol(tasks=("fdgo", "fdanti", "contextdm1"), trials_per_task=2),
        Recipe(steps=33),
        Evaluation(trials=2),
    )


def computed(form: str, networks: int) -> dict[str, Any]:
    """Return the digest of a case's tensors, and a few numbers that other machines must agree on.

    Ensembles are trained without noise, as their noise is no part of what is kept.
    """
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        PRESETS["compact"] = COMPACT if networks == 1 else replace(COMPACT, sigma_rec=0.0)
        together = train_together(with_seeds(config(form), range(networks)), progress=False)
    finally:
        PRESETS["compact"] = COMPACT
        torch.set_num_threads(threads)
    parts = [each.network.tensors for each in together]
    stacked = {name: torch.stack([part[name] for part in parts]).squeeze(0) for name in sorted(parts[0])}
    digest = hashlib.sha256()
    for name, x in stacked.items():
        digest.update(name.encode() + x.contiguous().numpy().tobytes())
    return {
        "sha256": digest.hexdigest(),
        "norms": {name: round(float(x.norm()), 6) for name, x in stacked.items()},
        "losses": [round(row["loss"], 6) for each in together for row in each.history],
    }


def machine() -> dict[str, str]:
    """Return what bits depend on."""
    return {"cpu": provenance.cpu(), "torch": torch.__version__}


if __name__ == "__main__":
    golden = {"machine": machine(), "cases": {name_of(*case): computed(*case) for case in CASES}}
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(golden, indent=1) + "\n")
