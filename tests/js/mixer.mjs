import { taskAnswer } from "../../modpack/live/engine/tasks/rules.js";
import { coarseToFine, contextOf, dPrimeOf, run } from "../../modpack/live/mixer/compute.js";
import { chosenTrial } from "../../modpack/live/base/trial.js";
import { pageOf, serve } from "./harness.mjs";

serve({
  /** The chosen trial and the context of many states. */
  chosen({ states, ...source }) {
    const networks = pageOf(source);
    return states.map((state) => {
      const task = networks.tasks.find(({ name }) => name === state.a);
      const trial = chosenTrial(task, networks.preset, state);
      const c = contextOf(networks, state, state.mix, networks.deviates[state.draw]);
      return {
        patterns: trial.patterns.map((u) => [...u]),
        onsets: trial.onsets,
        answer: [trial.answer.kind, trial.answer.angle],
        context: [...c],
        dPrime: dPrimeOf(networks, state),
      };
    });
  },

  /** What the networks answer in the chosen trial of many states: choice, angle, length, fixation by form. */
  answers({ states, ...source }) {
    const networks = pageOf(source);
    const { a, b } = networks.between;
    const standard = {
      angle2: 200,
      coherence: 0.2,
      delay: 400,
      strength: 1,
      noise: 0,
      keep_norm: false,
    };
    const task = Object.fromEntries(networks.tasks.map((each) => [each.name, each]));
    return states.map((changes) => {
      const state = { ...standard, a, b, ...changes };
      const trial = chosenTrial(task[a], networks.preset, state);
      const other = taskAnswer(task[b], trial.conditions);
      const c = contextOf(networks, state, state.mix, networks.deviates[0]);
      const answers = networks.forms.map((form) => {
        const { choice, decoded } = run(networks.members[form][0], c, trial, other, networks);
        return [form, [choice, decoded.angle, decoded.length, decoded.fixation]];
      });
      return Object.fromEntries(answers);
    });
  },

  orders({ counts }) {
    return counts.map(coarseToFine);
  },
});
