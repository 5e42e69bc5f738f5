"""How long the map of packing takes to open a square, in Chromium.

The shipped table and networks, one form minus another: every square in turn, with two networks simulated and
all pictures drawn. Prints the median and the worst time in ms with the target, and how long it took until a
network that the page did not have was there, from disk. Run it on an idle machine:
``python benchmarks/squares.py``.
"""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from playwright.sync_api import sync_playwright
from redraw import OPTIONS

from modpack import networks, results
from modpack.live.base.on_request import write_scripts
from modpack.live.packing_map import PackingMap
from modpack.live.packing_map.figure import PLACE

TARGET = 50.0
"""Largest median time to open a square whose networks are there, in ms."""

PAGE = """<!doctype html><html data-content_root="./"><meta charset="utf-8"><style>{style}</style>
<body style="width: 740px"></body><script type="module">
{module}
Object.assign(globalThis, {{ Figure }});
</script></html>"""

MEASURE = """async (values) => {
  const model = { get: (name) => values[name], set: (name, value) => (values[name] = value) };
  const figure = new Figure({ ...model, save_changes() {} }, document.body);
  const points = figure.description.rows.flatMap(({ n_tasks, sizes }) =>
    sizes.map((n_neurons) => ({ n_tasks, n_neurons, mapping: 1, context: 0 })));
  const time = async (point) => {
    const start = performance.now();
    Object.assign(values, point);
    figure.update();
    const { isWaiting } = figure.draw();
    const opened = performance.now() - start;
    while (isWaiting && figure.draw().isWaiting) await new Promise((go) => setTimeout(go, 1));
    return [opened, performance.now() - start];
  };
  const [first, again] = [[], []];
  for (const times of [first, again, again]) for (const point of points) times.push(await time(point));
  figure.worker.stop();
  return { fetched: first.map((each) => each[1]), opened: again.map((each) => each[0]) };
}"""


def main() -> None:
    """Measure and print."""
    shown = PackingMap(results.load("packing"), minus="excitability")
    names = {*shown.STATE, "limits", "initial", "question", "name", "chapter", "python", "description"}
    values = json.loads(json.dumps({name: getattr(shown, name) for name in names}))
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        write_scripts(networks.FOLDER / PLACE, Path(folder) / "_static" / "networks")
        page = Path(folder) / "page.html"
        module = shown._esm.replace("export default", "void")
        page.write_text(PAGE.format(style=shown._css, module=module), "utf8")
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        opened = browser.new_page()
        opened.goto(page.as_uri())
        opened.wait_for_function("Boolean(globalThis.Figure)")
        times = {name: torch.tensor(each) for name, each in opened.evaluate(MEASURE, values).items()}
        browser.close()
    for name, each in times.items():
        print(f"{name:>8} {each.median():6.1f} ms (worst {each.max():6.1f}), {len(each)} squares")
    print(f"target of a square that is opened: {TARGET:g} ms")


if __name__ == "__main__":
    main()
