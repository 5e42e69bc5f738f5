import { ACTIVATIONS } from "../activations.js";
import { transposed } from "../tensors.js";
import { addOuter, addProduct } from "./products.js";

/**
 * Many trials of one context over time, and back; as modpack._scan.
 *
 * `shown` is `{ rows, steps, patterns (epoch, row, channel), epochIndex (time, row), noise (time, row, neuron) or
 * null }`, a row for every trial. Trials start from zero.
 */

/** W_in u + b of every epoch and trial, (epoch, row, neuron). */
function beforeSlope({ W_in, b }, { patterns }) {
  const [n, channels] = W_in.shape;
  const rows = patterns.length / channels;
  const out = new Float64Array(rows * n);
  for (let q = 0; q < rows; q++) out.set(b, q * n);
  addProduct(patterns, 0, W_in.data, rows, n, channels, out, 0);
  return out;
}

/** States before the first and after every step (1 + time, row, neuron), and what led to them. */
export function scan(dynamics, shown) {
  const { rows, steps, epochIndex, noise } = shown;
  const { effectiveW, slope, alpha, phi, nNeurons: n } = dynamics;
  const size = rows * n;
  const input = beforeSlope(dynamics, shown);
  const states = new Float64Array((steps + 1) * size);
  const total = noise ? noise.slice() : new Float64Array(steps * size);
  for (let t = 0, start = 0; t < steps; t++, start += size) {
    for (let p = 0, k = start; p < rows; p++) {
      const from = (epochIndex[t * rows + p] * rows + p) * n;
      for (let i = 0; i < n; i++, k++) total[k] += slope[i] * input[from + i];
    }
    addProduct(states, start, effectiveW.data, rows, n, n, total, start);
    for (let k = start; k < start + size; k++)
      states[k + size] = states[k] + alpha * (phi(total[k]) - states[k]);
  }
  return { input, states, total };
}

/**
 * Gradients of W, W_in, b and slope from those of the states after every step, (time, row, neuron).
 */
export function scanBackward(dynamics, shown, { input, states, total }, upstream) {
  const { rows, steps, epochIndex } = shown;
  const { effectiveW, alpha, nNeurons: n } = dynamics;
  const { derivative } = ACTIVATIONS[dynamics.activation];
  const size = rows * n;
  const across = transposed(effectiveW).data;
  const grad = new Float64Array(size);
  const byTotal = new Float64Array(steps * size);
  const byDrive = new Float64Array(input.length);
  for (let t = steps - 1, start = t * size; t >= 0; t--, start -= size) {
    for (let k = 0; k < size; k++) {
      const g = grad[k] + upstream[start + k];
      byTotal[start + k] = alpha * g * derivative(total[start + k]);
      grad[k] = (1 - alpha) * g;
    }
    addProduct(byTotal, start, across, rows, n, n, grad, 0);
    for (let p = 0, k = start; p < rows; p++) {
      const to = (epochIndex[t * rows + p] * rows + p) * n;
      for (let i = 0; i < n; i++, k++) byDrive[to + i] += byTotal[k];
    }
  }
  const byEffectiveW = new Float64Array(n * n);
  addOuter(byTotal, states, steps * rows, n, n, byEffectiveW);
  return throughSlope(dynamics, shown, input, byEffectiveW, byDrive);
}

/** From the gradients of g W and of the drive g (W_in u + b). */
function throughSlope({ W, W_in, slope }, { patterns }, input, byEffectiveW, byDrive) {
  const [n, channels] = W_in.shape;
  const rows = input.length / n;
  const bySlope = new Float64Array(n);
  const byW = byEffectiveW.map((g, k) => {
    const i = Math.floor(k / n);
    bySlope[i] += g * W.data[k];
    return g * slope[i];
  });
  const byB = new Float64Array(n);
  const byInput = byDrive.map((g, k) => {
    const i = k % n;
    bySlope[i] += g * input[k];
    byB[i] += g * slope[i];
    return g * slope[i];
  });
  const byW_in = new Float64Array(n * channels);
  addOuter(byInput, patterns, rows, n, channels, byW_in);
  return { W: byW, W_in: byW_in, b: byB, slope: bySlope };
}
