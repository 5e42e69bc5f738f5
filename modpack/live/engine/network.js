import { modulate } from "./modulation.js";
import { Dynamics } from "./dynamics.js";

/** A modulated network; as modpack.network. */

/** Weights, a modulation and a readout; `under(context)` compiles them into Dynamics. */
export class ModulatedNetwork {
  constructor({ modulation, preset, tensors, activation, noise_enters }) {
    Object.assign(this, { modulation, preset, tensors, activation, noise_enters });
  }

  get nNeurons() {
    return this.tensors.b.data.length;
  }

  /** The network as it is without any context. */
  get base() {
    const { W, W_in, b, W_out, b_out } = this.tensors;
    const slope = new Float64Array(b.data.length).fill(1);
    return { W, W_in, b: b.data, slope, gate: null, W_out, b_out: b_out.data };
  }

  under(contexts) {
    const { dt, tau, sigma_rec, output } = this.preset;
    return new Dynamics({
      ...modulate(this.modulation, this.tensors, contexts, this.base),
      activation: this.activation,
      noise_enters: this.noise_enters,
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
