/** The phase plane, in words. */

/** What every knob turns: on its slider, and on the axis of the panel. */
export const LABELS = {
  threshold: ["rise in threshold", "rise in the threshold of neuron 1"],
  slope: ["slope", "slope of neuron 1"],
  synapse: ["gain of the synapse", "gain of the synapse from neuron 2 to neuron 1"],
};

const signed = (value) => `${value > 0 ? "+" : ""}${value.toFixed(2).replace("-", "−")}`;
const pairText = (r) => `(${r.map((rate) => Math.max(rate, 0).toFixed(2)).join(", ")})`;

function winner([r1, r2]) {
  if (Math.abs(r1 - r2) < 0.005) return "the two are equal";
  return r1 > r2 ? "neuron 1 wins" : "neuron 2 wins";
}

/** What the network can rest at. */
function wordPoints(points) {
  const stable = points.filter((point) => point.isStable).map(({ state }) => winner(state));
  if (points.length === 0) return "no fixed point";
  if (points.length === 1) return `1 fixed point, ${stable.length ? "stable" : "unstable"}`;
  return `${points.length} fixed points, ${stable.length} stable`;
}

/** What is left of the memory. */
function wordMemory(points) {
  const stable = points.filter((point) => point.isStable).map(({ state }) => winner(state));
  if (stable.length === 0) return "there is no state of rest";
  if (stable.length > 1) return "either neuron can win, and the pair remembers which one was ahead";
  return `from every start ${stable[0]}`;
}

function wordEnd(path, points) {
  const last = path.at(-1);
  const near = ({ state }) => Math.hypot(state[0] - last[0], state[1] - last[1]) < 0.05;
  const from = `The start ${pairText(path[0])}`;
  if (!points.some(near)) return `${from} is still on its way at ${pairText(last)}`;
  return `${from} ends at ${pairText(last)}: ${winner(last)}`;
}

/** What is on show, in words. */
export function words({ state, points, path }) {
  const { threshold, slope, synapse } = state;
  const knobs = `Threshold ${signed(threshold)}, slope ${slope.toFixed(2)}, synaptic gain ${synapse.toFixed(2)}`;
  return `${knobs}: ${wordPoints(points)}; ${wordMemory(points)}. ${wordEnd(path, points)}.`;
}
