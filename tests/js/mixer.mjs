/** Replays in Node what test_mixer.py has written, as replay.mjs does for the engine. */
import { readFileSync } from "node:fs";

import { readNetworks, taskAnswer } from "../../modpack/live/engine.js";
import { papermillLine, pythonLine, stateFrom, writeFragment } from "../../modpack/live/links.js";
import { coarseToFine, contextOf, isPossible, schemaOf } from "../../modpack/live/mixer.js";
import { chosenTrial, run } from "../../modpack/live/trials.js";

function pageOf({ description, numbers }) {
  const bytes = readFileSync(numbers);
  return readNetworks(description, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

const CALLS = {
  /** The chosen trial and the context of many states. */
  chosen({ states, ...source }) {
    const page = pageOf(source);
    return states.map((state) => {
      const task = page.tasks.find(({ name }) => name === state.a);
      const trial = chosenTrial(task, page.preset, state);
      const c = contextOf(page, state, state.mix, page.deviates[state.draw]);
      return {
        patterns: trial.patterns.map((u) => [...u]),
        onsets: trial.onsets,
        answer: [trial.answer.kind, trial.answer.angle],
        context: [...c],
      };
    });
  },

  /** What the networks answer in the chosen trial of many states: choice, angle, fixation by form. */
  answers({ states, ...source }) {
    const page = pageOf(source);
    const { a, b } = page.between;
    const standard = {
      angle2: 200,
      coherence: 0.2,
      delay: 400,
      fade: 1,
      noise: 0,
      keep_norm: false,
    };
    const task = Object.fromEntries(page.tasks.map((each) => [each.name, each]));
    return states.map((changes) => {
      const state = { ...standard, a, b, ...changes };
      const trial = chosenTrial(task[a], page.preset, state);
      const other = taskAnswer(task[b], trial.conditions);
      const c = contextOf(page, state, state.mix, page.deviates[0]);
      const answers = page.forms.map((form) => {
        const { made, said } = run(page.networks[form][0], c, trial, other, page);
        return [form, [made, said.angle, said.fixation]];
      });
      return Object.fromEntries(answers);
    });
  },

  /** What fragments say: a state, null, or "refused". */
  fragments({ hashes, limits, initial, ...source }) {
    const page = pageOf(source);
    const schema = schemaOf(page, limits);
    const isAllowed = (state) => isPossible(page, state);
    return hashes.map((hash) => {
      try {
        return stateFrom(hash, "mixer", { schema, initial, isAllowed });
      } catch (error) {
        return error instanceof RangeError ? "refused" : String(error);
      }
    });
  },

  written({ hash, states }) {
    return states.map((state) => writeFragment(hash, "mixer", state));
  },

  lines({ python, chapter, states, standard }) {
    return states.map((state) => [
      pythonLine(python, state, standard),
      papermillLine(chapter, "mixer", state),
    ]);
  },

  orders({ counts }) {
    return counts.map(coarseToFine);
  },
};

const { call, ...inputs } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(CALLS[call](inputs)));
