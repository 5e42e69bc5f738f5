/** Replays in Node what test_prediction.py has written. */
import { readFileSync } from "node:fs";

import { pythonLine, stateFrom, writeFragment } from "../../modpack/live/links.js";
import { afterStroke, isPossible, schemaOf, scoresOf } from "../../modpack/live/prediction.js";

const CALLS = {
  strokes({ count, strokes }) {
    return strokes.reduce((guess, [from, to]) => afterStroke(guess, count, from, to), []);
  },

  scores({ guesses, curves }) {
    return guesses.map((guess) => scoresOf(guess, curves));
  },

  /** What fragments say: a state, null, or "refused". */
  fragments({ hashes, name, count, initial }) {
    return hashes.map((hash) => {
      try {
        return stateFrom(hash, name, { schema: schemaOf(count), initial, isAllowed: isPossible });
      } catch (error) {
        return error instanceof RangeError ? "refused" : String(error);
      }
    });
  },

  written({ states, name }) {
    return states.map((state) => writeFragment("", name, state));
  },

  lines({ python, states, standard }) {
    return states.map((state) => pythonLine(python, state, standard));
  },
};

const { call, ...inputs } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(CALLS[call](inputs)));
