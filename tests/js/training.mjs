import { ModulatedNetwork } from "../../modpack/live/engine/network.js";
import { Generator } from "../../modpack/live/engine/generator.js";
import { initial } from "../../modpack/live/engine/training/initial.js";
import { shown } from "../../modpack/live/engine/training/data.js";
import { Trainer, rate } from "../../modpack/live/engine/training/trainer.js";
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
const shownAs = ({ rows, steps, ...arrays }) => ({ rows, steps, ...plain(arrays) });
const plain = (named) =>
  Object.fromEntries(Object.entries(named).map(([name, values]) => [name, [...values]]));

serve({
  rates: ({ recipe }) => Array.from({ length: recipe.steps }, (_, step) => rate(step, recipe)),

  /** Random trials of every task: what is shown and what was drawn. */
  drawn({ tasks, preset, rows, seed }) {
    const generator = new Generator(seed);
    return tasks.map((task) => {
      const { trials, c: _, ...group } = shown(task, preset, rows, null, generator);
      const lengths = trials.map(({ onsets }) => onsets.slice(1).map((end, k) => end - onsets[k]));
      return {
        angle: trials.map(({ conditions }) => conditions.angle),
        strength: trials.map(({ conditions }) => conditions.strength),
        lengths,
        ...shownAs(group),
      };
    });
  },

  /** Tensors of untrained networks. */
  untrained: ({ configs }) =>
    configs.map((config) => {
      const tensors = initial(config, new Generator(config.seed));
      const read = Object.entries(tensors).map(([name, { shape, data }]) => [
        name,
        { shape, data: [...data] },
      ]);
      return Object.fromEntries(read);
    }),

  /** A whole run: losses, performance at the end, and the weights. */
  train({ config, trials }) {
    const trainer = new Trainer(config);
    const losses = [];
    while (!trainer.finished) losses.push(trainer.advance());
    return {
      losses,
      performance: trainer.evaluate(trials),
      W: [...trainer.network.tensors.W.data],
    };
  },

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
