"""Finding fixed points and slow points: networks with known answers, and starts that lead nowhere."""

import math
from dataclasses import replace

import pytest
import torch
from hand_networks import fold_of_one_unit, hand_built, random_network, random_states, ring, silence
from hypothesis import given, settings
from hypothesis import strategies as st

from modpack.fixedpoints import SearchOptions, Status, find, starts_from
from modpack.fixedpoints.newton import newton
from modpack.fixedpoints.problem import Problem
from modpack.fixedpoints.search import Search

F64 = torch.float64


def line(low, high, n=24):
    return torch.linspace(low, high, n, dtype=F64)[:, None]


def solve(dynamics, starts, u=None, **options):
    u = silence(dynamics) if u is None else torch.as_tensor(u, dtype=F64)
    found = find(dynamics, u, starts, options=SearchOptions(**options))
    check(found, dynamics, u, starts)
    return found


def check(found, dynamics, u, starts):
    """What holds for every search."""
    roots, slow, outcomes = found.roots, found.slow, found.outcomes
    assert len(roots) + len(slow) == len(found)
    field = dynamics.field(found.states[None], u[None, None])[0]
    torch.testing.assert_close(field.abs().amax(-1), found.residual, rtol=1e-6, atol=1e-13)
    torch.testing.assert_close(field.square().sum(-1) / 2, found.q, rtol=1e-6, atol=1e-26)
    assert (roots.residual < 1e-12).all()
    assert (slow.residual >= 1e-12).all()
    for kind in (slow, *(roots[roots.n_unstable == n] for n in range(len(u) + 1))):
        assert len(kind) < 2 or torch.pdist(kind.states).min() >= 0.9e-3 * found.scale
    given_starts = outcomes.starts[outcomes.round == 0]
    assert torch.equal(given_starts, starts.double()) or not starts.isfinite().all()
    made = (outcomes.status == Status.CONVERGED) | (outcomes.status == Status.SLOW)
    assert sorted(outcomes.point[made].tolist()) == list(range(len(found)))
    assert torch.equal(outcomes.point >= 0, made | (outcomes.status == Status.DUPLICATE))
    assert f"kept {len(found)} of {len(outcomes)}" in found.summary()


@pytest.mark.parametrize("far", [1.0, 1e3, 1e5])
def test_roots_are_told_apart_however_far_the_starts_are(far):
    """One tanh unit of weight 1.2: two stable points and a saddle between them."""
    starts = far * torch.randn(50, 1, generator=torch.Generator().manual_seed(0), dtype=F64)
    network = hand_built([[1.2]], activation="tanh")
    found = find(network, silence(network), starts)
    assert sorted(found.n_unstable.tolist()) == [0, 0, 1] and found.index_sum == 1
    torch.testing.assert_close(found.states.abs().sort(0).values[0], torch.zeros(1, dtype=F64))


class TestOneSoftplusUnit:
    """Softplus is convex: two fixed points on one side of the fold, none on the other."""

    @pytest.mark.parametrize(("g", "w"), [(1.0, 2.0), (1.5, 2.0), (3.0, 0.5), (0.5, 6.0)])
    def test_has_two_or_one_or_no_fixed_points_around_the_fold(self, g, w):
        rate, bias = fold_of_one_unit(g, w)
        counts = []
        for b in (bias - 0.1, bias, bias + 0.1):
            found = solve(hand_built([[w]], b, slope=g), line(0.0, 3 * rate + 1))
            counts.append((len(found.roots), len(found.slow)))
            assert found.index_sum == 0 or b == bias
        assert counts == [(2, 0), (1, 0), (0, 1)]

    @pytest.mark.parametrize(("g", "w"), [(1.0, 2.0), (1.5, 2.0), (0.5, 6.0)])
    def test_rests_at_the_fold_itself(self, g, w):
        rate, bias = fold_of_one_unit(g, w)
        found = solve(hand_built([[w]], bias, slope=g), line(0.0, 2.0))
        assert abs(found.states.item() - rate) < 1e-5  # a double root: half the digits
        assert abs(found.eigenvalues.item()) < 1e-5

    @pytest.mark.parametrize(("g", "w"), [(1.0, 2.0), (1.5, 2.0), (0.5, 6.0)])
    def test_is_slowest_where_the_fixed_points_were(self, g, w):
        """Beyond the fold, F is smallest where F' = g w phi'(a) - 1 = 0."""
        _, bias = fold_of_one_unit(g, w)
        found = solve(hand_built([[w]], bias + 0.05, slope=g), line(0.0, 2.0))
        a = -math.log(g * w - 1)
        torch.testing.assert_close(found.states.item(), (a / g - bias - 0.05) / w, rtol=1e-5, atol=0)
        torch.testing.assert_close(found.residual.item(), 0.05 / w, rtol=1e-6, atol=0)
        assert found.kind == ["degenerate"]

    def test_knows_which_of_the_two_is_stable(self):
        _, bias = fold_of_one_unit(1.5, 2.0)
        found = solve(hand_built([[2.0]], bias - 0.1, slope=1.5), line(0.0, 3.0))
        low, high = found[found.states[:, 0].argsort()].kind
        assert (low, high) == ("stable node", "unstable node")


class TestOneTanhUnit:
    @pytest.mark.parametrize(("g", "w"), [(1.0, 0.9), (0.5, 1.8), (1.0, 1.1), (2.0, 1.0), (0.4, 3.0)])
    def test_has_a_pitchfork_at_one(self, g, w):
        found = solve(hand_built([[w]], slope=g, activation="tanh"), line(-1.2, 1.3))
        assert len(found.roots) == (1 if g * w < 1 else 3)
        assert found.index_sum == 1
        zero = found.roots[found.roots.states[:, 0].abs() < 1e-9]
        torch.testing.assert_close(zero.eigenvalues.real.item(), g * w - 1, rtol=1e-9, atol=1e-9)

    def test_with_bias_keeps_one_of_three_beyond_the_folds(self):
        """F = 0 and g w (1 - r**2) = 1 at the folds, so b = atanh(r) / g - w r."""
        g, w = 1.5, 1.4
        rate = math.sqrt(1 - 1 / (g * w))
        fold = abs(math.atanh(rate) / g - w * rate)
        for b, n in ((0.98 * fold, 3), (1.02 * fold, 1), (-0.98 * fold, 3), (-1.02 * fold, 1)):
            found = solve(hand_built([[w]], b, slope=g, activation="tanh"), line(-1.2, 1.3, 60))
            assert len(found.roots) == n
            assert found.index_sum == 1


class TestSolver:
    def test_of_a_linear_network_solves_its_equations(self):
        dynamics = random_network(20, 0, "identity", scale=0.7)
        u = random_states(1, 20, 1)[0]
        found = solve(dynamics, random_states(10, 20, 2), u)
        exact = torch.linalg.solve(torch.eye(20, dtype=F64) - dynamics.W[0], u + dynamics.b[0])
        torch.testing.assert_close(found.states, exact[None])

    def test_with_gate_and_slope(self):
        """A closed gate is a rate of zero; the open neurons are a network of their own."""
        n = 12
        generator = torch.Generator().manual_seed(0)
        gate = (torch.arange(n) % 3 > 0).double()
        slope = 0.5 + torch.rand(n, generator=generator, dtype=F64)
        full = random_network(n, 3, scale=3.0, slope=slope, gate=gate)
        still = gate > 0
        starts = random_states(60, n, 4) * gate
        found = solve(full, starts, scale=4.0)
        assert found.roots.states[:, ~still].abs().max() < 1e-15
        W, b = full.W[0][still][:, still], full.b[0, still]
        alone = solve(hand_built(W, b, slope[still], activation="tanh"), starts[:, still], scale=4.0)
        assert len(found.roots) == len(alone.roots) > 1
        assert torch.cdist(found.roots.states[:, still], alone.roots.states).amin(-1).max() < 1e-9

    @settings(max_examples=20)
    @given(st.integers(0, 2**31 - 1), st.permutations(range(6)))
    def test_does_not_depend_on_the_order_of_neurons(self, seed, order):
        dynamics, starts = random_network(6, seed, scale=2.0), random_states(30, 6, seed)
        order = torch.tensor(order)
        W, b = dynamics.W[0][order][:, order], dynamics.b[0, order]
        alone = {"rounds": 0, "forward_steps": 0}
        found = solve(dynamics, starts, **alone)
        permuted = solve(hand_built(W, b, activation="tanh"), starts[:, order], **alone)
        assert len(found.roots) == len(permuted.roots)
        apart = torch.cdist(found.roots.states[:, order], permuted.roots.states)
        assert apart.amin(-1).max() < 1e-3 * found.scale

    @given(st.integers(0, 2**31 - 1))
    def test_finds_points_whose_indices_add_up_to_one(self, seed):
        dynamics = random_network(4, seed, scale=2.0)
        found = solve(dynamics, random_states(80, 4, seed))
        if not (found.spectra.n_neutral > 0).any():
            assert found.index_sum == 1

    def test_is_deterministic(self):
        dynamics, starts = random_network(8, 5, scale=2.0), random_states(40, 8, 6)
        one, two = solve(dynamics, starts), solve(dynamics, starts)
        assert torch.equal(one.states, two.states)
        assert torch.equal(one.outcomes.ends, two.outcomes.ends)

    def test_takes_single_precision_and_works_in_double(self):
        double = random_network(8, 5, scale=2.0)
        tensors = {k: x.float() for k, x in vars(double).items() if isinstance(x, torch.Tensor)}
        single = replace(double, **tensors)
        found = find(single, torch.zeros(8), random_states(40, 8, 6).float())
        assert found.states.dtype == F64
        assert (found.roots.residual < 1e-12).all()
        u = silence(double)
        same = {k: x.double() for k, x in tensors.items()}
        again = find(replace(double, **same), u, random_states(40, 8, 6).float())
        assert torch.equal(found.states, again.states)

    def test_converges_quadratically(self):
        """With half the error before a Newton step, there is a quarter of it after the step."""
        dynamics = random_network(8, 5, scale=2.0)
        problem = Problem.of(dynamics, silence(dynamics))
        root = solve(dynamics, random_states(40, 8, 6)).roots[:1].states
        before = torch.tensor([[2e-3], [1e-3], [5e-4]], dtype=F64) * random_states(1, 8, 7)
        search = Search(problem, root + before, 1e-300, 1e-300, (root[0], 1e9))
        newton(search, 1, 1e9, problem)
        after = (search.r - root).norm(dim=-1)
        order = (after[:-1] / after[1:]).log2()
        assert ((order > 1.9) & (order < 2.1)).all()

    def test_second_round_finds_the_saddle_between_two_stable_points(self):
        dynamics = hand_built([[2.0]], activation="tanh")
        starts = torch.tensor([[-1.0], [1.0]], dtype=F64)
        assert len(solve(dynamics, starts, rounds=0).roots) == 2
        found = solve(dynamics, starts)
        assert len(found.roots) == 3
        assert found.outcomes.round.max() > 1

    def test_tells_what_became_of_each_start(self):
        dynamics = hand_built([[2.0]], activation="tanh")
        found = solve(dynamics, torch.tensor([[0.9], [0.95], [-0.9]], dtype=F64), rounds=0, forward_steps=0)
        assert found.outcomes.status.tolist() == [Status.CONVERGED, Status.DUPLICATE, Status.CONVERGED]
        assert found.outcomes.point.tolist() == [0, 0, 1]
        assert (found.outcomes.iterations > 0).all()
        assert set(found.outcomes.advice) == {"converged", "duplicate"}


class TestProblem:
    @pytest.mark.parametrize("activation", ["softplus", "tanh", "relu", "identity"])
    @pytest.mark.parametrize("gated", [False, True])
    def test_derivatives_agree_with_autograd(self, activation, gated):
        n = 7
        gate = torch.linspace(0, 1, n, dtype=F64) if gated else None
        dynamics = random_network(n, 8, activation, slope=torch.linspace(0.5, 2, n, dtype=F64), gate=gate)
        problem = Problem.of(dynamics, random_states(1, n, 9)[0])
        r = random_states(3, n, 10)
        field, jacobian = problem.field(r), problem.jacobian(r)
        for i, state in enumerate(r):
            exact = torch.autograd.functional.jacobian(lambda x: problem.field(x[None])[0], state)
            torch.testing.assert_close(jacobian[i], exact)
            hessian = torch.autograd.functional.hessian(
                lambda x: problem.field(x[None]).square().sum() / 2, state
            )
            torch.testing.assert_close(problem.hessian(r, field, jacobian)[i], hessian)


class TestHardCases:
    def test_nan_weights(self):
        found = solve(hand_built([[math.nan]]), line(0, 1, 5))
        assert len(found) == 0
        assert (found.outcomes.status == Status.NOT_FINITE).all()
        assert "5 not finite" in found.summary()
        assert "weights" in found.outcomes.advice["not finite"]

    def test_starts_at_infinity_do_not_disturb_the_others(self):
        dynamics = hand_built([[2.0]], activation="tanh")
        far = torch.tensor([[math.inf], [math.nan], [1e300], [1e9]], dtype=F64)
        near = line(-1.1, 1.2, 40)
        found = solve(dynamics, torch.cat([near, far]))
        assert len(found.roots) == 3
        last = found.outcomes.status[40:44].tolist()
        assert last == [Status.NOT_FINITE, Status.NOT_FINITE, Status.DIVERGED, Status.DIVERGED]

    def test_all_starts_at_infinity(self):
        found = find(hand_built([[0.5]]), torch.zeros(1), torch.full((3, 1), math.inf))
        assert len(found) == 0
        assert len(found.outcomes) == 3

    def test_no_starts(self):
        found = solve(hand_built([[0.5]]), torch.zeros(0, 1))
        assert len(found) == len(found.outcomes) == 0
        assert found.table() == []

    def test_rates_that_run_away(self):
        """r_1 drifts for ever, r_2 would rest at ten thousand: no fixed point, and none is reported."""
        dynamics = hand_built([[1.0, 0.0], [0.0, 1 - 1e-4]], [1e-3, 1.0], activation="identity")
        found = solve(dynamics, random_states(10, 2, 0))
        assert len(found.roots) == 0
        assert (found.outcomes.status == Status.DIVERGED).all()

    def test_fixed_point_far_out(self):
        """A linear unit that rests at a hundred times the size of the cloud, and then too far out."""
        found = solve(hand_built([[0.99]], 1.0, activation="identity"), line(-1, 1))
        torch.testing.assert_close(found.states.item(), 100.0)
        found = solve(hand_built([[0.9999]], 1.0, activation="identity"), line(-1, 1))
        assert (found.outcomes.status == Status.DIVERGED).all()

    def test_singular_jacobian_everywhere(self):
        """F = 1 whatever the state: every state is as slow as any other, and nothing is at rest."""
        found = solve(hand_built([[1.0]], 1.0, activation="identity"), line(-1, 1, 5))
        assert len(found.roots) == 0
        assert (found.slow.residual == 1).all()

    def test_too_few_iterations(self):
        options = {"newton_iterations": 1, "descent_iterations": 1, "rounds": 0}
        found = solve(random_network(8, 5, scale=2.0), random_states(10, 8, 6), **options)
        unfinished = found.outcomes.status == Status.UNFINISHED
        assert unfinished.any()
        assert "more steps" in found.outcomes.advice["unfinished"]

    def test_continuum_has_many_roots_with_a_neutral_mode(self):
        dynamics = ring()
        found = solve(
            dynamics, starts_from(dynamics_states(dynamics), 40, 0.01, torch.Generator().manual_seed(0))
        )
        assert len(found.roots) > 20
        assert (found.roots.spectra.n_neutral == 1).sum() > 20

    def test_weights_that_are_being_trained(self):
        dynamics = hand_built([[2.0]], activation="tanh")
        dynamics.W.requires_grad_()
        found = find(dynamics, torch.zeros(1), line(-1, 1))
        assert not found.states.requires_grad

    @pytest.mark.parametrize(
        ("argument", "value"),
        [("tolerance", 0.0), ("unique", -1.0), ("rounds", -1), ("scale", 0.0), ("escape", 0.0)],
    )
    def test_options_are_checked(self, argument, value):
        with pytest.raises(ValueError, match=argument):
            SearchOptions(**{argument: value})

    def test_shapes_are_checked(self):
        dynamics = hand_built([[0.5]])
        with pytest.raises(ValueError, match="starts"):
            find(dynamics, torch.zeros(1), torch.zeros(4, 2))
        with pytest.raises(ValueError, match="u="):
            find(dynamics, torch.zeros(2), torch.zeros(4, 1))
        both = replace(dynamics, b=torch.zeros(2, 1, dtype=F64))
        with pytest.raises(ValueError, match="single context"):
            find(both, torch.zeros(1), torch.zeros(4, 1))


def dynamics_states(dynamics):
    """States that a network visits from random ones."""
    n = dynamics.W.shape[-1]
    first = random_states(16, n, 11)[None]
    index = torch.zeros(200, 1, 16, dtype=torch.int64)
    return dynamics.simulate(torch.zeros(1, 1, 16, n, dtype=F64), index, state=first)[-20:]


class TestStarts:
    states = random_states(500, 6, 12) * torch.tensor([1.0, 1, 1, 1, 1, 0])

    def test_are_visited_states_without_noise(self):
        starts = starts_from(self.states, 50, 0.0, torch.Generator().manual_seed(0))
        assert starts.shape == (50, 6)
        assert (starts[:, None] == self.states).all(-1).any(-1).all()

    def test_noise_is_in_units_of_the_cloud(self):
        for scale in (1.0, 100.0):
            clean, noisy = (
                starts_from(scale * self.states, 400, x, torch.Generator().manual_seed(0)) for x in (0.0, 0.5)
            )
            share = (
                0.5 * scale * find(hand_built(torch.zeros(6, 6)), torch.zeros(6), self.states).scale / 6**0.5
            )
            torch.testing.assert_close((noisy - clean).std().item(), share, rtol=0.05, atol=0)

    def test_come_from_the_generator_alone(self):
        one, two = (starts_from(self.states, 9, 1.0, torch.Generator().manual_seed(3)) for _ in range(2))
        assert torch.equal(one, two)

    def test_arguments_are_checked(self):
        generator = torch.Generator()
        for argument, call in (
            ("states", (self.states[:0], 3, 0.1)),
            ("n=", (self.states, -1, 0.1)),
            ("noise", (self.states, 3, -0.1)),
        ):
            with pytest.raises(ValueError, match=argument):
                starts_from(*call, generator)
