"""How long the context mixer takes to simulate and draw a trial, in Chromium.

One combined network with random weights, trials of 150 steps. Prints for each size the median time of a
simulation, the median and the worst time of a whole redraw (simulation, words, pictures) with its target, in
ms, and how many tasks of over 50 ms the page ran while the figure was turned and its curve was computed. Run
it on an idle machine: ``python benchmarks/redraw.py``.
"""

import base64
import json
import shutil
from dataclasses import replace
from typing import Any

import torch
from playwright.sync_api import Page, sync_playwright

from modpack.context import one_hot
from modpack.live.engine.network import LiveNetworks
from modpack.live.mixer import Mixer
from modpack.modulation import form
from modpack.network import initial
from modpack.tasks import COMPACT, TASKS

TARGETS = {128: 10.0, 256: 20.0}
"""Largest time for a redraw in ms, by number of neurons."""

STEPS = 150
REDRAWS = 60
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

MEASURE = """async ({ module, traits, description, numbers, redraws }) => {
  const url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
  const { Figure, readNetworks, run } = await import(url);
  const bytes = Uint8Array.from(atob(numbers), (character) => character.charCodeAt(0));
  const networks = readNetworks(description, new DataView(bytes.buffer));
  const values = { ...traits };
  const model = {
    get: (name) => values[name],
    set: (name, value) => { values[name] = value; },
    save_changes: () => {},
  };
  const element = document.body.appendChild(document.createElement("div"));
  const figure = new Figure(model, element, networks);
  const [network] = networks.members[networks.forms[0]];
  figure.update();
  figure.draw();
  await new Promise((go) => setTimeout(go, 200));
  let longTasks = 0;
  const observer = new PerformanceObserver((list) => { longTasks += list.getEntries().length; });
  observer.observe({ type: "longtask" });
  const time = async (action) => {
    const times = [];
    for (let k = 0; k < redraws; k++) {
      values.angle = (7 * k) % 360;
      const start = performance.now();
      action();
      times.push(performance.now() - start);
      await new Promise((go) => setTimeout(go));
    }
    return times;
  };
  const redrawn = await time(() => {
    figure.update();
    figure.draw();
  });
  const simulated = await time(() => run(network, figure.context, figure.trial, figure.b, networks));
  figure.worker.stop();
  return { simulated, redrawn, longTasks };
}"""


def networks_of(n_neurons: int) -> LiveNetworks:
    """Return one random combined network, whose trials have `STEPS` steps."""
    preset = replace(COMPACT, length=STEPS * COMPACT.dt)
    code = one_hot(tuple(TASKS))
    generator = torch.Generator().manual_seed(0)
    return LiveNetworks({"combined": [initial(form("combined", code.d), code, preset, n_neurons, generator)]})


def measure(page: Page, n_neurons: int) -> dict[str, Any]:
    """Return the times of all simulations and redraws in ms, and the number of tasks of over 50 ms."""
    live = networks_of(n_neurons)
    mixer = Mixer(live)
    names = (*Mixer.STATE, "limits", "outputs", "initial", "question", "name", "chapter", "python")
    inputs = {
        "module": mixer._esm,
        "traits": {name: getattr(mixer, name) for name in names},
        "description": live.description,
        "numbers": base64.b64encode(live.numbers).decode(),
        "redraws": REDRAWS,
    }
    page.set_content(f"<style>{mixer._css}</style><body style='width: 740px'></body>")
    result: dict[str, Any] = page.evaluate(MEASURE, json.loads(json.dumps(inputs, default=str)))
    return result


def main() -> None:
    """Measure every size and print a table."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        print(f"{'N':>4} {'simulate':>9} {'redraw':>8} {'worst':>8} {'target':>8}   tasks over 50 ms")
        for n_neurons, target in TARGETS.items():
            result = measure(browser.new_page(), n_neurons)
            simulated, redrawn = (torch.tensor(result[name]) for name in ("simulated", "redrawn"))
            print(
                f"{n_neurons:4d} {simulated.median():9.1f} {redrawn.median():8.1f} {redrawn.max():8.1f} "
                f"{target:8.1f}   {result['longTasks']}"
            )
        browser.close()


if __name__ == "__main__":
    main()
