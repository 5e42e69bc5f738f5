"""What readers do in a live figure of a page."""

from playwright.sync_api import Locator, Page

NEXT_FRAME = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


def follow(page: Page, fragment: str) -> None:
    """Go to a fragment of the page and wait until the figures have heard of it."""
    page.evaluate(
        """async (hash) => {
          if (location.hash === hash) return;
          const changed = new Promise((go) => window.addEventListener("hashchange", go, { once: true }));
          location.hash = hash;
          await changed;
        }""",
        fragment,
    )


def drag(part: Locator, *points: tuple[float, float]) -> None:
    """Drag the mouse over points of a part of a figure, in px from its upper left corner."""
    part.scroll_into_view_if_needed()
    box, mouse = part.bounding_box(), part.page.mouse
    first, *others = [(box["x"] + x, box["y"] + y) for x, y in points]
    mouse.move(*first)
    mouse.down()
    for point in others:
        mouse.move(*point, steps=4)
    mouse.up()


def swipe(part: Locator, *points: tuple[float, float]) -> None:
    """Drag a finger over points of a part of a figure, in px from its upper left corner."""
    part.evaluate("part => part.scrollIntoView({ block: 'center' })")
    box, touch = part.bounding_box(), part.page.context.new_cdp_session(part.page)

    def send(kind, *places):
        touched = [{"x": box["x"] + x, "y": box["y"] + y} for x, y in places]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    send("touchStart", points[0])
    for point in points[1:]:
        send("touchMove", point)
    send("touchEnd")


def press(part: Locator, keys: str) -> None:
    """Press keys, apart by spaces, while a part of a figure has the focus."""
    part.focus()
    for key in keys.split():
        part.page.keyboard.press(key)
