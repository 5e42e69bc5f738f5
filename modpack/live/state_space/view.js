import { clamp } from "../base/panel.js";

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
