import { combine, lowRank, matvec, part, row, transposed } from "./tensors.js";
import { difference, norm } from "./context.js";

/** Forms of modulation; as modpack.modulation. */

function multiplicativeMask({ m, n, P }, c) {
  return lowRank(matvec(P, c), m, n);
}

/**
 * Every form: (its tensors, context c, network) -> the network under c; a network is
 * { W, W_in, b, slope, gate, W_out, b_out }.
 */
export const MODULATIONS = {
  Unmodulated: (_tensors, _c, network) => network,

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
  Compiled: (tensors, c, network) => {
    const { at } = tensors;
    const distances = Array.from({ length: at.shape[0] }, (_, k) =>
      norm(difference(c, row(at, k))),
    );
    const nearest = distances.indexOf(Math.min(...distances));
    const chosen = (name) => {
      const all = tensors[`${name}_at`];
      return all && part(all, nearest % all.shape[0]);
    };
    const vector = (name) => chosen(name)?.data ?? network[name];
    return {
      W: chosen("W"),
      W_in: chosen("W_in") ?? network.W_in,
      b: vector("b"),
      slope: vector("slope"),
      gate: vector("gate"),
      W_out: chosen("W_out") ?? network.W_out,
      b_out: vector("b_out"),
    };
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
