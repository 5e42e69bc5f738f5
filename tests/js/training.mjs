import { ModulatedNetwork } from "../../modpack/live/engine/network.js";
import { Generator } from "../../modpack/live/engine/generator.js";
import { initial } from "../../modpack/live/engine/training/initial.js";
import { shown } from "../../modpack/live/engine/training/data.js";
import { Trainer, rate } from "../../modpack/live/engine/training/trainer.js";
import { isTrainable } from "../../modpack/live/engine/training/adjoints.js";
import { lossAndGradients } from "../../modpack/live/engine/training/loss.js";
import { Optimiser } from "../../modpack/live/engine/training/optimiser.js";
import { configOf } from "../../modpack/live/training_bench/compute.js";
import { fileOf, networksFrom } from "../../modpack/live/training_bench/taken.js";
import {
  UNDECIDED,
  isOutcome,
  lastLearned,
  learnedAt,
  outcomeOf,
} from "../../modpack/live/training_bench/compute.js";
import { Race } from "../../modpack/live/training_bench/race.js";
import { wordLearn } from "../../modpack/live/training_bench/words.js";
import { Session } from "../../modpack/live/engine/training/session.js";
import { readout } from "../../modpack/live/engine/network.js";
import { serve } from "./harness.mjs";

const vector = (values) => Float64Array.from(values);
const vectors = (named) =>
  Object.fromEntries(Object.entries(named).map(([name, values]) => [name, vector(values)]));

function networkOf({ tensors, ...rest }) {
  const read = Object.entries(tensors).map(([name, { shape, data }]) => [
    name,
    { shape, data: vector(data) },
  ]);
  return new ModulatedNetwork({ ...rest, tensors: Object.fromEntries(read) });
}

const shownOf = ({ rows, steps, ...arrays }) => ({ rows, steps, ...vectors(arrays) });
const shownAs = ({ rows, steps, ...arrays }) => ({ rows, steps, ...plain(arrays) });
const plain = (named) =>
  Object.fromEntries(Object.entries(named).map(([name, values]) => [name, [...values]]));

serve({
  rates: ({ recipe }) => Array.from({ length: recipe.steps }, (_, step) => rate(step, recipe)),

  /** Random trials of every task: what is shown and what was drawn. */
  drawn({ tasks, preset, rows, seed }) {
    const generator = new Generator(seed);
    return tasks.map((task) => {
      const { trials, c: _, ...group } = shown(task, preset, rows, null, generator);
      const lengths = trials.map(({ onsets }) => onsets.slice(1).map((end, k) => end - onsets[k]));
      return {
        angle: trials.map(({ conditions }) => conditions.angle),
        strength: trials.map(({ conditions }) => conditions.strength),
        lengths,
        ...shownAs(group),
      };
    });
  },

  /** Tensors of untrained networks. */
  untrained: ({ configs }) =>
    configs.map((config) => {
      const tensors = initial(config, new Generator(config.seed));
      const read = Object.entries(tensors).map(([name, { shape, data }]) => [
        name,
        { shape, data: [...data] },
      ]);
      return Object.fromEntries(read);
    }),

  /** A whole run: losses, performance at the end, and the weights. */
  train({ config, trials }) {
    const trainer = new Trainer(config);
    const losses = [];
    while (!trainer.finished) losses.push(trainer.advance());
    return {
      losses,
      performance: trainer.evaluate(trials),
      W: [...trainer.network.tensors.W.data],
    };
  },

  /** Reports of a run to its end, one step after the last included. */
  reports({ config, options }) {
    const session = new Session(config, options);
    const reports = [];
    while (!session.finished) reports.push(session.advance(Infinity));
    return [...reports, session.step()].map((report) => report && { ...report, tensors: null });
  },

  /** A network that was trained for a few steps: its file, and what figures make of it. */
  taken({ description, state, form, steps }) {
    const session = new Session(configOf(description, state, form), { every: steps, trials: 5 });
    const report = session.advance(Infinity);
    const run = { form, config: session.trainer.config, report, reports: [report] };
    const networks = networksFrom([run], description.colours);
    const simulated = networks.tasks.map(({ name }) => {
      const [trial] = networks.trials[name];
      const dynamics = networks.members[form][0].under(networks.contexts[name]);
      const states = dynamics.simulate(trial.patterns, trial.epochIndex);
      return {
        patterns: trial.patterns.map((u) => [...u]),
        epochIndex: trial.epochIndex,
        outputs: readout(dynamics, states).map((y) => [...y]),
      };
    });
    return {
      file: Buffer.from(fileOf(run, description)).toString("base64"),
      opponents: networks.opponents,
      simulated,
    };
  },

  last: ({ runs }) =>
    runs.map((reports) => ({
      at: reports[0].performance.map((_, k) => learnedAt(reports, k)),
      last: lastLearned({ reports, report: reports.at(-1) }),
    })),

  /** What becomes of networks with these performances, what might have, and how that is said. */
  outcomes({ cases }) {
    const learn = [UNDECIDED, "all", "first", "second", "third", "first-second"];
    learn.push("first-third", "second-third", "none");
    return cases.map((performances) => {
      const runs = performances.map((performance) => ({ report: { performance } }));
      const possible = learn.filter((value) => isOutcome(value, runs.length));
      const [first, second = "none", third = "none"] = ["a", "b", "c"].slice(0, runs.length);
      const words = possible
        .slice(1)
        .map((value) => [value, wordLearn(value, { first, second, third })]);
      return { outcome: outcomeOf(runs), possible, words: Object.fromEntries(words) };
    });
  },

  /** A whole race: whenever something changes, the steps of all networks and how many are learning. */
  raced: ({ description, state }) =>
    new Promise((done) => {
      const seen = [];
      const race = new Race("", description, state, () => {
        const learning = race.runs.filter((run) => run.runner.isRunning && !run.isFinished);
        seen.push({
          steps: race.runs.map(({ report }) => report?.step ?? 0),
          learning: learning.length,
        });
        if (race.isFinished) done(seen);
      });
      race.run();
    }),

  known: ({ modulations }) => modulations.map(isTrainable),

  /** Loss and gradients of one batch. */
  gradients({ network, batch, penalty }) {
    const { loss, gradients } = lossAndGradients(networkOf(network), batch.map(shownOf), penalty);
    return { loss, gradients: plain(gradients) };
  },

  /** The tensors after a step on each batch. */
  descend({ network, batches, penalty, rates, clip, fractions }) {
    const trained = networkOf(network);
    const own = Object.keys(rates).map((name) => [name, trained.tensors[name]]);
    const optimiser = new Optimiser(Object.fromEntries(own), rates, clip);
    batches.forEach((batch, k) => {
      const { gradients } = lossAndGradients(trained, batch.map(shownOf), penalty);
      optimiser.step(gradients, fractions[k]);
    });
    return plain(Object.fromEntries(own.map(([name, { data }]) => [name, data])));
  },
});
