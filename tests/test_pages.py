"""The built pages, opened in a browser that reaches no other host."""

import functools
import threading
from contextlib import suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from chapters import Book, code_cells
from playwright.sync_api import TimeoutError as PlaywrightTimeout

BOOK = Book(Path(__file__).parent.parent)
PAGES = [*BOOK.pages(), "genindex", "search"]

OPEN_ALL = """() => {
  document.querySelectorAll("details").forEach((part) => { part.open = true; });
  document.querySelectorAll(".toggle-hidden .toggle-button").forEach((button) => button.click());
}"""

MISSING_IMAGES = """() => [...document.images]
  .filter((image) => image.loading !== "lazy" && !(image.complete && image.naturalWidth))
  .map((image) => image.src)"""

EMPTY_WIDGETS = """() => [...document.querySelectorAll("script[type$='widget-view+json']")]
  .filter((view) => {
    const shown = view.parentElement.querySelector(".widget-subarea > *");
    const box = shown?.getBoundingClientRect();
    return !(box?.width && box?.height);
  })
  .map((view) => view.textContent)"""

RAW_MATHS = """() => [...document.querySelectorAll(".math")]
  .filter((formula) => !formula.querySelector("mjx-container > *"))
  .map((formula) => formula.textContent)"""

# Text that differs from what lies behind it by less than 4.5 : 1 (WCAG 2, level AA)
FAINT_TEXT = """() => {
  const rgba = (colour) => {
    const context = document.createElement("canvas").getContext("2d");
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return context.getImageData(0, 0, 1, 1).data;
  };
  const luminance = (colour) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, channel) => {
    const part = colour[channel] / 255;
    return sum + weight * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  }, 0);
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const colour = rgba(getComputedStyle(element).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255];
  };
  const contrast = (element) => {
    const pair = [rgba(getComputedStyle(element).color), behind(element)].map(luminance);
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  };
  const written = (element) => element.checkVisibility()
    && !element.closest(".headerlink, mjx-assistive-mml, svg")
    && [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  return [...document.querySelectorAll("article *, .bd-sidebar-primary *")]
    .filter((element) => written(element) && contrast(element) < 4.5)
    .map((element) => `${contrast(element).toFixed(2)}: ${element.outerHTML.slice(0, 80)}`);
}"""


@pytest.fixture(scope="module")
def server():
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


@pytest.fixture(params=["server", "disk"])
def origin(request):
    return request.getfixturevalue("server") if request.param == "server" else BOOK.html.as_uri()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_page(browser, origin, name, scheme):
    complaints = []

    def only_from_here(route):
        url = route.request.url
        if url.startswith((origin, "data:", "blob:")):
            route.continue_()
        else:
            complaints.append(f"request to another host: {urlsplit(url).netloc}")
            route.abort()

    context = browser.new_context(color_scheme=scheme)
    context.route("**/*", only_from_here)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    page.on("response", lambda response: complaints.append(response.url) if response.status >= 400 else None)
    page.on("websocket", lambda socket: complaints.append(f"socket: {socket.url}"))
    page.goto(f"{origin}/{name}.html", wait_until="networkidle")
    page.evaluate(OPEN_ALL)
    for check in (MISSING_IMAGES, EMPTY_WIDGETS, RAW_MATHS):
        with suppress(PlaywrightTimeout):  # the assertion says what is missing
            page.wait_for_function(f"() => ({check})().length === 0", timeout=20_000)
        assert page.evaluate(check) == []
    assert page.evaluate(FAINT_TEXT) == []
    assert complaints == []
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    context.close()


@pytest.mark.parametrize("chapter", BOOK.chapters(), ids=lambda chapter: chapter.stem)
def test_executed_chapter_shows_no_progress_bar_and_no_warning(chapter):
    executed = BOOK.executed / chapter.name
    assert executed.exists(), "run `make book` first"
    outputs = [output for cell in code_cells(executed) for output in cell.outputs]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    assert "FloatProgressModel" not in executed.read_text()
