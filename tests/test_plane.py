"""The phase plane: fixed points with known answers, and drawings that agree with the vector field."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt

from modpack.dynamics import Dynamics
from modpack.figures import plane
from modpack.measures.plane import fixed_points


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def two_neurons(W, b=(0.0, 0.0), slope=(1.0, 1.0), activation="softplus", dtype=torch.float64):
    rows = {name: torch.tensor([x], dtype=dtype) for name, x in (("W", W), ("b", b), ("slope", slope))}
    return Dynamics(
        **rows,
        W_in=torch.eye(2, dtype=dtype),
        gate=None,
        W_out=torch.eye(2, dtype=dtype),
        b_out=torch.zeros(2, dtype=dtype),
        activation=activation,
        output="linear",
        dt=5.0,
        tau=100.0,
        sigma_rec=0.0,
    )


def rivals(w, k, **more):
    """Two neurons that excite themselves by w and inhibit each other by k."""
    return two_neurons([[w, -k], [-k, w]], **more)


U = torch.tensor([1.5, 1.5])


class TestFixedPoints:
    def test_of_a_linear_network_solve_its_equations(self):
        W = [[0.2, -0.5], [0.4, 0.1]]
        found = fixed_points(two_neurons(W, activation="identity"), torch.tensor([1.0, 2.0]))
        exact = torch.linalg.solve(torch.eye(2) - torch.tensor(W), torch.tensor([1.0, 2.0])).double()
        torch.testing.assert_close(found.states, exact[None])
        eigenvalues = torch.linalg.eigvals(torch.tensor(W, dtype=torch.float64)) - 1
        torch.testing.assert_close(found.eigenvalues, eigenvalues[None])
        assert found.n_unstable.tolist() == [0]

    @pytest.mark.parametrize(("w", "k", "g"), [(0.3, 2.0, 1.0), (0.5, 1.5, 1.2), (0.1, 1.2, 2.0)])
    def test_of_rivals_become_three_at_the_pitchfork(self, w, k, g):
        """The symmetric state turns unstable where 1 = phi'(a) g (w + k)."""
        a = -math.log(g * (w + k) - 1)
        rate = math.log(g * (w + k) / (g * (w + k) - 1))
        threshold = a / g - (w - k) * rate
        counts = []
        for b in (threshold - 0.02, threshold + 0.02):
            found = fixed_points(rivals(w, k, b=(b, b), slope=(g, g)), torch.zeros(2))
            counts.append((len(found), int((found.n_unstable == 0).sum())))
        assert counts == [(1, 1), (3, 2)]

    @given(
        st.lists(st.floats(0, 0.8), min_size=2, max_size=2),
        st.lists(st.floats(-4, 0), min_size=2, max_size=2),
        st.lists(st.floats(-1, 1.5), min_size=2, max_size=2),
    )
    def test_have_indices_that_add_up_to_one(self, own, inhibition, inputs):
        """Poincare and Hopf: the flow comes in from everywhere, so the signs of the determinants sum to 1."""
        W = [[own[0], inhibition[0]], [inhibition[1], own[1]]]
        found = fixed_points(two_neurons(W), torch.tensor(inputs), size=12.0)
        determinants = found.eigenvalues.prod(-1).real
        if determinants.abs().min() > 1e-3:  # at a fold the index is not defined
            assert determinants.sign().sum() == 1

    def test_are_the_same_in_single_precision(self):
        single = fixed_points(rivals(0.3, 2.0, dtype=torch.float32), U)
        torch.testing.assert_close(single.states, fixed_points(rivals(0.3, 2.0), U).states, rtol=1e-5, atol=0)

    def test_are_none_where_the_rate_runs_away(self):
        assert len(fixed_points(two_neurons([[2.0, 0.0], [0.0, 0.5]]), U).states) == 0


class TestDrawings:
    def test_nullclines_are_zeros_of_the_field(self):
        dynamics = rivals(0.3, 2.0)
        ax = plane.plot_nullclines(dynamics, U)
        assert len(ax.collections) == 2
        for neuron, drawn in enumerate(ax.collections):
            r = torch.tensor(drawn.get_paths()[0].vertices)[None]
            assert r.shape[1] > 50
            assert dynamics.field(r, U.double().expand(r.shape))[..., neuron].abs().max() < 5e-3

    def test_trajectories_end_in_stable_fixed_points(self):
        dynamics = rivals(0.3, 2.0)
        found = fixed_points(dynamics, U)
        ax = plane.plot_trajectories(dynamics, U, steps=1000)
        ends = torch.tensor(
            [line.get_xydata()[-1].tolist() for line in ax.lines if len(line.get_xydata()) > 1]
        )
        assert len(ends) == len(plane.STARTS)
        assert torch.cdist(ends.double(), found.states[found.n_unstable == 0]).amin(-1).max() < 1e-3

    def test_arrows_follow_the_field(self):
        dynamics = rivals(0.3, 2.0)
        arrows = plane.plot_flow(dynamics, U).collections[0]
        r = torch.from_numpy(np.asarray(arrows.get_offsets()))[None]
        field = dynamics.field(r, U.double().expand(r.shape))[0]
        directions = torch.tensor(list(zip(arrows.U, arrows.V, strict=True)))
        torch.testing.assert_close(directions * field.norm(dim=-1, keepdim=True), field)

    def test_branches_show_every_fixed_point(self):
        levels = [0.0, 0.2, 0.4]
        family = [rivals(0.3, 2.0, b=(-level, 0.0)) for level in levels]
        ax = plane.plot_branches(levels, family, U)
        drawn = sorted((float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in ax.lines)
        expected = [
            (level, rate)
            for level, dynamics in zip(levels, family, strict=True)
            for rate in fixed_points(dynamics, U).states[:, 0].tolist()
        ]
        assert drawn == sorted(expected)

    @pytest.mark.parametrize(
        "plot",
        [
            plane.plot_flow,
            plane.plot_nullclines,
            plane.plot_trajectories,
            plane.plot_fixed_points,
            plane.plot_phase_plane,
        ],
    )
    def test_takes_axes(self, plot):
        _, ax = plt.subplots()
        assert plot(rivals(0.3, 2.0), U, ax=ax) is ax
        assert ax.has_data()

    def test_refuses_other_sizes(self):
        n = 3
        large = Dynamics(
            **{name: torch.zeros(1, n) for name in ("b", "slope")},
            W=torch.zeros(1, n, n),
            W_in=torch.eye(n),
            gate=None,
            W_out=torch.eye(n),
            b_out=torch.zeros(n),
            activation="relu",
            output="linear",
            dt=1.0,
            tau=10.0,
            sigma_rec=0.0,
        )
        with pytest.raises(ValueError, match="two neurons"):
            fixed_points(large, torch.zeros(n))
