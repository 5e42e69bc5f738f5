"""A stream of trials: cues, two estimates of the task, an ideal observer, and networks that are told both."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch
import traitlets
from torch import Tensor

from modpack import networks, stored
from modpack._checks import choose, require
from modpack.colours import OPPOSITE, colour_of
from modpack.experiments.stream import ARMS, FORMS, LAGS, SEEDS, TUNED, Cell, weights_name
from modpack.experiments.stream import networks as networks_of
from modpack.live.base.figure import Limits, LiveFigure, bundle, index_below, slider, styles
from modpack.live.base.on_request import packed
from modpack.live.engine.data import describe_preset
from modpack.live.engine.tasks import describe_draws, describe_task
from modpack.live.stream.world import World, world
from modpack.measures.streaming import recovery, trials_since
from modpack.network import ModulatedNetwork
from modpack.tasks import COMPACT, PUBLISHED, get
from modpack.training import TrainingConfig, from_record
from modpack.training.worlds import Blocks

ARM = ARMS["stream"]
TRAINED = ARM.stream
"""The stream in which the networks were trained."""

LIMITS = {
    "hazard": Limits(0.02, 0.5, 0.02),
    "right": Limits(0.3, 1, 0.05),
    "sigma": Limits(0, 1.5, 0.1),
    "tau": Limits(1, 20, 1, "trials"),
}
"""The sliders."""

NOTHING = "nothing"
"""In the place of a second or third network."""

WORLDS = 10
"""Seeds to choose from."""

SPEEDS = (1, 4, 20)
"""Trials in a second."""

TRIALS = 200
"""That have passed when a world is first shown, and of which Python tells."""

PLACE = "stream"
"""The folder of the networks, in the package and beside the pages of a book."""


class Stream(LiveFigure):
    """Networks side by side in a stream of trials, whose task lasts for a while and is never announced.

    The page goes on with a world for as long as a reader likes; this class tells of its first trials.

    Parameters
    ----------
    folder : Path, optional
        Where the networks are, by the names that :mod:`modpack.experiments.stream` gives them; by default in
        the package. In a built book the page has those of the package.
    source : str
        What else the line of Python under the figure hands to it.
    first, second, third : str
        Forms of modulation, no two the same; "nothing" in the place of the second or third leaves it out.
    hazard : float
        Probability that the task is another in the next trial.
    right : float
        Probability that a cue is right.
    sigma : float
        Standard deviation of the noise on a cue.
    tau : float
        Time constant of the slow estimate (trials).
    seed : int
        Of the world: its tasks, cues, stimuli and noise.
    speed : int
        Trials in a second while the stream runs, one of `SPEEDS`.
    hidden : bool
        Whether the page keeps the tasks to itself from now on, for the reader to guess.
    chapter, question, name
        As in :class:`LiveFigure`.

    Raises
    ------
    ValueError
        For values that are not allowed, or if there are no networks.
    """

    _esm = bundle("stream/figure.js")
    _css = styles("base/figure.css", "stream/figure.css")

    NAME = "stream"
    LIMITS = LIMITS
    READ = ".recovery"
    STATE = ("first", "second", "third", *LIMITS, "seed", "speed", "hidden")

    question = traitlets.Unicode(
        "Nobody says which task is on. Each trial has a cue, which may be wrong, and earlier cues are not "
        "forgotten at once. How soon after a switch does a network know, and could you do better?"
    ).tag(sync=True)
    first = traitlets.Unicode("gain+bias").tag(sync=True)
    second = traitlets.Unicode("row+bias").tag(sync=True)
    third = traitlets.Unicode(NOTHING).tag(sync=True)
    hazard = slider(LIMITS["hazard"], TRAINED.hazard)
    right = slider(LIMITS["right"], TRAINED.right)
    sigma = slider(LIMITS["sigma"], TRAINED.sigma)
    tau = slider(LIMITS["tau"], TRAINED.tau)
    seed = traitlets.Int(0).tag(sync=True)
    speed = traitlets.Int(4).tag(sync=True)
    hidden = traitlets.Bool(False).tag(sync=True)
    description = traitlets.Dict().tag(sync=True)

    def __init__(self, folder: Path | None = None, source: str = "", **state: Any) -> None:
        self.files = _files(networks.FOLDER / PLACE if folder is None else folder)
        require(len(self.files) > 0, "folder", folder, "one with networks of the experiment")
        super().__init__(source, description=self._describe(), **state | self._others(state))
        self.on_msg(self._send_network)

    def _others(self, state: Mapping[str, Any]) -> dict[str, str]:
        """Return the first and the second form where a state has none: the usual ones if they are free."""
        found = {name: state[name] for name in ("first", "second", "third") if name in state}
        for name in ("first", "second"):
            usual = [form for form in (getattr(self, name), *self.files) if form in self.files]
            found.setdefault(name, next((x for x in usual if x not in found.values()), NOTHING))
        return found

    def _describe(self) -> dict[str, Any]:
        """Return what the page needs to know."""
        tasks = [get(name) for name in ARM.tasks]
        return {
            "forms": list(self.files),
            "places": {form: f"{PLACE}/{file.stem}" for form, file in self.files.items()},
            "colours": {form: colour_of(form) for form in self.files} | {"known": OPPOSITE},
            "tasks": [describe_task(x, COMPACT) | {"draws": describe_draws(x, COMPACT)} for x in tasks],
            "labels": [f"{round(360 / len(tasks) * k)}°" for k in range(len(tasks))],
            "preset": describe_preset(COMPACT),
            "criterion": {"fixation_threshold": PUBLISHED.fixation_threshold},
            "trained": {name: getattr(TRAINED, name) for name in LIMITS},
            "worlds": WORLDS,
            "speeds": list(SPEEDS),
            "lags": LAGS,
            "trials": TRIALS,
        }

    @property
    def shown(self) -> list[str]:
        """The forms on show."""
        return [form for form in (self.first, self.second, self.third) if form != NOTHING]

    @property
    def answering(self) -> dict[str, ModulatedNetwork]:
        """The networks on show, in float64, by form."""
        return {form: stored.read(self.files[form]).network.to(torch.float64) for form in self.shown}

    @property
    def stream(self) -> Blocks:
        """The stream on show."""
        return Blocks(self.hazard, self.right, self.sigma, self.tau)

    def world(self, n_trials: int = TRIALS) -> World:
        """Return the first trials of the world on show."""
        return world(self.stream, ARM.tasks, self.seed, n_trials, ARM.n_neurons)

    def answers(self, n_trials: int = TRIALS) -> pd.DataFrame:
        """Return the task of every trial, and the task whose answer everybody gives, -1 where it is none's.

        Returns
        -------
        DataFrame
            A row for every trial; columns ``task``, ``ideal`` (observer), and the forms.
        """
        seen = self.world(n_trials)
        belief = self.stream.ideal(seen.told)
        found = {"task": seen.told.task[:, 0], "ideal": belief[:, 0].argmax(-1)}
        found |= {form: seen.answered(network) for form, network in self.answering.items()}
        return pd.DataFrame({name: column.tolist() for name, column in found.items()})

    @property
    def recovery(self) -> pd.DataFrame:
        """Share of right trials by how many trials ago the task switched, the last row being later ones."""
        answers = self.answers()
        task = torch.tensor(answers.pop("task").to_numpy())

        def shares(column: pd.Series) -> list[float]:
            right: Tensor = torch.tensor(column.to_numpy()) == task
            return recovery(right.unsqueeze(1), trials_since(task.unsqueeze(1)), LAGS).tolist()

        index = pd.Index([*map(str, range(LAGS)), f"{LAGS}+"], name="trials since the switch")
        return pd.DataFrame({name: shares(answers[name]) for name in answers}, index=index)

    def _send_network(self, _figure: Any, content: Mapping[str, Any], _buffers: Any) -> None:
        """Answer a page without a book around it, which asks for a network by its place."""
        places = {f"{PLACE}/{file.stem}": file for file in self.files.values()}
        place = str(content.get("place"))
        if place in places:
            self.send({"place": place, "network": packed(stored.read(places[place]).network)})

    @traitlets.validate("first", "second", "third")
    def _validate_form(self, proposal: Mapping[str, Any]) -> str:
        name = proposal["trait"].name
        allowed = [*self.files] if name == "first" else [*self.files, NOTHING]
        value = choose(name, proposal["value"], allowed)
        others = [getattr(self, other) for other in ("first", "second", "third") if other != name]
        require(value == NOTHING or value not in others, name, value, "another form than the others")
        return value

    _validate_seed = traitlets.validate("seed")(index_below(lambda self: WORLDS))

    @traitlets.validate("speed")
    def _validate_speed(self, proposal: Mapping[str, Any]) -> int:
        require(proposal["value"] in SPEEDS, "speed", proposal["value"], f"one of {SPEEDS}")
        return int(proposal["value"])

    def __repr__(self) -> str:
        """Say what is on show, for places that cannot show it."""
        return f"Stream({' and '.join(self.shown)}, hazard {self.hazard:g}, cues right {self.right:g})"


def _files(folder: Path) -> dict[str, Path]:
    """Return the files of networks that were trained as the experiment says, by form."""
    found = {}
    for form in FORMS:
        config = _config(form)
        file = folder / f"{weights_name(config)}.safetensors"
        if file.exists() and from_record(stored.read(file).record["config"]) == config:
            found[form] = file
    return found


def _config(form: str) -> TrainingConfig:
    return networks_of(Cell("stream", form, SEEDS[0], TUNED[form], ARM.steps))[0]
