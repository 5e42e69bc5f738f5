/** Replays in Node what test_browser.py has written, as replay.mjs does for the engine. */
import { readFileSync } from "node:fs";

import { readNetworks } from "../../modpack/live/engine.js";
import { stateFrom } from "../../modpack/live/links.js";
import { browsedTrial, schemaOf } from "../../modpack/live/browser.js";
import { bandsOf, screenIn, stepAt, targetIn, wordRule } from "../../modpack/live/moment.js";

function pageOf({ description, numbers }) {
  const bytes = readFileSync(numbers);
  return readNetworks(description, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

const CALLS = {
  /** One moment in each of many states. */
  moments({ states, ...source }) {
    const page = pageOf(source);
    return states.map((state) => {
      const task = page.tasks.find(({ name }) => name === state.task);
      const trial = browsedTrial(task, page.preset, state);
      const step = stepAt(state.time, trial, page.preset);
      const epoch = trial.epochIndex[step];
      return {
        step,
        epoch,
        onsets: trial.onsets,
        screen: screenIn(task, trial, epoch),
        input: [...trial.patterns[epoch]],
        target: targetIn(trial, epoch),
        answer: trial.answer,
        bands: bandsOf(trial),
        rule: wordRule(task),
      };
    });
  },

  /** What fragments say: a state, null, or "refused". */
  fragments({ hashes, limits, initial, ...source }) {
    const schema = schemaOf(pageOf(source), limits);
    return hashes.map((hash) => {
      try {
        return stateFrom(hash, "trial", { schema, initial });
      } catch (error) {
        return error instanceof RangeError ? "refused" : String(error);
      }
    });
  },
};

const { call, ...inputs } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(CALLS[call](inputs)));
