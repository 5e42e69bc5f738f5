import { FONT, disc, drawArrow, drawTolerance, polar } from "../base/drawing.js";
import { clamp, drawLine, prepare, rgb } from "../base/panel.js";
import { BOUND, IN_ORDER, SOLID } from "../base/strokes.js";
import { layoutOf, shareOf } from "./compute.js";
import { wordValue } from "./words.js";

/** The map with its N50, and what stands below it: mappings, learning, and one network's answer. */

const LEFT = 46; // px for the number of mappings
const BAND = 58;
const TOP = 4;
const BOTTOM = 36;
const CURVE = 0.8; // where in a band its N50 stands
const OWN = 0.68; // and what the reader has trained
const OPACITY = 0.6; // of the full colour, on which ink can still be read
const NUMBERS = { size: 0.2, value: 0.46 };
export const HEIGHTS = { scores: 178, learned: 150, bar: 14 };

export const heightOf = (rows) => TOP + rows.length * BAND + BOTTOM;

/** Where the points of the map are in a canvas. */
export function layoutIn(canvas, rows) {
  const width = canvas.clientWidth - LEFT - 4;
  return layoutOf(rows, { left: LEFT, top: TOP, width, band: BAND });
}

const colourOf = (share, [positive, negative]) => (share >= 0 ? positive : negative);

/** A colour with the opacity of a share of the largest. */
function shade(share, colours) {
  const [red, green, blue] = rgb(colourOf(share, colours));
  return `rgba(${red}, ${green}, ${blue}, ${OPACITY * Math.min(Math.abs(share), 1)})`;
}

/** Every point with its neurons and its value, the sizes at which half is held, a frame around one point. */
export function drawPoints(canvas, { rows, map, state, limit, curves, hasFocus, own }, colours) {
  const layout = layoutIn(canvas, rows);
  const pen = prepare(canvas, canvas.clientWidth, heightOf(rows));
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const points = map.flat().map((point, k) => ({ ...point, box: layout.cells[k].box }));
  points.forEach((point) => drawPoint(pen, point, { state, limit }, colours));
  drawScales(pen, layout, rows, colours.ink);
  curves.forEach((curve, k) => drawCurve(pen, layout, rows, curve, IN_ORDER[k], colours));
  points.forEach((point) => drawNumbers(pen, point, state, colours.ink));
  const chosen = layout.cells.find(
    (each) => each.n_tasks === state.n_tasks && each.n_neurons === state.n_neurons,
  );
  const [x, y, width, height] = chosen.box;
  Object.assign(pen, { strokeStyle: colours.ink, lineWidth: hasFocus ? 4 : 2.5 });
  pen.strokeRect(x + 1.5, y + 1.5, width - 3, height - 3);
  own.forEach((point) => drawOwn(pen, layout, rows, point, colours));
}

/** A network that the reader has trained, as a diamond; beyond the sizes of the map it stands at the edge. */
function drawOwn(pen, { at, bands, octaves }, rows, { form, n_tasks, n_neurons }, { forms, ink }) {
  const row = rows.findIndex((each) => each.n_tasks === n_tasks);
  const [x, y] = [at(clamp(Math.log2(n_neurons), octaves)), bands[row] + OWN * BAND];
  pen.beginPath();
  for (const [dx, dy] of [
    [0, -8],
    [8, 0],
    [0, 8],
    [-8, 0],
  ])
    pen.lineTo(x + dx, y + dy);
  pen.closePath();
  Object.assign(pen, { fillStyle: forms[form], strokeStyle: ink, lineWidth: 2 });
  pen.fill();
  pen.stroke();
}

function drawPoint(pen, point, { state, limit }, { ink, scale }) {
  const [x, y, width, height] = point.box;
  pen.fillStyle = point.mean === null ? "transparent" : shade(shareOf(point, state, limit), scale);
  pen.fillRect(x, y, width, height);
  Object.assign(pen, { strokeStyle: ink, lineWidth: 0.5, globalAlpha: 0.5 });
  pen.strokeRect(x, y, width, height);
  pen.globalAlpha = 1;
}

/** The neurons of a point, and below them its value. */
function drawNumbers(pen, { n_neurons, mean, box: [x, y, width, height] }, state, ink) {
  const middle = x + width / 2;
  Object.assign(pen, { fillStyle: ink, font: FONT });
  pen.fillText(n_neurons, middle, y + NUMBERS.size * height);
  pen.font = `bold ${FONT}`;
  pen.fillText(wordValue(mean, state), middle, y + NUMBERS.value * height);
}

function drawScales(pen, { at, bands, octaves: [low, high] }, rows, ink) {
  const bottom = TOP + rows.length * BAND;
  Object.assign(pen, { fillStyle: ink, strokeStyle: ink, lineWidth: 1, font: FONT });
  rows.forEach(({ n_tasks }, k) => pen.fillText(`K = ${n_tasks}`, LEFT / 2, bands[k] + BAND / 2));
  for (let octave = Math.ceil(low); octave <= high; octave++) {
    const x = at(octave);
    // biome-ignore format: one pair of points
    drawLine(pen, [[x, bottom], [x, bottom + 4]]);
    pen.fillText(2 ** octave, x, bottom + 11);
  }
  pen.fillText(
    "neurons, N (also the upper number of every cell)",
    at((low + high) / 2),
    bottom + 27,
  );
}

/** N50 of every order as dots, its mean as a line from row to row with the interval where there is one. */
function drawCurve(pen, { at, bands }, rows, halfHeld, dash, { ink, paper }) {
  const heights = halfHeld.map((each) => {
    const row = rows.findIndex(({ n_tasks }) => n_tasks === each.n_tasks);
    return bands[row] + CURVE * BAND + (dash.length ? 6 : 0);
  });
  Object.assign(pen, { strokeStyle: ink, fillStyle: paper, lineWidth: 1 });
  halfHeld.forEach(({ octaves, beyond }, k) => {
    octaves.forEach((octave, j) => beyond[j] === 0 && disc(pen, [at(octave), heights[k]], 2.5));
  });
  pen.setLineDash(dash);
  pen.lineWidth = 2;
  const known = halfHeld.map(({ mean }, k) => [mean, heights[k]]).filter(([mean]) => mean !== null);
  drawLine(
    pen,
    known.map(([mean, y]) => [at(mean), y]),
  );
  pen.setLineDash(SOLID);
  pen.fillStyle = ink;
  for (const [mean, y] of known) disc(pen, [at(mean), y], 4);
  halfHeld.forEach(({ low, high }, k) => {
    pen.lineWidth = 5;
    // biome-ignore format: one pair of points
    if (low !== null) drawLine(pen, [[at(low), heights[k]], [at(high), heights[k]]]);
  });
}

/** The colours of a map from its least value to its largest. */
export function drawBar(canvas, { isSigned }, { scale, ink }) {
  const width = canvas.clientWidth;
  const pen = prepare(canvas, width, HEIGHTS.bar);
  for (let x = 0; x < width; x++) {
    const share = (x + 0.5) / width;
    pen.fillStyle = shade(isSigned ? 2 * share - 1 : share, scale);
    pen.fillRect(x, 0, 1, HEIGHTS.bar);
  }
  Object.assign(pen, { strokeStyle: ink, lineWidth: 1, globalAlpha: 0.5 });
  pen.strokeRect(0.5, 0.5, width - 1, HEIGHTS.bar - 1);
}

/** Every network as a column of its mappings; the first order's with rims, and a larger dot for one of these. */
export function drawScores(axes, { networks, heldAt, mapping }, { colour, ink }) {
  axes.x.limits = [0.4, Math.max(networks.length, 1) + 0.6];
  const pen = axes.begin(HEIGHTS.scores, ink);
  pen.setLineDash(BOUND);
  drawLine(
    pen,
    axes.x.limits.map((x) => axes.at([x, heldAt])),
  );
  pen.setLineDash(SOLID);
  networks.forEach(({ scores, floor }, k) => {
    Object.assign(pen, { strokeStyle: ink, lineWidth: 2 });
    drawLine(
      pen,
      [k + 0.7, k + 1.3].map((x) => axes.at([x, floor])),
    );
    pen.fillStyle = colour;
    pen.lineWidth = k === 0 ? 1.5 : 0.5;
    scores.forEach((score, task) => {
      disc(pen, axes.at([k + 1, score]), k === 0 && task === mapping ? 5.5 : 3);
    });
  });
}

/** Mean performance of every network over its training, the first order's thick, and the mean of the floors. */
export function drawLearned(axes, { networks, steps, floor }, { colour, ink }) {
  axes.x.limits = [0, steps];
  const pen = axes.begin(HEIGHTS.learned, ink);
  if (networks.length === 0) return;
  pen.lineWidth = 2;
  drawLine(
    pen,
    axes.x.limits.map((x) => axes.at([x, floor])),
  );
  pen.strokeStyle = colour;
  if (networks.every(({ learned }) => learned.length === 0)) {
    pen.textAlign = "left";
    pen.fillText("not in the record of this table", ...axes.at([0.02 * steps, 0.9]));
  }
  networks.forEach(({ learned }, k) => {
    Object.assign(pen, { lineWidth: k === 0 ? 3 : 1, globalAlpha: k === 0 ? 1 : 0.6 });
    drawLine(pen, learned.map(axes.at, axes));
  });
}

/** The stimulus outside a ring, what the mapping asks for and what the context, and a network's way to its answer. */
export function drawAnswer(canvas, { trial, task, toldAnswer }, response, { colour, ink, paper }) {
  const size = canvas.clientWidth;
  const pen = prepare(canvas, size, size);
  const [centre, radius] = [[size / 2, size / 2], size / 2 - 34];
  Object.assign(pen, { strokeStyle: ink, fillStyle: ink, lineWidth: 1, globalAlpha: 0.35 });
  disc(pen, centre, radius, false);
  pen.globalAlpha = 1;
  const [x, y] = polar(centre, trial.conditions.angle[0], radius + 22);
  pen.fillRect(x - 6, y - 6, 12, 12);
  drawTolerance(pen, centre, radius, trial.answer.angle, task.tolerance, 0);
  pen.lineWidth = 1.5;
  pen.fillStyle = paper;
  disc(pen, polar(centre, toldAnswer.angle, radius), 8);
  pen.fillStyle = ink;
  disc(pen, polar(centre, trial.answer.angle, radius), 4);
  if (!response) return;
  const points = response.outputs.map(([, cos, sin]) => [
    centre[0] + radius * cos,
    centre[1] - radius * sin,
  ]);
  Object.assign(pen, { strokeStyle: colour, fillStyle: colour, lineWidth: 1 });
  drawLine(pen, points);
  drawArrow(pen, centre, points[trial.end - 1]);
}
