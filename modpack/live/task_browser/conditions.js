import { flag, numbersWithin, oneOf } from "../base/links.js";
import { trialOf } from "../base/trial.js";

/** The conditions of the trial on show. */

/** Strengths of the stimuli, (stimulus, ring), that the reader chose. */
export function strengthOf(task, state) {
  if (task.directions !== null) return task.strength;
  const chosen = [state.ring1, state.ring2];
  const inOneRing = ([first, second], stimulus) =>
    [1, 2].map((ring) => (chosen[stimulus] === ring ? first + second : 0));
  if (task.coherences === null) return task.strength.map(inOneRing);
  const stronger = [state.stronger1, state.stronger2];
  return task.strength.map((rings, stimulus) =>
    rings.map((value, ring) => {
      const sign = stronger[ring] === stimulus + 1 ? 1 : -1;
      const difference = Math.abs(task.coherence_strength[stimulus][ring]);
      return value + sign * state.coherence * difference;
    }),
  );
}

/** The trial on show. */
export function browsedTrial(task, preset, state) {
  return trialOf(task, preset, state, strengthOf(task, state));
}

export const SPEEDS = ["0.25", "1", "4"];

/** A reader of one of several numbers. */
const oneOfNumbers = (texts) => (text) => (oneOf(texts)(text) ? Number(text) : undefined);

/** Readers of the state in a link. */
export function schemaOf(networks, limits) {
  const either = oneOfNumbers(["1", "2"]);
  return {
    ...numbersWithin(limits),
    task: oneOf(networks.tasks.map(({ name }) => name)),
    ring1: either,
    ring2: either,
    stronger1: either,
    stronger2: either,
    show_network: flag,
    speed: oneOfNumbers(SPEEDS),
  };
}
