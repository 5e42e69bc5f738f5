"""Fixed points and slow points of a network: finding them, and what the network does near them."""

from modpack.fixedpoints.outcomes import Outcomes, Status
from modpack.fixedpoints.points import FixedPoints, concatenate
from modpack.fixedpoints.solver import Options, cloud_scale, find, starts_from
from modpack.fixedpoints.stability import Kind, Spectra, kinds, spectra

__all__ = [
    "FixedPoints",
    "Kind",
    "Options",
    "Outcomes",
    "Spectra",
    "Status",
    "cloud_scale",
    "concatenate",
    "find",
    "kinds",
    "spectra",
    "starts_from",
]
