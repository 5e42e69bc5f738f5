import {
  CHOICES,
  RESPOND,
  UNDEFINED,
  assemble,
  choice,
  durations,
  fade,
  final,
  mix,
  mixPreservingNorm,
  opposed,
  readNetworks,
  readout,
  satisfies,
  taskAnswer,
  wrap,
} from "./engine.js";
import {
  Worker,
  drawLine,
  drawMap,
  indexBelow,
  make,
  makeButton,
  makeCheckbox,
  makeMenu,
  makeSlider,
  numberBetween,
  oneOf,
  prepare,
  readFragment,
  watchTheme,
  writeFragment,
} from "./panel.js";

/** The page's half of mixer.py. First what is computed, then what is drawn, then what is worked. */

// -------------------------------------------------------------------------------------- computed

const NAME = "mixer";

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

const clamp = (value, [low, high]) => Math.min(Math.max(value, low), high);

/** The trial that the reader chose; as chosen_trial in Python. */
export function chosenTrial(task, preset, state) {
  const strength = task.strength.map((rings, stimulus) =>
    rings.map((value, ring) => value + state.coherence * task.coherence_strength[stimulus][ring]),
  );
  const angle = [state.angle, state.angle2].map((degrees, stimulus) =>
    strength[stimulus][0] + strength[stimulus][1] === 0 ? NaN : wrap(degrees * (Math.PI / 180)),
  );
  const periods = [...task.periods];
  if (task.delays) periods[2] = clamp(state.delay, task.delays);
  const conditions = { angle, strength, sequential: task.sequential };
  return assemble(task, preset, conditions, durations(periods, preset.dt, preset.length));
}

/** What a network does in a trial: its states, its outputs, what it says, and which choice that is. */
export function run(network, context, trial, b, { preset, criterion }) {
  const dynamics = network.under(context);
  const states = dynamics.simulate(trial.patterns, trial.epochIndex);
  const outputs = readout(dynamics, states);
  const said = final(outputs, trial, preset);
  return { states, outputs, said, made: made(said, trial.answer, b, criterion) };
}

/** The choice, or "both" if both tasks ask for the same and it was answered. */
function made(said, a, b, criterion) {
  const alike = b.kind !== UNDEFINED && !opposed(a, b);
  return alike && satisfies(said, a, criterion) ? "both" : choice(said, a, b, criterion);
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

/** Neurons in the order of the time of their largest rate in a trial. */
function orderOf(states, n) {
  const peak = (i) => {
    let best = 0;
    for (let t = 0; t * n < states.length; t++)
      if (states[t * n + i] > states[best * n + i]) best = t;
    return best;
  };
  return Array.from({ length: n }, (_, i) => [peak(i), i])
    .sort(([first], [second]) => first - second)
    .map(([, i]) => i);
}

/** Readers of the state in a link. */
export function schemaOf(page, limits) {
  const names = page.tasks.map(({ name }) => name);
  const members = Object.values(page.networks).map(({ length }) => length);
  const sliders = Object.entries(limits).map(([name, [low, high]]) => [
    name,
    numberBetween(low, high),
  ]);
  return {
    ...Object.fromEntries(sliders),
    a: oneOf(names.filter((name) => page.opponents[name].length)),
    b: oneOf(names),
    keep_norm: (text) => ({ 0: false, 1: true })[text],
    draw: indexBelow(page.deviates.length),
    seed: indexBelow(Math.min(...members)),
  };
}

/** The state that a fragment holds, complete; null if it holds none, an error if it is not allowed. */
export function stateFrom(hash, page, limits, initial) {
  const read = readFragment(hash, NAME, schemaOf(page, limits));
  if (read === null) return null;
  const state = { ...initial, ...read };
  if (!page.opponents[state.a].includes(state.b)) throw new RangeError("no pair");
  return state;
}

function changes(state, initial) {
  return Object.fromEntries(
    Object.entries(state).filter(([name, value]) => value !== initial[name]),
  );
}

/** The line of Python that reproduces a state; triples are [name, value on the page, Python's default]. */
function pythonLine(source, state, triples) {
  const literal = (value) =>
    value === true ? "True" : value === false ? "False" : JSON.stringify(value);
  const keywords = triples
    .filter(([name, , standard]) => state[name] !== standard)
    .map(([name]) => `, ${name}=${literal(state[name])}`);
  return `Mixer(${source}${keywords.join("")}).answer`;
}

// ----------------------------------------------------------------------------------------- drawn

const FONT = "11px system-ui, sans-serif";
const TURN = 2 * Math.PI;

/** Point at an angle (rad, counter-clockwise) and a distance from a centre. */
const polar = ([x, y], angle, distance) => [
  x + distance * Math.cos(angle),
  y - distance * Math.sin(angle),
];

function disc(pen, [x, y], radius, isFilled = true) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, TURN);
  if (isFilled) pen.fill();
  pen.stroke();
}

/** A ring in a square canvas; returns its centre and radius. */
function drawRing(pen, size, ink) {
  const ring = { centre: [size / 2, size / 2], radius: size / 2 - 16 };
  pen.strokeStyle = ink;
  pen.globalAlpha = 0.35;
  pen.lineWidth = 1;
  disc(pen, ring.centre, ring.radius, false);
  pen.globalAlpha = 1;
  return ring;
}

const HANDLE = 10;

function drawStimuli(canvas, trial, ink, paper) {
  const size = canvas.clientWidth;
  const pen = prepare(canvas, size, size);
  const { centre, radius } = drawRing(pen, size, ink);
  pen.font = `bold ${FONT}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const shown = trial.conditions.angle.filter((angle) => !Number.isNaN(angle)).length;
  trial.conditions.angle.forEach((angle, stimulus) => {
    if (Number.isNaN(angle)) return;
    const point = polar(centre, angle, radius);
    pen.fillStyle = ink;
    disc(pen, point, HANDLE);
    pen.fillStyle = paper;
    if (shown > 1) pen.fillText(stimulus + 1, ...point);
  });
}

/** The answers of a (filled) and b (open) as marks on the ring, then the outputs as a path and an arrow. */
function drawAnswer(canvas, { outputs }, { trial, b, criterion }, colour, ink) {
  const size = canvas.clientWidth;
  const pen = prepare(canvas, size, size);
  const { centre, radius } = drawRing(pen, size, ink);
  pen.strokeStyle = ink;
  [trial.answer, b].forEach((each, k) => {
    if (each.kind === UNDEFINED) return;
    pen.fillStyle = ink;
    pen.lineWidth = 1.5;
    const place = each.kind === RESPOND ? polar(centre, each.angle, radius) : centre;
    if (each.kind === RESPOND)
      drawTolerance(pen, centre, radius, each.angle, criterion.tolerance, k);
    disc(pen, place, 5, k === 0);
  });
  const point = (y) => [centre[0] + radius * y[1], centre[1] - radius * y[2]];
  pen.strokeStyle = colour;
  pen.fillStyle = colour;
  pen.lineWidth = 1;
  drawLine(pen, outputs.map(point));
  drawArrow(pen, centre, point(outputs[trial.end - 1]));
}

function drawTolerance(pen, [x, y], radius, angle, tolerance, k) {
  pen.save();
  pen.lineWidth = 3;
  pen.setLineDash(k === 0 ? [] : [3, 3]);
  pen.beginPath();
  pen.arc(x, y, radius, -angle - tolerance, -angle + tolerance);
  pen.stroke();
  pen.restore();
}

function drawArrow(pen, from, to) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const angle = Math.atan2(from[1] - to[1], to[0] - from[0]);
  pen.lineWidth = 3;
  drawLine(pen, [from, to]);
  if (length < 8) return;
  pen.beginPath();
  [to, polar(to, angle + 2.6, 9), polar(to, angle - 2.6, 9)].forEach((p) => pen.lineTo(...p));
  pen.fill();
}

/** Numbers over time as a map with the time of the go signal. */
function drawOverTime(canvas, height, rows, steps, go, values, colour, ink) {
  const width = canvas.clientWidth;
  const pen = prepare(canvas, width, height);
  drawMap(pen, values, [rows, steps], colour, [0, 0, width, height]);
  pen.globalAlpha = 0.35;
  pen.strokeStyle = ink;
  pen.strokeRect(0.5, 0.5, width - 1, height - 1);
  pen.globalAlpha = 1;
  drawGo(pen, (go / steps) * width, height, ink);
}

function drawGo(pen, x, height, ink) {
  pen.strokeStyle = ink;
  pen.lineWidth = 1;
  pen.setLineDash([3, 3]);
  drawLine(pen, [
    [x, 0],
    [x, height],
  ]);
  pen.setLineDash([]);
}

function drawOutputs(canvas, height, { outputs }, go, colours) {
  const width = canvas.clientWidth;
  const pen = prepare(canvas, width, height);
  const steps = outputs.length;
  const place = (y) => height / 2 - (y / 1.3) * (height / 2);
  drawGo(pen, (go / steps) * width, height, colours[0]);
  pen.globalAlpha = 0.35;
  drawLine(pen, [
    [0, place(0)],
    [width, place(0)],
  ]);
  pen.globalAlpha = 1;
  pen.lineWidth = 1.6;
  colours.forEach((colour, k) => {
    pen.strokeStyle = colour;
    drawLine(
      pen,
      outputs.map((y, t) => [((t + 0.5) / steps) * width, place(y[k])]),
    );
  });
}

/** How a choice fills its area: a is solid, b a tint, a blend hatched, neither empty. */
const STACK = ["a", "blend", "neither", "b"];

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
function drawCurve(canvas, height, mixes, curve, lam, colour, ink) {
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

const degrees = (angle) => `${Math.round((angle * 180) / Math.PI) % 360}°`;
const percent = (fraction) => `${Math.round(100 * fraction)}\u00a0%`;

function wordAnswer({ said, made: kind }, labels, { fixation_threshold }) {
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

function wordCurve(fractions, labels) {
  if (!fractions) return "not yet computed";
  const names = [labels.a, labels.b, "in between", "neither"];
  return names
    .map((name, k) => `${name} ${percent(fractions[k])}`)
    .filter((_, k) => fractions[k] > 0)
    .join(", ");
}

// ---------------------------------------------------------------------------------------- worked

const HEIGHTS = { map: 84, outputs: 76, curve: 104 };
const PAUSE = 350; // ms without a change after which the readout speaks

/** The figure: controls, panels and links of one widget. */
export class Figure {
  constructor(model, page, el) {
    Object.assign(this, { model, page });
    this.limits = model.get("limits");
    this.initial = Object.fromEntries(model.get("initial"));
    this.mixes = mixesOf(this.limits.mix);
    this.forms = page.forms;
    this.root = make("div", "modpack-mixer");
    this.curves = this.#emptyCurves();
    this.controls = this.#makeControls();
    this.#build();
    el.append(this.root);
    this.worker = new Worker(this.root, () => this.#drawCurves());
  }

  get state() {
    return Object.fromEntries(
      Object.keys(this.initial).map((name) => [name, this.model.get(name)]),
    );
  }

  set(values) {
    Object.entries(values).forEach(([name, value]) => this.model.set(name, value));
    this.model.save_changes();
  }

  // ------------------------------------------------------------------------------------ building

  #makeControls() {
    const tasks = this.page.tasks.map(({ name, label }) => [name, label]);
    const own = tasks.filter(([name]) => this.page.opponents[name].length);
    const seeds = Math.min(...Object.values(this.page.networks).map(({ length }) => length));
    const numbers = Array.from({ length: seeds }, (_, k) => [String(k), String(k)]);
    const slider = (name, label) =>
      makeSlider({
        label,
        limits: this.limits[name],
        onInput: (value) => this.set({ [name]: value }),
      });
    return {
      a: makeMenu({ label: "Trials of", options: own, onInput: (a) => this.#chooseTrials(a) }),
      b: makeMenu({
        label: "Context moves towards",
        options: tasks,
        onInput: (b) => this.set({ b }),
      }),
      seed: makeMenu({
        label: "Seed",
        options: numbers,
        onInput: (k) => this.set({ seed: Number(k) }),
      }),
      mix: slider("mix", "mix"),
      fade: slider("fade", "fade: strength of the context"),
      noise: slider("noise", "noise of the context"),
      keep_norm: makeCheckbox({
        label: "the mix keeps its length",
        onInput: (keep_norm) => this.set({ keep_norm }),
      }),
      angle: slider("angle", "direction of the stimulus"),
      angle2: slider("angle2", "direction of stimulus 2"),
      coherence: slider("coherence", "coherence"),
      delay: slider("delay", "delay"),
    };
  }

  #chooseTrials(a) {
    const others = this.page.opponents[a];
    const b = this.model.get("b");
    this.set({ a, b: others.includes(b) ? b : others[0] });
  }

  #build() {
    const { controls } = this;
    const group = (title, ...parts) =>
      make("fieldset", "modpack-group", {}, make("legend", "", { textContent: title }), ...parts);
    const draws = this.page.deviates.length;
    this.again = makeButton("Draw the noise again", () =>
      this.set({ draw: (this.model.get("draw") + 1) % draws }),
    );
    const [a, b, seed, mixed] = ["a", "b", "seed", "mix"].map((name) => controls[name].element);
    mixed.classList.add("modpack-wide");
    const rest = ["fade", "noise"].map((name) => controls[name].element);
    const trial = ["angle", "angle2", "coherence", "delay"].map((name) => controls[name].element);
    const buttons = make("div", "modpack-buttons", {}, controls.keep_norm.element, this.again);
    this.reset = makeButton("Reset", () => this.set(this.initial));
    this.notice = make("p", "modpack-notice", { hidden: true });
    this.notice.setAttribute("role", "status");
    this.readout = make("p", "modpack-readout");
    this.readout.setAttribute("aria-live", "polite");
    this.root.append(
      make("p", "modpack-question", { textContent: this.model.get("question") }),
      this.notice,
      make("div", "modpack-menus", {}, a, b, seed, this.reset),
      mixed,
      this.#buildPanels(),
      this.readout,
      group("Context", ...rest, buttons),
      group("Trial", ...trial),
      this.#buildLinks(),
    );
  }

  #buildPanels() {
    this.stimuli = this.#canvas("modpack-ring");
    this.inputs = this.#canvas("modpack-map");
    this.#dragOn(this.stimuli);
    const input = make("section", "modpack-input");
    this.inputTitle = make("p", "modpack-title");
    this.hint = make("p", "modpack-hint");
    this.choiceLegend = make("p", "modpack-legend");
    input.append(
      this.inputTitle,
      this.stimuli,
      this.hint,
      this.inputs,
      this.#outputLegend(),
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
      ring: this.#canvas("modpack-ring"),
      answer: make("p", "modpack-answer"),
      units: this.#canvas("modpack-map"),
      outputs: this.#canvas("modpack-outputs"),
      curve: this.#canvas("modpack-curve"),
      axis: make("p", "modpack-axis"),
    };
    const title = make("p", "modpack-title", { textContent: form });
    title.style.borderColor = this.page.colours[form];
    const section = make("section", "modpack-network", {}, title, ...Object.values(parts));
    return { section, ...parts };
  }

  #canvas(className) {
    const canvas = make("canvas", className);
    canvas.setAttribute("role", "img");
    return canvas;
  }

  #outputLegend() {
    const names = ["fixation", "cos", "sin"];
    const entries = names.map((name) => {
      const mark = make("span", "modpack-line");
      if (name !== "fixation") mark.style.color = this.model.get("outputs")[name];
      return make("span", "", {}, mark, name);
    });
    return make(
      "p",
      "modpack-legend",
      {},
      make("i", "", { textContent: "Outputs (above: input, units) over time" }),
      ...entries,
    );
  }

  #buildLinks() {
    this.link = make("a", "modpack-link", { textContent: "Link to this state" });
    this.python = make("code", "", {});
    const label = make("span", "", { textContent: "The same in Python: " });
    return make("p", "modpack-links", {}, this.link, " · ", label, this.python);
  }

  /** Let the pointer turn the nearest stimulus. */
  #dragOn(canvas) {
    let name = null;
    const angleAt = ({ clientX, clientY }) => {
      const box = canvas.getBoundingClientRect();
      const [x, y] = [clientX - box.x - box.width / 2, box.y + box.height / 2 - clientY];
      return (Math.round((Math.atan2(y, x) * 180) / Math.PI) + 360) % 360;
    };
    canvas.addEventListener("pointerdown", (event) => {
      const apart = (other) => Math.abs(((angleAt(event) - other + 540) % 360) - 180);
      const { angle, angle2 } = this.state;
      name = this.hasSecond && apart(angle2) < apart(angle) ? "angle2" : "angle";
      canvas.setPointerCapture(event.pointerId);
      this.set({ [name]: angleAt(event) });
    });
    canvas.addEventListener("pointermove", (event) => name && this.set({ [name]: angleAt(event) }));
    ["pointerup", "pointercancel"].forEach((end) =>
      canvas.addEventListener(end, () => (name = null)),
    );
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
    this.#showWords(state);
    this.#beginCurves(state);
    this.#requestDraw();
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
    this.hasSecond = !Number.isNaN(this.trial.conditions.angle[1]);
    const opponents = this.page.opponents[state.a];
    controls.a.show(state.a);
    controls.b.show(state.b, (name) => opponents.includes(name));
    controls.seed.show(String(state.seed));
    controls.keep_norm.show(state.keep_norm);
    if (task.delays) [controls.delay.input.min, controls.delay.input.max] = task.delays;
    const values = { ...state, delay: task.delays ? clamp(state.delay, task.delays) : state.delay };
    Object.keys(this.limits).forEach((name) => controls[name].show(values[name]));
    controls.angle2.element.hidden = !this.hasSecond;
    controls.coherence.element.hidden = task.coherences === null;
    controls.delay.element.hidden = task.delays === null;
    this.again.disabled = state.noise === 0;
  }

  #showWords(state) {
    const { labels, page } = this;
    this.inputTitle.textContent = `${labels.a} trial`;
    this.hint.textContent = `Drag a stimulus. Answers: ● ${labels.a}, ○ ${labels.b}.`;
    this.#showChoiceLegend();
    for (const form of this.forms) {
      this.panels[form].answer.textContent = wordAnswer(this.results[form], labels, page.criterion);
      const ends = [labels.a, labels.b].map((textContent) => make("span", "", { textContent }));
      this.panels[form].axis.replaceChildren(...ends);
    }
    const changed = changes(state, this.initial);
    this.link.href = writeFragment(location.hash, NAME, { mix: state.mix, ...changed });
    this.python.textContent = pythonLine(page.source, state, this.model.get("initial"));
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => this.#speak(state), PAUSE);
  }

  #showChoiceLegend() {
    const names = { a: this.labels.a, blend: "in between", neither: "neither", b: this.labels.b };
    const entries = STACK.map((kind) =>
      make("span", "", {}, make("span", `modpack-swatch modpack-${kind}`), names[kind]),
    );
    const title = make("i", "", { textContent: `Choices in ${this.cases.length} trials, by mix ` });
    this.choiceLegend.replaceChildren(title, ...entries);
  }

  /** Say what is on show, after a pause, so that a screen reader is not flooded. */
  #speak(state) {
    const { labels, page, curves } = this;
    const here = Math.round(state.mix * (this.mixes.length - 1));
    const said = this.forms.map((form) => {
      const answer = wordAnswer(this.results[form], labels, page.criterion);
      return `${form}: ${answer}; over ${this.cases.length} trials ${wordCurve(curves[form][here], labels)}`;
    });
    this.readout.textContent = `Mix ${state.mix.toFixed(2)} of ${labels.a} and ${labels.b}. ${said.join(". ")}.`;
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
    this.#speak(this.state);
  }

  /** Draw once before the next frame, however often it is asked for. */
  #requestDraw() {
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  /** Draw everything anew. */
  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    const style = getComputedStyle(this.root);
    const ink = style.color;
    const paper = style.getPropertyValue("--modpack-paper") || "#fff";
    const { trial, page, state } = this;
    const steps = trial.end;
    const go = trial.onsets[6];
    const channels = trial.patterns[0].length;
    const input = (k) => trial.patterns[trial.epochIndex[k % steps]][Math.floor(k / steps)];
    drawStimuli(this.stimuli, trial, ink, paper);
    drawOverTime(this.inputs, HEIGHTS.map, channels, steps, go, input, ink, ink);
    const { cos, sin } = this.model.get("outputs");
    for (const form of this.forms) {
      const { ring, units, outputs } = this.panels[form];
      const [result, colour, order] = [this.results[form], page.colours[form], this.orders[form]];
      const n = order.length;
      const rate = (k) =>
        result.states[(k % steps) * n + order[Math.floor(k / steps)]] / this.scales[form];
      drawAnswer(ring, result, { trial, b: this.b, criterion: page.criterion }, colour, ink);
      drawOverTime(units, HEIGHTS.map, n, steps, go, rate, colour, ink);
      drawOutputs(outputs, HEIGHTS.outputs, result, go, [ink, cos, sin]);
    }
    this.#drawCurves();
    this.#label();
  }

  #drawCurves() {
    const ink = getComputedStyle(this.root).color;
    for (const form of this.forms) {
      const { curve } = this.panels[form];
      const colour = this.page.colours[form];
      drawCurve(curve, HEIGHTS.curve, this.mixes, this.curves[form], this.state.mix, colour, ink);
    }
    this.root.drawn = this.#drawn();
  }

  #label() {
    const { labels, panels } = this;
    this.stimuli.setAttribute(
      "aria-label",
      "Directions of the stimuli on a ring; sliders set them too.",
    );
    this.inputs.setAttribute(
      "aria-label",
      "Input channels over time; the dashed line is the go signal.",
    );
    for (const form of this.forms) {
      const { ring, units, outputs, curve } = panels[form];
      ring.setAttribute("aria-label", `Answer of the ${form} network as an arrow.`);
      units.setAttribute("aria-label", `Rates of all units of the ${form} network over time.`);
      outputs.setAttribute("aria-label", `Outputs of the ${form} network over time.`);
      curve.setAttribute(
        "aria-label",
        `How often the ${form} network answers ${labels.a}, ${labels.b}, in between or neither, by mix.`,
      );
    }
  }

  /** What is on show, as plain data. */
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

  // --------------------------------------------------------------------------------------- links

  /** Take the state from the fragment, if it holds one; say so if it is not allowed. */
  follow({ scroll = false } = {}) {
    this.notice.hidden = true;
    try {
      const state = stateFrom(location.hash, this.page, this.limits, this.initial);
      if (state === null) return;
      this.set(state);
      if (scroll) this.root.scrollIntoView({ block: "start" });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.notice.textContent =
        "This link holds no state that the figure knows; nothing was changed.";
      this.notice.hidden = false;
    }
  }
}

async function render({ model, el }) {
  const reference = model.get("networks").replace("IPY_MODEL_", "");
  const source = await model.widget_manager.get_model(reference);
  const page = readNetworks(source.get("description"), source.get("numbers"));
  const figure = new Figure(model, page, el);
  const names = Object.keys(figure.initial).map((name) => `change:${name}`);
  let isDue = false; // several traits may change at once
  const update = () => {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      figure.update();
    });
  };
  const follow = () => figure.follow();
  const resizing = new ResizeObserver(update);
  const forget = watchTheme(update);
  names.forEach((name) => model.on(name, update));
  window.addEventListener("hashchange", follow);
  resizing.observe(figure.root);
  figure.follow({ scroll: true });
  figure.update();
  return () => {
    names.forEach((name) => model.off(name, update));
    window.removeEventListener("hashchange", follow);
    resizing.disconnect();
    forget();
    figure.worker.stop();
  };
}

export default { render };
