import { CHOICES } from "../engine/choices.js";
import { drawLine, make, prepare } from "../base/panel.js";

/** How often each choice is made, over the mix. */

/** How a choice fills its area: a is solid, b a tint, a blend hatched, neither empty. */
export const STACK = ["a", "blend", "neither", "b"];

function fillOf(pen, kind, colour) {
  if (kind === "neither") return "transparent";
  if (kind !== "blend") return colour;
  const tile = make("canvas", "", { width: 6, height: 6 });
  const brush = tile.getContext("2d");
  brush.strokeStyle = colour;
  brush.lineWidth = 1.5;
  for (const x of [-6, 0, 6]) {
    drawLine(brush, [
      [x, 6],
      [x + 6, 0],
    ]);
  }
  return pen.createPattern(tile, "repeat");
}

function fillArea(pen, kind, colour) {
  pen.fillStyle = fillOf(pen, kind, colour);
  pen.globalAlpha = kind === "b" ? 0.35 : 1;
  pen.fill();
  pen.globalAlpha = 1;
}

/** The stacked fractions over the mix, as far as they are known, and the present mix. */
export function drawCurve(canvas, height, mixes, curve, lam, colour, ink) {
  const width = canvas.clientWidth;
  const pen = prepare(canvas, width, height);
  const [left, right, bottom] = [1, width - 1, height - 1];
  const at = (mixed, fraction) => [left + mixed * (right - left), bottom - fraction * (bottom - 8)];
  const known = mixes.map((mixed, k) => [mixed, curve[k]]).filter(([, fractions]) => fractions);
  const below = new Array(known.length).fill(0);
  for (const kind of STACK) {
    const index = CHOICES.indexOf(kind);
    const above = known.map(([, fractions], k) => below[k] + fractions[index]);
    pen.beginPath();
    known.forEach(([mixed], k) => pen.lineTo(...at(mixed, above[k])));
    known.toReversed().forEach(([mixed], k) => pen.lineTo(...at(mixed, below.at(-1 - k))));
    fillArea(pen, kind, colour);
    above.forEach((value, k) => (below[k] = value));
  }
  pen.strokeStyle = ink;
  pen.globalAlpha = 0.35;
  pen.strokeRect(left, 8, right - left, bottom - 8);
  pen.globalAlpha = 1;
  drawMarker(pen, at(lam, 0)[0], bottom, ink);
}

function drawMarker(pen, x, bottom, ink) {
  pen.strokeStyle = ink;
  pen.fillStyle = ink;
  pen.lineWidth = 2;
  drawLine(pen, [
    [x, 4],
    [x, bottom],
  ]);
  pen.beginPath();
  [
    [x - 5, 0],
    [x + 5, 0],
    [x, 8],
  ].forEach((point) => pen.lineTo(...point));
  pen.fill();
}
