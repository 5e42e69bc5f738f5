import { clamp, drawLine } from "../base/panel.js";

/** From where a state space is seen: as a plane, or as a solid that can be turned. */

const DEGREES = 0.5; // degrees that a pixel turns the solid

export const dot = (first, second) => first.reduce((sum, value, k) => sum + value * second[k], 0);

/** Directions of the screen, in coordinates: to the right, up, and towards the reader. */
export function viewOf({ solid, azimuth, elevation }) {
  if (!solid) return { right: [1, 0, 0], up: [0, 1, 0], towards: [0, 0, 1], reach: 1 };
  const [a, e] = [azimuth, elevation].map((degrees) => (degrees * Math.PI) / 180);
  const right = [-Math.sin(a), Math.cos(a), 0];
  const up = [-Math.sin(e) * Math.cos(a), -Math.sin(e) * Math.sin(a), Math.cos(e)];
  const towards = [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)];
  return { right, up, towards, reach: 1.45 }; // a turned cube needs more room than its face
}

/** Coordinates moved on the screen by (dx, dy) half widths, and kept in the view. */
export function moved(coordinates, { right, up }, [dx, dy]) {
  const within = (value) => clamp(Math.round(100 * value) / 100, [-1, 1]);
  return coordinates.map((value, k) => within(value + dx * right[k] + dy * up[k]));
}

/** Where the solid is seen from after the pointer has moved by (dx, dy) px. */
export function turned({ azimuth, elevation }, [dx, dy]) {
  const around = Math.round(azimuth - DEGREES * dx);
  return {
    azimuth: ((((around + 180) % 360) + 360) % 360) - 180,
    elevation: clamp(Math.round(elevation + DEGREES * dy), [-90, 90]),
  };
}

// The frame of a portrait: a cube with the names of its axes, and a bar that gives the scale.

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
