import { ModulatedNetwork, readout } from "../network.js";
import { Generator } from "../generator.js";
import { correct } from "../tasks/scoring.js";
import { NoisePool, ambiguous, shown } from "./data.js";
import { initial } from "./initial.js";
import { lossAndGradients } from "./loss.js";
import { Optimiser } from "./optimiser.js";

/** A training run in a page; as modpack.training.trainer, for one network. */

const FIXED = ["P"];

/** The learning rates' fraction of their peak at a step. */
export function rate(step, { steps, warmup }) {
  const progress = (step + 1) / steps;
  if (progress < warmup) return progress / warmup;
  const decay = warmup < 1 ? (progress - warmup) / (1 - warmup) : 1;
  return 0.01 + 0.99 * 0.5 * (1 + Math.cos(Math.PI * decay));
}

export class Trainer {
  /**
   * @param config `{ modulation, d, scales, rates, preset, tasks, contexts, criterion, nNeurons, trialsPerTask,
   *   contextNoise, contextsPerTask, recipe, seed }`, as `describe_training` of Python says.
   */
  constructor(config) {
    this.config = config;
    const stream = (k) => new Generator(8 * config.seed + k);
    [this.trials, this.contexts] = [stream(1), stream(2)];
    const tensors = initial(config, stream(0));
    const { modulation, preset, activation = "softplus" } = config;
    const settings = { modulation, preset, tensors, activation, noise_enters: "after" };
    this.network = new ModulatedNetwork(settings);
    const std = preset.sigma_rec * Math.sqrt((2 * preset.tau) / preset.dt);
    this.noise = new NoisePool(std, stream(3));
    const trained = Object.entries(tensors).filter(([name]) => !FIXED.includes(name));
    this.optimiser = new Optimiser(Object.fromEntries(trained), config.rates, config.recipe.clip);
    this.step = 0;
  }

  get finished() {
    return this.step >= this.config.recipe.steps;
  }

  /** Train one step; returns the loss before it. */
  advance() {
    const { recipe } = this.config;
    const batch = this.#batch();
    const { loss, gradients } = lossAndGradients(this.network, batch, recipe.activity_penalty);
    if (!Number.isFinite(loss)) throw new RangeError(`the loss is not finite at step ${this.step}`);
    this.optimiser.step(gradients, rate(this.step, recipe));
    this.step += 1;
    return loss;
  }

  #batch() {
    const { tasks, contexts, trialsPerTask, contextsPerTask, contextNoise, preset, nNeurons } =
      this.config;
    const each = contextNoise > 0 ? contextsPerTask : 1;
    return tasks.flatMap((task, k) =>
      Array.from({ length: each }, () => {
        const c = ambiguous(contexts, k, contextNoise, this.contexts);
        const group = shown(task, preset, trialsPerTask / each, c, this.trials);
        return { ...group, noise: this.noise.slice(group.steps * group.rows * nNeurons) };
      }),
    );
  }

  /** Fraction of right answers in fresh noisy trials of every task, which change nothing in what is trained. */
  evaluate(nTrials) {
    return [...this.evaluations(nTrials)];
  }

  /** The same, task by task. */
  *evaluations(nTrials) {
    const { tasks, contexts, preset, criterion } = this.config;
    const generator = new Generator(10 ** 9 + this.step);
    for (const [k, task] of tasks.entries()) {
      const dynamics = this.network.under(contexts[k]);
      const { trials } = shown(task, preset, nTrials, contexts[k], generator);
      const right = trials.filter((trial) => {
        const noise = dynamics.noise(trial.end, generator);
        const states = dynamics.simulate(trial.patterns, trial.epochIndex, noise);
        const own = { ...criterion, tolerance: task.tolerance };
        return correct(readout(dynamics, states), trial, preset, own);
      });
      yield right.length / nTrials;
    }
  }
}
