"""The trained networks of a page: weights, tasks and trials, sent once and read by every live figure."""

from collections.abc import Mapping, Sequence
from typing import Any

import anywidget
import torch
import traitlets
from torch import Generator, Tensor

from modpack import networks as shipped
from modpack._checks import choose, require
from modpack.experiments.ambiguity import opponents
from modpack.figures.style import colour_of
from modpack.live.trials import describe_task, random_trials
from modpack.modulation import Combined, Modulation
from modpack.network import ModulatedNetwork
from modpack.tasks import PUBLISHED, Preset, get

TWINS = (
    "Unmodulated",
    "Bias",
    "Gain",
    "Excitability",
    "Gate",
    "Multiplicative",
    "Scaling",
    "Additive",
    "Components",
    "Full",
    "Combined",
)
"""Classes of modulation that engine.js knows."""

CHARACTERS = ("excitability", "synaptic", "combined")


def describe_modulation(modulation: Modulation) -> dict[str, Any]:
    """Return what engine.js needs to know of a modulation.

    Raises
    ------
    ValueError
        If engine.js does not know the class.
    """
    description: dict[str, Any] = {"type": choose("modulation", type(modulation).__name__, TWINS)}
    if isinstance(modulation, Combined):
        description["excitability"] = describe_modulation(modulation.excitability)
        description["synaptic"] = describe_modulation(modulation.synaptic)
    return description


def describe_preset(preset: Preset) -> dict[str, Any]:
    """Return what engine.js needs to know of a preset."""
    names = ("dt", "tau", "n_ring", "readout", "output", "sigma_rec", "length")
    return {name: getattr(preset, name) for name in names}


class Packer:
    """Gathers tensors in one buffer of little-endian float32 numbers."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def add(self, tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Any]]:
        """Append tensors and return where they are: their shapes, and offsets in numbers."""
        table = {}
        for name, tensor in tensors.items():
            table[name] = {"shape": list(tensor.shape), "offset": self.size}
            self.parts.append(tensor.detach().cpu().float().contiguous().numpy().astype("<f4").tobytes())
            self.size += tensor.numel()
        return table


class LiveNetworks(anywidget.AnyWidget):
    """Networks that live figures simulate in the page. Make one for a page and hand it to all its figures.

    Parameters
    ----------
    networks : mapping of str to sequence of ModulatedNetwork
        Networks by form, which share context code, preset and task names.
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
        If the networks do not fit each other, or engine.js does not know a form.
    """

    _esm = "export default {};"

    description = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)

    def __init__(
        self,
        networks: Mapping[str, Sequence[ModulatedNetwork]],
        n_trials: int = 64,
        seed: int = 0,
        source: str = "networks",
    ) -> None:
        every = [network for members in networks.values() for network in members]
        require(len(every) > 0, "networks", networks, "one or more networks")
        _check_alike(every)
        self.code, self.preset = every[0].code, every[0].preset
        self.networks = {name: [x.to(torch.float64) for x in members] for name, members in networks.items()}
        generator = Generator().manual_seed(seed)
        self.trials = random_trials(self.code.tasks, n_trials, self.preset, generator)
        self.deviates = torch.randn(n_trials, self.code.d, generator=generator).double()
        packer = Packer()
        description = self._describe(packer) | {"source": source}
        super().__init__(description=description, numbers=b"".join(packer.parts))

    @classmethod
    def shipped(
        cls, forms: Sequence[str] = CHARACTERS, seeds: Sequence[int] = shipped.SHIPPED_SEEDS
    ) -> "LiveNetworks":
        """Return shipped networks of some forms, in the order of the seeds."""
        loaded = {form: [shipped.load(form, seed).network for seed in seeds] for form in forms}
        parts = [(tuple(forms), CHARACTERS, "forms"), (tuple(seeds), shipped.SHIPPED_SEEDS, "seeds")]
        arguments = [f"{name}={list(chosen)}" for chosen, default, name in parts if chosen != default]
        return cls(loaded, source=f"LiveNetworks.shipped({', '.join(arguments)})")

    @property
    def opponents(self) -> dict[str, list[str]]:
        """For every task, those with another answer to at least one of its trials."""
        return opponents(self.trials)

    @property
    def n_seeds(self) -> int:
        """Number of networks that every form has."""
        return min(len(members) for members in self.networks.values())

    def _describe(self, packer: Packer) -> dict[str, Any]:
        conditions = self.trials.conditions
        shared = {
            "code": self.code.vectors,
            "angle": conditions.angle,
            "strength": conditions.strength,
            "durations": self.trials.onsets.diff(dim=0).movedim(0, -1),
            "deviates": self.deviates,
        }
        return {
            "preset": describe_preset(self.preset),
            "criterion": {
                "tolerance": PUBLISHED.tolerance,
                "fixation_threshold": PUBLISHED.fixation_threshold,
                "premature_is_error": PUBLISHED.premature_is_error,
            },
            "tasks": [describe_task(get(name), self.preset) for name in self.code.tasks],
            "opponents": self.opponents,
            "forms": list(self.networks),
            "colours": {form: colour_of(form) for form in self.networks},
            "tensors": packer.add(shared),
            "networks": {
                form: [_describe(x, packer) for x in members] for form, members in self.networks.items()
            },
        }

    def __repr__(self) -> str:
        """Say what it holds, for places that cannot show it."""
        held = ", ".join(f"{len(members)} {form}" for form, members in self.networks.items())
        return f"LiveNetworks({held})"


def _describe(network: ModulatedNetwork, packer: Packer) -> dict[str, Any]:
    return {
        "modulation": describe_modulation(network.modulation),
        "activation": network.activation,
        "table": packer.add(network.tensors),
    }


def _check_alike(networks: Sequence[ModulatedNetwork]) -> None:
    first = networks[0]
    for network in networks:
        require(not network.is_ensemble, "networks", "an ensemble", "made of single networks")
        alike = network.preset == first.preset and network.code.tasks == first.code.tasks
        alike = alike and torch.equal(network.code.vectors, first.code.vectors)
        require(alike, "networks", network.code.name, "networks of the same context code and preset")
