"""Scripts and styles of the live figures in executed chapters: no number of a chapter depends on them."""

from importlib import import_module
from pathlib import Path

import nbformat

STATE = "application/vnd.jupyter.widget-state+json"
RENEWED = {"_esm": "_esm", "_css": "_css", "scripts": "SCRIPTS", "worker": "WORKER"}
"""What a figure's class calls its traits that hold scripts and style sheets."""


def renew_scripts(executed: Path, package: str) -> None:
    """Give the figures of an executed chapter the scripts and style sheets that their classes have now.

    Parameters
    ----------
    executed : Path
        The executed copy.
    package : str
        Only widgets of this package are renewed.
    """
    notebook = nbformat.read(executed, as_version=4)
    models = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    before = nbformat.writes(notebook)
    for model in models.values():
        module, _, name = model["state"].get("_anywidget_id", "").rpartition(".")
        if module.startswith(f"{package}."):
            figure = getattr(import_module(module), name)
            model["state"] |= {
                trait: getattr(figure, name) for trait, name in RENEWED.items() if trait in model["state"]
            }
    if nbformat.writes(notebook) != before:
        partial = executed.with_suffix(".partial")
        nbformat.write(notebook, partial)
        partial.replace(executed)
