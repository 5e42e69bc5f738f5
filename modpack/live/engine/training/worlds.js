/** Streams of trials; as modpack.training.worlds, for one world and one trial at a time. */

/** A cue with less noise than this has none. */
export const TINY = 1e-6;

/**
 * The random numbers of one trial of a world with so many states.
 *
 * @param uniforms a generator whose uniform numbers are drawn from.
 * @param normals a generator whose normal numbers are drawn from.
 */
export function drawn(nStates, uniforms, normals) {
  const step = () => 1 + Math.floor((nStates - 1) * uniforms.uniform());
  const [switches, jump] = [uniforms.uniform(), step()];
  const [right, other] = [uniforms.uniform(), step()];
  const z = Array.from({ length: nStates }, () => normals.normal());
  return { switches, jump, right, other, z };
}

/** A world before its first trial, in some state, of which nothing is known. */
export const started = (hidden, nStates) => ({
  hidden,
  slow: new Array(nStates).fill(1 / nStates),
});

/** The posterior that a cue leaves of which x is seen. */
export function posterior(x, { right, sigma }) {
  // All e_j are equally long, so that the likelihood of a cue j is exp(x_j / sigma^2), up to a factor.
  const cue = softmax(x.map((value) => value / Math.max(sigma, TINY) ** 2));
  return cue.map((p) => right * p + ((1 - right) * (1 - p)) / (x.length - 1));
}

function softmax(x) {
  const most = Math.max(...x);
  const powers = x.map((value) => Math.exp(value - most));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

/**
 * The next trial of a world of blocks.
 *
 * @param stream `{ hazard, right, sigma, tau }`.
 * @param place where the world is: `{ hidden, slow }`.
 * @param draws what `drawn` returns.
 * @returns `{ told, place }`: the task, the state that the cue names, and both estimates; where the world is then.
 */
export function next(stream, { hidden, slow }, draws) {
  const n = slow.length;
  const task = draws.switches < stream.hazard ? (hidden + draws.jump) % n : hidden;
  const named = draws.right < stream.right ? task : (task + draws.other) % n;
  const x = draws.z.map((z, k) => (k === named) + stream.sigma * z);
  const fast = posterior(x, stream);
  const later = slow.map((value, k) => value + (fast[k] - value) / stream.tau);
  return { told: { task, named, fast, slow }, place: { hidden: task, slow: later } };
}

/** What is expected before the evidence of the first trial. */
export const unknown = (nStates) => new Array(nStates).fill(1 / nStates);

/**
 * One step of the forward algorithm.
 *
 * @param expected the probability of every state before the evidence of a trial.
 * @returns `{ belief, expected }`: after it, and before that of the next.
 */
export function filtered(expected, evidence, hazard) {
  const joint = evidence.map((likelihood, k) => likelihood * expected[k]);
  const sum = joint.reduce((total, value) => total + value, 0);
  const belief = joint.map((value) => value / sum);
  const later = belief.map((p) => (1 - hazard) * p + (hazard * (1 - p)) / (belief.length - 1));
  return { belief, expected: later };
}
