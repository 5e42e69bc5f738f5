"""Training in a page is training in the package: from the same trials the same loss, gradients and steps."""

import math
from dataclasses import replace

import pytest
import torch
from node_replay import described, replay
from scipy.stats import ks_2samp
from small_networks import ALL_FORMS, PAIRS, dense_contexts, normal, seeded, small_network
from torch import Tensor

from modpack.context import one_hot
from modpack.live.engine.data import describe_modulation, describe_preset, is_known
from modpack.live.engine.tasks import describe_draws, describe_task
from modpack.live.engine.training import describe_training, is_trainable
from modpack.modulation import form
from modpack.network import ModulatedNetwork, initial
from modpack.tasks import COMPACT, TASKS, YANG, Conditions, Preset, generate, get
from modpack.tasks.generation import assemble
from modpack.training import Clean, Model, Noisy, Protocol, Recipe, TrainingConfig
from modpack.training.data import Batch
from modpack.training.loss import loss_of
from modpack.training.optimiser import Optimiser, peak_rates, trained_names
from modpack.training.starting import untrained

SOME = ("fdgo", "delayanti", "contextdm1")
MAIN = ("none", "bias", "gain", "row", "release", "excitability", "synaptic", "scaling", "combined")
TRAINED = (*MAIN, *PAIRS, "gain+scaling", "release+release+gain")
PENALTY = 1e-3


def generic(form_name: str, n: int = 6, preset: Preset = COMPACT, seed: int = 0) -> ModulatedNetwork:
    """A float64 network on battery trials whose trained tensors are all generic."""
    code = one_hot(SOME)
    network = initial(form(form_name, code.d), code, preset, n, seeded(seed)).to(torch.float64)
    moved = {
        name: network.tensors[name] + normal(*network.tensors[name].shape, seed=seed + 10 + k, scale=0.2)
        for k, name in enumerate(network.trained)
    }
    return replace(network, tensors=network.tensors | moved)


def drawn(network: ModulatedNetwork, n_trials: int, seed: int = 0) -> Batch:
    """Trials with noise, under contexts in which no coordinate is zero."""
    trials = generate(SOME, n_trials, network.preset, seeded(seed), dtype=torch.float64)
    noise = normal(*trials.epoch_index.shape, network.n_neurons, seed=seed + 1, scale=0.1)
    return Batch.of(trials, dense_contexts(len(SOME), len(SOME), seed), noise)


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
    assert trainable >= {each for each in forms if is_trainable(small_network(each).modulation)}
    assert trainable >= set(MAIN) and not trainable & {
        "gate",
        "full",
        "components",
        "readout",
        "synaptic-all",
    }


# ------------------------------------------------------------------------------------- what is shown

MAPPINGS = ("map4-1230", "delaymap4-3210")
DRAWN = (*TASKS, *MAPPINGS)


@pytest.fixture(scope="module")
def trials_of_a_page() -> dict[str, dict]:
    tasks = [describe_task(get(n), COMPACT) | {"draws": describe_draws(get(n), COMPACT)} for n in DRAWN]
    found = replay("training.mjs", "drawn", tasks=tasks, preset=describe_preset(COMPACT), rows=300, seed=1)
    return dict(zip(DRAWN, found, strict=True))


def double(values: list) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def conditions_of(found: dict, sequential: Tensor) -> Conditions:
    angle = double([[math.nan if x is None else x for x in row] for row in found["angle"]])
    strength = double(found["strength"])
    return Conditions(angle[None], strength[None], sequential.expand(1, len(angle)))


@pytest.mark.parametrize("name", DRAWN)
def test_a_trial_drawn_in_a_page_is_what_the_package_makes_of_its_conditions(trials_of_a_page, name):
    found, task = trials_of_a_page[name], get(name)
    sequential = task.stimuli.draw(1, COMPACT, seeded()).sequential
    shown = conditions_of(found, sequential)
    trials = assemble((task,), COMPACT, shown, torch.tensor(found["lengths"]).T[:, None])
    for key in ("patterns", "targets", "weights"):
        expected = getattr(trials, key)[:, 0]
        actual = double(found[key]).view_as(expected)
        torch.testing.assert_close(actual, expected.double(), rtol=0, atol=1e-12)
    assert torch.tensor(found["epochIndex"]).view(50, -1).equal(trials.epoch_index[:, 0])


@pytest.mark.parametrize("name", DRAWN)
def test_trials_of_a_page_are_distributed_as_those_of_the_package(trials_of_a_page, name):
    found = trials_of_a_page[name]
    trials = generate([name], 2000, COMPACT, seeded(2), dtype=torch.float64)
    ours, theirs = trials.conditions, conditions_of(found, torch.tensor([False]))
    pairs = [(ours.angle[0, :, k], theirs.angle[0, :, k]) for k in range(2)]
    pairs += [tuple((x.angle[0, :, 0] - x.angle[0, :, 1]).cos() for x in (ours, theirs))]
    pairs += [(ours.strength[0, :, k, r], theirs.strength[0, :, k, r]) for k in range(2) for r in range(2)]
    lengths = torch.tensor(found["lengths"]).T
    pairs += [(a, b) for a, b in zip(trials.onsets.diff(dim=0)[:, 0], lengths, strict=True)]
    for first, second in pairs:
        drawn = [x.nan_to_num(-1).double().round(decimals=6).numpy() for x in (first, second)]
        assert ks_2samp(*drawn).pvalue > 1e-3 or (drawn[0].std() == drawn[1].std() == 0)


# ----------------------------------------------------------------------------------- a run in a page


def configured(form_name: str, **options) -> TrainingConfig:
    protocol = Protocol(("fdgo", "fdanti"), trials_per_task=8, contexts=options.pop("contexts", Clean()))
    return TrainingConfig(
        Model(form_name, n_neurons=options.pop("n_neurons", 12)), protocol, Recipe(**options)
    )


def test_rates_rise_and_fall_as_in_the_package():
    recipe = Recipe(steps=37, warmup=0.2)
    described = {"steps": recipe.steps, "warmup": recipe.warmup}
    found = replay("training.mjs", "rates", recipe=described)
    assert found == pytest.approx([recipe.rate(step) for step in range(37)], rel=1e-12)


@pytest.mark.parametrize("form_name", [*MAIN, "row+release", "gain+scaling"])
def test_networks_of_a_page_begin_as_those_of_the_package(form_name):
    config = configured(form_name, n_neurons=150, excitability_scale=2.0, synaptic_scale=0.5)
    (found,) = replay("training.mjs", "untrained", configs=[describe_training(config) | {"seed": 4}])
    expected = untrained(config).tensors
    assert set(found) == set(expected)
    for name, x in expected.items():
        drawn = double(found[name]["data"]).view(found[name]["shape"])
        assert drawn.shape == x.shape, name
        assert float(drawn.std()) == pytest.approx(float(x.std()), rel=0.15), name
        assert float(drawn.mean()) == pytest.approx(float(x.mean()), abs=0.1), name
    assert double(found["W"]["data"]).view(150, 150).diagonal().mean() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("form_name", ["bias", "synaptic"])
def test_a_page_learns_two_tasks_with_conflicting_answers(form_name):
    config = describe_training(configured(form_name, steps=300))
    found = replay("training.mjs", "train", config=config, trials=100)
    assert min(found["performance"]) > 0.9
    assert sum(found["losses"][-20:]) < 0.2 * sum(found["losses"][:20])


def test_a_run_in_a_page_comes_again_and_another_seed_gives_another():
    config = describe_training(configured("gain", steps=5, contexts=Noisy(0.5)))
    first, again = (replay("training.mjs", "train", config=config, trials=5) for _ in range(2))
    assert first == again
    other = replay("training.mjs", "train", config=config | {"seed": 1}, trials=5)
    assert other["W"] != first["W"] and len(other["losses"]) == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "gate"}, "form='gate'"),
        ({"preset": "yang"}, "fixed length"),
        ({"contexts": Noisy(0.5, direction="isotropic")}, "in line"),
    ],
)
def test_what_a_page_cannot_train_is_refused(options, message):
    contexts = options.pop("contexts", Clean())
    config = TrainingConfig(Model(**options), Protocol(("fdgo", "fdanti"), contexts=contexts))
    with pytest.raises(ValueError, match=message):
        describe_training(config)
