"""Training: learning, resuming bit for bit, ensembles, evaluation and early stop."""

import json
import math
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_networks import ALL_FORMS, seeded

from modpack import _files, training
from modpack._scan import mean_square
from modpack.evaluation import evaluate
from modpack.network import ModulatedNetwork
from modpack.tasks import COMPACT, generate, performance
from modpack.training import Trained, Trainer, TrainingConfig, loss_of, train, untrained

TINY = TrainingConfig(
    form="combined",
    tasks=("fdgo", "fdanti"),
    n_neurons=16,
    steps=100,
    trials_per_task=4,
    evaluate_every=50,
    evaluation_trials=20,
)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Ten steps between checkpoints, and a pool that is drawn in no time."""
    monkeypatch.setattr(training, "CHUNK", 10)
    monkeypatch.setattr(training, "POOL", 2**18)


def short(**changes) -> TrainingConfig:
    """Three chunks with an evaluation after each."""
    return replace(TINY, **{"steps": 30, "evaluate_every": 10} | changes)


def quiet(config: TrainingConfig, checkpoint: Path | None = None, **options) -> Trained:
    return train(config, checkpoint, progress=False, **options)


def some_trials(n_trials: int = 50, seed: int = 12345):
    return generate(TINY.tasks, n_trials, COMPACT, seeded(seed))


def loss(network: ModulatedNetwork) -> float:
    return loss_of(network, some_trials(), None, 0.0).item()


def assert_identical(one: Trained, other: Trained) -> None:
    """Bit for bit."""
    assert one.network.tensors.keys() == other.network.tensors.keys()
    for name, x in one.network.tensors.items():
        assert torch.equal(x, other.network.tensors[name]), name
    assert one.history == other.history


def raises_after(monkeypatch, n_chunks: int) -> None:
    """Kill the next training run after some chunks, each of which has been saved."""
    advance, done = Trainer.advance, []

    def killed(self: Trainer) -> float:
        if len(done) == n_chunks:
            raise KeyboardInterrupt
        done.append(1)
        return advance(self)

    monkeypatch.setattr(Trainer, "advance", killed)


# --- learning


@pytest.mark.parametrize("name", ALL_FORMS)
def test_training_lowers_the_loss_of_every_form(name):
    config = replace(TINY, form=name)
    before, after = loss(untrained(config, config.seed)), loss(quiet(config).network)
    assert after < 0.7 * before


def test_two_opposite_tasks_are_learnt_with_a_context_and_not_without():
    """Go and Anti show the same stimuli: only the context tells the answers apart."""
    config = replace(TINY, n_neurons=32, steps=500, trials_per_task=16, evaluate_every=500)
    scores = {
        name: evaluate(quiet(replace(config, form=name)).network, 200, seeded(7)) for name in ("bias", "none")
    }
    assert scores["bias"].min() > 0.9
    assert scores["none"].mean() < 0.7


def test_what_training_returns():
    trained = quiet(short())
    assert trained.config == short() and trained.seconds > 0
    assert [row["step"] for row in trained.history] == [10, 20, 30]
    last = trained.history[-1]
    scores = [last[task] for task in TINY.tasks]
    assert last["worst"] == min(scores) and last["mean"] == pytest.approx(sum(scores) / 2)
    assert last["seed"] == TINY.seed and math.isfinite(last["loss"])
    assert not any(x.requires_grad for x in trained.network.tensors.values())


@pytest.mark.parametrize(("name", "fixed"), [("gate", "mask"), ("combined-matched", "P")])
def test_fixed_tensors_stay(name, fixed):
    config = short(form=name)
    before, after = untrained(config, 0).tensors, quiet(config).network.tensors
    assert torch.equal(before[fixed], after[fixed])
    assert all(not torch.equal(before[key], after[key]) for key in before if key != fixed)


@pytest.mark.parametrize("options", [{"activation": "tanh"}, {"code": "orthogonal"}, {"preset": "yang"}])
def test_every_option_trains(options):
    config = short(**options, steps=10, trials_per_task=2, evaluation_trials=2)
    trained = quiet(config)
    assert math.isfinite(trained.history[-1]["loss"])
    assert trained.network.preset.name == config.preset and trained.network.code.name == config.code


def test_the_last_chunk_may_be_short():
    trained = quiet(short(steps=25))
    assert [row["step"] for row in trained.history] == [10, 20, 25]


# --- the same again


def test_the_seed_decides_everything():
    one, other = quiet(short()), quiet(short(seed=1))
    assert_identical(one, quiet(short()))
    assert not torch.equal(one.network.tensors["W"], other.network.tensors["W"])


def test_evaluation_and_global_random_numbers_change_nothing():
    rarely = short(evaluate_every=100, evaluation_trials=3)
    torch.manual_seed(99)
    one = quiet(short()).network.tensors
    torch.manual_seed(1)
    before = torch.get_rng_state()
    other = quiet(rarely).network.tensors
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert torch.equal(torch.get_rng_state(), before)


def test_streams_of_random_numbers_differ():
    draws = [torch.rand(5, generator=generator) for generator in training.streams(0)]
    draws += [torch.rand(5, generator=seeded(0))]
    pairs = [(a, b) for i, a in enumerate(draws) for b in draws[:i]]
    assert not any(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("name", ["combined", "components", "gate", "none"])
@pytest.mark.parametrize("n_chunks", [1, 2])
def test_a_killed_run_resumes_to_the_identical_result(name, n_chunks, tmp_path, monkeypatch):
    config, path = short(form=name, steps=33), tmp_path / "run.safetensors"
    with monkeypatch.context() as patch:
        raises_after(patch, n_chunks)
        with pytest.raises(KeyboardInterrupt):
            quiet(config, path)
    record = json.loads(_files.read_tensors(path)[1]["record"])
    assert record["step"] == 10 * n_chunks
    resumed = quiet(config, path)
    assert_identical(resumed, quiet(config))
    assert resumed.seconds > record["seconds"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_ensemble_resumes_to_the_identical_result(tmp_path, monkeypatch):
    config, path = short(networks=2), tmp_path / "run.safetensors"
    with monkeypatch.context() as patch:
        raises_after(patch, 1)
        with pytest.raises(KeyboardInterrupt):
            quiet(config, path)
    assert_identical(quiet(config, path), quiet(config))


def test_a_run_killed_before_its_first_checkpoint_starts_again(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    with monkeypatch.context() as patch:
        raises_after(patch, 0)
        with pytest.raises(KeyboardInterrupt):
            quiet(short(), path)
    assert not path.exists()
    assert_identical(quiet(short(), path), quiet(short()))


def test_a_run_killed_while_it_saves_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    path, trainer = tmp_path / "run.safetensors", Trainer(short())
    trainer.advance()
    trainer.save(path)
    content = path.read_bytes()
    trainer.advance()

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", killed)
        with pytest.raises(KeyboardInterrupt):
            trainer.save(path)
    assert path.read_bytes() == content and list(tmp_path.iterdir()) == [path]
    assert_identical(quiet(short(), path), quiet(short()))


def test_a_finished_run_is_not_trained_again(tmp_path):
    path = tmp_path / "run.safetensors"
    first = quiet(short(), path)
    again = quiet(short(), path)
    assert_identical(first, again)
    assert again.seconds == first.seconds


@pytest.mark.parametrize(("field", "value"), [("seed", 1), ("form", "gain"), ("steps", 40), ("clip", 2.0)])
def test_the_checkpoint_of_another_configuration_is_refused_and_kept(field, value, tmp_path):
    path, trainer = tmp_path / "run.safetensors", Trainer(short())
    trainer.advance()
    trainer.save(path)
    content = path.read_bytes()
    with pytest.raises(ValueError, match=rf"checkpoint=.*run\.safetensors.*differs in \['{field}'\]"):
        quiet(short(**{field: value}), path)
    assert path.read_bytes() == content


def test_a_loss_that_is_not_finite_is_an_error_and_the_checkpoint_stays(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    with monkeypatch.context() as patch:
        raises_after(patch, 1)
        with pytest.raises(KeyboardInterrupt):
            quiet(short(), path)
    content = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(training, "loss_of", lambda *a: loss_of(*a) * math.nan)
        with pytest.raises(FloatingPointError, match="step 20"):
            quiet(short(), path)
    assert path.read_bytes() == content


def test_a_written_file_may_be_read_by_whoever_may_read_new_files(tmp_path):
    (tmp_path / "new").write_bytes(b"")
    _files.write_bytes(tmp_path / "folder" / "written", b"content")
    assert (tmp_path / "folder" / "written").read_bytes() == b"content"
    assert (tmp_path / "folder" / "written").stat().st_mode == (tmp_path / "new").stat().st_mode


# --- early stop


def scripted(monkeypatch, scores: list[float]) -> list[float]:
    """Let evaluations return these worst performances, one after the other."""
    left = list(scores)
    monkeypatch.setattr(training, "evaluate", lambda *_: torch.tensor([1.0, left.pop(0)]))
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

    def record(network, n_trials, generator):
        states.append(generator.get_state())
        return torch.ones(2)

    monkeypatch.setattr(training, "evaluate", record)
    quiet(short(stop_at=0.9))
    assert len(states) == 2 and not torch.equal(*states)


def test_an_early_stop_survives_a_restart(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    scripted(monkeypatch, [1.0, 1.0])
    config = short(steps=40, stop_at=0.9)
    first, again = quiet(config, path), quiet(config, path)
    assert_identical(first, again)
    assert again.history[-1]["step"] == 10


# --- ensembles


@pytest.mark.parametrize("name", ["combined", "components", "gain"])
def test_every_network_of_an_ensemble_is_trained_as_if_alone(name):
    """The same steps on the same trials and noise, each network with its own gradient norm clipped."""
    config = replace(TINY, form=name, networks=2, clip=0.05)
    together = Trainer(config)
    alone = [Trainer(replace(config, networks=1, seed=seed)) for seed in (0, 1)]
    trials = [some_trials(4, seed) for seed in range(3)]
    for batch in trials:
        noise = together._noise(batch, together.network())
        together._noise = lambda *_, all_of_it=noise: all_of_it
        losses = together._descend(batch)
        del together._noise
        for i, trainer in enumerate(alone):
            trainer.step = together.step
            own = noise[:, i].contiguous()
            trainer._noise = lambda *_, own=own: own
            torch.testing.assert_close(trainer._descend(batch), losses[i])
        together.step += 1
    for i, trainer in enumerate(alone):
        for key, x in trainer.leaves[0].items():
            torch.testing.assert_close(together.leaves[i][key], x, atol=1e-5, rtol=1e-3)
            norms = [torch.cat([x.grad.flatten() for x in leaf.values()]).norm() for leaf in together.leaves]
            assert all(norm <= 0.05 * (1 + 1e-4) for norm in norms)


def test_an_ensemble_starts_from_the_networks_of_its_seeds():
    ensemble = Trainer(replace(TINY, networks=3, seed=5)).network()
    for i in range(3):
        single = untrained(replace(TINY, seed=5 + i), 5 + i)
        for name, x in single.tensors.items():
            assert torch.equal(ensemble.member(i).tensors[name], x)


def test_an_ensemble_has_a_history_per_network():
    trained = quiet(short(steps=20, networks=2, seed=3))
    assert [(row["step"], row["seed"]) for row in trained.history] == [(10, 3), (10, 4), (20, 3), (20, 4)]
    assert trained.network.is_ensemble
    assert trained.history[0]["loss"] != trained.history[1]["loss"]


def test_an_ensemble_shares_one_context_code():
    network = quiet(short(networks=2, code="orthogonal")).network
    code = network.code.vectors
    torch.testing.assert_close(code @ code.T, torch.eye(2))
    assert torch.equal(network.member(1).code.vectors, code)


def test_noise_of_any_size_has_the_documented_amplitude(monkeypatch):
    """Ensembles and long trials may need more numbers than the pool holds."""
    for pool in (2**20, 2**10):
        monkeypatch.setattr(training, "POOL", pool)
        trainer, trials = Trainer(replace(TINY, networks=2)), some_trials(20)
        noise = trainer._noise(trials, trainer.network())
        assert noise.shape == (trials.n_steps, 2, 2, 20, 16)
        assert noise.std().item() == pytest.approx(COMPACT.sigma_rec * (2 / COMPACT.alpha) ** 0.5, rel=0.02)
        assert not torch.equal(noise, trainer._noise(trials, trainer.network()))


# --- loss and evaluation


def test_the_loss_is_the_weighted_squared_error_and_the_penalty():
    network, trials = untrained(TINY, 0), some_trials(3)
    states = network.run(trials)
    error = trials.dense_weights() * (network.readout(states) - trials.dense_targets()) ** 2
    torch.testing.assert_close(loss_of(network, trials, None, 0.0), error.mean())
    expected = error.mean() + 0.1 * (states**2).mean()
    torch.testing.assert_close(loss_of(network, trials, None, 0.1), expected)


@pytest.mark.parametrize("networks", [(), (2,)])
def test_the_penalty_is_the_mean_square_with_its_gradient(networks):
    states = torch.randn(3, *networks, 2, 2, 4, generator=seeded(), dtype=torch.float64).requires_grad_()
    axes = (0, -3, -2, -1)
    torch.testing.assert_close(mean_square(states), (states**2).mean(dim=axes))
    assert torch.autograd.gradcheck(mean_square, states)


def test_the_loss_of_an_ensemble_is_that_of_its_networks():
    network, trials = Trainer(replace(TINY, networks=2)).network(), some_trials(3)
    losses = loss_of(network, trials, None, 0.1)
    assert losses.shape == (2,)
    for i in range(2):
        torch.testing.assert_close(losses[i], loss_of(network.member(i), trials, None, 0.1))


def test_evaluation_weighs_its_batches():
    network = quiet(TINY).network
    scores = evaluate(network, 25, seeded(), batch=10)
    generator, right = seeded(), torch.zeros(2, dtype=torch.float64)
    for n in (10, 10, 5):
        trials = generate(TINY.tasks, n, COMPACT, generator)
        states = network.run(trials, generator=generator)
        right += n * performance(network.readout(states), trials)
    assert right.min() > 0 and right.max() < 25
    torch.testing.assert_close(scores, right / 25)


def test_evaluation_of_an_ensemble_and_without_gradients():
    network = Trainer(replace(TINY, networks=3)).network()
    scores = evaluate(network, 10, seeded())
    assert scores.shape == (3, 2) and not scores.requires_grad
    assert bool(((scores >= 0) & (scores <= 1)).all())


# --- configuration and progress


@given(st.integers(1, 5000), st.floats(0, 1))
def test_learning_rates_rise_and_fall(steps, warmup):
    config = replace(TINY, steps=steps, warmup=warmup)
    rates = [config.rate(step) for step in range(steps)]
    assert all(0 < rate <= 1 for rate in rates)
    assert rates[-1] == pytest.approx(0.01)
    peak = rates.index(max(rates))
    assert rates[:peak] == sorted(rates[:peak]) and rates[peak:] == sorted(rates[peak:], reverse=True)
    assert peak <= math.ceil(warmup * steps)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("form", "gian", "form='gian' is not known; did you mean 'gain'"),
        ("form", "scaling+gain", "a form of the excitability pathway"),
        ("activation", "rely", "did you mean 'relu'"),
        ("preset", "compat", "preset='compat' is not known; did you mean 'compact'"),
        ("code", "onehot", "did you mean 'one_hot'"),
        ("tasks", ("fdgo", "fdgone"), "tasks='fdgone' is not known; did you mean 'fdgo'"),
        ("tasks", (), "tasks="),
        ("tasks", ("fdgo", "fdgo"), "tasks="),
        ("n_neurons", 0, "n_neurons=0"),
        ("networks", 0, "networks=0"),
        ("steps", 0, "steps=0"),
        ("trials_per_task", 0, "trials_per_task=0"),
        ("evaluation_trials", 0, "evaluation_trials=0"),
        ("evaluate_every", 15, "evaluate_every=15 .* multiple of 10"),
        ("muon_rate", 0.0, "muon_rate=0.0"),
        ("adam_rate", -1.0, "adam_rate=-1.0"),
        ("adam_rate", math.nan, "adam_rate=nan"),
        ("clip", -1.0, "clip=-1.0"),
        ("warmup", 1.5, "warmup=1.5"),
        ("activity_penalty", -1.0, "activity_penalty=-1.0"),
        ("stop_at", 1.5, "stop_at=1.5"),
    ],
)
def test_impossible_configurations_are_named(field, value, message):
    with pytest.raises(ValueError, match=message):
        replace(TINY, **{field: value})


def test_a_configuration_survives_json():
    values = json.loads(json.dumps(asdict(TINY)))
    assert TrainingConfig(**values | {"tasks": tuple(values["tasks"])}) == TINY


def test_progress_shows_the_loss_and_the_worst_task_only_when_asked(capsys, monkeypatch):
    quiet(short())
    assert capsys.readouterr() == ("", "")
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    shown = []
    bar = training.tqdm

    class Watched(bar):
        def set_postfix(self, values, **options):
            shown.append(values)

    monkeypatch.setattr(training, "tqdm", Watched)
    train(short(), progress=True)
    assert len(shown) == 3 and all({"loss", "worst"} <= set(values) for values in shown)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_training_on_cuda():
    config = replace(TINY, form="bias")
    trained = quiet(config, device="cuda")
    assert trained.network.tensors["W"].is_cuda
    assert loss(trained.network.to("cpu")) < 0.7 * loss(untrained(config, 0))
