import { OUTPUTS } from "../activations.js";
import { transposed } from "../tensors.js";
import { modulateBackward } from "./adjoints.js";
import { addOuter, addProduct } from "./products.js";
import { scan, scanBackward } from "./scan.js";

/** The loss and its gradient; as modpack.training.loss. */

/** Derivatives of output nonlinearities by what they give. */
const DERIVATIVES = { linear: () => 1, sigmoid: (y) => y * (1 - y) };

/**
 * Loss of a network in some trials, and the gradient of each of its tensors, Float64Arrays by name.
 *
 * @param batch an array with, for every context, `{ c, rows, steps, patterns (epoch, row, channel), targets and
 *   weights (epoch, row, output), epochIndex (time, row), noise (time, row, neuron) or null }`.
 * @param penalty on the mean squared rate.
 */
export function lossAndGradients(network, batch, penalty) {
  const { modulation, tensors } = network;
  const gradients = Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [name, new Float64Array(data.length)]),
  );
  const trials = batch.reduce((sum, { rows }) => sum + rows, 0);
  let loss = 0;
  for (const shown of batch) {
    const dynamics = network.under(shown.c);
    const run = scan(dynamics, shown);
    const share = penalty / (trials * shown.steps * dynamics.nNeurons);
    const read = readoutBackward(dynamics, shown, run.states, trials, share, gradients);
    loss += read.loss;
    const grad = scanBackward(dynamics, shown, run, read.byState);
    modulateBackward(modulation, tensors, shown.c, network.base, grad, gradients);
  }
  return { loss, gradients };
}

/** One over what the weights of a trial sum to over time and outputs, for each trial. */
function normalisers({ rows, steps, epochIndex, weights }, outputs) {
  const sums = new Float64Array(rows);
  for (let t = 0; t < steps; t++) {
    for (let p = 0; p < rows; p++) {
      const from = (epochIndex[t * rows + p] * rows + p) * outputs;
      for (let o = 0; o < outputs; o++) sums[p] += weights[from + o];
    }
  }
  return sums.map((sum) => 1 / sum);
}

/** The part of the loss in these trials and its gradient by the states; adds those of the readout. */
function readoutBackward(dynamics, shown, states, trials, share, gradients) {
  const { rows, steps, epochIndex, targets, weights } = shown;
  const { W_out, b_out, nNeurons: n } = dynamics;
  const psi = OUTPUTS[dynamics.output];
  const derivative = DERIVATIVES[dynamics.output];
  const outputs = b_out.length;
  const each = normalisers(shown, outputs);
  const after = states.subarray(rows * n);
  const delta = new Float64Array(steps * rows * outputs);
  addProduct(after, 0, W_out.data, steps * rows, outputs, n, delta, 0);
  let loss = 0;
  for (let t = 0, k = 0; t < steps; t++) {
    for (let p = 0; p < rows; p++) {
      const from = (epochIndex[t * rows + p] * rows + p) * outputs;
      for (let o = 0; o < outputs; o++, k++) {
        const y = psi(delta[k] + b_out[o]);
        const error = y - targets[from + o];
        const weight = (weights[from + o] * each[p]) / trials;
        loss += weight * error * error;
        delta[k] = 2 * weight * error * derivative(y);
        gradients.b_out[o] += delta[k];
      }
    }
  }
  addOuter(delta, after, steps * rows, outputs, n, gradients.W_out);
  let squared = 0;
  const byState = after.map((r) => {
    squared += r * r;
    return 2 * share * r;
  });
  addProduct(delta, 0, transposed(W_out).data, steps * rows, n, outputs, byState, 0);
  return { loss: loss + share * squared, byState };
}
