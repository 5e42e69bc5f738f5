"""How many mappings fit into how many neurons: a map, its networks, and one of them at work."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import torch
import traitlets

from modpack import networks, stored
from modpack._checks import choose, require
from modpack.colours import OPPOSITE, colour_of
from modpack.experiments.packing import STEPS
from modpack.live.base.figure import Limits, LiveFigure, bundle, index_below, one_of, slider, styles
from modpack.live.base.on_request import packed
from modpack.live.engine.data import describe_preset
from modpack.live.engine.tasks import describe_task
from modpack.live.packing_map.table import POINT, Points
from modpack.measures.capacity import HELD
from modpack.network import ModulatedNetwork
from modpack.results import Result
from modpack.tasks import COMPACT, PUBLISHED, Trials, TrialSettings, final, get, own_criterion, satisfies

LIMITS = {"angle": Limits(0, 270, 90, "°")}
"""The directions of the stimulus."""

SHOWN = ("performance", "held")
"""What a map may show: mean performance above the floor, or the number of mappings held."""

NOTHING = "nothing"
"""What is taken away from a map that is no difference."""


PLACE = "packing"
"""The folder of the networks, in the package and beside the pages of a book."""


class Answered(NamedTuple):
    """What a network answers in the trial on show, in radians, and whether the mapping asks for that."""

    angle: float
    length: float
    fixation: float
    is_right: bool


class PackingMap(LiveFigure):
    """A map of networks by their neurons and by how many mappings they learned, with those of one point.

    Parameters
    ----------
    result : Result
        A table of :mod:`modpack.experiments.packing` and its record; its main condition is on show.
    folder : Path, optional
        Where the networks are that answer in the page, the first order's of every point; by default in the
        package. In a built book the page has those of the package.
    source : str
        Python expression that makes the table, for the line of Python under the figure.
    form : str
        Whose map it is.
    minus : str
        A form whose map is taken away from it, network by network of the same order, or ``"nothing"``.
    shows : str
        One of `SHOWN`.
    n_tasks, n_neurons : int
        The point whose networks are on show. Another `n_tasks` goes to the nearest of its sizes.
    mapping, context : int
        Of which of the mappings the trial is, and whose context the network is told.
    angle : float
        Direction of the stimulus (degrees).
    chapter, question, name
        As in :class:`LiveFigure`.

    Raises
    ------
    ValueError
        For values that are not allowed, or a table without a network of the main condition.
    """

    _esm = bundle("packing_map/figure.js")
    _css = styles("base/figure.css", "packing_map/figure.css")

    NAME = "packed"
    LIMITS = LIMITS
    READ = ".map"
    STATE = ("form", "minus", "shows", "n_tasks", "n_neurons", "mapping", "context", "angle")

    question = traitlets.Unicode(
        "How many mappings fit into how many neurons? And does it matter where the context acts?"
    ).tag(sync=True)
    form = traitlets.Unicode("synaptic").tag(sync=True)
    minus = traitlets.Unicode(NOTHING).tag(sync=True)
    shows = traitlets.Unicode(SHOWN[0]).tag(sync=True)
    n_tasks = traitlets.Int(8).tag(sync=True)
    n_neurons = traitlets.Int(7).tag(sync=True)
    mapping = traitlets.Int(0).tag(sync=True)
    context = traitlets.Int(0).tag(sync=True)
    angle = slider(LIMITS["angle"], 90.0)
    description = traitlets.Dict().tag(sync=True)

    def __init__(
        self, result: Result, folder: Path | None = None, source: str = "result", **state: Any
    ) -> None:
        self.points = Points(result, networks.FOLDER / PLACE if folder is None else folder)
        files = self.points.files()
        self.files = {file.stem: file for file in files.values()}
        description = self.points.describe(files) | self._describe()
        self.sizes: dict[int, list[int]] = {row["n_tasks"]: row["sizes"] for row in description["rows"]}
        if self.form not in self.forms:
            state.setdefault("form", self.forms[0])
        if self.n_tasks not in self.sizes:
            state.setdefault("n_tasks", min(self.sizes))
        sizes = self.sizes.get(state.get("n_tasks", self.n_tasks), [self.n_neurons])
        state.setdefault("n_neurons", sizes[len(sizes) // 2])
        super().__init__(source, description=description, **state)
        self.on_msg(self._send_network)

    def _describe(self) -> dict[str, Any]:
        """Return what the page needs to know beside the table."""
        return {
            "colours": {form: colour_of(form) for form in self.forms} | {"opposite": OPPOSITE},
            "task": describe_task(get(self.points.tasks(min(self.points.n_tasks))[0]), COMPACT),
            "preset": describe_preset(COMPACT),
            "criterion": {"fixation_threshold": PUBLISHED.fixation_threshold},
            "delay": TrialSettings().delay,
            "steps": STEPS,
            "held_at": HELD,
            "place": PLACE,
        }

    @property
    def forms(self) -> list[str]:
        """The forms of the table."""
        return list(self.points.whole["form"].unique())

    @property
    def shown(self) -> list[str]:
        """The form on show, and the one that is taken away from it."""
        return [self.form] if self.minus == NOTHING else [self.form, self.minus]

    @property
    def map(self) -> pd.DataFrame:
        """What the map shows, in the mean over networks: rows by number of mappings, columns by neurons."""
        every = [self.points.scores(self.shows, form) for form in self.shown]
        values = every[0] if len(every) == 1 else (every[0] - every[1]).dropna()
        return values.groupby(POINT[1:]).mean().unstack()

    @property
    def half_held(self) -> pd.DataFrame:
        """``log2 N50`` of every order and number of mappings, of the forms on show."""
        found = self.points.half_held()
        return found[found["form"].isin(self.shown)]

    @property
    def tasks(self) -> tuple[str, ...]:
        """The mappings of the networks that answer in the page, those of the first order."""
        return self.points.tasks(self.n_tasks)

    @property
    def answering(self) -> dict[str, ModulatedNetwork]:
        """The networks that answer, in float64, by form; of a point without weights there is none."""
        names = {form: f"{form}-{self.n_tasks}-{self.n_neurons}" for form in self.shown}
        return {
            form: stored.read(self.files[name]).network.to(torch.float64)
            for form, name in names.items()
            if name in self.files
        }

    @property
    def trial(self) -> Trials:
        """The trial on show."""
        return TrialSettings(self.angle).trial(self.tasks[self.mapping], COMPACT)

    @property
    def answers(self) -> dict[str, Answered]:
        """What the networks answer, free of noise, told the context of `context`."""
        trial, told = self.trial, self.tasks[self.context]
        answers = {}
        for form, network in self.answering.items():
            said = final(network.outputs(trial, told), trial)
            is_right = satisfies(said, trial.answer, own_criterion(trial))
            angle, length, fixation = (x.item() for x in said)
            answers[form] = Answered(angle, length, fixation, bool(is_right))
        return answers

    def _send_network(self, _figure: Any, content: Mapping[str, Any], _buffers: Any) -> None:
        """Answer a page without a book around it, which asks for a network by its place."""
        place = content.get("place")
        file = self.files.get(str(place).removeprefix(f"{PLACE}/"))
        if file is not None:
            self.send({"place": place, "network": packed(stored.read(file).network)})

    @traitlets.observe("n_tasks")
    def _keep_to_row(self, _change: Any) -> None:
        """Go to the nearest size, and to the first mapping, where another row has none of this."""
        sizes = self._sizes_of(self.n_tasks)
        if self.n_neurons not in sizes:
            self.n_neurons = min(sizes, key=lambda size: abs(math.log(size / self.n_neurons)))
        for name in ("mapping", "context"):
            if getattr(self, name) >= self.n_tasks:
                self.set_trait(name, 0)

    def _sizes_of(self, n_tasks: int) -> list[int]:
        """Return the sizes of networks of so many tasks."""
        require(n_tasks in self.sizes, "n_tasks", n_tasks, f"one of {list(self.sizes)}")
        return self.sizes[n_tasks]

    @traitlets.validate("n_tasks")
    def _validate_n_tasks(self, proposal: Mapping[str, Any]) -> int:
        self._sizes_of(proposal["value"])
        return int(proposal["value"])

    @traitlets.validate("n_neurons")
    def _validate_n_neurons(self, proposal: Mapping[str, Any]) -> int:
        sizes = self._sizes_of(self.n_tasks)  # which may not have been checked yet
        require(proposal["value"] in sizes, "n_neurons", proposal["value"], f"one of {sizes}")
        return int(proposal["value"])

    @traitlets.validate("minus")
    def _validate_minus(self, proposal: Mapping[str, Any]) -> str:
        others = [form for form in self.forms if form != self.form]
        return choose("minus", proposal["value"], [NOTHING, *others])

    @traitlets.validate("angle")
    def _validate_angle(self, proposal: Mapping[str, Any]) -> float:
        step = LIMITS["angle"].step
        require(proposal["value"] % step == 0, "angle", proposal["value"], f"a multiple of {step:g}")
        return float(proposal["value"])

    _validate_form = traitlets.validate("form")(one_of(lambda self: self.forms))
    _validate_shows = traitlets.validate("shows")(one_of(lambda self: list(SHOWN)))
    _validate_mapping = traitlets.validate("mapping", "context")(index_below(lambda self: self.n_tasks))

    def __repr__(self) -> str:
        """Say what is on show, for places that cannot show it."""
        difference = "" if self.minus == NOTHING else f" minus {self.minus}"
        return f"PackingMap({self.shows} of {self.form}{difference})"
