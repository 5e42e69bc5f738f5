"""What live figures share that show a trial whose stimuli the reader chooses."""

from typing import Any

import traitlets
from torch import Tensor

from modpack.colours import OUTPUT_COLOURS
from modpack.live.base.figure import Limits, slider
from modpack.live.base.networks import NetworkFigure, require_vector_readout
from modpack.live.engine.network import LiveNetworks
from modpack.tasks import Preset, Trials, TrialSettings

TRIAL_LIMITS = {
    "angle": Limits(0, 359, 1, "°"),
    "angle2": Limits(0, 359, 1, "°"),
    "coherence": Limits(0.02, 0.4, 0.02),
    "delay": Limits(0, 2000, 40, "ms"),
}
"""The sliders of a trial."""


class TrialFigure(NetworkFigure):
    """A live figure of trained networks and a trial whose stimuli the reader chooses.

    Parameters
    ----------
    networks : LiveNetworks
        With the vector readout.
    angle, angle2 : float
        Directions of the stimuli (degrees).
    coherence : float
        Half the difference in strength of two stimuli.
    delay : float
        First delay (ms), brought into the range of the task.
    rest
        As in :class:`LiveFigure`.

    Raises
    ------
    ValueError
        For networks without the vector readout.
    """

    LIMITS = TRIAL_LIMITS

    angle = slider(TRIAL_LIMITS["angle"], 60.0)
    angle2 = slider(TRIAL_LIMITS["angle2"], 200.0)
    coherence = slider(TRIAL_LIMITS["coherence"], 0.2)
    delay = slider(TRIAL_LIMITS["delay"], 400.0)

    outputs = traitlets.Dict(OUTPUT_COLOURS).tag(sync=True)

    def __init__(self, networks: LiveNetworks, **rest: Any) -> None:
        require_vector_readout(networks)
        super().__init__(networks, **rest)

    def chosen_trial(self, task: str, preset: Preset, strength: Tensor | None = None) -> Trials:
        """Return the trial of a task that the reader has chosen, see `TrialSettings.trial`."""
        settings = TrialSettings(self.angle, self.angle2, self.coherence, self.delay)
        return settings.trial(task, preset, strength)
