"""Probes of ambiguity: responders whose regret is known exactly, and networks alone or together."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_networks import diverging, seeded

from modpack import networks
from modpack.context import mix, one_hot, orthogonal
from modpack.ensemble import ensemble
from modpack.measures import ambiguity, probes
from modpack.measures.ambiguity import TOLERATED
from modpack.measures.bounds import answers_of_all, best_answer, discriminability, posterior
from modpack.measures.choices import CHOICES, asked, choices, said_under
from modpack.tasks import COMPACT, PUBLISHED, RESPOND, Decoded, generate

EIGHT = ("fdgo", "fdanti", "delaygo", "delayanti", "dm1", "dm2", "contextdm1", "contextdm2")
BOUNDS = (0.99, 0.95, 0.9, 0.8, 0.7)
LEVELS = [discriminability(bound) for bound in BOUNDS]
PAIRS = ambiguity.conflicting_pairs(EIGHT, COMPACT)


def responding(angle):
    """A responder in a direction, at full length."""
    return Decoded(angle, torch.ones_like(angle), torch.zeros_like(angle))


def probe(a, b, n=100, code=None):
    trials = ambiguity.conflicting_trials(a, b, COMPACT, n, seeded(1))
    return ambiguity.in_line(code or one_hot(EIGHT), trials, b, LEVELS, seeded(2))


def observer(cues, code, candidates):
    """The answer of whichever candidate the cue is nearest to."""
    answers = torch.stack([each.angle for each in asked(cues.trials, candidates)])
    distances = torch.cdist(cues.contexts.double(), code.of(candidates).double())
    nearest = distances.argmin(-1)
    return responding(answers.gather(0, nearest.flatten(0, -2).reshape(len(nearest), -1)))


class TestPairs:
    def test_are_the_crosses_of_go_and_anti_and_the_attended_ring(self):
        kinds = {"go": ("fdgo", "delaygo"), "anti": ("fdanti", "delayanti")}
        crosses = {(a, b) for a in kinds["go"] for b in kinds["anti"]}
        rings = {("contextdm1", "dm2"), ("contextdm2", "dm1"), ("contextdm1", "contextdm2")}
        rings |= {("contextdm2", "contextdm1")}
        assert set(PAIRS) == crosses | {(b, a) for a, b in crosses} | rings and len(PAIRS) == 12

    def test_trials_have_two_answers(self):
        trials = ambiguity.conflicting_trials("contextdm1", "dm2", COMPACT, 50, seeded())
        a, b = asked(trials, ("contextdm1", "dm2"))
        assert trials.n_trials == 50 and bool(((a.angle - b.angle).cos() < 0.999).all())
        with pytest.raises(ValueError, match=r"n=10.*fdgo and dm1"):
            ambiguity.conflicting_trials("fdgo", "dm1", COMPACT, 10, seeded())


class TestInLine:
    @pytest.mark.parametrize("pair", PAIRS)
    @pytest.mark.parametrize("code", [one_hot(EIGHT), orthogonal(EIGHT, seeded(5))], ids=lambda c: c.name)
    def test_the_observer_of_the_cue_has_no_regret(self, pair, code):
        cues = probe(*pair, code=code)
        said = observer(cues, code, pair)
        assert ambiguity.regret(said, cues).abs().max() < 1e-9
        assert cues.bound.tolist() == pytest.approx(BOUNDS)

    def test_who_does_not_look_at_the_cue(self):
        cues = probe("fdgo", "fdanti")
        a, b = asked(cues.trials, ("fdgo", "fdanti"))
        regrets = ambiguity.regret(responding(torch.stack([a.angle, b.angle])[:, None]), cues)
        assert regrets[0].tolist() == pytest.approx([bound - 1 for bound in BOUNDS])
        assert regrets[1].tolist() == pytest.approx(BOUNDS)

    def test_a_random_direction_is_right_as_often_as_the_tolerance_allows(self):
        cues = probe("contextdm1", "contextdm2", 20)
        every = torch.arange(0, 2 * math.pi, 2 * math.pi / 3600).view(-1, 1, 1).expand(-1, 5, 20)
        mean = ambiguity.regret(responding(every), cues).mean(0)
        assert mean.tolist() == pytest.approx([x - PUBLISHED.tolerance / math.pi for x in BOUNDS], abs=1e-3)

    def test_beliefs_tell_the_two_tasks_apart_as_the_cue_does(self):
        code = one_hot(EIGHT)
        cues = probe("delaygo", "fdanti")
        told = cues.beliefs(code)
        torch.testing.assert_close(told.sum(-1), torch.ones(5, 100))
        a, b = (EIGHT.index(name) for name in ("delaygo", "fdanti"))
        right = (told[..., a] > told[..., b]).double().mean(-1)
        assert right.tolist() == pytest.approx(BOUNDS)

    def test_a_trained_network_that_is_told_clearly_has_no_regret(self):
        network = networks.load("combined", 0).network
        trials = ambiguity.conflicting_trials("fdgo", "fdanti", COMPACT, 100, seeded(1))
        cues = ambiguity.in_line(network.code, trials, "fdanti", [50.0], seeded(2))
        assert ambiguity.regret(ambiguity.said_to(network, trials, cues.contexts, seeded()), cues) < 0.05


class TestDecoder:
    @pytest.mark.parametrize("task", ["fdanti", "contextdm2", "dm1"])
    @pytest.mark.parametrize(
        ("operator", "levels"), [(ambiguity.isotropic, LEVELS), (ambiguity.dropped, [0.3, 0.9])]
    )
    def test_has_no_regret(self, operator, levels, task):
        code = orthogonal(EIGHT, seeded(3))
        cues = operator(code, generate([task], 60, COMPACT, seeded(1)), levels, seeded(2))
        answers = answers_of_all(cues.trials, code)
        best = [best_answer(p, answers)[0] for p in posterior(cues.log_likelihood)]
        said = Decoded(*(torch.stack(each) for each in zip(*best, strict=True)))
        assert ambiguity.regret(said, cues).tolist() == [0.0] * len(levels)

    def test_of_two_tasks_isotropic_noise_is_noise_in_line(self):
        code, n = one_hot(("fdgo", "fdanti")), 4000
        trials = generate(["fdgo"], n, COMPACT, seeded(1))
        bound = ambiguity.isotropic(code, trials, LEVELS, seeded(2)).bound
        errors = [4 * math.sqrt(b * (1 - b) / n) for b in BOUNDS]
        assert all(abs(found - b) < e for found, b, e in zip(bound.tolist(), BOUNDS, errors, strict=True))

    def test_one_coordinate_that_is_left_identifies_a_task_of_a_dense_code(self):
        code, n, p = orthogonal(("fdgo", "fdanti"), seeded(3)), 4000, 0.6
        trials = generate(["fdanti"], n, COMPACT, seeded(1))
        (bound,) = ambiguity.dropped(code, trials, [p], seeded(2)).bound.tolist()
        # Nothing is left with probability p squared; then the first of two equal answers, not this one, wins.
        assert bound == pytest.approx(1 - p**2, abs=4 * math.sqrt(p**2 * (1 - p**2) / n))


class TestAnswers:
    def test_of_members_of_an_ensemble_are_their_own(self):
        members = [networks.load("synaptic", seed).network for seed in (0, 1)]
        cues = probe("fdgo", "fdanti", 5, code=members[0].code)
        together = ambiguity.said_to(ensemble(members), cues.trials, cues.contexts)
        for index, member in enumerate(members):
            alone = ambiguity.said_to(member, cues.trials, cues.contexts)
            torch.testing.assert_close(together.length[index], alone.length, rtol=1e-4, atol=1e-4)
            torch.testing.assert_close(together.fixation[index], alone.fixation, rtol=1e-4, atol=1e-4)

    def test_are_those_of_one_context_at_a_time(self):
        network = networks.load("excitability", 0).network
        trials = generate(["fdanti"], 6, COMPACT, seeded())
        contexts = network.code.of(["fdgo", "fdanti"])
        at_once = ambiguity.said_to(network, trials, contexts.unsqueeze(1))
        for one, other in zip(at_once, said_under(network, trials, contexts), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)
        assert bool((trials.answer.kind == RESPOND).all())


MEMBERS = tuple(networks.load("synaptic", seed).network for seed in (0, 1))
BOTH_KINDS = (("fdgo", "fdanti"), ("contextdm1", "contextdm2"))


class TestProbes:
    def test_of_an_ensemble_have_its_axis(self):
        both, first = ensemble(MEMBERS), MEMBERS[0]
        at = torch.tensor([0, 0.5, 1])
        together, alone = (probes.followed(each, BOTH_KINDS, mix, at, 4) for each in (both, first))
        assert together.made.shape == (2, *alone.made.shape) == (2, 3, len(CHOICES))
        assert together.weights.shape == (3, 2, 3) and alone.weights.shape == (3, 3)
        found = probes.regret_in_line(both, BOTH_KINDS, [100.0, 1.0], 20)
        whole = probes.regret_of_all(both, ambiguity.isotropic, [100.0, 1.0], 5)
        assert found.shape == (2, 2, 2) and whole.regret.shape == (2, 2) and whole.bound.shape == (2,)
        assert found[..., 0].max() < 0.2 and whole.regret[:, 0].max() < 0.1

    def test_at_both_ends_of_a_mix_the_rule_of_that_end_is_followed(self):
        made, shares = probes.followed(MEMBERS[0], BOTH_KINDS, mix, torch.tensor([0, 1]), 20)
        assert made[0, CHOICES.index("a")] > 0.9 and made[1, CHOICES.index("b")] > 0.9
        torch.testing.assert_close(
            shares, torch.tensor([[1, 0], [0, 1], [0, 0]]).to(shares), rtol=0, atol=0.25
        )

    def test_at_full_strength_the_own_rule_is_followed(self):
        made, _ = probes.followed(
            MEMBERS[0], BOTH_KINDS, probes.PATHS["strength"], torch.tensor([0.0, 1.0]), 20
        )
        assert made[0, CHOICES.index("a")] < 0.9 < made[1, CHOICES.index("a")]

    def test_believers_are_told_less_of_a_cue_that_says_less(self):
        code = one_hot(EIGHT)
        cues = probe("fdgo", "fdanti")
        assert probes.raw(cues, code).equal(cues.contexts)
        certain = probes.believed(cues, code).amax(-1).mean(-1)
        assert bool((certain.diff() < 0).all()) and certain[0] > 0.9


def test_an_answer_that_grows_without_end_is_never_right():
    cues = probe("fdgo", "fdanti", 10)
    lost = diverging(networks.load("combined", 0).network)
    trials = cues.trials
    said = ambiguity.said_to(lost, trials, lost.code["fdgo"].expand(2, 1, -1))
    assert bool(said.length.isnan().all())
    made = choices(said, *asked(trials, ("fdgo", "fdanti")))
    assert ambiguity.fractions(made)[:, CHOICES.index("other")].tolist() == [1, 1]
    right = ambiguity.regret(Decoded(*(each.new_full((5, 10), math.nan) for each in said)), cues)
    assert right.tolist() == cues.bound.tolist()


class TestSummaries:
    def test_the_decoder_tolerates_what_is_tolerated(self):
        assert ambiguity.tolerance(LEVELS, torch.tensor(BOUNDS).double()) == pytest.approx(LEVELS[3])
        worse = torch.tensor([0.9, 0.8, 0.7, 0.6, 0.5]).double()
        assert ambiguity.tolerance(LEVELS, worse) == pytest.approx(LEVELS[1])
        assert math.isnan(ambiguity.tolerance(LEVELS, torch.full((5,), 0.9).double()))
        assert math.isnan(ambiguity.tolerance(LEVELS, torch.full((5,), TOLERATED - 0.1).double()))

    @given(st.floats(0.05, 1.0), st.floats(-0.3, 0.3))
    def test_the_width_of_a_ramp(self, slope_width, shift):
        positions = torch.linspace(-1, 2, 601, dtype=torch.float64)
        b = ((positions - 0.5 - shift) / slope_width + 0.5).clamp(0, 1)
        made = torch.zeros(601, len(CHOICES), dtype=torch.float64)
        made[:, CHOICES.index("a")], made[:, CHOICES.index("b")] = 1 - b, b
        assert ambiguity.width(positions, made) == pytest.approx(slope_width / 2, abs=0.005)
        assert math.isnan(ambiguity.width(positions, made.flip(0)))

    def test_fractions_add_up(self):
        made = torch.tensor([[0, 1, 5, 0], [2, 2, 2, 2]])
        found = ambiguity.fractions(made)
        assert found[0].tolist() == [0.5, 0.25, 0, 0, 0, 0.25] and found.sum(-1).tolist() == [1, 1]


def test_what_is_refused():
    code, trials = one_hot(EIGHT), generate(["fdgo"], 10, COMPACT, seeded())
    with pytest.raises(ValueError, match="d_primes="):
        ambiguity.in_line(code, trials, "fdanti", [0.0], seeded())
    with pytest.raises(ValueError, match=r"trials=.*2 tasks"):
        ambiguity.isotropic(code, generate(["fdgo", "dm1"], 10, COMPACT, seeded()), LEVELS, seeded())
    with pytest.raises(ValueError, match="trials='dmcgo'"):
        ambiguity.isotropic(code, generate(["dmcgo"], 10, COMPACT, seeded()), LEVELS, seeded())
    with pytest.raises(ValueError, match="dense"):
        ambiguity.dropped(code, trials, [0.5], seeded())
