import { FONT } from "../base/drawing.js";
import { clamp, drawLine, drawMap, prepare } from "../base/panel.js";
import { BOUND, IN_ORDER, SOLID } from "../base/strokes.js";
import { HELD } from "./compute.js";

/** One run's pictures: performance per task, the learning curve, a trial, and the modulators. */

export const HEIGHTS = { row: 36, curve: 150, modulators: 84 };
const NAMES = 84; // px for the names of tasks
const GAP = 10;

/**
 * A row for every task: its name, what the outputs do in one trial (thin: what they should), and a bar that fills, with
 * a line where the task counts as learned.
 */
export function drawTasks(canvas, rows, { colour, ink }) {
  const width = canvas.clientWidth;
  const height = rows.length * HEIGHTS.row;
  const pen = prepare(canvas, width, height);
  const long = (width - NAMES - GAP) / 2;
  const bar = NAMES + long + GAP;
  rows.forEach(({ label, trial, performance }, k) => {
    const top = k * HEIGHTS.row;
    Object.assign(pen, { globalAlpha: 1, fillStyle: ink, font: FONT, textBaseline: "middle" });
    pen.fillText(label, 0, top + HEIGHTS.row / 2);
    drawTrial(pen, [NAMES, top + 3, long, HEIGHTS.row - 6], trial, { colour, ink });
    pen.globalAlpha = 0.12;
    pen.fillRect(bar, top + 9, long, HEIGHTS.row - 18);
    Object.assign(pen, { globalAlpha: 1, fillStyle: colour });
    pen.fillRect(bar, top + 9, long * performance, HEIGHTS.row - 18);
  });
  Object.assign(pen, { strokeStyle: ink, lineWidth: 1 });
  pen.setLineDash(BOUND);
  const at = bar + long * HELD;
  drawLine(pen, [
    [at, 0],
    [at, height],
  ]);
}

function drawTrial(pen, [left, top, width, height], { outputs, wanted }, { colour, ink }) {
  const place = (t, value) => [
    left + (width * t) / (wanted.length - 1),
    top + height * (0.5 - clamp(value, [-1.2, 1.2]) / 2.6),
  ];
  const draw = (values, k) =>
    drawLine(
      pen,
      values.map((y, t) => place(t, y[k])),
    );
  IN_ORDER.forEach((dash, k) => {
    pen.setLineDash(dash);
    Object.assign(pen, { strokeStyle: ink, globalAlpha: 0.4, lineWidth: 1 });
    draw(wanted, k);
    Object.assign(pen, { strokeStyle: colour, globalAlpha: 1, lineWidth: 1.75 });
    draw(outputs, k);
  });
  pen.setLineDash(SOLID);
}

/** Mean performance (thick, perhaps dashed) and the loss in units of its first value (thin), over steps. */
export function drawCurve(axes, { steps, losses, means }, { colour, ink, dash }) {
  const pen = axes.begin(HEIGHTS.curve, ink);
  if (steps.length === 0) return;
  pen.strokeStyle = colour;
  const along = (values) => values.map((value, k) => axes.at([steps[k], clamp(value, [0, 1.05])]));
  pen.globalAlpha = 0.5;
  drawLine(pen, along(losses.map((loss) => loss / losses[0])));
  Object.assign(pen, { globalAlpha: 1, lineWidth: 2.5 });
  pen.setLineDash(dash);
  drawLine(pen, along(means));
}

/** Modulators as opacities, a row for every task: how far each neuron's number is from zero. */
export function drawModulators(canvas, { rows, columns, values }, { colour, ink }) {
  const width = canvas.clientWidth;
  const pen = prepare(canvas, width, HEIGHTS.modulators);
  const most = Math.max(...values.map(Math.abs), 1e-9);
  const box = [0, 0, width, HEIGHTS.modulators];
  drawMap(pen, (k) => Math.abs(values[k]) / most, [rows, columns], colour, box);
  pen.strokeStyle = ink;
  pen.strokeRect(...box);
}
