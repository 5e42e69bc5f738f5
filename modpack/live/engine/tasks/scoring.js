import { RESPOND, WITHHOLD, circularDistance, wrap } from "./rules.js";
import { EPOCHS, GO } from "./generation.js";

/** Outputs decoded and judged; as modpack.tasks.scoring. */

/** Direction in rad that response outputs stand for. */
export const READOUTS = {
  vector: (response) => Math.atan2(response[1], response[0]),
  ring: (response) => {
    const preferred = (i) => ((2 * Math.PI) / response.length) * i;
    const sum = (f) => response.reduce((total, y, i) => total + y * f(preferred(i)), 0);
    return Math.atan2(sum(Math.sin), sum(Math.cos));
  },
};

/** Direction in [0, 2 pi) rad and fixation output of one vector of outputs. */
export function decode(output, preset) {
  return { angle: wrap(READOUTS[preset.readout](output.subarray(1))), fixation: output[0] };
}

/** Whether decoded outputs give the answer; never where it is undefined. */
export function satisfies(decoded, { kind, angle }, criterion) {
  const fixating = decoded.fixation > criterion.fixation_threshold;
  if (kind !== RESPOND) return fixating && kind === WITHHOLD;
  return !fixating && circularDistance(decoded.angle, angle) < criterion.tolerance;
}

/** Decode the last step of the response window from outputs (time) of vectors. */
export function final(outputs, trial, preset) {
  return decode(outputs[trial.end - 1], preset);
}

/** Whether fixation is broken at any step from 100 ms after the start until go. */
export function premature(outputs, trial, fixationThreshold = 0.5) {
  const waiting = (epoch) => epoch > EPOCHS.indexOf("settle") && epoch < GO;
  return outputs.some((y, t) => waiting(trial.epochIndex[t]) && y[0] < fixationThreshold);
}

/** Whether the trial is answered correctly. */
export function correct(outputs, trial, preset, criterion) {
  const right = satisfies(final(outputs, trial, preset), trial.answer, criterion);
  const early = premature(outputs, trial, criterion.fixation_threshold);
  return right && !(criterion.premature_is_error && early);
}
