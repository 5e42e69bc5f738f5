"""The shell commands: ``python -m modpack train ...``, ``networks``, ``sweep`` and ``results``."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import field, fields, make_dataclass
from inspect import signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import torch
import tyro

from modpack import networks, provenance
from modpack._checks import choose, require, whole
from modpack._endings import check_words, in_one_line
from modpack._files import try_place
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
        File to write, which is not there yet; of several networks each gets one with its seed at the end of
        the name.
    networks
        Networks to train together, with seeds from the given one on, on the same trials.
    device
        Torch device.
    threads
        CPU threads; results depend on their number in the last digits.
    """
    config = TrainingConfig(**{name: make(**vars(getattr(options, name))) for name, make in PARTS.items()})
    seeds = range(config.model.seed, config.model.seed + whole("networks", networks, 1))
    configs = with_seeds(config, seeds) if networks > 1 else [config]
    done = [str(path) for path in _outputs(configs, out) if path.is_file()]
    unfinished = checkpoint_of(out).exists()
    require(not done or unfinished, "out", done, "a new file: delete this one, or give another name")
    _train(configs, out, device, threads)


def _train(configs: Sequence[TrainingConfig], out: Path, device: str = "cpu", threads: int = 1) -> None:
    """Train networks together and write each."""
    provenance.check_place(out)
    paths, checkpoint = _outputs(configs, out), checkpoint_of(out)
    for path in (*paths, checkpoint):
        try_place("out", path)
    torch.set_num_threads(whole("threads", threads, 1))
    for path, trained in zip(paths, train_together(configs, checkpoint, device=device), strict=True):
        scores = write(path, trained, device)["performance"]
        worst = min(scores, key=scores.get)
        print(f"{path}: mean {sum(scores.values()) / len(scores):.3f}, worst {scores[worst]:.3f} ({worst})")
    checkpoint.unlink(missing_ok=True)


def _outputs(configs: Sequence[TrainingConfig], out: Path) -> list[Path]:
    """Return the file of every network: of several, each has its seed at the end of its name."""
    if len(configs) == 1:
        return [out]
    stem = out.name.removesuffix(SUFFIX)
    return [out.with_name(f"{stem}-{config.model.seed}{SUFFIX}") for config in configs]


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
    try_place("out", path)
    if weights is not None:
        try_place("weights", weights / "a network")
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
        try_place("names", path)
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


COMMANDS: dict[str, Callable[..., None]] = {
    "train": train_command,
    "networks": networks_command,
    "sweep": sweep_command,
    "results": results_command,
}


def main() -> None:
    """Run the command line; what goes wrong ends it with one line and without a traceback."""
    options = {name: list(signature(command).parameters) for name, command in COMMANDS.items()}
    options["train"] = options["train"][1:] + [each.name for part in PARTS.values() for each in fields(part)]
    check_words("modpack", sys.argv[1:], options)
    with in_one_line("modpack"):
        tyro.extras.subcommand_cli_from_dict(
            COMMANDS, prog="modpack", registry=_registry(), config=(tyro.conf.OmitArgPrefixes,)
        )


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
