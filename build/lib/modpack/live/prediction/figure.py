"""Predict, commit, reveal: the reader draws a curve before seeing the computed ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import traitlets
from torch import Tensor

from modpack._checks import require
from modpack.colours import colour_of
from modpack.live.base.figure import LiveFigure, bundle, styles

STEP = 5
"""The reader draws in steps of so many percent."""


class Prediction(LiveFigure):
    """A curve that the reader draws and commits; only then the computed curves are shown beside it.

    Parameters
    ----------
    x : sequence of float
        Where the curves are known, increasing.
    curves : mapping of str to Tensor, shape (network, x)
        Fractions in [0, 1], by modulation form. The reader's curve is compared with their mean over networks.
    x_label, y_label : str
        What is along the axes; the fractions are shown in percent.
    source : str
        How the line of Python under the figure calls `x` and `curves`.
    guess : list of int
        The reader's curve in percent, in steps of 5, a number for every x; empty before anything is drawn.
    committed : bool
        Whether the reader is done: then the curves are revealed.
    chapter, question, name
        As in :class:`LiveFigure`.

    Raises
    ------
    ValueError
        For curves that do not fit x or leave [0, 1], or a guess that could not have been drawn.
    """

    _esm = bundle("prediction/figure.js")
    _css = styles("base/figure.css", "prediction/figure.css")

    NAME = "prediction"
    STATE = ("guess", "committed")
    READ = ".scores"

    x = traitlets.List(traitlets.Float()).tag(sync=True)
    curves = traitlets.Dict().tag(sync=True)
    colours = traitlets.Dict().tag(sync=True)
    x_label = traitlets.Unicode("").tag(sync=True)
    y_label = traitlets.Unicode("").tag(sync=True)
    guess = traitlets.List(traitlets.Int()).tag(sync=True)
    committed = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        x: Sequence[float],
        curves: Mapping[str, Tensor],
        x_label: str = "",
        y_label: str = "",
        source: str = "x, curves",
        **state: Any,
    ) -> None:
        positions = torch.tensor(x, dtype=torch.float64)
        increasing = len(positions) >= 2 and bool((positions.diff() > 0).all())
        require(increasing, "x", list(x), "two or more increasing numbers")
        require(len(curves) > 0, "curves", curves, "one or more")
        for form, fractions in curves.items():
            _check_curve(form, fractions, len(positions))
        super().__init__(
            source,
            x=positions.tolist(),
            curves={form: fractions.tolist() for form, fractions in curves.items()},
            colours={form: colour_of(form) for form in curves},
            x_label=x_label,
            y_label=y_label,
            **state,
        )

    @property
    def scores(self) -> dict[str, float]:
        """Mean absolute difference of the guess from each curve, in [0, 1]; {} without a guess."""
        if not self.guess:
            return {}
        guess = torch.tensor(self.guess, dtype=torch.float64) / 100
        means = {form: torch.tensor(each, dtype=torch.float64).mean(0) for form, each in self.curves.items()}
        return {form: float((guess - mean).abs().mean()) for form, mean in means.items()}

    @traitlets.validate("guess")
    def _validate_guess(self, proposal: Mapping[str, Any]) -> list[int]:
        guess = proposal["value"]
        fits = len(guess) in (0, len(self.x)) and all(0 <= y <= 100 and y % STEP == 0 for y in guess)
        require(fits, "guess", guess, f"empty, or {len(self.x)} numbers in 0, {STEP}, ..., 100")
        return list(guess)

    @traitlets.validate("committed")
    def _validate_committed(self, proposal: Mapping[str, Any]) -> bool:
        committed = bool(proposal["value"])
        require(not committed or len(self.guess) > 0, "committed", committed, "False without a guess")
        return committed

    def __repr__(self) -> str:
        """Say what is on show, for places that cannot show it."""
        return f"Prediction({'committed' if self.committed else 'not committed'})"


def _check_curve(form: str, fractions: Tensor, n: int) -> None:
    argument, shape = f"curves[{form!r}]", tuple(fractions.shape)
    require(
        fractions.ndim == 2 and shape[0] > 0 and shape[1] == n, argument, shape, f"of shape (network, {n})"
    )
    inside = bool(((fractions >= 0) & (fractions <= 1)).all())
    require(inside, argument, "values outside", "made of fractions in [0, 1]")
