import { recovery, trialsSince } from "../engine/streaming.js";
import { flag, indexBelow, numbersWithin, oneOf } from "../base/links.js";

/** What the figure shows, in numbers; mirrors the properties of Stream in figure.py. */

export const NOTHING = "nothing";
export const IDEAL = "ideal observer";
export const YOU = "you";

/** The forms on show. */
export const formsOf = ({ first, second, third }) =>
  [first, second, third].filter((form) => form !== NOTHING);

/** The stream on show. */
export const streamOf = ({ hazard, right, sigma, tau }) => ({ hazard, right, sigma, tau });

const likeliest = (belief) => belief.indexOf(Math.max(...belief));

/** The task whose answer everybody gives in each of the first trials of a run, by name; null where one gives none. */
export function answersOf(run, forms, n) {
  const ideal = Array.from({ length: n }, (_, t) => likeliest(run.world.at(t).belief));
  const networks = forms.map((form) => [form, run.chosen(form).slice(0, n)]);
  const you = Array.from({ length: n }, (_, t) => run.guesses[t] ?? null);
  return { [IDEAL]: ideal, ...Object.fromEntries(networks), [YOU]: you };
}

const whole = (lags) =>
  lags.reduce((sum, { right, n }) => ({ right: sum.right + right, n: sum.n + n }), {
    right: 0,
    n: 0,
  });

/**
 * How often everybody is right in the trials whose tasks are known.
 *
 * @param tasks the tasks of the first trials.
 * @returns by name `{ all, lags, guessed }`: counts { right, n } of all trials, of those some trials after a
 *   switch, and of those in which the reader has guessed.
 */
export function scoresOf(answers, tasks, nLags) {
  const since = trialsSince(tasks);
  const everywhere = tasks.map(() => 0);
  const isGuessed = answers[YOU].map((guess) => guess !== null);
  const entries = Object.entries(answers).map(([name, chosen]) => {
    const right = chosen.map((each, t) => (each === null ? null : each === tasks[t]));
    const guessed = right.map((isRight, t) => (isGuessed[t] ? isRight : null));
    const [all, ofGuessed] = [right, guessed].map((each) => whole(recovery(each, everywhere, 1)));
    return [name, { all, lags: recovery(right, since, nLags), guessed: ofGuessed }];
  });
  return Object.fromEntries(entries);
}

/** The first trial of so many that are in the picture: it moves on by one, or like pages if nothing is to move. */
export function firstShown(n, columns, inPages) {
  return inPages ? Math.floor(n / columns) * columns : Math.max(0, n + 1 - columns);
}

// ------------------------------------------------------------------------------------------ links

/** Readers of the state in a link. */
export function schemaOf({ forms, worlds, speeds }, limits) {
  const others = oneOf([NOTHING, ...forms]);
  return {
    ...numbersWithin(limits),
    ...{ first: oneOf(forms), second: others, third: others, hidden: flag },
    seed: indexBelow(worlds),
    speed: (text) => speeds.find((speed) => String(speed) === text),
  };
}

/** Whether a state is one that the page can show. */
export function isPossible(state) {
  const forms = formsOf(state);
  return new Set(forms).size === forms.length;
}
