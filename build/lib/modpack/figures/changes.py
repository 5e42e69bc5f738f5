"""What a context changes in a network, by task."""

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from torch import Tensor

from modpack._checks import require
from modpack.colours import INK
from modpack.figures.style import axes_or_new, diverging


def plot_changes(change: Tensor, labels: Sequence[str], colour: str = INK, ax: Axes | None = None) -> Axes:
    """Draw how much each task changes a quantity of every neuron: `colour` where raised, green where lowered.

    Parameters
    ----------
    change : Tensor, shape (task, neuron)
        Zero where the context changes nothing.
    labels : sequence of str
        Names of the tasks.
    colour : str
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there is not one label per task.
    """
    require(len(change) == len(labels), "labels", labels, f"one name for each of {len(change)} tasks")
    ax = axes_or_new(ax, figsize=(6.4, 4.2))
    limit = max(float(change.abs().max()), 1e-12)
    shown = change.numpy()
    image = ax.imshow(
        shown, aspect="auto", vmin=-limit, vmax=limit, cmap=diverging(colour), interpolation="none"
    )
    ax.set_yticks(range(len(labels)), labels, fontsize="small")
    ax.set_xlabel("neuron")
    ax.figure.colorbar(image, ax=ax)
    return ax


def plot_similarity(
    changes: Tensor, labels: Sequence[str], colour: str = INK, ax: Axes | None = None
) -> Axes:
    """Draw the cosine of the angle between the changes that every two tasks make.

    Parameters
    ----------
    changes : Tensor, shape (task, ...)
        What each task changes, e.g. recurrent weights.
    labels : sequence of str
        Names of the tasks.
    colour : str
        Colour of a cosine of 1; green is -1.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If there is not one label per task.
    """
    require(len(changes) == len(labels), "labels", labels, f"one name for each of {len(changes)} tasks")
    ax = axes_or_new(ax, figsize=(5.6, 4.6))
    flat = torch.nn.functional.normalize(changes.flatten(1), dim=1)
    image = ax.imshow((flat @ flat.T).numpy(), vmin=-1, vmax=1, cmap=diverging(colour), interpolation="none")
    ax.set_xticks(range(len(labels)), labels, rotation=60, ha="right", rotation_mode="anchor", fontsize=7)
    ax.set_yticks(range(len(labels)), labels, fontsize=7)
    ax.figure.colorbar(image, ax=ax, label="cosine between the changes", shrink=0.8)
    return ax
