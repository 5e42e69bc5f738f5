import { meanOf } from "./compute.js";

/** A prediction, in words. */

export const wordPoints = (fraction) => `${Math.round(100 * fraction)} points`;

export const wordHint = (isCommitted) =>
  isCommitted
    ? "Your curve is dashed; thin lines are single networks, thick ones their means."
    : "Draw your curve with the pointer, or with the arrow keys. Then commit.";

/** What is at one place along x. */
export function wordPlace(label, x, drawn, curves, k) {
  const mine = drawn === undefined ? "nothing drawn" : `you ${drawn} %`;
  const others = Object.entries(curves).map(
    ([form, lists]) => `${form} ${Math.round(100 * meanOf(lists)[k])} %`,
  );
  return [`${label} ${Number(x.toPrecision(3))}: ${mine}`, ...others].join(", ");
}

/** The guess, and once it is committed how far it is from each curve. */
export function wordPrediction(guess, scores) {
  if (!guess.length) return "You have drawn nothing yet.";
  if (!scores)
    return `Your curve goes from ${guess[0]} % to ${guess.at(-1)} %. Commit it to see the computed ones.`;
  const entries = Object.entries(scores);
  const [nearest] = entries.toSorted(([, first], [, second]) => first - second)[0];
  const away = entries.map(([form, score]) => `${wordPoints(score)} from that of ${form}`);
  const far = `On average your curve is ${away.join(", ")} (points of a hundred).`;
  return entries.length > 1 ? `${far} It is nearest to ${nearest}.` : far;
}
