import { fade, noiseInLine } from "../context.js";
import { EPOCHS } from "../tasks/generation.js";
import { generate, targets, weights } from "../tasks/training.js";

/** What a network is shown in a step of training; as modpack.training.data, from other random numbers. */

const POOL = 2 ** 19;

/** Normal numbers drawn once, of which every step reads slices at random: fresh ones would take half of its time. */
export class NoisePool {
  constructor(std, generator) {
    this.generator = generator;
    this.numbers = Float64Array.from({ length: POOL }, () => std * generator.normal());
  }

  slice(count) {
    const start = Math.floor((POOL - count) * this.generator.uniform());
    return this.numbers.subarray(start, start + count);
  }
}

/** Random trials of a task in one context, as `lossAndGradients` takes them, without noise. */
export function shown(task, preset, rows, c, generator) {
  const drawn = Array.from({ length: rows }, () => generate(task, task.draws, preset, generator));
  const steps = drawn[0].end;
  if (drawn.some(({ end }) => end !== steps))
    throw new RangeError("training needs a preset whose trials have a fixed length");
  const epochIndex = new Uint8Array(steps * rows);
  const patterns = new Float64Array(EPOCHS.length * rows * preset.n_inputs);
  const wanted = new Float64Array(EPOCHS.length * rows * preset.n_outputs);
  const weight = new Float64Array(wanted.length);
  const weighted = weights(preset, preset.n_outputs);
  drawn.forEach((trial, p) => {
    trial.epochIndex.forEach((epoch, t) => (epochIndex[t * rows + p] = epoch));
    const target = targets(preset, trial.answer);
    EPOCHS.forEach((_, epoch) => {
      patterns.set(trial.patterns[epoch], (epoch * rows + p) * preset.n_inputs);
      wanted.set(target[epoch], (epoch * rows + p) * preset.n_outputs);
      weight.set(weighted[epoch], (epoch * rows + p) * preset.n_outputs);
    });
  });
  return { c, rows, steps, epochIndex, patterns, targets: wanted, weights: weight, trials: drawn };
}

/** The context of task k with noise on the line to that of another, drawn at random. */
export function ambiguous(contexts, k, sigma, generator) {
  const others = contexts.filter((_, other) => other !== k);
  if (!(sigma > 0) || others.length === 0) return contexts[k];
  const other = others[Math.floor(others.length * generator.uniform())];
  return noiseInLine(fade(contexts[k], 1), contexts[k], other, sigma, generator);
}
