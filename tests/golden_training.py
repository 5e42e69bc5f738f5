"""What short training runs of every form end with: written once, compared by ``test_golden.py``.

``python tests/golden_training.py`` writes the file anew; do so only where the numbers are meant to change.
"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from modpack import provenance
from modpack.tasks import COMPACT, PRESETS
from modpack.training import Trained, TrainingConfig, train

FILE = Path(__file__).parent / "golden" / "training.json"
FORMS = [
    "none",
    "bias",
    "gain",
    "excitability",
    "gate",
    "multiplicative",
    "synaptic",
    "scaling",
    "additive",
    "components",
    "full",
    "combined",
    "combined-matched",
    "synaptic-doubled",
    "gain+scaling",
    "gate+full",
    "excitability+components",
]
CASES = [(form, 1) for form in FORMS] + [(form, 3) for form in ("bias", "combined", "components")]
"""Forms, and how many networks are trained together."""


def name_of(form: str, networks: int) -> str:
    """Return the name of a case."""
    return form if networks == 1 else f"{form} x {networks}"


def trained(form: str, networks: int) -> Trained:
    """Train a case: 33 steps of three tasks."""
    return train(
        TrainingConfig(
            form=form,
            tasks=("fdgo", "fdanti", "contextdm1"),
            n_neurons=12,
            networks=networks,
            steps=33,
            trials_per_task=2,
            evaluation_trials=2,
        ),
        progress=False,
    )


def computed(form: str, networks: int) -> dict[str, Any]:
    """Return the digest of a case's tensors, and a few numbers that other machines must agree on.

    Ensembles are trained without noise, as their noise is no part of what is kept.
    """
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        PRESETS["compact"] = COMPACT if networks == 1 else replace(COMPACT, sigma_rec=0.0)
        result = trained(form, networks)
    finally:
        PRESETS["compact"] = COMPACT
        torch.set_num_threads(threads)
    tensors = sorted(result.network.tensors.items())
    digest = hashlib.sha256()
    for name, x in tensors:
        digest.update(name.encode() + x.contiguous().numpy().tobytes())
    return {
        "sha256": digest.hexdigest(),
        "norms": {name: round(float(x.norm()), 6) for name, x in tensors},
        "losses": [round(row["loss"], 6) for row in result.history],
    }


def machine() -> dict[str, str]:
    """Return what bits depend on."""
    return {"cpu": provenance.cpu(), "torch": torch.__version__}


if __name__ == "__main__":
    golden = {"machine": machine(), "cases": {name_of(*case): computed(*case) for case in CASES}}
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(golden, indent=1) + "\n")
