import { drawChoiceAreas } from "../base/choice_areas.js";
import { drawLine, prepare } from "../base/panel.js";
import { DASHED } from "../base/strokes.js";

/** How often each choice is made, over the mix. */

/** The stacked fractions over the mix, as far as they are known, the present mix, and (dashed) the guess. */
export function drawCurve(canvas, height, mixes, curve, { mix, guess }, colours, ink) {
  const width = canvas.clientWidth;
  const pen = prepare(canvas, width, height);
  const [left, right, bottom] = [1, width - 1, height - 1];
  const at = ([mixed, share]) => [left + mixed * (right - left), bottom - share * (bottom - 8)];
  const known = mixes.filter((_, k) => curve[k]);
  drawChoiceAreas(pen, at, known, curve.filter(Boolean), colours);
  pen.strokeStyle = ink;
  pen.globalAlpha = 0.35;
  pen.strokeRect(left, 8, right - left, bottom - 8);
  pen.globalAlpha = 1;
  drawMarker(pen, at([mix, 0])[0], bottom, ink);
  pen.setLineDash(DASHED);
  drawLine(pen, [at([guess, 0]), at([guess, 1])]);
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
