/**
 * Times training steps of the engine, and its products against plain triple loops, in CPU time of this process.
 * Reads `{ config, steps }` from standard input and writes `{ step, product, outer }`, in ms: the shortest of many.
 */
import { readFileSync } from "node:fs";

import { addOuter, addProduct } from "../modpack/live/engine/training/products.js";
import { Trainer } from "../modpack/live/engine/training/trainer.js";

function shortest(action, times) {
  let best = Infinity;
  for (let k = 0; k < times; k++) {
    const start = process.cpuUsage();
    action();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

/** out += x M^T. */
function plainProduct(x, M, rows, m, n, out) {
  for (let p = 0; p < rows; p++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) out[p * m + i] += x[p * n + j] * M[i * n + j];
    }
  }
}

/** out += a^T b. */
function plainOuter(a, b, rows, m, n, out) {
  for (let p = 0; p < rows; p++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) out[i * n + j] += a[p * m + i] * b[p * n + j];
    }
  }
}

const { config, steps } = JSON.parse(readFileSync(0, "utf8"));
const trainer = new Trainer(config);
for (let k = 0; k < 10; k++) trainer.advance();
const step = shortest(() => trainer.advance(), steps);

const [rows, n] = [3200, config.nNeurons];
const filled = (size) => Float64Array.from({ length: size }, (_, k) => Math.sin(k));
const [x, y, M] = [filled(rows * n), filled(rows * n), filled(n * n)];
const compared = (ours, plain) => [shortest(ours, steps), shortest(plain, steps)];
const product = compared(
  () => addProduct(x, 0, M, rows, n, n, y, 0),
  () => plainProduct(x, M, rows, n, n, y),
);
const outer = compared(
  () => addOuter(x, y, rows, n, n, M),
  () => plainOuter(x, y, rows, n, n, M),
);
process.stdout.write(JSON.stringify({ step, product, outer, operations: 2 * rows * n * n }));
