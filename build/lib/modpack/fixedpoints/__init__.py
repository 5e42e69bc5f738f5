"""Fixed points and slow points of a network: finding them, and what the network does near them."""

from modpack.fixedpoints.branches import Branch
from modpack.fixedpoints.cloud import radius_90
from modpack.fixedpoints.continuation import Continuation, ContinuationOptions, ContinuationState
from modpack.fixedpoints.continuum import Continuum, continua
from modpack.fixedpoints.curve import Curve, NotConverged, Point
from modpack.fixedpoints.diagram import Diagram, Level
from modpack.fixedpoints.events import KINDS, Event, locate
from modpack.fixedpoints.family import Family, LeftDomain, context_path, input_path, mix_path
from modpack.fixedpoints.following import continue_both_ways, continue_branch, follow
from modpack.fixedpoints.outcomes import Outcomes, Status
from modpack.fixedpoints.points import FixedPoints, concatenate
from modpack.fixedpoints.solver import SearchOptions, find, starts_from
from modpack.fixedpoints.stability import Kind, Spectra, kinds, spectra
from modpack.fixedpoints.stops import Reason, Stop
from modpack.fixedpoints.straight import straight_path

__all__ = [
    "KINDS",
    "Branch",
    "Continuation",
    "ContinuationOptions",
    "ContinuationState",
    "Continuum",
    "Curve",
    "Diagram",
    "Event",
    "Family",
    "FixedPoints",
    "Kind",
    "LeftDomain",
    "Level",
    "NotConverged",
    "Outcomes",
    "Point",
    "Reason",
    "SearchOptions",
    "Spectra",
    "Status",
    "Stop",
    "concatenate",
    "context_path",
    "continua",
    "continue_both_ways",
    "continue_branch",
    "find",
    "follow",
    "input_path",
    "kinds",
    "locate",
    "mix_path",
    "radius_90",
    "spectra",
    "starts_from",
    "straight_path",
]
