import { EPOCHS, GO, assemble, bump, durations } from "./generation.js";
import { RESPOND } from "./rules.js";
import { DURATIONS, STIMULI } from "./stimuli.js";

/** Random trials and what is wanted in them; as modpack.tasks.generation. */

/** What outputs mean: targets of fixation while it is held and when responding, and of the response. */
const TARGETS = {
  vector: { hold: 1, release: 0, rest: 0, encode: (angle) => [Math.cos(angle), Math.sin(angle)] },
  ring: {
    hold: 0.8,
    release: 0.05,
    rest: 0.05,
    encode: (angle, nRing) => bump(angle, nRing).map((value) => 0.05 + value),
  },
};

/** Desired outputs of every epoch, an array of vectors (output). */
export function targets(preset, { kind, angle }) {
  const { hold, release, rest, encode } = TARGETS[preset.readout];
  const response = encode(kind === RESPOND ? angle : 0, preset.n_ring);
  const idle = Array.from(response, () => rest);
  const after = kind === RESPOND ? [release, ...response] : [hold, ...idle];
  return EPOCHS.map((_, epoch) => (epoch < GO ? [hold, ...idle] : after));
}

/** Weights of the squared errors of every epoch, an array of vectors (output). */
export function weights(preset, outputs) {
  return EPOCHS.map((name, epoch) => {
    const scored = epoch > EPOCHS.indexOf("settle") && epoch < GO ? 1 : 0;
    const weight = name === "response" ? preset.response_weight : scored;
    return Array.from(
      { length: outputs },
      (_, k) => (k === 0 ? preset.fixation_weight : 1) * weight,
    );
  });
}

/** A random trial of a task; `draws` is what Python says of its stimuli and timing. */
export function generate(task, { stimuli, timing }, preset, generator) {
  const conditions = STIMULI[stimuli.type](stimuli, generator);
  const periods = timing.map((duration) => DURATIONS[duration.type](duration, generator));
  return assemble(task, preset, conditions, durations(periods, preset.dt, preset.length));
}
