import { largest, solve } from "./tensors.js";

/** Fixed points by Newton's method, from one guess each; as the last steps of modpack.fixedpoints.find. */

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
