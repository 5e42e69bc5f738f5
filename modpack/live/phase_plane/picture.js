import { drawLine } from "../base/panel.js";
import { TURN, disc, polar } from "../base/drawing.js";
import { grid, plainField } from "./compute.js";

/** The phase plane: flow, nullclines, paths, fixed points, and what can be dragged; and a branch below it. */

const PANEL_HEIGHT = 165;

/** Draw the plane; `about` is what the figure has computed. */
export function drawPlane(axes, about, { knob, neuron2, ...colours }) {
  const { pair, size, dynamics, nullclines, unmodulated, points, path, dotEvery, handle } = about;
  const { ink } = colours;
  const pen = axes.begin(axes.canvas.clientWidth, ink);
  drawFlow(pen, axes, { dynamics, u: pair.u, size });
  pen.globalAlpha = 0.35;
  drawSegments(pen, axes, unmodulated, ink, 1.5);
  pen.globalAlpha = 1;
  drawSegments(pen, axes, nullclines[1], neuron2, 2.2);
  drawSegments(pen, axes, nullclines[0], knob, 2.2);
  drawPath(pen, axes, path, dotEvery, ink);
  const places = points.map((each) => ({ ...each, place: axes.at(each.state) }));
  drawPoints(pen, places, 5.5, colours);
  drawStart(pen, axes.at(path[0]), colours);
  if (handle) drawHandle(pen, axes.at(handle), knob, colours);
}

/** Draw the rate of neuron 1 at the fixed points over all values of the chosen knob. */
export function drawBranch(axes, [low, high], value, about, { knob, ...colours }) {
  const { size, theory, values, found, points } = about;
  const margin = (high - low) / 40; // room for dots at the ends
  axes.x.limits = [low - margin, high + margin];
  const pen = axes.begin(PANEL_HEIGHT, colours.ink);
  pen.globalAlpha = 0.15;
  pen.lineWidth = 8;
  drawLine(pen, [axes.at([value, -1]), axes.at([value, size])]);
  pen.globalAlpha = 1;
  Object.assign(pen, { strokeStyle: knob, lineWidth: 2.2 });
  drawCurve(pen, axes, theory);
  const placed = (at) => (point) => ({ ...point, place: axes.at([at, point.state[0]]) });
  const dots = values.flatMap((each, k) => (found[k] ?? []).map(placed(each)));
  drawPoints(pen, dots, 2.5, colours);
  drawPoints(pen, points.map(placed(value)), 5.5, colours);
}

function drawFlow(pen, axes, { dynamics, u, size }) {
  const field = plainField(dynamics, u);
  pen.globalAlpha = 0.3;
  pen.lineWidth = 1.2;
  for (const r of grid(size, 13)) {
    const [along, up] = field(...r);
    if (along !== 0 || up !== 0) drawSmallArrow(pen, axes.at(r), Math.atan2(up, along));
  }
  pen.globalAlpha = 1;
}

/** An arrow of fixed length about its middle. */
function drawSmallArrow(pen, middle, angle) {
  const [tail, tip] = [polar(middle, angle, -6), polar(middle, angle, 6)];
  drawLine(pen, [tail, tip]);
  drawLine(pen, [polar(tip, angle + 2.6, 4), tip, polar(tip, angle - 2.6, 4)]);
}

/** Segments in one stroke, so that a faint line has no dark joints. */
function drawSegments(pen, axes, segments, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  for (const [from, to] of segments) {
    pen.moveTo(...axes.at(from));
    pen.lineTo(...axes.at(to));
  }
  pen.stroke();
}

/** A path with a dot after every so many steps: where the dots lie close it is slow. */
function drawPath(pen, axes, path, every, ink) {
  const points = path.map((r) => axes.at(r));
  Object.assign(pen, { strokeStyle: ink, fillStyle: ink, lineWidth: 1.2 });
  drawLine(pen, points);
  points.forEach((point, t) => t > 0 && t % every === 0 && disc(pen, point, 1.8));
}

/** Fixed points: filled where stable, hollow where not. */
function drawPoints(pen, places, radius, { ink, paper }) {
  Object.assign(pen, { strokeStyle: ink, lineWidth: 1.5 });
  for (const { place, isStable } of places) {
    pen.fillStyle = isStable ? ink : paper;
    disc(pen, place, radius);
  }
}

/** Where the nullcline can be taken: a disc with arrows to the sides to which it goes. */
function drawHandle(pen, place, colour, { paper }) {
  Object.assign(pen, { fillStyle: colour, strokeStyle: paper, lineWidth: 2 });
  disc(pen, place, 8);
  for (const angle of [0, TURN / 2]) {
    const tip = polar(place, angle, 18);
    pen.beginPath();
    [tip, polar(tip, angle + 2.5, 8), polar(tip, angle - 2.5, 8)].forEach((p) => pen.lineTo(...p));
    pen.closePath();
    pen.stroke();
    pen.fill();
  }
}

/** A square, unlike any fixed point. */
function drawStart(pen, [x, y], { ink, paper }) {
  Object.assign(pen, { fillStyle: ink, strokeStyle: paper, lineWidth: 2 });
  pen.beginPath();
  pen.rect(x - 6, y - 6, 12, 12);
  pen.stroke();
  pen.fill();
}

/** A curve, without the leaps where it leaves the picture by more than its width. */
function drawCurve(pen, axes, points) {
  const [low, high] = axes.x.limits;
  const isNear = ([x]) => x > 2 * low - high && x < 2 * high - low;
  let piece = [];
  for (const point of points) {
    if (isNear(point)) piece.push(axes.at(point));
    else {
      drawLine(pen, piece);
      piece = [];
    }
  }
  drawLine(pen, piece);
}
