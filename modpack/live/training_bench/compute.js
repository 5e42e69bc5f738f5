import { indexBelow, numbersWithin, oneOf } from "../base/links.js";
import { ModulatedNetwork, readout } from "../engine/network.js";
import { Generator } from "../engine/generator.js";
import { targets } from "../engine/tasks/training.js";
import { transposed } from "../engine/tensors.js";
import { shown } from "../engine/training/data.js";
import { initial } from "../engine/training/initial.js";

/** What the figure trains and what it has learned. */

export const NOTHING = "none";
export const UNDECIDED = "undecided";
export const PLACES = ["first", "second", "third"];
export const HELD = 0.9; // a task is learned from here on
export const SEEDS = 10;
export const REPORTS = { every: 25, trials: 25, atEnd: 100 };

export const schemaOf = ({ sets, forms, learn }, limits) => ({
  tasks: oneOf(Object.keys(sets)),
  first: oneOf(forms),
  second: oneOf([...forms, NOTHING]),
  third: oneOf([...forms, NOTHING]),
  seed: indexBelow(SEEDS),
  last: oneOf([UNDECIDED, ...Object.values(sets).flatMap(({ tasks }) => tasks)]),
  learn: oneOf(learn),
  ...numbersWithin(limits),
});

export function isPossible({ sets }, state) {
  const { tasks, last, n_neurons } = state;
  const forms = formsOf(state);
  const areOthers = new Set(forms).size === forms.length;
  const isOfTasks = [UNDECIDED, ...sets[tasks].tasks].includes(last);
  return areOthers && Number.isInteger(n_neurons) && isOfTasks;
}

export const formsOf = (state) =>
  PLACES.map((place) => state[place]).filter((form) => form !== NOTHING);

/** How a network is trained, as a Trainer takes it, and what its record says of that. */
export function configOf({ runs, tasks, shared, sets }, state, form) {
  return {
    ...shared,
    ...runs[form][state.tasks],
    tasks: sets[state.tasks].tasks.map((name) => tasks[name]),
    nNeurons: state.n_neurons,
    contextNoise: state.context_noise,
    seed: state.seed,
  };
}

/** The network whose tensors are told; before anything is, one that is not trained. */
export function networkOf(config, report) {
  const { modulation, preset, activation } = config;
  const tensors = report?.tensors ?? initial(config, new Generator(8 * config.seed));
  return new ModulatedNetwork({ modulation, preset, activation, noise_enters: "after", tensors });
}

/** A trial of every task, always the same, with what the outputs should be in every step. */
export function trialsOf({ tasks, preset }) {
  const generator = new Generator(7);
  return tasks.map((task) => {
    const [trial] = shown(task, preset, 1, null, generator).trials;
    const wanted = targets(preset, trial.answer);
    return { trial, wanted: trial.epochIndex.map((epoch) => wanted[epoch]) };
  });
}

/** What a network's outputs are in these trials, without noise. */
export function outputsIn(network, trials, contexts) {
  return trials.map(({ trial, wanted }, k) => {
    const dynamics = network.under(contexts[k]);
    const states = dynamics.simulate(trial.patterns, trial.epochIndex);
    return { outputs: readout(dynamics, states), wanted };
  });
}

const BY_NEURON = /^[BGRS](_\d)?$/; // (neuron, task)
const BY_TASK = /^[mn](_\d)?$/; // (task, neuron)

/** All modulators of a network, a row for every tensor and task, a column for every neuron. */
export function modulatorsOf({ tensors, nNeurons }) {
  const own = Object.entries(tensors).filter(
    ([name]) => BY_NEURON.test(name) || BY_TASK.test(name),
  );
  const values = own.flatMap(([name, tensor]) => [
    ...(BY_NEURON.test(name) ? transposed(tensor) : tensor).data,
  ]);
  return {
    names: own.map(([name]) => name),
    rows: values.length / nNeurons,
    columns: nNeurons,
    values,
  };
}

/** What has been told of a run so far, from its reports. */
export function told(reports) {
  return {
    steps: reports.map(({ step }) => step),
    losses: reports.map(({ loss }) => loss),
    means: reports.map(({ performance }) => mean(performance)),
    last: reports.at(-1) ?? null,
  };
}

/** The step at which every task was first learned, Infinity for those that were not. */
export function learnedAt(reports, index) {
  return reports.find(({ performance }) => performance[index] >= HELD)?.step ?? Infinity;
}

/** The tasks, by index, that were learned last; of those that never were, the worst. */
export function lastLearned({ reports, report }) {
  const steps = report.performance.map((_, k) => learnedAt(reports, k));
  const latest = Math.max(...steps);
  const last = [...steps.keys()].filter((k) => steps[k] === latest);
  if (latest < Infinity) return last;
  const worst = Math.min(...last.map((k) => report.performance[k]));
  return last.filter((k) => report.performance[k] === worst);
}

/** Which of some networks do all their tasks, as it may be predicted. */
export function outcomeOf(runs) {
  const doesAll = ({ report }) => report.performance.every((value) => value >= HELD);
  const places = PLACES.filter((_, k) => runs[k] && doesAll(runs[k]));
  return places.length === runs.length ? "all" : places.join("-") || "none";
}

/** Whether that may become of so many networks. */
export function isOutcome(value, count) {
  if ([UNDECIDED, "all", "none"].includes(value)) return true;
  const places = value.split("-");
  return places.length < count && places.every((place) => PLACES.indexOf(place) < count);
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
