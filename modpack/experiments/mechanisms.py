"""Are modulation of excitability and of synapses two mechanisms or one? A family of tests, declared beforehand.

Networks of every form are trained alike, with modulators whose initial scale and rate were tuned alike
(`modpack.experiments.tuning`). Three measures stand for three meanings of the question:

- *gating share*: what part of the change in sensitivity to a ring of evidence, between two contexts that
  attend to different rings, is done to the input vector rather than to the selection vector;
- *exchange rate*: how much of what contexts do to performance the other pathway can do in their place;
- *cancelled*: on how many trials a network changes its mind by an answer that shrinks to nothing.

``FAMILY`` holds the tests, with their margins; everything else that is measured is exploratory. Theory
promises none of the differences and no direction; with ten networks a form, a test sees differences of one
standard deviation of the paired differences, so that a form whose networks differ among themselves by more
than the margin can come out as undecided only.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd
import torch
from torch import Generator

from modpack._checks import require
from modpack.experiments.tuning import SHOWN, recipe
from modpack.measures.gating import gating
from modpack.measures.imitation import IMITATIONS, exchange
from modpack.measures.modulation import Row
from modpack.measures.verdicts import Comparison, judge
from modpack.measures.visited import modulation_power
from modpack.modulation import form
from modpack.network import ModulatedNetwork
from modpack.training import Model, TrainingConfig
