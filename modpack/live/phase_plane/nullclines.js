import { grid, plainField } from "./compute.js";

/** Nullclines, by marching squares. */

const CORNERS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];

/** Where each of the two rates stands still: for every neuron, segments between pairs of rates. */
export function nullclines(dynamics, u, size, n = 81) {
  const field = plainField(dynamics, u);
  const changes = [new Float64Array(n * n), new Float64Array(n * n)];
  grid(size, n).forEach(([x, y], k) => ([changes[0][k], changes[1][k]] = field(x, y)));
  const scaled = (ends) => ends.map((r) => r.map((k) => (size * k) / (n - 1)));
  return changes.map((values) => zeros(values, n).map(scaled));
}

/** Segments along which numbers on an n x n grid are zero, in units of the grid (marching squares). */
function zeros(values, n) {
  const segments = [];
  const valueAtCorner = ([i, j]) => values[i * n + j];
  const isNegative = (k) => values[k] < 0;
  for (let i = 0; i + 1 < n; i++) {
    for (let j = 0; j + 1 < n; j++) {
      const k = i * n + j;
      const negative =
        isNegative(k) + isNegative(k + 1) + isNegative(k + n) + isNegative(k + n + 1);
      if (negative % 4 === 0) continue; // all four corners lie on one side
      const corners = CORNERS.map(([right, up]) => [i + right, j + up]);
      const crossings = crossingsOf(corners, valueAtCorner);
      for (let c = 0; c < crossings.length; c += 2) segments.push(crossings.slice(c, c + 2));
    }
  }
  return segments;
}

/** Where the edges of a square are crossed, by linear interpolation. */
function crossingsOf(corners, levelOf) {
  const crossings = [];
  corners.forEach((first, k) => {
    const second = corners[(k + 1) % corners.length];
    const [a, b] = [levelOf(first), levelOf(second)];
    if (a < 0 === b < 0) return;
    const part = a / (a - b);
    crossings.push(first.map((value, axis) => value + part * (second[axis] - value)));
  });
  return crossings;
}

/** The point of some segments that is nearest to a point; null if there are none. */
export function nearest(segments, [x, y]) {
  let [best, found] = [Infinity, null];
  for (const point of segments.flat()) {
    const distance = Math.hypot(point[0] - x, point[1] - y);
    if (distance < best) [best, found] = [distance, point];
  }
  return found;
}
