import { choice } from "../engine/choices.js";
import { difference, fade, inLine, mix, norm } from "../engine/context.js";
import { taskAnswer } from "../engine/tasks/rules.js";
import { satisfies } from "../engine/tasks/scoring.js";
import { flag, indexBelow, numbersWithin, oneOf } from "../base/links.js";
import { casesOf, respond } from "../base/trial.js";
import { bestDirection, posterior } from "./decoder.js";

/** What the figure shows, in numbers; mirrors the properties of Robustness in figure.py. */

/** Whether an operator draws noise, and so has a bound. */
export const isNoise = (operator) => ["in-line", "isotropic"].includes(operator);

/** What of the table is on show, by form, with its levels, the present one, and what kind of pairs it is of. */
export function shownOf(curves, options, { operator, schedule, bound, a, b, ...levels }) {
  const pair = options.pairs.find(([first, second]) => first === a && second === b);
  const tasks = operator === "isotropic" ? "all" : pair[2];
  const bySchedule = curves[operator][tasks];
  const positions = isNoise(operator) ? options.d_primes.map((d) => 1 / d) : options.positions;
  const at = isNoise(operator)
    ? options.bounds.indexOf(bound)
    : nearestTo(positions, levels[operator]);
  return { tasks, forms: bySchedule[schedule], every: Object.values(bySchedule), positions, at };
}

/** Which of some positions is nearest to a value. */
export function nearestTo(positions, value) {
  const distances = positions.map((position) => Math.abs(position - value));
  return distances.indexOf(Math.min(...distances));
}

/** Standard deviation of the noise: a distance of contexts in units of d'. */
function sigmaOf({ contexts }, { bounds, d_primes }, { operator, bound, a, b }) {
  const every = Object.values(contexts);
  const distances = every.flatMap((first, k) =>
    every.slice(k + 1).map((second) => norm(difference(first, second))),
  );
  const own = norm(difference(contexts[a], contexts[b]));
  return (operator === "in-line" ? own : Math.min(...distances)) / d_primes[bounds.indexOf(bound)];
}

const CUES = {
  "in-line": (a, b, { sigma, z }) => moved(a, sigma, inLine(z, a, b)),
  isotropic: (a, _, { sigma, z }) => moved(a, sigma, z),
  mix: (a, b, { state }) => mix(a, b, state.mix),
  strength: (a, _, { state }) => fade(a, state.strength),
};

const moved = (c, sigma, z) => c.map((value, k) => value + sigma * z[k]);

/**
 * The trial on show: the ambiguous context, what the network is told, what it answers, and the decoder.
 *
 * @returns `{ trial, b, cue, told, outputs, decoded, choice, isRight, decoder }`; decoder is null, or
 *   `{ angle, isRight }`.
 */
export function measured(networks, options, state) {
  const { contexts, deviates, preset, criterion } = networks;
  const cases = casesOf(networks, state);
  const { trial, b } = cases[state.draw % cases.length];
  const sigma = sigmaOf(networks, options, state);
  const given = { sigma, z: deviates[state.draw], state };
  const cue = CUES[state.operator](contexts[state.a], contexts[state.b], given);
  const told = toldOf(networks, cue, sigma, state);
  const member = networks.members[state.form][options.schedules.indexOf(state.schedule)];
  const response = respond(member.under(told), trial, preset);
  return {
    ...{ trial, b, cue, told, ...response },
    choice: choice(response.decoded, trial.answer, b, criterion),
    isRight: satisfies(response.decoded, trial.answer, criterion),
    decoder: decoderOf(networks, { trial, b, cue, sigma }, state),
  };
}

/** The cue, or to networks that were trained with beliefs the mean of all contexts under the posterior. */
function toldOf({ tasks, contexts }, cue, sigma, { operator, schedule }) {
  if (!isNoise(operator) || schedule !== "belief") return cue;
  const every = tasks.map(({ name }) => contexts[name]);
  const probabilities = posterior(cue, every, sigma);
  return cue.map((_, k) => every.reduce((sum, own, task) => sum + probabilities[task] * own[k], 0));
}

function decoderOf({ tasks, contexts, criterion }, { trial, b, cue, sigma }, state) {
  if (!isNoise(state.operator)) return null;
  const distance = (name) => norm(difference(cue, contexts[name]));
  const nearer = () => (distance(state.a) <= distance(state.b) ? trial.answer : b).angle;
  const likeliest = () => {
    const probabilities = posterior(
      cue,
      tasks.map(({ name }) => contexts[name]),
      sigma,
    );
    const answers = tasks.map((task) => taskAnswer(task, trial.conditions));
    return bestDirection(probabilities, answers, criterion);
  };
  const angle = state.operator === "in-line" ? nearer() : likeliest();
  const said = { angle, length: 1, fixation: 0 };
  return { angle, isRight: satisfies(said, trial.answer, criterion) };
}

/** Readers of the state in a link. */
export function schemaOf({ deviates }, { operators, bounds, schedules, forms, pairs }, limits) {
  const names = [...new Set(pairs.flatMap((pair) => pair.slice(0, 2)))];
  return {
    ...numbersWithin(limits),
    operator: oneOf(operators),
    bound: (text) => bounds.find((bound) => String(bound) === text),
    schedule: oneOf(schedules),
    form: oneOf(forms),
    others: flag,
    a: oneOf(names),
    b: oneOf(names),
    draw: indexBelow(deviates.length),
  };
}

/** Whether a state is one that the table has: a pair of tasks, at one of its positions. */
export function isPossible({ pairs, positions }, { a, b, mix: lam, strength }) {
  const isAt = (value) => positions.some((position) => Math.abs(position - value) < 1e-6);
  return (
    pairs.some(([first, second]) => first === a && second === b) && isAt(lam) && isAt(strength)
  );
}
