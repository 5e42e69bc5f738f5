import { readout } from "../engine/network.js";
import { opposed } from "../engine/choices.js";
import { taskAnswer, wrap } from "../engine/tasks/rules.js";
import { final } from "../engine/tasks/scoring.js";
import { assemble, durations } from "../engine/tasks/generation.js";
import { clamp } from "./panel.js";

/** A trial whose stimuli the reader chooses, as modpack.tasks.chosen, a network in it, and trials of pairs of tasks. */

/** The trial that the reader chose. */
export function chosenTrial(task, preset, state) {
  const strength = task.strength.map((rings, stimulus) =>
    rings.map((value, ring) => value + state.coherence * task.coherence_strength[stimulus][ring]),
  );
  return trialOf(task, preset, state, strength);
}

/** The same, but stimuli of any strength, (stimulus, ring). */
export function trialOf(task, preset, state, strength) {
  const angle = [state.angle, state.angle2].map((degrees, stimulus) =>
    strength[stimulus][0] + strength[stimulus][1] === 0
      ? NaN
      : wrap(nearest(degrees, task) * (Math.PI / 180)),
  );
  const periods = [...task.periods];
  if (task.delays) periods[2] = clamp(state.delay, task.delays);
  const conditions = { angle, strength, sequential: task.sequential };
  return assemble(task, preset, conditions, durations(periods, preset.dt, preset.length));
}

/** The direction (degrees) that a stimulus of the task can have which is nearest to one. */
function nearest(degrees, { directions }) {
  if (directions === null) return degrees;
  const step = 360 / directions;
  return Math.floor(degrees / step + 0.5) * step;
}

/** What a network does in a trial: its states, its outputs, and the last of these decoded. */
export function respond(dynamics, trial, preset) {
  const states = dynamics.simulate(trial.patterns, trial.epochIndex);
  const outputs = readout(dynamics, states);
  return { states, outputs, decoded: final(outputs, trial, preset) };
}

/** The random trials of a to which b has another answer, with that answer and a deviate for each. */
export function casesOf(networks, { a, b }) {
  const task = networks.tasks.find(({ name }) => name === b);
  return networks.trials[a]
    .map((trial, k) => ({ trial, b: taskAnswer(task, trial.conditions), z: networks.deviates[k] }))
    .filter((each) => opposed(each.trial.answer, each.b));
}
