"""The live figures of a chapter, as the page has them, made once more in Python."""

import ast
import base64
import json
import math
from functools import cache, reduce
from itertools import product
from operator import getitem
from types import SimpleNamespace

import nbformat
import numpy as np
import torch
from built_book import BOOK
from figure_agreement import Turned, double

from modpack import modulation, results
from modpack.context import ContextCode
from modpack.live.bench import Bench
from modpack.live.engine.compiled import Compiled
from modpack.live.engine.network import LiveNetworks
from modpack.live.flipbook import Control, Limits
from modpack.live.gating import EvidenceGates
from modpack.live.mixer import Mixer
from modpack.live.packing_map import PackingMap
from modpack.live.phase_plane import PhasePlane
from modpack.live.prediction import Prediction
from modpack.live.robustness import Robustness
from modpack.live.state_space import Landscape, SampledBranch, SampledEvent, StateSpace
from modpack.live.stream import Stream
from modpack.live.task_browser import TaskBrowser
from modpack.live.training_bench import TrainingBench
from modpack.live.training_bench.mappings import MAPPINGS
from modpack.measures.basis import Basis
from modpack.modulation import Combined
from modpack.network import ModulatedNetwork
from modpack.tasks import COMPACT, TrialSettings

COURSES = {"08_packing": MAPPINGS}
STATE = "application/vnd.jupyter.widget-state+json"


def models_of(page: str) -> dict[str, dict]:
    """The state of every widget of an executed chapter, by its identifier."""
    notebook = nbformat.read(BOOK.executed / f"{page.removeprefix('notebooks/')}.ipynb", as_version=4)
    widgets = notebook.metadata.get("widgets", {STATE: {"state": {}}})  # none where no cell shows one
    return {key: _restored(widget) for key, widget in widgets[STATE]["state"].items()}


def _restored(widget) -> dict:
    """The state of a widget with its bytes in place."""
    state = json.loads(json.dumps(widget.state))
    for buffer in widget.get("buffers", []):
        *way, last = buffer.path
        reduce(getitem, way, state)[last] = base64.b64decode(buffer.data)
    return state


def twin(line: str, model: dict, models: dict):
    """The figure that the line of Python below a figure makes.

    What the line calls by a name of the chapter is read from the page.
    """
    call = ast.parse(line, mode="eval").body.value  # without what is read of it
    state = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    if "frames" in model:
        return turned(model, state)
    (kind,) = (kind for kind in PARTS if kind.__name__ == call.func.id)
    parts = zip(call.args, PARTS[kind][: len(call.args)], strict=True)
    return kind(*(_part(argument, *each, model, models) for argument, each in parts), **state)


def turned(model: dict, state: dict) -> Turned:
    """A flipbook in a state: the frame that Python has drawn for it."""
    state = {name: standard for name, _, standard in model["initial"]} | state
    sliders = [Control(name, Limits(*model["limits"][name]), "", value) for name, value in state.items()]
    settings = list(product(*(slider.values for slider in sliders)))
    index = settings.index(tuple(slider.nearest(slider.initial) for slider in sliders))
    return Turned(state, index, model["alts"][index])


def _part(argument, name, read, model, models):
    names = {node.id for node in ast.walk(argument) if isinstance(node, ast.Name)}
    from_page = read(model, models)
    if names != {"LiveNetworks"}:
        return from_page
    made = _evaluated(ast.unparse(argument))
    assert made.numbers == from_page.numbers, name
    return made


@cache
def _evaluated(expression: str) -> LiveNetworks:
    return eval(expression, {"LiveNetworks": LiveNetworks})


# --------------------------------------------------------------------------- read from the page


def _tensors(table: dict, numbers: bytes) -> dict[str, torch.Tensor]:
    """What `Packer.add` has written; notebooks do not keep the order of names."""
    whole = torch.from_numpy(np.frombuffer(numbers, "<f4").copy())
    return {
        name: whole[each["offset"] :][: math.prod(each["shape"])].reshape(each["shape"])
        for name, each in sorted(table.items(), key=lambda entry: entry[1]["offset"])
    }


def _modulation(described: dict, tensors: dict[str, torch.Tensor], d: int):
    if described["type"] == "Combined":
        return Combined(d, tuple(_modulation(part, tensors, part["d"]) for part in described["parts"]))
    if described["type"] == "Compiled":
        return Compiled.of(d, tensors)
    return vars(modulation)[described["type"]](d)


def networks_of(model: dict, models: dict) -> LiveNetworks:
    """The networks of a figure."""
    source = models[model["networks"].removeprefix("IPY_MODEL_")]
    return _read_networks(json.dumps(source["description"]), source["numbers"])


@cache
def _read_networks(text: str, numbers: bytes) -> LiveNetworks:
    description = json.loads(text)
    shared = _tensors(description["tensors"], numbers)
    tasks = tuple(task["name"] for task in description["tasks"])
    code = ContextCode("of the page", tasks, shared["code"])

    def network(each):
        tensors = _tensors(each["table"], numbers)
        form = _modulation(each["modulation"], tensors, code.d)
        return ModulatedNetwork(form, code, COMPACT, tensors, each["activation"], each["noise_enters"])

    members = {form: [network(x) for x in description["networks"][form]] for form in description["forms"]}
    read = LiveNetworks(members, n_trials=len(shared["deviates"]), source=description["source"])
    assert read.numbers == numbers
    return read


def landscape_of(model: dict, models: dict) -> Landscape:
    """The landscape of a state space."""
    about, numbers = SimpleNamespace(**model["description"]), model["numbers"]

    def tensors(table):
        return _tensors(table, numbers)

    def basis(each):
        words = {name: value for name, value in each.items() if name != "table"}
        return Basis(**tensors(each["table"]), **words)

    def branch(each):
        events = tuple(SampledEvent(**event) for event in each["events"])
        return SampledBranch(
            **tensors(each["table"]), n_unstable=torch.tensor(each["n_unstable"]), events=events
        )

    def slow(found):
        return {each["mix"]: tensors(each["table"])["states"] for each in found}

    def by_form(described, names, read):
        forms = [form for form in about.forms if form in described]
        return {form: {x: read(described[form][x]) for x in names if x in described[form]} for form in forms}

    return Landscape(
        tuple(about.tasks),
        by_form(about.bases, about.keys, basis),
        by_form(about.branches, about.epochs, lambda found: tuple(map(branch, found))),
        tensors(about.starts),
        slow=by_form(about.slow, about.epochs, slow),
        seed=about.seed,
        shown=TrialSettings(**about.shown),
    )


def packing_of(model: dict, models: dict) -> results.Result:
    """The shipped table on packing: what the page says of it is what it holds."""
    result, description = _shipped_packing()
    assert model["description"] == description
    return result


@cache
def _shipped_packing() -> tuple[results.Result, dict]:
    result = results.load("packing")
    return result, json.loads(json.dumps(PackingMap(result).description))


NETWORKS = ("networks", networks_of)
PARTS = {
    Mixer: [NETWORKS],
    TaskBrowser: [NETWORKS],
    Bench: [NETWORKS],
    EvidenceGates: [NETWORKS],
    Robustness: [NETWORKS],
    TrainingBench: [("course", lambda model, models: COURSES[model["chapter"]])],
    StateSpace: [NETWORKS, ("landscape", landscape_of)],
    Prediction: [
        ("x", lambda model, models: model["x"]),
        ("curves", lambda model, models: {form: double(y) for form, y in model["curves"].items()}),
    ],
    PackingMap: [("result", packing_of)],
    PhasePlane: [],
    Stream: [],
}
"""How the arguments of every figure are read from the page."""
