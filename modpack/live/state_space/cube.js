import { drawLine } from "../base/panel.js";

/** The frame of a portrait: a cube with the names of its axes, and a bar that gives the scale. */

const CORNERS = [-1, 1].flatMap((y) => [-1, 1].map((z) => [y, z]));

/** The four edges of the cube along an axis, each by the places of its ends. */
function edgesAlong(portrait, axis) {
  return CORNERS.map((rest) => [-1, 1].map((end) => portrait.at(rest.toSpliced(axis, 0, end))));
}

export function drawCube(portrait) {
  const { pen, ink } = portrait;
  Object.assign(pen, { strokeStyle: ink, fillStyle: ink, lineWidth: 1 });
  for (const axis of [0, 1, 2]) {
    const edges = edgesAlong(portrait, axis);
    pen.globalAlpha = 0.25;
    edges.forEach((edge) => drawLine(pen, edge));
    pen.globalAlpha = 1;
    writeAxis(portrait, axis, edges);
  }
}

/** Write the name of an axis outside along the edge of the cube that shows most of it. */
function writeAxis({ pen, size, radius, basis }, axis, edges) {
  const low = ([[x1, y1], [x2, y2]]) => y1 + y2 - 0.9 * (x1 + x2);
  const [[x1, y1], [x2, y2]] = edges.toSorted((first, second) => low(second) - low(first))[0];
  if (Math.hypot(x2 - x1, y2 - y1) < radius / 2) return;
  const angle = Math.atan2(y2 - y1, x2 - x1);
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  const outward = -(x - size / 2) * Math.sin(angle) + (y - size / 2) * Math.cos(angle);
  const isUpsideDown = Math.abs(angle) > Math.PI / 2 + 1e-6;
  const isBelow = outward > 0 !== isUpsideDown;
  pen.save();
  pen.translate(x, y);
  pen.rotate(isUpsideDown ? angle + Math.PI : angle);
  pen.textAlign = "center";
  pen.textBaseline = isBelow ? "top" : "bottom";
  pen.fillText(basis.axes[axis], 0, isBelow ? 5 : -5);
  pen.restore();
}

/** A bar with its length, as a rate. */
export function drawScale({ pen, basis, size, radius, view }) {
  const power = 10 ** Math.floor(Math.log10(basis.extent / 2));
  const length = power * [5, 2, 1].find((factor) => factor * power <= basis.extent / 2);
  const right = size / 2 + radius * (view.reach > 1 ? view.reach : 0.95);
  const y = size / 2 - radius * (view.reach > 1 ? view.reach : 0.93);
  const left = right - (length / basis.extent) * radius;
  pen.lineWidth = 2;
  drawLine(pen, [
    [left, y],
    [right, y],
  ]);
  pen.textAlign = "right";
  pen.textBaseline = "top";
  pen.fillText(`rate ${Number(length.toPrecision(3))}`, right, y + 4);
}
