"""Lists of fixed points that are all there, or say that they are not."""

from dataclasses import replace

import pytest
import torch
from hand_networks import hand_built, random_network, random_states, silence
from searched_cases import Case, read_union, yields
from torch import Generator

from modpack.fixedpoints import Family, SearchOptions, find, follow
from modpack.fixedpoints.curve import Curve
from modpack.fixedpoints.following import passes
from modpack.fixedpoints.problem import Problem
from modpack.fixedpoints.running import run_forward
from modpack.fixedpoints.sum_rule import SumRule, comes_home

F64 = torch.float64
MEMORY = ("delaygo", "delayanti")
HARD = (
    Case("excitability", 0, MEMORY, "delay1", 0.0),
    Case("synaptic", 0, MEMORY, "delay1", 0.75),
    Case("synaptic", 0, MEMORY, "delay1", 1.0),
    Case("combined", 0, MEMORY, "response", 0.0),
)
NEWTON_ALONE = SearchOptions(rounds=0, forward_steps=0)


@pytest.fixture(scope="module")
def union():
    return read_union()


@pytest.mark.parametrize("case", HARD, ids=str)
def test_of_a_hard_case_all_stable_points_and_nearly_all_others_are_found(case, union):
    draws = [
        find(*case.family.compile(case.mix), case.starts(64, Generator().manual_seed(draw)))
        for draw in range(2)
    ]
    fractions, stable = zip(*(yields(found, case, union[case]) for found in draws), strict=True)
    assert all(stable)
    assert sum(fractions) / len(fractions) >= 0.9


def test_newton_alone_misses_points_and_says_so(union):
    case = HARD[1]
    starts = case.starts(64, Generator().manual_seed(1))
    found = find(*case.family.compile(case.mix), starts, options=NEWTON_ALONE)
    assert yields(found, case, union[case]) == (0.0, False)
    assert found.sum_rule == SumRule.INCOMPLETE
    assert "incomplete" in found.summary()


class TestSumRule:
    def test_is_met_by_three_points_and_not_by_two_of_them(self):
        dynamics = hand_built([[2.0]], activation="tanh")
        found = find(dynamics, torch.zeros(1), torch.tensor([[-1.0], [1.0]], dtype=F64))
        assert sorted(found.index.tolist()) == [-1, 1, 1]
        assert found.sum_rule == SumRule.MET
        assert "no proof" in found.summary()
        assert {row["sum_rule"] for row in found.table()} == {"met"}
        few = find(dynamics, torch.zeros(1), torch.tensor([[-1.0], [1.0]], dtype=F64), options=NEWTON_ALONE)
        assert (few.index_sum, few.sum_rule) == (2, SumRule.INCOMPLETE)

    def test_says_nothing_of_a_selection_of_points(self):
        found = find(hand_built([[2.0]], activation="tanh"), torch.zeros(1), torch.tensor([[-1.0], [1.0]]))
        assert found.roots.sum_rule == SumRule.MET
        assert found[:2].sum_rule == SumRule.UNKNOWN

    @pytest.mark.parametrize(
        ("weight", "activation", "home"),
        [
            (5.0, "tanh", True),
            (0.9, "softplus", True),
            (1.1, "softplus", False),
            (1.1, "relu", False),
            (-3.0, "relu", True),
            (0.5, "identity", True),
            (1.5, "identity", False),
        ],
    )
    def test_holds_where_the_network_comes_back_from_far_out(self, weight, activation, home):
        """Far out a single unit is dr/dt = (w - 1) r where it is active, and -r where it is not."""
        dynamics = hand_built([[weight]], 1.0, activation=activation)
        assert comes_home(Problem.of(dynamics, torch.zeros(1))) == home


class TestRunningForward:
    def test_arrives_at_stable_points_and_lingers_at_the_saddle(self):
        """Along the stable direction of a saddle at zero the network is slowest next to the saddle."""
        dynamics = hand_built([[1.3, 0.0], [0.0, 0.2]], activation="tanh")
        problem = Problem.of(dynamics, torch.zeros(2))
        start = torch.tensor([[1e-3, 1.0], [-1e-3, 1.0]], dtype=F64)
        ends, slowest = run_forward(problem, start, 1e-5, 4000)
        stable = find(dynamics, torch.zeros(2), start).roots
        stable = stable[stable.n_unstable == 0].states
        assert torch.cdist(ends, stable).amin(-1).max() < 1e-3
        assert slowest.shape == (2, 2)
        assert slowest.norm(dim=-1).max() < 0.1

    def test_ends_where_it_would_without_stretches(self):
        dynamics = random_network(6, 0, scale=0.5)
        states = random_states(5, 6, 1)
        ends, _ = run_forward(Problem.of(dynamics, silence(dynamics)), states, 0.0, 100)
        exact = dynamics.hold(silence(dynamics), 100, states[None])[-1, 0]
        torch.testing.assert_close(ends, exact, rtol=1e-4, atol=1e-5)


def test_close_points_with_other_numbers_of_growing_modes_are_kept_apart():
    """Just before a fold two points of a unit lie closer than the distance below which points are one."""
    w, rate = 2.0, torch.tensor(2.0, dtype=F64).log()
    bias = -w * rate - 1e-8
    found = find(
        hand_built([[w]], bias.item()), torch.zeros(1), (rate + torch.linspace(-1, 1, 24, dtype=F64))[:, None]
    )
    assert sorted(found.roots.n_unstable.tolist()) == [0, 1]
    assert torch.pdist(found.roots.states).item() < 1e-3 * found.scale


def test_following_passes_all_known_points_of_a_path_on_which_searches_had_missed_some(union):
    case = HARD[2]
    family = replace(case.family, low=0.7)
    diagram = follow(family, case.starts(64, Generator().manual_seed(1)), between=(0.25, 0.5, 0.75))
    assert {level.sum_rule for level in diagram.levels} == {SumRule.MET}
    assert {row["sum_rule"] for row in diagram.level_table()} == {"met"}
    assert "no proof" in diagram.summary()
    curve = Curve(family)
    for mix in (0.75, 1.0):
        for root in union[replace(case, mix=mix)]:
            exact = curve.at_level(torch.cat([root, root.new_tensor([mix])]), 1).x
            assert any(passes(curve, branch, exact) for branch in diagram.branches)


def test_a_level_says_that_points_are_missing_after_a_second_search_too():
    """Two units rest in 3 x 3 points; from the corners one search finds those, a second the edges between."""
    corners = torch.tensor([[-1.0, -1.0], [-1.0, 1.0], [1.0, 1.0], [1.0, -1.0]], dtype=F64)
    two = hand_built([[2.0, 0.0], [0.0, 2.0]], activation="tanh")
    family = Family(lambda lam: (replace(two, b=two.b + 0 * lam), torch.zeros(2, dtype=F64)))
    diagram = follow(family, corners, between=(), search=NEWTON_ALONE)
    assert "INCOMPLETE at" in diagram.summary()
    level = diagram.levels[0]
    assert (level.n_roots, level.index_sum, level.sum_rule) == (8, 0, SumRule.INCOMPLETE)
    assert follow(family, corners, between=()).levels[0].n_roots == 9
