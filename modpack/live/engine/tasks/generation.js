import { remainder, taskAnswer } from "./rules.js";

/** Trials, from conditions; as modpack.tasks.generation. */

export const EPOCHS = [
  "settle",
  "fixation",
  "stimulus1",
  "delay1",
  "stimulus2",
  "delay2",
  "grace",
  "response",
  "after",
];
export const GO = EPOCHS.indexOf("grace");
export const SETTLE = 100;
export const GRACE = 100;

/** Activity of a ring of units for a direction: 0.8 exp(-(d / width)^2 / 2). */
export function bump(angle, nRing) {
  const width = Math.max(Math.PI / 8, (2 * Math.PI) / nRing);
  return Float64Array.from({ length: nRing }, (_, i) => {
    const difference = remainder(angle - ((2 * Math.PI) / nRing) * i, 2 * Math.PI);
    const distance = Math.min(difference, 2 * Math.PI - difference);
    return 0.8 * Math.exp((distance / width) ** 2 / -2);
  });
}

/** Divide six periods (ms) into the lengths of all epochs but the last, in steps. */
export function durations(periods, dt, length) {
  const toSteps = (duration) => Math.floor(duration / dt + 1e-6);
  const [fixation, ...rest] = periods.map(toSteps);
  const middle = rest.slice(0, -1);
  const taken = middle.reduce((sum, steps) => sum + steps, fixation);
  const response = length === null ? rest.at(-1) : toSteps(length) - taken;
  const settle = Math.min(toSteps(SETTLE), fixation);
  const grace = toSteps(GRACE);
  if (response <= grace) throw new RangeError("no time is left to respond in");
  return [settle, fixation - settle, ...middle, grace, response - grace];
}

/**
 * Build a trial.
 *
 * @param task what Python says of the task: `stimulus_on` (epoch, stimulus), `fixation_cue` (epoch).
 * @param conditions `{ angle: [rad, rad], strength: [[ring 1, ring 2], ...], sequential }`.
 * @param lengths steps of every epoch but the last.
 * @returns `{ conditions, patterns, epochIndex, onsets, end, answer }`.
 */
export function assemble(task, preset, conditions, lengths) {
  const epochIndex = lengths.flatMap((steps, epoch) => new Array(steps).fill(epoch));
  const onsets = [0];
  lengths.forEach((steps) => onsets.push(onsets.at(-1) + steps));
  return {
    conditions,
    patterns: trialPatterns(task, preset, conditions),
    epochIndex,
    onsets,
    end: epochIndex.length,
    answer: taskAnswer(task, conditions),
  };
}

/** Input of every epoch: the fixation cue, then the rings of modality 1 and 2. */
function trialPatterns(task, preset, { angle, strength }) {
  const bumps = angle.map((value) => bump(Number.isNaN(value) ? 0 : value, preset.n_ring));
  return EPOCHS.map((_, epoch) => {
    const u = new Float64Array(1 + 2 * preset.n_ring);
    u[0] = task.fixation_cue[epoch];
    task.stimulus_on[epoch].forEach((on, stimulus) =>
      strength[stimulus].forEach((value, ring) =>
        bumps[stimulus].forEach((height, unit) => {
          u[1 + ring * preset.n_ring + unit] += on * value * height;
        }),
      ),
    );
    return u;
  });
}
