import { drawLine, listenToDrags, make, makeButton } from "../base/panel.js";
import { FONT, disc } from "../base/drawing.js";
import { Axes } from "../base/axes.js";
import { LiveFigure, rendererOf } from "../base/figure.js";
import { BEFORE, STEP, afterStroke, isPossible, meanOf, schemaOf, scoresOf } from "./compute.js";
import { drawCurves, drawGuess, drawGuides } from "./picture.js";

// ---------------------------------------------------------------------------------------- worked

const HEIGHT = 250;
const LIMITS = [-4, 104]; // percent: whole dots fit

const points = (fraction) => `${Math.round(100 * fraction)} points`;

/** The figure: a plane to draw in, then the curves. */
export class Figure extends LiveFigure {
  static title = "prediction";

  constructor(model, page, el) {
    super(model, page, el);
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
    this.assemble(this.plane, foot, this.legend, this.readout);
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
    const plane = make("canvas", "modpack-draw", { tabIndex: 0 });
    plane.setAttribute("role", "slider");
    plane.setAttribute("aria-valuemin", 0);
    plane.setAttribute("aria-valuemax", 100);
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
      this.cursor = Math.min(Math.max(along[event.key], 0), end);
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
    this.hint.textContent = committed
      ? "Your curve is dashed; thin lines are single networks, thick ones their means."
      : "Draw your curve with the pointer, or with the arrow keys. Then commit.";
    const curves = this.model.get("curves");
    this.scores = committed ? scoresOf(guess, curves) : null;
    this.#showLegend();
    this.#describe(committed ? curves : {});
    this.show(() => this.#words());
  }

  #showLegend() {
    const entry = (text, colour, isDashed) => {
      const mark = make("span", "modpack-stroke");
      Object.assign(mark.style, { color: colour, borderTopStyle: isDashed ? "dashed" : "solid" });
      return make("span", "", {}, mark, text);
    };
    const forms = Object.entries(this.scores ?? {}).map(([form, score]) =>
      entry(`${form}: off by ${points(score)}`, this.model.get("colours")[form], false),
    );
    this.legend.replaceChildren(...(this.scores ? [entry("your curve", "", true)] : []), ...forms);
    this.legend.hidden = this.scores === null;
  }

  /** Say to a screen reader where the cursor is, and what is there. */
  #describe(curves) {
    const { x, cursor, model, plane } = this;
    const value = this.state.guess[cursor];
    const shown = Object.entries(curves).map(
      ([form, lists]) => `${form} ${Math.round(100 * meanOf(lists)[cursor])} %`,
    );
    const mine = value === undefined ? "nothing drawn" : `you ${value} %`;
    const label = `Your prediction of ${model.get("y_label")}: left and right move, up and down set`;
    plane.setAttribute("aria-label", label);
    plane.setAttribute("aria-valuenow", value ?? BEFORE);
    const place = `${model.get("x_label")} ${Number(x[cursor].toPrecision(3))}`;
    plane.setAttribute("aria-valuetext", [`${place}: ${mine}`, ...shown].join(", "));
  }

  #words() {
    const { guess } = this.state;
    if (!guess.length) return "You have drawn nothing yet.";
    if (!this.scores) {
      return `Your curve goes from ${guess[0]} % to ${guess.at(-1)} %. Commit it to see the computed ones.`;
    }
    const scores = Object.entries(this.scores);
    const [nearest] = scores.toSorted(([, first], [, second]) => first - second)[0];
    const said = scores.map(([form, score]) => `${points(score)} from that of ${form}`);
    const far = `On average your curve is ${said.join(", ")} (points of a hundred).`;
    return scores.length > 1 ? `${far} It is nearest to ${nearest}.` : far;
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
    if (guess.length === 0) this.#invite(pen);
    const places = guess.map((value, k) => axes.at([x[k], value]));
    if (guess.length) drawGuess(pen, places, committed, paper);
    if (document.activeElement === plane) this.#drawCursor(pen, places, ink);
    return { guess: [...guess], committed, scores: this.scores, curves };
  }

  #invite(pen) {
    const { left, top, width, height } = this.axes.box;
    pen.font = FONT.replace("11px", "14px");
    pen.textAlign = "center";
    pen.globalAlpha = 0.75;
    pen.fillText("Draw here", left + width / 2, top + height / 2);
    pen.globalAlpha = 1;
  }

  #drawCursor(pen, places, ink) {
    const [across] = this.axes.at([this.x[this.cursor], 0]);
    const { top, height } = this.axes.box;
    pen.globalAlpha = 0.4;
    pen.lineWidth = 1;
    drawLine(pen, [
      [across, top],
      [across, top + height],
    ]);
    pen.globalAlpha = 1;
    pen.fillStyle = ink;
    if (places.length) disc(pen, places[this.cursor], 5);
  }
}

export default { render: rendererOf(Figure) };
