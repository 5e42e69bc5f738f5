import { SHORTEST } from "../engine/choices.js";
import { RESPOND, UNDEFINED } from "../engine/tasks/rules.js";
import { FONT, disc, drawArrow, drawGo, drawRing, drawTolerance, polar } from "./drawing.js";
import { drawLine, drawMap, prepare } from "./panel.js";
import { DOTTED } from "./strokes.js";

/** A trial and what a network makes of it: stimuli and answers on a ring, numbers over time. */

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

/** The answers of a (filled) and b (open) on the ring, the shortest answer, the outputs as a path and an arrow. */
export function drawAnswer(canvas, { outputs }, { trial, b, criterion }, colour, ink) {
  const size = canvas.clientWidth;
  const pen = prepare(canvas, size, size);
  const { centre, radius } = drawRing(pen, size, ink);
  drawShortest(pen, centre, radius);
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

/** The circle within which a response is no answer. */
function drawShortest(pen, centre, radius) {
  pen.save();
  pen.globalAlpha = 0.35;
  pen.setLineDash(DOTTED);
  disc(pen, centre, SHORTEST * radius, false);
  pen.restore();
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
