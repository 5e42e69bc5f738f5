/**
 * The Python package's twin for pages: networks under contexts, simulated and scored in JavaScript.
 *
 * Mirrors modpack.context, modulation, dynamics, network, tasks and measures.choices name for
 * name (functions in camelCase, tensors under their Python names), for one network, one context and
 * one trial at a time. The same float32 weights are upcast to float64 on both sides. No page, no
 * network access, no unseeded random numbers.
 *
 * A tensor is `{ shape, data }` with row-major `Float64Array` data; vectors are bare Float64Arrays.
 */

// ---------------------------------------------------------------------------------------- tensors

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

/** sum_r strength_r left_r right_r^T, for left and right of shape (rank, neuron). */
export function lowRank(strength, left, right) {
  const n = left.shape[1];
  const data = new Float64Array(n * n);
  for (let r = 0; r < strength.length; r++) {
    if (strength[r] === 0) continue;
    for (let i = 0; i < n; i++) {
      const weight = strength[r] * left.data[r * n + i];
      for (let j = 0; j < n; j++) data[i * n + j] += weight * right.data[r * n + j];
    }
  }
  return { shape: [n, n], data };
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

// --------------------------------------------------------------------------------- random numbers

/**
 * Seeded random numbers: the generator sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state,
 * filled from a 32-bit seed by splitmix32. Its numbers are not those of torch.
 */
export class Generator {
  constructor(seed = 0) {
    let s = seed | 0;
    const splitmix = () => {
      s = (s + 0x9e3779b9) | 0;
      let z = Math.imul(s ^ (s >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    this.state = Int32Array.from({ length: 4 }, splitmix);
    this.spare = null;
  }

  /** Next 32 bits as an unsigned integer. */
  bits() {
    const s = this.state;
    const result = (((s[0] + s[1]) | 0) + s[3]) | 0;
    s[3] += 1;
    s[0] = s[1] ^ (s[1] >>> 9);
    s[1] = s[2] + (s[2] << 3);
    s[2] = ((s[2] << 21) | (s[2] >>> 11)) + result;
    return result >>> 0;
  }

  /** Uniform in [0, 1), with 53 random bits. */
  uniform() {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** Standard normal deviate (Box and Muller 1958). */
  normal() {
    if (this.spare !== null) {
      const value = this.spare;
      this.spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

// --------------------------------------------------------------------------------------- contexts

export function norm(c) {
  return Math.sqrt(c.reduce((sum, value) => sum + value * value, 0));
}

export function difference(a, b) {
  return a.map((value, k) => value - b[k]);
}

/** (1 - lam) a + lam b. */
export function mix(a, b, lam) {
  return a.map((value, k) => (1 - lam) * value + lam * b[k]);
}

/** The linear mix rescaled to the norm (1 - lam) |a| + lam |b|. */
export function mixPreservingNorm(a, b, lam) {
  const mixed = mix(a, b, lam);
  const target = (1 - lam) * norm(a) + lam * norm(b);
  const possible = norm(mixed) > 1e-6 * target && target > 0;
  if (!possible) throw new RangeError(`lam=${lam}: the mix has no direction and norm to keep`);
  return fade(mixed, target / norm(mixed));
}

/** c + sigma z, with one standard normal z for every coordinate. */
export function noise(c, sigma, generator) {
  return c.map((value) => value + sigma * generator.normal());
}

/** s c; 0 is the neutral context of every form. */
export function fade(c, s) {
  return c.map((value) => s * value);
}

/** The context with every coordinate set to zero with probability p. */
export function drop(c, p, generator) {
  const entries = c.reduce((count, value) => count + (value !== 0), 0);
  if (entries < 2) throw new RangeError("drop needs a dense context: use an orthogonal code");
  return c.map((value) => (generator.uniform() >= p ? value : 0));
}

// ------------------------------------------------------------------------------------- modulation

function multiplicativeMask({ m, n, P }, c) {
  return lowRank(matvec(P, c), m, n);
}

/** Every form: (its tensors, context c, network { W, b, slope, gate }) -> the network under c. */
export const MODULATIONS = {
  Unmodulated: (tensors, c, network) => network,

  Bias: ({ B }, c, network) => {
    const shift = matvec(B, c);
    return { ...network, b: network.b.map((value, i) => value + shift[i]) };
  },

  Gain: ({ G }, c, network) => {
    const exponent = matvec(G, c);
    return { ...network, slope: network.slope.map((value, i) => value * Math.exp(exponent[i])) };
  },

  Excitability: (tensors, c, network) =>
    MODULATIONS.Gain(tensors, c, MODULATIONS.Bias(tensors, c, network)),

  Gate: ({ mask }, c, network) => {
    const n = mask.shape[1];
    const closed = (i) => c.reduce((sum, value, k) => sum + value * (1 - mask.data[k * n + i]), 0);
    const gate = Float64Array.from({ length: n }, (_, i) =>
      Math.min(Math.max(1 - closed(i), 0), 1),
    );
    return { ...network, gate };
  },

  Multiplicative: (tensors, c, network) => {
    const mask = multiplicativeMask(tensors, c);
    return { ...network, W: combine(network.W, mask, (w, change) => w * (1 + change)) };
  },

  Scaling: (tensors, c, network) => {
    const mask = multiplicativeMask(tensors, c);
    return { ...network, W: combine(network.W, mask, (w, change) => w * Math.exp(change)) };
  },

  Additive: ({ U, V, K }, c, network) => {
    const change = lowRank(matvec(K, c), transposed(U), transposed(V));
    return { ...network, W: combine(network.W, change, (w, difference) => w + difference) };
  },

  Components: ({ U, V, s0, K }, c, network) => {
    const strength = matvec(K, c).map((value, r) => s0.data[r] * Math.exp(value));
    return { ...network, W: lowRank(strength, transposed(U), transposed(V)) };
  },

  Full: ({ D }, c, network) => {
    const size = network.W.data.length;
    const data = network.W.data.slice();
    c.forEach((value, k) => {
      if (value === 0) return;
      for (let i = 0; i < size; i++) data[i] += value * D.data[k * size + i];
    });
    return { ...network, W: { shape: network.W.shape, data } };
  },

  /** What Python compiled beforehand at some contexts: that of the nearest. */
  Compiled: ({ at, W_at, b_at, slope_at, gate_at }, c) => {
    const distances = Array.from({ length: at.shape[0] }, (_, k) =>
      norm(difference(c, row(at, k))),
    );
    const nearest = distances.indexOf(Math.min(...distances));
    const chosen = (tensor) => tensor && part(tensor, nearest % tensor.shape[0]);
    const [b, slope, gate] = [b_at, slope_at, gate_at].map(
      (tensor) => chosen(tensor)?.data ?? null,
    );
    return { W: chosen(W_at), b, slope, gate };
  },
};

/**
 * The network under a context.
 *
 * @param modulation `{ type }`; a Combined one also holds `excitability` and `synaptic`.
 * @param contexts a context, or for a Combined modulation also `{ excitability, synaptic }`.
 */
export function modulate(modulation, tensors, contexts, network) {
  if (modulation.type !== "Combined") {
    return MODULATIONS[modulation.type](tensors, contexts, network);
  }
  const { excitability, synaptic } = contexts.excitability
    ? contexts
    : { excitability: contexts, synaptic: contexts };
  const excited = modulate(modulation.excitability, tensors, excitability, network);
  return modulate(modulation.synaptic, tensors, synaptic, excited);
}

// --------------------------------------------------------------------------------------- dynamics

const SOFTPLUS_THRESHOLD = 40;

export const ACTIVATIONS = {
  softplus: (a) => (a > SOFTPLUS_THRESHOLD ? a : Math.log1p(Math.exp(a))),
  tanh: Math.tanh,
  relu: (a) => Math.max(a, 0),
  identity: (a) => a,
};

export const OUTPUTS = {
  linear: (y) => y,
  sigmoid: (y) => 1 / (1 + Math.exp(-y)),
};

/**
 * An ordinary recurrent network: plain data plus a vector field.
 *
 *     a = g (W r + W_in u + b) + xi,   F(r, u) = -r + h phi(a),   r <- r + alpha F,
 *     y = psi(W_out r + b_out)
 */
export class Dynamics {
  constructor({ W, W_in, b, slope, gate, W_out, b_out, ...settings }) {
    Object.assign(this, { W, W_in, b, slope, gate, W_out, b_out, ...settings });
    const n = b.length;
    const data = W.data.map((weight, k) => slope[Math.floor(k / n)] * weight);
    this.effectiveW = { shape: W.shape, data };
    this.phi = ACTIVATIONS[this.activation];
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
        const xi = noise === null ? 0 : noise[start + i];
        next[i] = r[i] + alpha * (this.#rate(total[i] + drive[i] + xi, i) - r[i]);
      }
      r = next;
    }
    return states;
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

// ---------------------------------------------------------------------------------------- network

/** Weights, a modulation and a readout; `under(context)` compiles them into Dynamics. */
export class ModulatedNetwork {
  constructor({ modulation, preset, tensors, activation }) {
    Object.assign(this, { modulation, preset, tensors, activation });
  }

  get nNeurons() {
    return this.tensors.b.data.length;
  }

  under(contexts) {
    const { W, W_in, b, W_out, b_out } = this.tensors;
    const { dt, tau, sigma_rec, output } = this.preset;
    const slope = new Float64Array(b.data.length).fill(1);
    const base = { W, b: b.data, slope, gate: null };
    return new Dynamics({
      ...modulate(this.modulation, this.tensors, contexts, base),
      W_in,
      W_out,
      b_out: b_out.data,
      activation: this.activation,
      output,
      dt,
      tau,
      sigma_rec,
    });
  }
}

/** Outputs of all states, an array (time) of vectors (output). */
export function readout(dynamics, states) {
  const n = dynamics.nNeurons;
  return Array.from({ length: states.length / n }, (_, t) =>
    dynamics.readout(states.subarray(t * n, (t + 1) * n)),
  );
}

// ---------------------------------------------------------------------------------- tasks: rules

export const RESPOND = 0;
export const WITHHOLD = 1;
export const UNDEFINED = 2;

export const SAME_ANGLE = Math.PI / 36;
const TIE = 1e-4;

/** x modulo m with the sign of m, as torch.remainder. */
export function remainder(x, m) {
  const rest = x % m;
  return rest !== 0 && rest < 0 !== m < 0 ? rest + m : rest;
}

/** Angles in rad brought into [0, 2 pi). */
export function wrap(angle) {
  return remainder(remainder(angle, 2 * Math.PI), 2 * Math.PI);
}

/** Distance on the circle, in [0, pi] rad. */
export function circularDistance(first, second) {
  return Math.abs(Math.atan2(Math.sin(first - second), Math.cos(first - second)));
}

function answer(respond, angle, defined) {
  if (!defined) return { kind: UNDEFINED, angle: NaN };
  return respond ? { kind: RESPOND, angle: wrap(angle) } : { kind: WITHHOLD, angle: NaN };
}

function present({ strength }) {
  return strength.map((rings) => rings.some((value) => value > 0));
}

function relativeToStimulus(conditions, offset) {
  const [first, second] = present(conditions);
  const angle = conditions.angle[first ? 0 : 1];
  return answer(first !== second, angle + offset, first !== second);
}

function towardsSecond(conditions, respond) {
  const defined = present(conditions).every(Boolean) && conditions.sequential;
  return answer(respond, conditions.angle[1], defined);
}

function match({ angle }) {
  return circularDistance(angle[0], angle[1]) < SAME_ANGLE;
}

function sameCategory({ angle }) {
  return angle[0] >= Math.PI === angle[1] >= Math.PI;
}

/** The response rules: (conditions, rule) -> { kind, angle }. */
export const RULES = {
  pro: (conditions) => relativeToStimulus(conditions, 0),
  anti: (conditions) => relativeToStimulus(conditions, Math.PI),
  Stronger: ({ angle, strength }, { modalities }) => {
    const attended = strength.map((rings) => modalities.map((modality) => rings[modality - 1]));
    const [first, second] = attended.map((rings) => rings.reduce((sum, value) => sum + value));
    const defined = attended.flat().every((value) => value > 0) && Math.abs(first - second) > TIE;
    return answer(defined, first > second ? angle[0] : angle[1], defined);
  },
  respond_if_match: (conditions) => towardsSecond(conditions, match(conditions)),
  respond_unless_match: (conditions) => towardsSecond(conditions, !match(conditions)),
  respond_if_same_category: (conditions) => towardsSecond(conditions, sameCategory(conditions)),
  respond_unless_same_category: (conditions) =>
    towardsSecond(conditions, !sameCategory(conditions)),
};

/** What a task asks for in a trial of any task. */
export function taskAnswer(task, conditions) {
  return RULES[task.rule.type](conditions, task.rule);
}

// ---------------------------------------------------------------------------------- tasks: trials

export const EPOCHS = [
  "settle",
  "fixation",
  "stimulus1",
  "delay1",
  "stimulus2",
  "delay2",
  "grace",
  "response",
  "after",
];
export const GO = EPOCHS.indexOf("grace");
const SETTLE = 100;
const GRACE = 100;

/** Activity of a ring of units for a direction: 0.8 exp(-(d / width)^2 / 2). */
export function bump(angle, nRing) {
  const width = Math.max(Math.PI / 8, (2 * Math.PI) / nRing);
  return Float64Array.from({ length: nRing }, (_, i) => {
    const difference = remainder(angle - ((2 * Math.PI) / nRing) * i, 2 * Math.PI);
    const distance = Math.min(difference, 2 * Math.PI - difference);
    return 0.8 * Math.exp((distance / width) ** 2 / -2);
  });
}

/** Divide six periods (ms) into the lengths of all epochs but the last, in steps. */
export function durations(periods, dt, length) {
  const toSteps = (duration) => Math.floor(duration / dt + 1e-6);
  const [fixation, ...rest] = periods.map(toSteps);
  const middle = rest.slice(0, -1);
  const taken = middle.reduce((sum, steps) => sum + steps, fixation);
  const response = length === null ? rest.at(-1) : toSteps(length) - taken;
  const settle = Math.min(toSteps(SETTLE), fixation);
  const grace = toSteps(GRACE);
  if (response <= grace) throw new RangeError("no time is left to respond in");
  return [settle, fixation - settle, ...middle, grace, response - grace];
}

/**
 * Build a trial.
 *
 * @param task what Python says of the task: `stimulus_on` (epoch, stimulus), `fixation_cue` (epoch).
 * @param conditions `{ angle: [rad, rad], strength: [[ring 1, ring 2], ...], sequential }`.
 * @param lengths steps of every epoch but the last.
 * @returns `{ conditions, patterns, epochIndex, onsets, end, answer }`.
 */
export function assemble(task, preset, conditions, lengths) {
  const epochIndex = lengths.flatMap((steps, epoch) => new Array(steps).fill(epoch));
  const onsets = [0];
  lengths.forEach((steps) => onsets.push(onsets.at(-1) + steps));
  return {
    conditions,
    patterns: trialPatterns(task, preset, conditions),
    epochIndex,
    onsets,
    end: epochIndex.length,
    answer: taskAnswer(task, conditions),
  };
}

/** Input of every epoch: the fixation cue, then the rings of modality 1 and 2. */
function trialPatterns(task, preset, { angle, strength }) {
  const bumps = angle.map((value) => bump(Number.isNaN(value) ? 0 : value, preset.n_ring));
  return EPOCHS.map((_, epoch) => {
    const u = new Float64Array(1 + 2 * preset.n_ring);
    u[0] = task.fixation_cue[epoch];
    task.stimulus_on[epoch].forEach((on, stimulus) =>
      strength[stimulus].forEach((value, ring) =>
        bumps[stimulus].forEach((height, unit) => {
          u[1 + ring * preset.n_ring + unit] += on * value * height;
        }),
      ),
    );
    return u;
  });
}

// --------------------------------------------------------------------------------- tasks: scoring

/** Direction in rad that response outputs stand for. */
export const READOUTS = {
  vector: (response) => Math.atan2(response[1], response[0]),
  ring: (response) => {
    const preferred = (i) => ((2 * Math.PI) / response.length) * i;
    const sum = (f) => response.reduce((total, y, i) => total + y * f(preferred(i)), 0);
    return Math.atan2(sum(Math.sin), sum(Math.cos));
  },
};

/** Direction in [0, 2 pi) rad and fixation output of one vector of outputs. */
export function decode(output, preset) {
  return { angle: wrap(READOUTS[preset.readout](output.subarray(1))), fixation: output[0] };
}

/** Whether decoded outputs give the answer; never where it is undefined. */
export function satisfies(decoded, { kind, angle }, criterion) {
  const fixating = decoded.fixation > criterion.fixation_threshold;
  if (kind !== RESPOND) return fixating && kind === WITHHOLD;
  return !fixating && circularDistance(decoded.angle, angle) < criterion.tolerance;
}

/** Decode the last step of the response window from outputs (time) of vectors. */
export function final(outputs, trial, preset) {
  return decode(outputs[trial.end - 1], preset);
}

/** Whether fixation is broken at any step from 100 ms after the start until go. */
export function premature(outputs, trial, fixationThreshold = 0.5) {
  const waiting = (epoch) => epoch > EPOCHS.indexOf("settle") && epoch < GO;
  return outputs.some((y, t) => waiting(trial.epochIndex[t]) && y[0] < fixationThreshold);
}

/** Whether the trial is answered correctly. */
export function correct(outputs, trial, preset, criterion) {
  const right = satisfies(final(outputs, trial, preset), trial.answer, criterion);
  const early = premature(outputs, trial, criterion.fixation_threshold);
  return right && !(criterion.premature_is_error && early);
}

// ---------------------------------------------------------------------------------------- choices

export const CHOICES = ["a", "b", "blend", "neither"];

/** Sums of angles (rad) in single precision, as in Python, are no more exact than this. */
const ROUNDING = 1e-5;

/** Whether two rules ask for different things: another kind of answer, or another direction. */
export function opposed(a, b) {
  if (a.kind === UNDEFINED || b.kind === UNDEFINED) return false;
  return a.kind !== b.kind || circularDistance(a.angle, b.angle) >= SAME_ANGLE;
}

/** Which of two answers was given: "a" or "b" alone, a "blend" of both, or "neither". */
export function choice(decoded, a, b, criterion) {
  const [isA, isB] = [a, b].map((each) => satisfies(decoded, each, criterion));
  if (isA !== isB) return isA ? "a" : "b";
  return isA || between(decoded, a, b, criterion) ? "blend" : "neither";
}

/** Whether a response lies on the shorter arc between two directions. */
function between(decoded, a, b, criterion) {
  if (decoded.fixation > criterion.fixation_threshold) return false;
  if (a.kind !== RESPOND || b.kind !== RESPOND) return false;
  const around =
    circularDistance(decoded.angle, a.angle) + circularDistance(decoded.angle, b.angle);
  return around <= circularDistance(a.angle, b.angle) + ROUNDING;
}

// ------------------------------------------------------------------------------ what Python wrote

/** Tensors of a table `{ name: { shape, offset } }` in a buffer of float32 (a DataView). */
export function readTensors(table, view) {
  const read = ({ shape, offset }) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const data = Float64Array.from({ length: size }, (_, k) =>
      view.getFloat32(4 * (offset + k), true),
    );
    return { shape, data };
  };
  return Object.fromEntries(Object.entries(table).map(([name, entry]) => [name, read(entry)]));
}

/**
 * What live/networks.py wrote: networks, contexts of the tasks, and trials drawn beforehand.
 *
 * @returns `{ ...description, networks: { form: [ModulatedNetwork] }, nSeeds, contexts: { task: c },
 *   trials: { task: [trial] }, deviates: [z] }`.
 */
export function readNetworks(description, view) {
  const { preset, tasks } = description;
  const shared = readTensors(description.tensors, view);
  const network = ({ table, ...rest }) =>
    new ModulatedNetwork({ ...rest, preset, tensors: readTensors(table, view) });
  const networks = Object.entries(description.networks).map(([form, members]) => [
    form,
    members.map(network),
  ]);
  return {
    ...description,
    networks: Object.fromEntries(networks),
    nSeeds: Math.min(...networks.map(([, members]) => members.length)),
    contexts: Object.fromEntries(tasks.map(({ name }, k) => [name, row(shared.code, k)])),
    trials: Object.fromEntries(
      tasks.map((task, k) => [task.name, readTrials(task, k, preset, shared)]),
    ),
    deviates: Array.from({ length: shared.deviates.shape[0] }, (_, k) => row(shared.deviates, k)),
  };
}

/** The trials of task k from the tensors angle, strength and durations (task, trial, ...). */
function readTrials(task, k, preset, { angle, strength, durations: lengths }) {
  const count = angle.shape[1];
  return Array.from({ length: count }, (_, trial) => {
    const part = ({ shape, data }) => {
      const size = shape.slice(2).reduce((product, length) => product * length, 1);
      return Array.from(data.subarray((k * count + trial) * size, (k * count + trial + 1) * size));
    };
    const [s11, s12, s21, s22] = part(strength);
    const conditions = {
      angle: part(angle),
      strength: [
        [s11, s12],
        [s21, s22],
      ],
      sequential: task.sequential,
    };
    return assemble(task, preset, conditions, part(lengths));
  });
}
