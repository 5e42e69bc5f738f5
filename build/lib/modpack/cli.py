"""The shell commands: ``python -m modpack train ...``, ``networks`` and ``dynamics-table``."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import torch
import tyro

from modpack import networks, provenance
from modpack._checks import require
from modpack.training import TrainingConfig, shipped_config, train, write


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
    provenance.check_place(out)
    torch.set_num_threads(threads)
    checkpoint = out.with_suffix(".checkpoint.safetensors")
    trained = train(config, checkpoint, device=device)
    record = write(out, trained, device)
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
                train_command(shipped_config(form, seed), out)


def dynamics_table_command(
    seeds: int = 10, folder: Path = Path("_build/dynamics"), out: Path | None = None
) -> None:
    """Train the networks of the table of dynamics that are missing, measure all and write the table.

    What was done before is kept: a run that was killed goes on where it was, to the same table.

    Parameters
    ----------
    seeds
        Networks of each form, with seeds 0, 1, ...
    folder
        Where networks beyond those shipped are kept, and the rows of each network.
    out
        File to write; by default the table that the package ships.
    """
    # Imported here, as these need more packages than the other commands.
    from modpack import results
    from modpack.experiments.dynamics_sweep import SweepConfig, network_path, sweep

    torch.set_num_threads(1)
    config = SweepConfig(n_seeds=seeds)
    for form, seed in config.members():
        path = network_path(folder, form, seed)
        if not path.exists():
            train_command(shipped_config(form, seed), path)
    table, record = sweep(config, folder)
    path = results.FOLDER / "dynamics.parquet" if out is None else out
    results.write(path, table, record)
    print(f"{path}: {len(table)} rows from {len(record['networks'])} networks")


def main() -> None:
    """Run the command line; a bad value ends it with the message and without a traceback."""
    try:
        commands: dict[str, Callable[..., None]] = {
            "train": train_command,
            "networks": networks_command,
            "dynamics-table": dynamics_table_command,
        }
        tyro.extras.subcommand_cli_from_dict(commands, prog="modpack")
    except ValueError as error:
        sys.exit(f"modpack: {error}")
