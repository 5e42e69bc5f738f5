"""How long figures of several networks take to follow a slider, in Chromium.

The shipped networks of three forms side by side (N = 64): the state space, with the fixed points of the
stimulus of Go trials between Go and Anti, and the gates of evidence. Prints for each slider the median and
the worst time to compute and to draw the figure anew, in ms, with the target for both together, and how many
tasks of over 50 ms the page ran meanwhile. Run it on an idle machine: ``python benchmarks/sliders.py``.
"""

import base64
import json
import shutil

import torch
from playwright.sync_api import Browser, sync_playwright
from redraw import OPTIONS, REDRAWS
from torch import Generator, Tensor

from modpack.fixedpoints import follow, mix_path, starts_from
from modpack.live.base.networks import NetworkFigure
from modpack.live.gating import EvidenceGates
from modpack.live.shipped import shipped_networks
from modpack.live.state_space import Landscape, StateSpace
from modpack.tasks import TrialSettings

TARGET = 20.0
"""Largest median time to compute and draw the figure anew, in ms."""

TASKS = ("fdgo", "fdanti")
EPOCH = "stimulus1"

MEASURE = """async ({ module, traits, numbers, networks: sent, redraws, slider }) => {
  const url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
  const { Figure, readNetworks } = await import(url);
  const view = (text) =>
    new DataView(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);
  const networks = readNetworks(sent.description, view(sent.numbers));
  const values = { ...traits, numbers: view(numbers) };
  const model = {
    get: (name) => values[name],
    set: (name, value) => { values[name] = value; },
    save_changes: () => {},
  };
  const figure = new Figure(model, document.body, networks);
  const [computed, drawn] = [[], []];
  const time = (action, times) => {
    const start = performance.now();
    action();
    times.push(performance.now() - start);
  };
  figure.update();
  figure.draw();
  await new Promise((go) => setTimeout(go, 1000));
  let longTasks = 0;
  const observer = new PerformanceObserver((list) => { longTasks += list.getEntries().length; });
  observer.observe({ type: "longtask" });
  for (let k = 0; k < redraws; k++) {
    const [low, high, step] = values.limits[slider];
    values[slider] = low + step * (k % (1 + Math.round((high - low) / step)));
    time(() => figure.update(), computed);
    time(() => figure.draw(), drawn);
    await new Promise((go) => setTimeout(go));
  }
  figure.worker.stop();
  return { computed, drawn, longTasks };
}"""


def state_space() -> StateSpace:
    """Return the state space with the branches of fixed points of every form."""
    networks = shipped_networks(seeds=[0])
    u, generator, diagrams = (
        TrialSettings().trial(TASKS[0], networks.preset).input_in(EPOCH)[0, 0],
        Generator().manual_seed(0),
        {},
    )
    for form, (network,) in networks.networks.items():
        starts = starts_from(network.run(networks.trials.of(TASKS[0])), 24, 1.0, generator)
        diagrams[form] = {EPOCH: follow(mix_path(network, *TASKS, u), starts)}
    return StateSpace(networks, Landscape.of(networks, TASKS, diagrams), strip="branches")


def measure(browser: Browser, shown: NetworkFigure, slider: str) -> None:
    """Print how a figure follows one of its sliders."""
    names = {*shown.STATE, "limits", "initial", "question", "name", "description", "strip", "python", "pair"}
    networks = shown.networks
    inputs = {
        "module": shown._esm,
        "traits": {name: getattr(shown, name) for name in names & set(shown.trait_names())} | {"chapter": ""},
        "numbers": base64.b64encode(getattr(shown, "numbers", b"")).decode(),
        "networks": {
            "description": networks.description,
            "numbers": base64.b64encode(networks.numbers).decode(),
        },
        "redraws": REDRAWS,
        "slider": slider,
    }
    page = browser.new_page()
    page.set_content(f"<style>{shown._css}</style><body style='width: 740px'></body>")
    result = page.evaluate(MEASURE, json.loads(json.dumps(inputs, default=str)))
    page.close()
    computed, drawn = (torch.tensor(result[name]) for name in ("computed", "drawn"))
    times = map(in_words, (computed, drawn, computed + drawn))
    print(f"{shown.NAME:>8} {slider:>9}", *times, result["longTasks"], sep="  ")


def in_words(times: Tensor) -> str:
    """Return the median and the largest of some times."""
    return f"{times.median():5.1f} (worst {times.max():5.1f})"


def main() -> None:
    """Measure every slider and print a table."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        print(f"ms to compute, to draw, together (target {TARGET:.0f}), tasks over 50 ms")
        gates = EvidenceGates(shipped_networks(seeds=[0]))
        for shown, slider in ((state_space(), "mix"), (gates, "mix"), (gates, "evidence1")):
            measure(browser, shown, slider)
        browser.close()


if __name__ == "__main__":
    main()
