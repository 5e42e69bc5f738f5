import { drawLine, prepare } from "./panel.js";
import { FONT } from "./drawing.js";

/** A picture with two labelled axes. */

const MARGIN = { left: 44, right: 10, top: 8, bottom: 38 };

/** About four round numbers between two limits. */
export function ticks([low, high]) {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

const text = (value) => String(value).replace("-", "−");

/** Draw a line through points. */
const stroke = (pen, ...points) => drawLine(pen, points);

/** A canvas whose points are pairs of numbers; `x` and `y` are `{ limits, label }` and may change. */
export class Axes {
  constructor(canvas, x, y) {
    Object.assign(this, { canvas, x, y });
  }

  /** The place of a pair of numbers in the canvas. */
  at([x, y]) {
    const { left, top, width, height } = this.box;
    const share = (value, [low, high]) => (value - low) / (high - low);
    return [left + width * share(x, this.x.limits), top + height * (1 - share(y, this.y.limits))];
  }

  /** The pair of numbers to which a pointer points. */
  pointedAt({ clientX, clientY }) {
    const canvas = this.canvas.getBoundingClientRect();
    const { left, top, width, height } = this.box;
    const value = (share, [low, high]) => low + share * (high - low);
    return [
      value((clientX - canvas.x - left) / width, this.x.limits),
      value(1 - (clientY - canvas.y - top) / height, this.y.limits),
    ];
  }

  /** Begin a new picture; returns a pen that draws nothing outside. */
  begin(height, ink) {
    const { left, right, top, bottom } = MARGIN;
    const wide = this.canvas.clientWidth;
    const pen = prepare(this.canvas, wide, height);
    // Where the picture is in the canvas, in CSS pixels.
    this.box = { left, top, width: wide - left - right, height: height - top - bottom };
    pen.font = FONT;
    Object.assign(pen, { fillStyle: ink, strokeStyle: ink, lineWidth: 1 });
    this.#drawAxes(pen);
    pen.beginPath();
    pen.rect(left, top, this.box.width, this.box.height);
    pen.clip();
    return pen;
  }

  #drawAxes(pen) {
    const { left, top, width, height } = this.box;
    const [right, bottom] = [left + width, top + height];
    stroke(pen, [left, top], [left, bottom], [right, bottom]);
    pen.textAlign = "center";
    pen.textBaseline = "top";
    for (const value of ticks(this.x.limits)) {
      const [x] = this.at([value, 0]);
      stroke(pen, [x, bottom], [x, bottom + 4]);
      pen.fillText(text(value), x, bottom + 6);
    }
    pen.fillText(this.x.label, left + width / 2, bottom + 22);
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const value of ticks(this.y.limits)) {
      const [, y] = this.at([0, value]);
      stroke(pen, [left - 4, y], [left, y]);
      pen.fillText(text(value), left - 7, y);
    }
    this.#writeUpwards(pen, this.y.label, [10, top + height / 2]);
  }

  #writeUpwards(pen, label, [x, y]) {
    pen.save();
    pen.translate(x, y);
    pen.rotate(-Math.PI / 2);
    pen.textAlign = "center";
    pen.fillText(label, 0, 0);
    pen.restore();
  }
}
