import { clamp, listenToDrags, make, makeButton } from "../base/panel.js";
import { Axes } from "../base/axes.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { BEFORE, STEP, afterStroke, isPossible, schemaOf, scoresOf } from "./compute.js";
import { drawCursor, drawCurves, drawGuess, drawGuides, drawInvitation } from "./picture.js";
import { wordHint, wordPlace, wordPoints, wordPrediction } from "./words.js";

const HEIGHT = 250;
const LIMITS = [-4, 104]; // percent: whole dots fit

/** The figure: a plane to draw in, then the curves. */
export class Figure extends LiveFigure {
  static title = "prediction";

  constructor(model, el) {
    super(model, el);
    this.x = model.get("x");
    this.cursor = 0;
    this.plane = this.#makePlane();
    const [first, last] = [this.x[0], this.x.at(-1)];
    this.axes = new Axes(
      this.plane,
      { limits: [first, last], label: model.get("x_label") },
      { limits: LIMITS, label: `${model.get("y_label")} (%)` },
    );
    this.commit = makeButton("Commit", () => this.#commit());
    this.commit.classList.add("modpack-commit");
    this.hint = make("p", "modpack-hint");
    this.legend = make("p", "modpack-legend");
    const buttons = make("div", "modpack-buttons", {}, this.commit, this.reset);
    const foot = make("div", "modpack-under", {}, this.hint, buttons);
    this.assemble(this.legend, this.plane, foot);
  }

  get schema() {
    return schemaOf(this.x.length);
  }

  isAllowed(state) {
    return isPossible(state);
  }

  // ------------------------------------------------------------------------------------- drawing

  /** The canvas is a slider to the keyboard: along x it moves, along y it sets. */
  #makePlane() {
    const about = { tabIndex: 0, role: "slider", ariaValueMin: 0, ariaValueMax: 100 };
    const plane = make("canvas", "modpack-draw", about);
    listenToDrags(plane, (event, isFirst) => this.#drag(event, isFirst));
    plane.addEventListener("keydown", (event) => this.#press(event));
    ["focus", "blur"].forEach((kind) => plane.addEventListener(kind, () => this.redraw()));
    return plane;
  }

  #drag(event, isFirst) {
    const [x, y] = this.axes.pointedAt(event);
    const distances = this.x.map((each) => Math.abs(each - x));
    this.cursor = distances.indexOf(Math.min(...distances));
    const point = [this.cursor, y];
    this.#draw(isFirst ? point : this.last, point);
    this.last = point;
  }

  #draw(from, to) {
    const { guess, committed } = this.state;
    if (!committed) this.set({ guess: afterStroke(guess, this.x.length, from, to) });
  }

  #press(event) {
    const { guess } = this.state;
    const end = this.x.length - 1;
    const along = { ArrowLeft: this.cursor - 1, ArrowRight: this.cursor + 1, Home: 0, End: end };
    const up = { ArrowUp: STEP, ArrowDown: -STEP, PageUp: 4 * STEP, PageDown: -4 * STEP };
    if (event.key in along) {
      this.cursor = clamp(along[event.key], [0, end]);
      this.update();
    } else if (event.key in up) {
      const point = [this.cursor, (guess[this.cursor] ?? BEFORE) + up[event.key]];
      const level = guess.length ? guess : new Array(end + 1).fill(BEFORE);
      if (!this.state.committed) this.set({ guess: afterStroke(level, end + 1, point, point) });
    } else if (event.key === "Enter") this.#commit();
    else return;
    event.preventDefault();
  }

  #commit() {
    if (this.state.guess.length) this.set({ committed: true });
  }

  // ------------------------------------------------------------------------------------ updating

  update() {
    const { guess, committed } = this.state;
    this.commit.disabled = committed || guess.length === 0;
    this.plane.classList.toggle("modpack-grab", !committed);
    this.hint.textContent = wordHint(committed);
    const curves = this.model.get("curves");
    this.scores = committed ? scoresOf(guess, curves) : null;
    this.#showLegend();
    this.#describe(committed ? curves : {});
    this.show(() => wordPrediction(this.state.guess, this.scores));
  }

  #showLegend() {
    const entry = (text, colour, isDashed) => {
      const mark = make("span", "modpack-stroke");
      Object.assign(mark.style, { color: colour, borderTopStyle: isDashed ? "dashed" : "solid" });
      return make("span", "", {}, mark, text);
    };
    const forms = Object.entries(this.scores ?? {}).map(([form, score]) =>
      entry(`${form}: off by ${wordPoints(score)}`, this.model.get("colours")[form], false),
    );
    this.legend.replaceChildren(...(this.scores ? [entry("your curve", "", true)] : []), ...forms);
    this.legend.hidden = this.scores === null;
  }

  /** Say to a screen reader where the cursor is, and what is there. */
  #describe(curves) {
    const { x, cursor, model, plane } = this;
    const value = this.state.guess[cursor];
    const label = `Your prediction of ${model.get("y_label")}: left and right move, up and down set`;
    plane.ariaLabel = label;
    plane.ariaValueNow = value ?? BEFORE;
    plane.ariaValueText = wordPlace(model.get("x_label"), x[cursor], value, curves, cursor);
  }

  draw() {
    const { axes, x, plane } = this;
    const { guess, committed } = this.state;
    const { ink, paper } = this.colours;
    const pen = axes.begin(HEIGHT, ink);
    const curves = committed ? this.model.get("curves") : {};
    for (const [form, lists] of Object.entries(curves)) {
      drawCurves(pen, axes, x, lists, this.model.get("colours")[form]);
    }
    Object.assign(pen, { strokeStyle: ink, fillStyle: ink });
    if (!committed) drawGuides(pen, axes, x);
    if (guess.length === 0) drawInvitation(pen, axes);
    const places = guess.map((value, k) => axes.at([x[k], value]));
    if (guess.length) drawGuess(pen, places, committed, paper);
    if (document.activeElement === plane)
      drawCursor(pen, axes, x[this.cursor], places[this.cursor], ink);
    return { guess: [...guess], committed, scores: this.scores, curves };
  }
}

export default { render: rendererOf(Figure) };
