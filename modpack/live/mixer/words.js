import { CHOICES } from "../engine/choices.js";
import { choiceNames, percent, wordResponse } from "../base/words.js";

/** What the mixer shows, in words. */

export function wordAnswer({ decoded, choice }, labels, criterion) {
  const what = { ...choiceNames(labels), both: "as both ask" }[choice];
  return `${what} (${wordResponse(decoded, criterion)})`;
}

export function wordCurve(fractions, labels) {
  if (!fractions) return "not yet computed";
  const names = choiceNames(labels);
  return CHOICES.map((kind, k) => `${names[kind]} ${percent(fractions[k])}`)
    .filter((_, k) => fractions[k] > 0)
    .join(", ");
}

/** How much the noise leaves of the difference between the two contexts. */
export function wordNoise({ noise, in_line }, dPrime) {
  if (noise === 0) return "No noise.";
  const where = in_line ? "in line" : "in all coordinates";
  return `Noise ${where}: d' = ${dPrime.toFixed(1)}, the distance of the two contexts in units of it.`;
}

/** Said instead of the controls of the context where the page cannot compile other contexts. */
export const wordGrid = ({ steps }) =>
  `This page does not know every form above: Python compiled these networks beforehand at ` +
  `${steps + 1} mixes, and the slider chooses among them. What you see of a trial is simulated in the page.`;

/** Where the guess lies beside the mixes at which choices change sides; `switches` by form. */
export function wordGuess(guess, switches, { a, b }) {
  const places = Object.entries(switches).map(
    ([form, mix]) => `${form} ${mix === null ? "at none" : `at ${mix.toFixed(2)}`}`,
  );
  return `You guessed ${guess.toFixed(2)}. More trials are ${b} than ${a} from this mix on: ${places.join(", ")}.`;
}
