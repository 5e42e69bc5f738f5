"""Observers of a stream: against brute force over hidden sequences, and where theory says what is best."""

import math
from itertools import pairwise, product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_networks import seeded

from modpack.measures import observers
from modpack.measures.observers import InPairs, added, best_in_pairs, best_weight, by_answer, right
from modpack.measures.streaming import answered, log_odds, recovery, trials_lost, trials_since
from modpack.modulation import form_for
from modpack.network import initial
from modpack.tasks import COMPACT, trials_of
from modpack.training import Blocks, FastSlow, Hierarchy
from modpack.training.worlds import Told

TASKS = ("map4-0123", "map4-1230", "map4-2301", "map4-3012")


def happened(stream, n_trials=150, n_worlds=300, n_tasks=4, seed=0):
    generator = seeded(seed)
    return stream.run(n_trials, stream.start(n_worlds, n_tasks, generator), n_tasks, generator)[0]


def share(chosen, told, answers=None) -> float:
    return right(chosen, told, answers).double().mean().item()


# --- with and without the stimulus, by brute force


@pytest.mark.parametrize(("n_tasks", "n_trials"), [(3, 4), (2, 6)])
def test_nobody_is_right_more_often_than_the_ideal_observer(n_tasks, n_trials):
    """All hidden sequences and all cues, summed up: answers are the best at every sequence of cues."""
    stream = Blocks(hazard=0.2, right=0.7, sigma=0.0)
    answers = torch.tensor([0, 0, 1][:n_tasks])  # the first two agree
    likelihood = torch.full((n_tasks, n_tasks), 0.3 / (n_tasks - 1)).double().fill_diagonal_(0.7)
    best, known, blind = 0.0, 0.0, 0.0
    for cues in product(range(n_tasks), repeat=n_trials):
        joint = torch.zeros(n_tasks).double()
        for states in product(range(n_tasks), repeat=n_trials):
            p = 1 / n_tasks
            for a, b in pairwise(states):
                p *= 0.8 if a == b else 0.2 / (n_tasks - 1)
            joint[states[-1]] += p * math.prod(
                likelihood[s, c].item() for s, c in zip(states, cues, strict=True)
            )
        evidence = likelihood[:, list(cues)].T.unsqueeze(1)
        told = Told(*[torch.zeros(n_trials, 1).long()] * 2, evidence, evidence, evidence)
        belief = stream.ideal(told)[-1:]
        torch.testing.assert_close(belief.flatten(), joint / joint.sum())
        of_answer = [joint[answers == k].sum().item() for k in range(2)]
        best += max(of_answer)
        known += of_answer[answers[by_answer(belief, answers.expand(1, 1, -1)).argmax()]]
        blind += of_answer[answers[belief.argmax()]]
    assert known == pytest.approx(best) and blind <= best + 1e-12
    assert n_tasks == 2 or blind < best - 1e-3


@given(st.integers(0, 1000))
def test_probabilities_of_answers_are_sums_over_tasks(seed):
    generator = seeded(seed)
    belief = torch.rand(2, 3, 5, generator=generator).double()
    answers = torch.randint(3, (2, 3, 5), generator=generator)
    found = by_answer(belief, answers)
    for t, w, k in product(range(2), range(3), range(5)):
        expected = sum(belief[t, w, j].item() for j in range(5) if answers[t, w, j] == answers[t, w, k])
        assert found[t, w, k].item() == pytest.approx(expected)


def test_a_choice_is_right_where_its_answer_is():
    told = happened(Blocks(), 20, 10)
    alike = torch.zeros(20, 10, 4).long()
    assert right((told.task + 1) % 4, told, alike).all()
    apart = torch.arange(4).expand(20, 10, 4)
    chosen = told.fast.argmax(-1)
    assert torch.equal(right(chosen, told, apart), right(chosen, told))


# --- sums of two estimates


def test_one_estimate_alone_is_the_end_of_the_sums():
    told = happened(Blocks())
    assert torch.equal(added(told, 0.0), told.fast.argmax(-1))
    assert torch.equal(added(told, 1.0), told.slow.argmax(-1))


@pytest.mark.parametrize("right_", [0.6, 0.75, 0.9])
def test_evidence_adds_up(right_):
    """Where the time constant fits the hazard the best sum is all but optimal, and no estimate alone is."""
    stream = Blocks(0.1, right_, 0.4, 3.0)
    weight, told = best_weight(happened(stream)), happened(stream, seed=1)
    best = share(stream.ideal(told).argmax(-1), told)
    both = share(added(told, weight), told)
    assert -0.002 < best - both < 0.012
    assert both > max(share(added(told, end), told) for end in (0.0, 1.0)) + 0.03


def test_with_the_estimate_of_one_trial_before_the_sum_is_optimal_in_two_trials():
    """Of two states and two trials the log-odds add up, up to the chance of a switch in between."""
    stream = Blocks(hazard=0.0, right=0.8, sigma=0.5, tau=1.0)
    told = happened(stream, 2, 4000, 2)
    last = Told(*(x[1:] for x in told))
    assert torch.equal(added(last, 0.5), stream.ideal(told)[1:].argmax(-1))


def test_no_sum_does_an_exclusive_or():
    """Three of four combinations are the most that a threshold on a sum can have right."""
    stream = Hierarchy(hazard=0.0, right=1.0, sigma=0.0, tau=1.0)
    told, other = (happened(stream, 20, 500, seed=s).since(1) for s in (0, 1))
    assert share(best_in_pairs(told).chosen(other), other) == pytest.approx(0.75, abs=0.05)
    assert share(stream.ideal(happened(stream, 20, 500)).argmax(-1)[1:], told) == 1
    for angle, threshold in product(observers.ANGLES, (-50.0, 0.0, 50.0)):
        assert share(InPairs(angle, threshold).chosen(told), told) < 0.8


def test_the_best_sum_in_pairs_is_the_best_of_a_fine_grid():
    stream = Hierarchy(0.05, 0.95, 0.2, 3.0)
    told = happened(stream, 50, 60)
    best = share(best_in_pairs(told).chosen(told), told)
    grid = [InPairs(a, w / 10) for a in observers.ANGLES[::4] for w in range(-100, 100, 5)]
    tried = max(share(each.chosen(told), told) for each in grid)
    assert tried <= best < tried + 0.02
    assert best < share(stream.ideal(told).argmax(-1), told) - 0.1


def test_estimates_of_different_things_are_not_added():
    with pytest.raises(ValueError, match="told="):
        added(happened(Hierarchy(), 5, 5), 0.5)


# --- networks trial by trial


def network(name="gain+row"):
    code = FastSlow().make(TASKS, seeded())
    return initial(form_for(name, code), code, COMPACT, 6, seeded(1))


def test_trials_are_scored_in_order_and_the_state_goes_on(monkeypatch):
    told, seen = happened(Blocks(), 4, 5), []
    made = network()
    monkeypatch.setattr(
        "modpack.measures.streaming.correct",
        lambda outputs, trials: seen.append(outputs) or trials.answer.angle > 1,
    )
    answered(made, told, TASKS, seeded(2))
    generator, state = seeded(2), None
    for t in range(4):
        trials = trials_of(told.task[t], TASKS, 1, COMPACT, generator)
        states = made.run(trials, told.contexts()[t], generator, state=state)
        torch.testing.assert_close(seen[t], made.readout(states))
        state = states[-1]


@pytest.mark.parametrize("name", ["bias", "row+bias", "readout"])
def test_of_a_network_that_knows_nothing_few_trials_are_right(name):
    found = answered(network(name), happened(Blocks(), 3, 50), TASKS, seeded())
    assert found.shape == (3, 50) and found.dtype == torch.bool and found.double().mean() < 0.5


def test_trials_are_counted_from_the_last_switch():
    state = torch.tensor([[0, 0, 1, 1, 2, 2, 2, 2]]).T
    assert trials_since(state).flatten().tolist() == [-1, -1, 0, 1, 0, 1, 2, 3]


def test_what_a_switch_costs_is_the_area_above_the_curve():
    state = torch.tensor([[0, 1, 1, 1, 1, 1, 0, 0, 0, 0]]).T
    since = trials_since(state)
    late = since.flatten() >= 2
    curve = recovery(late.unsqueeze(1), since, 3)
    assert curve.tolist() == [0, 0, 1, 1] and trials_lost(curve) == 2
    assert math.isnan(recovery(late.unsqueeze(1), since, 20)[-1])


@given(k=st.integers(0, 50), n=st.integers(1, 50))
def test_log_odds_are_finite_and_opposite_for_wrong_trials(k, n):
    outcome = torch.arange(n) < k
    assert log_odds(outcome) == pytest.approx(-log_odds(~outcome))
    k = min(k, n)
    assert log_odds(outcome) == pytest.approx(math.log((k + 0.5) / (n - k + 0.5)))


def test_no_trials_have_no_odds():
    with pytest.raises(ValueError, match="right="):
        log_odds(torch.empty(0))
