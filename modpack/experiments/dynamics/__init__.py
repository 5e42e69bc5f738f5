"""Measures that tell apart how contexts change the dynamics of a network: tensors in, numbers out.

They are the project's own choices where no source is named.
"""

from modpack.experiments.dynamics.geometry import (
    cloud_size,
    context_effect,
    displacement,
    participation_ratio,
    potent_fraction,
    principal_angles,
)
from modpack.experiments.dynamics.matching import (
    End,
    Matched,
    distinct,
    match,
    spectral_distance,
    stable_ends,
)
from modpack.experiments.dynamics.transitions import crossing, event_counts, nearest, stability_changes

__all__ = [
    "End",
    "Matched",
    "cloud_size",
    "context_effect",
    "crossing",
    "displacement",
    "distinct",
    "event_counts",
    "match",
    "nearest",
    "participation_ratio",
    "potent_fraction",
    "principal_angles",
    "spectral_distance",
    "stability_changes",
    "stable_ends",
]
