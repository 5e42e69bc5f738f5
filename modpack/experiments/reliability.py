"""Is there synergy where one estimate says how far the other can be trusted? A test declared beforehand.

The third arm of `modpack.experiments.stream`, in all but the world as the first: one of four tasks at a
time, N = 24, the same sixteen forms, seeds, tuned scales and rate, and twice the steps. Every network is
told two estimates (:mod:`modpack.training.reliability`): a *fast* one of the task that this trial's cue
names, and a *slow* one of how often cues are right, .95 or .1, which changes once in fifty trials in the
mean. Which task it is a network has to make out over trials in its own state, where every cue counts as
much as it can be trusted at the time: for it where cues are right, and *against* it where they are wrong.
That is a gain on evidence; who trusts all cues alike (`observers.trusting`) is right in half of the trials,
and the ideal observer in seven of ten (`bounds` of the stream's module).

``FAMILY`` holds the one test, of synergy as in the stream: log-odds of a right trial of the best form
across the pathways minus those of the best within one, which are chosen on the seeds from 600, with the
same margin and the same rule for networks that diverge. A pathway that changes what the other does could
form the product; so could any recurrent network that is told both by one pathway: no direction is
predicted. Everything else is exploratory. Whether 6,000 steps are enough the profile ``pilot`` says, of two
forms, on seeds of its own.

The pilot said no, and the test was not run. Of its networks those that did not diverge were hardly better
than who trusts all cues alike, with a third of the steps as with all. Training passes no gradient from one
trial to the next, so that networks do not learn to add up cues in their state; in the other arms the slow
estimate does it for them. A test needs a world that tells what the cues have said beside how far they can be
trusted.
"""

import pandas as pd

from modpack.experiments import stream
from modpack.experiments.stream import MARGIN, Config
from modpack.measures.verdicts import Comparison, judge
from modpack.training import TrainingConfig

ARM = "reliability"

FAMILY = [Comparison(f"cross - within: {ARM}", "cross", "within", f"log-odds, {ARM}", MARGIN)]
"""The primary test, between the forms that `stream.best` chooses."""

PROFILES = {
    "small": Config((ARM,), ("bias", "gain+row"), seeds=(60,), budgets=(0.01,), n_worlds=4),
    "pilot": Config((ARM,), ("bias", "gain+row"), seeds=(60, 61), budgets=(1 / 3, 1)),
    "book": Config((ARM,)),
}

SECONDS = stream.SECONDS
cells, networks, together, measure = stream.cells, stream.networks, stream.together, stream.measure


def weights_name(config: TrainingConfig) -> str | None:
    """Return what a network is called in the package: of every form there is the first compared."""
    return config.model.form if config.model.seed == stream.SEEDS[0] else None


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the verdict on the test."""
    return judge(stream.primary(table, (ARM,)), FAMILY, cell="arm")
