"""Whether a page stays responsive while it trains two networks, in Chromium.

The training bench learns eight tasks with 32 neurons, first in threads, then in a page that refuses threads,
where it trains between frames. Prints for both how many tasks of over 50 ms the page ran, the longest one
and how many steps were trained meanwhile. Aim: with threads none. Run it on an idle machine:
``python benchmarks/training_frames.py``.
"""

import shutil

from playwright.sync_api import Page, sync_playwright

from modpack.live.training_bench import TrainingBench

SECONDS = 12
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

MEASURE = """async ({ module, traits, seconds, hasThreads }) => {
  if (!hasThreads) delete globalThis.Worker;
  const url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
  const { Figure, LocalModel } = await import(url);
  const element = document.body.appendChild(document.createElement("div"));
  const figure = new Figure(new LocalModel(traits), element);
  figure.update();
  const pause = (ms) => new Promise((go) => setTimeout(go, ms));
  await pause(500);
  const long = [];
  const observer = new PerformanceObserver((list) => long.push(...list.getEntries()));
  observer.observe({ type: "longtask" });
  figure.train.click();
  await pause(1000 * seconds);
  figure.stop();
  const steps = figure.race.runs.map(({ report }) => report?.step ?? 0);
  return { steps, long: long.map(({ duration }) => duration) };
}"""


def measured(page: Page, has_threads: bool) -> dict:
    """Return the steps that were trained, and how long the long tasks took (ms)."""
    bench = TrainingBench(tasks="eight", n_neurons=32)
    names = ("name", "limits", "initial", "question", "chapter", "python", "description", "scripts", "worker")
    traits = {name: getattr(bench, name) for name in (*names, *bench.STATE)}
    given = {"module": bench._esm, "traits": traits, "seconds": SECONDS, "hasThreads": has_threads}
    return page.evaluate(MEASURE, given)


def main() -> None:
    """Print a line with threads, and one without."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        for has_threads in (True, False):
            page = browser.new_page()
            found = measured(page, has_threads)
            longest = max(found["long"], default=0)
            where = "in threads" if has_threads else "between frames"
            print(
                f"{where}: {found['steps']} steps in {SECONDS} s, {len(found['long'])} tasks of over 50 ms"
                f"{f', the longest {longest:.0f} ms' if found['long'] else ''}"
            )
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
