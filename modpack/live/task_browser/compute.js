import { epochName } from "../base/words.js";
import { RESPOND } from "../engine/tasks/rules.js";
import { EPOCHS, GO } from "../engine/tasks/generation.js";

/** One moment of a trial, in numbers: what is shown and asked then. */

/** The time step at a time in ms. */
export function stepAt(time, trial, { dt }) {
  return Math.min(Math.floor(time / dt + 1e-6), trial.end - 1);
}

/** The desired outputs in an epoch: fixation, cos, sin. */
export function targetIn({ answer }, epoch) {
  const isDue = epoch >= GO && answer.kind === RESPOND;
  return isDue ? [0, Math.cos(answer.angle), Math.sin(answer.angle)] : [1, 0, 0];
}

/** All stimuli of a trial, as ShownStimulus in Python, in the order of the stimuli. */
export function stimuliOf({ angle, strength }) {
  return strength.flatMap((rings, stimulus) =>
    rings
      .map((value, ring) => ({
        stimulus: stimulus + 1,
        ring: ring + 1,
        angle: angle[stimulus],
        strength: value,
      }))
      .filter((each) => each.strength > 0),
  );
}

/** What is shown in an epoch; as Screen in Python. */
export function screenIn(task, { conditions }, epoch) {
  const isOn = ({ stimulus }) => task.stimulus_on[epoch][stimulus - 1] > 0;
  return { cue: task.fixation_cue[epoch], stimuli: stimuliOf(conditions).filter(isOn) };
}

/** The epochs that a trial has, `{ name, start, stop }` in steps; the unscored start is part of fixation. */
export function bandsOf({ onsets }) {
  const bands = [];
  EPOCHS.slice(0, -1).forEach((epoch, k) => {
    const [name, start, stop] = [epochName(epoch), onsets[k], onsets[k + 1]];
    if (stop === start) return;
    if (bands.at(-1)?.name === name) bands.at(-1).stop = stop;
    else bands.push({ name, start, stop });
  });
  return bands;
}

/** The band that a step is in. */
export const bandAt = (trial, step) =>
  bandsOf(trial).find(({ start, stop }) => step >= start && step < stop);
