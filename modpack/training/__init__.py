"""Training: what a run is (four frozen records), and one trainer for one network or an ensemble.

The recipe: all tasks in every step; Muon (Jordan 2024) on the recurrent and input weights and Adam on the
rest, with a linear warm-up and a cosine decay; masked mean squared error, a small penalty on activity,
gradient norms clipped. An ensemble is a list of configurations of one shape.
"""

from modpack.training.codes import Compressed, Correlated, FastSlow, OneHot, Orthogonal
from modpack.training.contexts import Belief, Clean, Noisy, NoisyCopy, Then
from modpack.training.records import (
    Evaluation,
    Model,
    Protocol,
    Recipe,
    TrainingConfig,
    from_record,
    with_seeds,
)
from modpack.training.reliability import Reliability
from modpack.training.run import Trained, shipped_config, train, train_together, write
from modpack.training.starting import untrained
from modpack.training.worlds import Blocks, Hierarchy

__all__ = [
    "Belief",
    "Blocks",
    "Clean",
    "Compressed",
    "Correlated",
    "Evaluation",
    "FastSlow",
    "Hierarchy",
    "Model",
    "Noisy",
    "NoisyCopy",
    "OneHot",
    "Orthogonal",
    "Protocol",
    "Recipe",
    "Reliability",
    "Then",
    "Trained",
    "TrainingConfig",
    "from_record",
    "shipped_config",
    "train",
    "train_together",
    "untrained",
    "with_seeds",
    "write",
]
