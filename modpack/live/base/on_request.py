"""Networks that a page does not hold: it gets one when it asks, from a script beside it or from a kernel.

A page that is opened from disk may read no file, but it may add a script element. So a built book has a
script for every such network, and where there is no book, as in JupyterLab, the kernel answers instead.
"""

import base64
import json
from pathlib import Path
from typing import Any

from modpack import stored
from modpack.live.engine.data import Packer, describe_network
from modpack.network import ModulatedNetwork


def packed(network: ModulatedNetwork) -> dict[str, Any]:
    """Return all that the page needs of a network and its code, as ``on_request.js`` reads it."""
    packer = Packer()
    code = packer.add({"code": network.code.vectors})
    numbers = describe_network(network, packer) | {"shared": code}
    return numbers | {"numbers": base64.b64encode(b"".join(packer.parts)).decode()}


def script(place: str, network: ModulatedNetwork) -> str:
    """Return the script that leaves a network where the page looks for what is called so."""
    return f"(globalThis.modpackNetworks ??= {{}})[{json.dumps(place)}] = {json.dumps(packed(network))};\n"


def write_scripts(networks: Path, target: Path) -> None:
    """Write a script for every network of a folder; places are the folder's name and the file's.

    Parameters
    ----------
    networks : Path
        Holds files of trained networks (:mod:`modpack.stored`).
    target : Path
        Gets a folder of the same name.
    """
    for file in sorted(networks.glob("*.safetensors")):
        place = f"{networks.name}/{file.stem}"
        path = target / f"{place}.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script(place, stored.read(file).network), "utf8")
