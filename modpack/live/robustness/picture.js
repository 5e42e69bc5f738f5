import { drawChoiceAreas } from "../base/choice_areas.js";
import { FONT } from "../base/drawing.js";
import { drawLine, prepare } from "../base/panel.js";
import { DASHED, IN_ORDER, SOLID } from "../base/strokes.js";

/** What many networks make of ambiguous contexts, over levels; what one network is told. */

export const HEIGHTS = { curves: 260, row: 17, foot: 16 };
const LOOKS = [...IN_ORDER, SOLID, DASHED]; // forms of one pathway have one colour
const FAINT = 0.45;
const NAMES = 84; // px for the names of tasks
const END = 6; // px for half a number

/** The line of a form among all forms of the figure. */
export const lookOf = (forms, form) => LOOKS[forms.indexOf(form) % LOOKS.length];

/** Limits that hold every form's intervals under every schedule, so that these can be compared. */
function limitsOf(every) {
  const values = every.flatMap((forms) =>
    Object.values(forms).flatMap(({ mean, low, high }) => [...mean, ...low, ...high]),
  );
  const known = values.filter((value) => value !== null);
  return [Math.min(0, ...known) - 0.01, Math.max(...known) + 0.01];
}

/** Regrets over the size of the noise: the chosen form with its intervals, others thin; the line at 0 is the decoder. */
export function drawRegrets(axes, shown, { form, others }, { order, colours, ink }) {
  const { positions, at, forms, every } = shown;
  axes.x = {
    limits: [0, 1.05 * Math.max(...positions)],
    label: "noise, in distances of two contexts",
  };
  axes.y = { limits: limitsOf(every), label: "regret" };
  const pen = axes.begin(HEIGHTS.curves, ink);
  const ends = axes.x.limits.map((x) => axes.at([x, 0]));
  Object.assign(pen, { strokeStyle: ink, lineWidth: 1.5 });
  drawLine(pen, ends);
  drawLevel(pen, axes, positions[at], ink);
  order.forEach((name) => {
    const isChosen = name === form;
    if (!isChosen && !others) return;
    const points = forms[name].mean.map((value, level) => axes.at([positions[level], value]));
    const look = { strokeStyle: colours[name], lineWidth: isChosen ? 3 : 1.3 };
    Object.assign(pen, look, { globalAlpha: isChosen ? 1 : 0.7 });
    pen.setLineDash(lookOf(order, name));
    drawLine(pen, points);
    pen.setLineDash(SOLID);
    if (isChosen) drawIntervals(pen, axes, positions, forms[name], colours[name]);
  });
  pen.globalAlpha = 1;
  writeAt(pen, axes, [0, 0], "decoder", ink);
}

/** How often each choice is made over a path, with the interval of how often a's rule is followed. */
export function drawPath(axes, shown, { form }, { choices, ink }, label) {
  const { positions, at, forms } = shown;
  axes.x = { limits: [0, 1], label };
  axes.y = { limits: [0, 1], label: "trials" };
  const pen = axes.begin(HEIGHTS.curves, ink);
  drawChoiceAreas(pen, (point) => axes.at(point), positions, forms[form].made, choices);
  drawIntervals(pen, axes, positions, forms[form], "#222");
  drawLevel(pen, axes, positions[at], "#222");
}

function drawIntervals(pen, axes, positions, { mean, low, high }, colour) {
  Object.assign(pen, { strokeStyle: colour, fillStyle: colour, lineWidth: 1.5 });
  positions.forEach((position, k) => {
    if (low[k] !== null) drawLine(pen, [axes.at([position, low[k]]), axes.at([position, high[k]])]);
    pen.beginPath();
    pen.arc(...axes.at([position, mean[k]]), 3.5, 0, 2 * Math.PI);
    pen.fill();
  });
}

/** The level on show. */
function drawLevel(pen, axes, position, ink) {
  const { limits } = axes.y;
  pen.save();
  Object.assign(pen, { strokeStyle: ink, lineWidth: 1.5, globalAlpha: FAINT });
  pen.setLineDash(DASHED);
  drawLine(
    pen,
    limits.map((value) => axes.at([position, value])),
  );
  pen.restore();
}

function writeAt(pen, axes, point, text, ink) {
  const [x, y] = axes.at(point);
  Object.assign(pen, { font: FONT, fillStyle: ink, textAlign: "left", textBaseline: "bottom" });
  pen.fillText(text, x + 4, y - 3);
}

/** The coordinates of a context as bars, one for every task, and as outlines those of the cue. */
export function drawContext(canvas, { cue, told, labels }, { colour, ink }) {
  const width = canvas.clientWidth;
  const bottom = HEIGHTS.row * labels.length;
  const pen = prepare(canvas, width, bottom + HEIGHTS.foot);
  const reach = Math.max(1, ...cue.map(Math.abs), ...told.map(Math.abs));
  const low = Math.min(0, ...cue, ...told) < 0 ? -reach : 0;
  const place = (value) => NAMES + ((width - NAMES - END) * (value - low)) / (reach - low);
  Object.assign(pen, { font: FONT, textBaseline: "middle", lineWidth: 1 });
  labels.forEach((name, k) => {
    const top = k * HEIGHTS.row;
    pen.fillStyle = ink;
    pen.fillText(name, 0, top + HEIGHTS.row / 2);
    pen.fillStyle = colour;
    pen.fillRect(place(0), top + 4, place(told[k]) - place(0), HEIGHTS.row - 8);
    pen.strokeStyle = ink;
    pen.strokeRect(place(0), top + 2.5, place(cue[k]) - place(0), HEIGHTS.row - 5);
  });
  Object.assign(pen, {
    strokeStyle: ink,
    fillStyle: ink,
    textAlign: "center",
    textBaseline: "bottom",
  });
  for (const value of [0, 1]) {
    pen.globalAlpha = FAINT;
    drawLine(pen, [
      [place(value), 0],
      [place(value), bottom],
    ]);
    pen.globalAlpha = 1;
    pen.fillText(value, place(value), bottom + HEIGHTS.foot);
  }
}
