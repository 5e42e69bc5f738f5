"""Bounds: likelihoods against closed forms and brute force, and the answer than which none is better."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from modpack.context import ContextCode, correlated, drop, noise, noise_in_line, one_hot, orthogonal
from modpack.measures.bounds import (
    answers_of_all,
    best_answer,
    discriminability,
    drawn_alike,
    likelihood_of_drop,
    likelihood_of_noise,
    pair_bound,
    posterior,
)
from modpack.tasks import COMPACT, RESPOND, TASKS, UNDEFINED, WITHHOLD, Answer, generate, satisfies

ALL = list(TASKS)
PAIR = ["fdgo", "fdanti"]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def answer(kinds, angles) -> Answer:
    """The answers of some tasks to one trial."""
    return Answer(torch.tensor(kinds)[:, None], torch.tensor(angles, dtype=torch.float64)[:, None])


# ------------------------------------------------------------------------------------------ likelihoods


def test_the_likelihood_of_noise_is_that_of_the_normal_distribution():
    code = orthogonal(ALL, seeded(1))
    x = noise(code.vectors[:3], 0.4, seeded(2)).double()
    normal = torch.distributions.Normal(code.vectors.double(), 0.4)
    exact = normal.log_prob(x.unsqueeze(-2)).sum(-1)
    torch.testing.assert_close(
        posterior(likelihood_of_noise(x, code, 0.4)), exact.softmax(-1), atol=1e-6, rtol=1e-5
    )


def test_the_likelihood_of_drop_is_that_of_all_ways_to_drop():
    vectors = torch.tensor([[1.0, 2.0, 3.0], [1.0, 5.0, 3.0], [0.0, 2.0, 3.0]], dtype=torch.float64)
    code, p = ContextCode("three", ("fdgo", "fdanti", "dm1"), vectors), 0.3
    masks = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 3)
    weight = torch.where(masks > 0, 1 - p, p).prod(-1)
    for x in (vectors[None] * masks[:, None]).flatten(0, 1).unique(dim=0):
        brute = torch.stack([weight[((c * masks) == x).all(-1)].sum() for c in vectors])
        torch.testing.assert_close(likelihood_of_drop(x[None], code, p)[0].exp(), brute)


@pytest.mark.parametrize("p", [0.2, 0.8])
def test_one_coordinate_that_is_left_identifies_the_task(p):
    code = orthogonal(ALL, seeded(3))
    own = torch.arange(20).repeat(400)
    x = drop(code.vectors.repeat(400, 1), p, seeded(4))
    likelihood = likelihood_of_drop(x, code, p)
    nothing_left = (x == 0).all(-1)
    assert torch.equal(likelihood.argmax(-1)[~nothing_left], own[~nothing_left])
    expected = 1 - p**20 * (1 - 1 / 20)
    right = posterior(likelihood).amax(-1).double().mean().item()
    assert right == pytest.approx(expected, abs=0.003)
    nearest = (torch.cdist(x, code.vectors).argmin(-1) == own).double().mean().item()
    assert nearest < right or p < 0.5  # the nearest context is no likelihood


def test_impossible_contexts_are_refused():
    code = orthogonal(ALL, seeded(3))
    with pytest.raises(ValueError, match="log_likelihood="):
        posterior(likelihood_of_drop(torch.ones(1, 20), code, 0.5))
    with pytest.raises(ValueError, match="contexts="):
        likelihood_of_noise(torch.full((1, 20), math.nan), code, 0.5)
    for likelihood in (likelihood_of_noise, likelihood_of_drop):
        with pytest.raises(ValueError, match=r"contexts\.shape="):
            likelihood(torch.ones(4, 1), code, 0.5)
    for broken in (0, -1, math.inf, math.nan):
        with pytest.raises(ValueError, match="sigma="):
            likelihood_of_noise(torch.ones(1, 20), code, broken)
        with pytest.raises(ValueError, match="p="):
            likelihood_of_drop(torch.ones(1, 20), code, broken)


# --------------------------------------------------------------------------------------- two contexts


@given(rho=st.floats(-0.9, 0.9), d_prime=st.floats(0.5, 5))
def test_isotropic_and_in_line_noise_have_the_same_bound_for_two_tasks(rho, d_prime):
    code = correlated(PAIR, rho, seeded(2))
    a, b = code.vectors
    sigma = code.distances()[0, 1].item() / d_prime
    for noisy in (
        noise(a.expand(20_000, 2), sigma, seeded(3)),
        noise_in_line(a.expand(20_000, 2), a, b, sigma, seeded(4)),
    ):
        right = likelihood_of_noise(noisy, code, sigma).argmax(-1) == 0
        assert right.double().mean().item() == pytest.approx(pair_bound(d_prime).item(), abs=0.015)


@pytest.mark.parametrize(
    ("bound", "d_prime"), [(0.99, 4.65), (0.95, 3.29), (0.9, 2.56), (0.8, 1.68), (0.7, 1.05)]
)
def test_the_bound_of_a_pair_in_units_of_noise(bound, d_prime):
    assert discriminability(bound) == pytest.approx(d_prime, abs=0.01)
    assert pair_bound(discriminability(bound)).item() == pytest.approx(bound)


@pytest.mark.parametrize("bound", [0.5, 1, 0.2, math.nan])
def test_no_noise_has_such_a_bound(bound):
    with pytest.raises(ValueError, match="bound="):
        discriminability(bound)


def test_in_line_noise_stays_on_the_line():
    code = one_hot(ALL)
    a, b = code["fdgo"], code["fdanti"]
    moved = noise_in_line(a.expand(500, 20), a, b, 0.7, seeded()) - a
    along = (b - a) / (b - a).norm()
    torch.testing.assert_close(moved, (moved @ along)[:, None] * along, atol=1e-6, rtol=0)
    assert (moved @ along).std().item() == pytest.approx(0.7, rel=0.1)
    with pytest.raises(ValueError, match="b="):
        noise_in_line(a, a, a, 0.7, seeded())


# ------------------------------------------------------------------------------------------- the answer


def test_tasks_with_one_answer_count_together():
    answers = answer([RESPOND, RESPOND, RESPOND, WITHHOLD], [1.0, 4.0, 1.0, math.nan])
    said, chance = best_answer(torch.tensor([[0.3, 0.4, 0.2, 0.1]], dtype=torch.float64), answers)
    assert chance.item() == pytest.approx(0.5) and said.angle.item() == 1.0
    said, chance = best_answer(torch.tensor([[0.1, 0.2, 0.1, 0.6]], dtype=torch.float64), answers)
    assert chance.item() == pytest.approx(0.6) and said.fixation.item() > 0.5


def test_one_response_can_satisfy_answers_that_are_close():
    answers = answer([RESPOND, RESPOND, RESPOND], [0.0, 1.2, 3.0])
    said, chance = best_answer(torch.tensor([[0.35, 0.25, 0.4]], dtype=torch.float64), answers)
    assert chance.item() == pytest.approx(0.6)
    assert 0 < said.angle.item() < 1.2


def test_a_task_without_an_answer_cannot_be_answered():
    answers = answer([UNDEFINED, RESPOND], [math.nan, 2.0])
    _, chance = best_answer(torch.tensor([[0.9, 0.1]], dtype=torch.float64), answers)
    assert chance.item() == pytest.approx(0.1)


@given(seed=st.integers(0, 1000), n=st.integers(1, 6))
def test_no_response_on_a_fine_grid_is_better(seed, n):
    generator = seeded(seed)
    kinds = torch.randint(3, (n, 1), generator=generator)
    angles = 2 * math.pi * torch.rand(n, 1, generator=generator, dtype=torch.float64)
    answers = Answer(kinds, angles.where(kinds == RESPOND, math.nan))
    probabilities = torch.rand(1, n, generator=generator, dtype=torch.float64).softmax(-1)
    said, chance = best_answer(probabilities, answers)
    grid = torch.linspace(0, 2 * math.pi, 2000, dtype=torch.float64)
    offered = [type(said)(grid, grid * 0 + 1, grid * 0), type(said)(grid, grid * 0, grid * 0 + 1)]
    brute = max(
        (satisfies(each, answers).double() * probabilities[0, :, None]).sum(0).max().item()
        for each in offered
    )
    assert brute - 1e-12 <= chance.item() <= brute + 0.2 * bool(n > 2) + 1e-12
    held = (satisfies(said, answers)[:, 0].double() * probabilities[0]).sum()
    assert chance.item() == pytest.approx(held.item())


def test_the_bound_on_the_answer_lies_between_those_of_the_task_and_of_the_pair():
    code = one_hot(ALL)
    trials = generate(["fdgo"], 50, COMPACT, seeded()).to(dtype=torch.float64)
    sigma = 0.3 * math.sqrt(2)
    x = noise(code["fdgo"].expand(5000, 20), sigma, seeded(1))
    likelihood = likelihood_of_noise(x, code, sigma)
    all_answers = answers_of_all(trials, code)
    answers = Answer(*(each[:, torch.arange(len(x)) % trials.n_trials] for each in all_answers))
    own = Answer(*(each[code.tasks.index("fdgo")] for each in answers))

    def right(possible=None):
        said, _ = best_answer(posterior(likelihood, possible).double(), answers)
        return satisfies(said, own).double().mean().item()

    task = (likelihood.argmax(-1) == code.tasks.index("fdgo")).double().mean().item()
    assert task == pytest.approx(0.67, abs=0.02)
    assert right() == pytest.approx(0.905, abs=0.02)
    assert right(drawn_alike("fdgo", code)) == pytest.approx(pair_bound(1 / 0.3).item(), abs=0.01)


def test_what_is_drawn_alike():
    code = one_hot(ALL)
    alike = {name: [x for x, same in zip(ALL, drawn_alike(name, code), strict=True) if same] for name in ALL}
    assert alike["fdgo"] == alike["fdanti"] == ["fdgo", "fdanti"]
    assert alike["contextdm1"] == ["contextdm1", "contextdm2"] or "contextdm2" in alike["contextdm1"]
    assert "dm2" not in alike["dm1"]
