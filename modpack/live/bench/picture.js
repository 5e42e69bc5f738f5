import { drawLine, drawMap, prepare } from "../base/panel.js";
import { FONT } from "../base/drawing.js";
import { BOUND, SOLID } from "../base/strokes.js";
import { BROKEN } from "./words.js";

/** Pictures of the lesion and noise bench: units, their activity, and what is left of the tasks. */

export const HEIGHTS = { strip: 64, row: 15, foot: 20 };

const MAP_SHARE = 0.64; // of the width of a panel
const WIDE_BARS = 110; // px for their words
const NARROWEST = 140; // px: below that a panel has bars only

/** How wide the map of units is in a panel; a narrow one has no room for single units. */
export function mapWidth({ clientWidth }) {
  return clientWidth < NARROWEST ? 0 : Math.round(MAP_SHARE * clientWidth);
}

export const panelHeight = (nTasks) => HEIGHTS.row * nTasks + HEIGHTS.foot;

/** What the units of one form do, beside what is left of the tasks. */
export function drawPanel(
  canvas,
  { rates, order, silenced, cursor, nUnits, now, intact },
  colours,
) {
  const { ink } = colours;
  const height = HEIGHTS.row * rates.length;
  const pen = prepare(canvas, canvas.clientWidth, panelHeight(rates.length));
  Object.assign(pen, { font: FONT, textBaseline: "top", fillStyle: ink });
  const map = [0, 0, mapWidth(canvas), height];
  const gap = map[2] ? 8 : 2;
  const bars = [map[2] + gap, 0, canvas.clientWidth - map[2] - gap - 2, height];
  writeFoot(pen, bars, bars[2] > WIDE_BARS ? "correct, 0 to 100 %" : "correct (%)", height);
  if (map[2]) {
    writeFoot(pen, map, "neurons", height);
    drawRates(pen, map, { rates, order, silenced, nUnits, cursor, ...colours });
  }
  if (now && intact) drawBars(pen, bars, { now, intact, ...colours });
}

/** The mean rate of every rank as a bar of every form; a silent unit is crossed out. */
export function drawStrip(canvas, { rates, silenced, cursor, nUnits, colours, ink, paper }) {
  const width = canvas.clientWidth;
  const pen = prepare(canvas, width, HEIGHTS.strip);
  const [cell, bottom] = [width / nUnits, HEIGHTS.strip - 16];
  const forms = Object.keys(rates);
  const largest = Math.max(...forms.flatMap((form) => rates[form]));
  forms.forEach((form, f) => {
    pen.fillStyle = colours[form];
    const bar = (cell - 1) / forms.length;
    rates[form].slice(0, nUnits).forEach((rate, rank) => {
      const height = (bottom - 2) * (rate / largest);
      pen.fillRect(rank * cell + 0.5 + f * bar, bottom - height, bar, height);
    });
  });
  silenced.forEach((rank) => crossOut(pen, [rank * cell, 0, cell, bottom], ink, paper));
  pen.strokeStyle = ink;
  pen.globalAlpha = 0.5;
  drawLine(pen, [
    [0, bottom],
    [width, bottom],
  ]);
  pen.globalAlpha = 1;
  writeRanks(pen, nUnits, cell, bottom, ink);
  if (cursor === null) return;
  pen.lineWidth = 2;
  pen.strokeRect(cursor * cell, 1, cell, bottom - 1);
}

function writeRanks(pen, nUnits, cell, bottom, ink) {
  pen.font = FONT;
  pen.fillStyle = ink;
  pen.textBaseline = "top";
  for (let rank = 1; rank <= nUnits; rank = rank === 1 ? 8 : rank + 8) {
    pen.textAlign = rank === 1 ? "left" : rank === nUnits ? "right" : "center";
    const at = { left: 0, right: nUnits * cell, center: (rank - 0.5) * cell }[pen.textAlign];
    pen.fillText(rank, at, bottom + 4);
  }
}

function crossOut(pen, [x, y, width, height], ink, paper) {
  pen.fillStyle = paper;
  pen.globalAlpha = 0.85;
  pen.fillRect(x, y, width, height);
  pen.globalAlpha = 1;
  pen.strokeStyle = ink;
  pen.lineWidth = 1.2;
  drawLine(pen, [
    [x + 1.5, y + height - 1],
    [x + width - 1.5, y + 1],
  ]);
  drawLine(pen, [
    [x + 1.5, y + 1],
    [x + width - 1.5, y + height - 1],
  ]);
}

/** Rates of units (columns) in tasks (rows), each unit relative to its largest. */
function drawRates(pen, box, { rates, order, silenced, cursor, nUnits, colour, ink, paper }) {
  const largest = order.map((i) => Math.max(...rates.map((ofTask) => ofTask[i])));
  const value = (k) => {
    const [row, rank] = [Math.floor(k / nUnits), k % nUnits];
    return rates[row][order[rank]] / largest[rank];
  };
  drawMap(pen, value, [rates.length, nUnits], colour, box);
  const [x, y, width, height] = box;
  const cell = width / nUnits;
  pen.fillStyle = paper;
  silenced.forEach((rank) => pen.fillRect(x + rank * cell, y, cell, height));
  pen.strokeStyle = ink;
  pen.lineWidth = 1;
  silenced.forEach((rank) =>
    drawLine(pen, [
      [x + (rank + 0.5) * cell, y],
      [x + (rank + 0.5) * cell, y + height],
    ]),
  );
  if (cursor !== null) pen.strokeRect(x + cursor * cell - 0.5, y, cell + 1, height);
}

/** Correct trials of every task as bars; a tick marks those of the intact network. */
function drawBars(pen, [x, y, width, height], { now, intact, colour, ink }) {
  const row = height / now.length;
  now.forEach((fraction, k) => {
    pen.fillStyle = ink;
    pen.globalAlpha = 0.1;
    pen.fillRect(x, y + k * row + 2.5, width, row - 5);
    pen.globalAlpha = 1;
    pen.fillStyle = colour;
    pen.fillRect(x, y + k * row + 2.5, fraction * width, row - 5);
    pen.fillStyle = ink;
    pen.fillRect(x + intact[k] * width - 1, y + k * row + 1, 2, row - 2);
  });
  pen.strokeStyle = ink;
  pen.lineWidth = 1;
  pen.globalAlpha = 0.5;
  pen.setLineDash(BOUND);
  drawLine(pen, [
    [x + BROKEN * width, y],
    [x + BROKEN * width, y + height],
  ]);
  pen.setLineDash(SOLID);
  pen.globalAlpha = 1;
}

function writeFoot(pen, [x, , width], text, top) {
  pen.textAlign = "center";
  pen.fillText(text, x + width / 2, top + 5);
}
