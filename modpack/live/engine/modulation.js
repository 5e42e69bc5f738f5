import { combine, lowRank, matvec, part, row, transposed } from "./tensors.js";
import { difference, norm } from "./context.js";

/** Forms of modulation; as modpack.modulation. */

/** The sum of two matrices or vectors. */
export const added = (a, b) =>
  a.data ? combine(a, b, (x, y) => x + y) : a.map((value, i) => value + b[i]);

/** A matrix with every entry multiplied by a number of its row i and column j. */
function scaled({ shape, data }, factor) {
  const columns = shape[1];
  return { shape, data: data.map((w, k) => w * factor(Math.floor(k / columns), k % columns)) };
}

const maskOf = ({ m, n, P }, c) => lowRank(matvec(P, c), m, n);
const withMask = (W, mask) => combine(W, mask, (w, change) => w * (1 + change));

function gated({ mask }, c, network) {
  const n = mask.shape[1];
  const closed = (i) => c.reduce((sum, value, k) => sum + value * (1 - mask.data[k * n + i]), 0);
  const gate = Float64Array.from({ length: n }, (_, i) => Math.min(Math.max(1 - closed(i), 0), 1));
  return { ...network, gate: network.gate ? gate.map((h, i) => h * network.gate[i]) : gate };
}

/**
 * Every form that acts through one number for every neuron or synapse: these numbers under a context c, and what
 * they make of the network { W, b, slope, gate, W_in, W_out, b_out }.
 */
export const FACTORS = {
  Bias: {
    strength: ({ B }, c) => matvec(B, c),
    act: (shift, network) => ({ ...network, b: added(network.b, shift) }),
  },

  Gain: {
    strength: ({ G }, c) => matvec(G, c),
    act: (exponent, network) => ({
      ...network,
      slope: network.slope.map((value, i) => value * Math.exp(exponent[i])),
    }),
  },

  RecurrentGain: {
    strength: ({ G }, c) => matvec(G, c),
    act: (exponent, network) => ({
      ...network,
      W: scaled(network.W, (i) => Math.exp(exponent[i])),
    }),
  },

  Row: {
    strength: ({ R }, c) => matvec(R, c),
    act: (change, network) => ({ ...network, W: scaled(network.W, (i) => 1 + change[i]) }),
  },

  Release: {
    strength: ({ S }, c) => matvec(S, c),
    act: (change, network) => ({ ...network, W: scaled(network.W, (_, j) => 1 + change[j]) }),
  },

  Multiplicative: {
    strength: maskOf,
    act: (mask, network) => ({ ...network, W: withMask(network.W, mask) }),
  },

  Scaling: {
    strength: maskOf,
    act: (mask, network) => ({
      ...network,
      W: combine(network.W, mask, (w, exponent) => w * Math.exp(exponent)),
    }),
  },

  Additive: {
    strength: ({ U, V, K }, c) => lowRank(matvec(K, c), transposed(U), transposed(V)),
    act: (change, network) => ({ ...network, W: added(network.W, change) }),
  },

  Full: {
    strength: ({ D }, c) => weighted(D, c),
    act: (change, network) => ({ ...network, W: added(network.W, change) }),
  },
};

/** sum_k c_k tensor_k, over the first axis. */
function weighted(tensor, c) {
  const sum = part(tensor, 0).data.map(() => 0);
  c.forEach((value, k) => {
    if (value === 0) return;
    part(tensor, k).data.forEach((entry, i) => (sum[i] += value * entry));
  });
  return { shape: tensor.shape.slice(1), data: sum };
}

/** All other forms: (its tensors, context c, network) -> the network under c. */
const OTHERS = {
  Unmodulated: (_tensors, _c, network) => network,

  Excitability: (tensors, c, network) =>
    MODULATIONS.Gain(tensors, c, MODULATIONS.Bias(tensors, c, network)),

  Gate: gated,

  Split: ({ mask }, c, network) => {
    const same = lowRank(new Float64Array(mask.shape[0]).fill(1), mask, mask);
    return gated({ mask }, c, { ...network, W: combine(network.W, same, (w, x) => w * x) });
  },

  Components: ({ U, V, s0, K }, c, network) => {
    const strength = matvec(K, c).map((value, r) => s0.data[r] * Math.exp(value));
    return { ...network, W: lowRank(strength, transposed(U), transposed(V)) };
  },

  SynapticAll: (tensors, c, network) => {
    const inputs = lowRank(matvec(tensors.P, c), tensors.m, tensors.n_in);
    const masked = MODULATIONS.Multiplicative(tensors, c, network);
    return { ...masked, W_in: withMask(network.W_in, inputs) };
  },

  Readout: ({ D_out, E_out }, c, network) => ({
    ...network,
    W_out: added(network.W_out, weighted(D_out, c)),
    b_out: added(network.b_out, matvec(E_out, c)),
  }),

  /** What Python compiled beforehand at some contexts: that of the nearest. */
  Compiled: ({ at, ...tensors }, c, network) => {
    const away = Array.from({ length: at.shape[0] }, (_, k) => norm(difference(c, row(at, k))));
    const nearest = away.indexOf(Math.min(...away));
    const chosen = Object.entries(tensors)
      .filter(([name]) => name.endsWith("_at"))
      .map(([name, tensor]) => [name.slice(0, -3), part(tensor, nearest % tensor.shape[0])])
      .map(([name, each]) => [name, each.shape.length === 1 ? each.data : each]);
    return { ...network, ...Object.fromEntries(chosen) };
  },
};

/** Every form: (its tensors, context c, network) -> the network under c. */
export const MODULATIONS = {
  ...Object.fromEntries(
    Object.entries(FACTORS).map(([type, { strength, act }]) => [
      type,
      (tensors, c, network) => act(strength(tensors, c), network),
    ]),
  ),
  ...OTHERS,
};

/**
 * The network under a context.
 *
 * @param modulation `{ type }`; a Combined one also holds `parts`, each with its own `d`, the `names` of its tensors
 *   in the network, and whether it `replaces` W.
 * @param contexts a context; for a Combined modulation it may be an array of one for every part.
 */
export function modulate(modulation, tensors, contexts, network) {
  if (modulation.type !== "Combined")
    return MODULATIONS[modulation.type](tensors, contexts, network);
  const told = split(modulation.parts, contexts).map((c, k) => {
    const { type, names } = modulation.parts[k];
    const own = Object.entries(names).map(([name, known]) => [name, tensors[known]]);
    return { type, tensors: Object.fromEntries(own), c };
  });
  return groups(modulation.parts).reduce(
    (changed, group) =>
      together(
        group.map((k) => told[k]),
        changed,
      ),
    network,
  );
}

/** The contexts of all parts: the same, or a stretch each. */
export function split(parts, contexts) {
  if (typeof contexts[0] !== "number") return contexts;
  if (parts.every(({ d }) => d === contexts.length)) return parts.map(() => contexts);
  const ends = parts.map((_, k) => parts.slice(0, k + 1).reduce((sum, { d }) => sum + d, 0));
  return parts.map(({ d }, k) => contexts.slice(ends[k] - d, ends[k]));
}

/** Numbers of the parts that act together: the same form twice; first the one that replaces W. */
export function groups(parts) {
  const order = [...parts.keys()].sort((a, b) => parts[b].replaces - parts[a].replaces);
  const byType = new Map();
  for (const k of order) {
    const key = parts[k].type in FACTORS ? parts[k].type : k;
    byType.set(key, [...(byType.get(key) ?? []), k]);
  }
  return [...byType.values()];
}

/** Let one form act, or the same one as told several times: then its numbers add up before they act. */
function together(told, network) {
  const [{ type, tensors, c }] = told;
  if (!(type in FACTORS)) return MODULATIONS[type](tensors, c, network);
  const { strength, act } = FACTORS[type];
  return act(told.map((each) => strength(each.tensors, each.c)).reduce(added), network);
}
