/** Pointwise nonlinearities of neurons and of outputs, by name; as modpack.activations. */

export const SOFTPLUS_THRESHOLD = 40;

/** Of neurons: phi, and its derivative. */
export const ACTIVATIONS = {
  softplus: {
    value: (a) => (a > SOFTPLUS_THRESHOLD ? a : Math.log1p(Math.exp(a))),
    derivative: (a) => 1 / (1 + Math.exp(-a)),
  },
  tanh: { value: Math.tanh, derivative: (a) => 1 - Math.tanh(a) ** 2 },
  relu: { value: (a) => Math.max(a, 0), derivative: (a) => (a > 0 ? 1 : 0) },
  identity: { value: (a) => a, derivative: () => 1 },
};

/** Of outputs. */
export const OUTPUTS = {
  linear: (y) => y,
  sigmoid: (y) => 1 / (1 + Math.exp(-y)),
};
