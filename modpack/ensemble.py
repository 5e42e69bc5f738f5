"""Networks of one shape stacked into one, which runs all of them at once."""

from collections.abc import Iterable

import torch

from modpack._checks import require
from modpack.network import ModulatedNetwork


def ensemble(networks: Iterable[ModulatedNetwork]) -> ModulatedNetwork:
    """Stack networks of the same form, code, preset and size along a leading network axis.

    Raises
    ------
    ValueError
        If the networks differ in more than the values of their tensors, or if there are none.
    """
    members = list(networks)
    require(len(members) > 0, "networks", members, "at least one")
    first = members[0]
    for other in members[1:]:
        differing = _differences(first, other)
        require(not differing, "networks", f"networks that differ in {differing}", "alike")
    return first.with_values(
        {name: torch.stack([m.tensors[name] for m in members]) for name in first.tensors}
    )


def _differences(a: ModulatedNetwork, b: ModulatedNetwork) -> list[str]:
    """Return in what two networks differ, other than the values of their tensors."""
    codes = [(network.code.name, network.code.tasks, network.code.d) for network in (a, b)]
    shapes = [{name: x.shape for name, x in network.tensors.items()} for network in (a, b)]
    same = {
        "modulation": a.modulation == b.modulation,
        "code": codes[0] == codes[1] and torch.equal(a.code.vectors, b.code.vectors),
        "preset": a.preset == b.preset,
        "activation": a.activation == b.activation,
        "noise_enters": a.noise_enters == b.noise_enters,
        "size": shapes[0] == shapes[1],
    }
    return [name for name, equal in same.items() if not equal]
