"""Scripts of figures beside the pages of a book, which share them; elsewhere every figure holds its own."""

import json
import re
from pathlib import Path

from modpack.live.base.figure import FOLDER, bundle


def classic(script: str) -> str:
    """Return a bundle as a script that is no module: a page on a disk may run no other in a thread."""
    return re.sub(r"^export (?!default)", "", script, flags=re.MULTILINE)


def to_come(name: str) -> str:
    """Return the module of a figure that gets its own script when it is rendered.

    Parameters
    ----------
    name : str
        The folder in ``live`` where the figure is.
    """
    return f"{bundle('base/beside.js')}export default figureToCome({json.dumps(name)});\n"


def beside(name: str) -> str:
    """Return the script that leaves a figure where `to_come` looks for it."""
    script = classic(bundle(f"{name}/figure.js"))
    body = re.sub(r"^export default ", "return ", script, flags=re.MULTILINE)
    place = f"(globalThis.modpackFigures ??= {{}})[{json.dumps(name)}]"
    return f'{place} = (() => {{\n"use strict";\n{body}}})();\n'


def write_figures(target: Path) -> None:
    """Write the scripts of all figures into a folder."""
    target.mkdir(parents=True, exist_ok=True)
    names = {path.parent.name for path in FOLDER.glob("*/figure.js")} - {"base"}
    for name in sorted(names):
        (target / f"{name}.js").write_text(beside(name), "utf8")
