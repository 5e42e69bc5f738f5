"""What networks are shown in training: contexts by their definitions, noise, the loss."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_networks import seeded
from small_training import TINY, changed, clean_batch, quiet, some_trials
from torch import Tensor
from torch.distributions import Normal

from modpack.context import one_hot, orthogonal
from modpack.ensemble import ensemble
from modpack.evaluation import evaluate
from modpack.tasks import COMPACT, EPOCHS, YANG, Trials, generate, performance
from modpack.training import Belief, Clean, Noisy, Then, untrained, with_seeds
from modpack.training.contexts import posterior, smallest_distance
from modpack.training.data import Batch, Data
from modpack.training.loss import loss_of

TASKS = ("fdgo", "fdanti", "dm1")
VECTORS = torch.stack([one_hot(TASKS).vectors, orthogonal(TASKS, seeded()).vectors])

# --- contexts


def test_clean_contexts_are_the_code():
    assert torch.equal(Clean().draw(0, VECTORS, seeded()), VECTORS)


def test_in_line_noise_lies_on_the_lines_to_other_contexts_and_has_its_size():
    n = 4000
    drawn = Noisy(0.3, n).draw(0, VECTORS, seeded()).unflatten(1, (3, n))
    noise = drawn - VECTORS.unsqueeze(2)
    lines = VECTORS.unsqueeze(1) - VECTORS.unsqueeze(2)  # (network, from, to, d)
    lines = lines / lines.norm(dim=-1, keepdim=True).clamp_min(1e-9)
    along = torch.einsum("mknd,mkjd->mknj", noise, lines).abs().amax(dim=-1)
    torch.testing.assert_close(along, noise.norm(dim=-1), atol=1e-5, rtol=1e-4)
    assert noise.square().sum(dim=-1).mean().sqrt().item() == pytest.approx(0.3, rel=0.05)
    torch.testing.assert_close(*noise.norm(dim=-1))  # both networks drew the same numbers


def test_isotropic_noise_has_its_size_in_every_direction():
    noise = Noisy(0.3, 4000, "isotropic").draw(0, VECTORS, seeded()).unflatten(
        1, (3, -1)
    ) - VECTORS.unsqueeze(2)
    covariance = torch.einsum("mknd,mkne->mkde", noise, noise) / 4000
    torch.testing.assert_close(covariance, (0.09 * torch.eye(3)).expand(2, 3, 3, 3), atol=0.01, rtol=0.0)


def test_a_belief_is_a_mean_of_contexts_that_is_right_as_often_as_it_says():
    """The posterior is calibrated: the tasks it gives probability p are the true ones in a fraction p."""
    schedule = Belief(contexts_per_task=4000)
    beliefs = schedule.draw(0, VECTORS[:1], seeded())[0]
    assert bool((beliefs >= 0).all())
    torch.testing.assert_close(beliefs.sum(dim=-1), torch.ones(len(beliefs)))  # one-hot: they are posteriors
    true = torch.eye(3).repeat_interleave(4000, dim=0).bool()
    for low in (0.2, 0.4, 0.6, 0.8):
        inside = (beliefs > low - 0.1) & (beliefs < low + 0.1)
        assert true[inside].float().mean().item() == pytest.approx(beliefs[inside].mean().item(), abs=0.03)


def test_the_posterior_of_two_tasks_is_logistic_in_the_cue():
    vectors, x = one_hot(("a", "b")).vectors.double(), torch.linspace(-2, 3, 11, dtype=torch.float64)
    cue = torch.stack([1 - x, x], dim=-1)
    found = posterior(cue, torch.full((11, 1), 0.7, dtype=torch.float64), vectors)[:, 1]
    torch.testing.assert_close(found, torch.sigmoid((2 * x - 1) / 0.7**2))
    assert torch.equal(posterior(vectors, torch.zeros(2, 1).double(), vectors), torch.eye(2).double())


def test_the_smallest_distance_is_that_of_the_nearest_two():
    found = smallest_distance(VECTORS).flatten()
    torch.testing.assert_close(found, torch.full((2,), math.sqrt(2)))


@given(st.integers(0, 100))
def test_schedules_follow_each_other(step):
    schedule = Then(Clean(), Then(Noisy(0.5, 2), Belief(contexts_per_task=4), at=20), at=30)
    assert schedule.restarts == (30, 50)
    expected = [Clean(), Noisy(0.5, 2), Belief(contexts_per_task=4)][(step >= 30) + (step >= 50)]
    assert schedule.per_task(step) == expected.per_task(step)
    drawn = schedule.draw(step, VECTORS, seeded())
    assert torch.equal(drawn, expected.draw(step, VECTORS, seeded()))


# --- noise


@pytest.mark.parametrize("pool", [2**20, 2**10])
def test_noise_of_any_size_has_the_documented_amplitude(pool, monkeypatch):
    """Large networks and long trials may need more numbers than the pool holds."""
    monkeypatch.setattr("modpack.training.data.POOL", pool)
    data = Data(with_seeds(changed(TINY, trials_per_task=20), range(2)), "cpu")
    data.draw()
    noise, other = data.batch(0, 0).noise, data.batch(1, 1).noise
    assert noise.shape == (data.batch(0, 0).epoch_index.shape[0], 2, 2, 20, 16)
    std = COMPACT.sigma_rec * (2 / COMPACT.alpha) ** 0.5
    assert noise.std().item() == pytest.approx(std, rel=0.02)
    p = Normal(0, std).cdf(noise[:, 0].flatten().sort().values)
    assert (p - torch.linspace(0, 1, len(p))).abs().max() < 0.02
    assert not torch.equal(noise, other)


# --- loss and evaluation


def plain_loss(network, trials: Trials, penalty: float) -> Tensor:
    """The loss by its definition, trial by trial."""
    states = network.run(trials)
    weights = trials.dense_weights()
    outputs = network.readout(states, [task.name for task in trials.tasks])
    error = weights * (outputs - trials.dense_targets()) ** 2
    of_trials = error.sum(dim=(0, -1)) / weights.sum(dim=(0, -1))
    return of_trials.mean() + penalty * (states**2).mean()


@pytest.mark.parametrize("form", ["synaptic", "readout"])
@pytest.mark.parametrize("preset", ["compact", "yang"])
@pytest.mark.parametrize("penalty", [0.0, 0.1])
def test_the_loss_and_its_gradient_are_those_of_the_definition(form, preset, penalty):
    network = untrained(changed(TINY, form=form, preset=preset, n_neurons=6)).to(torch.float64)
    trials = generate(TINY.protocol.tasks, 3, network.preset, seeded(), dtype=torch.float64)
    tensors = {name: x.requires_grad_() for name, x in network.tensors.items() if name in network.trained}
    found, expected = (
        loss_of(network, clean_batch(network, trials), penalty),
        plain_loss(network, trials, penalty),
    )
    torch.testing.assert_close(found, expected)
    gradients = [torch.autograd.grad(x, list(tensors.values())) for x in (found, 3 * expected)]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(3 * one, other)


def test_the_gradient_of_a_multiple_of_the_loss_is_the_multiple_of_its_gradient():
    network, trials = untrained(TINY), some_trials(3)
    W = network.tensors["W"].requires_grad_()
    values = [factor * loss_of(network, clean_batch(network, trials), 0.1) for factor in (1, -2.5)]
    one, other = (torch.autograd.grad(value, W)[0] for value in values)
    torch.testing.assert_close(-2.5 * one, other)


def test_a_trial_counts_the_same_however_long_the_others_are():
    """Padding changes nothing, so the share of a task does not follow its length."""
    network = untrained(changed(TINY, preset="yang"))
    trials = generate(TINY.protocol.tasks, 3, YANG, seeded())
    after = torch.full((50, 2, 3), EPOCHS.index("after"))
    longer = replace(trials, epoch_index=torch.cat([trials.epoch_index, after]))
    losses = [loss_of(network, clean_batch(network, each), 0.0) for each in (trials, longer)]
    torch.testing.assert_close(*losses)


@pytest.mark.parametrize("form", ["combined", "readout"])
@pytest.mark.parametrize("shared", [True, False])
def test_the_loss_of_an_ensemble_is_that_of_its_networks(form, shared):
    alone = [untrained(config) for config in with_seeds(changed(TINY, form=form), range(2))]
    batches = [clean_batch(alone[0], some_trials(3, seed)) for seed in (0, 0 if shared else 1)]
    together = batches[0]
    if not shared:
        axes = dict.fromkeys(("patterns", "epoch_index", "targets", "weights"), 1) | {"contexts": 0}
        parts = {name: torch.stack([getattr(b, name) for b in batches], dim) for name, dim in axes.items()}
        together = Batch(**parts)
    losses = loss_of(ensemble(alone), together, 0.1)
    assert losses.shape == (2,)
    for i in range(2):
        torch.testing.assert_close(losses[i], loss_of(alone[i], batches[i], 0.1))


def test_evaluation_weighs_its_batches():
    network = quiet(TINY).network
    scores = evaluate(network, 25, seeded(), batch=10)
    generator, right = seeded(), torch.zeros(2, dtype=torch.float64)
    for n in (10, 10, 5):
        trials = generate(TINY.protocol.tasks, n, COMPACT, generator)
        states = network.run(trials, generator=generator)
        right += n * performance(network.readout(states), trials)
    assert right.min() > 0 and right.max() < 25
    torch.testing.assert_close(scores, right / 25)


def test_evaluation_of_an_ensemble_of_some_tasks_and_without_gradients():
    network = ensemble([untrained(config) for config in with_seeds(TINY, range(3))])
    scores = evaluate(network, 10, seeded(), tasks=("fdanti",))
    assert scores.shape == (3, 1) and not scores.requires_grad
    assert bool(((scores >= 0) & (scores <= 1)).all())
