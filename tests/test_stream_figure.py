"""The figure of a stream: its worlds and its networks in Python and in Node, and a page that shows it."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from figure_agreement import same, stream_agrees
from figure_links import links_hold
from live_page import NEXT_FRAME
from lone_figure import UNFOLD, write_page
from node_replay import replay
from small_networks import normal, seeded
from traitlets import TraitError

from modpack import stored
from modpack.experiments.stream import ARMS, FORMS, LAGS, SEEDS, TUNED, Cell, networks
from modpack.live.base.on_request import packed, write_scripts
from modpack.live.engine.data import describe_preset
from modpack.live.engine.tasks import describe_draws, describe_task
from modpack.live.stream import Stream
from modpack.live.stream.figure import NOTHING, TRIALS, WORLDS
from modpack.live.stream.world import NONE, Draws, World, told_from, world
from modpack.measures.streaming import answered, happened, recovery, trials_since
from modpack.network import ModulatedNetwork
from modpack.tasks import COMPACT, PUBLISHED, Conditions, get, trials_of
from modpack.tasks.generation import assemble
from modpack.training import untrained
from modpack.training.worlds import Blocks

ARM = ARMS["stream"]
TASKS = ARM.tasks
STREAMS = [ARM.stream, Blocks(0.02, 1.0, 0.0, 1.0), Blocks(0.5, 0.3, 1.5, 20.0)]
ASKED = {
    "tasks": [describe_task(get(k), COMPACT) | {"draws": describe_draws(get(k), COMPACT)} for k in TASKS],
    "preset": describe_preset(COMPACT),
    "criterion": {"fixation_threshold": PUBLISHED.fixation_threshold},
}


def strong(form: str) -> ModulatedNetwork:
    """A network of the experiment with strong random weights, which answers now this and now that."""
    network = untrained(networks(Cell("stream", form, 500, 1.0, 10))[0])
    moved = {
        name: network.tensors[name] + normal(*network.tensors[name].shape, seed=k, scale=0.5).float()
        for k, name in enumerate(network.trained)
    }
    moved["W"] = 0.5 * network.tensors["W"]  # which diverges with none of the modulators
    moved["W_out"][0] = 0  # the fixation output says nothing by itself
    return replace(network, tensors=network.tensors | moved)


def drawn_by(stream: Blocks, n_trials: int, n_worlds: int, n: int, seed: int) -> tuple[torch.Tensor, Draws]:
    """The random numbers that a stream of the package draws from a generator of this seed."""
    generator = seeded(seed)
    hidden = stream.start(n_worlds, n, generator).hidden
    shape = (n_trials, n_worlds)
    jump = torch.randint(1, n, shape, generator=generator)
    switches = torch.rand(shape, generator=generator, dtype=torch.float64)
    other = torch.randint(1, n, shape, generator=generator)
    right = torch.rand(shape, generator=generator, dtype=torch.float64)
    z = torch.randn((*shape, n), generator=generator, dtype=torch.float64)
    return hidden, Draws(switches, jump, right, other, z)


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("n", [2, 4])
def test_what_is_told_is_what_the_package_tells_from_the_same_random_numbers(stream, n):
    generator = seeded(3)
    told = stream.run(40, stream.start(6, n, generator), n, generator)[0]
    hidden, draws = drawn_by(stream, 40, 6, n, 3)
    for ours, theirs in zip(told_from(stream, hidden, draws), told, strict=True):
        assert torch.equal(ours, theirs)
    pages = replay(
        "stream.mjs",
        "worlds",
        stream=vars(stream),
        hidden=hidden,
        draws=[
            [dict(zip(draws._fields, (x[t, k] for x in draws), strict=True)) for t in range(40)]
            for k in range(6)
        ],
    )
    belief = stream.ideal(told)
    for k, page in enumerate(pages):
        assert [each["task"] for each in page] == told.task[:, k].tolist()
        for name, values in (("fast", told.fast), ("slow", told.slow), ("belief", belief)):
            same(values[:, k], [each[name] for each in page], atol=1e-12)


def test_a_network_is_right_where_the_package_says_so():
    network = strong("gain+row").to(torch.float64)
    told = happened(STREAMS[0], len(TASKS), 1, seeded(5))
    right = answered(network, told, TASKS, seeded(6))[:, 0]
    generator, shown, z = seeded(6), [], []
    for rows in told.task:
        shown.append(trials_of(rows, TASKS, 1, COMPACT, generator))
        z.append(torch.randn(50 * network.n_neurons, generator=generator, dtype=torch.float64))
    conditions = [each.conditions for each in shown]
    joined = Conditions(*(torch.cat([getattr(x, name) for x in conditions]) for name in vars(conditions[0])))
    lengths = torch.cat([each.onsets.diff(dim=0) for each in shown], dim=1)
    tasks = tuple(get(TASKS[k]) for k in told.task[:, 0].tolist())
    trials = assemble(tasks, COMPACT, joined.to(dtype=torch.float64), lengths)
    chosen = World(TASKS, told, trials, torch.stack(z)).answered(network)
    assert ((chosen == told.task[:, 0]) == right).all()
    assert len(chosen.unique()) > 2 and 0.02 < right.double().mean() < 0.9  # so there is something to see


SHIPPED = Stream().files


def test_every_form_is_shipped():
    assert list(SHIPPED) == list(FORMS)


@pytest.mark.parametrize("seed", [0, 9])
def test_a_run_of_the_page_is_a_run_of_python(seed):
    """With every shipped network."""
    networks = {form: stored.read(file).network for form, file in SHIPPED.items()}
    n, by_form = 25, {form: packed(network) for form, network in networks.items()}
    page = replay("stream.mjs", "run", stream=vars(ARM.stream), asked=ASKED, seed=seed, n=n, packed=by_form)
    ours, happened = world(ARM.stream, TASKS, seed, n, ARM.n_neurons), page["happened"]
    assert [each["task"] for each in happened] == ours.told.task[:, 0].tolist()
    assert [each["onsets"] for each in happened] == ours.trials.onsets[..., 0].T.tolist()
    same(ours.trials.conditions.angle[:, 0, 0], [each["angle"] for each in happened])
    for name in ("fast", "slow"):
        same(getattr(ours.told, name)[:, 0], [each[name] for each in happened])
    same(ARM.stream.ideal(ours.told)[:, 0], [each["belief"] for each in happened])
    for form, network in networks.items():
        double = network.to(torch.float64)
        same(ours.states(double)[:, 0], page["networks"][form]["states"])
        assert page["networks"][form]["chosen"] == ours.answered(double).tolist(), form


def test_shares_by_trials_since_a_switch():
    tasks, right = torch.tensor([2, 2, 0, 0, 0, 1, 3, 3]), torch.tensor([1, 1, 0, 1, 1, 0, 1, 1]).bool()
    page = replay("stream.mjs", "recovery", tasks=tasks, right=right.tolist(), lags=2)
    since = trials_since(tasks.unsqueeze(1))
    assert page["since"] == since[:, 0].tolist() == [-1, -1, 0, 1, 2, 0, 0, 1]
    assert page["lags"] == [{"right": 1, "n": 3}, {"right": 2, "n": 2}, {"right": 1, "n": 1}]
    shares = [each["right"] / each["n"] for each in page["lags"]]
    same(recovery(right.unsqueeze(1), since, 2), shares)


def test_the_next_trial_is_always_in_the_picture_which_moves_on_or_is_turned_like_a_page():
    ns = list(range(0, 40, 3))
    moving, turned = replay("stream.mjs", "firstShown", ns=ns, columns=10)
    assert moving == [max(0, n - 9) for n in ns]
    assert turned == [10 * (n // 10) for n in ns]


@pytest.mark.parametrize("fixation", [0.0, 1.0])
def test_a_network_that_always_does_the_same(fixation):
    """It keeps fixating, or responds at 90 degrees: one turn, less as many as the stimulus is away from 0."""
    network = strong("bias").to(torch.float64)
    still = {"W_out": torch.zeros_like(network.tensors["W_out"])}
    still["b_out"] = torch.tensor([fixation, 0.0, 1.0], dtype=torch.float64)
    network = replace(network, tensors=network.tensors | still)
    seen = world(STREAMS[0], TASKS, 3, 25, network.n_neurons)
    shown = (seen.trials.conditions.angle[:, 0, 0] / (torch.pi / 2)).round().long()
    wanted = (1 - shown) % 4 if fixation == 0 else torch.full_like(shown, NONE)
    assert torch.equal(seen.answered(network), wanted)


# --------------------------------------------------------------------------------- the figure


def write(folder: Path, form: str, **other) -> None:
    """Write a network as the experiment's of a form, or as trained in another way."""
    cell = Cell("stream", form, SEEDS[0], TUNED[form], ARM.steps)
    config = networks(replace(cell, **other))[0]
    record = {"config": config.as_record(), "performance": dict.fromkeys(TASKS, 0.5)}
    stored.write(folder / f"stream-{form}.safetensors", strong(form), record)


FEW = ("bias", "gain+row", "row+release")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights") / "stream"
    folder.mkdir()
    for form in FEW:
        write(folder, form)
    write(folder, "release", steps=10)
    return folder


@pytest.fixture
def shown(folder):
    return Stream(folder)


def test_networks_that_were_trained_in_another_way_are_not_shown(shown, tmp_path):
    assert shown.description["forms"] == [*shown.files] and set(shown.files) == set(FEW)
    assert shown.shown == list(shown.files)[:2] and shown.third == NOTHING
    with pytest.raises(ValueError, match="folder"):
        Stream(tmp_path)


def test_forms_that_are_not_chosen_are_the_usual_ones_if_they_are_free():
    first, second = Stream().shown
    assert Stream(first="bias").shown == ["bias", second]
    assert Stream(second="bias").shown == [first, "bias"]
    assert Stream(second=first).shown == [next(form for form in SHIPPED if form != first), first]


def test_the_stream_at_first_is_that_of_training(shown):
    assert shown.stream == ARM.stream == Blocks(**shown.description["trained"])


def test_shares_are_those_of_the_answers(shown):
    found, answers = shown.recovery, shown.answers()
    switched = answers["task"].ne(answers["task"].shift()) & (answers.index > 0)
    for name in ("ideal", *shown.shown):
        right = answers[name].eq(answers["task"])
        assert found[name].iloc[0] == pytest.approx(right[switched].mean())
    assert len(found) == LAGS + 1 and len(answers) == TRIALS


@pytest.mark.parametrize(
    "state",
    [
        {"first": "gain"},
        {"first": NOTHING},
        {"first": "bias", "second": "bias"},
        {"second": "bias", "third": "bias"},
        {"hazard": 0.0},
        {"right": 1.1},
        {"sigma": float("nan")},
        {"tau": 0.5},
        {"seed": WORLDS},
        {"speed": 2},
    ],
)
def test_what_is_not_allowed(folder, state):
    with pytest.raises((ValueError, TraitError), match="|".join(state)):
        Stream(folder, **state)


ALLOWED = {
    "first:gain+row,second:nothing,third:bias": {"first": "gain+row", "second": NOTHING, "third": "bias"},
    "hazard:0.3,right:0.9,sigma:0,tau:12": {"hazard": 0.3, "right": 0.9, "sigma": 0, "tau": 12},
    "seed:9,speed:20,hidden:1": {"seed": 9, "speed": 20, "hidden": True},
}
REFUSED = (
    "first:gain first:nothing third:bias second:bias,third:bias hazard:0 right:0.2 sigma:1.6 tau:0 tau:21 "
    "seed:10 seed:0.5 speed:2 speed:4.0 hidden:2 hidden:true"
)


def test_links(folder):
    shown = Stream(folder, first="bias", second="gain+row")
    links_hold(shown, ALLOWED, REFUSED, description=shown.description)


def test_the_kernel_sends_what_it_has_and_nothing_else(shown, monkeypatch):
    sent = []
    monkeypatch.setattr(Stream, "send", lambda self, content: sent.append(content))
    for asked in ("stream/stream-bias", "stream/../secret", "stream/stream-release", None, ["stream"]):
        shown._handle_custom_msg({"place": asked}, [])
    (answer,) = sent
    network = stored.read(shown.files["bias"]).network
    assert answer == {"place": "stream/stream-bias", "network": packed(network)}


# --------------------------------------------------------------------------------- in a page


@pytest.fixture(scope="module")
def site(folder, tmp_path_factory):
    """The address of a page with scripts beside it."""
    site = tmp_path_factory.mktemp("site")
    write_scripts(folder, site / "_static" / "networks")
    figure = Stream(folder, chapter="14_two_timescales")
    return write_page(site / "page.html", figure, ' data-content_root="./"')


class OnPage:
    """The figure in its page."""

    def __init__(self, page, address: str) -> None:
        page.goto(address)
        self.page, self.root = page, page.wait_for_selector(".modpack-stream")
        self.root.evaluate(UNFOLD)

    def drawn(self) -> dict:
        """What is on show, once the networks have answered."""
        self.page.evaluate(NEXT_FRAME)
        self.page.wait_for_function("root => !root.drawn.isWaiting", arg=self.root, timeout=60_000)
        return self.root.evaluate("root => root.drawn")

    def click(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def press(self, *keys: str) -> None:
        self.page.locator(".modpack-keys").focus()
        for key in keys:
            self.page.keyboard.press(key)

    def row(self, name: str) -> list[str]:
        """The cells of somebody in the table."""
        row = self.page.get_by_role("row", name=name)
        return [
            cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row.get_by_role("cell").all_text_contents()
        ]


@pytest.fixture
def figure(browser, site):
    page = browser.new_page(viewport={"width": 740, "height": 1500})
    page.set_default_timeout(60_000)
    yield OnPage(page, site)
    page.close()


@pytest.mark.browser
def test_the_page_shows_what_python_says_and_goes_on(figure, folder):
    twin, shown = Stream(folder), figure.drawn()
    assert (shown["n"], shown["counted"], shown["isPlaying"]) == (TRIALS, TRIALS, False)
    expected = twin.recovery
    for ours, page in ({"ideal": "ideal observer"} | {form: form for form in twin.shown}).items():
        shares = [each["right"] / each["n"] for each in shown["recovery"][page]]
        assert shares == pytest.approx(expected[ours].tolist())
    figure.click("One trial")
    figure.press("ArrowRight")
    shown = figure.drawn()
    assert shown["n"] == TRIALS + 2
    stream_agrees(shown, twin)
    figure.click("100 trials")
    assert figure.drawn()["n"] == TRIALS + 102
    figure.click("From the start")
    assert figure.drawn()["n"] == TRIALS


@pytest.mark.browser
def test_who_guesses_is_told_nothing_before_the_tasks_are_shown(figure):
    tasks = figure.drawn()["tasks"]
    figure.press("1", "3")
    figure.click("2: 90°")
    shown = figure.drawn()
    assert shown["hidden"] and (shown["n"], shown["tasks"]) == (TRIALS + 3, tasks)
    assert figure.row("ideal observer") and not figure.page.get_by_role("row", name="you").count()
    figure.page.get_by_label("hide the tasks").uncheck()
    shown = figure.drawn()
    assert shown["answers"]["you"][-4:] == [None, 0, 2, 1]
    right = sum(task == guess for task, guess in zip(shown["tasks"][-3:], (0, 2, 1), strict=True))
    assert figure.row("you")[-1] == f"{round(100 * right / 3)} %"


@pytest.mark.browser
def test_it_plays_when_asked_and_stops_out_of_sight(figure):
    assert figure.drawn()["n"] == TRIALS
    figure.click("Play")
    figure.page.wait_for_function(f"root => root.drawn.n > {TRIALS} + 2", arg=figure.root)
    figure.page.evaluate("document.body.style.paddingTop = '4000px'")
    figure.page.wait_for_function("root => !root.drawn.isPlaying", arg=figure.root)
    figure.page.evaluate("document.body.style.paddingTop = ''")
    figure.press(" ")
    figure.page.wait_for_function("root => root.drawn.isPlaying", arg=figure.root)
    figure.press(" ")
    assert not figure.drawn()["isPlaying"]


@pytest.mark.browser
def test_another_world_begins_anew_and_another_network_sees_the_same(figure):
    figure.click("One trial")
    before = figure.drawn()
    (third,) = set(FEW) - set(before["answers"])
    figure.page.get_by_label("Third network").select_option(third)
    after = figure.drawn()
    assert (after["n"], after["tasks"]) == (before["n"], before["tasks"])
    assert set(after["answers"]) - set(before["answers"]) == {third}
    figure.page.get_by_label("Seed of the world").select_option("4")
    other = figure.drawn()
    assert other["n"] == TRIALS and other["tasks"] != before["tasks"][:TRIALS]


@pytest.mark.browser
def test_without_a_book_a_network_is_asked_for_once(browser, folder, tmp_path):
    page = browser.new_page()
    page.goto(write_page(tmp_path / "page.html", Stream(folder, second=NOTHING), ""))
    page.wait_for_selector(".modpack-stream")
    page.evaluate(NEXT_FRAME)
    page.get_by_role("button", name="One trial").click()
    assert page.evaluate("asked") == [{"place": f"stream/stream-{Stream(folder).first}"}]
    page.close()
