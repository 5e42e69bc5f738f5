"""What live figures of trained networks share."""

from typing import Any

import traitlets
from ipywidgets import widget_serialization  # type: ignore[import-untyped]

from modpack._checks import require
from modpack.live.base.figure import LiveFigure
from modpack.live.engine.network import LiveNetworks


class NetworkFigure(LiveFigure):
    """A live figure of trained networks.

    Parameters
    ----------
    networks : LiveNetworks
    source : str
        What else the line of Python under the figure hands to it, after the networks.
    rest
        As in :class:`LiveFigure`.
    """

    networks = traitlets.Instance(LiveNetworks).tag(sync=True, **widget_serialization)

    def __init__(self, networks: LiveNetworks, source: str = "", **rest: Any) -> None:
        given = ", ".join(filter(None, (networks.description["source"], source)))
        super().__init__(given, networks=networks, **rest)


def require_vector_readout(networks: LiveNetworks) -> None:
    """Raise a ValueError unless the networks have the vector readout."""
    readout = networks.preset.readout
    require(readout == "vector", "networks", f"networks with the {readout} readout", "of the vector readout")


def require_known_forms(networks: LiveNetworks) -> None:
    """Raise a ValueError if the page has the networks in a few contexts only."""
    compiled = "compiled between two tasks"
    require(networks.between is None, "networks", compiled, "of forms that the page compiles itself")
