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
