import { drawLine, listenToDrags } from "./panel.js";
import { IN_ORDER, ONSET, SOLID } from "./strokes.js";

/** What several live figures draw: marks, arrows, what stands on a ring. */

export const FONT = "11px system-ui, sans-serif";
export const TURN = 2 * Math.PI;

/** Point at an angle (rad, counter-clockwise) and a distance from a centre. */
export const polar = ([x, y], angle, distance) => [
  x + distance * Math.cos(angle),
  y - distance * Math.sin(angle),
];

/** A disc or a circle; a picture that has no room leaves less than none for its radius. */
export function disc(pen, [x, y], radius, isFilled = true) {
  pen.beginPath();
  pen.arc(x, y, Math.max(radius, 0), 0, TURN);
  if (isFilled) pen.fill();
  pen.stroke();
}

/** A ring in a square canvas; returns its centre and radius. */
export function drawRing(pen, size, ink) {
  const ring = { centre: [size / 2, size / 2], radius: size / 2 - 16 };
  pen.strokeStyle = ink;
  pen.globalAlpha = 0.35;
  pen.lineWidth = 1;
  disc(pen, ring.centre, ring.radius, false);
  pen.globalAlpha = 1;
  return ring;
}

export function drawTolerance(pen, [x, y], radius, angle, tolerance, k) {
  pen.save();
  pen.lineWidth = 3;
  pen.setLineDash(IN_ORDER[k]);
  pen.beginPath();
  pen.arc(x, y, Math.max(radius, 0), -angle - tolerance, -angle + tolerance);
  pen.stroke();
  pen.restore();
}

export function drawArrow(pen, from, to) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const angle = Math.atan2(from[1] - to[1], to[0] - from[0]);
  pen.lineWidth = 3;
  drawLine(pen, [from, to]);
  if (length < 8) return;
  pen.beginPath();
  [to, polar(to, angle + 2.6, 9), polar(to, angle - 2.6, 9)].forEach((p) => pen.lineTo(...p));
  pen.fill();
}

export function drawGo(pen, x, height, ink) {
  pen.strokeStyle = ink;
  pen.lineWidth = 1;
  pen.setLineDash(ONSET);
  drawLine(pen, [
    [x, 0],
    [x, height],
  ]);
  pen.setLineDash(SOLID);
}

const FINGER = 22; // px around a mark on a ring within which a finger takes it

/** Let the pointer turn what stands on a ring at some angles; `onTurn(degrees, isFirst)` hears of it. */
export function dragAngle(canvas, anglesNow, onTurn) {
  const polarOf = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [clientX - box.x - box.width / 2, box.y + box.height / 2 - clientY];
    return { distance: Math.hypot(x, y), degrees: (Math.atan2(y, x) * 180) / Math.PI };
  };
  const isOnMark = (event) => {
    const { distance, degrees } = polarOf(event);
    const reach = distance > FINGER ? (FINGER / distance) * (180 / Math.PI) : 0;
    return anglesNow().some((angle) => degreesApart(angle, degrees) < reach);
  };
  const turn = (event, isFirst) =>
    onTurn((Math.round(polarOf(event).degrees) + 360) % 360, isFirst);
  listenToDrags(canvas, turn, isOnMark);
}

/** The degrees between two directions, on the shorter side. */
export const degreesApart = (first, second) => Math.abs(((first - second + 900) % 360) - 180);
