"""Live figures in the pages of the built book."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from built_book import BOOK, opened
from live_controls import OnPage
from page_figures import models_of

VIEW = {"viewport": {"width": 1280, "height": 1600}}
TELEPHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}


class Case(NamedTuple):
    """Where a figure stands, a state that is not its first, and how its readout begins in that state."""

    page: str
    state: str
    says: str


CASES = {
    "mixer": Case("notebooks/06_ambiguity", "a:fdgo,b:fdanti,mix:0.04,angle:90", "Mix 0.04 of Go and Anti"),
    "trial": Case("notebooks/01_tasks", "task:fdanti,time:400", "Anti at 400 ms, stimulus 1. On the screen"),
    "plane": Case("notebooks/02_modulation", "knob:slope,slope:0.6", "Threshold 0.00, slope 0.60, "),
    "bench": Case("notebooks/06_ambiguity", "silenced:4.5,noise:0.25", "2 of 64 neurons silent, noise 0.25"),
    "prediction": Case(
        "notebooks/06_ambiguity", f"guess:{'.'.join(['50'] * 11)},committed:1", "On average your curve is "
    ),
    "flipbook": Case("notebooks/04_synaptic", "lam:0.5", "mix, from Go to Anti 0.5: of "),
    "gating": Case(
        "notebooks/13_two_mechanisms", "mix:0.5,evidence1:0.05", "Mix 0.50 of Ctx DM 1 and Ctx DM 2; "
    ),
    "robustness": Case(
        "notebooks/07_robustness", "operator:mix,mix:0.4,schedule:noise", "Mix 0.40 of Go and Anti. "
    ),
    "packed": Case(
        "notebooks/08_packing",
        "form:synaptic,minus:excitability,n_neurons:11,mapping:1,context:0",
        "At 11 neurons and 8 mappings synaptic holds ",
    ),
    "training": Case(
        "notebooks/03_excitability", "tasks:decisions,n_neurons:24", "excitability: not trained yet. "
    ),
    "stream": Case(
        "notebooks/14_two_timescales",
        "first:row,hazard:0.3,seed:3",
        "200 trials with 65 switches of the task ",
    ),
    "space": Case("notebooks/12_bifurcations", "mix:0,x:0.5", "Mix 0.00 of Go and Anti"),
}
"""By the name of the figure; with several of a kind on a page, of the first."""


def figures_on(page, name: str) -> list[OnPage]:
    models = models_of(name)
    return [OnPage(root, models) for root in page.locator(".modpack-live").all()]


@contextmanager
def in_page(browser, name: str, fragment: str = "", **options) -> Iterator[OnPage]:
    """The figure of this name in its page."""
    place = CASES[name.rstrip("0123456789")].page
    with opened(browser, BOOK.html.as_uri(), place, fragment, **(VIEW | options)) as page:
        (figure,) = (figure for figure in figures_on(page, place) if figure.name == name)
        yield figure
