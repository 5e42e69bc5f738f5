import { figureBeside, isInBook } from "../base/beside.js";
import { LocalModel } from "../base/local_model.js";
import { isIn } from "../base/links.js";
import { make, makeButton } from "../base/panel.js";
import { PLACES } from "./compute.js";
import { fileOf, nameOf, networksFrom } from "./taken.js";
import { wordTaken } from "./words.js";

/** What was trained, taken on: into figures below, and into files. */

const LABELS = {
  mixer: "Slide their context",
  bench: "Silence their neurons",
  state_space: "See where they rest",
};

const addressOf = (content, type) => URL.createObjectURL(new Blob([content], { type }));

/** Let the reader have a file. */
function download(name, bytes) {
  const href = addressOf(bytes, "application/octet-stream");
  make("a", "", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href));
}

/** What draws a figure of a kind: from beside the page of a book, or else from the scripts that the bench holds. */
async function rendererFor(name, scripts) {
  if (isInBook()) return (await figureBeside(name)).render;
  const href = addressOf(scripts[name], "text/javascript");
  const module = await import(href);
  URL.revokeObjectURL(href);
  return module.default.render;
}

/** The first task with an opponent, and that. */
function pairOf({ opponents }) {
  const a = Object.keys(opponents).find((name) => opponents[name].length > 0);
  return [a, opponents[a][0]];
}

/** What of a figure depends on its networks, by the traits of its model. */
const DEPENDENT = {
  mixer(networks) {
    const [a, b] = pairOf(networks);
    return { a, b };
  },
  bench: ({ members, forms }) => ({ n_units: members[forms[0]][0].nNeurons }),
  state_space: (networks, { description }) => ({
    description: { ...description, tasks: pairOf(networks) },
  }),
};

/** Line of Python that makes networks of their files. */
function networksLine(runs, state) {
  const read = (run) => `"${run.form}": [stored.read(Path("${nameOf(run, state)}")).network]`;
  return `LiveNetworks({${runs.map(read).join(", ")}})`;
}

/** The arguments in Python of a figure of networks that a line makes. */
const argumentsOf = (line, { description }) =>
  description ? `live := ${line}, explored(live, ("${description.tasks.join('", "')}"))` : line;

export class Taking {
  constructor(figure, el) {
    Object.assign(this, { figure, opened: null, stop: () => {} });
    this.buttons = Object.entries(LABELS).map(([name, label]) =>
      makeButton(label, () => this.open(name)),
    );
    this.files = PLACES.map((_, k) => makeButton("", () => this.#download(k)));
    const every = [...this.buttons, ...this.files];
    for (const button of every) button.dataset.keepsState = "true";
    const row = (textContent, buttons) =>
      make(
        "div",
        "modpack-buttons",
        {},
        make("span", "modpack-label", { textContent }),
        ...buttons,
      );
    this.element = make("div", "");
    this.element.append(row("Take them on:", this.buttons), row("Or keep them:", this.files));
    this.notice = make("p", "modpack-notice", { hidden: true, role: "status" });
    this.place = make("div", "modpack-taken");
    el.append(this.place);
  }

  /** Show what can be done with the networks as they are; what is open below follows them. */
  show() {
    const { race } = this.figure;
    this.element.hidden = !race.isBegun;
    for (const button of this.buttons) button.disabled = !race.isAtRest;
    this.files.forEach((button, k) => {
      button.hidden = race.runs[k] === undefined;
      button.disabled = !race.isAtRest;
      button.textContent = `Download ${race.runs[k]?.form}`;
    });
    const asked = this.#asked;
    this.notice.hidden = asked === undefined || this.opened !== null;
    this.notice.textContent =
      "This link also tells of a figure of the networks that are trained here, which are not there yet. Train them; the " +
      "figure opens in the end.";
    const isDue = this.opened !== null || (race.isFinished && asked !== undefined);
    if (isDue && race.isAtRest && this.#areOthers()) this.open(this.opened ?? asked);
  }

  /** Whether the networks are others than those that were taken on last; from now on they are not. */
  #areOthers() {
    const { race, configuration } = this.figure;
    const steps = race.runs.map(({ report }) => report?.step);
    return this.figure.isStale("taken", configuration, steps);
  }

  /** The figure of these networks of which the address speaks. */
  get #asked() {
    const { taken } = this.figure.description;
    return Object.keys(taken).find((name) => isIn(location.hash, taken[name].name));
  }

  /** Show a figure of the networks as they are now. */
  async open(name) {
    const { race, state, description, model } = this.figure;
    const values = this.#valuesOf(name, race.runs, state);
    const text = wordTaken(race, description.sets[state.tasks].label);
    this.close();
    this.#areOthers(); // not any longer
    this.opened = name;
    this.model = new LocalModel(values);
    this.notice.hidden = true;
    const el = make("div", "");
    this.place.append(make("p", "modpack-whose", { textContent: text }), el);
    const render = await rendererFor(name, model.get("scripts"));
    const stop = el.isConnected ? await render({ model: this.model, el }) : () => {};
    if (el.isConnected) this.stop = stop;
    else stop(); // another has taken its place
  }

  #valuesOf(name, runs, state) {
    const { taken, colours } = this.figure.description;
    const networks = networksFrom(runs, colours);
    const beside = this.figure.link.hash; // how they are trained
    const values = {
      ...{ ...taken[name], networks, beside },
      ...DEPENDENT[name](networks, taken[name]),
    };
    const [call, , read] = values.python;
    const key = `${name} ${state.tasks} ${state.n_neurons}`;
    const kept = this.key === key ? this.#keptState() : {};
    this.key = key;
    return {
      ...values,
      ...kept,
      initial: values.initial.map(([part, , standard]) => [part, values[part], standard]),
      python: [call, argumentsOf(networksLine(runs, state), values), read],
    };
  }

  #keptState() {
    return Object.fromEntries(
      this.model.get("initial").map(([part]) => [part, this.model.get(part)]),
    );
  }

  #download(k) {
    const { race, state, description } = this.figure;
    const run = race.runs[k];
    download(nameOf(run, state), fileOf(run, description));
  }

  close() {
    this.stop();
    this.stop = () => {};
    this.place.replaceChildren();
    this.opened = null;
  }
}
