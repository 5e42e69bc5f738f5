import { readTensors, row } from "./engine.js";

/**
 * Where networks rest, in the page: Newton's method from where the tracks that Python stored pass a mix.
 * Mirrors tracks.py, and the part of modpack.fixedpoints that it needs.
 */

const TOLERANCE = 1e-12; // largest component of |F| at a fixed point
const ITERATIONS = 30;

/** Derivatives of the activations. */
const SLOPES = {
  softplus: (a) => 1 / (1 + Math.exp(-a)),
  tanh: (a) => 1 - Math.tanh(a) ** 2,
  relu: (a) => (a > 0 ? 1 : 0),
  identity: () => 1,
};

/** dF/dr = -1 + diag(h phi'(a) g) W. */
export function jacobian(dynamics, r, u) {
  const { effectiveW, gate, activation } = dynamics;
  const n = r.length;
  const data = new Float64Array(n * n);
  dynamics.totalInput(r, u).forEach((a, i) => {
    const slope = SLOPES[activation](a) * (gate ? gate[i] : 1);
    for (let j = 0; j < n; j++) data[i * n + j] = slope * effectiveW.data[i * n + j];
    data[i * n + i] -= 1;
  });
  return { shape: [n, n], data };
}

/** x such that matrix x = right, by Gaussian elimination with partial pivoting; overwrites both. */
export function solve({ shape: [n], data }, right) {
  for (let k = 0; k < n; k++) {
    exchange(data, right, n, k, pivotOf(data, n, k));
    for (let i = k + 1; i < n; i++) {
      const factor = data[i * n + k] / data[k * n + k];
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) data[i * n + j] -= factor * data[k * n + j];
      right[i] -= factor * right[k];
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    for (let j = k + 1; j < n; j++) right[k] -= data[k * n + j] * right[j];
    right[k] /= data[k * n + k];
  }
  return right;
}

function pivotOf(data, n, k) {
  let best = k;
  for (let i = k + 1; i < n; i++)
    if (Math.abs(data[i * n + k]) > Math.abs(data[best * n + k])) best = i;
  return best;
}

function exchange(data, right, n, k, other) {
  if (other === k) return;
  [right[k], right[other]] = [right[other], right[k]];
  for (let j = k; j < n; j++) {
    const value = data[k * n + j];
    data[k * n + j] = data[other * n + j];
    data[other * n + j] = value;
  }
}

export const largest = (x) => x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

export function distance(first, second) {
  return Math.sqrt(first.reduce((sum, value, i) => sum + (value - second[i]) ** 2, 0));
}

/** The fixed point that Newton's method reaches from a guess; null if it reaches none. */
export function newton(dynamics, u, guess) {
  let r = guess;
  for (let k = 0; k < ITERATIONS; k++) {
    const field = dynamics.field(r, u);
    if (largest(field) < TOLERANCE) return r;
    const step = solve(jacobian(dynamics, r, u), field);
    r = r.map((value, i) => value - step[i]);
  }
  return null;
}

const FAR = 0.25; // how far Newton's method may move, in units of the reach of a landscape
const SAME = 1e-3; // points closer than this, in the same units, are one

/** Where a track passes a mix: guesses of the fixed points there, and their growing modes. */
export function crossings({ mix, states, nUnstable, folds }, lam) {
  const found = [];
  const last = mix.length - 2;
  for (let k = 0; k <= last; k++) {
    const [here, there] = [mix[k], mix[k + 1]];
    if (!passes(here, there, lam, k === last)) continue;
    const share = shareOf((lam - here) / (there - here), folds.has(k), folds.has(k + 1));
    const [a, b] = [row(states, k), row(states, k + 1)];
    const state = a.map((value, i) => (1 - share) * value + share * b[i]);
    found.push({ state, nUnstable: nUnstable[k] });
  }
  return found;
}

/** Whether a mix lies on the way from here to there; the end of a way belongs to the next one. */
function passes(here, there, lam, isLast) {
  if (here === there) return false;
  const isWithin = Math.min(here, there) <= lam && lam <= Math.max(here, there);
  return isWithin && (isLast || lam !== there);
}

/** How much of the way between two states; near a fold they change like the square root of the mix. */
function shareOf(share, isFromFold, isToFold) {
  if (isFromFold === isToFold) return share;
  return isFromFold ? Math.sqrt(share) : 1 - Math.sqrt(1 - share);
}

/**
 * The fixed points on some tracks at a mix. Where Newton's method fails, a point stays where it was
 * guessed and `isExact` is false.
 */
export function fixedPoints(dynamics, u, tracks, lam, reach) {
  const points = [];
  const isNew = (state) => points.every((point) => distance(point.state, state) > SAME * reach);
  for (const { state: guess, nUnstable } of tracks.flatMap((track) => crossings(track, lam))) {
    const state = newton(dynamics, u, guess);
    const isExact = state !== null && distance(state, guess) < FAR * reach && isNew(state);
    const shown = isExact ? state : guess;
    if (isNew(shown)) points.push({ state: shown, nUnstable, isExact });
  }
  return points;
}

/** Half the width of the widest view of a form: the unit of distance between its states. */
export function reachOf({ bases }, form) {
  return Math.max(...Object.values(bases[form]).map(({ extent }) => extent));
}

/** What was found at the mix nearest to one, from a list of `{ mix, states }`; the first if two are. */
export function nearestTo(found, lam) {
  const away = ({ mix }) => Math.abs(mix - lam);
  return found.reduce((best, each) => (best && away(best) <= away(each) ? best : each), null);
}

// ------------------------------------------------------------------------------ what Python wrote

const rows = (tensor) => Array.from({ length: tensor.shape[0] }, (_, k) => row(tensor, k));

function mapEntries(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

function readBasis({ table, ...rest }, view) {
  const { vectors, centre } = readTensors(table, view);
  return { ...rest, vectors: rows(vectors), centre: centre.data };
}

function readTrack({ table, n_unstable: nUnstable, events }, view) {
  const { mix, states } = readTensors(table, view);
  const folds = new Set(events.filter(({ kind }) => kind === "saddle-node").map((e) => e.point));
  return { mix: mix.data, states, nUnstable, events, folds };
}

/** The landscape that landscape.py wrote. */
export function readLandscape(description, view) {
  const { bases, tracks, slow, starts } = description;
  const readSlow = ({ mix, table }) => ({ mix, states: rows(readTensors(table, view).states) });
  return {
    ...description,
    bases: mapEntries(bases, (byKey) => mapEntries(byKey, (basis) => readBasis(basis, view))),
    tracks: mapEntries(tracks, (byEpoch) =>
      mapEntries(byEpoch, (each) => each.map((track) => readTrack(track, view))),
    ),
    slow: mapEntries(slow, (byEpoch) => mapEntries(byEpoch, (found) => found.map(readSlow))),
    starts: mapEntries(readTensors(starts, view), rows),
  };
}

/** Coordinates of a state in a basis, in half widths of the view. */
export function project({ vectors, centre, extent }, r) {
  return vectors.map((vector) => {
    let sum = 0;
    for (let i = 0; i < r.length; i++) sum += vector[i] * (r[i] - centre[i]);
    return sum / extent;
  });
}

/** The state with some coordinates, in half widths of the view, in the space of a basis. */
export function stateAt({ vectors, centre, extent }, coordinates) {
  return centre.map((value, i) =>
    vectors.reduce((sum, vector, k) => sum + coordinates[k] * extent * vector[i], value),
  );
}
