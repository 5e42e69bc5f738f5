"""The Firefox of this machine, spoken to as W3C's WebDriver BiDi says: https://w3c.github.io/webdriver-bidi."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from websocket import WebSocket, create_connection

FIREFOX = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
"""Where it is, if there is one."""

LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
PATIENCE = 120
"""Seconds to wait on a busy machine."""


class Tab:
    """A page of a browser, what is asked of it, and what goes wrong in it."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket, self.asked = socket, 0
        self.complaints: list[str] = []
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded", "network.fetchError"])
        self.tab = self.ask("browsingContext.getTree")["contexts"][0]["context"]
        self.ask("browsingContext.setViewport", context=self.tab, viewport={"width": 1280, "height": 900})

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Give a command and return its result; what is told meanwhile is kept if it is a complaint."""
        self.asked += 1
        self.socket.send(json.dumps({"id": self.asked, "method": method, "params": params}))
        while True:
            said = json.loads(self.socket.recv())
            if said["type"] == "event":
                self.listen(said["method"], said["params"])
            elif said["id"] == self.asked:
                assert said["type"] == "success", (method, said)
                return said["result"]

    def listen(self, event: str, params: dict[str, Any]) -> None:
        if event == "network.fetchError":
            self.complaints.append(f"{params['errorText']}: {params['request']['url']}")
        elif params["level"] == "error":
            self.complaints.append(params["text"])

    def forget(self) -> list[str]:
        """Return what has gone wrong until now, and know no more of it."""
        self.evaluate("null")  # what was told before the answer is known then
        complaints, self.complaints = self.complaints, []
        return complaints

    def goto(self, url: str) -> None:
        self.ask("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    def run(self, script: str) -> None:
        """Run a script in the page."""
        said = self.ask(
            "script.evaluate", expression=script, target={"context": self.tab}, awaitPromise=False
        )
        assert said["type"] == "success", said["exceptionDetails"]["text"]

    def evaluate(self, expression: str) -> Any:
        """Return what a JavaScript expression, or what it promises, comes to: anything that JSON knows."""
        said = self.ask(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then((x) => JSON.stringify(x ?? null))",
            target={"context": self.tab},
            awaitPromise=True,
        )
        assert said["type"] == "success", said["exceptionDetails"]["text"]
        return json.loads(said["result"]["value"])

    def press(self, key: str) -> None:
        """Press a key of the keyboard, and let it go."""
        actions = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        keyboard = {"type": "key", "id": "keyboard", "actions": actions}
        self.ask("input.performActions", context=self.tab, actions=[keyboard])


@contextmanager
def firefox(folder: Path) -> Iterator[Tab]:
    """Start Firefox with a profile of its own in a folder, and end it afterwards."""
    options = ("--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", str(folder))
    with (
        (folder / "said").open("w") as said,
        subprocess.Popen([FIREFOX, *options], stdout=said, stderr=said) as process,
    ):
        try:
            address = listens(folder / "said", process)
            with closing(create_connection(f"{address}/session", PATIENCE, suppress_origin=True)) as socket:
                yield Tab(socket)
        finally:
            process.kill()


def listens(said: Path, process: subprocess.Popen[bytes]) -> str:
    """Wait until Firefox says where it listens, and return that."""
    deadline = time.monotonic() + PATIENCE
    while not (found := LISTENING.search(said.read_text(errors="replace"))):
        assert process.poll() is None and time.monotonic() < deadline, said.read_text(errors="replace")
        time.sleep(0.1)
    return found[1]
