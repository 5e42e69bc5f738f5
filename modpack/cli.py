"""The shell commands: ``python -m modpack train ...``, ``networks``, ``sweep`` and ``results``."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import field, fields, make_dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import torch
import tyro

from modpack import networks, provenance
from modpack._checks import choose, require
from modpack.training import (
    Evaluation,
    Model,
    Protocol,
    Recipe,
    TrainingConfig,
    shipped_config,
    train_together,
    with_seeds,
    write,
)
from modpack.training.checkpoint import checkpoint_of
from modpack.training.codes import Code
from modpack.training.contexts import Contexts
from modpack.training.notation import Written, read

SUFFIX = ".safetensors"
PARTS = {"model": Model, "protocol": Protocol, "recipe": Recipe, "evaluation": Evaluation}


def _unchecked(record: type) -> type:
    """Return a record's fields without their checks, which are left to the record: tyro frames errors."""
    made, types = record(), get_type_hints(record)
    options = [
        (each.name, types[each.name], field(default=getattr(made, each.name))) for each in fields(record)
    ]
    return make_dataclass(record.__name__, options, namespace={"__doc__": record.__doc__})


UNCHECKED = {name: _unchecked(record) for name, record in PARTS.items()}
OPTIONS = make_dataclass(
    "Options",
    [(name, part, field(default_factory=part)) for name, part in UNCHECKED.items()],
)


def train_command(
    options: Annotated[Any, tyro.conf.arg(name="", constructor=OPTIONS)],
    out: Path = Path("network.safetensors"),
    networks: int = 1,
    device: str = "cpu",
    threads: int = 1,
) -> None:
    """Train one network and write it with its record; a run that was killed goes on where it was.

    Parameters
    ----------
    options
        What to train.
    out
        File to write; of several networks each gets one with its seed at the end of the name.
    networks
        Networks to train together, with seeds from the given one on, on the same trials.
    device
        Torch device.
    threads
        CPU threads; results depend on their number in the last digits.
    """
    config = TrainingConfig(**{name: make(**vars(getattr(options, name))) for name, make in PARTS.items()})
    require(networks >= 1, "networks", networks, "at least 1")
    seeds = range(config.model.seed, config.model.seed + networks)
    _train(with_seeds(config, seeds) if networks > 1 else [config], out, device, threads)


def _train(configs: Sequence[TrainingConfig], out: Path, device: str = "cpu", threads: int = 1) -> None:
    """Train networks together and write each."""
    provenance.check_place(out)
    torch.set_num_threads(threads)
    checkpoint = checkpoint_of(out)
    for trained in train_together(configs, checkpoint, device=device):
        name = f"{out.name.removesuffix(SUFFIX)}-{trained.config.model.seed}{SUFFIX}"
        path = out if len(configs) == 1 else out.with_name(name)
        scores = write(path, trained, device)["performance"]
        worst = min(scores, key=scores.get)
        print(f"{path}: mean {sum(scores.values()) / len(scores):.3f}, worst {scores[worst]:.3f} ({worst})")
    checkpoint.unlink(missing_ok=True)


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
                _train([shipped_config(form, seed)], out)


def sweep_command(
    name: tyro.conf.Positional[str],
    profile: str = "book",
    workers: int = 1,
    cluster: str = "",
    device: str = "cpu",
    folder: Path = Path("_build/sweep"),
    out: Path | None = None,
    weights: Path | None = None,
    dry_run: bool = False,
) -> None:
    """Measure an experiment over many networks, after training those that are missing, and write its table.

    What was done before is kept: a run that was killed goes on where it was, to the same table.

    Parameters
    ----------
    name
        An experiment: a module of `modpack.experiments`.
    profile
        How much of it is measured: small, book, full, or a part that the experiment names.
    workers
        Processes on this machine.
    cluster
        Address of the scheduler of a Dask cluster to use instead, as in tcp://127.0.0.1:8786.
    device
        Torch device on which networks are trained.
    folder
        Keeps trained networks and measured rows; all workers must see it.
    out
        File to write; by default in that folder.
    weights
        Folder that is given a copy of every network that belongs in the package.
    dry_run
        Say how much there is to do and what it costs, and do nothing.
    """
    # Imported here, as these need more packages than the other commands.
    from modpack.experiments import find_experiment
    from modpack.sweep import Plan, copy_weights

    experiment = find_experiment(name)
    plan = Plan(
        experiment, experiment.PROFILES[choose("profile", profile, experiment.PROFILES)], folder, device
    )
    path = folder / f"{name}-{profile}.parquet" if out is None else out
    provenance.check_place(path)
    if dry_run:
        print(plan.cost())
        return
    failures = _sweep(plan, path, workers, cluster)
    if weights is not None:
        copy_weights(plan, weights)
    if failures:
        sys.exit(failures)


def results_command(
    names: tyro.conf.Positional[tuple[str, ...]] = (),
    workers: int = 1,
    cluster: str = "",
    folder: Path = Path("_build/sweep"),
    dry_run: bool = False,
) -> None:
    """Make tables that the package ships again, after saying what that costs.

    What was done before is kept, and the networks that are shipped are used.

    Parameters
    ----------
    names
        Tables; if left out, all.
    workers, cluster, folder
        As in `sweep`.
    dry_run
        Say what it costs, and do nothing.
    """
    from modpack import results
    from modpack.experiments import TABLES, find_experiment
    from modpack.sweep import Plan

    plans = {}
    for name in names or TABLES:
        module, profile = TABLES[choose("names", name, TABLES)]
        experiment = find_experiment(module)
        path = results.FOLDER / f"{name}.parquet"
        plans[path] = Plan(experiment, experiment.PROFILES[profile], folder)
        print(f"{name}: {plans[path].cost()}")
    print(f"in all: about {sum(plan.hours() for plan in plans.values()):.2g} hours on one core", flush=True)
    if dry_run:
        return
    for path in plans:
        provenance.check_place(path)
    failures = [_sweep(plan, path, workers, cluster) for path, plan in plans.items()]
    if any(failures):
        sys.exit("\n".join(filter(None, failures)))


def _sweep(plan: Any, path: Path, workers: int, cluster: str) -> str:
    """Write the table of a plan, and return what failed in words, a line each."""
    from modpack import executors, results
    from modpack.sweep import sweep

    local = executors.in_process() if workers == 1 else executors.in_processes(workers)
    table, record = sweep(plan, executors.on_cluster(cluster) if cluster else local)
    results.write(path, table, record)
    print(f"{path}: {len(table)} rows from {len(record['networks'])} networks")
    return "\n".join(f"failed: {each['cell']}: {each['reason']}" for each in record["failures"])


def main() -> None:
    """Run the command line; what goes wrong ends it with one line and without a traceback."""
    commands: dict[str, Callable[..., None]] = {
        "train": train_command,
        "networks": networks_command,
        "sweep": sweep_command,
        "results": results_command,
    }
    try:
        tyro.extras.subcommand_cli_from_dict(
            commands, prog="modpack", registry=_registry(), config=(tyro.conf.OmitArgPrefixes,)
        )
    except (ValueError, ArithmeticError, OSError) as error:
        sys.exit("; ".join([f"modpack: {error}", *getattr(error, "__notes__", ())]))
    except KeyboardInterrupt:
        sys.exit(130)


def _registry() -> tyro.constructors.ConstructorRegistry:
    """Return how the command line reads codes and schedules of contexts: as records write them."""
    registry = tyro.constructors.ConstructorRegistry()

    @registry.primitive_rule
    def written(
        info: tyro.constructors.PrimitiveTypeInfo,
    ) -> tyro.constructors.PrimitiveConstructorSpec[Written] | None:
        if info.type not in (Code, Contexts):
            return None
        return tyro.constructors.PrimitiveConstructorSpec(
            nargs=1,
            metavar=info.type.__name__.upper(),
            instance_from_str=lambda words: read(words[0], info.type),
            is_instance=lambda value: isinstance(value, info.type),
            str_from_instance=lambda value: [str(value)],
        )

    return registry
