"""Whether a page stays responsive while it trains two networks, in Chromium.

The training bench learns eight tasks with 32 neurons, first in threads, then in a page that refuses threads,
where it trains between frames. Prints for both the longest tasks of the page's main thread, how many took
over 50 ms, and how many steps were trained meanwhile. Aim: with threads none over 50 ms.

A task is measured twice: as the page felt it, which on a busy machine counts the time that others had the
processor, and as the processor time of the thread. ``python benchmarks/training_frames.py``.
"""

import json
import os
import shutil

from playwright.sync_api import Browser, sync_playwright

from modpack.live.training_bench import TrainingBench

SECONDS = 12
LONG = 50
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CATEGORIES = ["disabled-by-default-devtools.timeline", "toplevel"]

BEGIN = """async ({ module, traits, hasThreads }) => {
  if (!hasThreads) delete globalThis.Worker;
  const url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
  const { Figure, LocalModel } = await import(url);
  const element = document.body.appendChild(document.createElement("div"));
  globalThis.figure = new Figure(new LocalModel(traits), element);
  figure.update();
  await new Promise((go) => setTimeout(go, 500));
}"""
TRAIN = """async (seconds) => {
  figure.train.click();
  await new Promise((go) => setTimeout(go, 1000 * seconds));
  figure.stop();
  return figure.race.runs.map(({ report }) => report?.step ?? 0);
}"""


def tasks_in(trace: bytes) -> list[tuple[float, float]]:
    """Return how long tasks of the page's main thread took (ms), as felt and of the processor."""
    events = json.loads(trace)["traceEvents"]
    (main,) = {
        (each["pid"], each["tid"])
        for each in events
        if each["name"] == "thread_name" and each["args"]["name"] == "CrRendererMain"
    }
    return [
        (each["dur"] / 1000, each["tdur"] / 1000)
        for each in events
        if each["name"] == "RunTask" and each["ph"] == "X" and (each["pid"], each["tid"]) == main
    ]


def measured(browser: Browser, has_threads: bool) -> tuple[list[int], list[tuple[float, float]]]:
    """Return the steps that were trained, and how long the tasks took meanwhile."""
    bench = TrainingBench(tasks="eight", n_neurons=32)
    names = ("name", "limits", "initial", "question", "chapter", "python", "description", "scripts", "worker")
    traits = {name: getattr(bench, name) for name in (*names, *bench.STATE)}
    page = browser.new_page()
    page.evaluate(BEGIN, {"module": bench._esm, "traits": traits, "hasThreads": has_threads})
    browser.start_tracing(page=page, categories=CATEGORIES)
    steps = page.evaluate(TRAIN, SECONDS)
    trace = browser.stop_tracing()
    page.close()
    return steps, tasks_in(trace)


def main() -> None:
    """Print the load, then what was found with threads and without."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    print(f"load {os.getloadavg()[0]:.1f}")
    with sync_playwright() as playwright:
        for has_threads in (True, False):
            browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
            steps, tasks = measured(browser, has_threads)
            browser.close()
            print(f"{'in threads' if has_threads else 'between frames'}: {steps} steps in {SECONDS} s")
            for what, lengths in zip(("felt", "processor"), zip(*tasks, strict=True), strict=True):
                longest = ", ".join(f"{each:.0f}" for each in sorted(lengths, reverse=True)[:5])
                print(
                    f"  {what}: {sum(each > LONG for each in lengths)} over {LONG} ms; longest {longest} ms"
                )


if __name__ == "__main__":
    main()
