"""What a fair comparison needs: the forms of a pathway, sizes of networks and how well they do."""

from collections.abc import Iterable, Mapping

from modpack import networks
from modpack._checks import choose, require
from modpack.modulation import FORMS, Modulation, form
from modpack.network import ModulatedNetwork
from modpack.tasks import TASKS

Row = dict[str, str | int | float]
"""A row of a table: a value for each column."""


def forms_of(pathway: str, d: int) -> dict[str, Modulation]:
    """Return the named forms that act on one pathway, by name, for contexts of length `d`.

    Raises
    ------
    ValueError
        If no form acts on such a pathway.
    """
    known = {name: form(name, d) for name in FORMS}
    choose("pathway", pathway, sorted({modulation.pathway for modulation in known.values()}))
    return {name: modulation for name, modulation in known.items() if modulation.pathway == pathway}


def form_of(pathway: str, name: str, d: int) -> Modulation:
    """Return the form called `name`, which must act on one pathway.

    Parameters
    ----------
    pathway : str
        ``"none"``, ``"excitability"``, ``"synaptic"`` or ``"combined"``.
    name : str
        As in :func:`modpack.modulation.form`.
    d : int
        Length of the context vector.

    Raises
    ------
    ValueError
        If the form is unknown or acts on another pathway.
    """
    chosen = form(name, d)
    allowed = ", ".join(forms_of(pathway, d)) + (
        ", or two forms joined by +" if pathway == "combined" else ""
    )
    require(chosen.pathway == pathway, "form", name, f"of the pathway {pathway!r}: {allowed}")
    return chosen


def summarise(network: ModulatedNetwork, scores: Mapping[str, float]) -> Row:
    """Return parameters and performance of one network.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network.
    scores : dict
        Fraction of correct trials of every task.

    Returns
    -------
    dict
        ``modulating`` and ``total`` (trained parameters), ``mean`` and ``worst`` (fractions of correct
        trials) and ``worst task``.

    Raises
    ------
    ValueError
        If there are no scores.
    """
    require(len(scores) > 0, "scores", scores, "the performance in one or more tasks")
    worst = min(scores, key=lambda task: scores[task])
    return {
        "modulating": network.modulation.count(network.n_neurons),
        "total": network.n_parameters(),
        "mean": sum(scores.values()) / len(scores),
        "worst": scores[worst],
        "worst task": TASKS[worst].label if worst in TASKS else worst,
    }


def shipped_rows(forms: Iterable[str]) -> list[Row]:
    """Return a row for every shipped network of some forms, from its record.

    Parameters
    ----------
    forms : iterable of str
        Names from ``modpack.networks.SHIPPED_FORMS``.

    Returns
    -------
    list of dict
        ``form``, ``seed``, the entries of :func:`summarise`, and ``seconds``, the time its training took on
        the machine that trained it.

    Raises
    ------
    ValueError
        For a form that is not shipped.
    """
    rows: list[Row] = []
    for name in forms:
        for seed in networks.SHIPPED_SEEDS:
            network, record = networks.load(name, seed)
            row: Row = {"form": name, "seed": seed}
            rows.append(row | summarise(network, record["performance"]) | {"seconds": record["seconds"]})
    return rows
