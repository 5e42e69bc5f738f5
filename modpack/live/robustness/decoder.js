import { RESPOND } from "../engine/tasks/rules.js";
import { satisfies } from "../engine/tasks/scoring.js";
import { difference, norm } from "../engine/context.js";

/** What can be known of the task from a noisy context; as modpack.measures.bounds. */

/** Where an answer is placed that satisfies as many others as it can: this share of the tolerance inside. */
export const BOUNDARY = 1e-3;

/** The probability of every one of some contexts, after noise of a standard deviation. */
export function posterior(context, contexts, sigma) {
  const known = contexts.map((own) => norm(difference(context, own)) ** 2 / (-2 * sigma ** 2));
  const largest = Math.max(...known);
  const weights = known.map((value) => Math.exp(value - largest));
  const sum = weights.reduce((total, value) => total + value, 0);
  return weights.map((value) => value / sum);
}

/** The direction that is right with the largest probability; some task asks for one. */
export function bestDirection(probabilities, answers, criterion) {
  const within = (1 - BOUNDARY) * criterion.tolerance;
  const responses = answers.filter(({ kind }) => kind === RESPOND).map(({ angle }) => angle);
  const offered = [...responses, ...responses.map((angle) => angle + within)];
  const chances = offered.map((angle) => chanceOf(angle, probabilities, answers, criterion));
  return offered[chances.indexOf(Math.max(...chances))];
}

function chanceOf(angle, probabilities, answers, criterion) {
  const said = { angle, length: 1, fixation: 0 };
  return answers.reduce(
    (sum, answer, k) => sum + (satisfies(said, answer, criterion) ? probabilities[k] : 0),
    0,
  );
}
