import { percent } from "../base/words.js";
import { IDEAL, YOU, formsOf, streamOf } from "./compute.js";

/** What the figure says in words. */

/** A share of trials, or that there are none. */
export const wordShare = ({ right, n }) => (n === 0 ? "–" : percent(right / n));

const two = (value) => value.toFixed(2);

function wordStream({ hazard, right, sigma, tau }) {
  return (
    `hazard ${two(hazard)}, cues right ${percent(right)}, noise ${sigma.toFixed(1)}, ` +
    `time constant ${tau}`
  );
}

/** Shares of everybody, "a in 80 %, b in 70 %". */
function wordShares(names, scores, countsOf) {
  const words = names.map((name) => {
    const who = name === IDEAL ? `the ${name}` : name;
    return `${who} in ${wordShare(countsOf(scores[name]))}`;
  });
  return `${words.slice(0, -1).join(", ")}${words.length > 1 ? " and " : ""}${words.at(-1)}`;
}

const trials = (n) => `${n} ${n === 1 ? "trial" : "trials"}`;

function wordGuesses(names, scores) {
  const { n } = scores[YOU].guessed;
  if (n === 0) return "";
  const shares = wordShares([YOU, ...names], scores, ({ guessed }) => guessed);
  return ` You guessed in ${trials(n)}; right in these: ${shares}.`;
}

function wordHidden(n) {
  return n > 0 ? ` Hidden: what happened in the last ${trials(n)}.` : "";
}

function wordTrained(stream, trained) {
  const isOther = Object.keys(trained).some((name) => stream[name] !== trained[name]);
  return isOther ? ` The networks were trained at ${wordStream(trained)}.` : "";
}

/** What there is to say of a network that has not answered yet, or cannot be had. */
export const wordMissing = (network) => (network === null ? "not here" : "…");

const isScored = (scores) => scores[YOU].guessed.n > 0;

/** The columns of the table. */
export function wordHeads(scores) {
  const { all, lags } = scores[IDEAL];
  const heads = [`of all ${all.n} trials`, `in the first after a switch (${lags[0].n})`];
  return isScored(scores) ? [...heads, `where you guessed (${scores[YOU].guessed.n})`] : heads;
}

/** Somebody's row in it. */
export function wordScores(scores, name) {
  const { all, lags, guessed } = scores[name];
  return [all, lags[0], ...(isScored(scores) ? [guessed] : [])].map(wordShare);
}

export function words({ trained }, state, { scores, n, answering }) {
  const names = [IDEAL, ...formsOf(state).filter((form) => answering.includes(form))];
  const { all, lags } = scores[IDEAL];
  const late = lags[0].n
    ? ` In the first trial after a switch: ${wordShares(names, scores, (each) => each.lags[0])}.`
    : "";
  return (
    `${all.n} trials with ${lags[0].n} switches of the task (${wordStream(state)}), right: ` +
    `${wordShares(names, scores, (each) => each.all)}.${late}${wordGuesses(names, scores)}` +
    `${wordHidden(n - all.n)}${wordTrained(streamOf(state), trained)}`
  );
}
