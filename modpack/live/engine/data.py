"""What pages are sent: forms, presets and tensors in the shape in which ``data.js`` reads them."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from modpack import modulation
from modpack._checks import require
from modpack.live.engine.compiled import Compiled
from modpack.modulation import Combined, Modulation
from modpack.network import ModulatedNetwork
from modpack.tasks import Preset

TWINS: tuple[type[Modulation], ...] = (
    modulation.Bias,
    modulation.Gain,
    modulation.RecurrentGain,
    modulation.Row,
    modulation.Release,
    modulation.Multiplicative,
    modulation.Scaling,
    modulation.Additive,
    modulation.Full,
    modulation.Unmodulated,
    modulation.Excitability,
    modulation.Gate,
    modulation.Split,
    modulation.Components,
    modulation.SynapticAll,
    modulation.Readout,
    Compiled,
    Combined,
)
"""Forms of modulation that the engine knows."""


def is_known(form: Modulation) -> bool:
    """Return whether the engine knows a form of modulation, with all its parts."""
    if isinstance(form, Combined):
        return all(map(is_known, form.parts))
    return type(form) in TWINS


def describe_modulation(form: Modulation) -> dict[str, Any]:
    """Return what the engine needs to know of a form of modulation.

    Raises
    ------
    ValueError
        If the engine does not know the form.
    """
    known = [twin.__name__ for twin in TWINS]
    require(is_known(form), "modulation", type(form).__name__, f"one of {known}")
    description: dict[str, Any] = {"type": type(form).__name__}
    if isinstance(form, Combined):
        parts = zip(form.parts, form.tensor_names, strict=True)
        description["parts"] = [_describe_part(part, names) for part, names in parts]
    return description


def _describe_part(part: Modulation, names: Mapping[str, str]) -> dict[str, Any]:
    about = {"d": part.d, "names": dict(names), "replaces": bool(part.recurrence)}
    return describe_modulation(part) | about


def describe_preset(preset: Preset) -> dict[str, Any]:
    """Return what the engine needs to know of a preset."""
    of_network = ("dt", "tau", "sigma_rec", "n_ring", "readout", "output", "n_inputs", "n_outputs")
    of_training = ("length", "response_weight", "fixation_weight")
    return {name: getattr(preset, name) for name in (*of_network, *of_training)}


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


def describe_network(network: ModulatedNetwork, packer: Packer) -> dict[str, Any]:
    """Return what the engine needs to know of a network, whose weights go to a packer."""
    return {
        "modulation": describe_modulation(network.modulation),
        "activation": network.activation,
        "noise_enters": network.noise_enters,
        "table": packer.add(network.tensors),
    }
