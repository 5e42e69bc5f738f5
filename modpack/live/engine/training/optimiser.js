import { norm } from "../context.js";
import { transposed } from "../tensors.js";
import { addProduct } from "./products.js";

/** How weights follow their gradients: Muon and Adam; as modpack.training.optimiser. */

const MUON_TENSORS = ["W", "W_in"];
const MOMENTUM = 0.95;
const [MEAN, SQUARE, TINY] = [0.9, 0.999, 1e-8];

export class Optimiser {
  /**
   * @param tensors what is trained, by name, changed in place.
   * @param rates peak learning rate of each.
   * @param clip largest norm of the gradient.
   */
  constructor(tensors, rates, clip) {
    Object.assign(this, { tensors, rates, clip, steps: 0 });
    const zeros = (name) => new Float64Array(tensors[name].data.length);
    const state = (name) =>
      MUON_TENSORS.includes(name)
        ? { momentum: zeros(name) }
        : { mean: zeros(name), square: zeros(name) };
    this.state = Object.fromEntries(Object.keys(tensors).map((name) => [name, state(name)]));
  }

  /** Change the tensors by one step, with the rates at a fraction of their peak. */
  step(gradients, fraction) {
    const names = Object.keys(this.tensors);
    const factor = clipping(
      names.map((name) => gradients[name]),
      this.clip,
    );
    this.steps += 1;
    for (const name of names) {
      const gradient = gradients[name].map((g) => g * factor);
      const follow = MUON_TENSORS.includes(name) ? muon : adam;
      follow(
        this.tensors[name],
        gradient,
        this.state[name],
        this.rates[name] * fraction,
        this.steps,
      );
    }
  }
}

/** The factor that brings the norm of all gradients to at most the largest. */
function clipping(gradients, largest) {
  return Math.min(largest / (norm(gradients.map(norm)) + 1e-6), 1);
}

function muon({ shape, data }, gradient, { momentum }, rate) {
  const blended = gradient.map((g, k) => {
    momentum[k] += (1 - MOMENTUM) * (g - momentum[k]);
    return g + MOMENTUM * (momentum[k] - g);
  });
  const update = orthogonalised({ shape, data: blended });
  const size = rate * Math.sqrt(Math.max(1, shape[0] / shape[1]));
  update.data.forEach((value, k) => (data[k] -= size * value));
}

function adam({ data }, gradient, { mean, square }, rate, steps) {
  const size = rate / (1 - MEAN ** steps);
  const root = Math.sqrt(1 - SQUARE ** steps);
  gradient.forEach((g, k) => {
    mean[k] += (1 - MEAN) * (g - mean[k]);
    square[k] = SQUARE * square[k] + (1 - SQUARE) * g * g;
    data[k] -= (size * mean[k]) / (Math.sqrt(square[k]) / root + TINY);
  });
}

/** The matrix with its singular values brought near 1, by five steps of Muon's Newton-Schulz iteration. */
export function orthogonalised(matrix) {
  const [a, b, c] = [3.4445, -4.775, 2.0315];
  const isTall = matrix.shape[0] > matrix.shape[1];
  const wide = isTall ? transposed(matrix) : matrix;
  const [rows, columns] = wide.shape;
  const length = Math.max(norm(wide.data), 1e-7);
  let x = wide.data.map((value) => value / length);
  for (let k = 0; k < 5; k++) {
    const gram = new Float64Array(rows * rows);
    addProduct(x, 0, x, rows, rows, columns, gram, 0);
    const square = new Float64Array(rows * rows);
    addProduct(gram, 0, gram, rows, rows, rows, square, 0); // gram is symmetric
    const polynomial = gram.map((value, i) => b * value + c * square[i]);
    const next = x.map((value) => a * value);
    addProduct(
      polynomial,
      0,
      transposed({ shape: wide.shape, data: x }).data,
      rows,
      columns,
      rows,
      next,
      0,
    );
    x = next;
  }
  const result = { shape: wide.shape, data: x };
  return isTall ? transposed(result) : result;
}
