import { RESPOND, UNDEFINED } from "../engine/rules.js";
import { drawLine, drawMap, listenToDrags, prepare } from "./panel.js";

/** Pictures that several live figures share: stimuli and answers on a ring, numbers over time. */

export const FONT = "11px system-ui, sans-serif";
export const TURN = 2 * Math.PI;

/** Point at an angle (rad, counter-clockwise) and a distance from a centre. */
export const polar = ([x, y], angle, distance) => [
  x + distance * Math.cos(angle),
  y - distance * Math.sin(angle),
];

export function disc(pen, [x, y], radius, isFilled = true) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, TURN);
  if (isFilled) pen.fill();
  pen.stroke();
}

/** A ring in a square canvas; returns its centre and radius. */
export function drawRing(pen, size, ink) {
  const ring = { centre: [size / 2, size / 2], radius: size / 2 - 16 };
  pen.strokeStyle = ink;
  pen.globalAlpha = 0.35;
  pen.lineWidth = 1;
  disc(pen, ring.centre, ring.radius, false);
  pen.globalAlpha = 1;
  return ring;
}

const HANDLE = 10;

export function drawStimuli(canvas, trial, ink, paper) {
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
export function drawAnswer(canvas, { outputs }, { trial, b, criterion }, colour, ink) {
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

export function drawTolerance(pen, [x, y], radius, angle, tolerance, k) {
  pen.save();
  pen.lineWidth = 3;
  pen.setLineDash(k === 0 ? [] : [3, 3]);
  pen.beginPath();
  pen.arc(x, y, radius, -angle - tolerance, -angle + tolerance);
  pen.stroke();
  pen.restore();
}

export function drawArrow(pen, from, to) {
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
export function drawOverTime(canvas, height, rows, steps, go, values, colour, ink) {
  const width = canvas.clientWidth;
  const pen = prepare(canvas, width, height);
  drawMap(pen, values, [rows, steps], colour, [0, 0, width, height]);
  pen.globalAlpha = 0.35;
  pen.strokeStyle = ink;
  pen.strokeRect(0.5, 0.5, width - 1, height - 1);
  pen.globalAlpha = 1;
  drawGo(pen, (go / steps) * width, height, ink);
}

export function drawGo(pen, x, height, ink) {
  pen.strokeStyle = ink;
  pen.lineWidth = 1;
  pen.setLineDash([3, 3]);
  drawLine(pen, [
    [x, 0],
    [x, height],
  ]);
  pen.setLineDash([]);
}

export function drawOutputs(canvas, height, { outputs }, go, colours) {
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

/** Let the pointer turn what stands on a ring; `onTurn(degrees, isFirst)` hears of it. */
export function dragAngle(canvas, onTurn) {
  listenToDrags(canvas, ({ clientX, clientY }, isFirst) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [clientX - box.x - box.width / 2, box.y + box.height / 2 - clientY];
    onTurn((Math.round((Math.atan2(y, x) * 180) / Math.PI) + 360) % 360, isFirst);
  });
}
