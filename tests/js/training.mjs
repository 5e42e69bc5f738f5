import { ModulatedNetwork } from "../../modpack/live/engine/network.js";
import { isTrainable } from "../../modpack/live/engine/training/adjoints.js";
import { lossAndGradients } from "../../modpack/live/engine/training/loss.js";
import { Optimiser } from "../../modpack/live/engine/training/optimiser.js";
import { serve } from "./harness.mjs";

const vector = (values) => Float64Array.from(values);
const vectors = (named) =>
  Object.fromEntries(Object.entries(named).map(([name, values]) => [name, vector(values)]));

function networkOf({ tensors, ...rest }) {
  const read = Object.entries(tensors).map(([name, { shape, data }]) => [
    name,
    { shape, data: vector(data) },
  ]);
  return new ModulatedNetwork({ ...rest, tensors: Object.fromEntries(read) });
}

const shownOf = ({ rows, steps, ...arrays }) => ({ rows, steps, ...vectors(arrays) });
const plain = (named) =>
  Object.fromEntries(Object.entries(named).map(([name, values]) => [name, [...values]]));

serve({
  known: ({ modulations }) => modulations.map(isTrainable),

  /** Loss and gradients of one batch. */
  gradients({ network, batch, penalty }) {
    const { loss, gradients } = lossAndGradients(networkOf(network), batch.map(shownOf), penalty);
    return { loss, gradients: plain(gradients) };
  },

  /** The tensors after a step on each batch. */
  descend({ network, batches, penalty, rates, clip, fractions }) {
    const trained = networkOf(network);
    const own = Object.keys(rates).map((name) => [name, trained.tensors[name]]);
    const optimiser = new Optimiser(Object.fromEntries(own), rates, clip);
    batches.forEach((batch, k) => {
      const { gradients } = lossAndGradients(trained, batch.map(shownOf), penalty);
      optimiser.step(gradients, fractions[k]);
    });
    return plain(Object.fromEntries(own.map(([name, { data }]) => [name, data])));
  },
});
