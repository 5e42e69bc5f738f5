"""Networks that learn in the page: what can be chosen, the runs in Python, and training in a built page."""

import pytest
from book_figures import in_page
from figure_links import links_hold
from live_page import NEXT_FRAME

from modpack.live.base.figure import bundle
from modpack.live.training_bench import SETS, TrainingBench
from modpack.live.training_bench.figure import CONTEXTS, FORMS, TRIALS, classic
from modpack.training import Clean, Noisy

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


def test_the_page_knows_every_form_and_all_tasks():
    about = TrainingBench().description
    for name in FORMS:
        for key, each in SETS.items():
            run = about["runs"][name][key]
            assert run["names"] == list(each.tasks) and len(run["contexts"]) == run["d"] == len(each.tasks)
            assert set(run["names"]) <= set(about["tasks"])


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"tasks": "pairs"}, "did you mean 'pair'"),
        ({"first": "gate"}, "first='gate'"),
        ({"second": "synapse"}, "did you mean 'synaptic'"),
        ({"first": "gain", "second": "gain"}, "another form than the first"),
    ],
)
def test_what_is_not_known_is_refused(state, message):
    with pytest.raises(ValueError, match=message):
        TrainingBench(**state)


def test_a_bundle_becomes_a_script_that_is_no_module():
    script = classic(bundle("training_bench/worker.js"))
    assert "\nexport " not in script and "class Trainer" in script and "onmessage" in script


def test_links_hold_what_is_trained():
    bench = TrainingBench()
    allowed = {
        "tasks:eight,n_neurons:32": {"tasks": "eight", "n_neurons": 32},
        "first:bias,second:none,seed:9": {"first": "bias", "second": "none", "seed": 9},
        "context_noise:0.5": {"context_noise": 0.5},
    }
    refused = "tasks:all first:gate second:excitability seed:10 n_neurons:49 context_noise:-0.1"
    links_hold(bench, allowed, refused, description=bench.description)


# ----------------------------------------------------------------------------------- in the page


@pytest.mark.browser
def test_a_page_trains_both_networks_to_the_end(browser):
    with in_page(browser, "training", "#training=tasks:pair,n_neurons:8") as figure:
        figure.see()
        assert [run["step"] for run in figure.drawn()["runs"]] == [0, 0]
        figure.button("Train").click()
        done = "root => root.drawn.runs.every((run) => run.step === 300)"
        figure.page.wait_for_function(done, arg=figure.root, timeout=120_000)
        runs = figure.drawn()["runs"]
        assert [run["form"] for run in runs] == ["excitability", "synaptic"]
        assert all(min(run["performance"]) > 0.8 and run["losses"][-1] < run["losses"][0] / 5 for run in runs)
        first = runs
        figure.button("Train").click()  # again, from the beginning
        figure.page.wait_for_function(done, arg=figure.root, timeout=120_000)
        assert figure.drawn()["runs"] == first


@pytest.mark.browser
def test_a_run_waits_between_steps_and_out_of_sight(browser):
    with in_page(browser, "training", "#training=tasks:eight,second:none") as figure:
        figure.see()
        figure.button("One step").click()
        figure.page.wait_for_function("root => root.drawn.runs[0].step === 1", arg=figure.root)
        figure.button("Train").click()
        figure.page.wait_for_function("root => root.drawn.runs[0].step > 20", arg=figure.root, timeout=60_000)
        figure.page.evaluate("window.scrollTo(0, 0)")
        figure.page.wait_for_function(
            "root => [...root.querySelectorAll('button')].some((each) => each.textContent === 'Train')",
            arg=figure.root,
        )
        figure.page.evaluate(NEXT_FRAME)
        figure.see()
        figure.reset()
        assert figure.drawn()["runs"][0]["step"] == 0
