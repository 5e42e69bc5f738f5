"""Training in a page is training in the package: from the same trials the same loss, gradients and steps."""

from dataclasses import replace

import pytest
import torch
from node_replay import replay
from small_networks import ALL_FORMS, PAIRS, dense_contexts, normal, seeded, small_network

from modpack.context import one_hot
from modpack.live.engine.data import describe_modulation, describe_preset, is_known
from modpack.modulation import form
from modpack.network import ModulatedNetwork, initial
from modpack.tasks import COMPACT, YANG, Preset, generate
from modpack.training.data import Batch
from modpack.training.loss import loss_of
from modpack.training.optimiser import Optimiser, peak_rates, trained_names
from modpack.training.records import Recipe

TASKS = ("fdgo", "delayanti", "contextdm1")
MAIN = ("none", "bias", "gain", "row", "release", "excitability", "synaptic", "scaling", "combined")
TRAINED = (*MAIN, *PAIRS, "gain+scaling", "release+release+gain")
PENALTY = 1e-3


def described(network: ModulatedNetwork) -> dict:
    tensors = {name: {"shape": x.shape, "data": x.flatten()} for name, x in network.tensors.items()}
    return {
        "modulation": describe_modulation(network.modulation),
        "preset": describe_preset(network.preset),
        "activation": network.activation,
        "noise_enters": network.noise_enters,
        "tensors": tensors,
    }


def generic(form_name: str, n: int = 6, preset: Preset = COMPACT, seed: int = 0) -> ModulatedNetwork:
    """A float64 network on battery trials whose trained tensors are all generic."""
    code = one_hot(TASKS)
    network = initial(form(form_name, code.d), code, preset, n, seeded(seed)).to(torch.float64)
    moved = {
        name: network.tensors[name] + normal(*network.tensors[name].shape, seed=seed + 10 + k, scale=0.2)
        for k, name in enumerate(network.trained)
    }
    return replace(network, tensors=network.tensors | moved)


def drawn(network: ModulatedNetwork, n_trials: int, seed: int = 0) -> Batch:
    """Trials with noise, under contexts in which no coordinate is zero."""
    trials = generate(TASKS, n_trials, network.preset, seeded(seed), dtype=torch.float64)
    noise = normal(*trials.epoch_index.shape, network.n_neurons, seed=seed + 1, scale=0.1)
    return Batch.of(trials, dense_contexts(len(TASKS), len(TASKS), seed), noise)


def as_shown(batch: Batch) -> list[dict]:
    """The batch as the page's trainer takes it: context by context."""
    return [
        {
            "c": batch.contexts[k],
            "rows": batch.epoch_index.shape[2],
            "steps": len(batch.epoch_index),
            "epochIndex": batch.epoch_index[:, k].flatten(),
            "patterns": batch.patterns[:, k].flatten(),
            "targets": batch.targets[:, k].flatten(),
            "weights": batch.weights[:, k].flatten(),
            "noise": batch.noise[:, k].flatten(),
        }
        for k in range(len(batch.contexts))
    ]


def check_close(found: dict, expected: dict, tolerance: float) -> None:
    """Equal up to a fraction of the largest number of each tensor."""
    for name, values in expected.items():
        actual = torch.tensor(found[name], dtype=torch.float64).view_as(values)
        assert (actual - values).abs().max() <= tolerance * values.abs().max().clamp(min=1e-12), name


@pytest.mark.parametrize("form_name", TRAINED)
def test_loss_and_gradients_are_those_of_automatic_differentiation(form_name):
    network = generic(form_name)
    batch = drawn(network, n_trials=3)
    leaves = {name: network.tensors[name].clone().requires_grad_() for name in network.trained}
    loss = loss_of(network.with_values(leaves), batch, PENALTY)
    gradients = dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True))
    found = replay(
        "training.mjs", "gradients", network=described(network), batch=as_shown(batch), penalty=PENALTY
    )
    assert found["loss"] == pytest.approx(loss.item(), rel=1e-10)
    assert all(gradient.abs().max() > 0 for gradient in gradients.values())
    check_close(found["gradients"], gradients, 1e-10)


@pytest.mark.parametrize(("preset", "activation"), [(COMPACT, "tanh"), (YANG, "softplus")])
def test_gradients_in_other_presets_and_with_other_neurons(preset, activation):
    network = replace(generic("combined", preset=preset), activation=activation)
    batch = drawn(network, n_trials=1)
    leaves = {name: network.tensors[name].clone().requires_grad_() for name in network.trained}
    loss = loss_of(network.with_values(leaves), batch, PENALTY)
    gradients = dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True))
    found = replay(
        "training.mjs", "gradients", network=described(network), batch=as_shown(batch), penalty=PENALTY
    )
    check_close(found["gradients"], gradients, 1e-10)


@pytest.mark.parametrize("form_name", ["bias", "excitability", "synaptic", "combined"])
def test_fifty_steps_lead_to_the_same_network(form_name):
    network = generic(form_name, seed=3)
    recipe = Recipe(steps=50, excitability_rate=0.01)
    batches = [drawn(network, n_trials=2, seed=k) for k in range(50)]
    names = trained_names(network, recipe.trained)
    rates = peak_rates(recipe, network.modulation, names)
    leaves = {name: network.tensors[name].clone()[None].requires_grad_() for name in names}
    optimiser = Optimiser(leaves, rates, recipe.clip)
    fractions = [recipe.rate(k) for k in range(50)]
    for batch, fraction in zip(batches, fractions, strict=True):
        own = {name: x.squeeze(0) for name, x in leaves.items()}
        loss = loss_of(network.with_values(own), batch, PENALTY)
        gradients = torch.autograd.grad(loss, list(leaves.values()))
        in_order = [gradient.contiguous() for gradient in gradients]
        optimiser.step(dict(zip(names, in_order, strict=True)), fraction)
    found = replay(
        "training.mjs",
        "descend",
        network=described(network),
        batches=[as_shown(batch) for batch in batches],
        penalty=PENALTY,
        rates=rates,
        clip=recipe.clip,
        fractions=fractions,
    )
    trained = {name: x.detach()[0] for name, x in leaves.items()}
    moved = [float((trained[name] - network.tensors[name]).abs().max()) for name in names]
    assert min(moved) > 1e-3
    check_close(found, trained, 1e-8)


def test_a_page_knows_which_forms_it_can_train():
    forms = [each for each in ALL_FORMS if is_known(small_network(each).modulation)]
    known = replay(
        "training.mjs",
        "known",
        modulations=[describe_modulation(small_network(each).modulation) for each in forms],
    )
    trainable = {each for each, can in zip(forms, known, strict=True) if can}
    assert trainable >= set(MAIN) and not trainable & {
        "gate",
        "full",
        "components",
        "readout",
        "synaptic-all",
    }
