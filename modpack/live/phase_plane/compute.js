import { ACTIVATIONS } from "../engine/activations.js";
import { newton } from "../engine/fixedpoints.js";
import { ModulatedNetwork } from "../engine/network.js";
import { readTensors } from "../engine/data.js";
import { numbersWithin, oneOf } from "../base/links.js";

/** The phase plane of two neurons, in numbers; mirrors the properties of PhasePlane in figure.py. */

export const KNOBS = ["threshold", "slope", "synapse"];
export const SAME = 1e-4; // fixed points closer than this are one
export const STARTS = 10; // rates of each neuron from which they are searched

/** The network and its input that Python wrote. */
export function readPair({ table, ...description }, numbers) {
  const tensors = readTensors(table, numbers);
  return { network: new ModulatedNetwork({ ...description, tensors }), u: tensors.u.data };
}

export function contextOf({ threshold, slope, synapse }) {
  return Float64Array.of(threshold, Math.log(slope), synapse - 1);
}

/** n x n pairs of rates from 0 to a size; the second runs fastest. */
export function grid(size, n) {
  const at = (k) => (size * k) / (n - 1);
  return Array.from({ length: n * n }, (_, k) => [at(Math.floor(k / n)), at(k % n)]);
}

/**
 * F(r, u) as a function of the two rates: dynamics.field without the arrays that it makes for any number of
 * neurons, because a plane asks for thousands of points.
 */
export function plainField(dynamics, u) {
  const [w11, w12, w21, w22] = dynamics.effectiveW.data;
  const [drive1, drive2] = dynamics.drive(u);
  return (x, y) => [
    dynamics.phi(w11 * x + w12 * y + drive1) - x,
    dynamics.phi(w21 * x + w22 * y + drive2) - y,
  ];
}

/** Whether both eigenvalues of a Jacobian have a negative real part. */
function isStable({ data: [a, b, c, d] }) {
  return a + d < 0 && a * d - b * c > 0;
}

/** Where two neurons can rest, by the rate of neuron 1: Newton's method from a grid of starts. */
export function fixedPoints(dynamics, u, size) {
  const ends = grid(size, STARTS).map((start) => newton(dynamics, u, start, size / 4));
  return distinct(ends.filter((state) => state !== null)).map((state) => ({
    state,
    isStable: isStable(dynamics.jacobian(state, u)),
  }));
}

/** States without repetitions, in the order of the rate of neuron 1. */
function distinct(states) {
  const ordered = states.toSorted((first, second) => first[0] - second[0]);
  const distance = (first, second) => Math.hypot(first[0] - second[0], first[1] - second[1]);
  return ordered.filter((state, k) =>
    ordered.slice(0, k).every((other) => distance(state, other) >= SAME),
  );
}

/** Rates from a start, one pair for every time step. */
export function trajectory(dynamics, u, start, steps) {
  const states = dynamics.hold(u, steps, Float64Array.from(start));
  const path = Array.from({ length: steps }, (_, t) => [states[2 * t], states[2 * t + 1]]);
  return [[...start], ...path];
}

export const BRANCH = 600; // points of the closed form
export const HALVINGS = 60;

const inverseSoftplus = (r) => Math.log(Math.expm1(r));

/**
 * The value of a knob, the others as they are, at which neuron 1 stands still at rates r1, r2:
 * phi^-1(r1) = slope (W11 r1 + synapse W12 r2 + u1 - threshold), solved for it.
 */
export function valueAt({ network, u }, { knob, threshold, slope, synapse }, [r1, r2]) {
  const [w11, w12] = network.tensors.W.data;
  const [total, own, heard] = [inverseSoftplus(r1), w11 * r1 + u[0], w12 * r2];
  if (knob === "threshold") return own + synapse * heard - total / slope;
  if (knob === "slope") return total / (own + synapse * heard - threshold);
  return (total / slope - own + threshold) / heard;
}

/** The rate at which neuron 2 rests while neuron 1 is silent, by halving an interval. */
function alone({ network, u }) {
  const w22 = network.tensors.W.data[3];
  let [low, high] = [0, (Math.abs(u[1]) + Math.LN2) / (1 - w22)];
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (low + high) / 2;
    if (middle < ACTIVATIONS.softplus.value(w22 * middle + u[1])) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Fixed points for all values of the chosen knob, as pairs of a value and the rate of neuron 1. */
export function branch(pair, state) {
  const [, , w21, w22] = pair.network.tensors.W.data;
  const largest = alone(pair);
  return Array.from({ length: BRANCH }, (_, k) => {
    const r2 = largest / (1 + Math.exp(10 - (24 * k) / (BRANCH - 1))); // close to both its ends
    const r1 = (inverseSoftplus(r2) - w22 * r2 - pair.u[1]) / w21;
    return [valueAt(pair, state, [r1, r2]), r1];
  });
}

/** Values of a knob over its whole range. */
export function valuesOf([low, high], n = 25) {
  return Array.from({ length: n }, (_, k) => low + ((high - low) * k) / (n - 1));
}

/** Fill found[k] with the fixed points at values[k] of the chosen knob; yields after each. */
export function* findBranch({ network, u }, state, size, values, found) {
  for (const [k, value] of values.entries()) {
    const dynamics = network.under(contextOf({ ...state, [state.knob]: value }));
    found[k] = fixedPoints(dynamics, u, size);
    yield;
  }
}

/** Readers of the state in a link. */
export function schemaOf(limits) {
  return { ...numbersWithin(limits), knob: oneOf(KNOBS) };
}
