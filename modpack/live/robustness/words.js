import { CHOICES } from "../engine/choices.js";
import { choiceNames, degrees, percent, wordResponse } from "../base/words.js";
import { isNoise } from "./compute.js";

/** What the figure says in words. */

const three = (value) => value.toFixed(3).replace("-", "−");

export const OPERATORS = {
  "in-line": "noise in line with the other task",
  isotropic: "noise in all directions",
  mix: "a mix with the other task",
  strength: "a weaker context",
};

export const SCHEDULES = { clean: "clean contexts", noise: "noise in line", belief: "beliefs" };

const FAMILIES = {
  response: "pairs of opposite responses",
  decision: "pairs of decisions",
  all: "all eight tasks",
};

/** The level of noise, as how often a decoder of two contexts is right. */
export const wordBound = (bound, dPrime) => `${percent(bound)} (d' ${dPrime.toFixed(2)})`;

export function wordLevel({ operator, bound, mix, strength }, { bounds, d_primes }, { a, b }) {
  if (operator === "mix") return `Mix ${mix.toFixed(2)} of ${a} and ${b}`;
  if (operator === "strength") return `Strength ${strength.toFixed(2)} of the context of ${a}`;
  const where = operator === "in-line" ? "in line" : "in all directions";
  const dPrime = d_primes[bounds.indexOf(bound)].toFixed(2);
  return `Noise ${where}, at which a decoder of two contexts is right in ${percent(bound)} (d' ${dPrime})`;
}

/** What the table says of the form and schedule on show. */
export function wordTable({ operator, form, schedule }, { tasks, forms, at }) {
  const { mean, low, high, n, made } = forms[form];
  const asText = isNoise(operator) ? three : percent;
  const ends = [low[at], high[at]];
  const interval = ends[0] === null ? "" : ` (95 % interval ${ends.map(asText).join(" to ")})`;
  const found = `${asText(mean[at])}${interval}`;
  const of = `${n} ${form} networks trained with ${SCHEDULES[schedule]}, over ${FAMILIES[tasks]}`;
  if (isNoise(operator)) return `Regret ${found} in ${of}`;
  const cancelled = percent(made[at][CHOICES.indexOf("cancelled")]);
  return `The trials' own rule is followed in ${found}, and ${cancelled} are cancelled, in ${of}`;
}

/** What the network makes of the trial. */
export function wordAnswer({ decoded, choice, isRight }, labels, criterion) {
  const what = choiceNames(labels)[choice];
  const byDirection = choice === "cancelled" && isRight ? ", by its direction alone" : "";
  return `${what} (${wordResponse(decoded, criterion)}): ${wordRight(isRight)}${byDirection}`;
}

export function wordDecoder(decoder) {
  if (decoder === null) return "nothing was drawn here, so there is no decoder";
  return `${degrees(decoder.angle)}: ${wordRight(decoder.isRight)}`;
}

const wordRight = (isRight) => (isRight ? "right" : "wrong");

export function words(state, { options, shown, labels, result, criterion }) {
  const trial = `In this trial of ${labels.a} the network answers ${wordAnswer(result, labels, criterion)}`;
  const { decoder } = result;
  const by = decoder === null ? "" : `; the decoder answers ${wordDecoder(decoder)}`;
  return `${wordLevel(state, options, labels)}. ${wordTable(state, shown)}. ${trial}${by}.`;
}
