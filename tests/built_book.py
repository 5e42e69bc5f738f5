"""The pages of the built book, in a browser that reaches no other place."""

from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from chapters import Book
from playwright.sync_api import TimeoutError as PlaywrightTimeout

BOOK = Book(Path(__file__).parent.parent)
PAGES = [*BOOK.pages(), "reference/modpack.fixedpoints", "genindex", "py-modindex", "search"]
CHECKS = Path(__file__).parent / "js" / "page_checks.js"


def watch(context, page, origin) -> list[str]:
    """Let nothing in that does not come from `origin`; the list comes to hold what goes wrong."""
    complaints: list[str] = []

    def only_from_here(route):
        url = route.request.url
        if url.startswith((origin, "data:", "blob:")):
            route.continue_()
        else:
            complaints.append(f"request to another host: {urlsplit(url).netloc}")
            route.abort()

    context.route("**/*", only_from_here)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    page.on("response", lambda response: complaints.append(response.url) if response.status >= 400 else None)
    page.on("websocket", lambda socket: complaints.append(f"socket: {socket.url}"))
    return complaints


@contextmanager
def opened(browser, origin, name, fragment="", **options):
    """A page of the book, drawn in full and unfolded; nothing may go wrong in it."""
    with browser.new_context(**options) as context:
        context.add_init_script(path=CHECKS)
        page = context.new_page()
        page.set_default_timeout(120_000)  # patience with a busy machine
        complaints = watch(context, page, origin)
        page.goto(f"{origin}/{name}.html{fragment}", wait_until="networkidle", timeout=90_000)
        page.evaluate("checks.openAll()")
        for check in ("missingImages", "emptyWidgets", "rawMaths"):
            with suppress(PlaywrightTimeout):  # the assertion says what is missing
                page.wait_for_function(f"() => checks.{check}().length === 0", timeout=60_000)
            lacking = page.evaluate(f"checks.{check}()")
            assert not lacking, (check, lacking)
        page.evaluate("checks.openAll()")  # now also what the figures fold
        yield page
        assert not complaints, complaints
