"""The shell commands: ``python -m modpack train ...`` and ``python -m modpack networks``."""

import sys
from pathlib import Path
from typing import Annotated

import torch
import tyro

from modpack import networks
from modpack._checks import require
from modpack.training import TrainingConfig, train


def train_command(
    config: Annotated[TrainingConfig, tyro.conf.arg(name="")],
    out: Path = Path("network.safetensors"),
    device: str = "cpu",
    threads: int = 1,
) -> None:
    """Train one network and write it with its record; a run that was killed goes on where it was.

    Parameters
    ----------
    config
        What to train.
    out
        File to write.
    device
        Torch device.
    threads
        CPU threads; results depend on their number in the last digits.
    """
    require(config.networks == 1, "networks", config.networks, "1, as a file holds one network")
    torch.set_num_threads(threads)
    checkpoint = out.with_suffix(".checkpoint.safetensors")
    trained = train(config, checkpoint, device=device)
    record = networks.write(out, trained, device)
    checkpoint.unlink(missing_ok=True)
    scores = record["performance"]
    worst = min(scores, key=scores.get)
    print(f"{out}: mean {sum(scores.values()) / len(scores):.3f}, worst {scores[worst]:.3f} ({worst})")


def networks_command(missing: bool = False) -> None:
    """Train the networks that the package ships.

    Parameters
    ----------
    missing
        Train only those whose file is not there.
    """
    for form in networks.SHIPPED_FORMS:
        for seed in networks.SHIPPED_SEEDS:
            out = networks.FOLDER / f"{form}-{seed}.safetensors"
            if not (missing and out.exists()):
                train_command(networks.shipped_config(form, seed), out)


def main() -> None:
    """Run the command line; a bad value ends it with the message and without a traceback."""
    try:
        tyro.extras.subcommand_cli_from_dict(
            {"train": train_command, "networks": networks_command}, prog="modpack"
        )
    except ValueError as error:
        sys.exit(f"modpack: {error}")
