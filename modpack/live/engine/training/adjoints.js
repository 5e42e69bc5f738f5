import { FACTORS, added, groups, split } from "../modulation.js";

/** How the gradient of what a context made of a network becomes one of its tensors; for modpack.modulation. */

const byRow = (grad, W, n) => {
  const sum = new Float64Array(n);
  grad.forEach((g, k) => (sum[Math.floor(k / n)] += g * W.data[k]));
  return sum;
};
const byColumn = (grad, W, n) => {
  const sum = new Float64Array(n);
  grad.forEach((g, k) => (sum[k % n] += g * W.data[k]));
  return sum;
};

/** For B, G, R and S: the strength is the tensor times the context. */
function linear(name) {
  return (by, _tensors, c, gradients) => {
    const grad = gradients[name];
    by.forEach((g, i) => c.forEach((value, k) => (grad[i * c.length + k] += g * value)));
  };
}

/** For masks: the strength is sum_r (P c)_r m_r n_r^T. */
function masked(by, { m, n, P }, c, gradients) {
  const [rank, size] = m.shape;
  for (let r = 0; r < rank; r++) {
    const s = c.reduce((sum, value, k) => sum + P.data[r * c.length + k] * value, 0);
    if (s === 0) continue;
    const start = r * size;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const g = s * by[i * size + j];
        gradients.m[start + i] += g * n.data[start + j];
        gradients.n[start + j] += g * m.data[start + i];
      }
    }
  }
}

/**
 * Of every factor that can be trained: `act`, from the gradient of the network after it, `{ W, b, slope }`, to that
 * of its strength and, in place, of the network `before` it; and `strength`, which adds to those of its tensors.
 */
const ADJOINTS = {
  Bias: { act: (grad) => grad.b.slice(), strength: linear("B") },

  Gain: {
    act: (grad, exponent, before) => {
      grad.slope = grad.slope.map((g, i) => g * Math.exp(exponent[i]));
      return grad.slope.map((g, i) => g * before.slope[i]);
    },
    strength: linear("G"),
  },

  Row: {
    act: (grad, change, { W }) => {
      const by = byRow(grad.W, W, change.length);
      grad.W = grad.W.map((g, k) => g * (1 + change[Math.floor(k / change.length)]));
      return by;
    },
    strength: linear("R"),
  },

  Release: {
    act: (grad, change, { W }) => {
      const by = byColumn(grad.W, W, change.length);
      grad.W = grad.W.map((g, k) => g * (1 + change[k % change.length]));
      return by;
    },
    strength: linear("S"),
  },

  Multiplicative: {
    act: (grad, mask, { W }) => {
      const by = grad.W.map((g, k) => g * W.data[k]);
      grad.W = grad.W.map((g, k) => g * (1 + mask.data[k]));
      return by;
    },
    strength: masked,
  },

  Scaling: {
    act: (grad, mask, { W }) => {
      grad.W = grad.W.map((g, k) => g * Math.exp(mask.data[k]));
      return grad.W.map((g, k) => g * W.data[k]);
    },
    strength: masked,
  },
};

/** The factors that forms are made of which are not factors themselves. */
const MADE_OF = { Unmodulated: [], Excitability: ["Bias", "Gain"] };

/** Whether the gradient of a form is known here. */
export function isTrainable({ type, parts }) {
  return type === "Combined" ? parts.every(isTrainable) : type in ADJOINTS || type in MADE_OF;
}

/** The factors of a form in the order in which they act, each with all that tells it: `{ type, told }`. */
function factors(modulation, tensors, contexts) {
  if (modulation.type !== "Combined") {
    const names = Object.fromEntries(Object.keys(tensors).map((name) => [name, name]));
    return alone(modulation.type, [{ names, c: contexts }]);
  }
  const told = split(modulation.parts, contexts);
  return groups(modulation.parts).flatMap((group) =>
    alone(
      modulation.parts[group[0]].type,
      group.map((k) => ({ names: modulation.parts[k].names, c: told[k] })),
    ),
  );
}

const alone = (type, told) => (MADE_OF[type] ?? [type]).map((each) => ({ type: each, told }));

const owned = (names, all) =>
  Object.fromEntries(Object.entries(names).map(([name, known]) => [name, all[known]]));

/**
 * Add the gradients of a network's tensors under a context.
 *
 * @param base the network without any context, `{ W, b, slope, ... }`, as ModulatedNetwork gives it to `modulate`.
 * @param grad the gradient of the network under the context, `{ W, W_in, b, slope }`; overwritten.
 * @param gradients of all tensors by name, to which is added.
 */
export function modulateBackward(modulation, tensors, contexts, base, grad, gradients) {
  const before = [];
  factors(modulation, tensors, contexts).reduce((network, { type, told }) => {
    const strengths = told.map(({ names, c }) => FACTORS[type].strength(owned(names, tensors), c));
    const strength = strengths.reduce(added);
    before.push({ type, told, strength, network });
    return FACTORS[type].act(strength, network);
  }, base);
  for (const { type, told, strength, network } of before.reverse()) {
    const by = ADJOINTS[type].act(grad, strength, network);
    for (const { names, c } of told)
      ADJOINTS[type].strength(by, owned(names, tensors), c, owned(names, gradients));
  }
  for (const name of ["W", "W_in", "b"]) {
    const sum = gradients[name];
    grad[name].forEach((g, k) => (sum[k] += g));
  }
}
