"""pyproject.toml, constraints.txt and environment.yml agree with each other and with what is installed."""

import re
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rooms import EXTRAS

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DECLARED = [
    Requirement(line)
    for part in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for line in part
]
PINS = [Requirement(line) for line in (ROOT / "constraints.txt").read_text().splitlines()]
PINNED = {canonicalize_name(pin.name): pin for pin in PINS}
INSTALLED = {canonicalize_name(found.name): found.version for found in distributions()}
TOOLS = {"modpack", "pip", "setuptools", "wheel"}
GPU = ("cuda-", "nvidia-", "triton")  # what PyTorch's own metadata pin on some systems


def test_every_declared_package_is_pinned():
    names = {canonicalize_name(requirement.name) for requirement in DECLARED} - TOOLS
    assert not names - set(PINNED)


def test_pins_satisfy_the_declared_bounds():
    for requirement in DECLARED:
        if requirement.name != "modpack":
            (exact,) = PINNED[canonicalize_name(requirement.name)].specifier
            assert exact.version in requirement.specifier, requirement


def test_pins_are_exact_versions_without_addresses():
    for pin in PINS:
        assert pin.url is None
        assert re.fullmatch(r"==[\w.]+", str(pin.specifier)), pin


def test_what_is_installed_is_what_is_pinned():
    versions = {name: version.partition("+")[0] for name, version in INSTALLED.items()}
    assert not {
        name for name, pin in PINNED.items() if name in versions and versions[name] not in pin.specifier
    }
    assert not {name for name in set(versions) - set(PINNED) - TOOLS if not name.startswith(GPU)}


@pytest.mark.skipif(
    (sys.platform, sys.version_info[:2]) != ("linux", (3, 11)),
    reason="pins were made with Python 3.11 on Linux",
)
def test_no_pin_is_left_over():
    needed = {name for name, pin in PINNED.items() if pin.marker is None or pin.marker.evaluate()}
    assert not needed - set(INSTALLED)


def test_every_set_of_extras_is_installed_alone_elsewhere():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    tried = workflow["jobs"]["alone"]["strategy"]["matrix"]["extras"]
    assert tried == sorted({"", *EXTRAS.values()})


def test_conda_takes_its_packages_from_the_other_two():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert conda == ["python=3.11", "pip"]
    packages = [line for line in pip["pip"] if not line.startswith("--extra-index-url")]
    assert packages == ["-c constraints.txt", "-e .[book]"]
