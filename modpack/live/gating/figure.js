import { Axes } from "../base/axes.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { makeFormPanels, makeSeedMenu, networksOf } from "../base/networks.js";
import { make } from "../base/panel.js";
import { begun, isPossible, measured, orderBy, profilesOf, running, schemaOf } from "./compute.js";
import { drawParts, drawRunning, drawVectors } from "./picture.js";
import { wordAnswer, wordParts, words } from "./words.js";

/** The figure: a mix and the evidence of two rings, then a panel for each of the networks. */
export class Figure extends LiveFigure {
  static title = "gates of evidence";

  constructor(model, el, networks) {
    super(model, el, networks);
    this.pair = model.get("pair");
    this.schema = schemaOf(networks, this.limits);
    this.labels = this.pair.map((name) => networks.tasks.find((each) => each.name === name).label);
    this.panels = {};
    this.#build();
  }

  isAllowed(state) {
    return isPossible(this.limits, state);
  }

  // ------------------------------------------------------------------------------------ building

  #build() {
    const [a, b] = this.labels;
    this.controls = {
      seed: makeSeedMenu(this),
      mix: this.slider("mix", `mix, from the context of ${a} to that of ${b}`),
      evidence1: this.slider("evidence1", "evidence for stimulus 1 in ring 1"),
      evidence2: this.slider("evidence2", "evidence for stimulus 1 in ring 2"),
      angle: this.slider("angle", "direction of stimulus 1"),
    };
    const element = (name) => this.controls[name].element;
    element("mix").classList.add("modpack-wide");
    this.assemble(
      element("mix"),
      this.group("Trial", element("evidence1"), element("evidence2")),
      this.reset,
      this.#makeLegend(),
      this.#makePanels(),
      this.fold(
        "More controls",
        this.group("Trial and network", element("angle"), element("seed")),
      ),
    );
  }

  #makeLegend() {
    const stroke = (name) => make("span", `modpack-stroke modpack-${name}`);
    const entry = (name, text) => make("span", "", {}, stroke(name), text);
    return make(
      "p",
      "modpack-legend",
      {},
      make("i", "", {
        textContent:
          "What each ring adds to the choice, and the vectors behind it: a bar for each neuron, and how much has moved " +
          "from ring 1 to ring 2 through either",
      }),
      entry("ring1", "ring 1"),
      entry("ring2", "ring 2"),
      entry("reference", "thin: at mix 0"),
    );
  }

  #makePanels() {
    const { forms, colours } = this.networks;
    const partsOf = (form) => {
      const sums = this.canvas("modpack-running", `Contributions of both rings, ${form} network.`);
      const vectors = this.canvas(
        "modpack-vectors",
        `Input and selection vectors, ${form} network.`,
      );
      const parts = this.canvas("modpack-parts", `Parts of the change, ${form} network.`);
      const [answer, moved] = [make("p", "modpack-answer"), make("p", "modpack-hint")];
      const axes = new Axes(sums, { label: "time (ms)" }, { label: "share, summed up" });
      this.panels[form] = { answer, axes, vectors, parts, moved };
      return [answer, sums, vectors, moved, parts];
    };
    return makeFormPanels(forms, colours, partsOf).grid;
  }

  // ------------------------------------------------------------------------------------ updating

  update() {
    const { state, controls, networks } = this;
    Object.entries(controls).forEach(([name, control]) => control.show(state[name]));
    this.#begin(state);
    this.results = measured(networks, this.pair, state, this.begun);
    for (const form of networks.forms) {
      const { answer, moved } = this.panels[form];
      answer.textContent = wordAnswer(this.results[form].now.answer);
      moved.textContent = `moved to ring 2: ${wordParts(this.results[form])}`;
    }
    this.show(() => words(this.state, this.labels, this.results));
  }

  /** What the mix has no part in. */
  #begin({ mix: _, ...rest }) {
    if (this.isStale("begun", rest)) this.begun = begun(this.networks, this.pair, rest);
  }

  // ------------------------------------------------------------------------------------- drawing

  /** Draw everything anew; returns what is on show. */
  draw() {
    const shown = this.networks.forms.map((form) => [form, this.#drawPanel(form)]);
    return { onsets: this.begun.trial.onsets, networks: Object.fromEntries(shown) };
  }

  #drawPanel(form) {
    const { networks, panels, results } = this;
    const { isOn } = this.begun;
    const { reference, now, sensitivity, byInput, bySelection } = results[form];
    const colours = { colour: networks.colours[form], ...this.colours };
    const { axes, vectors, parts } = panels[form];
    const times = Array.from(
      { length: isOn.lastIndexOf(true) + 2 },
      (_, t) => t * networks.preset.dt,
    );
    axes.x.limits = [0, times.at(-1)];
    const sums = [reference, now].map(({ contributions }) => contributions.map(running));
    drawRunning(axes, { reference: sums[0], now: sums[1], times }, colours);
    const order = orderBy(reference, isOn);
    const profiles = [reference, now].map((each) => profilesOf(each, isOn, order));
    drawVectors(vectors, { reference: profiles[0], now: profiles[1] }, colours);
    drawParts(parts, [byInput, bySelection], colours);
    return { answer: now.answer, sensitivity, running: sums[1], order, byInput, bySelection };
  }
}

export default { render: rendererOf(Figure, networksOf) };
