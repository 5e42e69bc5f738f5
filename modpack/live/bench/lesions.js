import { Generator } from "../engine/generator.js";
import { Dynamics } from "../engine/dynamics.js";
import { readout } from "../engine/network.js";
import { isCancelled } from "../engine/choices.js";
import { correct, final } from "../engine/tasks/scoring.js";

/** Networks with silent units and noise, trial by trial; as measures.lesions in Python. */

const listOf = (length, of) => Array.from({ length }, (_, k) => of(k));

/** For every form an array over tasks. */
export function byForm(networks, of) {
  return Object.fromEntries(networks.forms.map((form) => [form, networks.tasks.map(() => of())]));
}

/** Counts of correct and of cancelled trials in every task, and in how many trials of each. */
export function emptyTally(networks) {
  const [right, cancelled] = [0, 0].map((none) => byForm(networks, () => none));
  return { right, cancelled, seen: 0 };
}

/** Fractions of trials that are "right" or "cancelled", or null before the first trial. */
export function fractionsOf({ seen, ...tally }, what = "right") {
  if (seen === 0) return null;
  const entries = Object.entries(tally[what]).map(([form, counts]) => [
    form,
    counts.map((n) => n / seen),
  ]);
  return Object.fromEntries(entries);
}

/** Mean rate of every neuron in the first few trials of every task: rates[form][task]. */
export function* fillRates(networks, seed, count, rates) {
  for (const form of networks.forms) {
    for (const [k, { name }] of networks.tasks.entries()) {
      const dynamics = networks.members[form][seed].under(networks.contexts[name]);
      const sums = new Float64Array(dynamics.nNeurons);
      let steps = 0;
      for (const trial of networks.trials[name].slice(0, count)) {
        const states = dynamics.simulate(trial.patterns, trial.epochIndex);
        states.forEach((rate, i) => (sums[i % sums.length] += rate));
        steps += trial.end;
        yield;
      }
      rates[form][k] = sums.map((sum) => sum / steps);
    }
  }
}

/** Neurons of every form, those with the largest mean rate over all tasks first. */
export function mostActiveFirst(rates) {
  const rank = (ofTasks) => {
    const mean = (i) => ofTasks.reduce((sum, ofTask) => sum + ofTask[i], 0) / ofTasks.length;
    const means = listOf(ofTasks[0].length, mean);
    return [...means.keys()].sort((first, second) => means[second] - means[first]);
  };
  return Object.fromEntries(Object.entries(rates).map(([form, each]) => [form, rank(each)]));
}

/** Count on in a tally until `until` trials of every task are seen; yields after every trial. */
export function* fillTally(networks, state, orders, until, tally) {
  const compiled = byForm(networks, () => null);
  while (tally.seen < until) {
    const judged = byForm(networks, () => null);
    for (const form of networks.forms) {
      for (const k of networks.tasks.keys()) {
        compiled[form][k] ??= damaged(networks, state, orders, form, k);
        judged[form][k] = judge(networks, state, compiled[form][k], k, tally.seen);
        yield;
      }
    }
    for (const form of networks.forms)
      judged[form].forEach(({ right, cancelled }, k) => {
        tally.right[form][k] += right;
        tally.cancelled[form][k] += cancelled;
      });
    tally.seen += 1;
  }
}

function damaged(networks, { silenced, noise, seed }, orders, form, k) {
  const network = networks.members[form][seed];
  const dynamics = network.under(networks.contexts[networks.tasks[k].name]);
  const units = silenced.map((rank) => orders[form][rank]);
  return new Dynamics({ ...dynamics.silenced(units), sigma_rec: noise });
}

/** Whether a trial is correct, and whether its response is too short to be an answer. */
function judge(networks, { noise, draw }, dynamics, k, index) {
  const trials = networks.trials[networks.tasks[k].name];
  const trial = trials[index];
  const seed = (draw * networks.tasks.length + k) * trials.length + index;
  const xi = noise === 0 ? null : dynamics.noise(trial.end, new Generator(seed));
  const states = dynamics.simulate(trial.patterns, trial.epochIndex, xi);
  const [outputs, { preset, criterion }] = [readout(dynamics, states), networks];
  return {
    right: correct(outputs, trial, preset, criterion),
    cancelled: isCancelled(final(outputs, trial, preset), criterion),
  };
}
