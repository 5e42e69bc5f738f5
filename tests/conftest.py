"""The tests, and nbval's second execution of the chapters, share environment and sockets of the first."""

import functools
import os
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import nbval.kernel
import pytest
from browser import CHROMIUM, chromium
from built_book import BOOK
from chapters import KERNEL_ENVIRONMENT, own_sockets
from firefox import FIREFOX, firefox
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


def lacking(name: str, required: str) -> None:
    """Skip a test for want of a browser, or fail where it is required."""
    reason = f"no {name} on this machine: the pages and figures were not tried in it"
    (pytest.fail if os.environ.get(required) == "1" else pytest.skip)(reason)


@pytest.fixture(scope="module")
def browser():
    """The Chromium of this machine."""
    if CHROMIUM is None:
        lacking("Chromium", "MODPACK_REQUIRE_BROWSER")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """A page of the Firefox of this machine."""
    if FIREFOX is None:
        lacking("Firefox", "MODPACK_REQUIRE_FIREFOX")
    with firefox(tmp_path_factory.mktemp("firefox")) as tab:
        yield tab


@pytest.fixture(scope="module")
def server():
    """The address of the built book on a server."""
    if not (BOOK.html / "index.html").exists():
        pytest.fail("there is no built book: run `make book` first")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=BOOK.html))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
