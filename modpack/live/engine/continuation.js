import { mix } from "./context.js";
import { growing } from "./fixedpoints.js";
import { largest, solve } from "./tensors.js";

/** Following a fixed point from one context to another, past folds; as modpack.fixedpoints.continuation. */

const LENGTHS = { first: 0.02, least: 1e-5, most: 0.1 }; // lengths along the curve
const STEPS = 500; // after which a branch is left unfinished
const SHARPEST = 0.3; // rad between the tangents of neighbours, and how far a correction may lead, in steps
const CORRECTIONS = 8;
const AT_REST = 1e-10; // largest component of |F|
const NUDGE = 1e-5; // of the mix, for the derivative with respect to it
const HALVINGS = 14; // that bring a fold to where the mix is known to rounding

/**
 * The curve F(r, mix) = 0 of a network on the way between two contexts under a constant input. Its points are
 * `{ x, tangent, nUnstable }`: x holds the rates and last the mix. A unit of length is a root mean square change of the
 * rates by 1, or the whole way.
 */
export class Curve {
  constructor(network, [a, b], u) {
    this.u = u;
    this.at = (lam) => network.under(mix(a, b, lam));
  }

  inner(x, y) {
    const n = x.length - 1;
    return x.reduce((sum, value, i) => sum + (value * y[i]) / (i < n ? n : 1), 0);
  }

  length(x) {
    return Math.sqrt(this.inner(x, x));
  }

  /** F, and the rows of [dF/dr, dF/dmix]. */
  #linearise(x) {
    const n = x.length - 1;
    const [r, lam] = [x.subarray(0, n), x[n]];
    const dynamics = this.at(lam);
    const jacobian = dynamics.jacobian(r, this.u);
    const [more, less] = [NUDGE, -NUDGE].map((nudge) => this.at(lam + nudge).field(r, this.u));
    const extended = new Float64Array(n * (n + 1));
    for (let i = 0; i < n; i++) {
      extended.set(jacobian.data.subarray(i * n, (i + 1) * n), i * (n + 1));
      extended[i * (n + 1) + n] = (more[i] - less[i]) / (2 * NUDGE);
    }
    return { field: dynamics.field(r, this.u), jacobian, extended, alpha: dynamics.alpha };
  }

  /** The point in the plane through `predicted` that is perpendicular to `normal`, by Newton's method; or null. */
  correct(predicted, normal) {
    const n = predicted.length - 1;
    const across = normal.map((value, i) => value / (i < n ? n : 1));
    let x = predicted;
    for (let k = 0; k <= CORRECTIONS && x.every(Number.isFinite); k++) {
      const { field, jacobian, extended, alpha } = this.#linearise(x);
      const solved = (right) =>
        solve({ shape: [n + 1, n + 1], data: Float64Array.of(...extended, ...across) }, right);
      if (largest(field) < AT_REST) {
        const direction = solved(Float64Array.from(x, (_, i) => (i < n ? 0 : 1)));
        const size = this.length(direction);
        if (!Number.isFinite(size)) return null;
        const tangent = direction.map((value) => value / size);
        return { x, tangent, nUnstable: growing(jacobian, alpha) };
      }
      const off = across.reduce((sum, value, i) => sum + value * (x[i] - predicted[i]), 0);
      const step = solved(Float64Array.of(...field, off));
      x = x.map((value, i) => value - step[i]);
    }
    return null;
  }

  /** The point at exactly the mix of `predicted`; its tangent leads up for a positive direction, or down. */
  atLevel(predicted, direction) {
    const n = predicted.length - 1;
    const upwards = predicted.map((_, i) => (i < n ? 0 : Math.sign(direction)));
    const point = this.correct(predicted, upwards);
    return point && { ...point, x: Float64Array.of(...point.x.subarray(0, n), predicted[n]) };
  }
}

const along = (x, length, direction) => x.map((value, i) => value + length * direction[i]);
const mixOf = ({ x }) => x.at(-1);
const isAtEnd = (point) => mixOf(point) === (point.tangent.at(-1) > 0 ? 1 : 0);

/** The next point, at most a step away, and the angle to it; null if the step is too long. */
function advanced(curve, { x, tangent }, step) {
  const slope = tangent.at(-1);
  const end = slope > 0 ? 1 : 0;
  const room = slope === 0 ? Infinity : (end - x.at(-1)) / slope;
  const length = Math.min(step, room);
  const predicted = along(x, length, tangent);
  if (room <= step) predicted[x.length - 1] = end;
  const next = room <= step ? curve.atLevel(predicted, slope) : curve.correct(predicted, tangent);
  if (next === null) return null;
  const turn = Math.acos(Math.min(1, Math.max(-1, curve.inner(next.tangent, tangent))));
  const isNear = curve.length(along(next.x, -1, predicted)) <= SHARPEST * length;
  return turn <= SHARPEST && isNear ? { ...next, turn } : null;
}

/** The fold between two points, at which the mix turns round; null if it is not found. */
function foldBetween(curve, a, b) {
  const chord = along(b.x, -1, a.x);
  const length = curve.length(chord);
  const direction = chord.map((value) => value / length);
  const isUp = a.tangent.at(-1) > 0;
  let [low, high, found] = [0, length, null];
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (low + high) / 2;
    found = curve.correct(along(a.x, middle, direction), direction);
    if (found === null) return null;
    if (found.tangent.at(-1) > 0 === isUp) low = middle;
    else high = middle;
  }
  return { ...found, isFold: true };
}

/** The points of a branch from one of them on, up or down; yields each, and nothing where a step was too long. */
export function* walk(curve, x, direction) {
  let point = curve.atLevel(x, direction);
  if (point === null) return;
  const first = point;
  yield point;
  let step = LENGTHS.first;
  for (let k = 0; k < STEPS && step >= LENGTHS.least && !isAtEnd(point); k++) {
    const next = advanced(curve, point, step);
    if (next === null) {
      step /= 2;
      yield null;
      continue;
    }
    if (next.tangent.at(-1) > 0 !== point.tangent.at(-1) > 0) yield foldBetween(curve, point, next);
    yield next;
    point = next;
    step = Math.min(
      LENGTHS.most,
      step * Math.min(1.5, Math.max(0.5, SHARPEST / (2 * next.turn + 1e-12))),
    );
    if (k > 5 && isBackAt(curve, point, first, step)) return;
  }
}

/** Whether a branch that is a closed loop has come back to where it began. */
function isBackAt(curve, { x, tangent }, first, step) {
  const isClose = curve.length(along(x, -1, first.x)) < step;
  return isClose && curve.inner(tangent, first.tangent) > 0;
}
