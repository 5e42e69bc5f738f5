import { fade, mix, mixPreservingNorm } from "../engine/context.js";
import { readout } from "../engine/network.js";
import { taskAnswer } from "../engine/rules.js";
import { final } from "../engine/scoring.js";
import { CHOICES, choice, opposed } from "../engine/choices.js";
import { flag, indexBelow, numbersWithin, oneOf } from "../base/links.js";

/** The page's half of mixer.py. First what is computed, then what is drawn, then what is worked. */

// -------------------------------------------------------------------------------------- computed

/** The mixes of the curve: one for every position of the slider. */
export function mixesOf([low, high, step]) {
  const steps = Math.round((high - low) / step);
  return Array.from({ length: steps + 1 }, (_, k) => low + ((high - low) * k) / steps);
}

/** fade * mix(c_a, c_b) + noise * z. */
export function contextOf({ contexts }, state, lam, z) {
  const operator = state.keep_norm ? mixPreservingNorm : mix;
  const faded = fade(operator(contexts[state.a], contexts[state.b], lam), state.fade);
  return faded.map((value, k) => value + state.noise * z[k]);
}

/** The choice in one of the random trials: only the last state is read. */
function choiceOf(dynamics, trial, b, { preset, criterion }) {
  const states = dynamics.simulate(trial.patterns, trial.epochIndex.slice(0, trial.end));
  const outputs = readout(dynamics, states.subarray(-dynamics.nNeurons));
  return choice(final(outputs, { end: 1 }, preset), trial.answer, b, criterion);
}

/** Indices 0 ... count - 1 so that early ones are spread over the whole range. */
export function coarseToFine(count) {
  const order = new Set([0, count - 1]);
  for (let stride = (count - 1) / 2; stride > 0.5; stride /= 2) {
    for (let k = 0; k < count - 0.5; k += stride) order.add(Math.round(k));
  }
  for (let k = 0; k < count; k++) order.add(k);
  return [...order];
}

/** The random trials to which the two tasks have different answers. */
export function casesOf(page, { a, b }) {
  const task = page.tasks.find(({ name }) => name === b);
  return page.trials[a]
    .map((trial, k) => ({ trial, b: taskAnswer(task, trial.conditions), z: page.deviates[k] }))
    .filter((each) => opposed(each.trial.answer, each.b));
}

/** Fill curves[form][mix] with the fractions of all choices; yields after every trial. */
export function* fillCurves(page, state, cases, mixes, curves) {
  if (cases.length === 0) return;
  for (const index of coarseToFine(mixes.length)) {
    for (const form of page.forms) {
      const members = page.networks[form];
      const counts = CHOICES.map(() => 0);
      const compile = (z) => members[state.seed].under(contextOf(page, state, mixes[index], z));
      const shared = state.noise === 0 ? compile(page.deviates[0]) : null;
      for (const { trial, b, z } of cases) {
        counts[CHOICES.indexOf(choiceOf(shared ?? compile(z), trial, b, page))] += 1;
        yield;
      }
      curves[form][index] = counts.map((count) => count / cases.length);
    }
  }
}

/** Readers of the state in a link. */
export function schemaOf(page, limits) {
  const names = page.tasks.map(({ name }) => name);
  return {
    ...numbersWithin(limits),
    a: oneOf(names.filter((name) => page.opponents[name].length)),
    b: oneOf(names),
    keep_norm: flag,
    draw: indexBelow(page.deviates.length),
    seed: indexBelow(page.nSeeds),
  };
}

/** Whether a state is one that the page can show. */
export function isPossible(page, { a, b, mix: lam, fade: s, noise, keep_norm }) {
  if (!page.opponents[a].includes(b)) return false;
  if (page.between === null) return true;
  const steps = lam * page.between.steps;
  return Math.abs(steps - Math.round(steps)) < 1e-6 && s === 1 && noise === 0 && !keep_norm;
}
