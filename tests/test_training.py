"""Training: learning, the same again, several networks together, early stop, progress."""

import math
from dataclasses import replace

import pytest
import torch
from small_networks import ALL_FORMS, seeded
from small_training import TINY, assert_identical, changed, loss, quiet, quiet_together, short

from modpack import training
from modpack.evaluation import evaluate
from modpack.tasks import COMPACT, PRESETS
from modpack.training import Belief, Clean, Noisy, Orthogonal, Then, train, untrained, with_seeds, write
from modpack.training.trainer import Trainer

pytestmark = pytest.mark.usefixtures("small_chunks")

# --- learning


@pytest.mark.parametrize("name", ALL_FORMS)
def test_training_lowers_the_loss_of_every_form(name):
    config = changed(TINY, form=name)
    before, after = loss(untrained(config)), loss(quiet(config).network)
    assert after < 0.7 * before


def test_two_opposite_tasks_are_learnt_with_a_context_and_not_without():
    """Go and Anti show the same stimuli: only the context tells the answers apart."""
    config = changed(TINY, n_neurons=32, steps=500, trials_per_task=16, every=500)
    scores = {
        name: evaluate(quiet(changed(config, form=name)).network, 200, seeded(7)) for name in ("bias", "none")
    }
    assert scores["bias"].min() > 0.9
    assert scores["none"].mean() < 0.7


def test_what_training_returns():
    trained = quiet(short())
    assert trained.config == short() and trained.seconds > 0
    assert [row["step"] for row in trained.history] == [10, 20, 30]
    last = trained.history[-1]
    scores = [last[task] for task in TINY.protocol.tasks]
    assert last["worst"] == min(scores) and last["mean"] == pytest.approx(sum(scores) / 2)
    assert last["seed"] == TINY.model.seed and math.isfinite(last["loss"])
    assert not any(x.requires_grad for x in trained.network.tensors.values())


@pytest.mark.parametrize(("name", "fixed"), [("gate", "mask"), ("combined-matched", "P")])
def test_fixed_tensors_stay(name, fixed):
    config = short(form=name)
    before, after = untrained(config).tensors, quiet(config).network.tensors
    assert torch.equal(before[fixed], after[fixed])
    assert all(not torch.equal(before[key], after[key]) for key in before if key != fixed)


@pytest.mark.parametrize(
    ("groups", "names"),
    [
        (("modulation",), {"B", "G", "m", "n"}),
        (("readout",), {"W_out", "b_out"}),
        (("recurrence", "bias", "input"), {"W", "b", "W_in"}),
    ],
)
def test_only_what_is_to_be_trained_changes(groups, names):
    config = short(trained=groups)
    before, after = untrained(config).tensors, quiet(config).network.tensors
    assert {key for key in before if not torch.equal(before[key], after[key])} == names


def test_training_nothing_is_refused():
    with pytest.raises(ValueError, match=r"trained=.*groups of which the form has tensors"):
        Trainer([short(form="none", trained=("modulation",))])


@pytest.mark.parametrize("options", [{"activation": "tanh"}, {"code": Orthogonal()}, {"preset": "yang"}])
def test_every_option_trains(options):
    config = short(**options, steps=10, trials_per_task=2, trials=2)
    trained = quiet(config)
    assert math.isfinite(trained.history[-1]["loss"])
    assert trained.network.preset.name == config.model.preset
    assert trained.network.code.name == config.model.code.name


SCHEDULES = [Noisy(0.5), Belief(), Then(Clean(), Noisy(0.5, direction="isotropic"), 20)]


@pytest.mark.parametrize("contexts", SCHEDULES, ids=str)
def test_every_schedule_of_contexts_trains_and_differs_from_clean_training(contexts):
    trained, clean = quiet(short(contexts=contexts)), quiet(short())
    assert math.isfinite(trained.history[-1]["loss"])
    assert not torch.equal(trained.network.tensors["W"], clean.network.tensors["W"])


def test_a_network_without_noise_in_its_preset_trains(monkeypatch):
    monkeypatch.setitem(PRESETS, "compact", replace(COMPACT, sigma_rec=0.0))
    assert loss(quiet(short(steps=100)).network) < 0.7 * loss(untrained(short()))


def test_the_last_chunk_may_be_short():
    trained = quiet(short(steps=25))
    assert [row["step"] for row in trained.history] == [10, 20, 25]


# --- where training starts


def test_the_initial_values_of_each_pathway_are_scaled():
    before = untrained(TINY).tensors
    after = untrained(changed(TINY, excitability_scale=2.0, synaptic_scale=0.5)).tensors
    factors = {"B": 2.0, "G": 2.0, "m": 0.5, "n": 0.5}
    assert all(torch.equal(after[name], factors.get(name, 1.0) * x) for name, x in before.items())


def test_each_pathway_learns_at_its_own_rate():
    """Adam's first step has the size of the rate, whatever the gradient."""
    config = short(steps=1, warmup=0.0, excitability_rate=1e-3, synaptic_rate=2e-4)
    before, after = untrained(config).tensors, quiet(config).network.tensors
    step = {name: (after[name] - x).abs().max().item() for name, x in before.items()}
    fraction = config.recipe.rate(0)
    for name, rate in {"B": 1e-3, "G": 1e-3, "m": 2e-4, "n": 2e-4, "b": config.recipe.adam_rate}.items():
        assert step[name] == pytest.approx(rate * fraction, rel=0.02)


def test_training_goes_on_from_a_kept_network_to_a_task_that_it_has_not_seen(tmp_path, monkeypatch):
    """With one-hot contexts only the contexts of the new task change: nothing is forgotten."""
    monkeypatch.setattr("modpack.evaluation.EVALUATION_TRIALS", 5)
    path, knows = tmp_path / "base.safetensors", ("fdgo", "fdanti", "dm1")
    base = quiet(short(form="bias", knows=knows))
    write(path, base)
    config = short(form="bias", knows=knows, tasks=("dm1",), start=str(path), trained=("modulation",))
    after = quiet(config)
    changes = after.network.tensors["B"] != base.network.tensors["B"]
    assert changes.any(dim=0).tolist() == [False, False, True]
    others = [name for name in base.network.tensors if name != "B"]
    assert all(torch.equal(after.network.tensors[name], base.network.tensors[name]) for name in others)
    with pytest.raises(ValueError, match=r"start=.*does not differ in \['form', 'n_neurons'\]"):
        quiet(changed(config, form="gain", n_neurons=8))


# --- the same again


def test_the_seed_decides_everything():
    one, other = quiet(short()), quiet(short(seed=1))
    assert_identical(one, quiet(short()))
    assert not torch.equal(one.network.tensors["W"], other.network.tensors["W"])


def test_evaluation_and_global_random_numbers_change_nothing():
    rarely = short(every=100, trials=3)
    torch.manual_seed(99)
    one = quiet(short()).network.tensors
    torch.manual_seed(1)
    before = torch.get_rng_state()
    other = quiet(rarely).network.tensors
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert torch.equal(torch.get_rng_state(), before)


# --- several networks together


DIFFERENT = {
    "seeds": [{"seed": seed, "data_seed": 0} for seed in range(3)],
    "data": [{"seed": seed} for seed in range(2)],
    "code draws": [{"seed": seed, "data_seed": 0, "code": Orthogonal()} for seed in range(2)],
    "tasks": [{"seed": 1, "tasks": tasks} for tasks in (("fdgo", "fdanti"), ("dm1", "fdgo"))],
    "contexts": [{"seed": seed, "contexts": Noisy(0.5)} for seed in range(2)],
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_networks_that_are_trained_together_equal_those_trained_alone(what):
    configs = [changed(TINY, **values, every=100, clip=0.05) for values in DIFFERENT[what]]
    for together, config in zip(quiet_together(configs), configs, strict=True):
        alone = quiet(config)
        assert together.config == config
        assert together.network.code.vectors.equal(alone.network.code.vectors)
        for name, x in alone.network.tensors.items():
            torch.testing.assert_close(together.network.tensors[name], x, atol=1e-5, rtol=0.0)
        for row, expected in zip(together.history, alone.history, strict=True):
            assert row["loss"] == pytest.approx(expected["loss"], rel=1e-4)


def test_what_a_network_sees_does_not_depend_on_how_many_are_trained():
    configs = with_seeds(short(contexts=Noisy(0.5)), range(5))
    few, many = Trainer(configs[:2]).data, Trainer(configs).data
    for data in (few, many):
        data.draw()
    for step in range(2):
        one, other = few.batch(step, step), many.batch(step, step)
        assert torch.equal(one.patterns, other.patterns)
        assert torch.equal(one.contexts, other.contexts[:2])
        assert torch.equal(one.noise, other.noise[:, :2])


def test_networks_with_the_same_data_share_trials_noise_and_code():
    configs = with_seeds(short(code=Orthogonal()), (3, 7))
    trainer = Trainer(configs)
    assert len(trainer.data.sources) == 1
    codes = [network.code.vectors for network in trainer.networks()]
    assert torch.equal(*codes) and torch.equal(codes[0], quiet(short(code=Orthogonal())).network.code.vectors)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"n_neurons": 8}, r"configs\[1\].*different in \['n_neurons'\]"),
        ({"tasks": ("dm1",)}, "number of tasks"),
        ({"steps": 40}, "steps"),
    ],
)
def test_networks_of_different_shapes_are_not_trained_together(other, message):
    with pytest.raises(ValueError, match=message):
        Trainer([short(), short(**other)])


def test_networks_of_different_data_need_trials_of_one_length():
    with pytest.raises(ValueError, match="preset='yang'"):
        Trainer([short(preset="yang", seed=seed) for seed in (0, 1)])


# --- early stop


def scripted(monkeypatch, scores: list[float]) -> list[float]:
    """Let evaluations return these worst performances, one after the other."""
    left = list(scores)
    monkeypatch.setattr(training.trainer, "evaluate", lambda *_, **__: torch.tensor([1.0, left.pop(0)]))
    return left


@pytest.mark.parametrize(
    ("scores", "stops_at", "used"),
    [
        ([0.95, 0.96], 10, 2),  # both agree
        ([0.95, 0.85, 0.95, 0.91], 20, 4),  # the second does not
        ([0.85, 0.86, 0.95, 0.95], 30, 4),  # only a first that is good enough is followed by a second
        ([0.85, 0.95, 0.85, 0.85, 0.85], 40, 5),
    ],
)
def test_training_stops_early_only_when_two_evaluations_agree(scores, stops_at, used, monkeypatch):
    left = scripted(monkeypatch, scores)
    trained = quiet(short(steps=40, stop_at=0.9))
    assert trained.history[-1]["step"] == stops_at
    assert len(scores) - len(left) == used


def test_training_does_not_stop_early_unless_asked(monkeypatch):
    scripted(monkeypatch, [1.0] * 4)
    assert quiet(short(steps=40)).history[-1]["step"] == 40


def test_the_two_evaluations_see_different_trials(monkeypatch):
    states = []

    def record(network, n_trials, generator, tasks):
        states.append(generator.get_state())
        return torch.ones(2)

    monkeypatch.setattr(training.trainer, "evaluate", record)
    quiet(short(stop_at=0.9))
    assert len(states) == 2 and not torch.equal(*states)


def test_an_early_stop_survives_a_restart(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    scripted(monkeypatch, [1.0, 1.0])
    config = short(steps=40, stop_at=0.9)
    first, again = quiet(config, path), quiet(config, path)
    assert_identical(first, again)
    assert again.history[-1]["step"] == 10


def test_networks_that_are_trained_together_do_not_stop_early():
    with pytest.raises(ValueError, match=r"stop_at=0\.9 .*several"):
        Trainer(with_seeds(short(stop_at=0.9), range(2)))


# --- progress


def test_progress_shows_the_loss_and_the_worst_task_only_when_asked(capsys, monkeypatch):
    quiet(short())
    assert capsys.readouterr() == ("", "")
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    shown = []
    bar = training.run.tqdm

    class Watched(bar):
        def set_postfix(self, values, **options):
            shown.append(values)

    monkeypatch.setattr(training.run, "tqdm", Watched)
    train(short(), progress=True)
    assert len(shown) == 3 and all({"loss", "worst"} <= set(values) for values in shown)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_training_on_cuda():
    config = changed(TINY, form="bias")
    trained = quiet(config, device="cuda")
    assert trained.network.tensors["W"].is_cuda
    assert loss(trained.network.to("cpu")) < 0.7 * loss(untrained(config))
