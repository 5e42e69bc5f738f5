"""The engine that a built page carries, run by the browser on the page's own numbers, against the package."""

import base64

import numpy as np
import pytest
import torch
from built_book import BOOK, opened

from modpack.context import mix
from modpack.live.shipped import shipped_networks
from modpack.measures.choices import CHOICES, choices
from modpack.tasks import Answer, final, get

TOLERANCE = 1e-8
MIXES = (0.0, 0.35, 0.5, 1.0)
CHAPTER = "notebooks/06_ambiguity"

# What the engine is asked for, of the script beside the page from which figures have it.
SCRIPT = BOOK.html / "_static" / "figures" / "bench.js"
ASKED = "CHOICES, choice, final, mix, readNetworks, readout, taskAnswer"

# Takes the networks out of the page's widget state, as the widget manager does.
LOAD = """async () => {
  const text = document.querySelector("script[type='application/vnd.jupyter.widget-state+json']").textContent;
  const widgets = Object.values(JSON.parse(text).state);
  const { state, buffers } = widgets.find(({ state }) => state.description?.networks);
  const { encoding, data } = buffers.find(({ path }) => path[0] === "numbers");
  if (encoding !== "base64") throw new Error(encoding);
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  globalThis.engine = modpackFigures.bench;
  globalThis.networks = engine.readNetworks(state.description, new DataView(bytes.buffer));
  return Object.fromEntries(networks.forms.map((form) => [form, networks.members[form].length]));
}"""

# The first trial of every task three times over, 150 steps, between its context and the next task's
STATES = """({ form, seed, mixes }) => {
  const { tasks, trials, contexts, members } = networks;
  const runs = tasks.flatMap(({ name }, k) => mixes.map((lam) => {
    const c = engine.mix(contexts[name], contexts[tasks[(k + 1) % tasks.length].name], lam);
    const [{ patterns, epochIndex }] = trials[name];
    const index = [1, 2, 3].flatMap(() => epochIndex);
    return members[form][seed].under(c).simulate(patterns, index);
  }));
  const bytes = new Uint8Array(runs.length * runs[0].byteLength);
  runs.forEach((states, k) => bytes.set(new Uint8Array(states.buffer), k * states.byteLength));
  let text = "";
  const step = 30000; // a multiple of three, so that the parts join
  for (let k = 0; k < bytes.length; k += step) {
    text += btoa(String.fromCharCode(...bytes.subarray(k, k + step)));
  }
  return text;
}"""

# Choices in all the random trials of every task, between its context and that of its first opponent
MADE = """({ form, seed, lam }) => networks.tasks.flatMap(({ name }) =>
  networks.opponents[name].slice(0, 1).map((other) => {
    const dynamics = networks.members[form][seed].under(
      engine.mix(networks.contexts[name], networks.contexts[other], lam));
    const task = networks.tasks.find((each) => each.name === other);
    return networks.trials[name].map((trial) => {
      const outputs = engine.readout(dynamics, dynamics.simulate(trial.patterns, trial.epochIndex));
      const said = engine.final(outputs, trial, networks.preset);
      const b = engine.taskAnswer(task, trial.conditions);
      return engine.CHOICES.indexOf(engine.choice(said, trial.answer, b, networks.criterion));
    });
  }))"""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def page(browser):
    with opened(browser, BOOK.html.as_uri(), CHAPTER) as page:
        page.add_script_tag(
            content=SCRIPT.read_text("utf8").replace("return { render:", f"return {{ {ASKED}, render:")
        )
        yield page


@pytest.fixture(scope="module")
def live(page):
    """The networks that the page says it holds, as the package has them."""
    held = page.evaluate(LOAD)
    live = shipped_networks(list(held), list(range(min(held.values()))))
    assert {form: len(members) for form, members in live.networks.items()} == held
    assert len(held) * live.n_seeds >= 9
    return live


def every_network(live):
    return [
        (form, seed, network) for form, nets in live.networks.items() for seed, network in enumerate(nets)
    ]


def test_states_of_every_network_in_every_task(page, live):
    trials = live.trials.select(slice(0, 1))
    largest = 0.0
    for form, seed, network in every_network(live):
        text = page.evaluate(STATES, {"form": form, "seed": seed, "mixes": MIXES})
        shape = (len(trials.tasks), len(MIXES), 3 * trials.n_steps, network.n_neurons)
        states = torch.from_numpy(np.frombuffer(base64.b64decode(text), np.float64).reshape(shape).copy())
        vectors = network.code.vectors.double()
        for k, lam in enumerate(MIXES):
            dynamics = network.under(mix(vectors, vectors.roll(-1, 0), lam))
            expected = dynamics.simulate(trials.patterns, trials.epoch_index.repeat(3, 1, 1))
            largest = max(largest, float((states[:, k] - expected.squeeze(2).movedim(0, 1)).abs().max()))
    assert 3 * trials.n_steps == 150
    assert largest <= TOLERANCE


def test_answers_of_every_network(page, live):
    pairs = [(a, others[0]) for a, others in live.opponents.items() if others]
    names = [task.name for task in live.trials.tasks]
    different, count = 0, 0
    for form, seed, network in every_network(live):
        made = torch.tensor(page.evaluate(MADE, {"form": form, "seed": seed, "lam": 0.5}))
        contexts = torch.stack([mix(network.code[a], network.code[b], 0.5) for a, b in pairs]).double()
        index = torch.tensor([names.index(a) for a, _ in pairs])
        trials = live.trials._map(lambda x, axis, index=index: x.index_select(axis - 1, index))
        said = final(network.outputs(trials, contexts), trials)
        answers = [get(b).answer(trials.conditions) for _, b in pairs]
        own = torch.arange(len(pairs))
        b = Answer(
            *(torch.stack([getattr(each, part) for each in answers])[own, own] for part in Answer._fields)
        )
        different += int((choices(said, trials.answer, b) != made).sum())
        count += made.numel()
        assert made.max() < len(CHOICES)
    assert count >= 1000
    assert different < 0.001 * count  # those whose margin is below the rounding of the last digits
