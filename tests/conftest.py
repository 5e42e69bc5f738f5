"""The tests, and nbval's second execution of the chapters, share environment and sockets of the first."""

import os

import nbval.kernel
import pytest
from browser import CHROMIUM, chromium
from chapters import KERNEL_ENVIRONMENT, own_sockets
from hypothesis import settings
from jupyter_client import KernelManager

os.environ.update(KERNEL_ENVIRONMENT)
nbval.kernel.KernelManager = lambda **traits: KernelManager(**own_sockets(), **traits)

# The same examples in every run, and no deadlines: how long an example takes is no property of the code.
settings.register_profile("modpack", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("modpack")


@pytest.fixture
def small_chunks(monkeypatch):
    """Training saves after every ten steps, and its pool of noise is drawn in no time."""
    monkeypatch.setattr("modpack.training.records.CHUNK", 10)
    monkeypatch.setattr("modpack.training.data.POOL", 2**18)


@pytest.fixture(scope="module")
def browser():
    """The Chromium of this machine; without one the test is skipped, or fails where a browser is required."""
    if CHROMIUM is None:
        reason = "no Chromium on this machine: the pages and figures were not tried in a browser"
        (pytest.fail if os.environ.get("MODPACK_REQUIRE_BROWSER") == "1" else pytest.skip)(reason)
    with chromium() as browser:
        yield browser
