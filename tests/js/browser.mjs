import { browsedTrial } from "../../modpack/live/task_browser/conditions.js";
import { bandsOf, screenIn, stepAt, targetIn } from "../../modpack/live/task_browser/compute.js";
import { wordRule } from "../../modpack/live/task_browser/words.js";
import { pageOf, serve } from "./harness.mjs";

serve({
  /** One moment in each of many states. */
  moments({ states, ...source }) {
    const networks = pageOf(source);
    return states.map((state) => {
      const task = networks.tasks.find(({ name }) => name === state.task);
      const trial = browsedTrial(task, networks.preset, state);
      const step = stepAt(state.time, trial, networks.preset);
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
});
