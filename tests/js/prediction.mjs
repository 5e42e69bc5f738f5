import { afterStroke, scoresOf } from "../../modpack/live/prediction/compute.js";
import { serve } from "./harness.mjs";

serve({
  strokes({ count, strokes }) {
    return strokes.reduce((guess, [from, to]) => afterStroke(guess, count, from, to), []);
  },

  scores({ guesses, curves }) {
    return guesses.map((guess) => scoresOf(guess, curves));
  },
});
