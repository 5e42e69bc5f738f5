"""How networks of a table learned, as far as its record tells."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd


def curves(networks: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the learning curves of networks.

    Parameters
    ----------
    networks : sequence of dict
        The entry ``networks`` of the record of a table (:mod:`modpack.results`), of which ``config`` and
        ``learned`` are read.

    Returns
    -------
    DataFrame
        A row for every evaluation of every network: ``form``, ``code``, ``n_neurons``, ``seed``, ``n_tasks``,
        ``first_task``, ``steps`` (of the whole training), ``step`` and ``value`` (mean performance).
    """
    rows = []
    for network in networks:
        config = network["config"]
        about = {name: config["model"][name] for name in ("form", "code", "n_neurons", "seed")}
        tasks = config["protocol"]["tasks"]
        about |= {"n_tasks": len(tasks), "first_task": tasks[0], "steps": config["recipe"]["steps"]}
        rows += [about | {"step": step, "value": value} for step, value in network["learned"]]
    return pd.DataFrame(rows)
