import { taskAnswer } from "../engine/rules.js";
import { make, makeButton, makeCheckbox, makeMenu } from "../base/panel.js";
import { drawAnswer, drawOutputs, drawOverTime, drawStimuli } from "../base/drawing.js";
import { TrialControls, chosenTrial, orderOf, run } from "../base/trial.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { casesOf, contextOf, fillCurves, isPossible, mixesOf, schemaOf } from "./compute.js";
import { STACK, drawCurve } from "./picture.js";
import { wordAnswer, wordCurve } from "./words.js";

// ---------------------------------------------------------------------------------------- worked

const HEIGHTS = { map: 84, outputs: 76, curve: 104 };

/** The figure: a trial and a context on the left, then a panel for each of the networks. */
export class Figure extends LiveFigure {
  static title = "context mixer";

  constructor(model, page, el) {
    super(model, page, el);
    this.mixes = mixesOf(this.limits.mix);
    this.forms = page.forms;
    this.curves = this.#emptyCurves();
    this.controls = this.#makeControls();
    this.trialControls = new TrialControls(this);
    this.#build();
  }

  get schema() {
    return schemaOf(this.page, this.limits);
  }

  isAllowed(state) {
    return isPossible(this.page, state);
  }

  // ------------------------------------------------------------------------------------ building

  #makeControls() {
    const tasks = this.page.tasks.map(({ name, label }) => [name, label]);
    const own = tasks.filter(([name]) => this.page.opponents[name].length);
    return {
      a: makeMenu({ label: "Trials of", options: own, onInput: (a) => this.#chooseTrials(a) }),
      b: makeMenu({
        label: "Context moves towards",
        options: tasks,
        onInput: (b) => this.set({ b }),
      }),
      seed: this.seedMenu(),
      mix: this.slider("mix", "mix"),
      fade: this.slider("fade", "fade: strength of the context"),
      noise: this.slider("noise", "noise of the context"),
      keep_norm: makeCheckbox({
        label: "the mix keeps its length",
        onInput: (keep_norm) => this.set({ keep_norm }),
      }),
    };
  }

  #chooseTrials(a) {
    const others = this.page.opponents[a];
    const b = this.model.get("b");
    this.set({ a, b: others.includes(b) ? b : others[0] });
  }

  #build() {
    const { controls } = this;
    const draws = this.page.deviates.length;
    this.again = makeButton("Draw the noise again", () =>
      this.set({ draw: (this.model.get("draw") + 1) % draws }),
    );
    const [a, b, seed, mixed] = ["a", "b", "seed", "mix"].map((name) => controls[name].element);
    mixed.classList.add("modpack-wide");
    const rest = ["fade", "noise"].map((name) => controls[name].element);
    const buttons = make("div", "modpack-buttons", {}, controls.keep_norm.element, this.again);
    this.assemble(
      make("div", "modpack-menus", {}, a, b, seed, this.reset),
      mixed,
      this.#buildPanels(),
      this.readout,
      this.page.between ? this.#noteOnGrid() : this.group("Context", ...rest, buttons),
      this.trialControls.element,
    );
  }

  /** Said instead of the controls of the context where the page cannot compile other contexts. */
  #noteOnGrid() {
    const textContent =
      `This page does not know every form above: Python compiled these networks beforehand at ` +
      `${this.page.between.steps + 1} mixes, and the slider chooses among them. What you see of a ` +
      `trial is simulated in the page.`;
    return make("p", "modpack-note", { textContent });
  }

  #buildPanels() {
    this.stimuli = this.canvas("modpack-ring");
    this.inputs = this.canvas("modpack-map");
    this.trialControls.dragOn(this.stimuli);
    const input = make("section", "modpack-input");
    this.inputTitle = make("p", "modpack-title");
    this.hint = make("p", "modpack-hint");
    this.choiceLegend = make("p", "modpack-legend");
    input.append(
      this.inputTitle,
      this.stimuli,
      this.hint,
      this.inputs,
      this.outputLegend("Outputs (above: input, units) over time"),
      this.choiceLegend,
    );
    this.panels = Object.fromEntries(this.forms.map((form) => [form, this.#buildPanel(form)]));
    const columns = Object.values(this.panels).map(({ section }) => section);
    const grid = make("div", "modpack-panels", {}, input, ...columns);
    grid.style.setProperty("--modpack-columns", this.forms.length);
    return grid;
  }

  #buildPanel(form) {
    const parts = {
      ring: this.canvas("modpack-ring"),
      answer: make("p", "modpack-answer"),
      units: this.canvas("modpack-map"),
      outputs: this.canvas("modpack-outputs"),
      curve: this.canvas("modpack-curve"),
      axis: make("p", "modpack-axis"),
    };
    const title = make("p", "modpack-title", { textContent: form });
    title.style.borderColor = this.page.colours[form];
    const section = make("section", "modpack-network", {}, title, ...Object.values(parts));
    return { section, ...parts };
  }

  // ------------------------------------------------------------------------------------ updating

  /** Follow a change of the state. */
  update() {
    const { state, page } = this;
    const [task, other] = ["a", "b"].map((key) =>
      page.tasks.find(({ name }) => name === state[key]),
    );
    this.labels = { a: task.label, b: other.label };
    this.trial = chosenTrial(task, page.preset, state);
    this.b = taskAnswer(other, this.trial.conditions);
    this.context = contextOf(page, state, state.mix, page.deviates[state.draw]);
    this.results = Object.fromEntries(
      this.forms.map((form) => {
        const network = page.networks[form][state.seed];
        return [form, run(network, this.context, this.trial, this.b, page)];
      }),
    );
    this.cases = casesOf(page, state);
    this.#orderNeurons(state);
    this.#showControls(state, task);
    this.#showWords();
    this.#beginCurves(state);
    this.show(() => this.#words(this.state));
  }

  #orderNeurons({ a, seed }) {
    if (this.ordered === `${a} ${seed}`) return;
    this.ordered = `${a} ${seed}`;
    this.orders = {};
    this.scales = {};
    for (const form of this.forms) {
      const [trial] = this.page.trials[a];
      const dynamics = this.page.networks[form][seed].under(this.page.contexts[a]);
      const states = dynamics.simulate(trial.patterns, trial.epochIndex);
      this.orders[form] = orderOf(states, dynamics.nNeurons);
      this.scales[form] = states.toSorted()[Math.floor(0.98 * states.length)];
    }
  }

  #showControls(state, task) {
    const { controls } = this;
    const opponents = this.page.opponents[state.a];
    controls.a.show(state.a);
    controls.b.show(state.b, (name) => opponents.includes(name));
    controls.seed.show(String(state.seed));
    controls.keep_norm.show(state.keep_norm);
    ["mix", "fade", "noise"].forEach((name) => controls[name].show(state[name]));
    this.trialControls.show(state, task);
    this.again.disabled = state.noise === 0;
  }

  #showWords() {
    const { labels, page } = this;
    this.inputTitle.textContent = `${labels.a} trial`;
    this.hint.textContent = `Drag a stimulus. Answers: ● ${labels.a}, ○ ${labels.b}.`;
    this.#showChoiceLegend();
    for (const form of this.forms) {
      this.panels[form].answer.textContent = wordAnswer(this.results[form], labels, page.criterion);
      const ends = [labels.a, labels.b].map((textContent) => make("span", "", { textContent }));
      this.panels[form].axis.replaceChildren(...ends);
    }
  }

  #showChoiceLegend() {
    const names = { a: this.labels.a, blend: "in between", neither: "neither", b: this.labels.b };
    const entries = STACK.map((kind) =>
      make("span", "", {}, make("span", `modpack-swatch modpack-${kind}`), names[kind]),
    );
    const title = make("i", "", { textContent: `Choices in ${this.cases.length} trials, by mix ` });
    this.choiceLegend.replaceChildren(title, ...entries);
  }

  #words(state) {
    const { labels, page, curves } = this;
    const here = Math.round(state.mix * (this.mixes.length - 1));
    const said = this.forms.map((form) => {
      const answer = wordAnswer(this.results[form], labels, page.criterion);
      return `${form}: ${answer}; over ${this.cases.length} trials ${wordCurve(curves[form][here], labels)}`;
    });
    return `Mix ${state.mix.toFixed(2)} of ${labels.a} and ${labels.b}. ${said.join(". ")}.`;
  }

  #emptyCurves() {
    return Object.fromEntries(
      this.forms.map((form) => [form, new Array(this.mixes.length).fill(null)]),
    );
  }

  #beginCurves(state) {
    const { a, b, keep_norm, fade: s, noise, seed } = state;
    const wanted = JSON.stringify([a, b, keep_norm, s, noise, seed]);
    if (this.wanted === wanted) return;
    this.wanted = wanted;
    this.curves = this.#emptyCurves();
    this.worker.begin(this.#curveWork(state));
  }

  *#curveWork(state) {
    this.isComplete = false;
    yield* fillCurves(this.page, state, this.cases, this.mixes, this.curves);
    this.isComplete = true;
    this.say(() => this.#words(this.state));
  }

  /** Draw everything anew; returns what is on show. */
  draw() {
    const { trial, page, state } = this;
    const { ink, paper } = this.colours;
    const steps = trial.end;
    const go = trial.onsets[6];
    const channels = trial.patterns[0].length;
    const input = (k) => trial.patterns[trial.epochIndex[k % steps]][Math.floor(k / steps)];
    drawStimuli(this.stimuli, trial, ink, paper);
    drawOverTime(this.inputs, HEIGHTS.map, channels, steps, go, input, ink, ink);
    const { cos, sin } = this.model.get("outputs");
    for (const form of this.forms) {
      const { ring, units, outputs, curve } = this.panels[form];
      const [result, colour, order] = [this.results[form], page.colours[form], this.orders[form]];
      const n = order.length;
      const rate = (k) =>
        result.states[(k % steps) * n + order[Math.floor(k / steps)]] / this.scales[form];
      drawAnswer(ring, result, { trial, b: this.b, criterion: page.criterion }, colour, ink);
      drawOverTime(units, HEIGHTS.map, n, steps, go, rate, colour, ink);
      drawOutputs(outputs, HEIGHTS.outputs, result, go, [ink, cos, sin]);
      drawCurve(curve, HEIGHTS.curve, this.mixes, this.curves[form], state.mix, colour, ink);
    }
    this.#label();
    return this.#drawn();
  }

  #label() {
    const { labels, panels } = this;
    const label = (canvas, text) => canvas.setAttribute("aria-label", text);
    label(this.stimuli, "Directions of the stimuli on a ring; sliders set them too.");
    label(this.inputs, "Input channels over time; the dashed line is the go signal.");
    for (const form of this.forms) {
      const { ring, units, outputs, curve } = panels[form];
      label(ring, `Answer of the ${form} network as an arrow.`);
      label(units, `Rates of all units of the ${form} network over time.`);
      label(outputs, `Outputs of the ${form} network over time.`);
      const kinds = `${labels.a}, ${labels.b}, in between or neither`;
      label(curve, `How often the ${form} network answers ${kinds}, by mix.`);
    }
  }

  #drawn() {
    const answers = Object.entries(this.results).map(([form, { said, made: kind }]) => [
      form,
      { choice: kind, ...said },
    ]);
    return {
      context: [...this.context],
      angles: this.trial.conditions.angle,
      onsets: this.trial.onsets,
      answers: Object.fromEntries(answers),
      curves: this.curves,
      isComplete: this.isComplete,
    };
  }
}

export default { render: rendererOf(Figure) };
