import { drawLine } from "../base/panel.js";
import { FONT, disc } from "../base/drawing.js";
import { DASHED, SOLID } from "../base/strokes.js";
import { meanOf } from "./compute.js";

/** Curves in a plane: the reader's, and the computed ones. */

export function drawGuess(pen, points, isCommitted, paper) {
  pen.lineWidth = 2.5;
  pen.setLineDash(isCommitted ? DASHED : SOLID);
  drawLine(pen, points);
  pen.setLineDash(SOLID);
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

/** Say what can be done here. */
export function drawInvitation(pen, { box: { left, top, width, height } }) {
  pen.font = FONT.replace("11px", "14px");
  pen.textAlign = "center";
  pen.globalAlpha = 0.75;
  pen.fillText("Draw here", left + width / 2, top + height / 2);
  pen.globalAlpha = 1;
}

/** Where the keyboard draws; `place` is the point of the curve there, if there is one. */
export function drawCursor(pen, axes, x, place, ink) {
  const [across] = axes.at([x, 0]);
  const { top, height } = axes.box;
  pen.globalAlpha = 0.4;
  pen.lineWidth = 1;
  drawLine(pen, [
    [across, top],
    [across, top + height],
  ]);
  pen.globalAlpha = 1;
  pen.fillStyle = ink;
  if (place) disc(pen, place, 5);
}
