import { taskAnswer } from "../../modpack/live/engine/rules.js";
import { coarseToFine, contextOf } from "../../modpack/live/mixer/compute.js";
import { chosenTrial, run } from "../../modpack/live/base/trial.js";
import { pageOf, serve } from "./harness.mjs";

serve({
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

  orders({ counts }) {
    return counts.map(coarseToFine);
  },
});
