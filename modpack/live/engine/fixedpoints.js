import { inverse, largest, solve } from "./tensors.js";

/** Fixed points by Newton's method, from one guess each, as the last steps of modpack.fixedpoints.find; and their modes. */

export const TOLERANCE = 1e-12; // largest component of |F| at a fixed point
const ITERATIONS = 40;

/** The fixed point reached from a guess in steps of at most `limit` along every axis; null if there is none. */
export function newton(dynamics, u, guess, limit = Infinity) {
  let r = guess;
  for (let k = 0; k < ITERATIONS; k++) {
    const field = dynamics.field(r, u);
    if (largest(field) < TOLERANCE) return r;
    const step = solve(dynamics.jacobian(r, u), field);
    r = r.map((value, i) => value - Math.min(Math.max(step[i], -limit), limit));
  }
  return null;
}

const SETTLED = 1e-6; // change of a trace that is a whole number in the end
const ROUNDS = 60;

/**
 * How many modes at a fixed point grow from time step to time step: eigenvalues of 1 + alpha J outside the unit circle.
 *
 * Cayley's transform C = 1 - 2 (2 + alpha J)^-1 has those on the right of the imaginary axis. They are counted by the
 * trace of the sign of C, to which S <- (S + S^-1) / 2 leads (Roberts 1980, doi:10.1080/00207178008922881).
 */
export function growing({ shape: [n, columns], data }, alpha) {
  const onDiagonal = (k) => k % (n + 1) === 0;
  const shifted = data.map((value, k) => alpha * value + (onDiagonal(k) ? 2 : 0));
  let sign = inverse({ shape: [n, columns], data: shifted }).data.map(
    (value, k) => (onDiagonal(k) ? 1 : 0) - 2 * value,
  );
  const trace = () => sign.reduce((sum, value, k) => (onDiagonal(k) ? sum + value : sum), 0);
  for (let k = 0, before = Infinity; k < ROUNDS && Math.abs(trace() - before) > SETTLED; k++) {
    before = trace();
    const inverted = inverse({ shape: [n, columns], data: sign }).data;
    sign = sign.map((value, i) => (value + inverted[i]) / 2);
  }
  return Math.round((n + trace()) / 2);
}
