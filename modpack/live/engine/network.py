"""The trained networks of a page: weights, tasks and trials, sent once and read by every live figure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import anywidget
import torch
import traitlets
from torch import Generator

from modpack._checks import require
from modpack.colours import colour_of
from modpack.live.engine.compiled import MixGrid, compile_between
from modpack.live.engine.data import Packer, describe_network, describe_preset, is_known
from modpack.live.engine.tasks import describe_task, is_known_task
from modpack.measures.choices import opponents
from modpack.network import ModulatedNetwork
from modpack.tasks import PUBLISHED, Preset, Trials, generate, get
from modpack.tasks.generation import assemble


class LiveNetworks(anywidget.AnyWidget):
    """Networks that live figures simulate in the page. Make one for a page and hand it to all its figures.

    Parameters
    ----------
    networks : mapping of str to sequence of ModulatedNetwork
        Networks by form, which share context code, preset and task names. Tasks of the reader's own, which
        the engine does not know, are not shown.
    between : MixGrid, or pair of str, optional
        Two tasks. Needed where the engine does not know a form: Python then compiles its networks at a few
        mixes of their contexts, and the figures of the page keep to these.
    n_trials : int
        Number of random trials of every task that the figures share.
    seed : int
        Draws those trials, and the deviates for noisy contexts.
    source : str
        Python expression that makes them, for the lines of Python under the figures.

    Attributes
    ----------
    networks : dict of str to list of ModulatedNetwork
        The same networks in float64: the ones that the page simulates.
    trials : Trials
        The random trials, in float64.
    deviates : Tensor, shape (trial, d)
        Standard normal deviates, one context's for every trial.

    Raises
    ------
    ValueError
        If the networks do not fit each other, or the engine does not know a form.
    """

    _esm = "export default {};"

    description = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)

    def __init__(
        self,
        networks: Mapping[str, Sequence[ModulatedNetwork]],
        between: MixGrid | tuple[str, str] | None = None,
        n_trials: int = 64,
        seed: int = 0,
        source: str = "networks",
    ) -> None:
        every = [network for members in networks.values() for network in members]
        require(len(every) > 0, "networks", networks, "one or more networks")
        _check_alike(every)
        self.code, self.preset = every[0].code, every[0].preset
        self.between = None if all(is_known(x.modulation) for x in every) else _checked(between, every)
        self.networks = {name: [self._prepare(x) for x in members] for name, members in networks.items()}
        generator = Generator().manual_seed(seed)
        known = [name for name in self.code.tasks if is_known_task(get(name))]
        self.trials = _random_trials(known, n_trials, self.preset, generator)
        self.deviates = torch.randn(n_trials, self.code.d, generator=generator).double()
        packer = Packer()
        description = self._describe(packer, networks) | {"source": source}
        super().__init__(description=description, numbers=b"".join(packer.parts))

    @property
    def opponents(self) -> dict[str, list[str]]:
        """For every task, those with another answer to at least one of its trials."""
        others = opponents(self.trials)
        if self.between is None:
            return others
        a, b = self.between.a, self.between.b
        return {name: [b] if name == a and b in others[a] else [] for name in others}

    @property
    def n_seeds(self) -> int:
        """Number of networks that every form has."""
        return min(len(members) for members in self.networks.values())

    def _prepare(self, network: ModulatedNetwork) -> ModulatedNetwork:
        """Return a network as the page has it: compiled if it does not know the form, and in float64."""
        if self.between is not None and not is_known(network.modulation):
            network = compile_between(network, self.between)
        return network.to(torch.float64)

    def _describe(self, packer: Packer, networks: Mapping[str, Sequence[ModulatedNetwork]]) -> dict[str, Any]:
        conditions = self.trials.conditions
        tasks = [task.name for task in self.trials.tasks]
        shared = {
            "code": torch.stack([self.code[name] for name in tasks]),
            "angle": conditions.angle,
            "strength": conditions.strength,
            "durations": self.trials.onsets.diff(dim=0).movedim(0, -1),
            "deviates": self.deviates,
        }
        return {
            "preset": describe_preset(self.preset),
            "criterion": asdict(PUBLISHED),
            "tasks": [describe_task(get(name), self.preset) for name in tasks],
            "opponents": self.opponents,
            "between": None if self.between is None else self.between._asdict(),
            "forms": list(self.networks),
            "colours": {form: colour_of(members[0].modulation) for form, members in networks.items()},
            "tensors": packer.add(shared),
            "networks": {
                form: [describe_network(x, packer) for x in members]
                for form, members in self.networks.items()
            },
        }

    def __repr__(self) -> str:
        """Say what it holds, for places that cannot show it."""
        held = ", ".join(f"{len(members)} {form}" for form, members in self.networks.items())
        return f"LiveNetworks({held})"


def _random_trials(tasks: Sequence[str], n_trials: int, preset: Preset, generator: Generator) -> Trials:
    """Return float64 trials of float32 conditions: so the page's copy is exact."""
    drawn = generate(tasks, n_trials, preset, generator)
    return assemble(drawn.tasks, preset, drawn.conditions.to(dtype=torch.float64), drawn.onsets.diff(dim=0))


def _checked(between: MixGrid | tuple[str, str] | None, networks: Sequence[ModulatedNetwork]) -> MixGrid:
    unknown = sorted({type(x.modulation).__name__ for x in networks if not is_known(x.modulation)})
    require(between is not None, "between", between, f"two tasks, as the engine does not know {unknown}")
    return MixGrid(*between)  # type: ignore[misc]


def _check_alike(networks: Sequence[ModulatedNetwork]) -> None:
    first = networks[0]
    for network in networks:
        require(not network.is_ensemble, "networks", "an ensemble", "made of single networks")
        alike = network.preset == first.preset and network.code.tasks == first.code.tasks
        alike = alike and torch.equal(network.code.vectors, first.code.vectors)
        require(alike, "networks", network.code.name, "networks of the same context code and preset")
