import { drawLine, listenToDrags, make, makeButton, makeSlider } from "../base/panel.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { Axes } from "../base/axes.js";
import {
  KNOBS,
  branch,
  contextOf,
  findBranch,
  fixedPoints,
  nearest,
  nullclines,
  readPair,
  schemaOf,
  trajectory,
  valueAt,
  valuesOf,
} from "./compute.js";
import {
  drawCurve,
  drawFlow,
  drawHandle,
  drawPath,
  drawPoints,
  drawSegments,
  drawStart,
} from "./picture.js";
import { LABELS, words } from "./words.js";

// ---------------------------------------------------------------------------------------- worked

const PANEL_HEIGHT = 165;

const REACH = 16; // px around a handle at which the pointer takes it
const HANDLE_NEAR = [1.9, 1.2]; // the handle is where the nullcline comes nearest to this

/** The figure: a plane with the panel of the knob in hand below, and the knobs beside. */
export class Figure extends LiveFigure {
  static title = "phase plane";

  constructor(model, page, el) {
    super(model, page, el);
    this.pair = readPair(model.get("description"), model.get("numbers"));
    this.size = model.get("size");
    this.steps = model.get("steps");
    const neutral = this.pair.network.under(new Float64Array(KNOBS.length));
    this.unmodulated = nullclines(neutral, this.pair.u, this.size)[0];
    this.dotEvery = Math.round(1 / neutral.alpha); // steps
    this.msPerDot = this.dotEvery * neutral.dt;
    this.#build();
  }

  get schema() {
    return schemaOf(this.limits);
  }

  // ------------------------------------------------------------------------------------ building

  #build() {
    const margin = this.size / 40; // room for a fixed point at zero
    const rates = (neuron) => ({
      limits: [-margin, this.size],
      label: `rate of neuron ${neuron}`,
    });
    this.plane = new Axes(this.canvas("modpack-plane-map"), rates(1), rates(2));
    this.panel = new Axes(this.canvas("modpack-branches"), {}, rates(1));
    this.knobs = Object.fromEntries(KNOBS.map((name) => [name, this.#buildKnob(name)]));
    this.start = ["r1", "r2"].map((name, k) => this.slider(name, `rate of neuron ${k + 1}`));
    this.#listen();
    this.hint = make("p", "modpack-hint");
    const pictures = [this.plane.canvas, this.hint, this.panel.canvas];
    const knobs = Object.values(this.knobs);
    const buttons = knobs.map(({ button }) => button);
    const sliders = knobs.map(({ element }) => element);
    const inHand = make("div", "modpack-choice", {}, ...buttons);
    const controls = [
      this.group("Knob in hand", inHand),
      this.group("Knobs on neuron 1", ...sliders),
      this.group("Start", ...this.start.map(({ element }) => element)),
      this.#buildLegend(),
      this.reset,
    ];
    const columns = [
      make("div", "", {}, ...pictures),
      make("div", "modpack-side", {}, ...controls),
    ];
    this.assemble(make("div", "modpack-columns", {}, ...columns), this.readout);
  }

  /** A slider, and a button that takes the knob in hand; turning it does so as well. */
  #buildKnob(name) {
    const onInput = (value) => this.set({ knob: name, [name]: value });
    const slider = makeSlider({ label: LABELS[name][0], limits: this.limits[name], onInput });
    const button = makeButton(name, () => this.set({ knob: name }));
    const colour = this.model.get("colours")[name];
    slider.input.style.accentColor = colour;
    button.style.setProperty("--modpack-knob", colour);
    return { ...slider, button };
  }

  #buildLegend() {
    const stroke = (className) => make("span", `modpack-stroke ${className}`);
    const dot = (className) => make("span", `modpack-dot ${className}`);
    const entry = (mark, text) => make("span", "", {}, mark, text);
    this.ownStroke = stroke("");
    const other = stroke("");
    other.style.color = this.model.get("colours")["neuron 2"];
    return make(
      "p",
      "modpack-legend",
      {},
      entry(this.ownStroke, "nullcline of neuron 1"),
      entry(stroke("modpack-faint"), "the same, unmodulated"),
      entry(other, "nullcline of neuron 2"),
      entry(dot("modpack-filled"), "stable fixed point"),
      entry(dot(""), "unstable"),
      entry(dot("modpack-filled modpack-square"), "start of the path"),
      entry(stroke("modpack-thin"), `path, a dot every ${this.msPerDot} ms`),
    );
  }

  // ------------------------------------------------------------------------------------ dragging

  #listen() {
    let take = null;
    listenToDrags(this.plane.canvas, (event, isFirst) => {
      const r = this.plane.pointedAt(event);
      if (isFirst)
        take = this.#isOnHandle(event) ? (at) => this.#turnTo(at) : (at) => this.#startAt(at);
      take(r);
    });
    listenToDrags(this.panel.canvas, (event) => {
      const { knob } = this.state;
      this.set({ [knob]: this.#allowed(knob, this.panel.pointedAt(event)[0]) });
    });
  }

  #isOnHandle(event) {
    if (this.handle === null) return false;
    const canvas = this.plane.canvas.getBoundingClientRect();
    const [x, y] = this.plane.at(this.handle);
    return Math.hypot(event.clientX - canvas.x - x, event.clientY - canvas.y - y) < REACH;
  }

  /** Turn the knob in hand so that the nullcline of neuron 1 goes through a point, if it can. */
  #turnTo(r) {
    const { state, pair } = this;
    const value = valueAt(
      pair,
      state,
      r.map((rate) => Math.max(rate, 0.01)),
    );
    if (Number.isFinite(value)) this.set({ [state.knob]: this.#allowed(state.knob, value) });
  }

  #startAt([r1, r2]) {
    this.set({ r1: this.#allowed("r1", r1), r2: this.#allowed("r2", r2) });
  }

  /** The value of a slider that is nearest to a number. */
  #allowed(name, value) {
    const [low, high, step] = this.limits[name];
    const within = Math.min(Math.max(value, low), high);
    return Number((low + Math.round((within - low) / step) * step).toFixed(6));
  }

  // ------------------------------------------------------------------------------------ updating

  /** Follow a change of the state. */
  update() {
    const { state, pair, size } = this;
    this.context = contextOf(state);
    this.dynamics = pair.network.under(this.context);
    this.nullclines = nullclines(this.dynamics, pair.u, size);
    this.points = fixedPoints(this.dynamics, pair.u, size);
    this.path = trajectory(this.dynamics, pair.u, [state.r1, state.r2], this.steps);
    this.handle = nearest(this.nullclines[0], HANDLE_NEAR);
    this.#showControls(state);
    this.#beginBranch(state);
    this.show(() => words(this));
  }

  #showControls(state) {
    for (const [name, { button, show }] of Object.entries(this.knobs)) {
      show(state[name]);
      button.setAttribute("aria-pressed", name === state.knob);
    }
    this.start.forEach((slider, k) => slider.show([state.r1, state.r2][k]));
    this.hint.textContent = `Drag the coloured disc to turn the ${state.knob}, anywhere else to move the start.`;
    this.ownStroke.style.color = this.model.get("colours")[state.knob];
  }

  /** The whole range of the knob in hand: theory at once, fixed points one after the other. */
  #beginBranch(state) {
    const { knob } = state;
    const wanted = JSON.stringify([
      knob,
      ...KNOBS.filter((name) => name !== knob).map((k) => state[k]),
    ]);
    if (this.wanted === wanted) return;
    this.wanted = wanted;
    this.theory = branch(this.pair, state);
    this.values = valuesOf(this.limits[knob]);
    this.found = new Array(this.values.length).fill(null);
    this.worker.begin(findBranch(this.pair, state, this.size, this.values, this.found));
  }

  /** Draw everything anew; returns what is on show. */
  draw() {
    const colour = this.model.get("colours")[this.state.knob];
    this.#drawPlane(colour);
    this.#drawPanel(colour);
    return {
      state: this.state,
      context: [...this.context],
      points: this.points,
      path: this.path,
      nullclines: this.nullclines,
      handle: this.handle && this.plane.at(this.handle),
      theory: this.theory,
      values: this.values,
      found: this.found,
      isComplete: this.found.every((points) => points !== null),
    };
  }

  #drawPlane(colour) {
    const { plane, colours, pair, size, dynamics } = this;
    const { ink } = colours;
    const pen = plane.begin(plane.canvas.clientWidth, ink);
    drawFlow(pen, plane, { dynamics, u: pair.u, size });
    pen.globalAlpha = 0.35;
    drawSegments(pen, plane, this.unmodulated, ink, 1.5);
    pen.globalAlpha = 1;
    drawSegments(pen, plane, this.nullclines[1], this.model.get("colours")["neuron 2"], 2.2);
    drawSegments(pen, plane, this.nullclines[0], colour, 2.2);
    drawPath(pen, plane, this.path, this.dotEvery, ink);
    const places = this.points.map((each) => ({ ...each, place: plane.at(each.state) }));
    drawPoints(pen, places, 5.5, colours);
    drawStart(pen, plane.at(this.path[0]), colours);
    if (this.handle) drawHandle(pen, plane.at(this.handle), colour, colours);
    plane.canvas.setAttribute(
      "aria-label",
      "Phase plane: flow, nullclines, fixed points and the path from the start. Sliders move all of it.",
    );
  }

  #drawPanel(colour) {
    const { panel, state, colours, points } = this;
    const value = state[state.knob];
    const [low, high] = this.limits[state.knob];
    const margin = (high - low) / 40; // room for dots at the ends
    panel.x = { limits: [low - margin, high + margin], label: LABELS[state.knob][1] };
    const pen = panel.begin(PANEL_HEIGHT, colours.ink);
    pen.globalAlpha = 0.15;
    pen.lineWidth = 8;
    drawLine(pen, [panel.at([value, -1]), panel.at([value, this.size])]);
    pen.globalAlpha = 1;
    Object.assign(pen, { strokeStyle: colour, lineWidth: 2.2 });
    drawCurve(pen, panel, this.theory);
    const dots = this.values.flatMap((each, k) =>
      (this.found[k] ?? []).map((point) => ({ ...point, place: panel.at([each, point.state[0]]) })),
    );
    drawPoints(pen, dots, 2.5, colours);
    const here = points.map((point) => ({ ...point, place: panel.at([value, point.state[0]]) }));
    drawPoints(pen, here, 5.5, colours);
    panel.canvas.setAttribute(
      "aria-label",
      `Rate of neuron 1 at the fixed points by ${panel.x.label}.`,
    );
  }
}

export default { render: rendererOf(Figure) };
