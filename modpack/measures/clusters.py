"""Units that work together: what each unit varies with, clusters of units alike, and tasks without a cluster.

After Driscoll et al. (2024, doi:10.1038/s41593-024-01668-6), who cluster units by their variance in every
period of every task, as Yang et al. (2019) did by their variance in every task.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform
from torch import Generator, Tensor

from modpack._checks import require, require_finite
from modpack.measures.lesions import damaged
from modpack.network import ModulatedNetwork
from modpack.tasks import EPOCHS, Trials, grid

PERIODS = ("stimulus1", "delay1", "stimulus2", "delay2", "response")
"""Epochs in which a unit may vary with what was shown."""

SILENT = 1e-3
"""A unit whose largest variance is below this part of the largest of all units is in no cluster."""

MOST = 20
"""Clusters that are looked for at most."""


@dataclass(frozen=True, eq=False)
class Variances:
    """Variance of every unit over the conditions of each task, in each of its periods.

    Parameters
    ----------
    values : Tensor, shape (neuron, column)
        Variance over the trials of the test grid, mean over time.
    columns : tuple of pairs of str
        Task and period of every column.
    """

    values: Tensor
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Clusters:
    """Units that vary with the same things.

    Parameters
    ----------
    label : Tensor of int64, shape (neuron,)
        Cluster of each unit from 0, those of most units first; -1 for silent units.
    silhouette : float
        Mean over units of how much farther the nearest other cluster is than the own, in [-1, 1]; nan where
        units were put together at random.
    """

    label: Tensor
    silhouette: float

    @property
    def n(self) -> int:
        """How many clusters there are."""
        return int(self.label.max()) + 1

    def units(self, cluster: int) -> list[int]:
        """Return the units of one cluster."""
        return (self.label == cluster).nonzero()[:, 0].tolist()


@torch.no_grad()
def variances(network: ModulatedNetwork) -> Variances:
    """Return with which tasks, and when, every unit of a network varies.

    Parameters
    ----------
    network : ModulatedNetwork
        A single network; every task that it knows is run under its own context, free of noise.

    Raises
    ------
    ValueError
        If the network is an ensemble, or diverges.
    """
    network.require_single()
    values, columns = [], []
    for task in network.code.tasks:
        trials = grid(task, network.preset, dtype=network.tensors["b"].dtype)
        states = network.run(trials)[:, 0]
        require_finite("states", states)
        varies = states.var(dim=1, correction=0)
        epoch = trials.epoch_index[:, 0, 0]  # the same in all trials of a grid
        for period in PERIODS:
            during = epoch == EPOCHS.index(period)
            if bool(during.any()):
                values.append(varies[during].mean(0))
                columns.append((task, period))
    return Variances(torch.stack(values, dim=1), tuple(columns))


def cluster(values: Tensor, most: int = MOST) -> Clusters:
    """Return clusters of units whose variances are alike.

    Every unit is measured in its own largest variance. Units are joined by Ward's method, and the tree is cut
    where the silhouette (Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7) is largest.

    Parameters
    ----------
    values : Tensor, shape (neuron, column)
        See `Variances`.
    most : int
        Largest number of clusters tried, at least 2.

    Raises
    ------
    ValueError
        If values are not finite, or fewer than three units vary.
    """
    require_finite("values", values)
    require(most >= 2, "most", most, "at least 2")
    largest = values.amax(1)
    active = largest > SILENT * largest.max()
    n = int(active.sum())
    require(n >= 3, "values", f"{n} units that vary", "three or more")
    profiles = (values[active] / largest[active, None]).double().numpy()
    distances = pdist(profiles)
    tree = linkage(distances, "ward")
    cuts = [fcluster(tree, k, "maxclust") for k in range(2, min(most, n - 1) + 1)]
    scores = [silhouette(squareform(distances), cut) for cut in cuts]
    best = cuts[int(np.argmax(scores))]
    _, group, size = np.unique(best, return_inverse=True, return_counts=True)
    rank = np.argsort(np.argsort(-size, kind="stable"), kind="stable")
    label = torch.full((len(values),), -1)
    label[active] = torch.from_numpy(rank[group])
    return Clusters(label, float(max(scores)))


def silhouette(distances: np.ndarray, label: np.ndarray) -> float:
    """Return the mean silhouette of points in clusters; 0 for a point that is alone in its cluster.

    Parameters
    ----------
    distances : array, shape (point, point)
    label : array, shape (point,)

    Returns
    -------
    float
        In [-1, 1]; -1 if there is one cluster only.
    """
    names, group, size = np.unique(label, return_inverse=True, return_counts=True)
    if len(names) < 2:
        return -1.0
    sums = distances @ (group[:, None] == np.arange(len(names)))
    own = np.arange(len(label)), group
    within = sums[own] / np.maximum(size[group] - 1, 1)
    between = sums / size
    between[own] = np.inf
    nearest = between.min(1)
    scale = np.maximum(within, nearest)
    each = np.divide(nearest - within, scale, out=np.zeros(len(label)), where=scale > 0)
    return float(np.where(size[group] > 1, each, 0).mean())


def without_clusters(network: ModulatedNetwork, trials: Trials, clusters: Clusters) -> Tensor:
    """Return the performance in every task without the units of each cluster, shape (cluster, task).

    Parameters
    ----------
    network : ModulatedNetwork
        A single network; it runs free of noise.
    trials : Trials
        See :func:`modpack.measures.lesions.damaged`.
    clusters : Clusters
    """
    return torch.stack([damaged(network, trials, clusters.units(k)) for k in range(clusters.n)])


def shuffled(clusters: Clusters, generator: Generator) -> Clusters:
    """Return clusters of the same sizes with units at random: what the loss of so many units does by itself.

    Parameters
    ----------
    clusters : Clusters
    generator : Generator
    """
    active = (clusters.label >= 0).nonzero()[:, 0]
    order = torch.randperm(len(active), generator=generator)
    label = clusters.label.clone()
    label[active] = clusters.label[active[order]]
    return Clusters(label, math.nan)
