import { difference, fade, inLine, mix, mixPreservingNorm, norm } from "../engine/context.js";
import { readout } from "../engine/network.js";
import { UNDEFINED } from "../engine/tasks/rules.js";
import { final, satisfies } from "../engine/tasks/scoring.js";
import { CHOICES, choice, opposed } from "../engine/choices.js";
import { respond } from "../base/trial.js";
import { flag, indexBelow, numbersWithin, oneOf } from "../base/links.js";

/** What the mixer shows, in numbers; mirrors the properties of Mixer in figure.py. */

/** The mixes of the curve: one for every position of the slider. */
export function mixesOf([low, high, step]) {
  const steps = Math.round((high - low) / step);
  return Array.from({ length: steps + 1 }, (_, k) => low + ((high - low) * k) / steps);
}

/** strength * mix(c_a, c_b) + noise * z, or the part of z in line with the two contexts. */
export function contextOf({ contexts }, state, lam, z) {
  const [a, b] = [contexts[state.a], contexts[state.b]];
  const mixed = (state.keep_norm ? mixPreservingNorm : mix)(a, b, lam);
  const faded = fade(mixed, state.strength);
  const moved = state.in_line ? inLine(z, a, b) : z;
  return faded.map((value, k) => value + state.noise * moved[k]);
}

/** The distance of the two contexts in units of the noise; infinite without noise. */
export function dPrimeOf({ contexts }, { a, b, strength, noise }) {
  if (noise === 0) return Infinity;
  return (strength * norm(difference(contexts[a], contexts[b]))) / noise;
}

/** What a network does in a trial, and which of two answers that is. */
export function run(network, context, trial, b, { preset, criterion }) {
  const response = respond(network.under(context), trial, preset);
  return { ...response, choice: choiceOrBoth(response.decoded, trial.answer, b, criterion) };
}

/** The choice, or "both" if both tasks ask for the same and it was answered. */
function choiceOrBoth(decoded, a, b, criterion) {
  const made = choice(decoded, a, b, criterion);
  const isAlike = b.kind !== UNDEFINED && !opposed(a, b) && made !== "cancelled";
  return isAlike && satisfies(decoded, a, criterion) ? "both" : made;
}

/** The order in which neurons are drawn, and the rate that is drawn darkest: from one trial. */
export function displayOf(network, context, trial) {
  const dynamics = network.under(context);
  const states = dynamics.simulate(trial.patterns, trial.epochIndex);
  const darkest = states.toSorted()[Math.floor(0.98 * states.length)];
  return { order: orderOf(states, dynamics.nNeurons), darkest };
}

/** Neurons in the order of the time of their largest rate in a trial. */
function orderOf(states, n) {
  const peak = (i) => {
    let best = 0;
    for (let t = 0; t * n < states.length; t++)
      if (states[t * n + i] > states[best * n + i]) best = t;
    return best;
  };
  return Array.from({ length: n }, (_, i) => [peak(i), i])
    .sort(([first], [second]) => first - second)
    .map(([, i]) => i);
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

/** Fill curves[form][mix] with the fractions of all choices; yields after every trial. */
export function* fillCurves(networks, state, cases, mixes, curves) {
  if (cases.length === 0) return;
  for (const index of coarseToFine(mixes.length)) {
    for (const form of networks.forms) {
      const members = networks.members[form];
      const counts = CHOICES.map(() => 0);
      const compile = (z) => members[state.seed].under(contextOf(networks, state, mixes[index], z));
      const shared = state.noise === 0 ? compile(networks.deviates[0]) : null;
      for (const { trial, b, z } of cases) {
        counts[CHOICES.indexOf(choiceOf(shared ?? compile(z), trial, b, networks))] += 1;
        yield;
      }
      curves[form][index] = counts.map((count) => count / cases.length);
    }
  }
}

/** The first mix at which more trials are done as b than as a; null if there is none. */
export function switchOf(curve, mixes) {
  const [a, b] = ["a", "b"].map((kind) => CHOICES.indexOf(kind));
  return mixes.find((_, k) => curve[k]?.[b] > curve[k]?.[a]) ?? null;
}

/** Readers of the state in a link. */
export function schemaOf(networks, limits) {
  const names = networks.tasks.map(({ name }) => name);
  return {
    ...numbersWithin(limits),
    a: oneOf(names.filter((name) => networks.opponents[name].length)),
    b: oneOf(names),
    keep_norm: flag,
    in_line: flag,
    committed: flag,
    draw: indexBelow(networks.deviates.length),
    seed: indexBelow(networks.nSeeds),
  };
}

/** Whether a state is one that the page can show. */
export function isPossible(networks, { a, b, mix: lam, strength, noise, keep_norm, in_line }) {
  if (!networks.opponents[a].includes(b)) return false;
  if (networks.between === null) return true;
  const steps = lam * networks.between.steps;
  const isPlain = strength === 1 && noise === 0 && !keep_norm && !in_line;
  return isPlain && Math.abs(steps - Math.round(steps)) < 1e-6;
}
