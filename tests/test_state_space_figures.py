"""Figures of the state space show the points, paths, flow and branches that they are given."""

import math

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.quiver import Quiver
from small_networks import normal

from modpack.dynamics import Dynamics
from modpack.figures import state_space as figures
from modpack.fixedpoints import Family, find, follow
from modpack.measures.basis import Basis
from modpack.strokes import EVENTS


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def tanh_pair(gain=1.5, bias=0.0, n=4):
    """Neuron 1 excites itself, the others hear nothing: rests at 0 and, above gain 1, beside it."""
    W = torch.zeros(1, n, n, dtype=torch.float64)
    W[0, 0, 0] = gain
    b = torch.zeros(1, n, dtype=torch.float64)
    b[0, 0] = bias
    eye = torch.eye(n, dtype=torch.float64)
    zero = torch.zeros(n, dtype=torch.float64)
    return Dynamics(W, eye, b, torch.ones_like(b), None, eye, zero, "tanh", "linear", 10.0, 100.0, 0.0)


NO_INPUT = torch.zeros(4, dtype=torch.float64)


@pytest.fixture
def basis():
    axes = ("one", "two", "three")
    return Basis.along(torch.eye(4, dtype=torch.float64)[:3], axes, 2 * normal(20, 4))


@pytest.fixture
def points():
    return find(tanh_pair(), NO_INPUT, normal(30, 4))


def marks(ax, marker):
    return [line for line in ax.lines if line.get_marker() == marker]


def test_paths_begin_with_a_dot(basis):
    states = normal(5, 3, 4)
    ax = figures.plot_paths(states, basis)
    x, y, _ = basis.project(states).unbind(-1)
    for trial in range(3):
        np.testing.assert_allclose(ax.lines[trial].get_xydata(), torch.stack([x, y], -1)[:, trial])
    first = np.concatenate([line.get_xydata() for line in marks(ax, ".")])
    np.testing.assert_allclose(first, torch.stack([x[0], y[0]], -1))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("one", "two")


def test_paths_of_another_shape_are_refused(basis):
    with pytest.raises(ValueError, match="states"):
        figures.plot_paths(normal(5, 4), basis)


def test_points_are_filled_where_stable(points, basis):
    ax = figures.plot_points(points, basis, "#0072b2")
    stable, unstable = marks(ax, "o")
    assert len(points.roots) == 3
    assert len(stable.get_xdata()) == 2 and stable.get_markerfacecolor() == "#0072b2"
    assert len(unstable.get_xdata()) == 1 and unstable.get_markerfacecolor() == "#ffffff"
    expected = basis.project(points.states[points.n_unstable == 1])[0, :2]
    np.testing.assert_allclose(unstable.get_xydata()[0], expected)


def test_slow_points_are_crosses(basis):
    ring = find(tanh_pair(bias=0.5), NO_INPUT, normal(30, 4))
    ax = figures.plot_points(ring, basis)
    assert len(marks(ax, "x")[0].get_xdata()) == len(ring.slow) > 0


def test_the_legend_names_the_marks(points, basis):
    ax = figures.plot_points(points, basis)
    figures.point_legend(ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["stable", "unstable", "slow"]


def arrows(ax):
    (quiver,) = [part for part in ax.collections if isinstance(part, Quiver)]
    return quiver.get_offsets(), np.stack([quiver.U, quiver.V], -1)


def test_arrows_are_the_flow_in_the_plane(basis):
    dynamics, through = tanh_pair(), normal(4, seed=2)
    places, flow = arrows(figures.plot_flow(dynamics, NO_INPUT, basis, through))
    assert len(places) == figures.GRID**2
    height = basis.project(through)[2] * basis.vectors[2]
    outside = through - basis.state(basis.project(through))
    flat = torch.as_tensor(places) @ basis.vectors[:2]
    r = (basis.centre + flat + height + outside)[None]
    expected = dynamics.field(r, NO_INPUT.expand(1, len(places), -1))[0] @ basis.vectors[:2].mT
    np.testing.assert_allclose(flow, expected, atol=1e-10)


def test_states_that_were_let_go_lie_where_the_network_takes_them(basis):
    places, flow = arrows(figures.plot_flow(tanh_pair(), NO_INPUT, basis, basis.centre, relax=400))
    rest = basis.project(find(tanh_pair(), NO_INPUT, normal(30, 4)).states)[:, :2]
    distance = torch.cdist(torch.as_tensor(places), rest).amin(-1)
    assert distance.max() < 1e-6
    assert np.abs(flow).max() < 1e-6
    with pytest.raises(ValueError, match="relax=-1"):
        figures.plot_flow(tanh_pair(), NO_INPUT, basis, basis.centre, relax=-1)


def test_eigenvalues_and_the_two_borders_of_stability(points):
    k = int(points.n_unstable.argmax())
    ax = figures.plot_eigenvalues(points.spectra, k)
    (dots,) = marks(ax, ".")
    shown = dots.get_xdata() + 1j * dots.get_ydata()
    np.testing.assert_allclose(shown, points.eigenvalues[k])
    (circle,) = ax.patches
    assert circle.radius == pytest.approx(10) and circle.center == pytest.approx((-10, 0))
    with pytest.raises(ValueError, match="point=3"):
        figures.plot_eigenvalues(points.spectra, 3)


@pytest.fixture(scope="module")
def diagram():
    def at(bias):
        W = tanh_pair().W
        b = torch.cat([bias.reshape(1), torch.zeros(3, dtype=torch.float64)])[None]
        return Dynamics(W, torch.eye(4).double(), b, torch.ones(1, 4).double(), None, *READOUT), NO_INPUT

    return follow(Family(at, -1.0, 1.0), normal(30, 4))


READOUT = (torch.eye(4).double(), torch.zeros(4).double(), "tanh", "linear", 10.0, 100.0, 0.0)


def test_branches_are_solid_where_stable_and_events_marked(diagram):
    ax = figures.plot_branches(diagram, lambda states: states[:, 0], "#d55e00")
    lines = [line for line in ax.lines if len(line.get_xdata()) > 1]
    assert {line.get_linestyle() for line in lines} == {"-", ":"}
    for line in lines:
        middle = line.get_xydata()[len(line.get_xdata()) // 2]
        slope = 1.5 * (1 - math.tanh(1.5 * middle[1] + middle[0]) ** 2)
        assert (slope < 1) == (line.get_linestyle() == "-")
    folds = marks(ax, EVENTS["saddle-node"])
    assert len(folds) == 2
    rate = math.sqrt(1 - 1 / 1.5)
    heights = sorted(line.get_ydata()[0] for line in folds)
    np.testing.assert_allclose(heights, [-rate, rate], atol=1e-6)
    figures.event_legend([diagram], ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["saddle-node", "stable", "unstable"]


def test_an_angle_leaves_a_gap_where_it_comes_round(diagram):
    turning = lambda states: (4 * states[:, 0]).remainder(1)  # noqa: E731
    ax = figures.plot_branches(diagram, turning, period=1)
    heights = np.concatenate([[*line.get_ydata(), np.nan] for line in ax.lines])
    jumps = np.abs(np.diff(heights))
    assert np.nanmax(jumps) <= 0.5
