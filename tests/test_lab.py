"""The context mixer in a real JupyterLab: the page's figure and Python's object are one."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

CELLS = [
    "from modpack.live.mixer import Mixer\nfrom modpack.live.shipped import shipped_networks\n\n"
    "mixer = Mixer(shipped_networks(['combined'], [0]))\nmixer",
    "print('mix', mixer.mix, round(mixer.context[mixer.networks.code.tasks.index('fdanti')].item(), 6))",
    "mixer.mix = 0.26\nprint('said', mixer.answer['combined'].choice)",
]
TOKEN = "test"


@pytest.fixture
def lab(tmp_path):
    """The address of a JupyterLab that holds one notebook."""
    notebook = new_notebook(cells=list(map(new_code_cell, CELLS)))
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, tmp_path / "page.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = [
        f"--ServerApp.port={port}",
        f"--IdentityProvider.token={TOKEN}",
        "--ServerApp.open_browser=False",
    ]
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--allow-root",
        f"--ServerApp.root_dir={tmp_path}",
        *settings,
    ]
    places = {name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | places)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/api/status?token={TOKEN}", tmp_path / "log")
        yield address
    finally:
        server.terminate()
        server.wait(30)


def wait_for(url: str, log: Path) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"JupyterLab did not answer:\n{log.read_text()}")


@pytest.fixture
def page(browser, lab):
    page = browser.new_page(viewport={"width": 1300, "height": 2000})
    page.set_default_timeout(120_000)
    page.route(lambda url: not url.startswith((lab, "data:", "blob:")), lambda route: route.abort())
    page.goto(f"{lab}/lab/tree/page.ipynb?token={TOKEN}")
    yield page
    page.close()


def execute(page, number: int) -> None:
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").nth(number).click()
    page.keyboard.press("Shift+Enter")


@pytest.mark.browser
@pytest.mark.slow
def test_the_figure_and_python_are_one(page):
    page.wait_for_selector("text=Python 3 (ipykernel) | Idle")
    execute(page, 0)
    page.wait_for_function("() => document.querySelector('.modpack-mixer')?.drawn")
    slider = page.get_by_label("mix", exact=True)
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    mix = float(slider.input_value())
    assert mix == pytest.approx(0.8, abs=0.05)
    execute(page, 1)
    page.wait_for_selector(f"text=mix {mix:g} {mix:g}")
    execute(page, 2)
    said = page.wait_for_selector("text=/^said /").inner_text().split()[1]
    page.wait_for_function("() => document.querySelector('.modpack-slider input').value === '0.26'")
    page.wait_for_function(
        f"() => document.querySelector('.modpack-mixer').drawn.answers.combined.choice === '{said}'"
    )
    assert said == "a"
