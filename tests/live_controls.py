"""Every way in which a reader can operate what a live figure has on show."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from live_page import NEXT_FRAME
from page_figures import twin
from playwright.sync_api import ElementHandle, Locator

CONTROLS = "input, select, button:not([data-keeps-state]), canvas[tabindex], canvas.modpack-grab"
# A map of packing waits for its networks, a bench shows nothing that lasts before it has counted all trials.
AT_REST = """(root) => {
  const { isPlaying, isWaiting, isComplete, silenced } = root.drawn;
  return !isPlaying && !isWaiting && (isComplete || silenced === undefined);
}"""
CHANGES = {
    "mixer": {
        "my guess: they change sides at a mix of": "guess",
        "Commit: show the choices": "committed",
        "Trials of": "a b",
        "Context moves towards": "b",
        "mix": "mix",
        "the mix keeps its length": "keep_norm",
        "strength of the context": "strength",
        "noise of the context": "noise",
        "noise in line with the two contexts only": "in_line",
        "Draw the noise again": "draw",
        "Seed": "seed",
        "direction of the stimulus": "angle",
        "direction of stimulus 2": "angle2",
        "coherence": "coherence",
        "delay": "delay",
        None: "angle angle2",
    },
    "trial": {
        "Task": "task",
        **dict.fromkeys(("Play", "Previous epoch", "Next epoch", "time in the trial"), "time"),
        "Speed": "speed",
        "show a trained network": "show_network",
        "direction of the stimulus": "angle",
        "ring of the stimulus": "ring1",
        **dict.fromkeys(
            ("direction of stimulus 2", "Make them the same", "Make the directions opposite"), "angle2"
        ),
        "ring of stimulus 2": "ring2",
        "stronger in ring 1": "stronger1",
        "stronger in ring 2": "stronger2",
        "coherence": "coherence",
        "delay": "delay",
        None: "angle angle2 time",
    },
    "plane": {
        "threshold": "knob",
        "slope": "knob slope",
        "synapse": "knob",
        "rise in threshold": "knob threshold",
        "gain of the synapse": "knob synapse",
        "rate of neuron 1": "r1",
        "rate of neuron 2": "r2",
        None: "threshold slope synapse r1 r2",
    },
    "bench": {
        **dict.fromkeys(("silence the first", "Silence all", "Wake all", None), "silenced"),
        "noise of the neurons": "noise",
        "Draw the noise again": "draw",
        "Seed": "seed",
    },
    "prediction": {"Commit": "committed", None: "guess"},
    "gating": {
        "mix, from the context of Ctx DM 1 to that of Ctx DM 2": "mix",
        "evidence for stimulus 1 in ring 1": "evidence1",
        "evidence for stimulus 1 in ring 2": "evidence2",
        "direction of stimulus 1": "angle",
        "Seed": "seed",
    },
    "robustness": {
        "Ambiguous by": "operator",
        "Level: right answers of a decoder of two": "bound",
        "mix": "mix",
        "strength of the context": "strength",
        "Trained with": "schedule",
        "Form": "form",
        "draw the other forms": "others",
        "Trials of": "a b",
        "Draw another trial": "draw",
        None: "bound mix strength",
    },
    "packed": {
        "Map of": "form",
        "minus": "minus",
        "shows": "shows",
        "Mapping (°)": "mapping context",
        "Context of mapping (°)": "context",
        "direction of the stimulus": "angle",
        None: "n_tasks n_neurons mapping context",
    },
    "stream": {
        "First network": "first",
        "Second network": "second",
        "Third network": "third",
        "hazard of a switch, per trial": "hazard",
        "probability that a cue is right": "right",
        "noise of a cue": "sigma",
        "time constant of the slow estimate": "tau",
        "Seed of the world": "seed",
        "Speed": "speed",
        "hide the tasks from now on": "hidden",
    },
    "training": {
        "Tasks": "tasks",
        "First network": "first",
        "Second network": "second",
        "Third network": "third",
        "neurons": "n_neurons",
        "noise on the context": "context_noise",
        "Seed": "seed",
        "Which task comes last?": "last",
        "Which learn all tasks?": "learn",
    },
    "space": {
        "mix": "mix",
        "Input during": "epoch",
        "Axes": "basis",
        "Networks": "form",
        "three dimensions": "solid",
        "turned by": "azimuth",
        "seen from above by": "elevation",
        "start on the first axis": "x",
        "start on the second axis": "y",
        "start on the third axis": "z",
        "Diagram shows": "coordinate",
        None: "x y z azimuth elevation",
    },
}
UNDRAWN = {
    "trial": {"speed"},
    "plane": {"knob"},
    "training": {"context_noise", "last", "learn"},
    "stream": {"speed", "hidden"},
    "mixer": {"guess", "committed"},
}  # by figure, parts of the state that change no picture, or only one that changes by itself
PICTURES = """(root) => [...root.querySelectorAll("canvas:not(.modpack-curve, .modpack-branches), img")]
  .map((part) => part.src ?? part.toDataURL()).join()"""  # but those that change by themselves
PROGRESS = ("curves", "found", "isComplete", "seen")  # changes by itself
MODEL = """(root) => {
  const cell = root.closest(".widget-subarea").parentElement;
  return JSON.parse(cell.querySelector("script[type$='widget-view+json']").textContent).model_id;
}"""
DESCRIBE = """(control) => ({
  kind: control.type ?? "canvas",
  name: control.labels?.[0]?.textContent || control.textContent || control.ariaLabel,
  canFocus: control.tabIndex === 0,
  canDrag: control.classList.contains("modpack-grab"),
  isOn: control.ariaPressed === "true",
  choices: [...(control.options ?? [])].filter((option) => !option.disabled).map(({ value }) => value),
  value: control.value,
  share: (control.value - control.min) / (control.max - control.min),
})"""


class OnPage:
    """A live figure of a page."""

    def __init__(self, part: Locator, models: dict) -> None:
        self.part, self.page, self.models = part, part.page, models
        self.root = part.element_handle()
        self.model = models[self.root.evaluate(MODEL)]
        self.name = self.model.get("name", "")

    @property
    def line(self) -> str:
        """The line of Python that makes the figure again."""
        return self.root.query_selector(".modpack-python code").text_content()

    @property
    def link(self) -> str:
        """The fragment that holds the state."""
        return self.root.query_selector("a.modpack-link").evaluate("link => link.hash")

    @property
    def first_state(self) -> dict:
        return {name: value for name, value, _ in self.model["initial"]}

    @property
    def is_noticed(self) -> bool:
        """Whether the figure says that a link is not allowed."""
        return self.part.locator(".modpack-notice").first.is_visible()

    @property
    def kind(self) -> str:
        return self.name.rstrip("0123456789")

    @property
    def changes(self) -> dict[str | None, str]:
        """By the name of a control (None: a picture), the parts of the state that it may change."""
        if self.kind == "flipbook":
            return {control["label"]: control["name"] for control in self.model["controls"]}
        return CHANGES[self.kind]

    def twin(self):
        """The same figure in Python."""
        return twin(self.line, self.model, self.models)

    def pictures(self, selector: str = "canvas") -> list[Locator]:
        """The canvases on show, or those of a kind."""
        return self.part.locator(f"{selector}:visible").all()

    def button(self, name: str) -> Locator:
        return self.part.get_by_role("button", name=name, exact=True)

    def check(self, name: str):
        """What a check of page_checks.js finds in the figure."""
        self.page.evaluate(NEXT_FRAME)
        return self.root.evaluate(f"root => checks.{name}(root)")

    def complete(self) -> dict:
        """What is on show, once all is computed."""
        self.page.evaluate(NEXT_FRAME)
        self.page.wait_for_function("root => root.drawn.isComplete ?? true", arg=self.root, timeout=120_000)
        return self.drawn()

    def drawn(self) -> dict:
        """What is on show, once it is at rest."""
        self.page.evaluate(NEXT_FRAME)
        self.page.wait_for_function(AT_REST, arg=self.root, timeout=120_000)
        return json.loads(self.root.evaluate("root => JSON.stringify(root.drawn)"))

    def see(self, element: ElementHandle | None = None) -> None:
        """Scroll to the figure, or to a part of it, as with a wheel, and let it know."""
        self.page.evaluate("() => window.dispatchEvent(new WheelEvent('wheel'))")
        (element or self.root).evaluate("element => element.scrollIntoView({ block: 'center' })")
        self.page.evaluate(NEXT_FRAME)

    def reset(self) -> None:
        self.button("Reset").click()


def lasting(shown: dict) -> dict:
    """What of the drawn data does not change by itself."""
    return {name: value for name, value in shown.items() if name not in PROGRESS}


@dataclass(frozen=True)
class Way:
    """A way to operate a control: which of the figure's controls, what both are called, how to do it."""

    index: int
    name: str
    control: str | None  # None: a picture
    act: Callable[[], None]


def names_of(figure: OnPage) -> dict[int, str]:
    """All controls of a figure but its reset, on show or not."""
    described = [each.evaluate(DESCRIBE) for each in figure.root.query_selector_all(CONTROLS)]
    return {k: each["name"] for k, each in enumerate(described) if each["name"] != "Reset"}


def ways(figure: OnPage) -> list[Way]:
    """Every way to operate what a figure has on show, but its reset."""
    found = []
    for index, element in enumerate(figure.root.query_selector_all(CONTROLS)):
        about = element.evaluate(DESCRIBE)
        if element.is_visible() and element.is_enabled() and about["name"] != "Reset":
            control = None if about["kind"] == "canvas" else about["name"]
            for how, act in _acts(figure, element, about).items():
                found.append(Way(index, f"{about['name']}, {how}", control, act))
    return found


def _acts(figure: OnPage, element: ElementHandle, about: dict) -> dict:
    page, far = figure.page, 0.9 if about["share"] is None or about["share"] < 0.5 else 0.1

    def drag(*points):
        def act():
            figure.see(element)
            box = element.bounding_box()
            places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
            page.mouse.move(*places[0])
            page.mouse.down()
            for place in places[1:]:
                page.mouse.move(*place, steps=4)
            page.mouse.up()

        return act

    def press(*keys):
        def act():
            element.focus()
            for key in keys:
                page.keyboard.press(key)

        return act

    def choose():
        later = about["choices"].index(about["value"]) + 1
        element.select_option(about["choices"][later % len(about["choices"])])

    match about["kind"]:
        case "range":
            return {
                "mouse": drag((0.5, 0.5), (far, 0.5)),
                "keyboard": press("End" if far > 0.5 else "Home"),
            }
        case "select-one":
            return {"menu": choose} if len(about["choices"]) > 1 else {}
        case "checkbox":
            return {"mouse": element.click, "keyboard": press("Space")}
        case "submit" | "button":
            return {} if about["isOn"] else {"mouse": element.click, "keyboard": press("Enter")}
        case "canvas":
            acts = {"mouse": drag((0.3, 0.3), (0.7, 0.6))} if about["canDrag"] else {}
            return acts | ({"keyboard": press("ArrowRight", "ArrowUp", "Space")} if about["canFocus"] else {})
    raise ValueError(f"a control of an unknown kind: {about}")
