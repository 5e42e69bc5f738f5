"""Networks that learn in the page: what can be chosen, the runs in Python, and training in a built page."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from book_figures import in_page
from figure_agreement import mixer_agrees
from figure_links import links_hold
from live_page import NEXT_FRAME
from node_replay import replay

from modpack import stored
from modpack.experiments import packing
from modpack.live.engine.network import LiveNetworks
from modpack.live.engine.training import describe_training
from modpack.live.mixer import Mixer
from modpack.live.state_space import StateSpace
from modpack.live.state_space.exploring import explored
from modpack.live.training_bench import SETS, Course, TaskSet, TrainingBench
from modpack.live.training_bench.figure import CONTEXTS, FORMS, LEARN, TRIALS
from modpack.live.training_bench.mappings import MAPPINGS
from modpack.measures.choices import opponents
from modpack.tasks import COMPACT, generate
from modpack.training import Clean, Noisy, Recipe
from modpack.training.records import from_record

# ------------------------------------------------------------------------------------- in Python


def test_configurations_are_those_that_are_chosen():
    bench = TrainingBench(
        tasks="decisions", first="gain", second="row", n_neurons=24, context_noise=0.3, seed=2
    )
    assert list(bench.configs) == ["gain", "row"]
    for name, config in bench.configs.items():
        model, protocol = config.model, config.protocol
        assert (model.form, model.n_neurons, model.seed) == (name, 24, 2)
        assert protocol.tasks == SETS["decisions"].tasks and protocol.trials_per_task == TRIALS
        assert protocol.contexts == Noisy(0.3, contexts_per_task=CONTEXTS)
        assert config.recipe.steps == SETS["decisions"].steps
    alone = TrainingBench(second="none")
    assert list(alone.configs) == ["excitability"]
    assert alone.configs["excitability"].protocol.contexts == Clean()
    three = TrainingBench(second="none", third="synaptic", first="row")
    assert list(three.configs) == ["row", "synaptic"]
    assert list(TrainingBench(third="bias").configs) == ["excitability", "synaptic", "bias"]


def test_the_page_knows_every_form_and_all_tasks():
    about = TrainingBench().description
    for key, each in SETS.items():
        assert about["sets"][key]["tasks"] == each.tasks and set(each.tasks) <= set(about["tasks"])
        for name in FORMS:
            run = about["runs"][name][key]
            assert len(run["contexts"]) == run["d"] == len(each.tasks)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"tasks": "pairs"}, "did you mean 'pair'"),
        ({"first": "gate"}, "first='gate'"),
        ({"second": "synapse"}, "did you mean 'synaptic'"),
        ({"first": "gain", "second": "gain"}, "another form than those before"),
        ({"last": "dm1"}, "last='dm1'"),
        ({"third": "synaptic"}, "another form than those before"),
        ({"learn": "both"}, "learn='both'"),
    ],
)
def test_what_is_not_known_is_refused(state, message):
    with pytest.raises(ValueError, match=message):
        TrainingBench(**state)


def test_a_bundle_becomes_a_script_that_is_no_module():
    script = TrainingBench.WORKER
    assert "\nexport " not in script and "class Trainer" in script and "onmessage" in script


def test_links_hold_what_is_trained():
    bench = TrainingBench()
    allowed = {
        "tasks:eight,n_neurons:32": {"tasks": "eight", "n_neurons": 32},
        "first:bias,second:none,seed:9": {"first": "bias", "second": "none", "seed": 9},
        "context_noise:0.5": {"context_noise": 0.5},
        "tasks:decisions,last:dm2,learn:all": {"tasks": "decisions", "last": "dm2", "learn": "all"},
        "third:gain,learn:first-third": {"third": "gain", "learn": "first-third"},
        "second:none,third:synaptic": {"second": "none", "third": "synaptic"},
    }
    refused = (
        "tasks:all first:gate second:excitability seed:10 n_neurons:49 n_neurons:8.5 context_noise:-0.1 "
        "last:dm1 learn:both third:synaptic second:gain,third:gain learn:third-first"
    )
    links_hold(bench, allowed, refused, description=bench.description)


def test_another_choice_of_tasks_leaves_the_prediction_behind():
    bench = TrainingBench(tasks="memory", last="delaygo")
    bench.tasks = "eight"
    assert bench.last == "delaygo"
    bench.tasks = "pair"
    assert bench.last == "undecided"


def test_forms_can_be_tuned_for_tasks_of_their_own():
    course = Course({"two": TaskSet("two", ("dm1", "dm2"), 50, {"row": (0.3, 2e-3)})}, ("row", "bias"))
    bench = TrainingBench(course, n_neurons=5)
    own, other = (config.recipe for config in bench.configs.values())
    assert (own.synaptic_scale, own.synaptic_rate, own.steps) == (0.3, 2e-3, 50)
    assert other == Recipe(steps=50)
    with pytest.raises(ValueError, match="tasks='pair'"):
        TrainingBench(course, tasks="pair")


def test_mappings_are_learned_as_in_the_experiment():
    bench = TrainingBench(MAPPINGS, tasks="map8", first="bias+release", n_neurons=7)
    (theirs,) = packing.networks(packing.Cell("bias+release", 8, 7, packing.ORDERS[0]))
    ours = bench.configs["bias+release"]
    assert (ours.recipe, ours.protocol) == (theirs.recipe, theirs.protocol)
    assert ours.model == replace(theirs.model, seed=0)


# ---------------------------------------------------------------------------------- what is taken


def test_there_is_no_report_after_the_last_step():
    config = describe_training(TrainingBench().configs["excitability"]) | {"nNeurons": 4}
    config["recipe"] = config["recipe"] | {"steps": 7}
    reports = replay("training.mjs", "reports", config=config, options={"every": 5, "trials": 3, "atEnd": 50})
    assert [report and report["step"] for report in reports] == [5, 7, None]
    thirds, fiftieths = (
        [value * n for value in report["performance"]] for report, n in zip(reports, (3, 50), strict=False)
    )
    assert thirds == pytest.approx(list(map(round, thirds)))
    assert fiftieths == pytest.approx(list(map(round, fiftieths)))


@pytest.mark.parametrize("name", FORMS)
def test_a_file_of_the_page_is_read_by_python(name, tmp_path):
    second = "none" if name != "none" else "bias"
    bench = TrainingBench(tasks="memory", first=name, second=second, n_neurons=7, context_noise=0.3, seed=2)
    state = {each: getattr(bench, each) for each in bench.STATE}
    found = replay("training.mjs", "taken", description=bench.description, state=state, form=name, steps=3)
    (tmp_path / "mine.safetensors").write_bytes(base64.b64decode(found["file"]))
    network, record = stored.read(tmp_path / "mine.safetensors")
    assert from_record(record["config"]) == bench.configs[name]
    assert (record["trained_in"], record["steps"]) == ("a page", 3)
    assert list(record["performance"]) == list(SETS["memory"].tasks)
    assert [each["step"] for each in record["history"]] == [3]
    network = network.to(torch.float64)
    for task, shown in zip(SETS["memory"].tasks, found["simulated"], strict=True):
        patterns = torch.tensor(shown["patterns"], dtype=torch.float64)[:, None, None]
        index = torch.tensor(shown["epochIndex"])[:, None, None]
        dynamics = network.under([task])
        outputs = dynamics.readout(dynamics.simulate(patterns, index))[:, 0, 0]
        expected = torch.tensor(shown["outputs"], dtype=torch.float64)
        torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-8)


def test_a_page_knows_which_tasks_can_be_told_apart():
    bench = TrainingBench(tasks="eight", second="none", n_neurons=4)
    state = {each: getattr(bench, each) for each in bench.STATE}
    form = bench.first
    found = replay("training.mjs", "taken", description=bench.description, state=state, form=form, steps=1)
    trials = generate(SETS["eight"].tasks, 64, COMPACT, torch.Generator().manual_seed(0))
    assert found["opponents"] == {name: list(others) for name, others in opponents(trials).items()}


def test_last_is_what_is_learned_last_or_the_worst_of_what_never_is():
    def reports(*performances):
        return [{"step": 25 * (k + 1), "performance": each} for k, each in enumerate(performances)]

    never = None  # JSON has no infinity
    runs = [
        reports([0.2, 0.95], [0.9, 0.5], [1, 1]),
        reports([0.9, 0.9, 0.1], [0.9, 0.9, 0.2]),
        reports([0.1, 0.5, 0.3], [0.95, 0.3, 0.2]),
        reports([0.95, 0.9]),
    ]
    found = replay("training.mjs", "last", runs=runs)
    assert [each["at"] for each in found] == [[50, 25], [25, 25, never], [50, never, never], [25, 25]]
    assert [each["last"] for each in found] == [[0], [2], [2], [0, 1]]


@pytest.mark.parametrize("third", ["none", "combined"])
def test_two_networks_learn_at_once_and_a_third_does_not_fall_behind(third):
    bench = TrainingBench(
        Course({"short": TaskSet("short", ("fdgo", "fdanti"), 110)}, FORMS), third=third, n_neurons=2
    )
    state = {each: getattr(bench, each) for each in bench.STATE}
    seen = replay("training.mjs", "raced", description=bench.description, state=state)
    assert all(each["learning"] == min(2, sum(step < 110 for step in each["steps"])) for each in seen)
    assert all(max(each["steps"]) - min(each["steps"]) <= 50 for each in seen)
    assert seen[-1]["steps"] == [110] * len(bench.configs)


def test_outcomes_are_those_of_as_many_networks_as_learn():
    good, bad = [0.9, 1.0], [0.95, 0.89]
    cases = ([good], [bad], [good, bad], [good, good], [bad, good, good], [bad, bad, good], [good, bad, bad])
    found = replay("training.mjs", "outcomes", cases=cases)
    expected = ["all", "none", "first", "all", "second-third", "third", "first"]
    assert [each["outcome"] for each in found] == expected
    for each, case in zip(found, cases, strict=True):
        assert each["outcome"] in each["possible"] and set(each["possible"]) <= set(LEARN)
        assert len(each["possible"]) == 1 + 2 ** len(case)
    assert found[2]["words"] == {"all": "both", "none": "neither", "first": "only a", "second": "only b"}
    assert found[4]["words"]["second-third"] == "only b and c"


# ----------------------------------------------------------------------------------- in the page


DONE = "root => root.drawn.runs.every((run) => run.step === 300)"
TAKEN = ".modpack-taken .modpack-live"
COMPLETE = f"() => document.querySelector('{TAKEN}')?.drawn?.isComplete"


@pytest.mark.browser
def test_a_page_trains_both_networks_to_the_end(browser):
    with in_page(browser, "training", "#training=tasks:pair,n_neurons:8") as figure:
        figure.see()
        assert [run["step"] for run in figure.drawn()["runs"]] == [0, 0]
        figure.button("Train without a guess").click()
        figure.page.wait_for_function(DONE, arg=figure.root, timeout=120_000)
        assert figure.button("One step").is_disabled()
        runs = figure.drawn()["runs"]
        assert [run["form"] for run in runs] == ["excitability", "synaptic"]
        assert all(min(run["performance"]) > 0.8 and run["losses"][-1] < run["losses"][0] / 5 for run in runs)
        first = runs
        figure.button("Train again").click()
        figure.page.wait_for_function("root => root.drawn.runs[0].step < 300", arg=figure.root)
        figure.page.wait_for_function(DONE, arg=figure.root, timeout=120_000)
        assert figure.drawn()["runs"] == first


def downloaded(figure, form: str, folder: Path) -> Path:
    """Where the file of a network now is that the figure has trained."""
    with figure.page.expect_download() as begun:
        figure.button(f"Download {form}").click()
    path = folder / begun.value.suggested_filename
    begun.value.save_as(path)
    return path


@pytest.mark.browser
def test_what_was_trained_is_taken_on_and_is_the_same_in_python(browser, tmp_path):
    link = "#training=tasks:pair,n_neurons:8&mixer9=a:fdanti,b:fdgo,mix:0.3"
    with in_page(browser, "training", link) as figure:
        figure.see()
        notice = figure.part.locator(".modpack-notice:visible")
        assert "not there yet" in notice.text_content()
        assert not any(figure.button(f"Download {form}").count() for form in ("excitability", "synaptic"))
        figure.button("Train without a guess").click()
        figure.page.wait_for_function(COMPLETE, timeout=120_000)
        assert notice.count() == 0
        taken = figure.page.locator(TAKEN)
        shown = json.loads(taken.evaluate("root => JSON.stringify(root.drawn)"))
        line = taken.locator(".modpack-python code").text_content()
        for form in ("excitability", "synaptic"):
            assert downloaded(figure, form, tmp_path).name in line
        names = {"Mixer": Mixer, "LiveNetworks": LiveNetworks, "stored": stored}
        mixer = eval(line.removesuffix(".answer"), names | {"Path": tmp_path.joinpath})
        assert (mixer.a, mixer.b, mixer.mix) == ("fdanti", "fdgo", 0.3)
        mixer_agrees(shown, mixer)
        again = taken.locator("a.modpack-link").evaluate("link => link.hash")
        assert set(again[1:].split("&")) == set(link[1:].split("&"))
        figure.button("Silence their neurons").click()
        figure.page.wait_for_function(COMPLETE, timeout=120_000)
        said = taken.locator(".modpack-readout")
        said.get_by_text("2 of 8 neurons silent").wait_for()


def points_agree(shown: dict, space: StateSpace) -> None:
    """Compare fixed points with Python's, in whichever order either found them."""
    for form, points in space.fixed_points.items():
        page = shown["networks"][form]["points"]
        states = torch.tensor([each["state"] for each in page], dtype=torch.float64)
        assert states.shape == points.states.shape
        nearest = torch.cdist(points.states, states).min(1)
        assert nearest.values.max() < 1e-6
        counted = [page[k]["nUnstable"] for k in nearest.indices.tolist()]
        assert counted == points.n_unstable_map.tolist()


@pytest.mark.browser
def test_networks_that_were_trained_rest_where_python_says(browser, tmp_path):
    link = "#training=tasks:pair,n_neurons:6,second:none&space9=mix:0.3"
    with in_page(browser, "training", link) as figure:
        figure.see()
        figure.part.get_by_label("Which learn all tasks?").select_option("none")
        figure.button("Train").click()
        taken = figure.page.locator(TAKEN)
        taken.wait_for(timeout=120_000)
        assert figure.part.get_by_label("Which learn all tasks?").is_disabled()
        taken.scroll_into_view_if_needed()
        figure.page.wait_for_function(COMPLETE, timeout=120_000)
        shown = json.loads(taken.evaluate("root => JSON.stringify(root.drawn)"))
        line = taken.locator(".modpack-python code").text_content()
        assert downloaded(figure, "excitability", tmp_path).name in line
        names = {
            "StateSpace": StateSpace,
            "LiveNetworks": LiveNetworks,
            "explored": explored,
            "stored": stored,
        }
        space = eval(line.removesuffix(".end"), names | {"Path": tmp_path.joinpath})
        assert (space.mix, space.epoch, space.landscape.tasks) == (0.3, "response", ("fdgo", "fdanti"))
        points_agree(shown, space)


@pytest.mark.browser
def test_a_run_waits_between_steps_and_out_of_sight(browser):
    with in_page(browser, "training", "#training=tasks:eight,second:none") as figure:
        figure.see()
        figure.button("One step").click()
        figure.page.wait_for_function("root => root.drawn.runs[0].step === 1", arg=figure.root)
        figure.button("Go on").click()
        figure.page.wait_for_function("root => root.drawn.runs[0].step > 20", arg=figure.root, timeout=60_000)
        figure.page.evaluate("window.scrollTo(0, 0)")
        figure.page.wait_for_function(
            "root => [...root.querySelectorAll('button')].some((each) => each.textContent === 'Go on')",
            arg=figure.root,
        )
        figure.page.evaluate(NEXT_FRAME)
        figure.see()
        figure.reset()
        assert figure.drawn()["runs"][0]["step"] == 0
