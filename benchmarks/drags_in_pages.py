"""Whether pages of the built book stay responsive while a reader drags every slider, in Chromium.

For every live figure of some chapters, all sliders on show are dragged from end to end and back. Prints for
each figure how many tasks of the page's main thread took over 50 ms, and the longest, as the page felt them
and in processor time, as in ``training_frames.py``. Aim: none over 50 ms.
``python benchmarks/drags_in_pages.py 02 06`` (all chapters if none is named), after ``make book``.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright
from training_frames import CATEGORIES, LONG, OPTIONS, tasks_in

PAGES = Path(__file__).parent.parent / "_build" / "html" / "notebooks"
MOVES = 30
ON_SHOW = """() => [...document.querySelectorAll(".widget-subarea")].every(
  (each) => each.querySelector(".modpack-live")
)"""


def drag(page: Page, slider: Locator) -> None:
    """Drag a slider from one end to the other and back."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 2, height)
    page.mouse.down()
    for x in (box["x"] + box["width"] - 2, box["x"] + 2):
        page.mouse.move(x, height, steps=MOVES)
    page.mouse.up()


def main() -> None:
    """Print the load, and two lines for every figure."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    print(f"load {os.getloadavg()[0]:.1f}")
    chapters = [
        path for path in sorted(PAGES.glob("*.html")) if path.name.startswith(tuple(sys.argv[1:] or ""))
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        for path in chapters:
            page = browser.new_page()
            page.goto(path.as_uri(), wait_until="networkidle")
            page.wait_for_function(ON_SHOW, timeout=90_000)
            for figure in page.locator(".modpack-live").all():
                sliders = figure.locator("input[type=range]:visible").all()
                if not sliders:
                    continue
                sliders[0].scroll_into_view_if_needed()
                page.wait_for_timeout(1000)
                browser.start_tracing(page=page, categories=CATEGORIES)
                for slider in sliders:
                    drag(page, slider)
                tasks = tasks_in(browser.stop_tracing())
                print(path.stem, figure.get_attribute("aria-label"), f"{len(sliders)} sliders")
                for what, times in zip(("felt", "processor"), zip(*tasks, strict=True), strict=True):
                    longest = ", ".join(f"{each:.0f}" for each in sorted(times, reverse=True)[:5])
                    print(
                        f"  {what}: {sum(each > LONG for each in times)} over {LONG} ms; longest {longest} ms"
                    )
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
