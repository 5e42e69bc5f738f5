import { measured, shownOf } from "../../modpack/live/robustness/compute.js";
import { bestDirection, posterior } from "../../modpack/live/robustness/decoder.js";
import { taskAnswer } from "../../modpack/live/engine/tasks/rules.js";
import { pageOf, serve } from "./harness.mjs";

serve({
  /** What the figure shows in many states. */
  shown({ states, options, curves, ...source }) {
    const networks = pageOf(source);
    return states.map((state) => {
      const { cue, told, choice, isRight, decoded, decoder } = measured(networks, options, state);
      const { forms, at } = shownOf(curves, options, state);
      const plain = { cue: [...cue], told: [...told], choice, isRight, ...decoded, decoder };
      return { ...plain, curve: forms[state.form].mean[at], n: forms[state.form].n };
    });
  },

  /** The posterior after noise of every deviate on a task's context, and the best direction in every trial. */
  decoded({ task, sigma, ...source }) {
    const { tasks, contexts, trials, deviates, criterion } = pageOf(source);
    const every = tasks.map(({ name }) => contexts[name]);
    return trials[task].map(({ conditions }, k) => {
      const cue = contexts[task].map((value, i) => value + sigma * deviates[k][i]);
      const probabilities = posterior(cue, every, sigma);
      const answers = tasks.map((each) => taskAnswer(each, conditions));
      return { probabilities, angle: bestDirection(probabilities, answers, criterion) };
    });
  },
});
