"""Clusters of units: found where they were put, and lesions that hit the tasks of their cluster alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_networks import diverging, normal, seeded

from modpack import networks
from modpack.context import one_hot
from modpack.measures.clusters import Clusters, cluster, shuffled, silhouette, variances, without_clusters
from modpack.modulation import form
from modpack.network import initial
from modpack.tasks import COMPACT, generate, performance

TASKS = ("fdgo", "delayanti", "dm1")


def split(n=24):
    """Networks apart, one for each task, in one."""
    network = initial(form("split", 3), one_hot(TASKS), COMPACT, n, seeded()).to(torch.float64)
    return replace(network, tensors=network.tensors | {"W": 0.3 * network.tensors["W"]})


class TestVariances:
    def test_units_of_networks_apart_vary_with_their_own_task_alone(self):
        found = variances(split())
        tasks = torch.tensor([TASKS.index(task) for task, _ in found.columns])
        owner = torch.arange(24) // 8
        own = owner[:, None] == tasks
        assert bool((found.values[own] > 0).all()) and bool((found.values[~own] == 0).all())

    def test_periods_are_those_of_the_tasks(self):
        found = variances(split())
        assert found.columns == (
            *(("fdgo", "stimulus1"), ("fdgo", "response")),
            *(("delayanti", "stimulus1"), ("delayanti", "delay1"), ("delayanti", "response")),
            *(("dm1", "stimulus1"), ("dm1", "response")),
        )

    def test_what_does_not_depend_on_the_stimulus_does_not_vary(self):
        network = split()
        blind = replace(network, tensors=network.tensors | {"W_in": 0 * network.tensors["W_in"]})
        assert variances(blind).values.max() < 1e-20
        with pytest.raises(ValueError, match="units that vary"):
            cluster(0 * variances(blind).values)

    def test_refuses_what_it_cannot_measure(self):
        with pytest.raises(ValueError, match="diverged"):
            variances(diverging(networks.load("none", 0).network))
        network = networks.load("bias", 0).network
        with pytest.raises(ValueError, match="ensemble"):
            variances(replace(network, tensors={k: torch.stack([x, x]) for k, x in network.tensors.items()}))


class TestClusters:
    def planted(self, sizes=(9, 5, 3), spread=0.02, silent=2):
        """Profiles around as many different ones, in units of very different size, in random order."""
        centres = torch.eye(len(sizes), dtype=torch.float64).repeat_interleave(2, 1)
        label = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
        values = (centres[label] + spread * normal(len(label), 2 * len(sizes), seed=1).abs()).clamp(0, 1)
        values = values * torch.logspace(-1, 1, len(label), dtype=torch.float64)[:, None]
        values = torch.cat([values, torch.full((silent, values.shape[1]), 1e-6, dtype=torch.float64)])
        label = torch.cat([label, torch.full((silent,), -1)])
        order = torch.randperm(len(label), generator=seeded())
        return values[order], label[order]

    def test_are_found_where_they_were_put_the_largest_first(self):
        values, label = self.planted()
        found = cluster(values)
        assert torch.equal(found.label, label) and found.n == 3 and found.silhouette > 0.9
        assert found.units(2) == (label == 2).nonzero()[:, 0].tolist()

    def test_the_size_of_a_units_variance_does_not_matter(self):
        values, label = self.planted(silent=0)
        scaled = values * (0.5 + torch.rand(len(values), 1, generator=seeded(), dtype=torch.float64))
        assert torch.equal(cluster(scaled).label, label)

    def test_units_of_networks_apart_are_one_cluster_for_each_task(self):
        network = split()
        units = variances(network).values
        by_task = torch.stack([units[:, :2].sum(1), units[:, 2:5].sum(1), units[:, 5:].sum(1)], dim=1)
        found = cluster(by_task)
        assert found.n == 3 and found.silhouette == pytest.approx(1)
        assert sorted(found.units(k) for k in range(3)) == [list(range(8 * k, 8 * k + 8)) for k in range(3)]

    @pytest.mark.parametrize(("values", "most"), [(torch.rand(5, 3) / 0, 5), (torch.rand(5, 3), 1)])
    def test_refuses_what_it_cannot_cluster(self, values, most):
        with pytest.raises(ValueError, match=r"values|most=1"):
            cluster(values, most)


class TestSilhouette:
    def test_by_hand(self):
        points = np.array([0.0, 1.0, 10.0, 12.0])
        distances = np.abs(points[:, None] - points)
        expected = np.mean([1 - 1 / 11, 1 - 1 / 10, 1 - 2 / 9.5, 1 - 2 / 11.5])
        assert silhouette(distances, np.array([0, 0, 1, 1])) == pytest.approx(expected)

    def test_of_lonely_points_and_of_one_cluster(self):
        distances = np.abs(np.arange(3.0)[:, None] - np.arange(3.0))
        assert silhouette(distances, np.array([0, 1, 2])) == 0
        assert silhouette(distances, np.array([0, 0, 0])) == -1
        assert silhouette(np.zeros((4, 4)), np.array([0, 0, 1, 1])) == 0


class TestLesions:
    def test_of_the_network_of_one_task_the_others_know_nothing(self):
        network, trials = split(), generate(TASKS, 200, COMPACT, seeded(), dtype=torch.float64)
        clusters = Clusters(torch.arange(24) // 8, 1.0)
        found = without_clusters(network, trials, clusters)
        intact = performance(network.outputs(trials), trials)
        for k in range(3):
            assert all(found[j, k] == intact[k] for j in range(3) if j != k)
        silent = network.readout(torch.zeros(1, 1, 24, dtype=torch.float64))
        assert bool((silent == 0).all()) and found.shape == (3, 3)  # what is left of a task: direction 0

    def test_shuffled_clusters_keep_their_sizes_and_silent_units(self):
        label = torch.tensor([0, 0, 0, -1, 1, 1, 2, -1])
        found = [shuffled(Clusters(label, 0.5), seeded(k)) for k in range(4)]
        for one in found:
            assert torch.equal(one.label.sort().values, label.sort().values)
            assert torch.equal(one.label < 0, label < 0)
        assert len({tuple(one.label.tolist()) for one in found}) > 1
