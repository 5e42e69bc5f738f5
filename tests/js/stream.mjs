import * as streaming from "../../modpack/live/engine/streaming.js";
import * as worlds from "../../modpack/live/engine/training/worlds.js";
import { readPacked } from "../../modpack/live/base/on_request.js";
import { firstShown } from "../../modpack/live/stream/compute.js";
import { Run } from "../../modpack/live/stream/run.js";
import { serve } from "./harness.mjs";

serve({
  /** What happens in worlds whose random numbers Python has drawn, and what the ideal observer believes. */
  worlds: ({ stream, hidden, draws }) =>
    hidden.map((first, k) => {
      const n = draws[k][0].z.length;
      let [place, expected] = [worlds.started(first, n), worlds.unknown(n)];
      return draws[k].map((each) => {
        const { told, place: later } = worlds.next(stream, place, each);
        const seen = worlds.filtered(expected, told.fast, stream.hazard);
        [place, expected] = [later, seen.expected];
        return { ...told, belief: seen.belief };
      });
    }),

  /** What happens in a world of the page, and by form what packed networks answer, with every state. */
  run({ stream, asked, seed, n, packed }) {
    const run = new Run(stream, asked, seed, n);
    const networks = Object.entries(packed).map(([form, each]) => {
      const { network } = readPacked(each, asked.preset);
      const states = [];
      for (const _ of run.catchUp({ [form]: network }))
        states.push([...run.answers.get(form).state]);
      return [form, { chosen: run.chosen(form), states }];
    });
    const happened = Array.from({ length: n }, (_, t) => {
      const { trial, ...told } = run.world.at(t);
      return { ...told, angle: trial.conditions.angle[0], onsets: trial.onsets };
    });
    return { happened, networks: Object.fromEntries(networks) };
  },

  firstShown: ({ ns, columns }) =>
    [false, true].map((inPages) => ns.map((n) => firstShown(n, columns, inPages))),

  recovery({ tasks, right, lags }) {
    const since = streaming.trialsSince(tasks);
    return { since, lags: streaming.recovery(right, since, lags) };
  },
});
