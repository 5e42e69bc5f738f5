/**
 * The Python package's twin for pages: networks under contexts, simulated and scored in JavaScript.
 *
 * The scripts of this folder mirror modules of the package name for name (functions in camelCase, tensors
 * under their Python names), for one network, one context and one trial at a time. The same float32 weights
 * are upcast to float64 on both sides. No page, no network access, no unseeded random numbers.
 *
 * A tensor is `{ shape, data }` with row-major `Float64Array` data; vectors are bare Float64Arrays.
 */

/** Matrix times vector; four sums at a time, because one sum waits for every addition. */
export function matvec({ shape: [rows, columns], data }, x, out = new Float64Array(rows)) {
  const whole = columns - (columns % 4);
  for (let i = 0, start = 0; i < rows; i++, start += columns) {
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let j = 0, k = start; j < whole; j += 4, k += 4) {
      sum0 += data[k] * x[j];
      sum1 += data[k + 1] * x[j + 1];
      sum2 += data[k + 2] * x[j + 2];
      sum3 += data[k + 3] * x[j + 3];
    }
    for (let j = whole; j < columns; j++) sum0 += data[start + j] * x[j];
    out[i] = sum0 + sum1 + (sum2 + sum3);
  }
  return out;
}

export function transposed({ shape: [rows, columns], data }) {
  const result = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j];
  }
  return { shape: [columns, rows], data: result };
}

/** sum_r strength_r left_r right_r^T, for left (rank, row) and right (rank, column). */
export function lowRank(strength, left, right) {
  const [rows, columns] = [left.shape[1], right.shape[1]];
  const data = new Float64Array(rows * columns);
  for (let r = 0; r < strength.length; r++) {
    if (strength[r] === 0) continue;
    for (let i = 0; i < rows; i++) {
      const weight = strength[r] * left.data[r * rows + i];
      for (let j = 0; j < columns; j++)
        data[i * columns + j] += weight * right.data[r * columns + j];
    }
  }
  return { shape: [rows, columns], data };
}

/** A tensor of the same shape whose entries are f(entry of a, entry of b). */
export function combine(a, b, f) {
  return { shape: a.shape, data: a.data.map((value, i) => f(value, b.data[i])) };
}

/** Entry of a tensor along its first axis. */
export function part({ shape: [, ...shape], data }, index) {
  const size = shape.reduce((product, length) => product * length, 1);
  return { shape, data: data.subarray(index * size, (index + 1) * size) };
}

/** Row of a matrix, as a vector. */
export function row({ shape: [, columns], data }, index) {
  return data.subarray(index * columns, (index + 1) * columns);
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

/** The inverse of a matrix, by the method of Gauss and Jordan with partial pivoting. */
export function inverse({ shape: [n], data }) {
  const left = data.slice();
  const right = new Float64Array(n * n);
  for (let k = 0; k < n; k++) right[k * n + k] = 1;
  for (let k = 0; k < n; k++) {
    const other = pivotOf(left, n, k);
    for (const rows of [left, right]) exchangeRows(rows, n, k, other);
    const pivot = left[k * n + k];
    for (let j = 0; j < n; j++) {
      left[k * n + j] /= pivot;
      right[k * n + j] /= pivot;
    }
    for (let i = 0; i < n; i++) {
      const factor = left[i * n + k];
      if (i === k || factor === 0) continue;
      for (let j = k; j < n; j++) left[i * n + j] -= factor * left[k * n + j];
      for (let j = 0; j < n; j++) right[i * n + j] -= factor * right[k * n + j];
    }
  }
  return { shape: [n, n], data: right };
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
  exchangeRows(data, n, k, other);
}

function exchangeRows(data, n, k, other) {
  for (let j = 0; j < n; j++) {
    const value = data[k * n + j];
    data[k * n + j] = data[other * n + j];
    data[other * n + j] = value;
  }
}

/** Largest component of |x|. */
export const largest = (x) => x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Length of the difference of two vectors. */
export function distance(first, second) {
  return Math.sqrt(first.reduce((sum, value, i) => sum + (value - second[i]) ** 2, 0));
}
