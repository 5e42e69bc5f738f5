import { drawLine, prepare } from "../base/panel.js";
import { FONT, disc } from "../base/drawing.js";
import { DOTTED, SOLID } from "../base/strokes.js";
import { project } from "./basis.js";
import { labelsBeside } from "./labels.js";
import { dot, drawCube, drawScale } from "./view.js";

/** A picture of a state space: three coordinates, from -1 to 1, seen as a plane or as a solid. */

const EDGE = 20; // px around the picture for words
const DOT = 5.5;
const CLOSE = 26; // px within which the pointer takes hold of the start

const GRIP = 8;
const DIGITS = 11; // px, their height

/** First and last index of every run of equal values. */
function runs(values) {
  const starts = values.flatMap((value, k) => (k === 0 || value !== values[k - 1] ? [k] : []));
  return starts.map((start, k) => [start, (starts[k + 1] ?? values.length) - 1]);
}

/** A canvas with a state space in it. */
export class Portrait {
  constructor(canvas) {
    this.canvas = canvas;
    this.size = 0; // px
    this.radius = 0; // half a width of the view in px
  }

  /** Where coordinates lie in the canvas, in CSS pixels. */
  at(coordinates) {
    const { right, up } = this.view;
    const middle = this.size / 2;
    return [
      middle + this.radius * dot(right, coordinates),
      middle - this.radius * dot(up, coordinates),
    ];
  }

  place(state) {
    return this.at(project(this.basis, state));
  }

  /** Where a pointer is, in half widths to the right of and above a place of the canvas. */
  offset({ clientX, clientY }, [x, y]) {
    const box = this.canvas.getBoundingClientRect();
    return [(clientX - box.x - x) / this.radius, (y - (clientY - box.y)) / this.radius];
  }

  isClose(event, place) {
    return Math.hypot(...this.offset(event, place)) * this.radius < CLOSE;
  }

  begin(basis, view, { ink, paper }) {
    Object.assign(this, { basis, view, ink, paper });
    this.size = this.canvas.clientWidth;
    this.radius = (this.size / 2 - EDGE) / view.reach;
    this.pen = prepare(this.canvas, this.size, this.size);
    this.pen.font = FONT;
    drawCube(this);
    drawScale(this);
    this.pen.save();
    this.#keepInFrame();
  }

  /** Draw nothing outside the face of the cube; a solid has the whole canvas. */
  #keepInFrame() {
    if (this.view.reach > 1) return;
    const edge = this.size / 2 - this.radius;
    this.pen.beginPath();
    this.pen.rect(edge, edge, 2 * this.radius, 2 * this.radius);
    this.pen.clip();
  }

  /** The way of a fixed point while the mix changes: a band, narrow where it is unstable. */
  branch({ states: { shape, data }, nUnstable }) {
    const { pen } = this;
    const places = Array.from({ length: shape[0] }, (_, k) =>
      this.place(data.subarray(k * shape[1], (k + 1) * shape[1])),
    );
    Object.assign(pen, { strokeStyle: this.ink, globalAlpha: 0.22, lineJoin: "round" });
    for (const [first, last] of runs(nUnstable.map((count) => count === 0))) {
      pen.lineWidth = nUnstable[first] === 0 ? 6 : 2.5;
      drawLine(pen, places.slice(first, last + 2));
    }
    pen.globalAlpha = 1;
  }

  /** A trajectory of states, (time, neuron). */
  path(states, n, colour, lineWidth) {
    const places = Array.from({ length: states.length / n }, (_, t) =>
      this.place(states.subarray(t * n, (t + 1) * n)),
    );
    this.#line(places, colour, lineWidth);
  }

  /** A faint trajectory of coordinates. */
  faint(coordinates, colour) {
    this.pen.globalAlpha = 0.45;
    this.#line(
      coordinates.map((each) => this.at(each)),
      colour,
      1,
    );
    this.pen.globalAlpha = 1;
  }

  #line(places, strokeStyle, lineWidth) {
    Object.assign(this.pen, { strokeStyle, lineWidth });
    drawLine(this.pen, places);
  }

  /** A dot where a trajectory ends. */
  tip(state, colour) {
    this.pen.fillStyle = colour;
    this.pen.beginPath();
    this.pen.arc(...this.place(state), 4, 0, 2 * Math.PI);
    this.pen.fill();
  }

  /** Fixed points, numbered: filled if stable, else hollow; dotted if they are only guessed. */
  points(points) {
    const { pen } = this;
    Object.assign(pen, { strokeStyle: this.ink, lineWidth: 2 });
    const places = points.map(({ state }) => this.place(state));
    points.forEach(({ nUnstable, isExact }, k) => {
      pen.fillStyle = nUnstable === 0 ? this.ink : this.paper;
      if (!isExact) pen.setLineDash(DOTTED);
      disc(pen, places[k], DOT);
      pen.setLineDash(SOLID);
    });
    this.#number(places);
  }

  /** Write a number beside every place. */
  #number(places) {
    const { pen, size, radius, view } = this;
    const edge = view.reach > 1 ? 0 : size / 2 - radius;
    Object.assign(pen, { textAlign: "center", textBaseline: "middle", font: `bold ${FONT}` });
    Object.assign(pen, { fillStyle: this.ink, strokeStyle: this.paper, lineWidth: 3 });
    const sizes = places.map((_, k) => [pen.measureText(k + 1).width, DIGITS]);
    const beside = labelsBeside(places, sizes, DOT + 1, [edge, size - edge]);
    beside.forEach((place, k) => {
      pen.strokeText(k + 1, ...place);
      pen.fillText(k + 1, ...place);
    });
    Object.assign(pen, { strokeStyle: this.ink, lineWidth: 2, font: FONT });
  }

  /** Slow points, as crosses. */
  crosses(states) {
    const { pen } = this;
    Object.assign(pen, { strokeStyle: this.ink, lineWidth: 1.6 });
    for (const state of states) {
      const [x, y] = this.place(state);
      for (const side of [-4, 4])
        drawLine(pen, [
          [x - 4, y - side],
          [x + 4, y + side],
        ]);
    }
  }

  /** What the reader takes hold of: whole, also at the edge of the frame. */
  handle(coordinates, colour) {
    const { pen } = this;
    pen.restore();
    Object.assign(pen, { strokeStyle: colour, fillStyle: this.paper, lineWidth: 3 });
    disc(pen, this.at(coordinates), GRIP);
    pen.fillStyle = colour;
    pen.beginPath();
    pen.arc(...this.at(coordinates), 2.5, 0, 2 * Math.PI);
    pen.fill();
  }
}
