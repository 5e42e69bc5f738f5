import { Axes } from "../base/axes.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { clamp, listenToDrags, make } from "../base/panel.js";
import {
  KNOBS,
  branch,
  contextOf,
  findBranch,
  fixedPoints,
  readPair,
  schemaOf,
  trajectory,
  valueAt,
  valuesOf,
} from "./compute.js";
import { makeKnob, makeLegend } from "./controls.js";
import { nearest, nullclines } from "./nullclines.js";
import { drawBranch, drawPlane } from "./picture.js";
import { LABELS, words } from "./words.js";

const REACH = 16; // px around a handle at which the pointer takes it
const HANDLE_NEAR = [1.9, 1.2]; // the handle is where the nullcline comes nearest to this

/** The figure: a plane with the panel of the chosen knob below, and the knobs beside. */
export class Figure extends LiveFigure {
  static title = "phase plane";

  constructor(model, el) {
    super(model, el);
    this.pair = readPair(model.get("description"), model.get("numbers"));
    this.size = model.get("size");
    this.steps = model.get("steps");
    const neutral = this.pair.network.under(new Float64Array(KNOBS.length));
    this.unmodulated = nullclines(neutral, this.pair.u, this.size)[0];
    this.dotEvery = Math.round(1 / neutral.alpha); // steps
    this.#build(this.dotEvery * neutral.dt);
  }

  get schema() {
    return schemaOf(this.limits);
  }

  // ------------------------------------------------------------------------------------ building

  #build(msPerDot) {
    const margin = this.size / 40; // room for a fixed point at zero
    const rates = (neuron) => ({
      limits: [-margin, this.size],
      label: `rate of neuron ${neuron}`,
    });
    const label =
      "Phase plane: flow, nullclines, fixed points and the path from the start. Sliders move all of it.";
    this.plane = new Axes(this.canvas("modpack-plane-map", label), rates(1), rates(2));
    this.panel = new Axes(this.canvas("modpack-branches"), {}, rates(1));
    this.knobs = Object.fromEntries(KNOBS.map((name) => [name, makeKnob(this, name)]));
    this.start = ["r1", "r2"].map((name, k) => this.slider(name, `rate of neuron ${k + 1}`));
    const { ownStroke, legend } = makeLegend(this, msPerDot);
    this.ownStroke = ownStroke;
    this.#listen();
    this.hint = make("p", "modpack-hint");
    const pictures = [this.plane.canvas, this.hint, this.panel.canvas];
    const knobs = Object.values(this.knobs);
    const buttons = knobs.map(({ button }) => button);
    const sliders = knobs.map(({ element }) => element);
    const inHand = make("div", "modpack-choice", {}, ...buttons);
    const controls = [
      this.group("Chosen knob", inHand),
      this.group("Knobs on neuron 1", ...sliders),
      this.reset,
      this.fold("More controls", this.group("Start", ...this.start.map(({ element }) => element))),
    ];
    const columns = [
      make("div", "", {}, ...pictures),
      make("div", "modpack-side", {}, ...controls),
    ];
    this.assemble(legend, make("div", "modpack-columns", {}, ...columns));
  }

  // ------------------------------------------------------------------------------------ dragging

  #listen() {
    let take = null;
    const drag = (event, isFirst) => {
      const turns = isFirst && this.#isOn(this.handle, event);
      if (isFirst) take = turns ? (at) => this.#turnTo(at) : (at) => this.#startAt(at);
      take(this.plane.pointedAt(event));
    };
    const isHandle = (event) =>
      [this.handle, [this.state.r1, this.state.r2]].some((place) => this.#isOn(place, event));
    listenToDrags(this.plane.canvas, drag, isHandle);
    listenToDrags(this.panel.canvas, (event) => {
      const { knob } = this.state;
      this.set({ [knob]: this.#allowed(knob, this.panel.pointedAt(event)[0]) });
    });
  }

  #isOn(place, event) {
    if (place === null) return false;
    const canvas = this.plane.canvas.getBoundingClientRect();
    const [x, y] = this.plane.at(place);
    return Math.hypot(event.clientX - canvas.x - x, event.clientY - canvas.y - y) < REACH;
  }

  /** Turn the chosen knob so that the nullcline of neuron 1 goes through a point, if it can. */
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
    const steps = Math.round((clamp(value, [low, high]) - low) / step);
    return Number((low + steps * step).toFixed(6));
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
      button.ariaPressed = name === state.knob;
    }
    this.start.forEach((slider, k) => slider.show([state.r1, state.r2][k]));
    this.hint.textContent = `Drag the coloured disc to turn the ${state.knob}, anywhere else to move the start.`;
    this.ownStroke.style.color = this.model.get("colours")[state.knob];
    this.panel.x.label = LABELS[state.knob][1];
    this.panel.canvas.ariaLabel = `Rate of neuron 1 at the fixed points by ${this.panel.x.label}.`;
  }

  /** The whole range of the chosen knob: theory at once, fixed points one after the other. */
  #beginBranch(state) {
    const { knob } = state;
    const others = KNOBS.filter((name) => name !== knob).map((name) => state[name]);
    if (!this.isStale("branch", knob, others)) return;
    this.theory = branch(this.pair, state);
    this.values = valuesOf(this.limits[knob]);
    this.found = new Array(this.values.length).fill(null);
    this.worker.begin(findBranch(this.pair, state, this.size, this.values, this.found));
  }

  /** Draw everything anew; returns what is on show. */
  draw() {
    const { state } = this;
    const { [state.knob]: knob, "neuron 2": neuron2 } = this.model.get("colours");
    const colours = { ...this.colours, knob, neuron2 };
    drawPlane(this.plane, this, colours);
    drawBranch(this.panel, this.limits[state.knob], state[state.knob], this, colours);
    return {
      state,
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
}

export default { render: rendererOf(Figure) };
