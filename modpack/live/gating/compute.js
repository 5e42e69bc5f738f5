import { mix } from "../engine/context.js";
import { indexBelow, numbersWithin } from "../base/links.js";
import { trialOf } from "../base/trial.js";
import { RINGS, evidence, gatingOf, ofOwnSize, preference, vectors } from "./gating.js";

/** What the figure shows, in numbers; mirrors the properties of EvidenceGates in figure.py. */

/** The trial on show: two opposite stimuli in both rings. */
export function trialOn(task, preset, { angle, evidence1, evidence2 }) {
  const strength = [1, -1].map((sign) => [1 + sign * evidence1, 1 + sign * evidence2]);
  return trialOf(task, preset, { angle, angle2: (angle + 180) % 360 }, strength);
}

/** The trial of a state, when its stimuli are on, what evidence does to its input, and networks at mix 0. */
export function begun(networks, pair, state) {
  const task = networks.tasks.find(({ name }) => name === pair[0]);
  const trial = trialOn(task, networks.preset, state);
  const along = evidence(task, trial, networks.preset);
  const isOn = trial.epochIndex.map((epoch) => task.stimulus_on[epoch].some((on) => on > 0));
  const references = networks.forms.map((form) => {
    const dynamics = networks.members[form][state.seed].under(networks.contexts[pair[0]]);
    return [form, ofOwnSize(vectors(dynamics, trial, along))];
  });
  return { trial, along, isOn, references: Object.fromEntries(references) };
}

/**
 * Every form's network in the context on show, after what `begun` returns.
 *
 * @returns by form `{ reference, now, sensitivity, byInput, bySelection }`: vectors of own size, the sensitivity
 *   (ring) as it is, and what has moved from ring 1 to ring 2 since mix 0, through each vector.
 */
export function measured(networks, pair, state, { trial, along, references }) {
  const [a, b] = pair.map((name) => networks.contexts[name]);
  const context = mix(a, b, state.mix);
  const each = networks.forms.map((form) => {
    const found = vectors(networks.members[form][state.seed].under(context), trial, along);
    const [reference, now] = [references[form], ofOwnSize(found)];
    const parts = Object.entries(gatingOf(reference, now)).map(([name, x]) => [
      name,
      preference(x),
    ]);
    return [form, { reference, now, sensitivity: found.sensitivity, ...Object.fromEntries(parts) }];
  });
  return Object.fromEntries(each);
}

/** Sums of the contributions up to every step, beginning at 0. */
export function running(contributions) {
  const sums = [0];
  contributions.forEach((value) => sums.push(sums.at(-1) + value));
  return sums;
}

/** Mean of an array (time, neuron) over the steps in which the stimuli are on. */
export function meanWhile(isOn, values) {
  const n = values.length / isOn.length;
  const steps = isOn.filter(Boolean).length;
  const mean = new Float64Array(n);
  isOn.forEach((on, t) => {
    for (let i = 0; on && i < n; i++) mean[i] += values[t * n + i] / steps;
  });
  return mean;
}

/** Input vectors of both rings and the selection vector while the stimuli are on, in some order of neurons. */
export function profilesOf({ selection, inputs }, isOn, order) {
  const profiles = [...RINGS.map((ring) => inputs[ring]), selection];
  return profiles.map((values) => {
    const mean = meanWhile(isOn, values);
    return order.map((neuron) => mean[neuron]);
  });
}

/** Neurons from the one that moves the choice most towards stimulus 1 to the one that does towards stimulus 2. */
export function orderBy({ selection }, isOn) {
  const mean = meanWhile(isOn, selection);
  return Array.from(mean.keys()).sort((first, second) => mean[second] - mean[first]);
}

/** Readers of the state in a link. */
export function schemaOf({ nSeeds }, limits) {
  return { ...numbersWithin(limits), seed: indexBelow(nSeeds) };
}

/** Whether a state is one that the page can show: a trial without evidence has no answer. */
export function isPossible({ evidence1: [, , step] }, { evidence1, evidence2 }) {
  return [evidence1, evidence2].every((value) => Math.abs(value) > step / 2 - 1e-9);
}
