import { RESPOND, WITHHOLD, circularDistance, wrap } from "./rules.js";
import { EPOCHS, GO, bump } from "./generation.js";

/** Outputs decoded and judged; as modpack.tasks.scoring. */

/** Response outputs as a vector [cos, sin], of length 1 for the target of a response and 0 at rest. */
export const READOUTS = {
  vector: (response) => response,
  ring: (response) => {
    const [whole] = populationVector(bump(0, response.length));
    return populationVector(response).map((part) => part / whole);
  },
};

function populationVector(response) {
  const preferred = (i) => ((2 * Math.PI) / response.length) * i;
  const sum = (f) => response.reduce((total, y, i) => total + y * f(preferred(i)), 0);
  return [sum(Math.cos), sum(Math.sin)];
}

/** Direction in [0, 2 pi) rad and length of the response, and fixation output, of one vector of outputs. */
export function decode(output, preset) {
  const [cos, sin] = READOUTS[preset.readout](output.subarray(1));
  return { angle: wrap(Math.atan2(sin, cos)), length: Math.hypot(cos, sin), fixation: output[0] };
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
