/** Replays in Node what test_bench.py has written. */
import { readFileSync } from "node:fs";

import { readNetworks } from "../../modpack/live/engine.js";
import { pythonLine, stateFrom, writeFragment } from "../../modpack/live/links.js";
import { leading, painted, schemaOf } from "../../modpack/live/bench.js";
import * as lesions from "../../modpack/live/lesions.js";

function pageOf({ description, numbers }) {
  const bytes = readFileSync(numbers);
  return readNetworks(description, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

const CALLS = {
  /** States of a trial with silent neurons and noise. */
  silent({ form, task, neurons, noise, ...source }) {
    const page = pageOf(source);
    const [trial] = page.trials[task];
    const dynamics = page.networks[form][0].under(page.contexts[task]).silenced(neurons);
    return [...dynamics.simulate(trial.patterns, trial.epochIndex, Float64Array.from(noise))];
  },

  /** Rates, orders and the performance of many states, in a few trials. */
  damaged({ states, ranked_by, until, ...source }) {
    const page = pageOf(source);
    return states.map((state) => {
      const rates = Object.fromEntries(page.forms.map((form) => [form, []]));
      for (const _ of lesions.fillRates(page, state.seed, ranked_by, rates));
      const orders = lesions.mostActiveFirst(rates);
      const tally = lesions.emptyTally(page);
      for (const few of [1, until]) {
        for (const _ of lesions.fillTally(page, state, orders, few, tally));
      }
      const plain = page.forms.map((form) => [form, rates[form].map((each) => [...each])]);
      const performance = lesions.fractionsOf(tally);
      return { rates: Object.fromEntries(plain), orders, performance };
    });
  },

  painting({ strokes }) {
    return strokes.map(([silenced, ends, isSilent]) => {
      const ranks = painted(silenced, ends, isSilent);
      return [ranks, leading(ranks)];
    });
  },

  /** What fragments say: a state, null, or "refused". */
  fragments({ hashes, limits, initial }) {
    const schema = schemaOf({ nUnits: 64, nDraws: 64, nSeeds: 3, limits });
    return hashes.map((hash) => {
      try {
        return stateFrom(hash, "bench", { schema, initial });
      } catch (error) {
        return error instanceof RangeError ? "refused" : String(error);
      }
    });
  },

  written({ states }) {
    return states.map((state) => writeFragment("", "bench", state));
  },

  lines({ python, states, standard }) {
    return states.map((state) => pythonLine(python, state, standard));
  },
};

const { call, ...inputs } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(CALLS[call](inputs)));
