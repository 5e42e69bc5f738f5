"""Ways of changing one's mind: answers that turn, cancel, jump or take another route, as they were built."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_networks import diverging, seeded

from modpack import networks
from modpack.context import one_hot
from modpack.measures.pairs import probe_trials
from modpack.measures.ways import WAYS, Hysteresis, hysteresis, ways, ways_of
from modpack.modulation import form
from modpack.network import initial
from modpack.tasks import COMPACT, RESPOND, WITHHOLD, Answer

PAIR = ("fdgo", "fdanti")
POSITIONS = torch.linspace(0, 1, 21, dtype=torch.float64)
A = math.radians(70)


def towards(*angles):
    """Answers that respond in some directions."""
    return Answer(torch.full((len(angles),), RESPOND), torch.tensor(angles, dtype=torch.float64))


def response(angle, length=1.0, fixation=0.0):
    """Outputs of responses."""
    angle, length, fixation = torch.broadcast_tensors(
        angle, torch.as_tensor(length), torch.as_tensor(fixation)
    )
    return torch.stack([fixation, length * angle.cos(), length * angle.sin()], -1).double()


def found(answers, a, b):
    """The names of the ways, and where."""
    result = ways_of(answers, a, b, POSITIONS)
    return [WAYS[k] for k in result.way.tolist()], result.position.tolist()


def one(answers, apart):
    """The way from the direction A to one that is so far away."""
    ((way,), _) = found(answers, towards(A), towards((A + apart) % (2 * math.pi)))
    return way


def summed(apart):
    """The sum of two answers, weighted by the mix."""
    ends = response(torch.tensor(A)), response(torch.tensor(A + apart))
    return lambda lam: (1 - lam[..., None]) * ends[0] + lam[..., None] * ends[1]


class TestBuilt:
    @given(st.floats(0.1, math.pi), st.sampled_from([-1, 1]))
    def test_an_answer_that_rotates_on_the_shorter_arc_turns(self, apart, side):
        assert one(lambda lam: response(A + side * apart * lam), side * apart) == "turn"

    def test_opposite_answers_may_turn_on_either_side(self):
        assert {one(lambda lam, s=s: response(A + s * math.pi * lam), math.pi) for s in (-1, 1)} == {"turn"}

    @given(st.floats(0.1, math.pi))
    def test_a_sum_of_answers_cancels_where_they_are_more_than_120_degrees_apart(self, apart):
        shortest = math.cos(apart / 2)  # the length of the sum at half of the way
        if abs(shortest - 0.5) > 1e-6:
            assert one(summed(apart), apart) == ("turn" if shortest > 0.5 else "cancel")

    def test_a_sum_is_nearest_to_neither_in_the_middle(self):
        _, (position,) = found(summed(math.pi), towards(A), towards(A + math.pi))
        assert position == pytest.approx(0.5, abs=1e-5)

    @pytest.mark.parametrize("apart", [1.0, 2.0, math.pi])
    def test_what_switches_at_once_jumps(self, apart):
        at = torch.tensor([0.123456, 0.5, 0.9])
        answers = [towards(*[angle % (2 * math.pi)] * 3) for angle in (A, A + apart)]
        names, positions = found(lambda lam: response(A + apart * (lam > at)), *answers)
        assert names == ["jump"] * 3 and positions == pytest.approx(at.tolist(), abs=1e-5)

    def test_what_is_steep_and_goes_through_nothing_cancels(self):
        steep = 1e-3
        size = lambda lam: torch.tanh((0.51234 - lam) / steep)  # noqa: E731
        assert one(lambda lam: response(torch.tensor(A), size(lam)), math.pi) == "cancel"

    def test_the_longer_arc_is_another_route(self):
        assert one(lambda lam: response(A - (2 * math.pi - 1.5) * lam), 1.5) == "re-route"
        third = torch.tensor(A + 4.0)
        assert one(
            lambda lam: response(torch.where((lam - 0.5).abs() < 0.2, third, A + 2 * (lam > 0.5))), 2.0
        ) == ("re-route")

    def test_fixation_on_the_way_gives_the_answer_up(self):
        def answers(lam):
            return response(A + math.pi * (lam > 0.5), fixation=((lam - 0.5).abs() < 0.2).double())

        assert one(answers, math.pi) == "cancel"

    def test_to_withhold_is_an_answer_where_a_rule_asks_for_it(self):
        withhold = Answer(torch.tensor([WITHHOLD]), torch.tensor([torch.nan], dtype=torch.float64))
        respond, angle = towards(A), torch.tensor(A)
        paths = {
            "turn": lambda lam: response(angle, 1.01 * (1 - lam), 1.01 * lam),
            "cancel": lambda lam: response(angle, (1 - 2 * lam).clamp(min=0), (2 * lam - 1).clamp(min=0)),
            "jump": lambda lam: response(angle, (lam < 0.3).double(), (lam >= 0.3).double()),
            "re-route": lambda lam: response(
                angle + 2 * (lam > 0.3) * (lam < 0.6), 1.0, (lam > 0.8).double()
            ),
        }
        for way, path in paths.items():
            assert found(path, respond, withhold)[0] == [way]
            assert found(lambda lam, path=path: path(1 - lam), withhold, respond)[0] == [way]

    def test_who_does_not_start_or_end_with_the_answers_changes_nothing(self):
        silent = ways_of(lambda lam: 0 * response(lam), towards(A), towards(A + 2), POSITIONS)
        assert (WAYS[silent.way.item()], silent.n) == ("none", 0) and math.isnan(silent.fraction("turn"))
        stays = found(lambda lam: response(A + 0 * lam), towards(A), towards(A + 2))
        assert stays[0] == ["none"] and math.isnan(stays[1][0])
        faint = found(lambda lam: response(A + 2 * lam, 0.4), towards(A), towards(A + 2))
        assert faint[0] == ["none"]

    def test_fractions_are_of_the_trials_that_change(self):
        a, b = towards(A, A, A), towards(A + math.pi, A + 1, A + 1)
        path = torch.tensor([math.pi, 1.0, 0.0])
        result = ways_of(lambda lam: response(A + path * lam), a, b, POSITIONS)
        assert result.n == 2 and result.fraction("turn") == 1 and result.fraction("cancel") == 0

    def test_what_is_not_finite_is_refused(self):
        with pytest.raises(ValueError, match="answers"):
            ways_of(lambda lam: response(lam / 0), towards(A), towards(A + 1), POSITIONS)


def latch(strength):
    """A neuron z = tanh(strength z + b), b from -1 to 1.1 between two tasks; the answer is ahead if z < 0."""
    network = initial(form("bias", 2), one_hot(PAIR), COMPACT, 1, seeded(), "tanh")
    tensors = {"W": [[strength]], "B": [[-1.0, 1.1]], "W_out": [[0.0], [-1.0], [0.0]], "W_in": [[0.0] * 33]}
    own = {name: torch.tensor(x) for name, x in tensors.items()}
    return replace(network, tensors=network.tensors | own)


class TestNetworks:
    ahead = probe_trials(*PAIR, COMPACT, 40, 0).conditions.angle[0, :, 0].cos()

    def test_two_stable_states_jump_and_keep_what_they_have(self):
        network = latch(2.0)
        result = ways(network, *PAIR)
        near = self.ahead > math.cos(0.2 * math.pi)
        assert bool(near.any()) and result.n == int(near.sum()) and result.fraction("jump") == 1
        assert result.position[near].tolist() == pytest.approx([1 / 2.1] * result.n, abs=1e-5)
        # z = tanh(2 z + b) has a fold where 2 (1 - z^2) = 1
        z = math.sqrt(0.5)
        between_folds = 2 * (2 * z - math.atanh(z)) / 2.1
        width = hysteresis(network, *PAIR, n_mixes=101).width
        kept = width[self.ahead > 0.1].tolist()
        assert kept == pytest.approx([between_folds] * len(kept), abs=0.02) and len(kept) > 10
        assert bool((width[self.ahead < -0.1] == 0).all())  # there, ahead is the answer of b

    def test_a_single_state_cancels_and_keeps_nothing(self):
        network = latch(0.5)
        result = ways(network, *PAIR)
        assert result.n > 0 and result.fraction("cancel") == 1
        assert bool((hysteresis(network, *PAIR).width == 0).all())

    def test_a_stimulus_that_is_over_is_held_all_the_same(self):
        network = networks.load("excitability", 0).network
        direct, delayed = (
            hysteresis(network, *pair, n_trials=4) for pair in (PAIR, ("delaygo", "delayanti"))
        )
        assert bool(direct.up[-1].all()) and not bool(direct.down[0].any())
        assert delayed.up.shape == delayed.down.shape == (21, 4) and bool(delayed.up[-1].any())

    def test_a_network_that_no_context_reaches_never_changes(self):
        deaf = networks.load("none", 0).network
        assert ways(deaf, *PAIR, n_trials=6).n == 0
        held = hysteresis(deaf, *PAIR, n_trials=6, steps=20)
        assert torch.equal(held.up, held.up[:1].expand_as(held.up))

    def test_go_cancels_on_the_way_to_anti(self):
        result = ways(networks.load("combined", 0).network, *PAIR, n_trials=10)
        assert result.n == 10 and result.fraction("cancel") > 0.5

    def test_refuses_what_it_cannot_measure(self):
        network = networks.load("bias", 0).network
        for measure in (ways, hysteresis):
            with pytest.raises(ValueError, match="ensemble"):
                measure(
                    replace(network, tensors={k: torch.stack([x, x]) for k, x in network.tensors.items()}),
                    *PAIR,
                )
            with pytest.raises(ValueError, match="diverged"):
                measure(diverging(network), *PAIR, n_trials=2)
            with pytest.raises(ValueError, match="different answers"):
                measure(network, "fdgo", "delaygo")
            with pytest.raises(ValueError, match="n_mixes=1"):
                measure(network, *PAIR, n_mixes=1)


def test_hysteresis_counts_the_mixes_at_which_both_are_kept():
    up = torch.tensor([[0, 0, 0, 1, 1], [0, 0, 1, 0, 1], [1, 1, 1, 1, 1]]).bool().T
    down = torch.tensor([[0, 1, 1, 1, 1], [0, 0, 1, 0, 1], [0, 0, 0, 0, 0]]).bool().T
    assert Hysteresis(up, down).width.tolist() == pytest.approx([0.4, 0, 0])
