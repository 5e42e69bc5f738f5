import { opposed } from "../engine/choices.js";
import { Generator } from "../engine/generator.js";
import { ModulatedNetwork } from "../engine/network.js";
import { written } from "../engine/stored.js";
import { taskAnswer } from "../engine/tasks/rules.js";
import { generate } from "../engine/tasks/training.js";

/** What becomes of trained networks: networks for figures, and files for Python. */

const TRIALS = 64; // of every task, as in LiveNetworks of Python
const SEED = 11; // of these trials

/** Tensors in single precision, as files hold them. */
function rounded(tensors) {
  const single = ({ shape, data }) => ({ shape, data: data.map(Math.fround) });
  return Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, single(x)]));
}

/** For every task, those with another answer to at least one of its trials. */
function opponentsOf(tasks, trials) {
  const differs = (name, other) =>
    trials[name].some(({ answer, conditions }) => opposed(answer, taskAnswer(other, conditions)));
  const others = ({ name }) =>
    tasks.filter((each) => each.name !== name && differs(name, each)).map((each) => each.name);
  return Object.fromEntries(tasks.map((task) => [task.name, others(task)]));
}

/** Trained networks of the same tasks as figures take them, like those that `readNetworks` reads. */
export function networksFrom(runs, colours) {
  const { preset, criterion, tasks, contexts, activation } = runs[0].config;
  const generator = new Generator(SEED);
  const drawn = (task) =>
    Array.from({ length: TRIALS }, () => generate(task, task.draws, preset, generator));
  const trials = Object.fromEntries(tasks.map((task) => [task.name, drawn(task)]));
  const member = ({ config: { modulation }, report }) =>
    new ModulatedNetwork({
      ...{ modulation, preset, activation, noise_enters: "after" },
      tensors: rounded(report.tensors),
    });
  return {
    ...{ preset, criterion, tasks, colours, trials, between: null, nSeeds: 1 },
    forms: runs.map(({ form }) => form),
    members: Object.fromEntries(runs.map((run) => [run.form, [member(run)]])),
    contexts: Object.fromEntries(tasks.map(({ name }, k) => [name, contexts[k]])),
    opponents: opponentsOf(tasks, trials),
    deviates: Array.from({ length: TRIALS }, () => contexts[0].map(() => generator.normal())),
  };
}

/** What a run's file is called. */
export function nameOf({ form, config, report }, { tasks }) {
  const { nNeurons, contextNoise, seed } = config;
  return `${form}-${tasks}-${nNeurons}-noise${contextNoise}-seed${seed}-step${report.step}.safetensors`;
}

/** The record of a run, as modpack.training.write makes one, and where it was trained. */
export function recordOf({ config, report, reports }, { record, noisy }) {
  const { nNeurons, contextNoise, seed, tasks } = config;
  const { model, protocol, ...rest } = config.record;
  const contexts = contextNoise > 0 ? noisy.replace("0.5", contextNoise) : protocol.contexts;
  const byTask = (performance) =>
    Object.fromEntries(tasks.map(({ name }, k) => [name, performance[k]]));
  const history = reports.map(({ step, loss, performance }) => ({
    ...{ step, loss, worst: Math.min(...performance) },
    mean: performance.reduce((sum, value) => sum + value, 0) / performance.length,
    ...byTask(performance),
  }));
  return {
    ...record,
    config: {
      ...rest,
      model: { ...model, n_neurons: nNeurons, seed },
      protocol: { ...protocol, contexts },
    },
    performance: byTask(report.performance),
    history,
    trained_in: "a page",
    steps: report.step,
  };
}

/** A run as a file that Python reads. */
export function fileOf(run, about) {
  const { contexts } = run.config;
  const code = {
    shape: [contexts.length, contexts[0].length],
    data: Float64Array.from(contexts.flat()),
  };
  return written({ ...run.report.tensors, code }, recordOf(run, about));
}
