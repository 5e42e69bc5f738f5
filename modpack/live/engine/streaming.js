import { taskAnswer } from "./tasks/rules.js";
import { decode, satisfies } from "./tasks/scoring.js";

/** Networks in a stream of trials, whose state is carried on; as modpack.measures.streaming, trial by trial. */

/** The answer of no task. */
export const NONE = -1;

/**
 * The next trial of a network.
 *
 * @param dynamics the network under what it is told, both estimates.
 * @param trial as `assemble` makes it, of a preset in which every trial is as long.
 * @param noise xi, (time, neuron), or null.
 * @param state its last state, or null for rest.
 * @param asked `{ tasks, preset, criterion }`.
 * @returns `{ chosen, state }`: the first task whose answer it gives, or NONE; and its state in the end.
 */
export function answered(dynamics, trial, noise, state, { tasks, preset, criterion }) {
  const states = dynamics.simulate(trial.patterns, trial.epochIndex, noise, state);
  const last = states.slice(-dynamics.nNeurons);
  const decoded = decode(dynamics.readout(last), preset);
  const chosen = tasks.findIndex((task) => {
    const own = { ...criterion, tolerance: task.tolerance };
    return satisfies(decoded, taskAnswer(task, trial.conditions), own);
  });
  return { chosen, state: last };
}

/** How many trials ago the task switched, for every trial: -1 before the first switch. */
export function trialsSince(tasks) {
  let last = null;
  return tasks.map((task, t) => {
    if (t > 0 && task !== tasks[t - 1]) last = t;
    return last === null ? -1 : t - last;
  });
}

/**
 * How many trials are right that come some trials after a switch.
 *
 * @param right whether every trial is right; null where it does not count.
 * @param since what `trialsSince` returns.
 * @returns [{ right, n }] for 0 ... nTrials - 1 trials after a switch, and last for all later ones.
 */
export function recovery(right, since, nTrials) {
  const lags = Array.from({ length: nTrials + 1 }, () => ({ right: 0, n: 0 }));
  right.forEach((isRight, t) => {
    if (isRight === null || since[t] < 0) return;
    const lag = lags[Math.min(since[t], nTrials)];
    lag.n += 1;
    lag.right += isRight;
  });
  return lags;
}
