"""The state space: its data, its traits in Python, its arithmetic in Node, and the figure in a built page."""

from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
import torch
from book_figures import in_page
from figure_agreement import agrees, same, space_agrees
from figure_links import links_hold
from hypothesis import given
from hypothesis import strategies as st
from live_page import drag, follow
from node_replay import replay, written
from torch import Generator

from modpack.activations import ACTIVATIONS
from modpack.fixedpoints import follow as follow_branches
from modpack.fixedpoints import mix_path, radius_90, starts_from
from modpack.live.shipped import shipped_networks
from modpack.live.state_space import Landscape, SampledBranch, SampledEvent
from modpack.live.state_space.figure import LIMITS, StateSpace
from modpack.measures.basis import Basis
from modpack.tasks import EPOCHS, TrialSettings

TASKS = ("fdgo", "fdanti")
STUDIED = ("stimulus1", "response")
CELL = """\
from pathlib import Path

import torch

from modpack.measures.choices import choice_curve
from modpack.fixedpoints import Diagram, find
from modpack.context import mix
from modpack.live.shipped import shipped_networks
from modpack.live.state_space import Landscape, StateSpace
from modpack.tasks import TrialSettings

networks = shipped_networks(seeds=[0])
a, b = "fdgo", "fdanti"
epochs = ("stimulus1", "response")
diagrams = {
    form: {epoch: Diagram.load(Path(folder) / f"{form}-{epoch}") for epoch in epochs}
    for form in networks.networks
}


def context(lam):
    return mix(networks.code[a].double(), networks.code[b].double(), lam)


def slow_points(network, epoch, lam):
    starts = network.run(networks.trials.of(a))[::7, 0, 0]
    held = TrialSettings().trial(a, networks.preset).input_in(epoch)[0, 0]
    return find(network.under(context(lam)), held, starts).slow.states


mixes = torch.linspace(0, 1, 6)
trials = networks.trials.of(a)
choices = {
    form: (mixes, choice_curve(network, trials, (a, b), context(mixes)))
    for form, (network,) in networks.networks.items()
}
(network,) = networks.networks["excitability"]
found = {lam: slow_points(network, "stimulus1", lam) for lam in (0.0, 0.6)}
slow = {"excitability": {"stimulus1": found}}
landscape = Landscape.of(networks, (a, b), diagrams, slow=slow, choices=choices)
StateSpace(networks, landscape, diagrams=True)"""


@pytest.fixture(scope="module")
def networks():
    return shipped_networks(seeds=[0])


@pytest.fixture(scope="module")
def diagrams(networks):
    """Branches from fixed points at both ends of the way, of every form and epoch."""
    generator = Generator().manual_seed(0)
    example = TrialSettings().trial(TASKS[0], networks.preset)
    found = {}
    for form, (network,) in networks.networks.items():
        starts = starts_from(network.run(networks.trials.of(TASKS[0])), 16, 1.0, generator)
        families = {e: mix_path(network, *TASKS, example.input_in(e)[0, 0]) for e in STUDIED}
        found[form] = {e: follow_branches(family, starts, between=()) for e, family in families.items()}
    return found


@pytest.fixture(scope="module")
def cell(diagrams, tmp_path_factory):
    """The cell of the page, which makes the landscape of the stored diagrams."""
    folder = tmp_path_factory.mktemp("diagrams")
    for form, by_epoch in diagrams.items():
        for epoch, diagram in by_epoch.items():
            diagram.save(folder / f"{form}-{epoch}")
    return f"folder = {str(folder)!r}\n{CELL}"


@pytest.fixture(scope="module")
def landscape(cell) -> Landscape:
    names: dict = {}
    exec(cell, names)
    return names["landscape"]


@pytest.fixture
def figure(networks, landscape):
    return lambda **state: StateSpace(networks, landscape, **state)


@pytest.fixture(scope="module")
def says(networks, landscape):
    """What the engine in Python says of a state: fixed points and ends, by form."""

    @cache
    def said(**state):
        shown = StateSpace(networks, landscape, **state)
        return shown.fixed_points, shown.end

    return said


# ----------------------------------------------------------------------------------------- bases


@given(seed=st.integers(0, 1000))
def test_a_basis_gives_and_takes_coordinates(seed):
    states = torch.randn(30, 7, generator=Generator().manual_seed(seed), dtype=torch.float64)
    basis = Basis.along(states[:3], ("one", "two", "three"), states)
    coordinates = basis.project(states)
    assert coordinates.abs().max() <= basis.extent
    same(basis.project(basis.state(coordinates)), coordinates, atol=1e-5)
    # The first direction is kept; all three span what was asked for.
    assert torch.linalg.matrix_rank(torch.cat([basis.vectors, states[:3]]), tol=1e-5) == 3
    cosine = basis.vectors[0] @ states[0] / states[0].norm()
    assert cosine.item() == pytest.approx(1, abs=1e-6)


def test_principal_components_come_by_falling_variance_and_say_how_much():
    generator = Generator().manual_seed(0)
    spread = torch.tensor([1.0, 4.0, 0.1, 2.0])
    states = 5 + torch.randn(4000, 4, generator=generator) * spread
    basis = Basis.principal(states)
    assert basis.vectors.abs().argmax(-1).tolist() == [1, 3, 0]
    variances = states.double().var(0)
    assert basis.axes[0] == f"PC 1 ({100 * variances[1] / variances.sum():.0f} %)"
    same(basis.centre, states.double().mean(0), atol=1e-5)


def test_axes_of_the_outputs_separate_what_they_read(networks):
    network = networks.networks["combined"][0]
    states = network.run(networks.trials.of("fdgo"))
    basis = Basis.of_outputs(network, states)
    same(basis.vectors @ network.tensors["W_out"][1], [network.tensors["W_out"][1].norm(), 0, 0], atol=1e-5)


def test_bases_that_are_none():
    x = torch.randn(10, 5, generator=Generator().manual_seed(0))
    with pytest.raises(ValueError, match="linearly independent"):
        Basis.along(torch.stack([x[0], x[1], x[0] - x[1]]), ("a", "b", "c"), x)
    with pytest.raises(ValueError, match="three orthonormal directions"):
        Basis(x[:3], x[0], ("a", "b", "c"), 1.0, "none")
    with pytest.raises(ValueError, match="shape"):
        Basis(x[:2], x[0], ("a", "b", "c"), 1.0, "none")
    with pytest.raises(ValueError, match="extent"):
        Basis(torch.eye(5)[:3], x[0], ("a", "b", "c"), 0.0, "none")


# ---------------------------------------------------------------------------------------- branches


def test_near_a_fold_a_branch_passes_the_mix_where_the_fixed_points_are():
    """r = 1 -+ sqrt(0.5 - mix): two branches that meet at mix 0.5, stored in three points."""
    branch = SampledBranch(
        mix=torch.tensor([0.0, 0.5, 0.0]),
        states=torch.tensor([[1 - 0.5**0.5], [1.0], [1 + 0.5**0.5]]),
        n_unstable=torch.tensor([0, 1]),
        events=(SampledEvent("saddle-node", 0.5, 1),),
    )
    for mix in (0.1, 0.3, 0.49):
        (low, stable), (high, unstable) = branch.crossings(mix)
        assert (stable, unstable) == (0, 1)
        same(torch.stack([low, high])[:, 0], [1 - (0.5 - mix) ** 0.5, 1 + (0.5 - mix) ** 0.5], atol=1e-6)
    assert len(branch.crossings(0.5)) == 1
    assert branch.crossings(0.6) == []


def test_a_point_of_a_branch_is_passed_once_and_its_ends_belong_to_it():
    straight = SampledBranch(torch.tensor([0.0, 0.25, 1.0]), torch.eye(3), torch.tensor([0, 0]))
    assert [len(straight.crossings(mix)) for mix in (0.0, 0.25, 1.0)] == [1, 1, 1]
    with pytest.raises(ValueError, match="two points or more"):
        SampledBranch(torch.tensor([0.5]), torch.zeros(1, 3), torch.zeros(0))


def test_sampled_branches_pass_every_mix_as_often_and_as_stable_as_whole_ones(diagrams):
    for by_epoch in diagrams.values():
        for branch in (branch for diagram in by_epoch.values() for branch in diagram.branches):
            sampled = SampledBranch.of(branch, 12)
            assert len(sampled.events) == len(branch.events)
            for event, kept in zip(branch.events, sampled.events, strict=True):
                same(sampled.states[kept.point], event.state, atol=1e-5)
            whole = SampledBranch.of(branch, len(branch))
            for mix in torch.linspace(0, 1, 23).tolist():
                counts = [sorted(n for _, n in each.crossings(mix)) for each in (sampled, whole)]
                assert counts[0] == counts[1], mix


# ------------------------------------------------------------------------------------- in Python


def test_fixed_points_are_where_the_network_rests_and_as_stable_as_the_branches_say(figure, landscape):
    seen = set()
    for epoch in STUDIED:
        for mix in (0.0, 0.03, 0.25, 0.6, 1.0):
            shown = figure(epoch=epoch, mix=mix)
            for form, points in shown.fixed_points.items():
                dynamics, u = shown.dynamics[form], shown.input[None, None]
                assert dynamics.field(points.states[None], u).abs().max() < 1e-12
                branches = landscape.branches[form][epoch]
                crossings = [each for branch in branches for each in branch.crossings(mix)]
                assert points.n_unstable_map.tolist() == [n for _, n in crossings]
                seen.update(points.n_unstable_map.tolist())
    assert seen >= {0, 1}


def test_under_the_input_of_an_epoch_the_trial_goes_where_a_start_in_it_goes(figure):
    shown = figure(epoch="response", mix=0.2)
    first, last = (int(shown.trial.onsets[EPOCHS.index(name), 0, 0]) for name in ("response", "after"))
    trial = shown.trial_states
    paths = shown.trajectory({form: states[first - 1] for form, states in trial.items()})
    for form, path in paths.items():
        same(path[1 : 1 + last - first], trial[form][first:last], atol=1e-12)


def test_starts_lie_in_the_basis_on_show(figure):
    shown = figure(x=0.5, y=-0.25, z=0.1, basis="outputs")
    for form, start in shown.start.items():
        basis = shown.bases[form]
        same(basis.project(start), torch.tensor([0.5, -0.25, 0.1]) * basis.extent, atol=1e-5)


def test_at_the_ends_of_the_mix_a_trained_network_ends_with_the_answer_of_its_task(figure):
    for mix, answer in [(0.0, "a"), (1.0, "b")]:
        shown = figure(mix=mix, x=0.1, y=0.1)
        for form, end in shown.end.items():
            assert end.choice == answer, form
            if end.point is not None:
                distance = (shown.fixed_points[form].states[end.point] - shown.trajectory()[form][-1]).norm()
                assert distance <= 0.05 * shown.landscape.reach(form)


def test_whether_a_start_ends_at_a_point_does_not_depend_on_how_wide_the_view_is(figure):
    for basis in ("components", "outputs"):
        shown = figure(basis=basis, mix=0.42)
        (point,) = shown.fixed_points["combined"].n_unstable_map.tolist()
        assert point == 0
        assert shown.end["combined"].point == 0, basis


def test_slow_points_are_those_of_the_nearest_search(figure, landscape):
    assert figure(epoch="stimulus1", mix=0.2).slow_points["excitability"][0] == 0.0
    mix, states = figure(epoch="stimulus1", mix=0.8).slow_points["excitability"]
    assert mix == 0.6
    same(states, landscape.slow["excitability"]["stimulus1"][0.6])
    assert figure(epoch="response").slow_points == {}


def test_a_landscape_says_what_it_holds(landscape):
    assert landscape.forms == ["excitability", "synaptic", "combined"]
    assert landscape.epochs == list(STUDIED)
    assert landscape.keys == ["components", "outputs"]
    assert landscape.starts["combined"].shape == (12, 64)


@pytest.mark.parametrize(
    "state, message",
    [
        ({"epoch": "stimulus"}, "did you mean 'stimulus1'"),
        ({"basis": "pcs"}, "basis='pcs' is not known"),
        ({"form": "synapse"}, "did you mean 'synaptic'"),
    ],
)
def test_what_is_not_allowed(figure, state, message):
    with pytest.raises(ValueError, match=message):
        figure(**state)


def test_landscapes_that_fit_no_networks(networks, landscape):
    parts = {"branches": landscape.branches, "bases": landscape.bases, "starts": landscape.starts}
    with pytest.raises(ValueError, match="seed=1 is not allowed"):
        StateSpace(networks, Landscape(TASKS, **parts, seed=1))
    with pytest.raises(ValueError, match="different answers to the trial"):
        StateSpace(networks, Landscape(("dmsgo", "dmcgo"), **parts, shown=TrialSettings(30, 30)))
    with pytest.raises(ValueError, match="did you mean 'fdgo'"):
        StateSpace(networks, Landscape(("fdgoo", "fdanti"), **parts))
    with pytest.raises(ValueError, match="'excitability' is not known"):
        StateSpace(shipped_networks(["combined"], [0]), landscape)
    with pytest.raises(ValueError, match="of 64 neurons"):
        smaller = {form: starts[:, :9] for form, starts in landscape.starts.items()}
        StateSpace(networks, Landscape(TASKS, **parts | {"starts": smaller}))


def test_a_landscape_of_other_networks_is_refused(landscape):
    with pytest.raises(ValueError, match=r"fixed points of the network"):
        StateSpace(shipped_networks(seeds=[1]), landscape)


def test_landscapes_whose_parts_do_not_fit(landscape):
    parts = {"branches": landscape.branches, "bases": landscape.bases, "starts": landscape.starts}
    for name in ("bases", "starts"):
        fewer = {form: part for form, part in parts[name].items() if form != "synaptic"}
        with pytest.raises(ValueError, match="of the forms of the branches"):
            Landscape(TASKS, **parts | {name: fewer})
    uneven = parts["branches"] | {"synaptic": {"response": ()}}
    with pytest.raises(ValueError, match="alike in all forms"):
        Landscape(TASKS, **parts | {"branches": uneven})
    with pytest.raises(ValueError, match="did you mean 'response'"):
        branches = {form: {"respons": ()} for form in landscape.forms}
        Landscape(TASKS, **parts | {"branches": branches})
    with pytest.raises(ValueError, match="key='two words' is not allowed"):
        bases = {form: {"two words": each["outputs"]} for form, each in landscape.bases.items()}
        Landscape(TASKS, **parts | {"bases": bases})


@pytest.mark.parametrize("name", LIMITS)
def test_sliders_have_limits(figure, name):
    with pytest.raises(Exception, match=name):
        figure(**{name: LIMITS[name].high + 1})


# --------------------------------------------------------------------------------------- in Node


def source(networks, shown: StateSpace, folder: Path) -> dict:
    """What the script needs to read the page's networks and landscape."""
    path = folder / "landscape"
    path.write_bytes(shown.numbers)
    return {
        "networks": written(networks, folder),
        "landscape": {"description": shown.description, "numbers": str(path)},
    }


def test_the_page_computes_the_same(networks, figure, tmp_path):
    generator = Generator().manual_seed(1)
    states = []
    for k, mix in enumerate((0.0, 0.05, 0.13, 0.42, 0.75, 1.0)):
        x, y, z = (torch.rand(3, generator=generator, dtype=torch.float64) * 2 - 1).tolist()
        basis = ("components", "outputs")[k % 2]
        states.append({"mix": mix, "epoch": STUDIED[k // 2 % 2], "basis": basis, "x": x, "y": y, "z": z})
    made = replay("space.mjs", "explored", states=states, **source(networks, figure(), tmp_path))
    counts = set()
    for state, page in zip(states, made, strict=True):
        shown = figure(**state)
        space_agrees(page, shown.fixed_points, shown.end)
        trial, paths = shown.trial_states, shown.trajectory()
        for form, each in page.items():
            same(trial[form].flatten(), each["trial"])
            same(paths[form].flatten(), each["path"])
            coordinates = shown.bases[form].project(shown.fixed_points[form].states)
            same(coordinates, [point["coordinates"] for point in each["points"]])
            assert each.get("slow") == shown.slow_points.get(form, (None,))[0]
            counts.add(len(each["points"]))
    assert len(counts) > 1


def test_linear_equations_are_solved_as_in_python():
    generator = Generator().manual_seed(0)
    systems = []
    for n in (1, 2, 5, 64):
        matrix = torch.randn(n, n, generator=generator, dtype=torch.float64)
        matrix[0, 0] = 0 if n > 1 else 2  # no elimination without exchanging rows
        systems.append({"matrix": matrix, "right": torch.randn(n, generator=generator, dtype=torch.float64)})
    for system, x in zip(systems, replay("space.mjs", "solved", systems=systems), strict=True):
        same(torch.linalg.solve(system["matrix"], system["right"]), x, atol=1e-10)


def test_jacobians_are_those_of_python(networks, figure, tmp_path):
    shown = figure(mix=0.3)
    generator = Generator().manual_seed(2)
    r = torch.rand(64, generator=generator, dtype=torch.float64)
    inputs = {"context": shown.context, "r": r, "u": shown.input}
    made = replay("space.mjs", "jacobians", **inputs, **source(networks, shown, tmp_path))
    gate = torch.ones(1, 64, dtype=torch.float64)
    gate[:, 3:9] = 0.25
    for dynamics, pages in zip(shown.dynamics.values(), made, strict=True):
        values = vars(dynamics) | {"gate": gate}
        for activation, page in zip(("softplus", "tanh", "relu", "identity"), pages, strict=True):
            assert activation in ACTIVATIONS
            changed = type(dynamics)(**values | {"activation": activation})
            same(changed.jacobian(r[None, None], shown.input[None, None]).flatten(), page, atol=1e-12)


def test_views_turn_and_starts_move_with_them():
    angles = [(a, e) for a in (-180, -50, 0, 130) for e in (-90, -10, 45, 90)]
    states = [
        {"solid": solid, "azimuth": a, "elevation": e, "x": 0.1, "y": 0.2, "z": -0.3}
        for solid in (False, True)
        for a, e in angles
    ]
    for state, view in zip(
        states, replay("space.mjs", "views", states=states, offset=[0.3, -0.4]), strict=True
    ):
        frame = torch.tensor([view[name] for name in ("right", "up", "towards")], dtype=torch.float64)
        same(frame @ frame.mT, torch.eye(3), atol=1e-12)
        assert torch.linalg.det(frame).item() == pytest.approx(1)
        start = torch.tensor([state[name] for name in "xyz"], dtype=torch.float64)
        step = torch.tensor(view["moved"], dtype=torch.float64) - start
        same(frame @ step, torch.tensor([0.3, -0.4, 0.0]), atol=0.01)
    flat, from_above = replay(
        "space.mjs",
        "views",
        states=[states[0], states[0] | {"solid": True, "azimuth": -90, "elevation": 90}],
        offset=[9, -9],
    )
    same(torch.tensor(flat["right"], dtype=torch.float64), from_above["right"], atol=1e-12)
    assert flat["moved"] == [1, -1, -0.3]


LABEL = (8.0, 11.0)


def test_numbers_of_points_that_have_room_hide_nothing():
    generator = Generator().manual_seed(0)
    grid = torch.cartesian_prod(*[30.0 * torch.arange(2, 13)] * 2)
    cases = [grid[torch.randperm(len(grid), generator=generator)[:9]].tolist() for _ in range(60)]
    for points, labels in zip(cases, labelled(cases), strict=True):
        boxes = [(*label, *LABEL) for label in labels] + [(*point, 12.0, 12.0) for point in points]
        assert not [(one, other) for one, other in combinations(boxes, 2) if overlap(one, other)]


def test_numbers_of_points_in_one_place_go_to_its_sides():
    (labels,) = labelled([[(100.0, 100.0)] * 8])
    boxes = [(*label, *LABEL) for label in labels]
    assert not [(one, other) for one, other in combinations(boxes, 2) if overlap(one, other)]


def labelled(cases) -> list:
    about = {"radius": 6, "limits": [0, 400]}
    return replay(
        "space.mjs",
        "labels",
        cases=[about | {"points": points, "sizes": [LABEL] * len(points)} for points in cases],
    )


def overlap(one, other) -> bool:
    """Whether two boxes, each by its centre, width and height, lie on each other."""
    return all(abs(one[k] - other[k]) < (one[k + 2] + other[k + 2]) / 2 for k in (0, 1))


ALLOWED = {
    "mix:0.2": {"mix": 0.2},
    "x:-0.35,y:1,z:0": {"x": -0.35, "y": 1, "z": 0},
    "epoch:stimulus1,form:synaptic,basis:outputs": {
        "epoch": "stimulus1",
        "form": "synaptic",
        "basis": "outputs",
    },
    "solid:1,azimuth:-120,elevation:-5": {"solid": True, "azimuth": -120, "elevation": -5},
    "coordinate:direction": {"coordinate": "direction"},
}
REFUSED = (
    "epoch:delay1 epoch:__proto__ epoch:7 basis:pca form:none form:All solid:2 coordinate:fourth diagrams:1"
)


def test_links(figure):
    shown = figure()
    links_hold(shown, ALLOWED, REFUSED, landscape=shown.description)


def test_the_view_is_as_wide_as_the_states_that_it_shows(networks, landscape):
    for form, bases in landscape.bases.items():
        states = networks.networks[form][0].run(networks.trials.of("fdgo"))
        for basis in bases.values():
            assert basis.project(states).abs().max() <= basis.extent < 10 * radius_90(states.flatten(0, -2))


# ------------------------------------------------------------------------------------- in a page

SOLID = "#space=solid:1"
FORMS = ("excitability", "synaptic", "combined")


@pytest.fixture(scope="module")
def figure_on_page(browser):
    with in_page(browser, "space") as figure:
        figure.see()
        yield figure


def portrait_of(figure, form="excitability"):
    return figure.part.locator(".modpack-portrait").nth(FORMS.index(form))


def drag_from_start(figure, *steps, form="excitability") -> set[str]:
    """Drag in a portrait, by places in px from the start's handle; parts of the state that it changes."""
    before = figure.twin().state
    x, y = figure.drawn()["networks"][form]["handle"]
    drag(portrait_of(figure, form), *((x + dx, y + dy) for dx, dy in steps))
    agrees(figure.complete(), figure.twin())
    return {name for name, value in figure.twin().state.items() if value != before[name]}


@pytest.mark.browser
@pytest.mark.parametrize("fragment, changed", [("#space=solid:0", {"x", "y"}), (SOLID, {"x", "y", "z"})])
def test_the_start_stays_under_the_pointer(figure_on_page, fragment, changed):
    figure_on_page.reset()
    follow(figure_on_page.page, fragment)
    x, y = figure_on_page.complete()["networks"]["excitability"]["handle"]
    assert drag_from_start(figure_on_page, (0, 0), (25, -30)) == changed
    handle = figure_on_page.drawn()["networks"]["excitability"]["handle"]
    assert handle == pytest.approx([x + 25, y - 30], abs=2)


@pytest.mark.browser
def test_elsewhere_in_the_solid_the_pointer_turns_the_view(figure_on_page):
    follow(figure_on_page.page, SOLID)
    assert drag_from_start(figure_on_page, (-40, 60), (0, 30), form="combined") == {"azimuth", "elevation"}


@pytest.mark.browser
def test_every_picture_has_words(figure_on_page):
    pictures = figure_on_page.pictures()
    assert len(pictures) == 9
    assert all(canvas.get_attribute("aria-label") for canvas in pictures)


@pytest.mark.browser
def test_a_narrow_page_shows_one_network_at_a_time(browser):
    with in_page(browser, "space", viewport={"width": 390, "height": 800}) as figure:
        figure.see()
        for form in ("excitability", "synaptic"):
            figure.part.get_by_label("Networks", exact=True).select_option(form)
            drawn = figure.complete()
            assert list(drawn["networks"]) == [form]
            assert portrait_of(figure, form).bounding_box()["width"] >= 250
            agrees(drawn, figure.twin())
