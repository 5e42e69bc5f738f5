import { leading, painted } from "../../modpack/live/bench/compute.js";
import * as lesions from "../../modpack/live/bench/lesions.js";
import { pageOf, serve } from "./harness.mjs";

serve({
  /** States of a trial with silent neurons and noise. */
  silent({ form, task, neurons, noise, ...source }) {
    const networks = pageOf(source);
    const [trial] = networks.trials[task];
    const dynamics = networks.members[form][0].under(networks.contexts[task]).silenced(neurons);
    return [...dynamics.simulate(trial.patterns, trial.epochIndex, Float64Array.from(noise))];
  },

  /** Rates, orders and the performance of many states, in a few trials. */
  damaged({ states, ranked_by, until, ...source }) {
    const networks = pageOf(source);
    return states.map((state) => {
      const rates = Object.fromEntries(networks.forms.map((form) => [form, []]));
      for (const _ of lesions.fillRates(networks, state.seed, ranked_by, rates));
      const orders = lesions.mostActiveFirst(rates);
      const tally = lesions.emptyTally(networks);
      for (const few of [1, until]) {
        for (const _ of lesions.fillTally(networks, state, orders, few, tally));
      }
      const plain = networks.forms.map((form) => [form, rates[form].map((each) => [...each])]);
      const [performance, cancelled] = ["right", "cancelled"].map((what) =>
        lesions.fractionsOf(tally, what),
      );
      return { rates: Object.fromEntries(plain), orders, performance, cancelled };
    });
  },

  painting({ strokes }) {
    return strokes.map(([silenced, ends, isSilent]) => {
      const ranks = painted(silenced, ends, isSilent);
      return [ranks, leading(ranks)];
    });
  },
});
