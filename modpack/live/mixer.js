import {
  CHOICES,
  choice,
  fade,
  final,
  mix,
  mixPreservingNorm,
  opposed,
  readout,
  taskAnswer,
} from "./engine.js";
import { chosenTrial, orderOf, run, TrialControls } from "./trials.js";
import {
  drawLine,
  make,
  makeButton,
  makeCheckbox,
  makeMenu,
  percent,
  degrees,
  prepare,
} from "./panel.js";
import { drawAnswer, drawOutputs, drawOverTime, drawStimuli } from "./drawing.js";
import { flag, indexBelow, numbersWithin, oneOf } from "./links.js";
import { LiveFigure, rendererOf } from "./figure.js";

/** The page's half of mixer.py. First what is computed, then what is drawn, then what is worked. */

// -------------------------------------------------------------------------------------- computed

/** The mixes of the curve: one for every position of the slider. */
export function mixesOf([low, high, step]) {
  const steps = Math.round((high - low) / step);
  return Array.from({ length: steps + 1 }, (_, k) => low + ((high - low) * k) / steps);
}

/** fade * mix(c_a, c_b) + noise * z. */
export function contextOf({ contexts }, state, lam, z) {
  const operator = state.keep_norm ? mixPreservingNorm : mix;
  const faded = fade(operator(contexts[state.a], contexts[state.b], lam), state.fade);
  return faded.map((value, k) => value + state.noise * z[k]);
}

/** The choice in one of the random trials: only the last state is read. */
function choiceOf(dynamics, trial, b, { preset, criterion }) {
  const states = dynamics.simulate(trial.patterns, trial.epochIndex.slice(0, trial.end));
  const outputs = readout(dynamics, states.subarray(-dynamics.nNeurons));
  return choice(final(outputs, { end: 1 }, preset), trial.answer, b, criterion);
}

/** Indices 0 ... count - 1 so that early ones are spread over the whole range. */
export function coarseToFine(count) {
  const order = new Set([0, count - 1]);
  for (let stride = (count - 1) / 2; stride > 0.5; stride /= 2) {
    for (let k = 0; k < count - 0.5; k += stride) order.add(Math.round(k));
  }
  for (let k = 0; k < count; k++) order.add(k);
  return [...order];
}

/** The random trials to which the two tasks have different answers. */
export function casesOf(page, { a, b }) {
  const task = page.tasks.find(({ name }) => name === b);
  return page.trials[a]
    .map((trial, k) => ({ trial, b: taskAnswer(task, trial.conditions), z: page.deviates[k] }))
    .filter((each) => opposed(each.trial.answer, each.b));
}

/** Fill curves[form][mix] with the fractions of all choices; yields after every trial. */
export function* fillCurves(page, state, cases, mixes, curves) {
  if (cases.length === 0) return;
  for (const index of coarseToFine(mixes.length)) {
    for (const form of page.forms) {
      const members = page.networks[form];
      const counts = CHOICES.map(() => 0);
      const compile = (z) => members[state.seed].under(contextOf(page, state, mixes[index], z));
      const shared = state.noise === 0 ? compile(page.deviates[0]) : null;
      for (const { trial, b, z } of cases) {
        counts[CHOICES.indexOf(choiceOf(shared ?? compile(z), trial, b, page))] += 1;
        yield;
      }
      curves[form][index] = counts.map((count) => count / cases.length);
    }
  }
}

/** Readers of the state in a link. */
export function schemaOf(page, limits) {
  const names = page.tasks.map(({ name }) => name);
  return {
    ...numbersWithin(limits),
    a: oneOf(names.filter((name) => page.opponents[name].length)),
    b: oneOf(names),
    keep_norm: flag,
    draw: indexBelow(page.deviates.length),
    seed: indexBelow(page.nSeeds),
  };
}

/** Whether a state is one that the page can show. */
export function isPossible(page, { a, b, mix: lam, fade: s, noise, keep_norm }) {
  if (!page.opponents[a].includes(b)) return false;
  if (page.between === null) return true;
  const steps = lam * page.between.steps;
  return Math.abs(steps - Math.round(steps)) < 1e-6 && s === 1 && noise === 0 && !keep_norm;
}

// ----------------------------------------------------------------------------------------- drawn

/** How a choice fills its area: a is solid, b a tint, a blend hatched, neither empty. */
export const STACK = ["a", "blend", "neither", "b"];

function fillOf(pen, kind, colour) {
  if (kind === "neither") return "transparent";
  if (kind !== "blend") return colour;
  const tile = make("canvas", "", { width: 6, height: 6 });
  const brush = tile.getContext("2d");
  brush.strokeStyle = colour;
  brush.lineWidth = 1.5;
  for (const x of [-6, 0, 6]) {
    drawLine(brush, [
      [x, 6],
      [x + 6, 0],
    ]);
  }
  return pen.createPattern(tile, "repeat");
}

function fillArea(pen, kind, colour) {
  pen.fillStyle = fillOf(pen, kind, colour);
  pen.globalAlpha = kind === "b" ? 0.35 : 1;
  pen.fill();
  pen.globalAlpha = 1;
}

/** The stacked fractions over the mix, as far as they are known, and the present mix. */
export function drawCurve(canvas, height, mixes, curve, lam, colour, ink) {
  const width = canvas.clientWidth;
  const pen = prepare(canvas, width, height);
  const [left, right, bottom] = [1, width - 1, height - 1];
  const at = (mixed, fraction) => [left + mixed * (right - left), bottom - fraction * (bottom - 8)];
  const known = mixes.map((mixed, k) => [mixed, curve[k]]).filter(([, fractions]) => fractions);
  const below = new Array(known.length).fill(0);
  for (const kind of STACK) {
    const index = CHOICES.indexOf(kind);
    const above = known.map(([, fractions], k) => below[k] + fractions[index]);
    pen.beginPath();
    known.forEach(([mixed], k) => pen.lineTo(...at(mixed, above[k])));
    known.toReversed().forEach(([mixed], k) => pen.lineTo(...at(mixed, below.at(-1 - k))));
    fillArea(pen, kind, colour);
    above.forEach((value, k) => (below[k] = value));
  }
  pen.strokeStyle = ink;
  pen.globalAlpha = 0.35;
  pen.strokeRect(left, 8, right - left, bottom - 8);
  pen.globalAlpha = 1;
  drawMarker(pen, at(lam, 0)[0], bottom, ink);
}

function drawMarker(pen, x, bottom, ink) {
  pen.strokeStyle = ink;
  pen.fillStyle = ink;
  pen.lineWidth = 2;
  drawLine(pen, [
    [x, 4],
    [x, bottom],
  ]);
  pen.beginPath();
  [
    [x - 5, 0],
    [x + 5, 0],
    [x, 8],
  ].forEach((point) => pen.lineTo(...point));
  pen.fill();
}

// ---------------------------------------------------------------------------------------- worded

export function wordAnswer({ said, made: kind }, labels, { fixation_threshold }) {
  const where = said.fixation > fixation_threshold ? "keeps fixating" : degrees(said.angle);
  const what = {
    a: labels.a,
    b: labels.b,
    blend: "in between",
    neither: "neither",
    both: "as both ask",
  };
  return `${what[kind]} (${where})`;
}

export function wordCurve(fractions, labels) {
  if (!fractions) return "not yet computed";
  const names = [labels.a, labels.b, "in between", "neither"];
  return names
    .map((name, k) => `${name} ${percent(fractions[k])}`)
    .filter((_, k) => fractions[k] > 0)
    .join(", ");
}

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
