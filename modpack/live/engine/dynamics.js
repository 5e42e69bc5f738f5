import { ACTIVATIONS, OUTPUTS } from "./activations.js";
import { matvec } from "./tensors.js";

/** What noise (time, neuron) adds to the total input of neurons of slope g, by where it enters. */
export const NOISE = {
  after: (noise) => noise,
  before: (noise, slope) => noise.map((xi, k) => slope[k % slope.length] * xi),
};

/**
 * An ordinary recurrent network: plain data plus a vector field.
 *
 *     a = g (W r + W_in u + b) + xi,   F(r, u) = -r + h phi(a),   r <- r + alpha F,
 *     y = psi(W_out r + b_out)
 */
export class Dynamics {
  constructor({ W, W_in, b, slope, gate, W_out, b_out, noise_enters = "after", ...settings }) {
    Object.assign(this, { W, W_in, b, slope, gate, W_out, b_out, noise_enters, ...settings });
    const n = b.length;
    const data = W.data.map((weight, k) => slope[Math.floor(k / n)] * weight);
    this.effectiveW = { shape: W.shape, data };
    this.phi = ACTIVATIONS[this.activation].value;
  }

  get nNeurons() {
    return this.b.length;
  }

  get alpha() {
    return this.dt / this.tau;
  }

  get noiseStd() {
    return this.sigma_rec * Math.sqrt(2 / this.alpha);
  }

  /** g (W_in u + b). */
  drive(u) {
    return matvec(this.W_in, u).map((value, i) => this.slope[i] * (value + this.b[i]));
  }

  /** a = g (W r + W_in u + b), without noise. */
  totalInput(r, u) {
    const drive = this.drive(u);
    return matvec(this.effectiveW, r).map((value, i) => value + drive[i]);
  }

  /** F(r, u) = -r + h phi(a). */
  field(r, u) {
    return this.totalInput(r, u).map((a, i) => this.#rate(a, i) - r[i]);
  }

  /** dF/dr = -1 + diag(h phi'(a) g) W, a matrix (neuron, neuron). */
  jacobian(r, u) {
    const { effectiveW, gate, nNeurons: n } = this;
    const { derivative } = ACTIVATIONS[this.activation];
    const data = new Float64Array(n * n);
    this.totalInput(r, u).forEach((a, i) => {
      const gain = derivative(a) * (gate ? gate[i] : 1);
      for (let j = 0; j < n; j++) data[i * n + j] = gain * effectiveW.data[i * n + j];
      data[i * n + i] -= 1;
    });
    return { shape: [n, n], data };
  }

  /** r + alpha F(r, u), without noise. */
  step(r, u) {
    return this.field(r, u).map((change, i) => r[i] + this.alpha * change);
  }

  /** psi(W_out r + b_out) of one state. */
  readout(r) {
    return matvec(this.W_out, r).map((y, k) => OUTPUTS[this.output](y + this.b_out[k]));
  }

  /** The same with the output gates of some neurons closed, h = 0. */
  silenced(neurons) {
    const gate = this.gate?.slice() ?? new Float64Array(this.nNeurons).fill(1);
    neurons.forEach((neuron) => (gate[neuron] = 0));
    return new Dynamics({ ...this, gate });
  }

  /** Fresh noise xi for some time steps, (time, neuron). */
  noise(steps, generator) {
    const draw = () => this.noiseStd * generator.normal();
    return Float64Array.from({ length: steps * this.nNeurons }, draw);
  }

  /**
   * Run one trial.
   *
   * @param patterns the input of every epoch, an array of vectors (channel).
   * @param epochIndex the epoch of every time step.
   * @param noise xi, (time, neuron), or null.
   * @param state the state before the first step, or null for zero.
   * @returns the state after every step, (time, neuron).
   */
  simulate(patterns, epochIndex, noise = null, state = null) {
    const { effectiveW, alpha, nNeurons: n } = this;
    const entering = noise && NOISE[this.noise_enters](noise, this.slope);
    const drives = new Map(); // of the epochs that the trial has
    const states = new Float64Array(epochIndex.length * n);
    const total = new Float64Array(n);
    let r = state ?? new Float64Array(n);
    for (let t = 0, start = 0; t < epochIndex.length; t++, start += n) {
      const epoch = epochIndex[t];
      if (!drives.has(epoch)) drives.set(epoch, this.drive(patterns[epoch]));
      const drive = drives.get(epoch);
      matvec(effectiveW, r, total);
      const next = states.subarray(start, start + n);
      for (let i = 0; i < n; i++) {
        const xi = entering === null ? 0 : entering[start + i];
        next[i] = r[i] + alpha * (this.#rate(total[i] + drive[i] + xi, i) - r[i]);
      }
      r = next;
    }
    return states;
  }

  /** Run under an input that stays the same, without noise: the state after every step, (time, neuron). */
  hold(u, steps, state = null) {
    return this.simulate([u], new Array(steps).fill(0), null, state);
  }

  #rate(a, i) {
    const rate = this.phi(a);
    return this.gate ? this.gate[i] * rate : rate;
  }
}

/** Run a trial during which the context changes: step t uses spans[spanIndex[t]]. */
export function simulateSpans(spans, spanIndex, patterns, epochIndex, noise = null, state = null) {
  const n = spans[0].nNeurons;
  const states = new Float64Array(epochIndex.length * n);
  let start = 0;
  for (let stop = 1; stop <= epochIndex.length; stop++) {
    if (stop < epochIndex.length && spanIndex[stop] === spanIndex[start]) continue;
    const partNoise = noise?.subarray(start * n, stop * n) ?? null;
    const part = epochIndex.slice(start, stop);
    states.set(spans[spanIndex[start]].simulate(patterns, part, partNoise, state), start * n);
    state = states.subarray((stop - 1) * n, stop * n);
    start = stop;
  }
  return states;
}
