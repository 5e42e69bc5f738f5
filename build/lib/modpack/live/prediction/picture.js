import { drawLine } from "../base/panel.js";
import { disc } from "../base/drawing.js";
import { meanOf } from "./compute.js";

// ----------------------------------------------------------------------------------------- drawn

export function drawGuess(pen, points, isCommitted, paper) {
  pen.lineWidth = 2.5;
  pen.setLineDash(isCommitted ? [7, 4] : []);
  drawLine(pen, points);
  pen.setLineDash([]);
  if (isCommitted) return;
  pen.lineWidth = 1.5;
  pen.fillStyle = paper;
  points.forEach((point) => disc(pen, point, 4));
}

/** Where along x the curve can be drawn. */
export function drawGuides(pen, axes, x) {
  const { top, height } = axes.box;
  pen.globalAlpha = 0.15;
  pen.lineWidth = 1;
  for (const each of x) {
    const [across] = axes.at([each, 0]);
    drawLine(pen, [
      [across, top],
      [across, top + height],
    ]);
  }
  pen.globalAlpha = 1;
}

export function drawCurves(pen, axes, x, lists, colour) {
  const draw = (values, width, opacity) => {
    pen.lineWidth = width;
    pen.globalAlpha = opacity;
    drawLine(
      pen,
      values.map((value, k) => axes.at([x[k], 100 * value])),
    );
    pen.globalAlpha = 1;
  };
  pen.strokeStyle = colour;
  lists.forEach((values) => draw(values, 1, 0.5));
  draw(meanOf(lists), 3, 1);
}
