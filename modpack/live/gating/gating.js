import { ACTIVATIONS } from "../engine/activations.js";
import { bump } from "../engine/tasks/generation.js";
import { matvec, transposed } from "../engine/tensors.js";

/** Input and selection vectors along a trial; as modpack.measures.gating, for one context and one trial. */

export const RINGS = [0, 1];

/** What a unit of evidence for stimulus 1 in each ring adds to the input, by ring and epoch. */
export function evidence(task, { conditions }, { n_ring: nRing }) {
  const [first, second] = conditions.angle.map((angle) => bump(angle, nRing));
  return RINGS.map((ring) =>
    task.stimulus_on.map(([on1, on2]) => {
      const u = new Float64Array(1 + 2 * nRing);
      for (let k = 0; k < nRing; k++) u[1 + ring * nRing + k] = on1 * first[k] - on2 * second[k];
      return u;
    }),
  );
}

/**
 * The vectors of a network along a trial, free of noise, with its answer.
 *
 * @param along the change of the input per unit of evidence, by ring and epoch.
 * @returns `{ answer, selection, inputs, contributions, sensitivity }`: the response at the end on the way from
 *   stimulus 2 to stimulus 1, arrays (time, neuron), the last three by ring.
 */
export function vectors(dynamics, trial, along) {
  const { nNeurons: n } = dynamics;
  const states = dynamics.simulate(trial.patterns, trial.epochIndex);
  const rates = ratesAlong(dynamics, trial, states);
  const way = wayOf(trial.conditions.angle);
  const selection = selectionOf(dynamics, rates, projected(dynamics.W_out, way));
  const inputs = along.map((ofEpochs) => inputsAlong(dynamics, trial, rates, ofEpochs));
  const contributions = inputs.map((input) => productOverNeurons(selection, input, n));
  const [, x, y] = dynamics.readout(states.subarray(-n));
  const answer = x * way[0] + y * way[1];
  return { answer, selection, inputs, contributions, sensitivity: contributions.map(sum) };
}

/** The vectors with selection in units of the sensitivity: so abs(S) sums to 1 over rings. */
export function ofOwnSize({ selection, contributions, sensitivity, ...rest }) {
  const size = sum(sensitivity.map(Math.abs));
  const scaled = (values) => values.map((value) => value / size);
  return {
    ...rest,
    selection: scaled(selection),
    contributions: contributions.map(scaled),
    sensitivity: scaled(sensitivity),
  };
}

/**
 * What a first context does to the sensitivity to each ring, compared with a second.
 *
 * @returns `{ byInput, bySelection }` by ring; they sum to the change of the sensitivity.
 */
export function gatingOf(first, second) {
  const parts = RINGS.map((ring) => {
    let [byInput, bySelection] = [0, 0];
    for (let k = 0; k < first.selection.length; k++) {
      const [lambda1, lambda2] = [first.selection[k], second.selection[k]];
      const [input1, input2] = [first.inputs[ring][k], second.inputs[ring][k]];
      byInput += ((lambda1 + lambda2) / 2) * (input1 - input2);
      bySelection += (lambda1 - lambda2) * ((input1 + input2) / 2);
    }
    return { byInput, bySelection };
  });
  return {
    byInput: parts.map(({ byInput }) => byInput),
    bySelection: parts.map(({ bySelection }) => bySelection),
  };
}

/** What is more for ring 1 than for ring 2, for contexts whose sensitivity has size 1. */
export const preference = ([ring1, ring2]) => (ring1 - ring2) / 2;

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** The scalar product of two arrays (time, neuron) at every step. */
function productOverNeurons(first, second, n) {
  const sums = new Float64Array(first.length / n);
  for (let t = 0, k = 0; t < sums.length; t++) {
    for (let i = 0; i < n; i++, k++) sums[t] += first[k] * second[k];
  }
  return sums;
}

/** alpha h phi'(a) at every step, (time, neuron). */
function ratesAlong(dynamics, { patterns, epochIndex }, states) {
  const { nNeurons: n, alpha, gate, effectiveW } = dynamics;
  const { derivative } = ACTIVATIONS[dynamics.activation];
  const drives = patterns.map((u) => dynamics.drive(u));
  const rates = new Float64Array(states.length);
  const recurrent = new Float64Array(n); // from rest
  epochIndex.forEach((epoch, t) => {
    const drive = drives[epoch];
    for (let i = 0; i < n; i++) {
      rates[t * n + i] = alpha * (gate ? gate[i] : 1) * derivative(recurrent[i] + drive[i]);
    }
    matvec(effectiveW, states.subarray(t * n, (t + 1) * n), recurrent);
  });
  return rates;
}

/** What evidence does to the state at every step, (time, neuron): the rates times g W_in d. */
function inputsAlong({ W_in, slope, nNeurons: n }, { epochIndex }, rates, along) {
  const pushed = along.map((d) => matvec(W_in, d).map((value, i) => slope[i] * value));
  const inputs = new Float64Array(rates.length);
  epochIndex.forEach((epoch, t) => {
    for (let i = 0; i < n; i++) inputs[t * n + i] = rates[t * n + i] * pushed[epoch][i];
  });
  return inputs;
}

/** The adjoint of the scan, (time, neuron), from its value at the end. */
function selectionOf({ effectiveW, alpha, nNeurons: n }, rates, atEnd) {
  const back = transposed(effectiveW);
  const selection = new Float64Array(rates.length);
  const [weighted, returned] = [new Float64Array(n), new Float64Array(n)];
  const last = rates.length - n;
  selection.set(atEnd, last);
  for (let start = last; start > 0; start -= n) {
    for (let i = 0; i < n; i++) weighted[i] = rates[start + i] * selection[start + i];
    matvec(back, weighted, returned);
    for (let i = 0; i < n; i++)
      selection[start - n + i] = (1 - alpha) * selection[start + i] + returned[i];
  }
  return selection;
}

/** The unit vector from the direction of stimulus 2 to that of stimulus 1. */
function wayOf([first, second]) {
  const [x, y] = [Math.cos(first) - Math.cos(second), Math.sin(first) - Math.sin(second)];
  const length = Math.hypot(x, y);
  return [x / length, y / length];
}

/** The gradient of a linear vector readout along a way in the state. */
function projected({ shape: [, n], data }, [x, y]) {
  return Float64Array.from({ length: n }, (_, i) => x * data[n + i] + y * data[2 * n + i]);
}
