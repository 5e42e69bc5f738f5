"""The map of packing: its numbers in Python, its arithmetic in Node, and how a page gets its networks."""

import math
from dataclasses import replace

import pandas as pd
import pytest
import torch
from figure_agreement import same
from figure_links import links_hold
from live_page import NEXT_FRAME
from lone_figure import UNFOLD, write_page
from node_replay import replay
from small_networks import normal

from modpack import stored
from modpack.experiments.packing import SIZES, Cell, networks, weights_name
from modpack.live.base.on_request import packed, write_scripts
from modpack.live.packing_map import PackingMap
from modpack.results import Result
from modpack.tasks import get
from modpack.training import untrained

FORMS = ("synaptic", "bias+release")
ROWS = {4: SIZES[4][:3], 8: SIZES[8][:2]}
SEEDS = (300, 301, 302)
CELLS = [Cell(form, k, n, seed) for form in FORMS for k in ROWS for n in ROWS[k] for seed in SEEDS]


def held_of(cell: Cell) -> int:
    """More in larger networks, and one more in those of the second form's second order."""
    extra = cell.form == FORMS[1] and cell.seed == 301
    return ROWS[cell.n_tasks].index(cell.n_neurons) + 1 + extra


def rows_of(cell: Cell) -> list[dict]:
    about = {name: getattr(cell, name) for name in vars(cell) if name != "n_trials"}
    held = held_of(cell)
    scores = [0.95] * held + [0.45] * (cell.n_tasks - held)
    numbers = {"held": held, "performance": sum(scores) / cell.n_tasks, "floor": 0.001 * cell.seed}
    return [
        *(
            about | {"task": t, "measure": "performance", "value": x}
            for t, x in zip(cell.tasks, scores, strict=True)
        ),
        *(about | {"task": "all", "measure": name, "value": value} for name, value in numbers.items()),
    ]


def made_of(cells: list[Cell]) -> Result:
    learned = [(600, 0.3), (1200, 0.5)]
    record = {"networks": [{"config": networks(cell)[0].as_record(), "learned": learned} for cell in cells]}
    return Result(pd.DataFrame([row for cell in cells for row in rows_of(cell)]), record)


def write(folder, cell: Cell, trained_as: Cell | None = None, **given) -> None:
    """Write a network with strong random weights, but for those that are given, as that of a cell."""
    (config,) = networks(cell)
    network = untrained(config)
    moved = {
        name: network.tensors[name] + normal(*network.tensors[name].shape, seed=i, scale=0.4).float()
        for i, name in enumerate(network.trained)
    }
    record = {
        "config": networks(trained_as or cell)[0].as_record(),
        "performance": dict.fromkeys(cell.tasks, 0.5),
    }
    network = replace(network, tensors=network.tensors | moved | given)
    stored.write(folder / f"{weights_name(config)}.safetensors", network, record)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Weights of the first order's networks, but one."""
    folder = tmp_path_factory.mktemp("weights") / "packing"
    folder.mkdir()
    for cell in CELLS[:-1]:
        if weights_name(networks(cell)[0]):
            write(folder, cell)
    (folder / f"{FORMS[1]}-8-{ROWS[8][-1]}.safetensors").unlink()
    return folder


@pytest.fixture(scope="module")
def result() -> Result:
    return made_of(CELLS)


@pytest.fixture
def shown(result, folder):
    return PackingMap(result, folder)


# ------------------------------------------------------------------------------------- in Python


def test_the_map_is_the_mean_over_orders(shown):
    shown.shows = "held"
    assert shown.map.loc[4].dropna().to_dict() == {n: k + 1 for k, n in enumerate(ROWS[4])}
    shown.shows = "performance"
    for k, sizes in ROWS.items():
        for j, n in enumerate(sizes):
            mean = ((j + 1) * 0.95 + (k - j - 1) * 0.45) / k
            assert shown.map.loc[k, n] == pytest.approx(mean - 0.301)


def test_differences_are_of_networks_of_the_same_order(folder):
    few = [cell for cell in CELLS if not (cell.form == FORMS[0] and cell.seed == 302)]
    shown = PackingMap(made_of(few), folder, minus=FORMS[1], shows="held")
    # Of two orders one is held more often by the other form; the third has no partner.
    assert (shown.map.stack().dropna() == -1 / 2).all()


def test_what_is_held_by_half_is_known_order_by_order(shown):
    found = shown.half_held
    assert set(found["form"]) == {FORMS[0]} and set(found["n_tasks"]) == set(ROWS)
    described = {(x["form"], x["n_tasks"]): x for x in shown.description["half_held"]}
    for (form, k), each in described.items():
        inside = [octave for octave, side in zip(each["octaves"], each["beyond"], strict=True) if side == 0]
        assert each["low"] is each["high"] is None  # three orders allow no interval
        if len(inside) == len(SEEDS):
            assert each["mean"] == pytest.approx(sum(inside) / 3), (form, k)


@pytest.mark.parametrize("mapping, context, angle", [(0, 0, 90), (1, 0, 270), (3, 2, 0)])
def test_a_network_that_always_answers_in_one_direction(result, tmp_path, mapping, context, angle):
    cell = Cell(FORMS[0], 4, ROWS[4][1], 300)
    outwards = torch.tensor([0.0, 0.0, 1.0])  # no fixation, and a response at 90 degrees
    write(tmp_path, cell, W_out=torch.zeros(3, cell.n_neurons), b_out=outwards)
    state = {"mapping": mapping, "context": context, "angle": angle}
    shown = PackingMap(result, tmp_path, n_tasks=4, n_neurons=cell.n_neurons, **state)
    answer = shown.answers[FORMS[0]]
    assert (answer.angle, answer.length, answer.fixation) == pytest.approx((math.pi / 2, 1, 0))
    assert answer.is_right == (get(cell.tasks[mapping]).rule.permutation[int(angle / 90)] == 1)


def test_another_row_keeps_what_it_has(shown):
    shown.set_trait("mapping", 6)
    shown.n_tasks = 4
    assert (shown.n_neurons, shown.mapping, shown.context) == (4, 0, 0)
    shown.n_neurons = 2
    shown.n_tasks = 8
    assert shown.n_neurons == 3


@pytest.mark.parametrize(
    "state",
    [
        {"form": "bias"},
        {"minus": "bias"},
        {"minus": FORMS[0]},
        {"shows": "bits"},
        {"n_tasks": 5},
        {"n_neurons": 9},
        {"n_tasks": 4, "mapping": 4},
        {"context": -1},
        {"angle": 45},
        {"angle": 360},
    ],
)
def test_what_is_not_allowed(result, folder, state):
    with pytest.raises(Exception, match=list(state)[-1]):
        PackingMap(result, folder, **state)


def test_a_table_of_other_networks_is_refused(folder):
    others = made_of([replace(CELLS[0], steps=300)])
    with pytest.raises(ValueError, match="main condition"):
        PackingMap(others, folder)


def test_one_size_alone_has_no_place_where_half_is_held(folder):
    alone = PackingMap(made_of(CELLS[:1]), folder)
    assert alone.description["half_held"] == [] and alone.half_held.empty


def test_a_network_that_was_trained_in_another_way_is_not_run(result, tmp_path):
    cell = Cell(FORMS[0], 8, ROWS[8][1], 300)
    write(tmp_path, cell, trained_as=replace(cell, steps=300))
    assert PackingMap(result, tmp_path).answers == {}
    write(tmp_path, cell)
    assert list(PackingMap(result, tmp_path).answers) == [FORMS[0]]


def test_the_kernel_sends_what_it_has_and_nothing_else(shown, monkeypatch):
    sent = []
    monkeypatch.setattr(PackingMap, "send", lambda self, content: sent.append(content))
    place = f"packing/{FORMS[0]}-8-{ROWS[8][1]}"
    for asked in (place, "packing/../secret", "elsewhere/x", None, ["packing"]):
        shown._handle_custom_msg({"place": asked}, [])
    (answer,) = sent
    assert answer["place"] == place
    assert answer["network"] == packed(stored.read(shown.files[place.split("/")[1]]).network)


# --------------------------------------------------------------------------------------- in Node

STATES = [
    {"n_tasks": 4, "n_neurons": ROWS[4][2], "mapping": 2, "context": 2, "angle": 180},
    {"form": FORMS[1], "n_neurons": ROWS[8][0], "mapping": 5, "context": 7, "angle": 270},
    {"minus": FORMS[1], "shows": "held", "n_neurons": ROWS[8][0], "mapping": 1, "context": 0, "angle": 0},
    {"form": FORMS[1], "minus": FORMS[0], "n_tasks": 4, "n_neurons": ROWS[4][0], "angle": 90},
    {"form": FORMS[1], "n_neurons": ROWS[8][1]},
]


def packed_by_name(shown) -> dict:
    return {name: packed(stored.read(file).network) for name, file in shown.files.items()}


def test_the_page_shows_as_python(shown, result, folder):
    figures = [PackingMap(result, folder, **state) for state in STATES]
    pages = replay(
        "packing.mjs",
        "shown",
        description=shown.description,
        packed=packed_by_name(shown),
        states=[figure.state for figure in figures],
    )
    for figure, page in zip(figures, pages, strict=True):
        values = {(x["n_tasks"], x["n_neurons"]): x["mean"] for x in page["map"]}
        assert values == pytest.approx(figure.map.stack().dropna().to_dict(), abs=1e-6)
        for form in figure.shown:
            said, expected = page["answers"][form], figure.answers.get(form)
            assert (said is None) == (expected is None)
            if said is not None:
                assert said["isRight"] == expected.is_right
                numbers = [said[name] for name in ("angle", "length", "fixation")]
                assert numbers == pytest.approx(expected[:3], abs=1e-8)
        rights = [each.is_right for each in figure.answers.values()]
        verdicts = [said.rpartition(": ")[2] for said in page["said"] if ": " in said]
        assert verdicts == ["right" if right else "wrong" for right in rights]


def test_words_say_what_the_table_holds(shown, result, folder):
    figure = PackingMap(result, folder, **STATES[2])
    (page,) = replay("packing.mjs", "shown", description=shown.description, packed={}, states=[figure.state])
    assert page["words"].startswith(f"At 3 neurons and 8 mappings {FORMS[0]} holds 1.0 of 8 (each of 3); ")
    assert f"{FORMS[1]} holds 1.3 of 8 (3 networks, 1 to 2); " in page["words"]
    assert "Difference in mappings held: \N{MINUS SIGN}.3 (n = 3 orders)." in page["words"]
    assert "no network of this point is here to be run" in page["words"]


@pytest.mark.parametrize("name", [f"{form}-8-{ROWS[8][0]}" for form in FORMS])
def test_states_of_a_network_in_both_engines(shown, name):
    network = stored.read(shown.files[name]).network.to(torch.float64)
    tasks, trial = network.code.tasks, shown.trial
    page = replay(
        "packing.mjs",
        "states",
        description=shown.description,
        packed=packed(stored.read(shown.files[name]).network),
        state=shown.state,
    )
    for task, states in zip(tasks, page, strict=True):
        same(network.run(trial, task)[:, 0, 0].flatten(), states)


def test_keys_and_the_pointer_lead_to_points(shown):
    rows = shown.description["rows"]
    keys = ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "Home", "End", "Enter", "constructor"]
    found = replay("packing.mjs", "moves", rows=rows, keys=keys, **{"from": {"n_tasks": 4, "n_neurons": 3}})
    places = [(4, 4), (4, 2), (8, 3), (4, 3), (4, 2), (4, 4)]
    expected = [dict(zip(("n_tasks", "n_neurons"), place, strict=True)) for place in places]
    assert found["moved"] == [*expected, None, None]
    assert found["found"] == found["cells"] and len(found["cells"]) == 5
    assert found["outside"] is None


def test_the_full_colour_is_a_tenth_that_nothing_lies_above():
    def row(*means):
        return [[{"n_tasks": 4, "n_neurons": 2 + k, "mean": mean} for k, mean in enumerate(means)]]

    maps = [
        (row(0.31, -0.2, None), {"shows": "performance"}),
        (row(-0.4, 0.1), {"shows": "performance"}),
        (row(4, 1), {"shows": "held"}),
        (row(None), {"shows": "held"}),
    ]
    assert replay("packing.mjs", "limits", maps=maps) == pytest.approx([0.4, 0.4, 1, 0.1])


ALLOWED = {
    "form:bias+release,minus:synaptic,shows:held": {
        "form": "bias+release",
        "minus": "synaptic",
        "shows": "held",
    },
    "n_tasks:4,n_neurons:2,mapping:3,context:1,angle:270": {
        "n_tasks": 4,
        "n_neurons": 2,
        "mapping": 3,
        "context": 1,
        "angle": 270,
    },
}
REFUSED = (
    "form:bias form:nothing minus:synaptic n_tasks:5 n_neurons:2 n_tasks:4,n_neurons:2,mapping:4 "
    "context:8 mapping:0.5 angle:45 shows:bits n_neurons:4.0 form:bias,release"
)


def trained_in_the_page(**changes) -> dict:
    """What the training bench tells of a network."""
    names = Cell(FORMS[0], 4, 5, SEEDS[0]).tasks
    told = {"form": FORMS[0], "names": names, "nNeurons": 5, "contextNoise": 0, "seed": 3}
    return told | {"performance": [0.9, 0.89, 1, 0.2]} | changes


def test_what_was_trained_in_the_page_lands_at_its_size(shown):
    others = [
        trained_in_the_page(form="gain"),
        trained_in_the_page(contextNoise=0.1),
        trained_in_the_page(names=["fdgo", "fdanti", "delaygo", "delayanti"]),
        trained_in_the_page(names=["fdgo"]),
    ]
    trained = [trained_in_the_page(), *others]
    found = replay("packing.mjs", "landed", description=shown.description, trained=trained)
    point = {"form": FORMS[0], "n_tasks": 4, "n_neurons": 5, "seed": 3, "held": 2}
    assert found == [point] + [None] * len(others)


def test_links(shown):
    links_hold(shown, ALLOWED, REFUSED, description=shown.description)


# ------------------------------------------------------------------------------------- in a page

ANSWER = "root => root.querySelector('.modpack-answer').textContent"
HAS_ANSWERED = f"root => ({ANSWER})(root).startsWith('answers ')"


@pytest.fixture
def opened(browser):
    page = browser.new_page(viewport={"width": 740, "height": 1500})
    page.set_default_timeout(60_000)
    yield page
    page.close()


def figure_in(page):
    root = page.wait_for_selector(".modpack-packed")
    page.evaluate(NEXT_FRAME)
    return root


@pytest.mark.browser
def test_a_page_from_disk_gets_the_networks_of_the_points_it_opens(opened, shown, folder, tmp_path):
    write_scripts(folder, tmp_path / "_static" / "networks")
    opened.goto(write_page(tmp_path / "page.html", shown, ' data-content_root="./"'))
    root = figure_in(opened)
    opened.wait_for_function(HAS_ANSWERED, arg=root)
    assert opened.evaluate("Object.keys(modpackNetworks)") == [f"packing/{FORMS[0]}-8-{ROWS[8][1]}"]
    opened.locator(".modpack-map").focus()
    opened.keyboard.press("Home")
    opened.evaluate(NEXT_FRAME)
    opened.wait_for_function(HAS_ANSWERED, arg=root)
    (_, second) = opened.evaluate("Object.keys(modpackNetworks)")
    assert second == f"packing/{FORMS[0]}-8-{ROWS[8][0]}"
    answer = root.evaluate("root => root.drawn.answers")[FORMS[0]]
    shown.n_neurons = ROWS[8][0]
    assert answer["angle"] == pytest.approx(shown.answers[FORMS[0]].angle, abs=1e-8)
    assert opened.evaluate("asked") == []


@pytest.mark.browser
def test_a_book_without_the_network_says_so(opened, shown, tmp_path):
    opened.goto(write_page(tmp_path / "page.html", shown, ' data-content_root="./"'))
    root = figure_in(opened)
    opened.wait_for_function(f"root => ({ANSWER})(root).startsWith('no network')", arg=root)


@pytest.mark.browser
def test_without_a_book_the_kernel_is_asked_once(opened, shown, tmp_path):
    opened.goto(write_page(tmp_path / "page.html", shown, ""))
    root = figure_in(opened)
    assert root.evaluate(ANSWER) == "its network is on the way"
    root.evaluate(UNFOLD)
    opened.get_by_label("direction of the stimulus").press("ArrowRight")
    opened.evaluate(NEXT_FRAME)
    place = f"packing/{FORMS[0]}-8-{ROWS[8][1]}"
    assert opened.evaluate("asked") == [{"place": place}]
    network = packed(stored.read(shown.files[f"{FORMS[0]}-8-{ROWS[8][1]}"]).network)
    opened.evaluate("(message) => hear['msg:custom'].forEach((act) => act(message))", {"place": "x"})
    message = {"place": place, "network": network}
    opened.evaluate("(message) => hear['msg:custom'].forEach((act) => act(message))", message)
    opened.wait_for_function(HAS_ANSWERED, arg=root)


@pytest.mark.browser
def test_a_click_opens_a_point(opened, shown, folder, tmp_path):
    write_scripts(folder, tmp_path / "_static" / "networks")
    opened.goto(write_page(tmp_path / "page.html", shown, ' data-content_root="./"'))
    figure_in(opened)
    opened.locator(".modpack-map").click(position={"x": 80, "y": 75})  # the lowest row, at its left
    opened.evaluate(NEXT_FRAME)
    line = opened.locator(".modpack-python code").text_content()
    assert line == "PackingMap(result, n_tasks=4, n_neurons=2).map"


@pytest.mark.browser
def test_a_network_that_is_trained_in_the_page_is_marked_where_its_form_is_shown(opened, shown, tmp_path):
    opened.goto(write_page(tmp_path / "page.html", shown, ""))
    root = figure_in(opened)
    tell = "detail => window.dispatchEvent(new CustomEvent('modpack-trained', { detail }))"
    for detail in (trained_in_the_page(), trained_in_the_page(form=FORMS[1]), trained_in_the_page()):
        opened.evaluate(tell, detail)
    opened.evaluate(NEXT_FRAME)
    marked = opened.locator(".modpack-legend", has=opened.locator(".modpack-diamond"))
    assert marked.get_by_text(f"trained here: {FORMS[0]}, 5 neurons, seed 3: holds 2 of 4").count() == 1
    assert opened.locator(".modpack-diamond").count() == 1
    assert len(root.evaluate("root => root.drawn.own")) == 1
