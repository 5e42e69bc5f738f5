import { FONT } from "../base/drawing.js";
import { clamp, drawLine, prepare } from "../base/panel.js";
import { IN_ORDER } from "../base/strokes.js";

/** One network's pictures: running contributions, vectors, and through which of these the change came. */

export const HEIGHTS = { running: 168, vectors: 186, parts: 60 };
const FAINT = 0.55;
const ROWS = ["input vector, ring 1", "input vector, ring 2", "selection vector"];
const PARTS = ["input", "selection"];
const NAMES = 60; // px for the names of the parts
const FOOT = 16; // px for the numbers below them
const END = 8; // px for half a number

/** Contributions of both rings summed up to every step, at mix 0 (thin) and now; `axes` is an Axes. */
export function drawRunning(axes, { reference, now, times }, { colour, ink }) {
  const values = [...reference, ...now].flat();
  axes.y.limits = [Math.min(-0.2, ...values) - 0.05, Math.max(1, ...values) + 0.05];
  const pen = axes.begin(HEIGHTS.running, ink);
  pen.globalAlpha = 0.35;
  drawLine(pen, [axes.at([times[0], 0]), axes.at([times.at(-1), 0])]);
  const draw = (sums, ring) => {
    pen.setLineDash(IN_ORDER[ring]);
    drawLine(
      pen,
      times.map((time, k) => axes.at([time, sums[k]])),
    );
  };
  pen.globalAlpha = FAINT;
  reference.forEach(draw);
  Object.assign(pen, { globalAlpha: 1, lineWidth: 2.5, strokeStyle: colour });
  now.forEach(draw);
}

/** Every vector as a row of bars, one for a neuron, and as an outline what it was at mix 0. */
export function drawVectors(canvas, { reference, now }, { colour, ink }) {
  const width = canvas.clientWidth;
  const pen = prepare(canvas, width, HEIGHTS.vectors);
  const height = HEIGHTS.vectors / ROWS.length;
  const sizes = ROWS.map((_, row) =>
    Math.max(...reference[row].map(Math.abs), ...now[row].map(Math.abs)),
  );
  const scales = [Math.max(sizes[0], sizes[1]), Math.max(sizes[0], sizes[1]), sizes[2]];
  ROWS.forEach((name, row) => {
    const box = { top: row * height + 16, height: height - 20, width };
    pen.fillStyle = ink;
    pen.font = FONT;
    pen.textBaseline = "top";
    pen.fillText(name, 0, row * height + 2);
    drawBars(pen, box, now[row], scales[row], colour);
    drawOutline(pen, box, reference[row], scales[row], ink);
  });
}

const placeIn = ({ top, height }, value, scale) => top + (height / 2) * (1 - value / scale);

function drawBars(pen, box, values, scale, colour) {
  const cell = box.width / values.length;
  const zero = placeIn(box, 0, scale);
  pen.fillStyle = colour;
  values.forEach((value, k) => {
    pen.fillRect(k * cell, zero, Math.max(cell - 0.5, 1), placeIn(box, value, scale) - zero);
  });
}

function drawOutline(pen, box, values, scale, ink) {
  const cell = box.width / values.length;
  Object.assign(pen, { strokeStyle: ink, lineWidth: 1, globalAlpha: FAINT });
  drawLine(
    pen,
    values.flatMap((value, k) =>
      [k, k + 1].map((edge) => [edge * cell, placeIn(box, value, scale)]),
    ),
  );
  pen.globalAlpha = 1;
}

/** What has moved from ring 1 to ring 2 through each vector, as bars from the middle, which is 0, to 1 or −1. */
export function drawParts(canvas, values, { colour, ink }) {
  const width = canvas.clientWidth;
  const pen = prepare(canvas, width, HEIGHTS.parts);
  const bottom = HEIGHTS.parts - FOOT;
  const row = bottom / PARTS.length;
  const half = (width - NAMES - END) / 2;
  const zero = NAMES + half;
  pen.font = FONT;
  pen.textBaseline = "middle";
  PARTS.forEach((name, k) => {
    pen.fillStyle = ink;
    pen.fillText(name, 0, (k + 0.5) * row);
    pen.globalAlpha = 0.1;
    pen.fillRect(NAMES, k * row + 4, 2 * half, row - 8);
    pen.globalAlpha = 1;
    pen.fillStyle = colour;
    pen.fillRect(zero, k * row + 4, half * clamp(values[k], [-1, 1]), row - 8);
  });
  pen.fillStyle = ink;
  pen.fillRect(zero - 0.5, 0, 1, bottom);
  Object.assign(pen, { textAlign: "center", textBaseline: "bottom" });
  ["−1", "0", "1"].forEach((text, k) => pen.fillText(text, zero + (k - 1) * half, HEIGHTS.parts));
}
