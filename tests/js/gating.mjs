import { begun, measured } from "../../modpack/live/gating/compute.js";
import { evidence, gatingOf, vectors } from "../../modpack/live/gating/gating.js";
import { pageOf, serve } from "./harness.mjs";

const nested = (values, n) =>
  Array.from({ length: values.length / n }, (_, t) => [...values.subarray(t * n, (t + 1) * n)]);

serve({
  /** What the figure shows in many states, by form. */
  shown({ states, pair, ...source }) {
    const networks = pageOf(source);
    return states.map((state) => {
      const beginning = begun(networks, pair, state);
      const results = measured(networks, pair, state, beginning);
      const entries = Object.entries(results).map(([form, result]) => {
        const { now, sensitivity, byInput, bySelection } = result;
        return [form, { answer: now.answer, sensitivity, byInput, bySelection }];
      });
      return {
        patterns: beginning.trial.patterns.map((u) => [...u]),
        networks: Object.fromEntries(entries),
      };
    });
  },

  /** All vectors of a network in every random trial of a task, and the gating between two tasks' contexts. */
  vectors({ form, seed, pair, trials: few, ...source }) {
    const networks = pageOf(source);
    const network = networks.members[form][seed];
    const task = networks.tasks.find(({ name }) => name === pair[0]);
    return networks.trials[pair[0]].slice(0, few).map((trial) => {
      const along = evidence(task, trial, networks.preset);
      const both = pair.map((name) =>
        vectors(network.under(networks.contexts[name]), trial, along),
      );
      const plain = both.map(({ selection, inputs, contributions, sensitivity }) => ({
        selection: nested(selection, network.nNeurons),
        inputs: inputs.map((each) => nested(each, network.nNeurons)),
        contributions: contributions.map((each) => [...each]),
        sensitivity,
      }));
      return { contexts: plain, ...gatingOf(...both) };
    });
  },
});
