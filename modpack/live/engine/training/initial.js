/** Networks before training; as modpack.network.initial, from other random numbers. */

const MASK = Math.sqrt(0.1);

/** Standard deviations of a form's tensors (neuron, d), or (rank, neuron) where there is a mask for each coordinate. */
const INITIAL = {
  Unmodulated: {},
  Bias: { B: 0.3 },
  Gain: { G: 0.1 },
  Excitability: { B: 0.3, G: 0.1 },
  Row: { R: 0.1 },
  Release: { S: 0.1 },
  Multiplicative: { m: MASK, n: MASK },
  Scaling: { m: MASK, n: MASK },
};

function normal(shape, std, generator) {
  const size = shape.reduce((product, length) => product * length, 1);
  return { shape, data: Float64Array.from({ length: size }, () => std * generator.normal()) };
}

const zeros = (n) => ({ shape: [n], data: new Float64Array(n) });

function identity(n) {
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) data[i * n + i] = 1;
  return { shape: [n, n], data };
}

/** Tensors of a form by their names in the network. */
function modulating(type, names, d, n, generator) {
  const tensors = {};
  const isMask = "m" in INITIAL[type];
  for (const [name, std] of Object.entries(INITIAL[type]))
    tensors[names?.[name] ?? name] = normal(isMask ? [d, n] : [n, d], std, generator);
  if (isMask) tensors[names?.P ?? "P"] = identity(d);
  return tensors;
}

/**
 * Tensors of an untrained network: W = 0.5 I + 0.1 N(0, 1/N), W_in and W_out scaled Gaussians, biases zero.
 *
 * @param scales factors on the initial values of some tensors, by name.
 */
export function initial({ modulation, d, preset, nNeurons: n, scales = {} }, generator) {
  const { n_inputs: channels, n_outputs: outputs } = preset;
  const W = normal([n, n], 0.1 / Math.sqrt(n), generator);
  for (let i = 0; i < n; i++) W.data[i * n + i] += 0.5;
  const parts = modulation.parts ?? [{ type: modulation.type, d }];
  const forms = parts.map(({ type, names, d: own }) => modulating(type, names, own, n, generator));
  const tensors = {
    W,
    W_in: normal([n, channels], 1 / Math.sqrt(channels), generator),
    b: zeros(n),
    W_out: normal([outputs, n], 1 / Math.sqrt(n), generator),
    b_out: zeros(outputs),
    ...Object.assign({}, ...forms),
  };
  for (const [name, factor] of Object.entries(scales))
    tensors[name].data.forEach((value, k, data) => (data[k] = factor * value));
  return tensors;
}
