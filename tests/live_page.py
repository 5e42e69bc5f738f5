"""Live figures in a built page: open it, work the controls, read what is drawn."""

from contextlib import contextmanager

NEXT_FRAME = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


@contextmanager
def opened(browser, url, name, **options):
    """The page, from disk, with every other source of data blocked; nothing may go wrong in it."""
    complaints = []
    context = browser.new_context(**options)

    def only_from_here(route):
        if route.request.url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            complaints.append(route.request.url)
            route.abort()

    context.route("**/*", only_from_here)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    page.wait_for_function(f"() => document.querySelector('.modpack-{name}')?.drawn", timeout=60_000)
    yield page
    assert complaints == []
    context.close()


def drawn(page, name):
    page.evaluate(NEXT_FRAME)
    return page.evaluate(f"() => document.querySelector('.modpack-{name}').drawn")


def state_in_link(page, name) -> dict[str, str]:
    """The state that the figure's link holds, as text."""
    text = page.evaluate(f"() => document.querySelector('.modpack-{name} .modpack-link').hash")
    return dict(entry.split(":") for entry in text.removeprefix(f"#{name}=").split(","))


def follow(page, fragment):
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


def drag(label, fraction):
    """What a reader does who drags a slider to a fraction of its width."""

    def act(page):
        slider = page.get_by_label(label, exact=True)
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        y = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] / 2, y)
        page.mouse.down()
        page.mouse.move(box["x"] + fraction * box["width"], y, steps=4)
        page.mouse.up()

    return act


def press(label, *keys):
    """What a reader does who focuses a control and presses keys."""

    def act(page):
        page.get_by_label(label, exact=True).focus()
        for key in keys:
            page.keyboard.press(key)

    return act


def click(name):
    return lambda page: page.get_by_role("button", name=name).click()


def choose_option(label, value):
    return lambda page: page.get_by_label(label, exact=True).select_option(value)
