"""What live figures have drawn, beside what the engine in Python says of the same state."""

import math
from typing import NamedTuple

import pytest
import torch

from modpack.live.bench import Bench
from modpack.live.gating import EvidenceGates
from modpack.live.mixer import Mixer
from modpack.live.packing_map import PackingMap
from modpack.live.phase_plane import PhasePlane
from modpack.live.prediction import Prediction
from modpack.live.robustness import Robustness
from modpack.live.state_space import StateSpace
from modpack.live.stream import Stream
from modpack.live.task_browser import TaskBrowser
from modpack.live.task_browser.figure import ShownStimulus
from modpack.live.training_bench import TrainingBench
from modpack.tasks import EPOCHS, decode

TOLERANCE = 1e-8


def double(numbers) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def same(expected, shown, atol=TOLERANCE):
    """Compare numbers of Python with the page's."""
    shown = torch.as_tensor(shown, dtype=expected.dtype)
    torch.testing.assert_close(shown, expected, rtol=0, atol=atol)


def mixer_agrees(shown, mixer: Mixer) -> None:
    same(mixer.context, shown["context"], atol=1e-12)
    d_prime = math.inf if shown["dPrime"] is None else shown["dPrime"]  # JSON has no infinity
    assert d_prime == pytest.approx(mixer.d_prime)
    assert shown["onsets"] == mixer.trial.onsets.flatten().tolist()
    for form, said in mixer.answer.items():
        assert shown["answers"][form]["choice"] == said.choice
        assert shown["answers"][form]["angle"] == pytest.approx(said.angle, abs=1e-6)
        assert shown["answers"][form]["length"] == pytest.approx(said.length, abs=TOLERANCE)
        assert shown["answers"][form]["fixation"] == pytest.approx(said.fixation, abs=TOLERANCE)


def choice_curves_agree(curves, mixer: Mixer, every: int = 5) -> None:
    """Compare choices at some of the mixes, of which the page has evenly spaced ones."""
    steps = len(next(iter(curves.values()))) - 1
    few = range(0, steps + 1, every)
    for form, fractions in mixer.curve([k / steps for k in few]).items():
        same(fractions.float(), [curves[form][k] for k in few], atol=1e-6)


def bench_agrees(shown, bench: Bench) -> None:
    for form, performance in bench.performance.items():
        assert shown["orders"][form] == bench.units[form]
        same(bench.activity[form], shown["rates"][form])
        same(performance, shown["performance"][form], atol=1e-12)
    for form, cancelled in bench.cancelled.items():
        same(cancelled, shown["cancelled"][form], atol=1e-12)


def trial_agrees(shown, browser: TaskBrowser) -> None:
    assert EPOCHS[shown["epoch"]] == browser.epoch
    assert shown["step"] == browser.step
    assert shown["onsets"] == browser.trial.onsets.flatten().tolist()
    assert shown["input"] == pytest.approx(browser.input.tolist(), abs=1e-12)
    assert shown["target"] == pytest.approx(browser.target.tolist(), abs=1e-12)
    assert ["respond", "withhold"][shown["answer"]["kind"]] == browser.answer.kind
    if browser.answer.kind == "respond":
        assert shown["answer"]["angle"] == pytest.approx(browser.answer.angle, abs=1e-12)
    assert shown["screen"]["cue"] == browser.screen.cue
    stimuli = [ShownStimulus(**each) for each in shown["screen"]["stimuli"]]
    assert [(each.stimulus, each.ring) for each in stimuli] == [x[:2] for x in browser.screen.stimuli]
    for here, there in zip(stimuli, browser.screen.stimuli, strict=True):
        assert here[2:] == pytest.approx(there[2:], abs=1e-12)


def network_agrees(shown, browser: TaskBrowser) -> None:
    """Compare what is shown only in a page: the network, if the reader asked for it, and the speed."""
    assert shown["speed"] == browser.speed
    if browser.show_network:
        same(browser.network_outputs, shown["outputs"])
    else:
        assert shown["outputs"] is None


def prediction_agrees(shown, prediction: Prediction) -> None:
    assert (shown["guess"], shown["committed"]) == (prediction.guess, prediction.committed)
    assert shown["curves"] == (prediction.curves if prediction.committed else {})
    if prediction.committed:
        assert shown["scores"] == pytest.approx(prediction.scores, abs=1e-6)
    else:
        assert shown["scores"] is None


def plane_agrees(shown, plane: PhasePlane) -> None:
    found = plane.fixed_points
    same(found.states, [point["state"] for point in shown["points"]])
    assert [point["isStable"] for point in shown["points"]] == (found.n_unstable == 0).tolist()
    same(plane.trajectory, shown["path"])
    same(plane.context, shown["context"], atol=1e-12)


def space_agrees(networks, points, ends) -> None:
    """Compare every form on show with its fixed points and its end in Python."""
    for form, page in networks.items():
        assert all(point["isExact"] for point in page["points"])
        assert [point["nUnstable"] for point in page["points"]] == points[form].n_unstable_map.tolist()
        same(points[form].states, [point["state"] for point in page["points"]])
        for name in ("choice", "point"):
            assert page["end"][name] == getattr(ends[form], name)
        for name in ("angle", "length", "fixation", "speed"):
            assert page["end"][name] == pytest.approx(getattr(ends[form], name), abs=1e-6)


def gates_agree(networks, gates: EvidenceGates) -> None:
    """Compare every form's answer, its sensitivity, and through which vectors that has changed."""
    found, gating, answers = gates.vectors, gates.gating, gates.answer
    for form, page in networks.items():
        assert page["answer"] == pytest.approx(answers[form], abs=TOLERANCE)
        assert page["sensitivity"] == pytest.approx(found[form].sensitivity[:, 1, 0].tolist(), rel=TOLERANCE)
        for part, shown in (("by_input", "byInput"), ("by_selection", "bySelection")):
            ring1, ring2 = getattr(gating[form], part)[:, 0].tolist()
            assert page[shown] == pytest.approx((ring1 - ring2) / 2, abs=TOLERANCE)


def packing_agrees(shown, packed: PackingMap) -> None:
    """Compare the map, what the mapping of the trial asks for, and what the networks answer."""
    values = {(x["n_tasks"], x["n_neurons"]): x["mean"] for x in shown["map"] if x["mean"] is not None}
    assert values == pytest.approx(packed.map.stack().dropna().to_dict(), abs=1e-6)
    assert shown["asked"][0] == pytest.approx(packed.trial.answer.angle.item(), abs=TOLERANCE)
    answers = {form: page for form, page in shown["answers"].items() if page is not None}
    assert set(answers) == set(packed.answers)
    for form, said in packed.answers.items():
        assert answers[form]["isRight"] == said.is_right
        for name in ("angle", "length", "fixation"):
            assert answers[form][name] == pytest.approx(getattr(said, name), abs=1e-6)


def stream_agrees(shown, figure: Stream) -> None:
    """Compare everybody's answers in trials whose tasks are known, and what is known of the next trial."""
    answers = figure.answers(shown["counted"])
    assert shown["tasks"] == answers["task"].tolist()
    for name, page in ({"ideal": "ideal observer"} | {form: form for form in figure.shown}).items():
        assert shown["answers"][page] == answers[name].tolist(), name
    told = figure.world(shown["n"] + 1).told
    for name, values in (("fast", told.fast), ("slow", told.slow), ("belief", figure.stream.ideal(told))):
        same(values[-1, 0], shown[name])
    assert (shown["speed"], shown["hidden"]) == (figure.speed, figure.hidden)


def runs_agree(runs, bench: TrainingBench) -> None:
    """Compare how networks are trained that have not begun."""
    assert [run["form"] for run in runs] == list(bench.configs)
    for run, config in zip(runs, bench.configs.values(), strict=True):
        assert run["tasks"] == list(config.protocol.tasks)
        assert run["nNeurons"] == config.model.n_neurons and run["seed"] == config.model.seed
        assert run["contextNoise"] == pytest.approx(getattr(config.protocol.contexts, "sigma", 0))
        assert run["step"] == 0


def diagram_agrees(networks, space: StateSpace) -> None:
    """Compare the coordinate of the fixed points that the diagram shows."""
    for form, page in networks.items():
        states = space.fixed_points[form].states
        if space.coordinate in ("direction", "length"):
            outputs = space.dynamics[form].readout(states[None])[0]
            said = decode(outputs, space.networks.preset)
            shown = said.angle.rad2deg() if space.coordinate == "direction" else said.length
            same(shown, page["diagram"], atol=1e-6)
        else:
            column = ("first", "second", "third").index(space.coordinate)
            same(space.bases[form].project(states)[:, column], page["diagram"], atol=1e-6)


def robustness_agrees(shown, figure: Robustness) -> None:
    """Compare what the network is told, what it and the decoder answer, and what the table says."""
    same(figure.cue, shown["cue"], atol=1e-12)
    same(figure.context, shown["told"], atol=1e-12)
    said = figure.answer
    assert (shown["choice"], shown["isRight"]) == (said.choice, said.right)
    for name in ("angle", "length", "fixation"):
        assert shown[name] == pytest.approx(getattr(said, name), abs=1e-6)
    decoder = shown["decoder"] and (shown["decoder"]["angle"], shown["decoder"]["isRight"])
    assert (decoder is None) == (said.decoder is None)
    if decoder is not None:
        assert decoder == (pytest.approx(said.decoder, abs=1e-6), said.decoder_is_right)


class Turned(NamedTuple):
    """A flipbook in a state, which chooses one of its frames."""

    state: dict[str, float]
    frame: int
    alt: str


def agrees(shown, figure) -> None:
    """Compare what a figure of any class has drawn with the same figure in Python."""
    match figure:
        case Mixer():
            mixer_agrees(shown, figure)
        case Bench():
            bench_agrees(shown, figure)
            assert shown["silenced"] == figure.silenced
        case TaskBrowser():
            trial_agrees(shown, figure)
            network_agrees(shown, figure)
        case Prediction():
            prediction_agrees(shown, figure)
        case PhasePlane():
            plane_agrees(shown, figure)
        case Turned():
            assert shown == {"frame": figure.frame, "alt": figure.alt}
        case TrainingBench():
            runs_agree(shown["runs"], figure)
        case EvidenceGates():
            assert shown["onsets"] == figure.trial.onsets.flatten().tolist()
            gates_agree(shown["networks"], figure)
        case Robustness():
            robustness_agrees(shown, figure)
        case Stream():
            stream_agrees(shown, figure)
        case PackingMap():
            packing_agrees(shown, figure)
        case StateSpace():
            space_agrees(shown["networks"], figure.fixed_points, figure.end)
            if any(page["diagram"] for page in shown["networks"].values()):
                diagram_agrees(shown["networks"], figure)
